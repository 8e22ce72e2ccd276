"""What belongs to the making and not to the text: pieces of the prompt, an assistant's talk, the heading said twice.

A text may rightly hold words like these (a lesson plan its points, a letter its offer of help), so each pattern is tied to a place: the
first line of a section, a line of its own, a bracket behind a full stop.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from hanmo.core.articles import Finding, Fix
from hanmo.core.blocks import Line, is_short
from hanmo.core.checks.view import Part, View
from hanmo.core.text import ends_sentence, units

NUMBER = r"[\d一二三四五六七八九十]{1,3}"
LENGTH = (
    r"(?:全文|本文|正文|本节|本段|这一?部分|以上)?\s*(?:总?字数)?\s*[:：]?\s*(?:共|约|大约|不少于|总计|合计){0,2}\s*"
    r"\d{2,6}\s*(?:个?字|字左右|词|words)(?:左右|以内)?"
)

TOKEN = re.compile(r"<\|[A-Za-z_]{2,24}\|>|</?think>|\[/?INST\]|</s>")
ANYWHERE = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        TOKEN.pattern,
        rf"(?:^|(?<=[。！？!?….”]))[ \t　]*[（(【\[]\s*{LENGTH}\s*[）)】\]]",
        r"^\s*\**(?:总?字数|全文字数|Word count)\**\s*[:：]\s*约?\s*\d+.{0,4}$",
        r"^\s*\**写作要求\**\s*[:：]",
        r"^\s*Paragraph \d+ - Main Point",
        r"请?根据上述(?:写作)?要求(?:编写|撰写|写出|写一篇|完成)",
        r"只写这一部分的正文|不要总结全文|Write only the text of this part",
    )
)
POLITE = (
    r"\s*(?:好的|当然|当然可以|没问题)[，,！!。]\s*(?:以下|下面|这是|这里是|我(?:来|会|将)|根据)",
    r"\s*(?:Sure|Certainly|Of course|Absolutely)[,!.]\s+(?:(?:here|below)(?:'s|’s| is| are)|I(?:'ll|’ll| will| can))\b",
)
FIRST_LINE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\s*\**第\s*{NUMBER}\s*(?:部分|小?节|段)\**\s*(?:[:：\-–—「]|$)",
        r"\s*\**(?:Part|Section|Paragraph) \d{1,2}\**\s*(?:[:\-–—,]|$)",
        r"\s*\**(?:(?:本节|小节|本部分)?要点|Points|正文)\**\s*[:：]",
        POLITE[0],
        r"\s*(?:以下|下面)[是为]\s*(?:我?为[您你]|根据[您你]|按照?[您你]|本节|这一部分|第.{1,3}部分|[^，。]{0,12}的?(?:正文|全文))[^。]{0,40}[:：]?\s*$",
        POLITE[1],
        r"\s*Here(?:'s|’s| is) (?:the|a|an|your) (?:revised|rewritten|full|final|complete|next|requested)\b[^.]{0,60}:\s*$",
    )
)
OF_TEXTS = tuple(pattern for pattern in FIRST_LINE if pattern.pattern in POLITE)
"""A free text may rightly begin with "Part 1" or name its own length: nobody has taken it apart."""
LONGEST_MARKS = 12
"""Code points that may stand around a title: stars, brackets, a number."""
ABOUT_ITSELF = re.compile(r"你|AI|人工智能|模型|\byou\b|\bmodel\b", re.IGNORECASE)
ASSISTANT = tuple(
    re.compile(pattern)
    for pattern in (
        r"作为一?(?:个|名|款)?\s*(?:AI|人工智能|大?语言模型)[^，。,\s]{0,8}[，,]?\s*我",
        r"我(?:是|只是)一?(?:个|名|款)?\s*(?:由[^，。]{2,12}(?:开发|训练)的)?\s*(?:AI|人工智能)\s*(?:语言)?(?:模型|助手)",
        r"\b[Aa]s an AI(?: language)?(?: model| assistant)?, I\b|\bI(?: am|['’]m) an AI(?: language)? (?:model|assistant)\b",
        r"如果[你您]还?需要(?:我)?(?:进一步|更多|修改|调整|补充|继续)[^。！？]{0,25}(?:告诉我|提问)",
        r"希望(?:这篇|这些|以上)(?:文章|内容|作文|回答|改写|建议)[^。！？]{0,10}(?:符合[你您]|满足[你您]|对[你您]有所?帮助)",
        r"\b(?:I hope this (?:article|essay|text|draft) (?:helps|meets)|[Ll]et me know if you(?:['’]d| would) like (?:me|any))\b",
    )
)


def prompt_leftovers(view: View) -> Iterator[Finding]:
    brief = view.article.assignment.asked
    for part in view.parts:
        for pattern in ANYWHERE if view.source == "article" else (TOKEN,):
            for found in pattern.finditer(part.said):
                yield _leftover("prompt_leftover", part, found)
        first = _first_line(part)
        if first is None or bare_heading(first.text) in part.section.heading:
            continue
        for pattern in FIRST_LINE if view.source == "article" else OF_TEXTS:
            opening = pattern.match(part.said, first.start, first.end)
            if opening and _label(opening[0]) not in brief:
                yield _leftover("prompt_leftover", part, opening)
                break


def assistant_talk(view: View) -> Iterator[Finding]:
    """Asked about itself, an assistant may say what it is."""
    if view.source == "text" and ABOUT_ITSELF.search(view.article.assignment.asked):
        return
    for part in view.parts:
        for pattern in ASSISTANT:
            for found in pattern.finditer(part.said):
                yield _leftover("assistant_talk", part, found)


def heading_repeated(view: View) -> Iterator[Finding]:
    """The section's heading, or before the first section the title, as a line of its own where its text begins."""
    for part in view.parts:
        first = _first_line(part)
        title = view.article.plan.title if view.article.plan and part.first else ""
        if (
            first
            and units(first.text)
            and units(bare_heading(first.text)) in [units(bare_heading(name)) for name in (part.section.heading, title) if name]
        ):
            yield part.finding("heading_repeated", first.start, first.end, heading=bare_heading(first.text))


