"""Why a proposed sentence is not taken. Every rule is a reason of its own, so that the model can be told and a test can ask for it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from hanmo.core.blocks import grams
from hanmo.core.flows.content import lost_detail
from hanmo.core.flows.keep import Kept, what_changed
from hanmo.core.flows.mend import mended
from hanmo.core.loops import loops
from hanmo.core.text import CLOSERS, HAN, LATIN_WORD, Language, count_words, units

Why = Kept | Literal["same", "end", "length", "large", "foreign", "detail", "repeats", "mistake"]
Correcting = Literal["polish", "proofread"]

SHORTEST, LONGEST = 0.6, 1.5
MOST_CHANGED = 8
"""Units that a proofread sentence may differ in, and no more than this share of it, but two in any case."""
SHARE_CHANGED = 0.2
OWN_SHARE = 0.4
"""Of the words of a polished sentence so many must come from the sentence it is for: a model mixes the numbers up."""
SAID_SHARE = 0.6
END_KINDS = {
    "。": ".",
    ".": ".",
    "！": "!",
    "!": "!",
    "？": "?",
    "?": "?",
    "…": "…",
    "：": ":",
    ":": ":",
    "；": ";",
    ";": ";",
    "，": ",",
    ",": ",",
}
SMALL_WORDS = re.compile(
    "an?|the|is|are|was|were|be|been|am|has|have|had|do|does|did|in|on|at|to|of|for|from|by|with|as|than|then|that|this|these|those|its?|their|there"
    "|they|them|he|him|his|she|her|we|us|our|i|me|my|who|whom|which|and|or|but|so|if|go|goes|went|gone|much|many|less|fewer|good|well"
)


@dataclass(frozen=True, slots=True)
class Judge:
    """`names` are known to be names; `lang` is the section's."""

    kind: Correcting
    lang: Language
    names: tuple[str, ...] = ()

    def refusal(self, before: str, after: str, others: Iterable[str]) -> Why | None:
        """None: the edit is good. `others` are the sentences that stand elsewhere in the section."""
        if _plain(before) == _plain(after):
            return "same"
        if changed := what_changed(before, after, self.lang, self.names):
            return changed
        if end_kind(before) != end_kind(after):
            return "end"
        if not SHORTEST <= count_words(after) / max(1, count_words(before)) <= LONGEST:
            return "length"
        if mended(after, self.lang) != after:
            return "mistake"
        if self.kind == "proofread" and not is_small(before, after, self.lang):
            return "large"
        if self.kind == "polish" and share_of(after, before) < OWN_SHARE:
            return "foreign"
        if self.kind == "polish" and lost_detail(before, after, self.lang):
            return "detail"
        return "repeats" if loops(units(after)) or any(says_again(after, other) for other in others) else None


def end_kind(sentence: str) -> str:
    """The mark that a sentence ends with, whatever its width; "" where there is none."""
    return END_KINDS.get(sentence.rstrip().rstrip(CLOSERS)[-1:], "")


def says_again(after: str, other: str) -> bool:
    """Whether one of two sentences stands (nearly) whole in the other."""
    mine, theirs = units(after), units(other)
    if mine == theirs:
        return True
    if min(len(mine), len(theirs)) < 8:
        return False
    shingles = [set(grams(words, 4, 3)) for words in (mine, theirs)]
    return len(shingles[0] & shingles[1]) > SAID_SHARE * min(map(len, shingles))


def is_small(before: str, after: str, lang: Language) -> bool:
    """Whether only mistakes can have been put right: few units differ, and no word became another one."""
    old, new = (list(before), list(after)) if lang == "zh" else (before.split(), after.split())
    pieces = [
        (old[a:b], new[c:d]) for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if op != "equal"
    ]
    touched = sum(max(map(len, piece)) for piece in pieces)
    if touched > max(2, min(MOST_CHANGED, len(old) * SHARE_CHANGED)):
        return False
    return all(_is_correction(gone, come, lang) for gone, come in pieces)


def _is_correction(gone: Sequence[str], come: Sequence[str], lang: Language) -> bool:
    if lang == "zh":
        gone, come = ([c for c in piece if HAN.match(c)] for piece in (gone, come))
        return max(len(gone), len(come)) <= 3 and min(len(gone), len(come)) <= 1
    if len(gone) == len(come):
        return all(_same_word(a, b) for a, b in zip(gone, come, strict=True))
    joined = "".join(gone).lower(), "".join(come).lower()
    return max(len(gone), len(come)) <= 3 and (
        all(SMALL_WORDS.fullmatch(_bare(word)) for word in (*gone, *come)) or joined[0] == joined[1]
    )


def _same_word(a: str, b: str) -> bool:
    """Another spelling or form of a word, or two of the small words that are mixed up."""
    a, b = _bare(a), _bare(b)
    if SMALL_WORDS.fullmatch(a) and SMALL_WORDS.fullmatch(b):
        return True
    ratio = SequenceMatcher(None, a, b, autojunk=False).ratio()
    return ratio >= 0.7 or (a[:1] == b[:1] and ratio >= 0.5)


def _bare(word: str) -> str:
    return word.lower().strip(".,;:!?\"'()*_“”‘’")


def share_of(after: str, before: str) -> float:
    """How many of the words of `after` stand in `before`."""
    mine, theirs = Counter(units(after)), Counter(units(before))
    return (mine & theirs).total() / max(1, mine.total())


def _plain(sentence: str) -> str:
    return "".join(sentence.split()) if HAN.search(sentence) else " ".join(sentence.split())


def reason(before: str, after: str, kind: Correcting, lang: Language) -> str:
    """What kind of change it is, where that can be told for certain; else ""."""
    zh = lang == "zh"
    if units(before) == units(after) and LATIN_WORD.findall(before) == LATIN_WORD.findall(after):
        return "标点" if zh else "punctuation"
    if kind == "polish":
        return ("精简" if zh else "shorter") if count_words(after) <= 0.85 * count_words(before) else ""
    old, new = units(before), units(after)
    if len(old) != len(new):
        return ("重复的字" if zh else "repeated word") if mended(before, lang) == after else ""
    swapped = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    if zh:
        return "错别字" if len(swapped) <= 2 and all(HAN.match(a + b) for a, b in swapped) else ""
    return "spelling" if mended(before, lang) == after else ""
