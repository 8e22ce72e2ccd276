"""A conversation's tree of messages: what stands below a message, which leaf is the newest, which path is shown, what a deletion takes.

Messages come oldest first, parents before their children; the newest of some is the last one.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Node(Protocol):
    """Anything with an id and a parent's."""

    @property
    def id(self) -> str: ...

    @property
    def parent_id(self) -> str | None: ...


def below(nodes: Iterable[Node], root_id: str) -> tuple[str, ...]:
    """`root_id` and the ids of all that stands under it."""
    found = {root_id: None}
    for node in nodes:
        if node.parent_id in found:
            found[node.id] = None
    return tuple(found)


def newest_leaf(nodes: Sequence[Node], root_id: str) -> str:
    """The newest message under `root_id` (or itself) that has none under it."""
    inside = set(below(nodes, root_id))
    parents = {node.parent_id for node in nodes}
    return next((node.id for node in reversed(nodes) if node.id in inside and node.id not in parents), root_id)


def active_after(nodes: Sequence[Node], gone: Iterable[str], active_id: str | None) -> str | None:
    """The leaf to be shown when `gone` are gone: the one that is, if it stays; else the newest under the nearest message above it that stays
    (its newest other branch, or itself); None where nothing is left."""
    away = set(gone)
    if active_id not in away:
        return active_id
    parents = {node.id: node.parent_id for node in nodes}
    left = [node for node in nodes if node.id not in away]
    above = parents[active_id]
    while above in away:
        above = parents[above]
    if above is not None:
        return newest_leaf(left, above)
    return newest_leaf(left, left[-1].id) if left else None


def path_to(nodes: Iterable[Node], leaf_id: str | None) -> tuple[str, ...]:
    """The ids from the root down to `leaf_id`."""
    parents = {node.id: node.parent_id for node in nodes}
    way: list[str] = []
    step = leaf_id
    while step is not None and step in parents:
        way.append(step)
        step = parents[step]
    return tuple(reversed(way))
