"""What an edit of a sentence must keep: numbers, dates, names, quotations, negations, Markdown marks, the language.

Rules
  * Strict rather than clever: a refused improvement costs nothing, a changed number does. What must stay, stays in its order.
  * A word that only looks like a number or a negation (一起, 特别, 未来) is none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from hanmo.core.text import HAN, LATIN_WORD, Language

Kept = Literal["mark", "quotation", "number", "date", "name", "negation", "language"]

MARK = re.compile(
    r"`+[^`\n]+`+"  # code
    r"|!?\[[^\]\n]*\]\([^)\n]*\)|\[[^\]\n]+\]"  # links, images, footnotes
    r"|\$[^$\n]+\$|\\\(.+?\\\)"  # formulas
    r"|<[^>\n]+>|(?:https?://|www\.)[^\s，。；！？、（）“”《》]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
SIGNS = "*_~`$[]<>|#\\{}^="
"""Characters with a meaning in Markdown; an edit has as many of each as the sentence had."""
QUOTATION = re.compile(
    r"“[^”\n]*”|‘[^’\n]*’|「[^」\n]*」|『[^』\n]*』|《[^》\n]*》|〈[^〉\n]*〉|\"[^\"\n]*\"|(?<!\w)'[^'\n]+'(?!\w)"
)
QUOTES = re.compile('[“”‘「」『』《》〈〉"]')

NUMERAL = "〇零一二三四五六七八九十百千万亿两几半"
NO_NUMBER = re.compile(
    r"千万[别不要]|千方百计|万一|万[分物般]|十[分足]|百姓|四[周处]|四面八方|五颜六色|七上八下|乱七八糟|三三两两|不三不四|再三|半天|零[钱食件售散星]|一点(?!钟)"
)
UNIT = (
    r"[万亿]?(?:公里|千米|厘米|毫米|公斤|千克|毫升|个多?月|个多?小时|个半|个星期|个世纪|个季度|个学期|个钟头|个百分点|小时|分钟|平方米|摄氏度"
    r"|块(?!儿)|[年月日号天点岁元周秒倍米克吨升亩]|(?:km|cm|mm|kg|mg|ml|GB|MB|kW|m|g|h)\b)"
)
NUMBER = re.compile(rf"(\d+(?:[.,:/：]\d+)*\s*[%％‰]?|百分之[{NUMERAL}点]+|[第初]?[{NUMERAL}]+)(\s?{UNIT})?")
VAGUE = ("一", "几", "半")
"""Only before a unit are these numbers."""
EN_NUMBER = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|twice|third)\b",
    re.IGNORECASE,
)
DATE = re.compile(
    r"(?:星期|礼拜|周)[一二三四五六日天末]|[前昨今明后][天年日晚]|[上下本]周|[上下本]个?月|去年"
    r"|\b(?:yesterday|today|tomorrow|tonight|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    re.IGNORECASE,
)

NO_NEGATION = re.compile(
    r"[特区个级分性识告离类辨差鉴辞道临久派惜]别|别[人的墅处致具扭]|非常|非洲|是非|未来|[淹沉出埋覆吞湮]没|没[收落]|无论"
    r"|不[仅但过论管只光妨禁断]|[是能可与]否|否则"
)
NEGATION = re.compile(
    r"[不没未无非别莫勿毋甭否]"
    r"|n['’]t\b|\b(?:no|not|never|none|nothing|nobody|nowhere|neither|nor|without|cannot|(?:do|does|did|ca|wo|is|are|was|were|could|would|should|has"
    r"|have|had)nt)\b",
    re.IGNORECASE,
)
TRANSLITERATED = re.compile(rf"(?:{HAN.pattern}){{1,6}}(?:·(?:{HAN.pattern}){{1,6}})+")
NO_NAME = {"i", "i'm", "i've", "i'll", "i'd", "i’m", "i’ve", "i’ll", "i’d"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a sentence may not change."""

    marks: tuple[str, ...]
    signs: tuple[int, ...]
    quotations: tuple[str, ...]
    quotes: int
    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    names: tuple[str, ...]
    negations: int


