"""Mistakes that need no model: marks of the wrong width, doubled marks and words, spaces between Han characters, a few misspellings. Quiet and
right: what could be meant as it stands is left."""

import re
import string

from hanmo.core.flows.blanks import BEHIND_QUOTE, spaced
from hanmo.core.flows.keep import MARK, NUMERAL, QUOTATION
from hanmo.core.flows.misspelled import MISSPELLED
from hanmo.core.text import HAN, Language, ends_sentence

H = HAN.pattern
HIDDEN, SAID = "\ue000", "\ue001"
"""Stand for what is not looked into: code, calls, links and formulas; quotations and titles in Chinese marks."""
LEFT_ALONE = re.compile(rf"{MARK.pattern}|=?[A-Za-z_]\w*\([^()\n]*\)|{QUOTATION.pattern}")
IN_MARKS = tuple("“‘「『《〈")

FULL_WIDTH = str.maketrans(",;:?!.", "，；：？！。")
NEXT = rf"(?={H}|[{SAID}“「『《（]|$)"
HALF_WIDTH = re.compile(rf"(?<={H})([,;:?!]) ?(?={H}|[{HIDDEN}{SAID}“「]|$)")
BEFORE_LATIN = re.compile(rf"(?<={H})(?<![{NUMERAL}])([,;]) ?(?=[A-Za-z0-9{HIDDEN}])")
BEHIND_CLOSING = re.compile(
    rf"(?<=[{SAID}”’」』》）】%℃])(?:[,;:?!] ?{NEXT}|\.$)|(?:(?<={H}\))|(?<={H}\*\*))(?<![:;=]\))[,;] ?{NEXT}"
    rf"|(?<=[A-Za-z0-9]\))[,;] ?(?={H})|(?<={H}\))\.$"
)
BEHIND_LATIN = re.compile(rf"(?<=[A-Za-z0-9{HIDDEN}+#])(?:[,;?] ?{NEXT}|\.$)")
TWO_SIGNS = re.compile(rf"(?<={H})[?!]{{2,3}}(?={H}|[{SAID}“「]|$)")
RUN = f"{string.ascii_letters}{string.digits}{HIDDEN} .,+#/_&-"
ASKS = re.compile(r"[吗呢么怎哪谁几]|如何|是否|为何|为啥|多少|还是|有没有|[能会是要可]不[能会是要可]")
GREETING = re.compile(r"(?:hello|hi|hey|dear|hola)\b", re.IGNORECASE)
ABBREVIATED = re.compile(r"\b(?:Inc|Ltd|Corp|Co|etc|al|Jr|Sr|No|Vol|Univ|Dept|Mt|Ave|Blvd|approx|resp)$")
NUMBERED = re.compile(r"\d{1,2}")
FEWEST_HAN, WORDS_TO_HAN = 4, 2
"""Of a sentence that is Chinese beyond doubt: so many Han characters, and so many to each Latin word."""
LONG_HAN = 6
MOST_PLAIN_WORDS = 2
"""More small words than these in a row are a clause in English, whose mark is its own."""
SCORE = re.compile(rf"(?<=[{NUMERAL}]):(?=[{NUMERAL}])")
LETTERS = re.compile(r"[A-Za-z]+")
CLAUSE = re.compile(r"[^，。；：！？、,;:?!…]+")
LONGEST_NAME = 4
SPACE_BEFORE = re.compile(r"(?<=[a-z]{2}) (?=[,;](?: |$))")
TWICE = re.compile(r"\b([Tt]he|an?|of|and|to|for|from|with|at|or|my|our|your|their|we|they) (?i:\1)(?![\w'’-])")

