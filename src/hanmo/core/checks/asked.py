"""What a brief asks for in so many words: phrases that must stand in the text or must not, a table, a list, JSON, plain text, sub-headings.

Only an order that cannot be read otherwise counts: a phrase in quotation marks behind "must contain", a form behind "in the form of". What is
not there yet in a text that was cut off, or in an unfinished article, is not missing. How many paragraphs or points is `core.checks.counted`'s.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from hanmo.core.articles import Finding
from hanmo.core.checks.counted import counts_asked, num_points, paragraphs_in, points_in
from hanmo.core.checks.unwanted import NAMES_OF_MARKS
from hanmo.core.checks.view import Part, View

QUOTES = r"[“「『\"'‘《](?P<term>[^”」』\"'’》\n]{1,40})[”」』\"'’》]"
TERM = re.compile(QUOTES)
TERMS = rf"(?P<terms>{QUOTES.replace('?P<term>', '')}(?:\s*(?:、|，|,|和|与|以及|and|or|或)?\s*{QUOTES.replace('?P<term>', '')}){{0,9}})"
GAP = r"[^，；。！？,;.!?\n“”「」『』\"‘《]{0,16}?"
INCLUDE = re.compile(
    rf"(?:必须|务必|一定要|要求|需要?|应当?|要)(?:在?[^，。\n“「『\"《]{{0,8}})(?:包含|包括|出现|提到|提及|用到|写到|写明){GAP}{TERMS}"
    rf"|(?:\b(?:must|should|please|to) (?:include|contain|mention|use)"
    r"|(?:^|[.!?]\s+)(?:include|mention|use)(?= the (?:words?|phrases?|terms?|names?)\b))"
    rf"{GAP}{TERMS.replace('?P<terms>', '?P<terms_en>')}",
    re.IGNORECASE,
)
AVOID = re.compile(
    rf"(?:不要|不得|不能|不可|不许|禁止|避免|请勿|别)(?:再|在?[^，。\n“「『\"《]{{0,8}})(?:出现|使用|提到|提及|包含|包括|含有|写|用|说){GAP}{TERMS}"
    r"|\b(?:do not|don['’]t|never|must not|avoid|without)"
    rf"(?: using| the| use| mention| say| include| contain| writ\w+| words?| phrases?| terms?){{1,4}}"
    rf"\s*:?\s*{TERMS.replace('?P<terms>', '?P<terms_en>')}",
    re.IGNORECASE,
)
UNQUOTED = r"[\u4e00-\u9fffA-Za-z0-9]{1,10}"
INCLUDE_UNQUOTED = re.compile(
    rf"(?:必须|务必|一定要|要|请)?(?:包含|包括|出现|用上|使用|用到|写到)(?:以下|下列|这些)?(?:[一二两三四五六七八九十\d]个)?(?:关键)?词(?:语|汇)?[：:]\s*"
    rf"(?P<terms>{UNQUOTED}(?:[、，, ]+{UNQUOTED}){{0,9}})(?=[。；;\n]|$)"
)
AVOID_UNQUOTED = re.compile(
    r"(?:不要|不得|不能|不可|不许|禁止|避免|请勿|别)(?:再)?(?:出现|提到|提及)"
    rf"(?P<terms>(?!任何|过多|太多|具体|相关|{NAMES_OF_MARKS})[\u4e00-\u9fff]{{2,6}})(?=[，。；！\n]|$)"
)
"""What it names in so many words all the same: a list behind "词：", one word up to the end of the clause."""
SEPARATOR = re.compile(r"[、，, ]+")
NEGATED = re.compile(r"(?:不|别|勿|无需|not)\s*$", re.IGNORECASE)
ANY_OF = re.compile(r"之一|任选|任意|或|\bor\b|\bany\b|\beither\b", re.IGNORECASE)

FORMS = {
    "table": re.compile(
        r"(?:用|以|按)(?:一[张个])?\s*(?:Markdown\s*)?表格(?:的?形式)?(?:来)?(?:呈现|列出|展示|对比|比较|总结|输出|回答|整理|给出|，|。|$)"
        r"|(?:整理|输出|做|列|制作)成(?:一[张个])?\s*(?:Markdown\s*)?表格|(?:列|做|画|附|制作|生成)(?:上|出)?一[张个份]\s*(?:Markdown\s*)?(?:对比|比较)?表格(?![软工组控插处模的])"
        r"|\b(?:in|as) a (?:markdown )?table\b",
        re.IGNORECASE,
    ),
    "list": re.compile(
        r"用(?:无序|有序|编号|项目)?列表(?:的?形式)?(?:来)?(?:呈现|列出|展示|总结|输出|回答|给出)|分点(?:列出|说明|回答|作答|陈述)"
        r"|\b(?:as|in|use|using|with) (?:an? )?(?:bullet(?:ed)?|numbered|bullet[- ]point) (?:list|points)\b",
        re.IGNORECASE,
    ),
    "json": re.compile(
        r"(?:只|仅|直接)?(?:输出|返回|回复|回答)(?:为|成|合法的?|标准的?|一个|\s)*JSON(?!\s*(?:的|解析|教程))"
        r"|(?:以|用|按)\s*JSON\s*(?:格式|形式)(?:来)?(?:输出|返回|回答|给出)"
        r"|\b(?:return|output|respond with|answer (?:in|with|as)) (?:only |valid |a )*JSON\b",
        re.IGNORECASE,
    ),
    "plain": re.compile(
        r"(?:不要|不得|请勿|别)(?:使用|用|带|出现)?(?:任何)?\s*Markdown|(?:输出|使用|用|以)纯文本"
        r"|\b(?:no|without|do not use|don['’]t use)(?: any)? markdown\b|\bplain text only\b",
        re.IGNORECASE,
    ),
    "headings": re.compile(
        r"(?:要|须|请|分节?并?)(?:带|有|加|用|使用|设置|配)[^，。\n]{0,6}小标题|分(?:成|为)?[一二两三四五六七八九十\d]{1,2}个小标题"
        r"|\b(?:with|use|include|add) (?:clear |short )?sub-?headings\b|\b(?:with|under) (?:clear |short |its own )*headings?\b"
        r"|\beach (?:section )?(?:with|under|has) (?:a|its own) (?:short |clear )?heading\b",
        re.IGNORECASE,
    ),
}
UNWANTED_FORMS = {
    f"no_{form}": re.compile(
        r"(?:不要|不得|不能|不许|禁止|避免|请勿|勿|别|不用)(?:再)?(?:使用|用|带有?|有|加上?|出现|写成|做成|列成?|输出)?(?:任何|各级)?\s*"
        rf"(?:{zh})(?![的里中内之])|\b(?:no|without|avoid|never use|do not use|don['’]t use)(?: (?:any|using|use|an?))* (?:{en})\b",
        re.IGNORECASE,
    )
    for form, (zh, en) in {
        "table": (r"(?:Markdown\s*)?表格", "(?:markdown )?tables?"),
        "list": (
            r"(?:无序|有序|编号|项目)?列表|分点(?:列出|说明|回答|作答|陈述)?|项目符号",
            r"(?:bullet(?:ed)?[- ](?:points?|lists?)|bullets|(?:numbered )?lists?)",
        ),
        "headings": (r"小标题", r"(?:sub-?)?headings|sub-?titles"),
    }.items()
}  # fmt: skip
REFUSED = re.compile(
    r"(?:不|别|勿|无需|避免|禁止|\bnot|\bno|\bnever|\bwithout|\bavoid|n['’]t)(?:要|得|能|许|必|需|再|应|使用|用|any|use|using|answer|write|put|be|\s)*$",
    re.IGNORECASE,
)
"""Before the words for a form: it is not wanted."""
HOW_TO = re.compile(r"如何|怎么|怎样|教程|什么是|区别|\bhow to\b|\bwhat is\b|\bexplain", re.IGNORECASE)
"""A brief about tables may well be answered without one."""
BULLET = re.compile(r"\s*(?:[-*+•·] |\d+[.、)）])")
OF_ANOTHER_TEXT = re.compile(r"翻译|译成|校对|找出|\btranslat|\bproofread", re.IGNORECASE)
"""What is said of its form may stand in the text that is given."""
MARKDOWN = re.compile(r"(?m)^ {0,3}#{1,6} \S|\*\*[^*\n]+\*\*|^\|.*\|\s*$|^```")


def terms_asked(view: View) -> Iterator[Finding]:
    """Phrases the brief names: those that are missing, and those it does not want."""
    brief = view.article.assignment.asked
    texts = [part.text.casefold() for part in view.parts]
    if texts and view.finished and not view.cut_off:
        for term in terms_to_include(brief):
            if not stands_in(term, texts):
                yield Finding("term_missing", params={"term": term})
    for term in _terms(brief, AVOID):
        for part, text in zip(view.parts, texts, strict=True):
            if (start := text.find(term.casefold())) >= 0 and len(text) == len(part.text):
                yield part.finding("term_unwanted", start, start + len(term), term=term)


def terms_to_include(brief: str) -> Iterator[str]:
    """The phrases that have to stand in the text, in the order of the brief."""
    return _terms(brief, INCLUDE)


def stands_in(term: str, texts: Iterable[str]) -> bool:
    """Whether one of the texts has it, spaces and case apart."""
    return any(_plain(term) in _plain(text) for text in texts)


def _terms(brief: str, order: re.Pattern[str]) -> Iterator[str]:
    for found in order.finditer(brief):
        whole = brief[found.start() : found.end() + 6]
        if (order is INCLUDE and ANY_OF.search(whole)) or NEGATED.search(brief[max(0, found.start() - 4) : found.start()]):
            continue
        yield from dict.fromkeys(term["term"].strip() for term in TERM.finditer(found["terms"] or found["terms_en"]))
    for found in (INCLUDE_UNQUOTED if order is INCLUDE else AVOID_UNQUOTED).finditer(brief):
        if not NEGATED.search(brief[max(0, found.start() - 4) : found.start()]) and not ANY_OF.search(found[0]):
            yield from SEPARATOR.split(found["terms"])


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text.casefold())


def forms_asked(brief: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Each form the brief wants, or does not ("no_table"), with its words there."""
    for form, order in FORMS.items():
        for found in order.finditer(brief):
            if form == "plain" or not REFUSED.search(brief, max(0, found.start() - 12), found.start()):
                yield form, found
    for form, order in UNWANTED_FORMS.items():
        yield from ((form, found) for found in order.finditer(brief))


