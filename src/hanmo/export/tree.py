"""The tree that pandoc reads from a text, made fit to leave the house: a pure pass over its JSON before anything is written from it.

Rules
  * Nothing live: no raw HTML, TeX or OpenXML; a link leads to `http(s)` or `mailto`, or is its words alone; a picture is a link to it, for nothing
    is fetched and no file of this machine is read; of attributes only the language of a block of code stays.
  * Headings begin at the level that the format wants and skip none downwards; each has a name of its own for the table of contents.
  * The columns of a wide table get their share of the page by what stands in them, so that it does not run off it.
  * A paragraph at the top of a Chinese text is told apart, for it alone is indented; the wide spaces that somebody indented it with are gone.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hanmo.core.text import HAN

__all__ = ["Shape", "count_headings", "shaped", "text_of"]

Node = dict[str, Any]
LINK = re.compile(r"(?i)(?:https?://|mailto:)\S")
LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,32}")
LINE_UNITS = 60
"""A table whose cells need more than so many Latin letters beside each other is wide."""
MOST_UNITS, WORD_UNITS, PADDING_UNITS, PAGE_UNITS = 40, 12, 4, 84
"""Of a column: what more than this in a cell does not widen it, what it always has room for, what its borders take; and of a page."""
LONG_WORD = re.compile(r"[!-~]{25,}")
BREAK = "\u200b"
BOXES = "☐☒"
NOTHING = ["", [], []]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a format wants. `top`: the level of the first headings. `indented`: the style that a paragraph at the top is given, "" for none.
    `dotted`: Han characters that are emphasised get a class. `breaks`: long words get places to break at."""

    top: int = 1
    indented: str = ""
    dotted: bool = False
    breaks: bool = False


def shaped(tree: Node, shape: Shape, title: str, lang: str, words: dict[str, str]) -> Node:
    """`words`: more of the metadata, as plain strings."""
    blocks = _Pass(shape).blocks(tree["blocks"])
    _level(blocks, shape.top)
    if shape.indented:
        blocks = [_as(shape.indented, block) if _is_prose(block) else block for block in blocks]
    meta = {"title": _words(title), "lang": {"t": "MetaString", "c": lang}} | {name: _words(value) for name, value in words.items()}
    return {"pandoc-api-version": tree["pandoc-api-version"], "meta": meta, "blocks": blocks}


def count_headings(tree: Node) -> int:
    return sum(block["t"] == "Header" for block in tree["blocks"])


def text_of(node: Any) -> str:
    """The words in a part of a tree."""
    if isinstance(node, list):
        return "".join(map(text_of, node))
    if not isinstance(node, dict):
        return ""
    kind: str = node.get("t", "")
    inside: Any = node.get("c")
    if kind == "Str":
        return str(inside)
    if kind in ("Code", "Math", "CodeBlock"):
        return str(inside[1])
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    return text_of(inside)


def _words(text: str) -> Node:
    return {"t": "MetaInlines", "c": [{"t": "Str", "c": text}]}


def _as(style: str, block: Node) -> Node:
    return {"t": "Div", "c": [["", [], [["custom-style", style]]], [block]]}


def _is_prose(block: Node) -> bool:
    return block["t"] == "Para" and not all(each["t"] in ("Math", "Space", "SoftBreak") for each in block["c"])


