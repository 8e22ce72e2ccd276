"""The life of the engine process, as one table.

Rules
  * Everything that decides what happens next to the process stands in `TABLE`; whoever owns a process only carries out effects.
  * An event that a state does not know raises `IllegalMove` and changes nothing.

Theory
  `stopped` has no model yet and `asleep` gave its memory back; both leave on `load` or `wake`. A process that dies while it serves is
  started again at once after a short pause (`waiting`): the fault may have been the kernel's, for want of memory. One that dies while
  it loads is tried again a few times; the owner counts and then says `give_up`. `stopping` and `dozing` wait for the exit of a
  process that was told to go, so that two never hold the weights at the same time.
"""

from typing import Literal

from hanmo.work.ports import EngineState

Event = Literal["load", "wake", "loaded", "began", "ended", "died", "retry", "give_up", "doze", "stop"]
Effect = Literal["spawn", "kill", "retry_later"]


class IllegalMove(RuntimeError):
    """An event that the present state does not know: a fault of the owner, never of the user."""


TABLE: dict[tuple[EngineState, Event], tuple[EngineState, tuple[Effect, ...]]] = {
    ("stopped", "load"): ("starting", ("spawn",)),
    ("failed", "load"): ("starting", ("spawn",)),
    ("asleep", "load"): ("starting", ("spawn",)),
    ("asleep", "wake"): ("starting", ("spawn",)),
    ("stopped", "give_up"): ("failed", ()),
    ("starting", "loaded"): ("ready", ()),
    ("starting", "died"): ("waiting", ("retry_later",)),
    ("starting", "give_up"): ("failed", ("kill",)),
    ("starting", "stop"): ("stopping", ("kill",)),
    ("ready", "began"): ("busy", ()),
    ("busy", "ended"): ("ready", ()),
    ("ready", "died"): ("waiting", ("retry_later",)),
    ("busy", "died"): ("waiting", ("retry_later",)),
    ("ready", "doze"): ("dozing", ("kill",)),
    ("ready", "stop"): ("stopping", ("kill",)),
    ("busy", "stop"): ("stopping", ("kill",)),
    ("waiting", "retry"): ("starting", ("spawn",)),
    ("waiting", "give_up"): ("failed", ()),
    ("waiting", "stop"): ("stopped", ()),
    ("dozing", "died"): ("asleep", ()),
    ("dozing", "stop"): ("stopping", ()),
    ("stopping", "died"): ("stopped", ()),
    ("stopped", "stop"): ("stopped", ()),
    ("stopping", "stop"): ("stopping", ()),
    ("asleep", "stop"): ("stopped", ()),
    ("failed", "stop"): ("stopped", ()),
}


def move(state: EngineState, event: Event) -> tuple[EngineState, tuple[Effect, ...]]:
    """The next state and what to do on the way there."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalMove(f"{event} while {state}") from None


def mermaid() -> str:
    """The table as a Mermaid state diagram, for docs/architecture.md."""
    rows = ["stateDiagram-v2", "    [*] --> stopped"]
    for (state, event), (after, effects) in TABLE.items():
        if state != after:
            rows.append(f"    {state} --> {after}: {event}" + (f" / {', '.join(effects)}" if effects else ""))
    return "\n".join(rows)
