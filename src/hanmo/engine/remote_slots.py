"""What a server elsewhere probably has in its caches: an estimate, for prices and for how long something will take.

Theory
  llama-server gives a prompt to the free slot that holds the largest share of it, and keeps what it takes out of a slot in memory, as much as it
  was allowed to (its README: `--slot-prompt-similarity`, `--cache-ram`). How much that is it does not tell, and others may use it as well. So what
  was run last is believed to be there, up to `reach` works back; and the server's own figure, which comes with every run, says whether it was.
"""

from collections.abc import Sequence

from hanmo.engine.slot_files import common_prefix

MOST = 16
"""Works that are thought of at all."""
SLACK = 16
"""So many tokens fewer than expected are no sign of anything."""


class SlotGuess:
    """Follows the runs of one server."""

    def __init__(self) -> None:
        self._seen: list[tuple[int, ...]] = []
        self._reach = MOST
        self._expected = (0, 0)

    def cached(self, prompt_ids: Sequence[int]) -> int:
        """How many tokens of a prompt would not be read again. At least one always is."""
        return min(self._best(prompt_ids)[1], max(0, len(prompt_ids) - 1))

    def take(self, prompt_ids: Sequence[int]) -> None:
        """A run with this prompt begins. What it shares less than half with stays where it was."""
        age, found = self._expected = self._best(prompt_ids)
        if found and 2 * found >= len(self._seen[-1 - age]):
            del self._seen[-1 - age]
        self._seen = [*self._seen[1 - MOST :], tuple(prompt_ids[:found])]

    def stands(self, ids: Sequence[int], cached: int | None = None) -> None:
        """What there is of the last run by now. `cached` is the server's own figure of what it found."""
        if not self._seen:  # the connection was lost meanwhile
            return
        age, expected = self._expected
        if cached is not None and cached + SLACK < expected:
            self._reach = max(1, age)
            self._seen = self._seen[-self._reach :]
        elif cached is not None and expected > SLACK:
            self._reach = max(self._reach, age + 1)
        self._seen[-1] = tuple(ids)

    def forget(self) -> None:
        """Nothing is known any more."""
        self._seen.clear()

    def _best(self, prompt_ids: Sequence[int]) -> tuple[int, int]:
        """How many works back the one is that shares most with a prompt, and how many tokens that are."""
        shares = [common_prefix(ids, prompt_ids) for ids in reversed(self._seen[-self._reach :])]
        best = max(range(len(shares)), key=lambda age: (shares[age], -age), default=0)
        return best, shares[best] if shares else 0