def form_asked(view: View) -> Iterator[Finding]:
    """The form of a free text; an article's is seen to while it is written."""
    brief = view.article.assignment.asked
    if not view.parts or view.cut_off or not brief or HOW_TO.search(brief):
        return
    part = view.parts[0]
    kinds = {line.kind for line in part.lines}
    lacks = {
        "table": "table" not in kinds and "<table" not in part.text,
        "list": "list" not in kinds,
        "json": not _holds_json(part.text),
        "plain": bool(MARKDOWN.search(part.text)),
        "headings": "heading" not in kinds,
        "no_table": "table" in kinds,
        "no_list": any(line.kind == "list" and BULLET.match(line.text) for line in part.lines),
        "no_headings": any(line.kind == "heading" for line in part.lines[1:]),
    }
    for form in dict.fromkeys(form for form, _ in forms_asked(brief)):
        if lacks[form]:
            yield Finding(f"form_{form}")
    yield from _miscounted(part, brief)


def _miscounted(part: Part, brief: str) -> Iterator[Finding]:
    """Paragraphs and points, where one number of them is asked for."""
    asked = {} if OF_ANOTHER_TEXT.search(brief) else Counter(count.what for count in counts_asked(brief))
    for count in counts_asked(brief):
        if asked.get(count.what) != 1:
            continue
        if count.what == "paragraphs":
            fewest, most = paragraphs_in(part.lines)
            if not any(count.allows(number) for number in range(fewest, most + 1)):
                yield Finding("form_paragraphs", params={"asked": count.text, "found": fewest or most})
        elif not any(count.allows(number) for number in points_in(part.lines)):
            yield Finding("form_points", params={"asked": count.text, "found": num_points(part.lines)})


def _holds_json(text: str) -> bool:
    """The whole text, or one block of it."""
    blocks = re.findall(r"(?m)^```\w*\s*\n([\s\S]*?)^```", text)
    return any(_is_json(each) for each in (text, *blocks))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
