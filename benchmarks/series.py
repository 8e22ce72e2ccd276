"""Whether the price is right: a mixed series of runs on the real engine, each foreseen from those before it.

`python -m benchmarks.series FILE.json` writes a series down.
"""

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.foundation import running_engine
from benchmarks.report import Row
from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.core.values import Sampling
from hanmo.work.ports import Engine, EngineRequest
from hanmo.work.speeds import Stopwatch
from tests.models.real import real_model

RUNS, LEARNT = 60, 10
NEAR = 0.25
BOUND = 0.9
"""The share of runs that has to be foreseen within `NEAR`."""
LONGEST = 4000
"""Tokens of a conversation; then another one takes its place."""
SENTENCES = (
    "清晨的渡口还浸在雾里，卖菜的船从芦苇后面摇出来。",
    "她把信折成四方，压在茶罐底下，像压住一件不肯说的事。",
    "The ferry was late again, and nobody on the quay seemed to mind.",
    "老屋的梁上有燕子，年年回来，年年把泥落在同一块砖上。",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: how its prompt was read, and how its text was written (None where it was too short)."""

    reading: Reading
    writing: Writing | None


async def foreseen(directory: Path, model: Path) -> list[Row]:
    """Sixty runs as conversations make them: short questions, long ones, cold prompts, the same once more, and changes of work."""
    async with running_engine(directory, model) as engine:
        series = await _series(engine)
    first, speed = near(series)
    return [
        Row("time to first token foreseen within ±25 %, after ten runs", first, "", "≥ 0.9", lambda v: v >= BOUND),
        Row("speed of writing foreseen within ±25 %, after ten runs", speed, "", "≥ 0.9", lambda v: v >= BOUND),
    ]


def near(series: Sequence[Measured]) -> tuple[float, float]:
    """The shares of first tokens and of speeds that were foreseen within `NEAR`, of the runs behind the first ten."""
    speeds, firsts, writes = Speeds(), list[bool](), list[bool]()
    for i, run in enumerate(series):
        if i >= LEARNT:
            seconds = speeds.seconds_to_first_token(run.reading.new, run.reading.total, run.reading.moved)
            firsts.append(seconds is not None and abs(seconds / run.reading.seconds - 1) <= NEAR)
            if run.writing is not None:
                seconds = speeds.seconds_to_write(run.writing.tokens, run.writing.before)
                writes.append(seconds is not None and abs(run.writing.seconds / seconds - 1) <= NEAR)
        speeds = speeds.after_reading(run.reading)
        speeds = speeds if run.writing is None else speeds.after_writing(run.writing)
    return sum(firsts) / len(firsts), sum(writes) / len(writes)


async def _series(engine: Engine) -> list[Measured]:
    chance, talks, series = random.Random(5), dict[int, tuple[int, ...]](), list[Measured]()
    here = 0
    while len(series) < RUNS:
        here = chance.choice([here, here, here, *range(4)])
        before = talks.get(here, ())
        again = before and chance.random() < 0.15
        asked = () if again else await _asked(engine, chance)
        prompt = before + asked
        if len(prompt) > LONGEST:
            talks.pop(here)
            continue
        sampling = Sampling(max_new_tokens=chance.choice([24, 48, 120]), seed=len(series))
        ids, measured = await _measured(engine, EngineRequest(prompt, sampling, f"talk {here}"))
        talks[here] = prompt if again else prompt + ids
        series += measured
    return series


async def _asked(engine: Engine, chance: random.Random) -> tuple[int, ...]:
    chat = await engine.chat_format()
    count = chance.choice([1, 1, 1, 2, 6, 20, 50])
    text = f"{chance.random()}" + "".join(chance.choice(SENTENCES) for _ in range(count))
    return chat.system_open + await engine.tokenize(text) + chat.answer_open


async def _measured(engine: Engine, request: EngineRequest) -> tuple[tuple[int, ...], list[Measured]]:
    run, ids = Stopwatch(request, Speeds()), list[int]()
    async with aclosing(engine.generate(request)) as events:
        async for event in events:
            run.saw(event)
            ids += getattr(event, "ids", ())
    if run.reading is None:
        return tuple(ids), []
    known = run.added_to(Speeds())
    return tuple(ids), [Measured(run.reading, known.writings[0] if known.writings else None)]


def dumped(series: Sequence[Measured]) -> str:
    """As a recording is written: numbers alone, one run a line."""
    return "[\n" + ",\n".join(json.dumps(asdict(run)) for run in series) + "\n]\n"


def read_series(path: Path) -> list[Measured]:
    """A recording; `ValueError` for what is none."""
    try:
        return [
            Measured(Reading(**run["reading"]), None if run["writing"] is None else Writing(**run["writing"]))
            for run in json.loads(path.read_text("utf-8"))
        ]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path.name} is no recorded series: {error!r}") from error


async def record(to: Path) -> None:
    """Writes a series on the real 0.5B down, to try other models of speed on."""
    with tempfile.TemporaryDirectory(prefix="hanmo-bench-") as directory:
        async with running_engine(Path(directory), real_model("qwen2.5-coder-0.5b")) as engine:
            series = await _series(engine)
    to.write_text(dumped(series), "utf-8")
    first, speed = near(series)
    print(f"{len(series)} runs; within ±25 %: {first:.0%} of first tokens, {speed:.0%} of speeds")


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1])))
