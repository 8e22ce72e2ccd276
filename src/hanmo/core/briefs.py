"""From what the user wrote (写作要求) to an assignment: which length it asks for, in which language, and whether it can be met at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hanmo.core.articles import Assignment, Format
from hanmo.core.errors import InvalidRequest
from hanmo.core.presets import choose_for_article
from hanmo.core.text import HAN, LATIN_WORD, Language, language_of
from hanmo.core.values import JsonValue, Sampling

SHORTEST, LONGEST = 20, 60_000
DEFAULT_WORDS = 1500
TOLERANCE = 1.25
"""A length may be so much outside of a bound."""
OTHER_LENGTH = 2.5
"""A length given beside the brief contradicts the brief's own where they differ by more than this factor."""
MATERIAL_CHARACTERS = 8000
"""Of style, glossary, characters and facts each: more leaves a small model no room to write."""

NUMBER = (
    r"(?<![\d.])(\d{1,3}(?:[,，]\d{3})+(?!\d)|\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万几]+"
    r"|\b(?:a|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen)[ -](?:hundred|thousand))\s*(万|千|[kK])?"
)
NUMBERS = NUMBER + r"(?:(?:\s*(?:-|—|–|~|～|到|至|to)\s*|(?:(?<=between \d{3})|(?<=between \d{4})) and )" + NUMBER + ")?"
UNIT = (
    r"\s*(?:多|余|来|\+)?\s*[个個]?(?:(?:汉|中文)?字(?![母段节符体幕号典词眼]|文(?!章))|单词|词(?![语汇牌条性组典])|[- ]?words?\b)"
)
LENGTH = re.compile(NUMBERS + UNIT, re.IGNORECASE)
NO_LENGTH = re.compile(r"(?<!\d)(?<!\d[.,，])0" + UNIT, re.IGNORECASE)
NAMED_LENGTH = re.compile(
    r"(?:字数|篇幅|word count|word limit)[^\d，。,.;；\n]{0,10}?"
    + NUMBERS
    + rf"(?!{UNIT}|\s*(?:[\d.%页章篇段行零〇一二两三四五六七八九十百千万]|pages))",
    re.IGNORECASE,
)
"""A length without a unit, behind its name: "字数要求：2000左右"."""
NOT = r"(?:不|别|勿|不能|不得|不可|不要|不应|不宜|不许)"
AT_LEAST = re.compile(
    rf"(?:{NOT}(?:少|低|小)于|(?:至少|最少)\S?|(?<![不别勿能得可要应宜许])(?:超过|多于|大于|高于)"
    r"|at least|(?:no|not) (?:less|fewer) than|minimum of|(?<!no )(?<!not )(?:more than|\bover))\s*$",
    re.IGNORECASE,
)
AT_MOST = re.compile(
    rf"(?:{NOT}(?:超过|超出|多于|大于|高于)|(?:至多|最多|最长)\S?|上限为?|少于|at most|(?:no|not) more than"
    r"|(?:not|never) (?:to )?exceed(?:ing)?|up to|under|within|fewer than|less than|maximum(?: of)?|limit(?: of| is|:)?)\s*$",
    re.IGNORECASE,
)
AT_LEAST_BEHIND = re.compile(r"\s*(?:或?以上|起|or more|min(?:imum)?\b|at least\b)", re.IGNORECASE)
AT_MOST_BEHIND = re.compile(r"\s*(?:或?以内|以下|之内|or (?:less|fewer)|max(?:imum)?\b|at most\b)", re.IGNORECASE)
PARTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
COUNT_OF_PARTS = re.compile(
    rf"(?<![第\d])(\d+|[两三四五六七八九十]+|\b(?:{'|'.join(PARTS)})\b)\s*"
    r"(?:[篇章节段封则首]|个?(?:章节|部分|段落|小节|要点|方面)|parts|sections|chapters|paragraphs|letters|essays|posts)",
    re.IGNORECASE,
)
OF_EACH = re.compile(r"(?:每|各|段落|\beach|\bper|\bevery)[^，。,.;；\n]{0,30}$", re.IGNORECASE)
OF_EACH_BEHIND = re.compile(r"\s*(?:each|per|apiece)\b", re.IGNORECASE)
OF_ONE = re.compile(r"第.{1,3}[章节段部][^，。,.;；\n]{0,12}$")
ASIDE = re.compile(r"(?:摘要|标题|题目|误差|浮动|偏差|出入|abstract|title)[^，。,.;；\n]{0,12}$", re.IGNORECASE)
NEAR = 80
"""Code points on either side of a length that say what it is of."""
DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "几": 3}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "k": 1000, "K": 1000}
IN_WORDS = PARTS | {"a": 1, "one": 1, "twelve": 12, "fifteen": 15, "hundred": 100, "thousand": 1000}

