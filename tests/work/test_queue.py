"""The line before the engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.errors import QueueFull
from hanmo.work.queue import FairQueue

entries = st.lists(st.sampled_from("abc"), max_size=20)


def filled(parties: list[str], limit: int = 100) -> FairQueue:
    queue = FairQueue(limit)
    for i, party in enumerate(parties):
        queue.add(f"{party}{i}", party)
    return queue


def drained(queue: FairQueue) -> list[str]:
    return list(iter(queue.pop, None))


@given(entries)
def test_everyone_is_served_once_and_in_the_order_that_was_shown(parties: list[str]) -> None:
    queue = filled(parties)
    shown = queue.order()
    assert len(shown) == len(queue) == len(parties)
    assert drained(queue) == shown


@given(entries)
def test_nobody_is_served_twice_while_another_waits_for_a_first_time(parties: list[str]) -> None:
    served = [item[0] for item in drained(filled(parties))]
    for i, party in enumerate(served):
        for other in set(served[i + 1 :]):
            assert served[:i].count(party) <= served[:i].count(other)


@given(entries, st.data())
def test_who_leaves_the_line_changes_no_other_order(parties: list[str], data: st.DataObject) -> None:
    queue = filled(parties)
    if parties:
        order = queue.order()
        gone = data.draw(st.sampled_from(order))
        assert queue.remove(gone)
        assert not queue.remove(gone)
        assert sorted(queue.order()) == sorted(set(order) - {gone})
        mine = [item for item in order if item[0] == gone[0] and item != gone]
        assert [item for item in queue.order() if item[0] == gone[0]] == mine


def test_a_full_line_takes_nobody() -> None:
    queue = filled(["a"], limit=2)
    with queue.reserved(), pytest.raises(QueueFull) as full, queue.reserved():
        pass
    assert full.value.params["limit"] == 2
    with queue.reserved():
        queue.add("b0", "b")
    with pytest.raises(QueueFull), queue.reserved():
        pass
