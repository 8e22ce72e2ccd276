"""How fast an engine reads and writes here: short runs through the `Engine` port, timed by the engine itself.

Rules
  * Nothing is read from the cache that is meant to be read cold: each prompt begins with other tokens than the one before. Nothing is read
    again that need not be: what is written, and what is put through at once, follows the prompt that was just read.
  * How much is measured is said by `Sizes`. No run is broken off: `OutOfTime` comes between two.
  * The work is a passing one (`work=None`): nothing of it is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import pairwise

from hanmo.core.flows.edits import ASK, EDITOR, edits_grammar
from hanmo.core.flows.edits import SAMPLING as EDITS_SAMPLING
from hanmo.core.flows.refusal import Correcting
from hanmo.core.text import sentences
from hanmo.core.tuning import Speed
from hanmo.core.values import Sampling, Timings
from hanmo.work.ports import ChatFormat, Engine, EngineDone, EngineRequest
from hanmo.work.sizes import DEEP_RUNS, DEEP_TOKENS, GLANCE_READ, GLANCE_WRITTEN, STEPS, Sizes

AROUND_COPIES = 12
"""Tokens of an answer that has one sentence, beside the sentence."""
LEAST_PASSAGE = 16
"""Tokens of prose in the prompt of free writing, however much else there is in it."""

PASSAGE = (
    "老城的早晨是从豆浆的气味开始的。天还没有亮透，巷口的小店已经支起了两张矮桌，蒸笼里的白汽顺着屋檐往上爬，遇到冷风又折回来，落在行人的肩上。"
    "卖报的老人把车停在梧桐树下，车筐里除了报纸，还有一只半旧的收音机，正播着昨夜的雨量。我沿着石板路往河边走，鞋底沾着碎叶，"
    "心里想着那封迟迟没有写完的信。河水比前几天涨了一些，几条木船靠在埠头，船板上晾着渔网和青色的布。对岸的学校响了第一遍铃，"
    "孩子们从桥上跑过去，书包拍打着后背，声音像一小阵急雨。我在石阶上坐下来，掏出本子，把能记住的都写了下来：气味，光线，铃声，还有水面上慢慢散开的雾。"
)
"""Ordinary prose, about 300 characters."""
SYSTEM = "你是一位中文写作者。"
GO_ON = "接着往下写一段，写河边的下午，不要重复前面的话。"


class OutOfTime(Exception):
    """No further run is begun."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """Sentences that are to be corrected, as a flow asks for them; a good answer has about `written` tokens."""

    kind: Correcting
    ids: tuple[int, ...]
    grammar: str
    written: int


@dataclass(frozen=True, slots=True)
class Prompts:
    """The token ids of what is asked: prose to be read; what stands before and after prose that is to be continued; by the numbers of
    sentences, these polished one by one and then proofread together."""

    passage: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    corrected: Mapping[tuple[int, ...], tuple[Corrected, ...]]

    def corrections(self, numbers: tuple[int, ...]) -> list[tuple[int, int]]:
        """Of each correction: tokens that do not stand in the cache after the one before, and tokens that are written."""
        asked = self.corrected[numbers]
        cached = (0, *(_shared(one.ids, other.ids) for one, other in pairwise(asked)))
        return [(len(each.ids) - known, each.written) for each, known in zip(asked, cached, strict=True)]


async def prompts_for(engine: Engine, corrected: Sequence[tuple[int, ...]]) -> Prompts:
    """In the words of the model that is loaded; `corrected` are the numbers of sentences."""
    chat = await engine.chat_format()
    lines = dict(enumerate((PASSAGE[start:end] for start, end in sentences(PASSAGE)), 1))
    opening = chat.system_open + await engine.tokenize(SYSTEM) + chat.system_close
    return Prompts(
        passage=await engine.tokenize(PASSAGE),
        before=opening,
        after=await engine.tokenize(f"\n\n{GO_ON}") + chat.answer_open,
        corrected={numbers: await _corrections(engine, chat, {n: lines[n] for n in numbers}) for numbers in corrected},
    )


async def _corrections(engine: Engine, chat: ChatFormat, lines: Mapping[int, str]) -> tuple[Corrected, ...]:
    """The first sentence comes last among those that are polished: proofreading them all begins with it, too."""
    asked: list[tuple[Correcting, dict[int, str]]] = [("polish", {n: line}) for n, line in lines.items()]
    asked.append(("proofread", dict(sorted(lines.items()))))
    opening = chat.system_open + await engine.tokenize(EDITOR["zh"]) + chat.system_close
    found = []
    for kind, numbered in asked:
        listed = "\n".join(f"{n}. {line}" for n, line in numbered.items())
        ids = opening + await engine.tokenize(ASK[kind]["zh"].format(sentences=listed, n=min(numbered))) + chat.answer_open
        written = len(await engine.tokenize(listed)) + AROUND_COPIES * len(numbered)
        found.append(Corrected(kind, ids, edits_grammar([*numbered]), written))
    return tuple(found)


class Probe:
    """Measures one engine as it is loaded now. Every run may raise `OutOfTime`, once `late()` says so."""

    def __init__(self, engine: Engine, prompts: Prompts, late: Callable[[], bool] = lambda: False) -> None:
        self._engine, self._prompts, self._late = engine, prompts, late
        self._turn = 0
        self._read: tuple[int, ...] = ()

    async def glance(self) -> Speed:
        """What a few tokens say."""
        return _speed(await self._run(self._fresh(GLANCE_READ), Sampling(max_new_tokens=GLANCE_WRITTEN)))

    async def look(self, sizes: Sizes, lost: Callable[[Speed], bool] = lambda _: False) -> Speed:
        """Reading and free writing. A setting that has `lost` is not measured again."""
        read = written = 0.0
        for _ in range(sizes.runs):
            self._read = self._free(sizes.read)
            speed = _speed(await self._run(self._read, self._writing(sizes.written)))
            read, written = max(read, speed.read), max(written, speed.written)
            if lost(speed):
                break
        return Speed(read, written)

    async def writing(self, sizes: Sizes) -> float:
        """Tokens a second of free writing, behind what was read last."""
        return _speed(await self._run(self._read, self._writing(sizes.written))).written

    async def deep(self, sizes: Sizes) -> Speed:
        """Reading a long text, and writing behind it: it is read once, so that writing can be measured a few times."""
        prompt = self._fresh(DEEP_TOKENS)
        runs = [_speed(await self._run(prompt, self._writing(sizes.written))) for _ in range(DEEP_RUNS)]
        return Speed(runs[0].read, max(run.written for run in runs))

    async def reading(self, num_tokens: int) -> float:
        """Tokens a second of a prompt that was never read before."""
        return _speed(await self._run(self._fresh(num_tokens), Sampling(max_new_tokens=1))).read

    async def copying(self, sizes: Sizes) -> float:
        """Tokens a second of polishing sentences one by one and then proofreading them together: what is copied whole gains most by drafts,
        and a model that polishes copies little."""
        return max([await self._copied(sizes) for _ in range(sizes.runs)])

    async def steps(self, sizes: Sizes) -> dict[int, float]:
        """Seconds that so many tokens take at once, behind what was read last."""
        seconds: dict[int, float] = {}
        for size in STEPS:
            runs = [await self._run(self._read + self._fresh(size), Sampling(max_new_tokens=1)) for _ in range(sizes.runs)]
            seconds[size] = size / max(0.001, *(_speed(run).read for run in runs))
        return seconds

    async def _copied(self, sizes: Sizes) -> float:
        tokens, seconds = 0, 0.0
        for each in self._prompts.corrected[sizes.sentences]:
            sampling = replace(EDITS_SAMPLING[each.kind], max_new_tokens=sizes.copied, seed=7)
            run = await self._run(each.ids, sampling, each.grammar)
            tokens += run.generated_tokens
            seconds += run.generated_tokens / run.tokens_per_second if run.tokens_per_second else 0.0
        return tokens / seconds if seconds else 0.0

    def _free(self, num_tokens: int) -> tuple[int, ...]:
        """A prompt of so many tokens that asks to go on."""
        before, after = self._prompts.before, self._prompts.after
        return before + self._fresh(max(LEAST_PASSAGE, num_tokens - len(before) - len(after))) + after

    def _fresh(self, num_tokens: int) -> tuple[int, ...]:
        """Prose that begins somewhere else each time."""
        passage, at = self._prompts.passage, self._next_turn() * 7
        return tuple(passage[(at + i) % len(passage)] for i in range(num_tokens))

    def _writing(self, num_tokens: int) -> Sampling:
        return Sampling(max_new_tokens=num_tokens, seed=self._next_turn())

    def _next_turn(self) -> int:
        self._turn += 1
        return self._turn

    async def _run(self, prompt: Sequence[int], sampling: Sampling, grammar: str | None = None) -> Timings:
        if self._late():
            raise OutOfTime
        request = EngineRequest(tuple(prompt), sampling, None, grammar=grammar)
        async with aclosing(self._engine.generate(request)) as events:
            async for event in events:
                if isinstance(event, EngineDone):
                    return event.timings
        raise RuntimeError("an engine ended without EngineDone")


def _speed(run: Timings) -> Speed:
    return Speed(run.prompt_tokens_per_second or 0.0, run.tokens_per_second or 0.0)


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens with which both begin."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
