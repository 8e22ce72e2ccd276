"""Trees of messages: leaves, branches, and what is shown after a deletion."""

from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.trees import active_after, below, newest_leaf, path_to
from hanmo.core.values import Message


def tree(*parents: int | None) -> list[Message]:
    """Messages "0", "1", … with these parents."""
    return [Message(str(i), None if parent is None else str(parent), "user", "") for i, parent in enumerate(parents)]


FORKED = tree(None, 0, 1, 2, 1, 4, 0)
"""0 ─ 1 ─ 2 ─ 3 and 1 ─ 4 ─ 5 and 0 ─ 6."""


def test_below_is_a_message_with_all_under_it() -> None:
    assert below(FORKED, "1") == ("1", "2", "3", "4", "5")
    assert below(FORKED, "6") == ("6",)


def test_the_newest_leaf_under_a_message() -> None:
    assert [newest_leaf(FORKED, each) for each in "0124"] == ["6", "5", "3", "5"]


def test_a_deletion_elsewhere_leaves_what_is_shown() -> None:
    assert active_after(FORKED, below(FORKED, "6"), "5") == "5"


def test_a_deletion_shows_the_branch_beside_it_or_what_stands_above() -> None:
    assert active_after(FORKED, below(FORKED, "4"), "5") == "3"
    line = tree(None, 0, 1, 2)
    assert active_after(line, below(line, "2"), "3") == "1"


def test_a_deleted_root_shows_another_root_or_nothing() -> None:
    roots = tree(None, 0, None, 2)
    assert active_after(roots, below(roots, "2"), "3") == "1"
    assert active_after(tree(None, 0), ("0", "1"), "1") is None


def test_a_path_runs_from_the_root() -> None:
    assert path_to(FORKED, "5") == ("0", "1", "4", "5")
    assert path_to(FORKED, None) == path_to(FORKED, "nobody") == ()


@st.composite
def trees(draw: st.DrawFn) -> list[Message]:
    size = draw(st.integers(1, 12))
    return tree(*(draw(st.none() | st.integers(0, i - 1)) if i else None for i in range(size)))


@given(trees(), st.data())
def test_what_is_shown_after_a_deletion_is_a_leaf_that_is_left(nodes: list[Message], data: st.DataObject) -> None:
    names = [node.id for node in nodes]
    root, active = data.draw(st.sampled_from(names)), newest_leaf(nodes, data.draw(st.sampled_from(names)))
    gone = below(nodes, root)
    after = active_after(nodes, gone, active)
    left = [node for node in nodes if node.id not in gone]
    assert (after is None) == (not left)
    if after is not None:
        assert after not in gone
        assert after not in {node.parent_id for node in left}
