"""What an English text claims in numbers. The rules are those of `core.checks.claims`."""

import re
from collections.abc import Iterator
from dataclasses import replace

from hanmo.core.checks.claims import Claim, make_claim
from hanmo.core.checks.numerals import ENGLISH_NUMBER, read_english

ENGLISH_EVENT = re.compile(
    r"\b(?<!-)(?P<event>[Ff]ounded|[Ee]stablished|[Bb]uilt|[Bb]orn|[Oo]pened|[Cc]ompleted|[Ll]aunched|[Ii]ncorporated|[Pp]ublished|[Rr]eleased)"
    r" in (?:[A-Z][a-z]+ )?(?P<value>\d{4})\b"
)
ENGLISH_MEASURE = re.compile(
    r"\b(?:is|was|stretches|spans|measures|covers|weighs|stands|rises|extends"
    r"|(?P<name>length|height|population|area|depth|width|weight|span) of)"
    rf" (?P<rough>(?:for |about |around |some |nearly |roughly |over |approximately |exactly |a total of )*)(?P<value>{ENGLISH_NUMBER})[ -]?"
    r"(?P<unit>km|kilomet(?:er|re)s?|miles?|met(?:er|re)s?|m|feet|ft|square (?:kilomet(?:er|re)s|miles)|acres|hectares|tons|kg|people|inhabitants)"
    r"\b(?: (?P<how>long|high|tall|wide|deep)\b|(?=[.,;)]|$| and (?!a\b|\w+ \w+ from)| in (?:length|height|size)))"
)
"""Not "5 km from the sea": how far it is from another thing."""
ENGLISH_AGE = re.compile(
    rf"(?P<before>[A-Z][a-z]+(?: [A-Z][a-z]+)?)(?:,? who)? is (?:now |only |just )?(?P<value>{ENGLISH_NUMBER})(?: years old\b|(?=[.,;]))"
)
ENGLISH_AGE_BEFORE = re.compile(rf"\b(?P<value>{ENGLISH_NUMBER})-year-old (?P<before>[A-Z][a-z]+(?: [A-Z][a-z]+)?)")
ENGLISH_UNITS = {
    "kilometer": "km",
    "kilometre": "km",
    "mile": "mile",
    "meter": "m",
    "metre": "m",
    "feet": "ft",
    "inhabitants": "people",
}
ENGLISH_ATTRIBUTE = {"length": "long", "height": "high", "tall": "high", "depth": "deep", "width": "wide", "span": "long"}
ENGLISH_CHANGES = re.compile(
    r"\b(?:not|never|planned|would|could|might|legend|rumou?r|supposed|rebuilt|expanded|more than .* than|than|each|every|average|respectively"
    r"|ago|later|earlier|former|as a (?:child|boy|girl)|when (?:he|she) was|once|back then|then|remember\w*)\b",
    re.IGNORECASE,
)
ENGLISH_DATED = re.compile(
    r"\b(?:in \d{4}|by|at|after|before|since|until|today|currently|month|week|day|year|first|initially|originally|now|spring|summer|autumn|winter"
    r"|morning|evening|night|tide|season)\b",
    re.IGNORECASE,
)
CHANGEABLE = frozenset(("weighs", "weight", "population", "depth", "deep", "covers", "is", "was"))
OF_PLACES = frozenset(("released", "published", "launched", "opened"))
PLACE_BEHIND = re.compile(r" (?:in|for|on|by|as|at|with|to)\b")
PLACE_AHEAD = re.compile(r"(?:In|For|On|As|At) ")
"""What came out there then, came out elsewhere another time."""
CLAUSE_BEFORE = re.compile(
    r"(?:^|[,;:—–(] ?|\b(?:and|but|while|whereas|that|because|as|though|although|when|where) |^(?:In|Since|By) \d{4},? |^At \w+,? )$"
)
NO_NOUN = "(?:was|were|is|has|have|had|with|first|originally|officially)"
ENGLISH_SUBJECT = re.compile(
    rf"((?:\b[A-Z][\w'’&-]*)(?: (?:of |the |and |for |de )*[A-Z][\w'’&-]*)*|\b[Tt]he [a-z]+(?: (?!{NO_NOUN}\b)[a-z]+)?|\b(?:[Ii]t|[Hh]e|[Ss]he))"
    r"(?:,[^,]*,)?(?: (?:was|were|is|has|have|had|with))?(?: (?:a|an|the|first|originally|officially|total|entire|been))*\s*$"
)
ENGLISH_SUBJECT_AFTER = re.compile(r",? ((?:[Tt]he )?[A-Z][\w'’&-]*(?: [A-Z][\w'’&-]*)*|the [a-z]+)")


def english_claims_in(text: str, start: int, end: int) -> Iterator[Claim]:
    """The claims of the sentence from `start` to `end`."""
    for claim in _claims(text[start:end]):
        yield replace(claim, start=start + claim.start, end=start + claim.end)


def _claims(sentence: str) -> Iterator[Claim]:
    if not re.search(r"[a-z]{3} ", sentence) or ENGLISH_CHANGES.search(sentence):
        return
    for found in ENGLISH_EVENT.finditer(sentence):
        event = found["event"].lower()
        if event in OF_PLACES and (PLACE_BEHIND.match(sentence, found.end()) or PLACE_AHEAD.match(sentence)):
            continue
        yield make_claim(event, _english_subject(sentence, found), float(found["value"]), found)
    for found in ENGLISH_MEASURE.finditer(sentence):
        value = read_english(found["value"])
        unit = found["unit"].lower()
        unit = ENGLISH_UNITS.get(unit.removesuffix("s"), ENGLISH_UNITS.get(unit, unit))
        how = found["how"] or found["name"] or found[0].split()[0]
        if value is not None and not (CHANGEABLE & {how, found["name"]} and ENGLISH_DATED.search(sentence)):
            key = f"{ENGLISH_ATTRIBUTE.get(how, how)} {unit}"
            yield make_claim(key, _english_subject(sentence, found), value, found, rough=bool(found["rough"].strip()))
    for pattern in (ENGLISH_AGE, ENGLISH_AGE_BEFORE):
        for found in pattern.finditer(sentence):
            value = read_english(found["value"])
            if value is not None:
                sure = "year" in found[0]
                yield make_claim("岁" if sure else "岁?", found["before"], value, found)


def _english_subject(sentence: str, found: re.Match[str]) -> str | None:
    """A name with its capitals, a common word without its article, "" for "it" and where there is none."""
    before = sentence[: found.start()].rstrip()
    if not before:
        after = ENGLISH_SUBJECT_AFTER.match(sentence, found.end())
        if after is None:
            return None
        named = after[1]
    else:
        match = ENGLISH_SUBJECT.search(before)
        if not match or not CLAUSE_BEFORE.search(before[: match.start()]):
            return None
        named = match[1]
    bare = re.sub(r"^[Tt]he ", "", named)
    if bare in ("It", "it"):
        return ""
    return None if bare in ("He", "he", "She", "she") else bare
