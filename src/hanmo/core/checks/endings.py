"""Texts that stop in the middle, and sections that end the article before its end."""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding
from hanmo.core.blocks import Line
from hanmo.core.checks.view import Part, View, view_of_text
from hanmo.core.text import CLOSERS, HAN, ends_sentence, units

SIGNATURE_UNITS = 12
SHORT_TEXT_WORDS = 40
GOES_ON = "，、,：:；;（(—－-＝="
SIGN_AT_END = re.compile(r"[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f～~♪♡]+$")
LINK_AT_END = re.compile(r"(?:\[[^\]]*\]\([^)]*\)|<[^<>]+>)$")
LONGEST_LINK = 500
LABEL_OR_DATE = re.compile(
    r"\s*\**[^，。：:]{1,12}\**[：:]\s*\S|.*\d{4}\s*年\s*(?:\d{1,2}\s*月)?\s*(?:\d{1,2}\s*日)?\s*$|\s*[—–-]{1,2}\s?\S"
)
ENDED_ITEM = re.compile(r"[。；！？.;!?…][”’」』）)\"'*]*\s*$")

LABEL = re.compile(r"\s*\**[^，。：:]{1,8}\**[：:]\s*$")
LABELLED = re.compile(r"\s*\**[^，。：:]{1,12}\**[：:]")
"""A form to fill in: "签名：" under "申请人：李明"."""
LONGEST_ALONE = 40
"""Words of a single line that needs no full stop: a title, a slogan, a notice."""

CONCLUDES = re.compile(r"\s*(?:总之|综上所述|综上|总而言之)[，,：:]|\s*(?:In conclusion|To conclude|To sum up),", re.IGNORECASE)
MAY_CONCLUDE = re.compile(r"结论|小结|总结|结语|结束语|尾声|摘要|\b(?:conclusion|summary|abstract|epilogue)", re.IGNORECASE)


def unfinished(view: View) -> Iterator[Finding]:
    """Of a free text that was cut off it is known; of any other, its last line tells."""
    kind = "cut_off" if view.cut_off else "may_be_unfinished" if view.source == "text" else "unfinished"
    for part in view.parts:
        lines = [line for line in part.lines if line.kind not in ("blank", "rule")]
        if lines and (view.cut_off or not _may_end(part, lines, free=view.source == "text")):
            last = lines[-1]
            end = last.start + len(last.text.rstrip())
            yield part.finding(kind, max(last.start, end - 20), end, ending=part.text[max(last.start, end - 12) : end].strip())


def may_be_unfinished(text: str) -> bool:
    """Whether a free text stops where none ends, though its model ended it."""
    return any(unfinished(view_of_text(text)))


def _may_end(part: Part, lines: list[Line], *, free: bool) -> bool:
    last = lines[-1]
    text = last.text.strip()
    bare = text.rstrip(CLOSERS)
    if last.kind == "heading":
        return text.startswith("【")
    if last.kind in ("code", "math", "table", "tags") or ends_sentence(text) or LINK_AT_END.search(text[-LONGEST_LINK:]):
        return True
    if not bare or SIGN_AT_END.search(text[-LONGEST_LINK:]):
        return True
    if LABEL.match(text) and len(lines) > 1 and LABELLED.match(lines[-2].text):
        return True
    if bare[-1] in GOES_ON:
        return False
    if last.kind == "list":
        return not _cut_item(lines)
    if free and len(lines) == 1:
        return len(units(text)) <= LONGEST_ALONE
    return _may_stand_alone(part, text, alone=len(lines) == 1)


def _cut_item(lines: list[Line]) -> bool:
    """The last of a list whose other items all end as sentences do, and it does not, long as it is."""
    items = []
    for line in reversed(lines[:-1]):
        if line.kind != "list":
            break
        items.append(line)
    ended = [bool(ENDED_ITEM.search(item.text)) for item in items]
    return len(ended) >= 2 and all(ended) and len(units(lines[-1].text)) > SIGNATURE_UNITS


def _may_stand_alone(part: Part, text: str, *, alone: bool) -> bool:
    """A signature, a date, a line of verse, a label with its value; alone only where no more was asked for."""
    if alone:
        return part.version.target <= SHORT_TEXT_WORDS and len(units(text)) <= SIGNATURE_UNITS
    bare = part.plain[len(part.plain.rstrip()) - len(text) :]
    return len(units(bare)) <= SIGNATURE_UNITS or (
        bool(LABEL_OR_DATE.match(text)) and len(HAN.findall(text)) <= 2 * SIGNATURE_UNITS
    )


def early_end(view: View) -> Iterator[Finding]:
    for part in view.parts:
        if part.last or MAY_CONCLUDE.search(part.section.heading):
            continue
        for line in part.lines:
            if line.kind == "prose" and (found := CONCLUDES.match(line.text)):
                opening = found[0].strip(" \t　，,：:")
                start = line.start + found[0].index(opening)
                yield part.finding("early_end", start, start + len(opening), opening=opening)
