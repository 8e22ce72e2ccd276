"""How many paragraphs or points a brief asks for, and how many a text has.

Rules
  * An order names the form ("分三段", "five bullet points"). What is said of the text that is given ("这篇文章分三段"), of each part or of one, is
    none.
  * What a paragraph or a point is may be read in several ways: a title, a greeting and a signature are lines too, and points may be headings. A
    text is told of only where no reading gives the number.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from hanmo.core.blocks import Line
from hanmo.core.briefs import OF_EACH, OF_EACH_BEHIND, OF_ONE
from hanmo.core.checks.numerals import ENGLISH, read_english, read_number
from hanmo.core.text import units

What = Literal["paragraphs", "points"]

DIGITS = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
BOUND = r"(?:至少|最少|最多|至多|不[要得能可应]?(?:超过|多于|少于)|别超过|大约|大概|约|以)?\s*"
NUMBER = rf"(?<![\d第前后这那每几.])(?P<low>{DIGITS})(?:\s*(?:-|–|—|~|～|到|至)\s*(?P<high>{DIGITS}))?\s*"
BEHIND = r"(?P<behind>\s*(?:或?以上|或?以内|以下|左右))?"
INTO = r"分(?:成|为|作|列)?|[写改缩扩]写?(?:成|为|作|出)?|(?:整理|概括|总结|归纳|提炼|浓缩)(?:成|为|出)?|控制在|总?共|一共|用"
CLAUSE = r"(?:^|[，。；、：,;:\n])\s*(?:\d{1,2}[.、]\s*)?"
ENDED = r"(?=[，。；！？、,;:：）)\s]|$|[的来写讲说介描叙阐论述展回作陈总概呈])"
OF_POINTS = (
    r"建议|意见|原因|理由|要点|说明|结论|措施|对策|方法|办法|技巧|经验|优点|缺点|亮点|卖点|好处|坏处|注意事项|规则"
    r"|要求|标语|口号|广告语|文案|标题|祝福语?|格言"
)
N = rf"\d{{1,2}}|{'|'.join(word for word in ENGLISH if word not in ('zero', 'one'))}"
ENGLISH_BOUND = r"(?:at least|no fewer than|at most|no more than|up to|exactly|about|around|only|just)?\s*"
ENGLISH_NUMBER = rf"(?P<low>{N}|one|a single)(?:\s*(?:-|–|to|or)\s*(?P<high>{N}))?"

UNDIVIDED = "分段"
"""Behind a negation: one paragraph."""
ORDERS: tuple[tuple[What, re.Pattern[str]], ...] = tuple(
    (what, re.compile(pattern, re.IGNORECASE))  # type: ignore[misc]
    for what, pattern in (
        ("paragraphs", rf"(?:(?P<order>{INTO})|(?P<clause>{CLAUSE}))\s*{BOUND}{NUMBER}个?(?:自然)?段落?(?:话|文字|内容)?{BEHIND}{ENDED}"),
        ("paragraphs", rf"(?P<order>){BOUND}{NUMBER}个(?:自然段|段落)(?!的?(?:大意|内容|意思|主旨|中)){BEHIND}"),
        (
            "paragraphs",
            rf"(?P<order>\b(?:in|into|with|write|have|has|using|exactly|only|just|it)\s+|{CLAUSE}){ENGLISH_BOUND}{ENGLISH_NUMBER}"
            r" (?:\w+ )?paragraphs?\b(?!\s+(?:of the|above|below|from|in the))(?P<behind> or (?:more|fewer|less))?",
        ),
        ("paragraphs", rf"(?P<order>不要|不|别)(?P<low>{UNDIVIDED})(?!落|清|错|不)"),
        (
            "paragraphs",
            rf"(?P<order>\b(?:limit|keep|shorten|cut|reduce|condense|trim)\b[^.,\n]{{0,20}}\bto\s+){ENGLISH_BOUND}{ENGLISH_NUMBER}"
            r" (?:\w+ )?paragraphs?\b(?P<behind> max(?:imum)?\b| at most| or (?:more|fewer|less))?",
        ),
        ("paragraphs", rf"(?P<order>(?<=\ba ))(?P<low>{N})(?P<high>)-paragraph\b(?P<behind>)"),
        (
            "points",
            rf"(?P<order>{INTO}|列(?:出|举)?|[给说讲]出?我?|提[出供]?|生成|要有?)\s*{BOUND}{NUMBER}"
            rf"(?:大?点(?!半|钟|左右|起|到)|条|个要点){BEHIND}(?:{ENDED}|(?=(?:{OF_POINTS})))",
        ),
        (
            "points",
            rf"(?P<order>){ENGLISH_BOUND}(?<!these )(?<!those )(?<!the )(?<!first )(?<!last ){ENGLISH_NUMBER}"
            r" (?:\w+ )?(?:bullet[- ]?points?|bullets)\b(?P<behind> or (?:more|fewer|less))?",
        ),
        ("points", rf"(?P<order>\b(?:in|into|as) ){ENGLISH_BOUND}{ENGLISH_NUMBER} (?:\w+ )?points\b(?P<behind> or (?:more|fewer|less))?"),
    )
)  # fmt: skip
AT_LEAST = re.compile(r"至少|最少|少于|以上|at least|no fewer|or more", re.IGNORECASE)
AT_MOST = re.compile(r"最多|至多|超过|多于|以内|以下|\blimit|\bmax|at most|no more|up to|or (?:fewer|less)", re.IGNORECASE)
BOUND_BEFORE = re.compile(r"(?:至少|最少|最多|至多)(?:要|得|应)?$")
"""Before the verb: 最多写五点."""
ABOUT = re.compile(r"约|大概|左右|about|around", re.IGNORECASE)
GIVEN = re.compile(
    r"(?<![把将])(?:[这该]篇|这首|这段|该文|原文|课文|下面|以下|上面|上文|材料|主体|中间|开头|结尾|\b(?:this|following|above|below|original)\b)"
    r"[^，。！？,.!?\n]*$",
    re.IGNORECASE,
)
TELLS = re.compile(r"|不要?|别|分[成为作]?|总?共|一共|用|it|with|have|has", re.IGNORECASE)
"""Words before a number that may also tell of a text that is there, or of a part of the new one: then it is named right before."""
LEAD = re.compile(r"[\s，。；、：,;:]*(?:\d{1,2}[.、]\s+)?")
ONLY_ONE = re.compile(r"[成为分话]|自然|\b(?:single|in|into|only|just|exactly)\b", re.IGNORECASE)
"""一段 and "a paragraph" are words for a text of some lines, too."""
NO_ORDER = re.compile(r"(?:[不别勿没]|not|n['’]t|如何|怎么|怎样|为什么|\bhow to|\bwhy)[^，。！？,.!?\n]{0,12}$", re.IGNORECASE)
NEAR = 40
MOST_PARTS = 40
"""Nobody asks for more paragraphs or points in so many words."""

LONG_ENOUGH = 12
"""Words of a paragraph that is no title, greeting or signature."""
ORDINAL = re.compile(
    r"第[一二三四五六七八九十]{1,2}[，、,点条个种：]|[一二三四五六七八九十]是|首先|其次|再次|最后|[①-⑳]"
    r"|\b(?:First(?:ly)?|Second(?:ly)?|Third(?:ly)?|Fourth(?:ly)?|Fifth(?:ly)?|Finally|Lastly),"
)
LABELLED = re.compile(r"^\s*(?:\*\*[^*\n]+\*\*|[^\w\s“「『《（(\"'‘]{1,3}\s*\w)")


@dataclass(frozen=True, slots=True)
class Count:
    """So many `what`, from `low` to `high`. `start` and `end` are where the brief says so, in the words of `text`."""

    what: What
    low: int
    high: int
    text: str
    start: int
    end: int

    def allows(self, number: int) -> bool:
        return self.low <= number <= self.high


def counts_asked(brief: str) -> Iterator[Count]:
    """In the order in which they stand; of two that overlap, the first."""
    taken: dict[What, int] = {}
    for what, found in sorted(
        ((what, found) for what, pattern in ORDERS for found in pattern.finditer(brief)), key=lambda each: each[1].start()
    ):
        count = _count(what, found, brief)
        if count and count.start >= taken.get(what, 0):
            taken[what] = count.end
            yield count


def _count(what: What, found: re.Match[str], brief: str) -> Count | None:
    parts = found.groupdict()
    start = found.start() + LEAD.match(found[0]).end()  # type: ignore[union-attr]
    if bound := BOUND_BEFORE.search(brief, max(0, start - NEAR), start):
        start = bound.start()
    before, behind = brief[max(0, start - NEAR) : start], brief[found.end() : found.end() + NEAR]
    if OF_EACH_BEHIND.match(behind) or any(pattern.search(before) for pattern in (OF_EACH, OF_ONE, NO_ORDER)):
        return None
    if (TELLS.fullmatch((parts["order"] or "").strip()) and GIVEN.search(before)) or not (
        numbers := _numbers(found["low"], parts.get("high") or "")
    ):
        return None
    low, high = numbers
    words = brief[start : found.end()]
    if low == high == 1 and not ONLY_ONE.search(words):
        return None
    if AT_LEAST.search(words):
        high = MOST_PARTS**2
    elif AT_MOST.search(words):
        low = 1
    elif ABOUT.search(words):
        low, high = low - 1, high + 1
    return Count(what, low, high, words.strip(" ，。；：、,;:."), start, found.end())


def _numbers(low: str, high: str) -> tuple[int, int] | None:
    """ "三到五", and "三四", which is 三 or 四; None where it is no number of parts."""
    if low == UNDIVIDED:
        return 1, 1
    if not high and len(low) == 2 and "十" not in low and not low.isascii():
        low, high = low[0], low[1]
    first, last = _read(low), _read(high or low)
    return (first, last) if first and last and first <= last <= MOST_PARTS else None


def _read(text: str) -> int:
    if text.lower() == "a single":
        return 1
    value = read_english(text) if text.isascii() else read_number(text)
    return int(value or 0)


def paragraphs_in(lines: Iterable[Line]) -> tuple[int, int]:
    """The fewest and the most paragraphs that may be seen: blocks of some length, and all lines that are no heading."""
    lines = [line for line in lines if line.kind not in ("heading", "rule", "tags")]
    blocks, rows = [0], 0
    for line in lines:
        if line.kind == "blank":
            blocks.append(0)
        else:
            blocks[-1] += len(units(line.text))
            rows += 1
    long = sum(words >= LONG_ENOUGH for words in blocks)
    return (long, max(rows, long))


def points_in(lines: Iterable[Line]) -> set[int]:
    """The numbers of points that may be seen: items of the lists at their first level, or of one of them, headings of one level, lines that
    begin with a label, what is counted in the prose; without any list, as many as there are lines, or fewer."""
    lines = [line for line in lines if line.kind != "blank"]
    top = set(_top_items(lines))
    runs, levels = [0], Counter[str]()
    for line in lines:
        if line in top:
            runs[-1] += 1
        elif line.kind == "heading":
            levels[line.text.split(" ")[0] if line.text.lstrip().startswith("#") else ""] += 1
            runs.append(0)
        elif line.kind == "prose" and not line.text.startswith(" "):
            runs.append(0)
    prose = [line for line in lines if line.kind == "prose"]
    labelled = sum(LABELLED.match(line.text) is not None for line in prose)
    counted = sum(len(ORDINAL.findall(line.text)) for line in lines)
    seen = {len(top), labelled, counted, *runs, *levels.values()}
    return seen if top else seen | set(range(2, len(prose) + 1))


def num_points(lines: Iterable[Line]) -> int:
    """Those a reader sees first: the items of its lists."""
    return len(_top_items(lines))


def _top_items(lines: Iterable[Line]) -> list[Line]:
    items = [line for line in lines if line.kind == "list"]
    first = min(map(_indent, items), default=0)
    return [line for line in items if _indent(line) == first]


def _indent(line: Line) -> int:
    return len(line.text) - len(line.text.lstrip())
