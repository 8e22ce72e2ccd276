"""Finding words in texts: what is asked, whether a text has it, and the terms that an index keeps so that not every text must be read.

Rules
  * What is typed is plain text. Spaces part it into pieces; a text answers if it has every piece, letter for letter, wherever it stands. Quotes,
    stars and stops around a piece are not asked for; there are no operators.
  * Case, full-width forms and accents on Latin letters make no difference. A piece that begins with a letter of an alphabet begins a word;
    how the word goes on does not matter. Chinese, kana and Hangul have no such borders.
  * `query_terms` are true of every text that `find` finds something in, so an index may leave out what they are not true of and nothing else.
    Whoever changes `index_terms` has the index built again in a migration: entries are taken out by the terms they were put in with.

Theory
  Words of an alphabet are terms as they are, and asked for by their beginnings. Han has no words to split at: each character is a term with the
  next one (春天 的 → 春天, 天的, 的), so two characters are found as exactly as a long piece, and one character by the beginning of its pair.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

QUERY_CHARACTERS = 200
BEFORE, AFTER = 24, 72
"""Characters of a snippet before and after the first place."""

_HAN = r"\u3005\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"(?P<han>[{_HAN}]+)|[^\W_{_HAN}]+")
_WORD_END = re.compile(rf"[^\W_{_HAN}]$")
_AROUND = " \t\"'*`.,;:!?()[]{}<>~“”‘’「」『』《》〈〉（）【】，。、；：！？…—"


class _Fold(dict[int, str]):
    """One character for one character, so that places stay: lower case, half width, Latin letters without their accents."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        plain = unicodedata.normalize("NFKC", character).lower()
        folded = plain if len(plain) == 1 else character
        base = unicodedata.normalize("NFD", folded)
        if len(base) > 1 and base[0].isascii() and all(map(unicodedata.combining, base[1:])):
            folded = base[0].lower()
        self[point] = folded
        return folded


_FOLD = _Fold()


@dataclass(frozen=True, slots=True)
class Snippet:
    """A line of a text around its first place; `spans` are the places in it, in code points."""

    text: str
    spans: tuple[tuple[int, int], ...]


def fold(text: str) -> str:
    return text.translate(_FOLD)


def pieces(query: str) -> tuple[str, ...]:
    """What is asked for, folded, without what cannot be looked up: a piece with no letter, digit or character in it."""
    asked = (piece.strip(_AROUND) for piece in fold(query[:QUERY_CHARACTERS]).split())
    return tuple(dict.fromkeys(piece for piece in asked if _RUN.search(piece)))


def find(text: str, asked: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """The places (code points) of all pieces in `text`, in order and without overlaps; none unless it has every one."""
    folded = fold(text)
    found: list[tuple[int, int]] = []
    for piece in asked:
        places = _places(folded, piece)
        if not places:
            return ()
        found += places
    apart: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return tuple(apart)


def _places(folded: str, piece: str) -> list[tuple[int, int]]:
    begins_word = _WORD_END.match(piece[0]) is not None
    places, at = [], folded.find(piece)
    while at >= 0:
        if not begins_word or at == 0 or not _WORD_END.match(folded[at - 1]):
            places.append((at, at + len(piece)))
            at += len(piece) - 1
        at = folded.find(piece, at + 1)
    return places


def index_terms(text: str) -> set[str]:
    """What an index keeps of a text."""
    terms: set[str] = set()
    for run in _RUN.finditer(fold(text)):
        word = run.group()
        if run["han"]:
            terms.update(word[i : i + 2] for i in range(len(word)))
        else:
            terms.add(word)
    return terms


def query_terms(asked: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Terms that a text with all pieces has; with True it may have any term that begins so."""
    terms: dict[tuple[str, bool], None] = {}
    for piece in asked:
        for run in _RUN.finditer(piece):
            word, last = run.group(), run.end() == len(piece)
            if not run["han"]:
                terms[word, last] = None
            elif len(word) == 1:
                terms[word, True] = None
            else:
                terms |= {(word[i : i + 2], False): None for i in range(len(word) - 1)}
    return tuple(terms)


def snippet(text: str, places: Sequence[tuple[int, int]]) -> Snippet:
    """The text around the first of `places` on one line; with no places, its beginning."""
    first = places[0][0] if places else 0
    start = max(0, first - BEFORE) if first > BEFORE + 8 else 0
    end = min(len(text), max(first, start + BEFORE) + AFTER)
    line = re.sub(r"\s", " ", text[start:end])
    ahead, behind = "…" if start else "", "…" if end < len(text) else ""
    moved = len(ahead) - start
    spans = tuple((max(a, start) + moved, min(b, end) + moved) for a, b in places if a < end and b > start)
    return Snippet(ahead + line + behind, spans)
