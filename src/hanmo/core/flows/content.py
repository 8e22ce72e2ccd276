"""The telling words of a sentence, and how many of them are gone from its polished form. Words that carry little may go (进行, 的原因, in order
to); details may not."""

import re
from collections import Counter

from hanmo.core.text import HAN, LATIN_WORD, Language, units

LITTLE: dict[Language, re.Pattern[str]] = {
    "zh": re.compile(
        "[的了着过在也都就还又才而且与和及等各种样一个这那有是为以因所由于对来去进行做时候之中当里上下说比如应该要会能可将把被让使得地其他她它我们你原因"
        "导致出现方面部分情况问题活动社会现已经很大非常十分不没更加并但却或者则从到向给用通些什么呢吧啊吗某此即便感觉心关件事成]"
    ),
    "en": re.compile(
        "that|th[eo]se?|this|the(?:re|ir|y|m)|wh(?:ich|at|en|ere|o)|with|from|into|have|been|being|were|would|could|should|will|also|very|really|quite"
        "|just|order|fact|mak(?:es?|ing)|made|effort|opinion|(?:some)?things?|someone|some|most|more|much|many|such|than|therefore|because|however"
        "|about|kind|sort|type|ways?|able|actually|basically|important|people|today|world"
    ),
}
SHARE = 0.1
PREFIX = 4
"""English words are the same where they begin so: their endings change."""


def lost_detail(before: str, after: str, lang: Language) -> bool:
    """Whether more than one telling word, and more than a small share, went without another in its place."""
    old, new = _telling(before, lang), _telling(after, lang)
    gone, come = (old - new).total(), (new - old).total()
    return gone - come > max(1.0, SHARE * old.total())


def telling_words(text: str) -> tuple[str, ...]:
    """What a text is about, each as it stands in a sentence: runs of Han characters without those that carry little, and English words behind
    their space."""
    han = "".join(letter if HAN.match(letter) and not LITTLE["zh"].match(letter) else " " for letter in text).split()
    latin = (
        word for word in LATIN_WORD.findall(HAN.sub(" ", text)) if len(word) >= PREFIX and not LITTLE["en"].fullmatch(word.lower())
    )
    return tuple(dict.fromkeys((*han, *(f" {word}" for word in latin))))


def _telling(sentence: str, lang: Language) -> Counter[str]:
    words = [word for word in units(sentence) if not LITTLE[lang].fullmatch(word)]
    if lang == "zh":
        return Counter(set(words))
    return Counter({word if HAN.match(word) else word[:PREFIX] for word in words if len(word) >= PREFIX})
