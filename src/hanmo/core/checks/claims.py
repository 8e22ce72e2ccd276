"""What a text claims in numbers: whose, of what, how much. Only what it can read with certainty, from a closed list of things to say.

A claim is found by its attribute ("全长 55 公里", "a height of 90 m"), its event ("成立于 1998 年", "founded in 1998") or as an age. Its subject
is the head of the clause, else of the sentence; None where there is something that could not be read as one. Sentences that compare, plan,
guess or tell of a change claim nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from hanmo.core.checks.numerals import NUMBER, read_number


def _longest_first(names: Iterable[str]) -> str:
    """A pattern for any of them."""
    return "|".join(sorted(names, key=len, reverse=True))


YEAR = r"(?:\d{4}|[一二三四五六七八九〇零]{4})"
SAME_EVENT = {
    "创立": "成立",
    "创办": "成立",
    "创建": "成立",
    "成立": "成立",
    "建": "建",
    "始建": "建",
    "修建": "建",
    "建成": "建成",
    "竣工": "建成",
}
SAME_EVENT |= {
    "落成": "建成",
    "出生": "出生",
    "诞生": "出生",
    "生": "出生",
    "逝世": "逝世",
    "去世": "逝世",
    "通车": "通车",
    "开通": "通车",
}
SAME_EVENT |= {name: name for name in ("开业", "开馆", "出版", "首播", "上映", "首演")}
_EVENTS = _longest_first(SAME_EVENT)
EVENT_THEN_YEAR = re.compile(rf"(?<![重扩改发产])(?P<event>{_EVENTS})于\s*(?:公元)?(?P<value>{YEAR})\s*年")
YEAR_THEN_EVENT = re.compile(
    rf"(?P<value>{YEAR})\s*年(?:\s*\d{{1,2}}\s*月)?(?:\s*\d{{1,2}}\s*日)?(?:，?(?P<after>[\u4e00-\u9fff]{{2,10}}?))?(?:正式)?(?P<event>{_EVENTS})(?=[的，。；、：！？）,;:!?)\s]|$)"
)

SAME_ATTRIBUTE = {
    "全长": "长",
    "总长": "长",
    "全程": "长",
    "长度": "长",
    "长": "长",
    "总面积": "面积",
    "占地面积": "占地",
    "占地": "占地",
}
SAME_ATTRIBUTE |= {"高度": "高", "高": "高", "宽度": "宽", "宽": "宽", "深度": "深", "深": "深", "重量": "重", "重": "重"}
SAME_ATTRIBUTE |= {
    name: name
    for name in ("面积", "建筑面积", "海拔", "身高", "体重", "直径", "总人口", "人口", "总投资", "造价", "票价", "注册资本", "容量")
}
COUNTED = ("共有", "一共有", "总共有", "共", "共分为", "设有", "共设")
UNITS = {
    "公里": (1000, "米"),
    "千米": (1000, "米"),
    "km": (1000, "米"),
    "米": (1, "米"),
    "厘米": (0.01, "米"),
    "平方公里": (1e6, "平方米"),
}
UNITS |= {
    "平方米": (1, "平方米"),
    "公顷": (1e4, "平方米"),
    "吨": (1000, "千克"),
    "公斤": (1, "千克"),
    "千克": (1, "千克"),
    "亩": (1, "亩"),
}
UNITS |= dict.fromkeys(("人", "名", "位"), (1, "人")) | {
    unit: (1, unit) for unit in ("元", "升", "级", "层", "间", "座", "孔", "章", "节", "页", "册", "卷", "站")
}
_UNITS = _longest_first(UNITS)
_ROUGH = r"(?P<rough>(?:约|大约|近|将近|超过|逾|达|达到|长达|高达|为|是|有|仅|只有|足足|整整|\s)*)"
_AMOUNT = rf"{_ROUGH}(?P<value>{NUMBER})(?P<more>[多余来几]?)\s*(?P<unit>{_UNITS})"
MEASURE = re.compile(rf"(?P<attribute>{_longest_first(SAME_ATTRIBUTE)}){_AMOUNT}(?![多左以之~—-]|[到至])")
COUNT = re.compile(rf"(?P<attribute>{_longest_first(COUNTED)}){_AMOUNT}(?P<noun>[\u4e00-\u9fff]{{0,2}})")
AGE = re.compile(
    r"(?P<now>今年|现年|年仅|年方|刚满|已经|已|才|，|,|\s)*(?P<value>\d{1,3}|[一二三四五六七八九十百两]{1,4})\s*岁"
    r"(?:的(?P<after>[\u4e00-\u9fff]{2,4}))?(?![时那以前后起生左出半上]|的(?:时|那|生))"
)
NOW = re.compile(r"今年|现年|年仅|年方|刚满")

CHANGES = re.compile(
    r"不是|并非|误|传说|传闻|据说|有人|计划|原定|原本|预计|如果|假如|假设|增|减|扩|延长|缩短|重建|改建|[一二三]期|其中|比|每|平均|从前|至少|分别|各"
)
WHEN = re.compile(
    r"时[，,候]|[后前][，,]|[春夏秋冬]|季|潮|早上|清晨|傍晚|晚上|中午|白天|夜里|起先|第.{1,3}[年月天次步批轮段]|年后|月后|天后|长到|长成"
)
"""What is measured then may be more another time."""
PAST = re.compile(r"那年|当年|小时候|童年|曾|记得|回忆|年前|年后|当时|那时|过去|梦|将来|以后|如果|前世")
DATED = re.compile(r"\d{4}\s*年|去年|今年|前年|明年|年[底末初]|目前|如今|现在|后来|原来|最初|起初|初期|截至|第.{1,3}[年月天]")
CHANGEABLE = {"人口", "总人口", "注册资本", "票价", "体重", "身高", "重", *COUNTED}

LEADING = re.compile(
    r"^(?:而|但|其|因此|所以|于是|据悉|据介绍|目前|如今|此外|另外|同时|事实上|说到|提起|今天的?|[这那](?:家|座|条|所|个|部|本|栋|间|支|艘|片)?|该|此|整(?:座|条|个))"
)
OF_MANY = re.compile(
    r"^(?:那[座家条所个部本栋间支艘片]|[这那](?:根|棵|块|张|只|头|匹|件|把|口|扇)|最[大小长短高低宽窄深浅重轻]|另)"
)
"""One of several of a kind."""
CUT = re.compile(r"是|位于|坐落|[东西南北]起|起于|横跨|连接|[由于在从自为]|作为|共|总|已|正式|最早|最初|也|则|[，,（(]")
PRONOUN = re.compile(r"^[它其]$")
PERSON = re.compile(r"^[他她我你它]们?$")
CLAUSE_MARKS = "，,；;：:、。！？!?…“”\n"


@dataclass(frozen=True, slots=True)
class Claim:
    """`subject` is "" where the sentence names none. `start` and `end` span what is claimed, in the text it was found in."""

    key: str
    subject: str | None
    value: float
    rough: bool
    start: int
    end: int
    words: str


def claims_in(text: str, start: int, end: int) -> Iterator[Claim]:
    """The claims of the sentence from `start` to `end`."""
    sentence = text[start:end]
    for claim in chain(_events(sentence), _measures(sentence), _ages(sentence)):
        yield replace(claim, start=start + claim.start, end=start + claim.end)


def _events(sentence: str) -> Iterator[Claim]:
    for pattern in (EVENT_THEN_YEAR, YEAR_THEN_EVENT):
        for found in pattern.finditer(sentence):
            value = read_number(found["value"])
            if value is None or re.search(r"不是|并非|误|计划|原定|预计|如果|重建|改建", sentence):
                continue
            after = found["after"] if pattern is YEAR_THEN_EVENT else None
            if behind := re.match(r"的([\u4e00-\u9fff]{2,8})", sentence[found.end() :]):
                after = behind[1]
            named = subject_before(sentence, found.start()) if after is None else head(after)
            yield make_claim(f"{SAME_EVENT[found['event']]}·年", named, value, found)


def _measures(sentence: str) -> Iterator[Claim]:
    if CHANGES.search(sentence) or WHEN.search(sentence):
        return
    for pattern in (MEASURE, COUNT):
        for found in pattern.finditer(sentence):
            number = read_number(found["value"])
            name = found["attribute"]
            if sentence[found.end() : found.end() + 1] == "的":
                continue  # "长 3 米的绳子": one of many
            if number is None or (name in CHANGEABLE and DATED.search(sentence)):
                continue
            factor, unit = UNITS[found["unit"]]
            noun = found["noun"] if pattern is COUNT else ""
            rough = bool(found["more"] or re.search("约|近|超|逾", found["rough"]))
            key = f"{SAME_ATTRIBUTE.get(name, '共')}·{unit}{re.sub('[和与及的，等].*', '', noun)}"
            yield make_claim(key, subject_before(sentence, found.start()), number * factor, found, rough=rough)


def _ages(sentence: str) -> Iterator[Claim]:
    if PAST.search(sentence):
        return
    for found in AGE.finditer(sentence):
        value = read_number(found["value"])
        if value is None:
            continue
        named = head(found["after"]) if found["after"] else subject_before(sentence, found.start())
        yield make_claim("岁" if NOW.search(found[0]) else "岁?", named, value, found)


def make_claim(key: str, subject: str | None, value: float, found: re.Match[str], *, rough: bool = False) -> Claim:
    lead = len(found[0]) - len(found[0].lstrip("，, "))
    return Claim(key, subject, value, rough, found.start() + lead, found.end(), found[0][lead:].strip())


def subject_before(sentence: str, place: int) -> str | None:
    """The head of the clause before `place`, else of the sentence; "" where nothing stands before, None where what does is no name."""
    clause = re.split(f"[{CLAUSE_MARKS}]", sentence[:place])[-1].strip()
    if clause:
        return head(clause)
    first = re.split(f"[{CLAUSE_MARKS}]", sentence[:place].strip())[0]
    return head(first) if first else ""


def head(clause: str) -> str | None:
    bare = re.sub(r"[\s《》「」*]", "", clause)
    if OF_MANY.match(bare):
        return None
    while stripped := LEADING.sub("", bare, count=1) if LEADING.match(bare) else "":
        bare = stripped
    if cut := CUT.search(bare):
        bare = bare[: cut.start()]
    if PRONOUN.match(bare):
        return ""
    return bare if 0 < len(bare) <= 12 and not PERSON.match(bare) else None