def facts(sentence: str, lang: Language, names: Iterable[str] = ()) -> Facts:
    """`names` are those known already; the sentence's own are found besides."""
    bare = MARK.sub(" ", sentence)
    return Facts(
        marks=tuple(MARK.findall(sentence)),
        signs=tuple(sentence.count(sign) for sign in SIGNS),
        quotations=tuple(found[1:-1] for found in QUOTATION.findall(sentence)),
        quotes=len(QUOTES.findall(sentence)),
        numbers=numbers_in(bare),
        dates=tuple(word.lower() for word in DATE.findall(bare)),
        names=names_in(bare, lang, names),
        negations=len(NEGATION.findall(NO_NEGATION.sub(" ", bare))),
    )


def numbers_in(text: str) -> tuple[str, ...]:
    """Numbers with their units, in order; those written as English words after the others."""
    found = NUMBER.findall(NO_NUMBER.sub(" ", text))
    plain = [re.sub(r"\s", "", number + unit).replace("％", "%") for number, unit in found if unit or number not in VAGUE]
    return (*plain, *(word.lower() for word in EN_NUMBER.findall(text)))


def names_in(text: str, lang: Language, known: Iterable[str] = ()) -> tuple[str, ...]:
    """The names, each once, in order: those known, capitalised words (not the first of a sentence, which has its capital anyway), in Chinese
    every Latin word, and foreign names with a middle dot."""
    found = [(place.start(), name) for name in known if name for place in re.finditer(_whole(name), text)]
    found += [(place.start(), place.group()) for place in TRANSLITERATED.finditer(text)]
    for word in LATIN_WORD.finditer(text):
        name = word.group()
        if name[0].isdigit() or name.lower() in NO_NAME:
            continue
        inner = any(letter.isupper() for letter in name[1:])
        if lang == "zh" or inner or (name[0].isupper() and not _begins_sentence(text, word.start())):
            found.append((word.start(), name))
    return tuple(dict.fromkeys(name for _, name in sorted(found)))


def _whole(name: str) -> str:
    """A pattern for the name, as whole words where it is Latin."""
    return rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])" if LATIN_WORD.match(name) else re.escape(name)


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip().rstrip("“‘\"'(*_[")
    return not before.strip() or before.rstrip()[-1] in ".!?:…。！？：\n"


def what_changed(before: str, after: str, lang: Language, names: Iterable[str] = ()) -> Kept | None:
    """The first thing that an edit did not keep."""
    names = tuple(names)
    old, new = facts(before, lang, names), facts(after, lang, names)
    if (old.marks, old.signs) != (new.marks, new.signs) or "\n" in after:
        return "mark"
    if (old.quotations, old.quotes) != (new.quotations, new.quotes):
        return "quotation"
    if old.dates != new.dates:
        return "date"
    if old.numbers != new.numbers:
        return "number"
    if old.names != new.names and not _only_capitals(old.names, new.names, before, lang):
        return "name"
    if old.negations != new.negations:
        return "negation"
    return None if _script(before) == _script(after) else "language"


def _only_capitals(old: tuple[str, ...], new: tuple[str, ...], before: str, lang: Language) -> bool:
    """Whether all names are kept, and what is new is a word of an English sentence that has got its capital now ("in paris")."""
    words = {word.lower() for word in LATIN_WORD.findall(before)}
    return lang == "en" and tuple(name for name in new if name in old) == old and all(name.lower() in words for name in new)


def _script(text: str) -> str:
    """What the words are written in; a few Latin words in a Chinese sentence make it no English one."""
    han, latin = len(HAN.findall(text)), len(LATIN_WORD.findall(text))
    return "han" if han else "latin" if latin else "none"


def lost_facts(before: str, after: str, lang: Language, names: Iterable[str] = ()) -> tuple[str, ...]:
    """Numbers, names, quotations and links of a text that a rewriting of it no longer has, each once."""
    old, spaceless = facts(before, lang, tuple(names)), re.sub(r"\s", "", after)
    gone = [number for number in old.numbers if number not in spaceless]
    gone += [part for part in (*old.names, *old.quotations, *old.marks) if part and part not in after]
    return tuple(dict.fromkeys(gone))
