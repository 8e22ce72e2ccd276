"""Whether two claims speak of one thing.

Theory
  A name is the same wherever it comes; "the bridge", "公司" and "it" are whatever was spoken of last. So what is not named is taken for the
  same only within one topic (a heading, an item and a rule end one), where nothing else of its kind comes up in between, and where it opens its
  paragraph if that is a later one. Exercises and cases begin anew, with the same people in them. What can be meant otherwise, is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from hanmo.core.blocks import FILLER
from hanmo.core.checks.claims import Claim
from hanmo.core.checks.surnames import COMPOUND, SURNAMES
from hanmo.core.checks.view import Part

CASE = re.compile(
    r"\s*[#*>\s]*(?:[【《]?(?:例题?|题目?|问题|练习|习题|案例|情景|场景|样例|示例|方案|选项|路线|线路)\s*[\d一二三四五六七八九十A-Za-z①-⑳：:、.]"
    r"|(?:example|exercise|problem|question|case|scenario|option|route|task)\s*[\dA-Z:.])",
    re.IGNORECASE,
)
"""How an example or an exercise begins: a line of a heading or of prose."""

KIND_OF_THING = (
    "大桥|公司|集团|大学|中学|小学|学院|学校|医院|博物馆|图书馆|美术馆|纪念馆|体育馆|酒店|餐厅|饭店|书店|工厂|步道|公路|铁路|高铁|隧道|水库|运河|机场|车站"
    "|公园|广场|大厦|古镇|寺|塔|楼|山|峰|岭|江|河|湖|海|岛|省|市|县|镇|村"
)
NAMED_THING = re.compile(
    rf"[\u4e00-\u9fff]{{2,}}(?:{KIND_OF_THING})|[\u4e00-\u9fff](?:[山峰岭江河湖海岛寺塔])|[《“].+|.*[A-Za-z0-9].*"
)
UNNAMED = re.compile(r"^[整全本该此这那主老新旧古大小高第一两几某]|(?:那|这|哪|一)[座条家所个间栋棵]")
PART_OF = re.compile(r"[的分子母新旧老副支主引内外东西南北上下前后左右中一二三四五六七八九十小]$|附属$|环.$")
"""Before a common name: a branch of it or another one, not the thing itself."""
BEFORE_COMMON = re.compile(r"(?:^|[\s，。；：、！？“”（）《]|[整这那该此本]|[座条家所个栋间部])$")
ANOTHER = re.compile(
    r"另|第二[座条家所个部]|还有一|其他|别的|相比|对比|而.{1,12}则|\b(?:another|other|second|next|neighbou?ring|by contrast|likewise|similarly)\b",
    re.IGNORECASE,
)

COMPANIES = frozenset(("company", "firm", "business", "group", "club", "brand", "startup", "organization", "organisation"))
OF_COMPANIES = re.compile(r"(?:股份|有限|责任)*公司|集团|,? ?(?:inc|ltd|corp|co|company|group|corporation)\.?", re.IGNORECASE)
OF_PEOPLE = frozenset(("岁", "born", "出生·年", "逝世·年"))
"""Keys of claims about people, who are called by one of their names."""
NEW_NAME = re.compile(
    r"(?<=[a-z0-9,;:’'] )(?:[A-Z][\w'’&-]+)(?: (?:of the |of )?[A-Z][\w'’&-]+)*"
    r"|(?:(?<=[.!?] )|(?<=\n)|^)(?:The |An? )?(?:[A-Z][\w'’&-]+ (?:of the |of )?[A-Z][\w'’&-]+"
    r"|[A-Z][a-z]+(?= (?:is|was|has|had|lies|runs|opened|followed|covers|makes|made)\b))",
)
FARTHEST = 3000
"""Code points over which a common word may still mean what it meant before."""
_NO_NAME = (
    "It He She This That These Those There They We You What Which Who Everyone Everything Nothing Nobody Each One All Some Many Most Both Today"
    " January February March April May June July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday"
    " Sunday English I"
)
NO_NAME = frozenset(_NO_NAME.split())


@dataclass(frozen=True, slots=True)
class Said:
    """A claim and where it stands: its section's place in the plan, or -1 for what was given. `case` and `topic` count what began anew before
    it; `opens`: its sentence is the first of its paragraph, `paragraph` the line."""

    claim: Claim
    place: int
    part: Part | None
    case: int = 0
    topic: int = 0
    paragraph: int = 0
    opens: bool = True


@dataclass(frozen=True, slots=True)
class Things:
    """Of what one thing is claimed (`key`): the names, and those that are no short form of another. `alone`: two claims and no name."""

    key: str
    names: frozenset[str]
    full: frozenset[str]
    alone: bool

    @classmethod
    def of(cls, key: str, group: list[Said]) -> "Things":
        names = frozenset(said.claim.subject for said in group if said.claim.subject)
        full = frozenset(name for name in names if not any(called(name, other, key) for other in names))
        return cls(key, names, full, not names and len(group) == 2)

    def may_be_same(self, first: Said, said: Said) -> bool:
        """Whether they are called so that they can be one thing."""
        return self._same_name(first.claim.subject or "", said.claim.subject or "")

    def same(self, first: Said, said: Said, between: Callable[[], str], before: Callable[[], str]) -> bool:
        """Whether `said` speaks of what `first` does, of two that may be the same. `between` gives the text from the one to the other, `before`
        the text up to `first`."""
        a, b = first.claim.subject or "", said.claim.subject or ""
        if first.part is None:
            return True
        if first.case != said.case:
            return False
        if is_name(a, self.key) and (a == b or (self.key in OF_PEOPLE and is_name(b, self.key))):
            return True
        if first.place == said.place and first.paragraph == said.paragraph:
            may_be = bool(a) or (not b and self.alone)
        else:
            may_be = bool(a and b) and first.topic == said.topic and said.opens
        if not may_be or len(a) < len(b):
            return False  # a name does not take up a common word
        text = between()
        return len(text) <= FARTHEST and not another(b or a, text, before(), known=a if b and a != b else "")

    def _same_name(self, a: str, b: str) -> bool:
        if not a or not b:
            return len(self.full) == 1 or self.alone
        short, long = (a, b) if len(a) < len(b) else (b, a)
        return a == b or (
            called(short, long, self.key)
            and not any(called(short, other, self.key) for other in self.full - {long} if not called(long, other, self.key))
        )


def is_name(subject: str, key: str = "") -> bool:
    """Whether it names one thing wherever it stands; where that is not sure, it is a common word. What is claimed of people has a surname, or a
    capital in front."""
    if subject.isascii():
        return subject[:1].isupper()
    if len(subject) <= 4 and key in OF_PEOPLE and not UNNAMED.search(subject):
        return True
    if UNNAMED.search(subject) and not NAMED_THING.fullmatch(subject[1:]):
        return False
    person = 2 <= len(subject) <= 3 and (subject[0] in SURNAMES or subject.startswith(COMPOUND)) and key in OF_PEOPLE
    return person or FILLER in subject or NAMED_THING.fullmatch(subject) is not None


@cache
def called(short: str, long: str, key: str = "") -> bool:
    """Whether `short` is what the thing of the name `long` is called: by its end, or by its beginning before what companies add. People are
    called by either of their names."""
    if not 2 <= len(short) < len(long):
        return False
    if not (short.isascii() and long.isascii()):
        before = long.removesuffix(short)
        ends = before != long and not PART_OF.search(before)
        begins = long.startswith(short) and (key in OF_PEOPLE or OF_COMPANIES.fullmatch(long[len(short) :]) is not None)
        return ends or begins
    if not long[0].isupper():
        return False
    shorter, longer = short.lower().split(), long.lower().split()
    if longer[-len(shorter) :] == shorter or short in COMPANIES:
        return True
    rest = " ".join(longer[len(shorter) :])
    return longer[: len(shorter)] == shorter and (key in OF_PEOPLE or OF_COMPANIES.fullmatch(rest) is not None)


def another(common: str, between: str, before: str, known: str = "") -> bool:
    """Whether something else that is called so may come up `between`: another one in so many words, or a name that nothing `before` had."""
    if ANOTHER.search(between):
        return True
    if common and not common.isascii():
        for found in re.finditer(re.escape(common), between):
            if not BEFORE_COMMON.search(between[: found.start()]) and not between[: found.end()].endswith(known or common * 2):
                return True
    elif common and re.search(rf"\b(?:an?|new) (?:[a-z-]+ )?{re.escape(common)}\b", between):
        return True
    return any(
        found[0] not in before and not set(found[0].split()) <= NO_NAME and found[0].removeprefix("The ") not in (known, common)
        for found in NEW_NAME.finditer(between)
    )
