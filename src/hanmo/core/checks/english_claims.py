"""What an English text claims in numbers. The rules are those of `core.checks.claims`."""

import re
from collections.abc import Iterator
from dataclasses import replace

from hanmo.core.checks.claims import Claim, make_claim
from hanmo.core.checks.numerals import ENGLISH_NUMBER, read_english

ENGLISH_EVENT = re.compile(
    r"\b(?P<event>[Ff]ounded|[Ee]stablished|[Bb]uilt|[Bb]orn|[Oo]pened|[Cc]ompleted|[Ll]aunched|[Ii]ncorporated|[Pp]ublished|[Rr]eleased)"
    r" in (?:[A-Z][a-z]+ )?(?P<value>\d{4})\b"
)
ENGLISH_MEASURE = re.compile(
    r"\b(?:is|was|stretches|spans|measures|runs|covers|weighs|stands|rises|extends"
    r"|(?P<name>length|height|population|area|depth|width|weight|span) of)"
    rf" (?P<rough>(?:for |about |around |some |nearly |roughly |over |approximately |exactly |a total of )*)(?P<value>{ENGLISH_NUMBER})[ -]?"
    r"(?P<unit>km|kilomet(?:er|re)s?|miles?|met(?:er|re)s?|m|feet|ft|square (?:kilomet(?:er|re)s|miles)|acres|hectares|tons|kg|people|inhabitants)"
    r"\b(?: (?P<how>long|high|tall|wide|deep))?"
)
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
ENGLISH_SUBJECT = re.compile(
    r"((?:[A-Z][\w'’&-]*)(?: (?:of |the |and |for |de )*[A-Z][\w'’&-]*)*|\b[Tt]he [a-z]+(?: [a-z]+)?|\b(?:[Ii]t|[Hh]e|[Ss]he))"
    r"(?:,[^,]*,)?(?: (?:was|were|is|has|have|had|with))?(?: (?:a|an|the|first|originally|officially|total|entire|been))*\s*$"
)
ENGLISH_SUBJECT_AFTER = re.compile(r",? ((?:[Tt]he )?[A-Z][\w'’&-]*(?: [A-Z][\w'’&-]*)*|the [a-z]+)")
GENERIC = re.compile(
    r"^(?:it|company|firm|school|university|college|bridge|museum|club|city|town|village|trail|river|tower|building|organi[sz]ation)$"
)


def english_claims_in(text: str, start: int, end: int) -> Iterator[Claim]:
    """The claims of the sentence from `start` to `end`."""
    for claim in _claims(text[start:end]):
        yield replace(claim, start=start + claim.start, end=start + claim.end)


def _claims(sentence: str) -> Iterator[Claim]:
    if not re.search(r"[a-z]{3} ", sentence) or ENGLISH_CHANGES.search(sentence):
        return
    for found in ENGLISH_EVENT.finditer(sentence):
        yield make_claim(found["event"].lower(), _english_subject(sentence, found), float(found["value"]), found)
    for found in ENGLISH_MEASURE.finditer(sentence):
        value = read_english(found["value"])
        unit = found["unit"].lower()
        unit = ENGLISH_UNITS.get(unit.removesuffix("s"), ENGLISH_UNITS.get(unit, unit))
        how = found["how"] or found["name"] or found[0].split()[0]
        if value is not None:
            key = f"{ENGLISH_ATTRIBUTE.get(how, how)} {unit}"
            yield make_claim(key, _english_subject(sentence, found), value, found, rough=bool(found["rough"].strip()))
    for pattern in (ENGLISH_AGE, ENGLISH_AGE_BEFORE):
        for found in pattern.finditer(sentence):
            value = read_english(found["value"])
            if value is not None:
                yield make_claim("岁", found["before"], value, found)


def _english_subject(sentence: str, found: re.Match[str]) -> str | None:
    before = sentence[: found.start()].rstrip()
    if not before:
        after = ENGLISH_SUBJECT_AFTER.match(sentence, found.end())
        named = after[1] if after else ""
    else:
        match = ENGLISH_SUBJECT.search(before)
        if not match:
            return None
        named = match[1]
    bare = re.sub(r"^[Tt]he ", "", named)
    if bare in ("He", "he", "She", "she"):
        return None
    return "" if GENERIC.match(bare.lower()) else bare
