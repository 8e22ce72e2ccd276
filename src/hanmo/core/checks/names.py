"""Names that are spelled two ways: those given with the assignment, and those the text itself has made known.

Theory
  A model that loses a name writes one that sounds like it, once or twice, where the name should stand. Two people have names that share a
  character or all letters but one (小明 and 小红, Larry and Harry), but hardly ones that sound alike. So a variant is told of only where it does,
  stands as a name does, is not introduced, has no surname of its own, does not stand beside the name, and is never established itself: neither
  in the lists nor by coming often.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from hanmo.core.articles import Article, Assignment, Finding, article_text
from hanmo.core.blocks import NUMBERING
from hanmo.core.checks.sounds import sound_alike
from hanmo.core.checks.surnames import COMPOUND, NO_NAME, RISKY, SURNAMES, WORDS
from hanmo.core.checks.view import Part, View

HUMAN_VERB = (
    "(?:说|道|问|笑|答|喊|叫|想|哭|听|愣|怔|皱|叹|点头|点了点头|摇头|摇了摇头|抬起?头|低下?头|转身|转过|站起?|坐|走|看着|看了|望着|望了|拿起|接过|伸手|"
    "起身|握|抱|忍不住|心里|心中|沉默|回答|开口|推开|轻声|低声|大声|没有说话|没说话|摆摆手|的声音|的眼|的手|的脸|的目光|的脚步|把|停下|放下|打开)"
)
BEFORE_NAME = r"(?:^|(?<=[\s，。！？；：、“”「」‘’…—（）《》\"']|[对向和与跟给把被让叫问见找是着了而但当等为]))"
INTRODUCED = re.compile(
    r"(?:名叫|叫做?|名为|唤作|另一|一个|一位|兄弟|弟弟|哥哥|姐姐|妹妹|父亲|母亲|儿子|女儿|爷爷|奶奶|叔叔?|伯伯?|堂\w|表\w|同学|同事|孪生|双胞胎)[：，]?$"
)
TIMES_KNOWN = 3
TIMES_VARIANT = 2
HAN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
LATIN_NAME = re.compile(r"[A-Z][a-zà-ÿ]{3,}")
LATIN_SHORTEST = 5
ENDINGS = ("s", "es", "n", "an", "r", "d", "y", "e", "a", "o")
VOWELS = "aeiouyàáâäèéêëìíîïòóôöùúûü"
SAME_SOUND = (VOWELS, "ckq", "cs", "sz", "gj", "fv", "vw")


@dataclass(frozen=True, slots=True)
class Place:
    part: Part
    start: int
    end: int


def given_names(assignment: Assignment) -> set[str]:
    """The names in the lists of characters and terms: before a colon or a bracket, or one beside the other."""
    found: set[str] = set()
    for source in (assignment.characters, assignment.glossary):
        for line in source.splitlines():
            bare = NUMBERING.sub("", line, count=1).strip()
            label = re.split(r"[：:（(—]|\s-\s|->|→|，", bare)[0]
            found.update(name.strip(" *") for name in re.split(r"[、,，/;；]| and ", label if label != bare else bare))
    return {
        name for name in found if HAN_NAME.fullmatch(name) or re.fullmatch(rf"{LATIN_NAME.pattern}(?: {LATIN_NAME.pattern})*", name)
    }


def known_names(article: Article) -> list[str]:
    """The names that were given, and the full names that the text itself has made known."""
    return sorted(given_names(article.assignment) | _established(article_text(article)))


def names_spelled_two_ways(view: View) -> Iterator[Finding]:
    yield from _han(view)
    yield from _latin(view)


# --------------------------------------------------------------------------------------------------------------------- Chinese


def _han(view: View) -> Iterator[Finding]:
    assignment = view.article.assignment
    given = {name for name in given_names(assignment) if HAN_NAME.fullmatch(name) and (len(name) > 2 or name[0] in SURNAMES)}
    persons = {name for name in given if _surname(name)}
    whole = "\n".join(part.said for part in view.parts)
    known = persons | _established(whole)
    asked = "\n".join((assignment.asked, assignment.facts, assignment.characters, assignment.glossary))
    for name in sorted(known):
        for variant, places in _variants(view, name).items():
            if variant in known or variant in asked or any(variant in other or other in variant for other in known):
                continue
            times, others = whole.count(name), whole.count(variant)
            if (others > TIMES_VARIANT and times) or (times < TIMES_KNOWN and name not in given):
                continue
            if all(_is_another(place, name) for place in places):
                continue
            yield _spelled(view, places[0], name, variant)


def _established(text: str) -> set[str]:
    """Full names that came before a verb of speaking or doing, three times at least."""
    pattern = rf"{BEFORE_NAME}((?:{'|'.join(COMPOUND)}|[{SURNAMES}])[\u4e00-\u9fff]{{1,2}}?)(?={HUMAN_VERB})"
    counts = Counter(name for name in re.findall(pattern, text) if _may_be_name(name))
    return {name for name, times in counts.items() if times >= TIMES_KNOWN and name[0] not in RISKY}


def _surname(name: str) -> str:
    """The surname of a full name, "" where it is none."""
    compound = next((surname for surname in COMPOUND if name.startswith(surname)), "")
    surname = compound or (name[0] if name[0] in SURNAMES else "")
    return surname if 0 < len(name) - len(surname) <= 2 else ""


def _may_be_name(name: str) -> bool:
    surname = _surname(name)
    return bool(surname) and name not in WORDS and not NO_NAME & set(name[len(surname) :])


def _variants(view: View, name: str) -> dict[str, list[Place]]:
    """What differs from the name in one character and stands as a name, with its places."""
    surname = _surname(name)
    found: dict[str, list[Place]] = {}
    for at in range(len(name)):
        if len(name) == 2 and at == 0:
            continue
        before = BEFORE_NAME if len(name) == 2 or at < len(surname) else ""
        after = f"(?={HUMAN_VERB})" if len(name) == 2 or at < len(surname) else ""
        pattern = f"{before}{re.escape(name[:at])}[\u4e00-\u9fff]{re.escape(name[at + 1 :])}{after}"
        for part in view.parts:
            for match in re.finditer(pattern, part.said):
                variant = match[0]
                if not sound_alike(name[at], variant[at]):
                    continue
                if variant == name or not _may_be_name(variant) or (at == 0 and variant[0] in RISKY):
                    continue
                found.setdefault(variant, []).append(Place(part, match.start(), match.end()))
    return found


def _is_another(place: Place, name: str) -> bool:
    """Somebody is introduced here, or stands beside the bearer of the name."""
    text = place.part.said
    if INTRODUCED.search(text[max(0, place.start - 8) : place.start]):
        return True
    sentence = (
        re.split(r"[。！？!?….\n]", text[max(0, place.start - 80) : place.start])[-1]
        + re.split(r"[。！？!?….\n]", text[place.start : place.end + 80])[0]
    )
    return name in sentence


# ----------------------------------------------------------------------------------------------------------------------- Latin


def _latin(view: View) -> Iterator[Finding]:
    assignment = view.article.assignment
    whole = "\n".join(part.said for part in view.parts)
    counts = Counter(LATIN_NAME.findall(whole))
    given = {word for name in given_names(assignment) for word in LATIN_NAME.findall(name)}
    inside = Counter(
        re.findall(rf"(?<=[a-z,\u4e00-\u9fff] )({LATIN_NAME.pattern})|(?<=[\u4e00-\u9fff，。“])({LATIN_NAME.pattern})", whole)
    )
    names = Counter[str]()
    for (a, b), times in inside.items():
        names[a or b] += times
    lower = set(re.findall(r"\b[a-zà-ÿ]{4,}\b", whole))
    asked = set(LATIN_NAME.findall(f"{assignment.asked}\n{assignment.facts}\n{assignment.characters}\n{assignment.glossary}"))
    known = given | {name for name, times in names.items() if times >= TIMES_KNOWN and len(name) >= LATIN_SHORTEST}
    for name in sorted(known - lower_first(lower)):
        for variant, others in counts.items():
            if variant in asked or variant in known or variant.lower() in lower or (others > TIMES_VARIANT and counts[name]):
                continue
            if names[variant] and len(variant) >= LATIN_SHORTEST - (name in given) and one_slip_apart(name, variant):
                place = _first_latin(view, variant)
                if place and not _is_another(place, name) and _surnames(whole, variant) <= _surnames(whole, name):
                    yield _spelled(view, place, name, variant)


def lower_first(words: set[str]) -> set[str]:
    return {word.capitalize() for word in words}


def one_slip_apart(a: str, b: str) -> bool:
    """Two letters in turn, a vowel more, less or another, a letter doubled, a consonant that sounds the same. An ending that grammar adds does
    not count."""
    a, b = sorted((a.lower(), b.lower()), key=len)
    if a == b or len(b) - len(a) > 1 or any(a + ending == b for ending in ENDINGS):
        return False
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :] and (b[at] in VOWELS or b[at] == "h" or b[at] == b[at - 1])
    if a[at + 1 :] == b[at + 1 :]:
        return any(a[at] in alike and b[at] in alike for alike in SAME_SOUND)
    return a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]


def _surnames(whole: str, name: str) -> set[str]:
    """The names that stand behind it."""
    return set(re.findall(rf"(?<![A-Za-zà-ÿ]){name} ([A-Z][a-zà-ÿ]+)", whole))


def _first_latin(view: View, word: str) -> Place | None:
    for part in view.parts:
        if found := re.search(rf"(?<![A-Za-zà-ÿ]){word}(?![A-Za-zà-ÿ])", part.said):
            return Place(part, found.start(), found.end())
    return None


def _spelled(view: View, place: Place, name: str, variant: str) -> Finding:
    return place.part.finding("name_spelled_two_ways", place.start, place.end, _where(view, name), name=name, variant=variant)


def _where(view: View, name: str) -> Finding:
    """The first place of the name, or that it was given."""
    for part in view.parts:
        if (start := part.said.find(name)) >= 0:
            return part.finding("first_place", start, start + len(name))
    return Finding("first_given", params={"words": name})
