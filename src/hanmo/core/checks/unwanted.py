"""Marks that a brief does not want: exclamation marks, dashes, emoji … and where they stand in a text.

Only a plain "none at all" counts. "Not too many", "no English brackets" and "not in the title" say something else.
"""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding, Fix
from hanmo.core.checks.view import Part, View
from hanmo.core.text import HAN

H = HAN.pattern
EMOJI = (
    r"(?:[\U0001f1e6-\U0001f1ff]{2}|(?:[\U0001f300-\U0001faff]|[\u231a\u231b\u23e9-\u23f3\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab"
    r"\u26bd\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757\u2764"
    r"\u2795-\u2797\u27b0\u2b50\u2b55]|[\u2600-\u27bf]\ufe0f)[\ufe0f\u200d\U0001f3fb-\U0001f3ff]*)+"
)
MARKS: dict[str, tuple[str, str, str]] = {
    "exclamation": (r"感叹号|叹号|惊叹号", r"exclamation (?:marks?|points?)", r"[!！]+(?![=\[])"),
    "question": (r"问号", r"question marks?", r"[?？]+"),
    "ellipsis": (r"省略号", r"ellips[ie]s", r"…+|\.{3,}|。{3,}"),
    "dash": (r"破折号", r"(?:em[- ])?dashes", r"[—―]+|(?<= )–(?= )|(?<=[^\s-])--(?=[^\s>-])|(?<= )--(?= )"),
    "bracket": (r"(?:小|圆)?括号|括弧", r"parenthes[ie]s|(?:round )?brackets", r"[（(]"),
    "emoji": (r"(?:emoji|颜?表情)(?:符号|包)?|绘文字", r"emojis?|emoticons?|smileys?", EMOJI),
    "semicolon": (r"分号", r"semi-?colons?", r"[;；]"),
    "colon": (r"冒号", r"colons?", rf"：|:(?=\s|$|{H})"),
    "quote": (r"(?:双|单)?引号", r"quotation marks|quote marks", r"[“「『]|(?<!\S)\"(?=\w)"),
}
"""What it is called in Chinese, in English, and what it looks like."""
NAMES_OF_MARKS, EN = ("|".join(names[i] for names in MARKS.values()) for i in (0, 1))
"""In Chinese, in English."""
ORDER = re.compile(
    rf"(?<![可能要以])(?:不要|不得|不能|不可|不许|不准|禁止|避免|请勿|切勿|勿|不用|别|禁用|不使用|不带|不出现)"
    rf"(?:再|去)?(?:出现|使用|用上|用到|用|带有|带上|带|加上|加|写|含有|包含|有)?(?:任何|一切|所有|各种|一个)?的?\s*"
    rf"(?P<zh>(?:{NAMES_OF_MARKS})(?:(?:、|，|,|和|与|或者?|以及|及)\s*(?:{NAMES_OF_MARKS})){{0,8}})(?!的|里|中|内|之|太|过)"
    rf"|(?P<zh_first>(?:{NAMES_OF_MARKS}))(?:一律|都|统统)?(?:(?:不要|不得|不能|不许|别|禁止)(?:再)?(?:出现|使用|用)|不(?:使)?用)"
    rf"|\b(?:no|without|avoid|never|not|don['’]t|doesn['’]t|zero)(?: (?:use|using|add|adding|put|include|including|contain|have|write|any|the|with))*"
    rf" (?P<en>(?:{EN})(?:(?:,|,? (?:and|or|nor|no))\s*(?:no |any )?(?:{EN})){{0,8}})\b",
    re.IGNORECASE,
)
NAMES = tuple((mark, re.compile(rf"(?P<name>{zh})|\b(?P<english>{en})\b", re.IGNORECASE)) for mark, (zh, en, _) in MARKS.items())
LOOKS = {mark: re.compile(look) for mark, (_, _, look) in MARKS.items()}
ABOUT_THEM = re.compile(r"如何|怎么|怎样|为什么|为何|什么是|区别|是不是|\bhow\b|\bwhy\b|\bwhat is\b|\bexplain", re.IGNORECASE)
"""A brief that asks about them may be answered with them."""
NUMBERED = re.compile(r"[（(](?:\d{1,3}|[一二三四五六七八九十a-zA-Z]{1,3})[)）]")
OUTSIDE_SENTENCES = re.compile(r"[。！？!?….，,；;~～]$")


def marks_to_avoid(brief: str) -> Iterator[tuple[re.Match[str], tuple[tuple[str, str], ...]]]:
    """Each order with the marks that it names, each with its name there, in the order of the brief."""
    for found in ORDER.finditer(brief):
        words = found["zh"] or found["zh_first"] or found["en"]
        named = [
            (name.start(), mark, name[0]) for mark, names in NAMES for name in names.finditer(words) if _is_whole(mark, words, name)
        ]
        yield found, tuple((mark, name) for _, mark, name in sorted(named))


def _is_whole(mark: str, words: str, name: re.Match[str]) -> bool:
    """Semicolons are no colons."""
    return mark != "colon" or words[: name.start()][-1:].lower() not in ("i", "-")


def marks_unwanted(view: View) -> Iterator[Finding]:
    brief = view.article.assignment.asked
    if ABOUT_THEM.search(brief):
        return
    asked = dict(pair for _, marks in marks_to_avoid(brief) for pair in marks)
    for part in view.parts:
        for mark, name in asked.items():
            for found in LOOKS[mark].finditer(part.plain):
                if mark == "bracket" and NUMBERED.match(part.plain, found.start()):
                    continue
                yield part.finding("mark_unwanted", *found.span(), fix=_fix(part, mark, found), mark=name)


def _fix(part: Part, mark: str, found: re.Match[str]) -> Fix | None:
    """A full stop for an exclamation mark, nothing for an emoji at the end of something. Anything else has to be said in other words."""
    start, end = found.span()
    before, behind = part.plain[:start][-1:], part.plain[end : end + 1]
    if mark == "exclamation":
        if not (before.isalnum() or before in "”」』）)*") or behind in ("?", "？", "”", '"', "’", "'", "」", "』"):
            return None
        return Fix(start, end, "." if found[0][0] == "!" and not HAN.match(before) else "。")
    if mark == "emoji" and (behind in ("", "\n") or OUTSIDE_SENTENCES.search(part.plain[:start].rstrip()[-1:])):
        first = start - (1 if before == " " else 0)
        return Fix(first, end, "")
    return None
