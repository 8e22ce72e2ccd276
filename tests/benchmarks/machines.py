"""Machines that are made up, and the runs that conversations and articles make on them: lengths and cached parts as in `benchmarks.series`."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from benchmarks.series import LONGEST, RUNS, Measured
from hanmo.core.speeds import ENOUGH_TOKENS, STEP, Reading, Writing


@dataclass(frozen=True, slots=True)
class Run:
    """`new` of `total` prompt tokens are read, `moved` carried before that, `tokens` written."""

    new: int
    total: int
    moved: int
    tokens: int
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """Seconds for a run (`fixed`), a token read, the same behind 1,000 others (`deep`; `left` if its step is not whole), carried or written
    (`wdeep` behind 1,000 others); `noise` either way; `later` times that from the middle of the series on."""

    fixed: float
    read: float
    write: float
    deep: float = 0.0
    left: float = 0.0
    carry: float = 0.0
    wdeep: float = 0.0
    noise: float = 0.1
    later: float = 1.0

    def measured(self, runs: list[Run], chance: random.Random) -> list[Measured]:
        series = []
        for i, run in enumerate(runs):
            pace, rest = self.later if i >= len(runs) / 2 else 1.0, run.new % STEP
            behind, left = run.new * (run.total - run.new / 2) / 1000, rest * (run.total - rest / 2) / 1000
            reads = self.fixed + run.new * self.read + behind * self.deep + left * self.left + run.moved * self.carry
            writes = run.tokens * (self.write + (run.total + run.tokens / 2) / 1000 * self.wdeep)
            reading = Reading(run.new, run.total, run.moved, reads * pace * self._odd(chance))
            writing = Writing(run.tokens, run.total, writes * pace * self._odd(chance)) if run.tokens >= ENOUGH_TOKENS else None
            series.append(Measured(reading, writing, run.locked))
        return series

    def _odd(self, chance: random.Random) -> float:
        return chance.uniform(1 - self.noise, 1 + self.noise)


MACHINES = {
    "a remote engine": Machine(fixed=0.2, read=0.0005, write=0.015),
    "one far away that reads in no time": Machine(fixed=1.0, read=0.0002, write=0.02),
    "a graphics card": Machine(fixed=0.05, read=0.002, write=0.02, deep=0.0002, wdeep=0.001, noise=0.08),
    "a quick graphics card": Machine(fixed=0.05, read=0.0003, write=0.02, deep=5e-5, carry=1e-6, wdeep=0.001, noise=0.08),
    "slow to begin a run": Machine(fixed=0.8, read=0.01, write=0.05, deep=0.002, left=0.002, carry=1e-4, wdeep=0.004),
    "a slow processor": Machine(fixed=0.03, read=0.04, write=0.1, deep=0.006, left=0.006, carry=2e-4, wdeep=0.012, noise=0.08),
    "one that reads as slowly at any depth": Machine(fixed=0.03, read=0.04, write=0.1, noise=0.08),
    "the 4B on two cores": Machine(fixed=0.25, read=0.045, write=0.2, deep=0.006, left=0.006, carry=4e-4, wdeep=0.012),
    "the 0.5B on two cores": Machine(fixed=0.2, read=0.013, write=0.06, deep=0.0025, left=0.0053, carry=5e-5, wdeep=0.004),
    "one that becomes slower": Machine(
        fixed=0.1, read=0.0085, write=0.03, deep=0.0012, left=0.0032, carry=3e-5, wdeep=0.002, noise=0.08, later=1.2
    ),
}


def talked(chance: random.Random) -> Iterator[Run]:
    """Four conversations: short questions and long ones, the same once more, and changes from one to another."""
    talks, here, last = dict[int, int](), 0, 0
    while True:
        here = chance.choice([here, here, here, *range(4)])
        before, moved = talks.get(here, 0), 0
        again = before > 0 and chance.random() < 0.15
        asked = 0 if again else 22 + sum(chance.choice([15, 17, 20, 21]) for _ in range(chance.choice([1, 1, 1, 2, 6, 20, 50])))
        if before + asked > LONGEST:
            talks.pop(here)
            continue
        if here != last:
            moved, last = talks.get(last, 0) + before, here
        tokens = chance.choice([23, 47, 119])
        yield Run(max(1, asked - 5 * (not before and bool(talks))), before + asked, moved, tokens)
        talks[here] = before if again else before + asked + tokens + 1


def written(chance: random.Random) -> Iterator[Run]:
    """Articles, each planned, written with sentences taken back, and looked over: by the sentence, or many at a time."""
    while True:
        total = chance.choice([150, 190, 260, 900])
        yield Run(total, total, 0, 57, locked=True)
        for new in chance.choice([(1, 60), (1, 60, 60), (1, 60, 60, 60)]):
            total += new
            tokens = chance.choice([150, 224, 300])
            while tokens:
                yield Run(new, total, 0, tokens)
                total, new = total + tokens, 1
                tokens = chance.choice([0, 0, 5, 12, 60])
        moved, front = total, 15
        for asked in (
            [chance.randint(75, 100) for _ in range(12)] if chance.random() < 0.5 else [chance.randint(120, 420) for _ in range(6)]
        ):
            yield Run(asked, front + asked, moved, chance.randint(asked // 4, asked), locked=True)
            moved = 0
            if chance.random() < 0.3:
                yield Run(chance.randint(13, 18), front + asked + 12, 0, 20, locked=True)


def made_up(machine: Machine, kind: str, seed: int) -> list[Measured]:
    chance = random.Random(seed)
    return machine.measured(list(islice({"talked": talked, "written": written}[kind](chance), RUNS)), chance)
