"""The preview is the prompt: the same ids, the same cost, and nothing is disturbed by looking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from hanmo.core.brief_fields import BriefFields, to_text
from hanmo.core.errors import EngineLost, HanmoError
from hanmo.core.values import Generation, Sampling
from hanmo.engine import FakeEngine
from hanmo.store import MemoryStore
from hanmo.work.conversations import Talk
from hanmo.work.drafts import Drafts
from hanmo.work.generations import Runner
from hanmo.work.live import EndEvent, TextEvent
from hanmo.work.ports import EngineState, EngineStatus
from hanmo.work.preview import Preview, Previewer
from hanmo.work.speeds import MeteredEngine, SpeedBook

TALE = "从前有座山，山里有座庙，庙里有个老和尚🧙在讲故事。" * 3
BRIEF = BriefFields(role="小说家", task="写一个故事", words=80, text="讲一座山。")
SAMPLING = Sampling(max_new_tokens=40)


class Sleepy(FakeEngine):
    """One whose state can be set, and that may be lost while it counts."""

    state: EngineState | None = None
    lost = False

    def status(self) -> EngineStatus:
        return replace(super().status(), state=self.state) if self.state else super().status()

    async def tokenize(self, text: str) -> tuple[int, ...]:
        if self.lost:
            raise EngineLost("engine_died")
        return await super().tokenize(text)


@dataclass
class Desk:
    engine: MeteredEngine
    sleepy: Sleepy
    store: MemoryStore
    runner: Runner
    talk: Talk
    previewer: Previewer

    async def new(self) -> str:
        return (await self.store.conversations.create()).id

    async def preview(
        self, fields: BriefFields, conversation: str | None = None, parent: str | None = None, sampling: Sampling = SAMPLING
    ) -> Preview:
        text = to_text(fields, "zh")
        return await self.previewer.preview(
            text, fields, sampling, self.engine.speeds, conversation_id=conversation, parent_id=parent
        )

    async def send(self, fields: BriefFields, conversation: str, parent: str | None = None) -> Generation:
        sampling: dict[str, object] = {"max_new_tokens": SAMPLING.max_new_tokens}
        turn = await self.talk.send(conversation, to_text(fields, "zh"), sampling=sampling, parent_id=parent, brief=fields)  # type: ignore[arg-type]
        async for event in self.runner.follow(turn.generation_id):
            if isinstance(event, EndEvent):
                return await self.store.generations.get(turn.generation_id)
        raise AssertionError("no end")


@asynccontextmanager
async def desk(n_ctx: int = 8192, step_s: float = 0.0) -> AsyncIterator[Desk]:
    sleepy, store = Sleepy(lambda _: TALE, n_ctx=n_ctx, step_s=step_s), MemoryStore()
    engine = MeteredEngine(sleepy, SpeedBook())
    async with Runner(engine, store.generations, queue_limit=4) as runner:
        talk = Talk(store.conversations, store.generations, runner)
        yield Desk(engine, sleepy, store, runner, talk, Previewer(engine, Drafts(store.conversations, store.generations)))


async def test_what_was_shown_is_what_is_sent_turn_after_turn() -> None:
    async with desk() as d:
        conversation = await d.new()
        for fields in (BRIEF, BriefFields(text="再写一个。"), BriefFields(task="改成结局团圆")):
            shown = await d.preview(fields, conversation)
            sent = await d.send(fields, conversation)
            assert shown.cost is not None
            assert shown.prompt == await d.engine.text_of(sent.prompt_ids)
            assert (shown.cost.tokens, shown.cost.cached_tokens) == (sent.timings.prompt_tokens, sent.timings.cached_tokens)
            assert shown.messages[-1].text == to_text(fields, "zh")


async def test_the_messages_are_the_rules_the_history_and_the_new_one() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(BriefFields(text="一"), conversation)
        shown = await d.preview(BriefFields(text="二"), conversation)
        assert [said.role for said in shown.messages] == ["system", "user", "assistant", "user"]
        assert "翰墨" in shown.messages[0].text
        assert [said.text for said in shown.messages[1:]] == ["一", TALE[:40], "二"]
        assert shown.dropped == ()


async def test_what_of_the_history_is_left_out_is_named() -> None:
    async with desk(n_ctx=700) as d:
        conversation = await d.new()
        for number in range(4):
            await d.send(BriefFields(text=f"{number}" + "山" * 90), conversation)
        shown = await d.preview(BriefFields(text="末" * 90), conversation)
        sent = await d.send(BriefFields(text="末" * 90), conversation)
        assert len(shown.dropped) == sent.dropped_messages > 0
        assert shown.dropped[0].text.startswith("0")
        assert shown.messages[1].text not in [said.text for said in shown.dropped]


async def test_a_preview_under_another_answer_is_of_that_path() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(BriefFields(text="一"), conversation)
        first = (await d.store.conversations.get(conversation)).active_id
        await d.send(BriefFields(text="二"), conversation)
        shown = await d.preview(BriefFields(text="三"), conversation, first)
        sent = await d.send(BriefFields(text="三"), conversation, first)
        assert shown.cost is not None
        assert shown.prompt == await d.engine.text_of(sent.prompt_ids)
        assert "二" not in [said.text for said in shown.messages]


async def test_looking_disturbs_nothing_that_runs() -> None:
    async with desk(step_s=0.002) as d:
        running, other = await d.new(), await d.new()
        turn = await d.talk.send(running, "讲个故事")
        shown = None
        text = ""
        async for event in d.runner.follow(turn.generation_id):
            if isinstance(event, TextEvent):
                text += event.text
                shown = shown or await d.preview(BRIEF, other)
        assert shown is not None
        assert shown.cost is not None
        assert text == TALE
        assert len(d.sleepy.requests) == 1
        assert (await d.store.conversations.get(other)).messages == ()


@pytest.mark.parametrize("state", ["stopped", "starting", "asleep", "failed", "waiting"])
async def test_without_a_model_there_are_no_counts_and_everything_else(state: EngineState) -> None:
    async with desk() as d:
        d.sleepy.state = state
        shown = await d.preview(BriefFields(text="写一篇小说，讲一座灯塔，2000 字。"))
        assert shown.cost is None
        assert [said.role for said in shown.messages] == ["system", "user"]
        assert {each.kind for each in shown.review.cautions} == {"length_over_tokens", "no_role"}
        assert shown.preset == "long"


async def test_an_engine_that_goes_away_meanwhile_only_takes_the_counts_with_it() -> None:
    async with desk() as d:
        d.sleepy.lost = True
        assert (await d.preview(BRIEF)).cost is None


async def test_a_prompt_that_does_not_fit_is_said_to_be_too_long() -> None:
    async with desk(n_ctx=300) as d:
        shown = await d.preview(BriefFields(text="山" * 400))
        assert shown.cost is None
        assert shown.review.cautions[0].kind == "prompt_too_long"
        assert int(shown.review.cautions[0].params["tokens"]) > int(shown.review.cautions[0].params["limit"])


async def test_seconds_come_from_what_was_measured_here() -> None:
    async with desk() as d:
        cold = await d.preview(BRIEF)
        assert cold.cost is not None
        assert cold.cost.seconds_to_first_token is None
        conversation = await d.new()
        await d.send(BriefFields(text="山" * 50), conversation)
        warm, short = await d.preview(BRIEF, conversation, sampling=Sampling()), await d.preview(BRIEF, conversation)
        assert warm.cost is not None
        assert short.cost is not None
        first = d.engine.speeds.seconds_to_first_token(warm.cost.tokens - warm.cost.cached_tokens, warm.cost.tokens)
        assert first is not None
        assert warm.cost.seconds_to_first_token == first > 0
        assert BRIEF.words is not None
        assert warm.cost.words == BRIEF.words
        assert warm.cost.seconds_to_end is not None
        assert warm.cost.seconds_to_end > first
        most = SAMPLING.max_new_tokens * (d.engine.speeds.words_per_token("zh") or 0)
        assert short.cost.words == round(most) < BRIEF.words, "no longer than it may become"


async def test_what_could_not_be_sent_cannot_be_previewed() -> None:
    async with desk() as d:
        conversation = await d.new()
        await d.send(BriefFields(text="一"), conversation)
        question = (await d.store.conversations.get(conversation)).messages[0].id
        for where, parent, code in (
            ("0" * 32, None, "conversation_not_found"),
            (conversation, "0" * 32, "message_not_found"),
            (conversation, question, "parent_not_answer"),
            (None, "0" * 32, "message_not_found"),
        ):
            with pytest.raises(HanmoError) as refused:
                await d.preview(BRIEF, where, parent)
            assert refused.value.code == code