class _Pass:
    """One way over the tree, outside in."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._block: dict[str, Callable[[Any], Any]] = {
            "Plain": lambda c: self._line(c),
            "Para": lambda c: self._line(c),
            "LineBlock": lambda c: [self.inlines(line) for line in c],
            "CodeBlock": lambda c: [["", _languages(c[0]), []], c[1]],
            "BlockQuote": self.blocks,
            "OrderedList": lambda c: [c[0], [self.blocks(item) for item in c[1]]],
            "BulletList": lambda c: [self.blocks(item) for item in c],
            "Header": lambda c: [c[0], NOTHING, self.inlines(c[2])],
            "Table": self._table,
            "HorizontalRule": lambda c: c,
        }

    def blocks(self, blocks: Sequence[Node]) -> list[Node]:
        return [made for block in blocks for made in self._each(block)]

    def _each(self, block: Node) -> Iterator[Node]:
        kind: str = block["t"]
        inside: Any = block.get("c")
        if kind in ("Div", "Figure"):
            yield from self.blocks(inside[-1])
        elif kind == "RawBlock":
            yield {"t": "CodeBlock", "c": [NOTHING, inside[1]]}
        elif kind in self._block:
            made = self._block[kind](inside)
            yield {"t": kind} if inside is None else {"t": kind, "c": made}
        else:
            raise ValueError(f"a block that is not known: {kind}")

    def inlines(self, inlines: Sequence[Node]) -> list[Node]:
        return [made for each in inlines for made in self._inline(each)]

    def _line(self, inlines: Sequence[Node]) -> list[Node]:
        """A paragraph, without the wide spaces at its beginning. The box of a task is a sign, and no field of a form."""
        made = self.inlines(inlines)
        if [each["t"] for each in made[:2]] == ["Str", "Space"] and made[0]["c"] in BOXES:
            made = [{"t": "Str", "c": made[0]["c"] + "\u00a0"}, *made[2:]]
        while made and made[0]["t"] == "Str" and (bare := made[0]["c"].lstrip("\u3000\u00a0")) != made[0]["c"]:
            made = [{"t": "Str", "c": bare}, *made[1:]] if bare else made[1:]
        return made

    def _inline(self, node: Node) -> Iterator[Node]:
        kind: str = node["t"]
        inside: Any = node.get("c")
        if kind in ("Space", "SoftBreak", "LineBreak"):
            yield node
        elif kind == "Str":
            yield {"t": "Str", "c": LONG_WORD.sub(_breakable, inside) if self._shape.breaks else inside}
        elif kind == "Math":
            yield node
        elif kind == "Code":
            yield {"t": "Code", "c": [NOTHING, inside[1]]}
        elif kind == "RawInline":
            yield {"t": "Str", "c": inside[1]}
        elif kind in ("Emph", "Strong", "Strikeout", "Underline", "Superscript", "Subscript", "SmallCaps"):
            made: Node = {"t": kind, "c": self.inlines(inside)}
            dotted = kind == "Emph" and self._shape.dotted and HAN.search(text_of(inside))
            yield {"t": "Span", "c": [["", ["han"], []], [made]]} if dotted else made
        elif kind == "Quoted":
            marks = "''" if inside[0]["t"] == "SingleQuote" else '""'
            yield from ({"t": "Str", "c": marks[0]}, *self.inlines(inside[1]), {"t": "Str", "c": marks[1]})
        elif kind in ("Link", "Image"):
            yield from self._link(inside)
        elif kind in ("Span", "Cite"):
            yield from self.inlines(inside[1])
        elif kind == "Note":
            yield from self.inlines(
                [each for block in inside for each in block["c"]] if all(b["t"] == "Para" for b in inside) else []
            )
        else:
            raise ValueError(f"an inline that is not known: {kind}")

    def _link(self, inside: Any) -> Iterator[Node]:
        _, words, (url, _title) = inside
        said = self.inlines(words)
        if LINK.match(url):
            inner = [each for word in said for each in (word["c"][1] if word["t"] == "Link" else [word])]
            yield {"t": "Link", "c": [NOTHING, inner or [{"t": "Str", "c": url}], [url, ""]]}
        else:
            yield from said

    def _table(self, table: Any) -> Any:
        _, _, columns, (_, head), bodies, (_, foot) = table
        rows = [*head, *(row for body in bodies for part in body[2:] for row in part), *foot]
        shares = _shares([[text_of(cell[4]) for cell in row[1]] for row in rows], len(columns))

        def kept(some: Any) -> Any:
            return [[NOTHING, [[NOTHING, *cell[1:4], self.blocks(cell[4])] for cell in cells]] for _, cells in some]

        widths = [
            [align, {"t": "ColWidth", "c": share} if share else {"t": "ColWidthDefault"}]
            for (align, _), share in zip(columns, shares, strict=True)
        ]
        inner = [[NOTHING, first, kept(heads), kept(others)] for _, first, heads, others in bodies]
        return [NOTHING, [None, []], widths, [NOTHING, kept(head)], inner, [NOTHING, kept(foot)]]


def _languages(attributes: Any) -> list[str]:
    return [name for name in attributes[1][:1] if LANGUAGE.fullmatch(name)]


def _breakable(word: re.Match[str]) -> str:
    return BREAK.join(word[0][i : i + 6] for i in range(0, len(word[0]), 6))


def _level(blocks: Iterable[Node], top: int) -> None:
    """Numbers the headings that stand at the top: the highest is `top`, none is more than one below the one before."""
    headings = [block["c"] for block in blocks if block["t"] == "Header"]
    up = min((heading[0] for heading in headings), default=1) - top
    before = top - 1
    for n, heading in enumerate(headings, 1):
        before = max(top, min(heading[0] - up, before + 1, 6))
        heading[0], heading[1] = before, [f"h{n}", [], []]


def _units(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _shares(rows: Sequence[Sequence[str]], num: int) -> list[float]:
    """The share of each column in the width of the page; 0 for all where the table is narrow. A column has room for a short word first, and of
    what is left as much as it needs."""
    widest = [max((_units(row[i]) for row in rows if i < len(row)), default=0) for i in range(num)]
    if sum(widest) <= LINE_UNITS:
        return [0.0] * num
    least = [min(width, WORD_UNITS) + PADDING_UNITS for width in widest]
    more = [min(width, MOST_UNITS) - min(width, WORD_UNITS) for width in widest]
    left = max(0, PAGE_UNITS - sum(least))
    wide = [short + left * part / max(1, sum(more)) for short, part in zip(least, more, strict=True)]
    return [round(each / sum(wide), 4) for each in wide]
