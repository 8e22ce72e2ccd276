"""Which of a conversation's earlier messages go with the next one.

Rules
  * A conversation sends its last `rounds` rounds (a question and its answer each) before the new question; None sends all of them.
  * Where its context was cleared (`Message.cleared`), nothing up to and with that answer is sent.
  * A prompt is only ever appended to (`work/prompts.py`): a limit that slides by a round a turn would change its beginning each time, and all
    of it would be read again at each turn. So rounds are left out in steps: up to half as many again as the limit (rounded up) are sent, and the
    turn after that is cut back to the limit at once. With a limit of 5 that is 5, 6, 7, 8 rounds, and 5 again: of four turns, one reads
    5 rounds anew and three read nothing twice.
  * Where a prompt begins follows from the path, the limit and the clearings alone. So a regenerated answer gets the same prompt as the first one.
  * What did not fit the context is another matter (`Generation.dropped_messages`); it is counted from here on.
"""

from collections.abc import Sequence

from hanmo.core.values import Generation, Message

DEFAULT_ROUNDS = 5


def step_of(rounds: int) -> int:
    """How many rounds beyond the limit are still sent."""
    return -(-rounds // 2)


def left_out(path: Sequence[Message], rounds: int | None) -> int:
    """How many of the oldest messages of `path` the limit and the clearings leave out. `path` alternates questions and answers from the root down
    to the answer that is to be written."""
    num_before = len(path) // 2 * 2 - 2
    cleared = max((i + 1 for i in range(1, num_before, 2) if path[i].cleared), default=0)
    if rounds is None:
        return cleared
    over = (num_before - cleared) // 2 - rounds
    period = step_of(rounds) + 1
    return cleared + 2 * (max(over, 0) // period * period)


def begins_at(ledger: Generation, wanted: int) -> int | None:
    """How many of the oldest messages of the path the next prompt lacks if it is appended to this ledger; None where it must not be, because
    the ledger has what is now left out, or lacks what is now sent again."""
    lacking = ledger.left_out_messages + ledger.dropped_messages
    return lacking if ledger.left_out_messages <= wanted <= lacking else None


def unsent(path: Sequence[Message], rounds: int | None) -> int:
    """How many messages of the shown path do not go with the next question, as far as it can be known before it is asked. A question at its
    end that has no answer is left aside."""
    if len(path) % 2:
        path = path[:-1]
    last = next((g for message in reversed(path) for g in reversed(message.generations) if g.identity), None)
    next_turn = (*path, Message("", None, "user", ""), Message("", None, "assistant", ""))
    wanted = left_out(next_turn, rounds)
    begins = begins_at(last, wanted) if last else None
    return wanted if begins is None else min(begins, len(path))
