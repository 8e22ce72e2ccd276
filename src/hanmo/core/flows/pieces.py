"""A text in pieces for rewriting: what is prose goes to the model, code, formulas and the like stay as they are."""

from collections.abc import Iterator
from dataclasses import dataclass

from hanmo.core.blocks import Kind, read_lines
from hanmo.core.text import count_words

STAYS: frozenset[Kind] = frozenset({"code", "math", "rule"})
FORM: frozenset[Kind] = frozenset({"table", "heading"})
"""Only a translation goes into these."""


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` with the white space around it; joined, the pieces are the whole."""

    text: str
    stays: bool


def pieces(text: str, most_words: int, *, translated: bool) -> tuple[Piece, ...]:
    """Pieces of at most about `most_words` words (a longer line stays whole), in order."""
    stay = STAYS if translated else STAYS | FORM
    found: list[Piece] = []
    for raw, kind in _lines(text):
        stays = kind in stay
        last = found[-1] if found else None
        if last and (kind == "blank" or last.stays == stays) and (stays or count_words(last.text + raw) <= most_words):
            found[-1] = Piece(last.text + raw, last.stays)
        else:
            found.append(Piece(raw, stays or kind == "blank"))
    return tuple(found)


def _lines(text: str) -> Iterator[tuple[str, Kind]]:
    """The lines with their line breaks."""
    for line in read_lines(text):
        yield text[line.start : line.end + 1], line.kind
