"""How fast an engine reads and writes here: short runs through the `Engine` port, timed by the engine itself.

Rules
  * Nothing is read from the cache that is meant to be read cold: each prompt begins with other tokens than the one before.
  * Other programs only make a run slower, so the best of a few runs counts.
  * The work is a passing one (`work=None`): nothing of it is kept.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from hanmo.core.flows.edits import ASK, EDITOR, edits_grammar
from hanmo.core.flows.edits import SAMPLING as EDITS_SAMPLING
from hanmo.core.flows.refusal import Correcting
from hanmo.core.text import sentences
from hanmo.core.tuning import Speed
from hanmo.core.values import Sampling, Timings
from hanmo.work.ports import Engine, EngineDone, EngineRequest

AGAIN_BELOW_S = 6.0
"""What takes longer is measured once: a slow machine has no time for more."""
READ_TOKENS, WRITTEN_TOKENS, COPIED_TOKENS = 128, 32, 96
"""Of a quick look at a setting."""
DEEP_RUNS = 3
SLOW = 8.0
"""Tokens a second: below, copying half as many is enough to wait for."""
TEXT_SENTENCES = 3
"""Of the passage, for a text that is to be continued or corrected."""
STEPS = (1, 2, 4, 8, 16, 32, 49)
"""How many tokens are put through the engine at once; 49 is the longest draft and the token before it."""
BEFORE_STEP = 64

PASSAGE = (
    "老城的早晨是从豆浆的气味开始的。天还没有亮透，巷口的小店已经支起了两张矮桌，蒸笼里的白汽顺着屋檐往上爬，遇到冷风又折回来，落在行人的肩上。"
    "卖报的老人把车停在梧桐树下，车筐里除了报纸，还有一只半旧的收音机，正播着昨夜的雨量。我沿着石板路往河边走，鞋底沾着碎叶，"
    "心里想着那封迟迟没有写完的信。河水比前几天涨了一些，几条木船靠在埠头，船板上晾着渔网和青色的布。对岸的学校响了第一遍铃，"
    "孩子们从桥上跑过去，书包拍打着后背，声音像一小阵急雨。我在石阶上坐下来，掏出本子，把能记住的都写了下来：气味，光线，铃声，还有水面上慢慢散开的雾。"
)
"""Ordinary prose, about 300 characters."""
SYSTEM = "你是一位中文写作者。"
GO_ON = "接着往下写一段，写河边的下午，不要重复前面的话。"


@dataclass(frozen=True, slots=True)
class Corrected:
    """Sentences that are to be corrected, as a flow asks for them."""

    kind: Correcting
    ids: tuple[int, ...]
    grammar: str


@dataclass(frozen=True, slots=True)
class Prompts:
    """The token ids of what is asked: prose to be read, a text that is to be continued, and the same text to be polished sentence by sentence
    and proofread as one."""

    passage: tuple[int, ...]
    free: tuple[int, ...]
    copied: tuple[Corrected, ...]


async def prompts_for(engine: Engine) -> Prompts:
    """In the words of the model that is loaded."""
    chat = await engine.chat_format()
    lines = [PASSAGE[start:end] for start, end in sentences(PASSAGE)][:TEXT_SENTENCES]

    async def ids(system: str, text: str) -> tuple[int, ...]:
        return chat.system_open + await engine.tokenize(system) + chat.system_close + await engine.tokenize(text) + chat.answer_open

    async def corrected(kind: Correcting, numbered: Mapping[int, str]) -> Corrected:
        listed = "\n".join(f"{i}. {line}" for i, line in numbered.items())
        ask = ASK[kind]["zh"].format(sentences=listed, n=min(numbered))
        return Corrected(kind, await ids(EDITOR["zh"], ask), edits_grammar([*numbered]))

    numbered = dict(enumerate(lines, 1))
    singly = [await corrected("polish", {i: line}) for i, line in numbered.items()]
    return Prompts(
        passage=await engine.tokenize(PASSAGE),
        free=await ids(SYSTEM, f"{''.join(lines)}\n\n{GO_ON}"),
        copied=(*singly, await corrected("proofread", numbered)),
    )


class Probe:
    """Measures one engine as it is loaded now."""

    def __init__(self, engine: Engine, prompts: Prompts) -> None:
        self._engine, self._prompts = engine, prompts
        self._turn = 0

    async def speed(self, *, copied: bool = False) -> Speed:
        """Reading and free writing, and with `copied` correcting a text that needs no correction."""
        read = await self.best(lambda: self.reading(READ_TOKENS))
        written = await self.best(lambda: self.writing(WRITTEN_TOKENS))
        enough = COPIED_TOKENS // 2 if written < SLOW else COPIED_TOKENS
        return Speed(read, written, await self.best(lambda: self.copying(enough)) if copied else 0.0)

    async def deep(self, depth: int) -> Speed:
        """Reading so many tokens, and writing behind them: the prompt is read once, so that writing can be measured a few times."""
        prompt, runs = self._fresh(depth), list[Timings]()
        for _ in range(DEEP_RUNS):
            runs.append(await self._run(prompt, Sampling(max_new_tokens=WRITTEN_TOKENS, seed=self._next_turn())))
        return Speed(runs[0].prompt_tokens_per_second or 0.0, max(run.tokens_per_second or 0.0 for run in runs))

    async def best(self, measure: Callable[[], Awaitable[float]]) -> float:
        """The better of two runs, or the only one where it took long."""
        began = time.monotonic()
        first = await measure()
        return max(first, await measure()) if time.monotonic() - began < AGAIN_BELOW_S else first

    async def reading(self, num_tokens: int) -> float:
        """Tokens a second of a prompt that was never read before."""
        timings = await self._run(self._fresh(num_tokens), Sampling(max_new_tokens=1))
        return timings.prompt_tokens_per_second or 0.0

    async def writing(self, num_tokens: int) -> float:
        """Tokens a second of prose that goes on from a text."""
        timings = await self._run(self._prompts.free, Sampling(max_new_tokens=num_tokens, seed=self._next_turn()))
        return timings.tokens_per_second or 0.0

    async def copying(self, num_tokens: int) -> float:
        """Tokens a second of polishing a text sentence by sentence and then proofreading it, of which at most `num_tokens` each: what is copied
        whole gains most by drafts, and a model that polishes copies little."""
        tokens, seconds = 0, 0.0
        for each in self._prompts.copied:
            sampling = replace(EDITS_SAMPLING[each.kind], max_new_tokens=num_tokens, seed=7)
            run = await self._run(each.ids, sampling, each.grammar)
            tokens += run.generated_tokens
            seconds += run.generated_tokens / run.tokens_per_second if run.tokens_per_second else 0.0
        return tokens / seconds if seconds else 0.0

    async def steps(self) -> dict[int, float]:
        """Seconds that so many tokens take at once, behind a prompt that stands in the cache."""
        base = self._fresh(BEFORE_STEP)
        await self._run(base, Sampling(max_new_tokens=1))
        seconds: dict[int, float] = {}
        for size in STEPS:
            seconds[size] = size / max(await self.best(partial(self._behind, base, size)), 0.001)
        return seconds

    async def _behind(self, base: tuple[int, ...], size: int) -> float:
        """Tokens a second of a step behind `base`."""
        timings = await self._run(base + self._fresh(size), Sampling(max_new_tokens=1))
        return timings.prompt_tokens_per_second or 0.0

    def _fresh(self, num_tokens: int) -> tuple[int, ...]:
        """Prose that begins somewhere else each time."""
        passage, at = self._prompts.passage, self._next_turn() * 7
        return tuple(passage[(at + i) % len(passage)] for i in range(num_tokens))

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    async def _run(self, prompt: Sequence[int], sampling: Sampling, grammar: str | None = None) -> Timings:
        request = EngineRequest(tuple(prompt), sampling, None, grammar=grammar)
        async with aclosing(self._engine.generate(request)) as events:
            async for event in events:
                if isinstance(event, EngineDone):
                    return event.timings
        raise RuntimeError("an engine ended without EngineDone")
