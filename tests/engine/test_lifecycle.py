"""The table of the engine's life."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.engine.lifecycle import TABLE, Event, IllegalMove, mermaid, move
from hanmo.work.ports import EngineState

STATES, EVENTS = get_args(EngineState), get_args(Event)


def test_every_state_can_be_reached_and_left() -> None:
    reached: set[EngineState] = set()
    new: set[EngineState] = {"stopped"}
    while new:
        reached |= new
        new = {after for (state, _), (after, _) in TABLE.items() if state in reached} - reached
    assert reached == set(STATES)
    assert {state for state, _ in TABLE} == set(STATES)


def test_every_state_with_a_process_notices_its_death_and_can_be_stopped() -> None:
    for state in ("starting", "ready", "busy", "dozing", "stopping"):
        assert (state, "died") in TABLE
    for state in STATES:
        assert (state, "stop") in TABLE


@given(st.lists(st.sampled_from(EVENTS), max_size=60))
def test_at_most_one_process_lives_however_events_come(events: list[Event]) -> None:
    state: EngineState = "stopped"
    alive = 0
    for event in events:
        try:
            state, effects = move(state, event)
        except IllegalMove:
            continue
        alive -= event == "died"
        alive += effects.count("spawn")
        if state == "failed" and "kill" in effects:
            alive = 0
        assert alive == (state in ("starting", "ready", "busy", "dozing", "stopping"))


def test_an_event_that_a_state_does_not_know_raises() -> None:
    with pytest.raises(IllegalMove, match="began while stopped"):
        move("stopped", "began")


def test_the_diagram_in_the_docs_is_drawn_from_the_table() -> None:
    assert mermaid() in (Path(__file__).parents[2] / "docs" / "architecture.md").read_text("utf-8")
