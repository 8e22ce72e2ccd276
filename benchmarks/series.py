"""Whether the price is right: a mixed series of runs on the real engine, each foreseen from those before it.

`python -m benchmarks.series FILE.json` writes a series of conversations down, with `--article` one of an article.
"""

import asyncio
import json
import random
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.foundation import running_engine
from benchmarks.report import Row
from hanmo.core.briefs import make_assignment
from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.core.values import Sampling
from hanmo.store import MemoryStore
from hanmo.work.articles import ArticleDesk
from hanmo.work.lanes import Lanes
from hanmo.work.ports import Engine, EngineEvent, EngineRequest
from hanmo.work.speeds import MeteredEngine, SpeedBook, Stopwatch
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


BRIEF = "写一篇关于江南小镇一天的文章，从清晨的渡口写到夜里的灯火，写人，写水，写桥。"
ARTICLE_WORDS = 800
ARTICLE_MODEL = "qwen2.5-coder-1.5b"
"""The 0.5B repeats itself so often that nearly all runs would be those of a few tokens with which it is led on."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: how its prompt was read, and how its text was written (None where it was too short), `locked` by a grammar or free."""

    reading: Reading
    writing: Writing | None
    locked: bool = False


class Recorder(MeteredEngine):
    """The engine, with every run of several tokens noted in `series`."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, SpeedBook())
        self.series: list[Measured] = []
        self._known = Speeds()

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        run = Stopwatch(request, self._known)
        try:
            async with aclosing(self._engine.generate(request)) as events:
                async for event in events:
                    yield run.saw(event)
        finally:
            if request.sampling.max_new_tokens > 1:
                self.series += _measured(run)
                self._known = run.added_to(self._known)


async def foreseen(directory: Path, model: Path) -> list[Row]:
    """Sixty runs as conversations make them: short questions, long ones, cold prompts, the same once more, and changes of work."""
    async with running_engine(directory, model) as engine:
        first, speed = near(await talked(engine))
    return [
        Row("time to first token foreseen within ±25 %, after ten runs", first, "", "≥ 0.9", lambda v: v >= BOUND),
        Row("speed of writing foreseen within ±25 %, after ten runs", speed, "", "≥ 0.9", lambda v: v >= BOUND),
    ]


async def foreseen_in_an_article(directory: Path, model: Path) -> list[Row]:
    """Sixty runs as articles make them: plans and edits under a grammar, sections behind the text so far, sentences taken back."""
    async with running_engine(directory, model) as engine:
        first, speed = near(await written(engine))
    return [
        Row("articles: time to first token foreseen within ±25 %", first, "", "≥ 0.9", lambda v: v >= BOUND),
        Row("articles: speed of writing foreseen within ±25 %", speed, "", "≥ 0.9", lambda v: v >= BOUND),
    ]


def near(series: Sequence[Measured]) -> tuple[float, float]:
    """The shares of first tokens and of speeds that were foreseen within `NEAR`, of the runs behind the first ten."""
    speeds, firsts, writes = Speeds(), list[bool](), list[bool]()
    for i, run in enumerate(series):
        if i >= LEARNT:
            seconds = speeds.seconds_to_first_token(run.reading.new, run.reading.total, run.reading.moved)
            firsts.append(seconds is not None and abs(seconds / run.reading.seconds - 1) <= NEAR)
            if run.writing is not None:
                seconds = speeds.seconds_to_write(run.writing.tokens, run.writing.before, locked=run.locked)
                writes.append(seconds is not None and abs(run.writing.seconds / seconds - 1) <= NEAR)
        speeds = speeds.after_reading(run.reading)
        speeds = speeds if run.writing is None else speeds.after_writing(run.writing, locked=run.locked)
    return sum(firsts) / len(firsts), sum(writes) / len(writes)


async def talked(engine: Engine) -> list[Measured]:
    """Of conversations, from the engine itself."""
    recorder, chance, talks, here = Recorder(engine), random.Random(5), dict[int, tuple[int, ...]](), 0
    while len(recorder.series) < RUNS:
        here = chance.choice([here, here, here, *range(4)])
        before = talks.get(here, ())
        again = before and chance.random() < 0.15
        asked = () if again else await _asked(engine, chance)
        prompt = before + asked
        if len(prompt) > LONGEST:
            talks.pop(here)
            continue
        sampling = Sampling(max_new_tokens=chance.choice([24, 48, 120]), seed=len(recorder.series))
        ids = list[int]()
        async with aclosing(recorder.generate(EngineRequest(prompt, sampling, f"talk {here}"))) as events:
            async for event in events:
                ids += getattr(event, "ids", ())
        talks[here] = prompt if again else (*prompt, *ids)
    return recorder.series


async def written(engine: Engine) -> list[Measured]:
    """Of articles, one after the other, each planned, written and polished by the desk itself."""
    recorder, store = Recorder(engine), MemoryStore().articles
    async with ArticleDesk(recorder, store, Lanes(lambda: False)) as desk:
        for seed in count(1):
            article = await desk.create(make_assignment(BRIEF, words=ARTICLE_WORDS, seed=seed))
            for begin in (desk.write, partial(desk.suggest, kind="polish", section_id=None)):
                async for _ in desk.jobs.follow((await begin(article)).id):
                    if len(recorder.series) >= RUNS:
                        return recorder.series[:RUNS]
    raise RuntimeError("an endless count came to its end")


async def _asked(engine: Engine, chance: random.Random) -> tuple[int, ...]:
    chat = await engine.chat_format()
    sentences = chance.choice([1, 1, 1, 2, 6, 20, 50])
    text = f"{chance.random()}" + "".join(chance.choice(SENTENCES) for _ in range(sentences))
    return chat.system_open + await engine.tokenize(text) + chat.answer_open


def _measured(run: Stopwatch) -> list[Measured]:
    """Nothing of a run that ended before its first word."""
    if run.reading is None:
        return []
    known = run.added_to(Speeds())
    return [Measured(run.reading, next(iter((*known.writings, *known.locked)), None), bool(known.locked))]


def dumped(series: Sequence[Measured]) -> str:
    """As a recording is written: numbers alone, one run a line, and "locked" where it is."""
    return "[\n" + ",\n".join(json.dumps(_raw(run)) for run in series) + "\n]\n"


def _raw(run: Measured) -> dict[str, Any]:
    raw = asdict(run)
    return raw if run.locked else {name: value for name, value in raw.items() if name != "locked"}


def read_series(path: Path) -> list[Measured]:
    """A recording; `ValueError` for what is none."""
    try:
        return [
            Measured(
                Reading(**run["reading"]), None if run["writing"] is None else Writing(**run["writing"]), run.get("locked", False)
            )
            for run in json.loads(path.read_text("utf-8"))
        ]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path.name} is no recorded series: {error!r}") from error


async def record(to: Path, model_id: str, series_of: Callable[[Engine], Awaitable[list[Measured]]]) -> None:
    """Writes a series on a real model down, to try other models of speed on."""
    with tempfile.TemporaryDirectory(prefix="hanmo-bench-") as directory:
        async with running_engine(Path(directory), real_model(model_id)) as engine:
            series = await series_of(engine)
    to.write_text(dumped(series), "utf-8")
    first, speed = near(series)
    print(f"{len(series)} runs; within ±25 %: {first:.0%} of first tokens, {speed:.0%} of speeds")


if __name__ == "__main__":
    series_of = (ARTICLE_MODEL, written) if "--article" in sys.argv else ("qwen2.5-coder-0.5b", talked)
    asyncio.run(record(Path(sys.argv[1]), *series_of))
