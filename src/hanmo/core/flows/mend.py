"""Mistakes that need no model: marks of the wrong width, doubled marks and words, spaces between Han characters, a few misspellings. Quiet and
right: what could be meant as it stands is left."""

import re

from hanmo.core.flows.keep import MARK, NUMERAL, QUOTATION
from hanmo.core.flows.misspelled import MISSPELLED
from hanmo.core.text import HAN, Language, ends_sentence

H = HAN.pattern
HIDDEN = "\ue000"
"""Stands for code, links, formulas and quotations, which are not looked into."""
LEFT_ALONE = re.compile(f"{MARK.pattern}|{QUOTATION.pattern}")

FULL_WIDTH = str.maketrans(",;:?!", "，；：？！")
HALF_WIDTH = re.compile(rf"(?<={H})([,;:?!]) ?(?={H}|[{HIDDEN}“「]|$)")
SCORE = re.compile(rf"(?<=[{NUMERAL}]):(?=[{NUMERAL}])")
CLAUSE = re.compile(r"[^，。；：！？、,;:?!…]+")
LONGEST_NAME = 4
TWICE = re.compile(r"\b([Tt]he|an?|of|and|to|for|from|with|at|or|my|our|your|their|we|they) (?i:\1)(?![\w'’-])")

CHINESE = (
    (re.compile(rf"(?<={H})\.$"), "。"),
    (re.compile(r"(?<![，、；：。])([，、；：。])\1(?![，、；：。])"), r"\1"),
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
    if HIDDEN in sentence:
        return sentence
    hidden = iter(LEFT_ALONE.findall(sentence))
    text = LEFT_ALONE.sub(HIDDEN, sentence)
    text = _chinese(text) if lang == "zh" else _english(text)
    return re.sub(HIDDEN, lambda _: next(hidden), text)


def _chinese(text: str) -> str:
    if not SCORE.search(text):
        text = HALF_WIDTH.sub(lambda mark: mark[1].translate(FULL_WIDTH), text)
    for mistake, right in CHINESE:
        text = mistake.sub(right, text)
    text = NEVER_RIGHT["zh"].sub(lambda word: MISSPELLED["zh"][word[0]], text)
    return CLAUSE.sub(lambda clause: _closed_up(clause[0]), text) if ends_sentence(text) else text


def _closed_up(clause: str) -> str:
    """Without its only space, where it parts neither the halves of a verse nor two names."""
    left, space, right = clause.partition(" ")
    if not (space and re.search(rf"{H}$", left) and re.match(H, right)) or re.search(r"\s", right):
        return clause
    return clause if len(left) == len(right) or max(len(left), len(right)) <= LONGEST_NAME else left + right


def _english(text: str) -> str:
    """The second word in small letters: "the The" is a name."""
    text = TWICE.sub(lambda twice: twice[1] if twice[0].split()[1].islower() else twice[0], text)
    return NEVER_RIGHT["en"].sub(lambda word: MISSPELLED["en"][word[0]], text)
