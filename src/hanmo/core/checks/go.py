"""Go ends a statement where a line ends behind a name, a value or a closing bracket (https://go.dev/ref/spec#Semicolons). A brace on the next line
therefore begins a block of its own, and the head above it lacks its body. The grammar here takes both."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Protocol


class Point(Protocol):
    @property
    def row(self) -> int: ...


class Node(Protocol):
    """What is looked at of a node of the tree; rows count from 0."""

    @property
    def type(self) -> str: ...
    @property
    def children(self) -> Sequence["Node"]: ...
    @property
    def start_point(self) -> Point: ...
    @property
    def end_point(self) -> Point: ...


BODIES = {
    "function_declaration": "block",
    "method_declaration": "block",
    "func_literal": "block",
    "if_statement": "block",
    "for_statement": "block",
    "expression_switch_statement": "{",
    "type_switch_statement": "{",
}
HEADS = ("function_declaration", "method_declaration")
GOES_ON = frozenset(("for", "switch", "else", ";", "range"))
"""Behind them no statement ends with the line."""


def early_semicolon(root: Node) -> tuple[int, str] | None:
    """The line of the first brace that stands under its head, and why it is wrong."""
    found = [node.start_point.row + 1 for node in _misplaced(root)]
    return (min(found), "unexpected newline before {") if found else None


def _misplaced(root: Node) -> Iterator[Node]:
    """Where a function stands at the top, its head ends as one without a body, and the block follows it."""
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(node.children)
        inner = [child for child in node.children if child.type not in ("comment", "\n")]
        for before, child in pairwise(inner):
            under = child.start_point.row > before.end_point.row and before.type not in GOES_ON
            if under and (
                child.type == BODIES.get(node.type) or (child.type == "block" and before.type in HEADS and not _has_body(before))
            ):
                yield child


def _has_body(head: Node) -> bool:
    return any(child.type == BODIES[head.type] for child in head.children)