def title_repeated(view: View) -> Iterator[Finding]:
    """The title of the text, or the heading of the section, as a line of its own between two paragraphs. It is cut out."""
    for part in view.parts:
        plan = view.article.plan
        names = (plan.title, part.section.heading) if view.source == "article" and plan else (_own_title(part),)
        for line, goes_on in lines_of_title(part.lines, names):
            fix = Fix(line.start, goes_on, "")
            yield part.finding("title_repeated", line.start, line.end, fix=fix, heading=bare_heading(line.text))


def lines_of_title(lines: Sequence[Line], names: Iterable[str]) -> Iterator[tuple[Line, int]]:
    """Lines that hold one of `names` and nothing else, and where what follows begins. Only between two paragraphs of prose: a refrain, an item,
    a sign that is read out, a heading under which nothing stood before may be called so. No sentence, which may be meant."""
    names = [*filter(None, names)]
    wanted = [words for name in names if (words := units(bare_heading(name)))]
    longest = max(map(len, names), default=-LONGEST_MARKS) + LONGEST_MARKS
    for i in range(2, len(lines) - 2):
        line = lines[i]
        if line.kind not in ("prose", "heading") or len(line.text) > longest or ends_sentence(line.text):
            continue
        if lines[i - 1].kind != "blank" or lines[i + 1].kind != "blank" or units(bare_heading(line.text)) not in wanted:
            continue
        before, after = (_beside(lines, i, step) for step in (-1, 1))
        if after is not None and _is_paragraph(before) and _is_paragraph(after):
            yield line, after.start


def _beside(lines: Sequence[Line], i: int, step: Literal[-1, 1]) -> Line | None:
    """The nearest line before or behind line `i` that is not blank."""
    i += step
    while 0 <= i < len(lines) and lines[i].kind == "blank":
        i += step
    return lines[i] if 0 <= i < len(lines) else None


def _is_paragraph(line: Line | None) -> bool:
    return line is not None and line.kind == "prose" and ends_sentence(line.text) and not is_short(units(line.text))


def _own_title(part: Part) -> str:
    """That of a free text: a heading, or a short line with nothing beside it, at its beginning."""
    first = next((i for i, line in enumerate(part.lines) if line.kind != "blank"), None)
    if first is None or first + 1 >= len(part.lines) or part.lines[first + 1].kind != "blank":
        return ""
    line = part.lines[first]
    alone = line.kind == "prose" and is_short(units(line.text)) and not ends_sentence(line.text)
    return line.text if line.kind == "heading" or alone else ""


def _first_line(part: Part) -> Line | None:
    return next((line for line in part.lines if line.kind not in ("blank", "rule", "code", "table")), None)


def bare_heading(text: str) -> str:
    """A heading without marks and numbering."""
    bare = text.strip().strip("#*【】 　").rstrip(":：")
    return re.sub(rf"^(?:第?\s*{NUMBER}\s*[节章部分]*[、.．:：)）\s]+|[（(]{NUMBER}[)）]\s*)", "", bare).strip(" *")


def _label(text: str) -> str:
    return text.strip(" \t　*：:-–—「")


def _leftover(kind: str, part: Part, found: re.Match[str]) -> Finding:
    start = found.start() + len(found[0]) - len(found[0].lstrip())
    return part.finding(kind, start, found.end(), words=part.text[start : found.end()].strip())
