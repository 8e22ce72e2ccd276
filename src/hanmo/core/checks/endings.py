"""Texts that stop in the middle, and sections that end the article before its end."""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding
from hanmo.core.blocks import Line
from hanmo.core.checks.view import Part, View, view_of_text
from hanmo.core.text import CLOSERS, HAN, Language, ends_sentence, language_of, units

SIGNATURE_UNITS = 12
SHORT_ITEM_UNITS = 8
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
LONGEST_WITH_COMMA: dict[Language, int] = {"zh": 20, "en": 12}
"""Words of a single line that needs no full stop: a title, a slogan, a notice. One with a comma is a sentence sooner."""
COMMA = re.compile(r"[，；]|[,;]\s")
ASKS_FOR_A_LINE = re.compile(
    r"标题|题目|标语|口号|广告语|宣传语|文案|一句|短信|朋友圈|微博|签名|对联|上联|下联|横幅|名字|起名|title|headline|slogan|tagline|caption|one line"
    r"|subject line",
    re.IGNORECASE,
)
NO_LAST_WORD = re.compile(
    r"(?:因为|但是|而且|并且|如果|虽然|以及|或者|例如|比如|包括|由于|关于|通过|随着|甚至|不仅|无论|除了)$"
    r"|(?<![-.])\b(?:the|a|an|and|or|but|than|whose|which|into|their|our|my|your|its)$"
)
"""Nothing ends with them."""
NO_LAST_OF_LONG = re.compile(
    r"(?<![目总温饱柔平共参给赋以涉普])[和与及或把被并而]$|\b(?:of|with|for|to|is|are|was|were|that|in|on|at|by|from)$|(?<!目)的$"
)
ASSERTS = re.compile(r"是.*的$")
"""Words with which a short line may end, but hardly one of more than twelve words."""

CONCLUDES = re.compile(r"\s*(?:总之|综上所述|综上|总而言之)[，,：:]|\s*(?:In conclusion|To conclude|To sum up),", re.IGNORECASE)
MAY_CONCLUDE = re.compile(r"结论|小结|总结|结语|结束语|尾声|摘要|\b(?:conclusion|summary|abstract|epilogue)", re.IGNORECASE)


def unfinished(view: View) -> Iterator[Finding]:
    """Of a free text that was cut off it is known; of any other, its last line tells."""
    kind = "cut_off" if view.cut_off else "may_be_unfinished" if view.source == "text" else "unfinished"
    for part in view.parts:
        lines = [line for line in part.lines if line.kind not in ("blank", "rule")]
        if lines and (view.cut_off or not _may_end(part, lines, free=view.source == "text", brief=view.article.assignment.asked)):
            last = lines[-1]
            end = last.start + len(last.text.rstrip())
            yield part.finding(kind, max(last.start, end - 20), end, ending=part.text[max(last.start, end - 12) : end].strip())


def may_be_unfinished(text: str) -> bool:
    """Whether a free text stops where none ends, though its model ended it."""
    return any(unfinished(view_of_text(text)))


def _may_end(part: Part, lines: list[Line], *, free: bool, brief: str) -> bool:
    last = lines[-1]
    text = last.text.strip()
    bare = text.rstrip(CLOSERS)
    if last.kind == "heading":
        return text.startswith("【")
    if last.kind in ("code", "math", "table", "tags") or ends_sentence(text) or LINK_AT_END.search(text[-LONGEST_LINK:]):
        return True
    if not bare or SIGN_AT_END.search(text[-LONGEST_LINK:]):
        return True
    if NO_LAST_WORD.search(bare) and len(bare) == len(text):
        return False
    if LABEL.match(text) and len(lines) > 1 and LABELLED.match(lines[-2].text):
        return True
    if bare[-1] in GOES_ON:
        return False
    if last.kind == "list":
        return not _cut_item(lines)
    if free and len(lines) == 1:
        return _is_alone(text, brief)
    return _may_stand_alone(part, text, alone=len(lines) == 1)


def _cut_item(lines: list[Line]) -> bool:
    """The last of a list whose other items all end as sentences do, and it does not, long as it is."""
    items = []
    for line in reversed(lines[:-1]):
        if line.kind != "list":
            break
        items.append(line)
    ended = [bool(ENDED_ITEM.search(item.text)) for item in items]
    return len(ended) >= 2 and all(ended) and len(units(lines[-1].text)) > SHORT_ITEM_UNITS


def _is_alone(text: str, brief: str) -> bool:
    """A title, a slogan, a notice: a single line without a full stop."""
    words = units(text)
    if len(words) > SIGNATURE_UNITS and NO_LAST_OF_LONG.search(text) and not ASSERTS.search(text):
        return False
    most = LONGEST_WITH_COMMA[language_of(text)] if COMMA.search(text) and not ASKS_FOR_A_LINE.search(brief) else LONGEST_ALONE
    return len(words) <= most


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