BEGINS = (
    r"(?:[他她它我你您这但又也却]|因为|所以|然后|后来|于是|不过|而且|如果|虽然|只是|可是|同时|其实|最后|接着|现在|今天|昨天|明天)"
)
"""Words with which a sentence begins, and the second part of a name does not: 约翰.史密斯."""
SAYS = "[了过着吧啊呀的]"
CHINESE = (
    (re.compile(rf"(?<={H})\.$"), "。"),
    (re.compile(r"(?<![，、；：。])([，、；：。])\1(?![，、；：。])"), r"\1"),
    (re.compile(r"(?<![，、；：。])[，、；](?=[。！？](?![，、；：。！？]))"), ""),
    (
        re.compile(rf"(?<=[\d一-鿿]{{3}}{SAYS})\.(?={H}{{4}})|(?<={H}{SAYS})\.(?={BEGINS}{H})|(?<={H}{{4}})\.(?={BEGINS}{H}{{3}})"),
        "。",
    ),
    (re.compile(rf"(?<={H}) +(?=[，。；：！？、])"), ""),
    (re.compile(r"(?<![目标打鹄有的])的的(?![的确士哥姐卢喀])"), "的"),
    (re.compile(r"(?<=[到完成出见去做买吃喝给写下])了了(?![了解然无悟如结却断此局不之事账债愿])"), "了"),
    (re.compile(r"(?<![自知克利律])己经(?![历过常营手由])"), "已经"),
    (re.compile(r"(?<![一-鿿])([我你他她咱])门(?=[都也就会是在要没已还常班])"), r"\1们"),
    (re.compile(r"而己(?=[，。；！]|$)"), "而已"),
)
NEVER_RIGHT = {"zh": re.compile("|".join(MISSPELLED["zh"])), "en": re.compile(rf"\b(?:{'|'.join(MISSPELLED['en'])})\b")}


def mended(sentence: str, lang: Language) -> str:
    """The sentence without these mistakes."""
    if HIDDEN in sentence or SAID in sentence:
        return sentence
    if lang == "en":
        sentence = BEHIND_QUOTE.sub(" ", sentence)
    hidden = iter(LEFT_ALONE.findall(sentence))
    text = LEFT_ALONE.sub(lambda found: SAID if found[0].startswith(IN_MARKS) else HIDDEN, sentence)
    text = _chinese(text) if lang == "zh" else _english(text)
    return re.sub(f"[{HIDDEN}{SAID}]", lambda _: next(hidden), text)


def _chinese(text: str) -> str:
    if not SCORE.search(text):
        text = HALF_WIDTH.sub(_widened, text)
    text = BEHIND_CLOSING.sub(_widened, TWO_SIGNS.sub(_widened, text))
    num_han = len(HAN.findall(text))
    if num_han >= FEWEST_HAN and num_han >= WORDS_TO_HAN * len(LETTERS.findall(text)):
        text = BEFORE_LATIN.sub(_widened, text)
        text = BEHIND_LATIN.sub(lambda mark: _widened(mark) if _ends_chinese(mark, num_han) else mark[0], text)
    for mistake, right in CHINESE:
        text = mistake.sub(right, text)
    text = NEVER_RIGHT["zh"].sub(lambda word: MISSPELLED["zh"][word[0]], text)
    return CLAUSE.sub(lambda clause: _closed_up(clause[0]), text) if ends_sentence(text) else text


def _widened(mark: re.Match[str]) -> str:
    return mark[0].rstrip().translate(FULL_WIDTH)


def _ends_chinese(mark: re.Match[str], num_han: int) -> bool:
    """Behind words or a number in a Chinese clause, the mark is the clause's. It is not where the words are a clause, or a greeting."""
    before = mark.string[: mark.start()]
    rest = before.rstrip(RUN)
    run = before[len(rest) :].strip()
    words = re.split(r"[ ,]+", run)
    inside = bool(rest) and (HAN.match(rest[-1]) is not None or rest[-1] in f"，。；：！？、…—（“{SAID}")
    if not (inside or (num_han >= LONG_HAN and not NUMBERED.fullmatch(run))) or GREETING.match(run):
        return False
    if sum(word[:1].islower() for word in words) > MOST_PLAIN_WORDS:
        return False
    if mark[0][0] == "?":
        return ASKS.search(before) is not None
    at_end = mark[0][0] == "." or mark.end() == len(mark.string)
    return not at_end or (inside and num_han >= LONG_HAN and len(words[-1]) >= LONGEST_NAME and not ABBREVIATED.search(run))


def _closed_up(clause: str) -> str:
    """Without its only space, where it parts neither the halves of a verse nor two names."""
    left, space, right = clause.partition(" ")
    if not (space and re.search(rf"{H}$", left) and re.match(H, right)) or re.search(r"\s", right):
        return clause
    return clause if len(left) == len(right) or max(len(left), len(right)) <= LONGEST_NAME else left + right


def _english(text: str) -> str:
    """The second word in small letters: "the The" is a name."""
    text = spaced(SPACE_BEFORE.sub("", text))
    text = TWICE.sub(lambda twice: twice[1] if twice[0].split()[1].islower() else twice[0], text)
    return NEVER_RIGHT["en"].sub(lambda word: MISSPELLED["en"][word[0]], text)
