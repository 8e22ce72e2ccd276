"""Sentences that stand already, and paragraphs that say an earlier one again in nearly the same words.

The same things are left alone as by the guard that watches the writing (see `core.guard`): verse, lists, code, tables, quotations.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from hanmo.core.articles import Finding
from hanmo.core.blocks import Line, Sentence, grams, is_short, prose_sentences
from hanmo.core.checks.view import Part, View
from hanmo.core.text import ends_sentence

SHORTEST_SENTENCE = 8
SHORTEST_NEAR_QUOTATION = 16
SHORTEST_PARAGRAPH = 40
NEAR_SHARE = 0.6
OF_REFERENCE = re.compile(r"`|\]\(")
"""Code and links: such a sentence says of what it speaks."""

Place = tuple[Part, int, int]


def repeats(view: View) -> Iterator[Finding]:
    """A paragraph that is told again is one finding, not one for each of its sentences."""
    sentences: dict[str, Place] = {}
    seen_in: defaultdict[str, set[int]] = defaultdict(set)
    paragraphs: list[Place] = []
    for part in view.parts:
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


def _repeated(part: Part, line: Line, said: list[Sentence], sentences: dict[str, Place], *, free: bool) -> Iterator[Finding]:
    """A free text may be a reference, which says of one thing after the other the same in a line of its own."""
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
