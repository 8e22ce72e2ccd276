"""Sentences that stand already, and paragraphs that say an earlier one again in nearly the same words.

The same things are left alone as by the guard that watches the writing (see `core.guard`): verse, lists, code, tables, quotations.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from hanmo.core.articles import Finding
from hanmo.core.blocks import NUMBERING, Line, Sentence, grams, is_han, is_short, prose_sentences
from hanmo.core.checks.view import Part, View
from hanmo.core.text import ends_sentence, units

SHORTEST_SENTENCE = 8
SHORTEST_IN_A_ROW = {True: 5, False: 4}
TIMES_IN_A_ROW = 3
"""So often a shorter sentence, of Han characters or of words, may not be said one time after the other."""
SHORTEST_NEAR_QUOTATION = 16
SHORTEST_PARAGRAPH = 40
NEAR_SHARE = 0.6
OF_REFERENCE = re.compile(r"`|\]\(")
"""Code and links: such a sentence says of what it speaks."""

CRY = re.compile(r"[！!]")
BLANK = re.compile(r"_{3,}|\[[ x]?\]|：\s*$")
"""A line to fill in."""

Place = tuple[Part, int, int]


def repeats(view: View) -> Iterator[Finding]:
    """A paragraph that is told again is one finding, not one for each of its sentences."""
    sentences: dict[str, Place] = {}
    seen_in: defaultdict[str, set[int]] = defaultdict(set)
    paragraphs: list[Place] = []
    for part in view.parts:
        yield from _items(part)
        for line in part.prose:
            said = prose_sentences(line.text, line.start)
            shingles = _shingles(said)
            earlier = _nearly(shingles, seen_in)
            if earlier is not None:
                yield _finding("near_repeat", (part, *_body(line)), paragraphs[earlier])
            else:
                yield from _repeated(part, line, said, sentences, free=view.source == "text")
            if shingles:
                for gram in shingles:
                    seen_in[gram].add(len(paragraphs))
                paragraphs.append((part, *_body(line)))


def _items(part: Part) -> Iterator[Finding]:
    """Two items of a list, one under the other, that say the same."""
    for above, line in pairwise(part.lines):
        if line.kind == above.kind == "list" and line.text == above.text and BLANK.search(line.text) is None:
            bare = NUMBERING.sub("", line.text, count=1)
            if len(units(bare)) >= SHORTEST_SENTENCE and ends_sentence(bare):
                yield _finding("repeated_sentence", (part, *_body(line)), (part, *_body(above)))


def _in_a_row(said: list[Sentence]) -> Iterator[tuple[Sentence, Sentence]]:
    """A short sentence that is said a third time on end, and the first of them. A cry may be."""
    row = list[Sentence]()
    for sentence in said:
        row = [*row, sentence] if row and row[-1].words == sentence.words else [sentence]
        words = sentence.words
        if (
            len(row) == TIMES_IN_A_ROW
            and SHORTEST_IN_A_ROW[is_han(words)] <= len(words) < SHORTEST_SENTENCE
            and not CRY.search(sentence.text)
        ):
            yield sentence, row[0]


def _repeated(part: Part, line: Line, said: list[Sentence], sentences: dict[str, Place], *, free: bool) -> Iterator[Finding]:
    """A free text may be a reference, which says of one thing after the other the same in a line of its own."""
    for sentence, first_said in _in_a_row(said):
        yield _finding("repeated_sentence", (part, sentence.start, sentence.end), (part, first_said.start, first_said.end))
    for sentence in said:
        alone = sentence.text == line.text.strip()
        if OF_REFERENCE.search(sentence.text) or (free and alone and len(sentence.words) < SHORTEST_PARAGRAPH):
            continue
        if len(sentence.words) < (SHORTEST_NEAR_QUOTATION if sentence.near_quotation else SHORTEST_SENTENCE):
            continue
        if alone and is_short(sentence.words) and not ends_sentence(sentence.text):
            continue
        place = (part, sentence.start, sentence.end)
        first = sentences.setdefault(" ".join(sentence.words), place)
        if first is not place:
            yield _finding("repeated_sentence", place, first)


def _shingles(said: list[Sentence]) -> list[str]:
    words = [word for sentence in said for word in sentence.words]
    return grams(words, 4, 3) if len(words) >= SHORTEST_PARAGRAPH else []


def _nearly(shingles: list[str], seen_in: defaultdict[str, set[int]]) -> int | None:
    """The earlier paragraph in which most of these stand."""
    counts = Counter(paragraph for gram in shingles for paragraph in seen_in.get(gram, ()))
    paragraph, most = max(counts.items(), key=lambda item: (item[1], -item[0]), default=(0, 0))
    return paragraph if shingles and most >= NEAR_SHARE * len(shingles) else None


def _body(line: Line) -> tuple[int, int]:
    indent = len(line.text) - len(line.text.lstrip())
    return line.start + indent, line.start + len(line.text.rstrip())


def _finding(kind: str, place: Place, first: Place) -> Finding:
    part, start, end = place
    return part.finding(kind, start, end, first[0].finding("first_place", first[1], first[2]))