IN_ENGLISH = re.compile(
    r"(?:英语(?:作文|文章|短文|演讲|邮件|信)|英文(?:写|作文|文章|短文|邮件|信))(?!的?(?:写|技巧|水平|能力|比赛|大赛|竞赛|教|课|批改|评|怎|如何))"
    r"|(?<![不别勿])(?<!不[要能得可许])(?<![别不]使)(?<!不[要能得可许]使)(?<!避免使)(?<!禁止使)用英[语文](?![标括引逗句字单词名缩术])|\bin English\b",
    re.IGNORECASE,
)
IN_CHINESE = re.compile(
    r"\b(?:in|into) (?:simplified |traditional |mandarin )?Chinese(?=\s*(?:$|[.,;:!?)\n]|(?:please|about|on|for|with|that)\b))"
    r"|用(?:中文|汉语)",
    re.IGNORECASE,
)
FILLERS = re.compile(
    r"请|帮我|给我|麻烦|你|写作?|一[篇个段份]|生成|文章|作文|的|吧|谢谢|关于|\b(?:please|write|me|an?|the|article|essay|text|story|about|on|of|something)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Lengths:
    """What a brief says about the length of the whole: plain numbers, and bounds; nothing and None where it says nothing."""

    plain: tuple[int, ...] = ()
    at_least: int | None = None
    at_most: int | None = None

    @property
    def named(self) -> int | None:
        """The largest plain number that can be written: beside it there may be the length of a book that is spoken of."""
        return max((n for n in self.plain if n <= LONGEST), default=max(self.plain, default=None))

    @property
    def target(self) -> int | None:
        """The number to write towards: a little inside of a bound, so that it is kept."""
        low = None if self.at_least is None else round(self.at_least * 1.03)
        high = None if self.at_most is None else round(self.at_most * 0.95)
        if low is not None and high is not None and low > high:
            low = high = (low + high) // 2
        if self.named is None:
            return high if low is None else low
        return min(max(self.named, low or 0), high or LONGEST * LONGEST)


def read_lengths(brief: str) -> Lengths:
    """Numbers before 字, 词 or "words". Lengths of parts ("each 400 words") count only where nothing else is said: times the number of parts,
    or added up. Numbers too small for a text (四字成语, 三个词) are none."""
    plain: list[int] = []
    each: list[int] = []
    single: list[int] = []
    least: list[int] = []
    most: list[int] = []
    for found in sorted([*LENGTH.finditer(brief), *NAMED_LENGTH.finditer(brief)], key=lambda found: found.start(1)):
        before, behind = brief[max(0, found.start(1) - NEAR) : found.start(1)], brief[found.end() : found.end() + NEAR]
        value = read_number(found[3], found[4] or "") if found[3] else read_number(found[1], found[2] or "")
        if value < SHORTEST or ASIDE.search(before):
            continue
        if OF_EACH.search(before) or OF_EACH_BEHIND.match(behind):
            each.append(value)
        elif OF_ONE.search(before):
            single.append(value)
        elif AT_LEAST.search(before) or AT_LEAST_BEHIND.match(behind):
            least.append(value)
        elif AT_MOST.search(before) or AT_MOST_BEHIND.match(behind):
            most.append(value)
        else:
            plain.append(value)
    if not (plain or least or most):
        plain = _sum_of_parts(brief, each, single)
    return Lengths(tuple(plain), max(least, default=None), min(most, default=None))


def _sum_of_parts(brief: str, each: list[int], single: list[int]) -> list[int]:
    """What the parts come to; nothing where nobody knows how many there are."""
    if single:
        return [sum(single)]
    count = COUNT_OF_PARTS.search(brief) if each else None
    return [max(each) * min(50, PARTS.get(count[1].lower()) or read_number(count[1], ""))] if count else []


def read_number(digits: str, scale: str = "") -> int:
    """Arabic or Chinese digits, with 千, 万 or k behind them."""
    if digits[0].isdigit():
        return round(float(re.sub("[,，]", "", digits)) * SCALES.get(scale, 1))
    if digits[0].isascii():
        many, hundred = re.split("[ -]", digits.lower())
        return IN_WORDS[many] * IN_WORDS[hundred]
    total, part = 0, 0
    for character in digits + scale:
        if character == "万":
            total, part = max(total + part, 1) * 10_000, 0
        elif character in SCALES:
            total, part = total + max(part, 1) * SCALES[character], 0
        else:
            part = DIGITS[character]
    return total + part


def make_assignment(
    brief: str,
    *,
    words: int | None = None,
    lang: Language | None = None,
    seed: int,
    form: Format = "prose",
    style: str = "",
    glossary: str = "",
    characters: str = "",
    facts: str = "",
    preset: str = "",
    sampling: Mapping[str, JsonValue] | None = None,
) -> Assignment:
    """`InvalidRequest`: "brief_empty", "brief_without_task", "lengths_contradict" (one, other), "words_out_of_range" (words, low, high),
    "material_too_long" (field, characters, limit), and those of `choose_for_article`."""
    if not brief.strip():
        raise InvalidRequest("brief_empty")
    if not _has_task(brief):
        raise InvalidRequest("brief_without_task")
    for name, text in (("style", style), ("glossary", glossary), ("characters", characters), ("facts", facts)):
        if len(text) > MATERIAL_CHARACTERS:
            raise InvalidRequest("material_too_long", field=name, characters=len(text), limit=MATERIAL_CHARACTERS)
    lengths = read_lengths(brief)
    nothing = 0 if NO_LENGTH.search(brief) else None
    asked = next(length for length in (words, lengths.target, nothing, DEFAULT_WORDS) if length is not None)
    if not SHORTEST <= asked <= LONGEST:
        raise InvalidRequest("words_out_of_range", words=asked, low=SHORTEST, high=LONGEST)
    _check_lengths(lengths, words)
    choose_for_article(Sampling(), preset, sampling or {})
    return Assignment(
        brief, asked, lang or _language(brief), seed, form, style, glossary, characters, facts, preset, dict(sampling or {})
    )


def _has_task(brief: str) -> bool:
    """Whether anything is left that a text could be about, once lengths and the words of asking are gone."""
    rest = FILLERS.sub(" ", NAMED_LENGTH.sub(" ", LENGTH.sub(" ", brief)))
    return bool(HAN.search(rest) or LATIN_WORD.search(re.sub(r"\d+", " ", rest)))


def _check_lengths(lengths: Lengths, words: int | None) -> None:
    least, most = lengths.at_least, lengths.at_most
    if least and most and least > most:
        raise InvalidRequest("lengths_contradict", one=least, other=most)
    for asked in (words, lengths.named):
        if asked is not None and least and asked * TOLERANCE < least:
            raise InvalidRequest("lengths_contradict", one=asked, other=least)
        if asked is not None and most and asked > most * TOLERANCE:
            raise InvalidRequest("lengths_contradict", one=asked, other=most)
    if words is not None and lengths.named and not any(1 / OTHER_LENGTH <= words / n <= OTHER_LENGTH for n in lengths.plain):
        raise InvalidRequest("lengths_contradict", one=words, other=lengths.named)


def _language(brief: str) -> Language:
    if IN_ENGLISH.search(brief):
        return "en"
    return "zh" if IN_CHINESE.search(brief) else language_of(brief)
