"""Nothing is read twice: for each kind of turn the new prompt starts with what stands in the cache, id for id, as far as it can."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from hanmo.core.values import Generation
from hanmo.engine import FakeEngine
from hanmo.engine.fake import CLOSE
from hanmo.engine.slot_files import common_prefix
from hanmo.store import MemoryStore
from hanmo.work.articles import SteerAction
from hanmo.work.conversations import Talk
from hanmo.work.generations import Runner
from hanmo.work.live import EndEvent
from hanmo.work.ports import EngineEvent, EngineRequest, TextPiece
from tests.fakes.studio import studio as says
from tests.work.studio import SENTENCE, Pen, studio

TALE = "从前有座山，山里有座庙，庙里有个老和尚🧙在讲故事。" * 6
LONG = "讲个故事，要长。" * 10


WRITTEN = 0x200000


class TwofoldIds(FakeEngine):
    """Writes every letter with another id than the one it is tokenized to, as a real model may; `left` are the ids that stand in the caches."""

    def __init__(self, says: Callable[[str], str]) -> None:
        super().__init__(says)
        self.left: dict[str | None, tuple[int, ...]] = {}
        self.asked: list[tuple[int, ...]] = []

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        self.asked.append(request.prompt_ids)
        ids = request.prompt_ids
        async with aclosing(super().generate(replace(request, prompt_ids=plain(ids)))) as events:
            async for event in events:
                if isinstance(event, TextPiece):
                    event = TextPiece(event.text, tuple(WRITTEN + token for token in event.ids))
                    ids += event.ids
                self.left[request.work] = ids
                yield event

    async def remembered(self, work: str) -> tuple[int, ...]:
        return self.left.get(work, ())

    async def text_of(self, ids: Sequence[int]) -> str:
        return await super().text_of(plain(ids))


def plain(ids: Sequence[int]) -> tuple[int, ...]:
    return tuple(token - WRITTEN if token >= WRITTEN else token for token in ids)


@dataclass
class Desk:
    engine: FakeEngine
    store: MemoryStore
    runner: Runner
    talk: Talk
    conversation: str

    async def end(self, generation_id: str) -> Generation:
        async for event in self.runner.follow(generation_id):
            if isinstance(event, EndEvent):
                return await self.store.generations.get(generation_id)
        raise AssertionError("no end")

    async def send(self, text: str, **more: str) -> Generation:
        turn = await self.talk.send(self.conversation, text, sampling={"max_new_tokens": 50}, **more)  # type: ignore[arg-type]
        return await self.end(turn.generation_id)


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    engine, store = TwofoldIds(lambda _: TALE), MemoryStore()
    async with Runner(engine, store.generations, queue_limit=8) as runner:
        conversation = (await store.conversations.create()).id
        yield Desk(engine, store, runner, Talk(store.conversations, store.generations, runner), conversation)


def ledger(generation: Generation) -> tuple[int, ...]:
    return (*generation.prompt_ids, *generation.output_ids)


def read(generation: Generation) -> int:
    return generation.timings.prompt_tokens - generation.timings.cached_tokens


# --------------------------------------------------------------------------------------------------------------- conversations


async def test_a_message_is_appended_to_all_that_was_said() -> None:
    async with desk() as d:
        first = await d.send(LONG)
        second = await d.send("再讲一个")
        assert second.prompt_ids[: len(ledger(first))] == ledger(first)
        assert 0 < read(second) <= len("再讲一个") + 4
        assert second.timings.cached_tokens > 0


async def test_another_answer_has_the_prompt_of_the_first_one() -> None:
    async with desk() as d:
        await d.send(LONG)
        first = await d.send("再讲一个")
        again = await d.end((await d.talk.answer_again(d.conversation, first.message_id)).generation_id)
        assert again.prompt_ids == first.prompt_ids
        assert read(again) == 1
        third = await d.send("第三个")
        assert third.prompt_ids[: len(ledger(again))] == ledger(again)


async def test_going_on_is_appended_to_the_answer_itself() -> None:
    async with desk() as d:
        first = await d.send(LONG)
        more = await d.end((await d.talk.go_on(first.id)).generation_id)
        assert more.prompt_ids == ledger(first)
        assert read(more) <= 1
        later = await d.send("再讲一个")
        assert later.prompt_ids[: len(ledger(more))] == ledger(more)


async def test_another_version_of_a_question_keeps_all_before_it() -> None:
    async with desk() as d:
        first = await d.send(LONG)
        await d.send("再讲一个长的。" * 10)
        question = (await d.store.conversations.get(d.conversation)).messages[2].id
        changed = await d.send("换一个讲法", beside_id=question)
        assert changed.prompt_ids[: len(ledger(first))] == ledger(first)
        assert read(changed) <= len("换一个讲法") + 4


async def test_a_branch_that_is_shown_again_is_gone_on_with() -> None:
    async with desk() as d:
        first = await d.send(LONG)
        again = await d.end((await d.talk.answer_again(d.conversation, first.message_id)).generation_id)
        await d.talk.choose(d.conversation, first.message_id)
        back = await d.send("接着第一个讲")
        assert back.prompt_ids[: len(ledger(first))] == ledger(first)
        assert again.prompt_ids == first.prompt_ids


async def test_of_four_turns_three_are_appended_under_a_limit_of_rounds() -> None:
    async with desk() as d:
        await d.store.conversations.set_rounds(d.conversation, 5)
        sent = [await d.send(f"第{i}个" + LONG) for i in range(18)]
        appended = [after.prompt_ids[: len(ledger(before))] == ledger(before) for before, after in pairwise(sent)]
        assert appended[8:] == [False, True, True, True, False, True, True, True, False]
        assert all(read(turn) <= len("第10个") + len(LONG) + 4 for turn, kept in zip(sent[1:], appended, strict=True) if kept)


async def test_after_a_clearing_a_new_beginning_is_appended_to() -> None:
    async with desk() as d:
        await d.send(LONG)
        last = await d.send("再讲一个")
        await d.talk.clear(d.conversation, last.message_id, True)
        cleared = await d.send("从头讲")
        assert common_prefix(cleared.prompt_ids, ledger(last)) == cleared.prompt_ids.index(CLOSE) + 1, "the rules stay"
        later = await d.send("再讲一个")
        assert later.prompt_ids[: len(ledger(cleared))] == ledger(cleared)
        assert read(later) <= len("再讲一个") + 4


async def test_every_generation_says_what_it_found_in_the_cache() -> None:
    async with desk() as d:
        first = await d.send(LONG)
        generations = [await d.send("二"), await d.end((await d.talk.answer_again(d.conversation, first.message_id)).generation_id)]
        assert first.timings.cached_tokens == 0
        assert all(g.timings.cached_tokens > 0 for g in generations)
        assert all(g.timings.prompt_tokens == len(g.prompt_ids) for g in (first, *generations))


# -------------------------------------------------------------------------------------------------------------------- articles


class Twofold(TwofoldIds, Pen):
    """An article's."""

    def __init__(self) -> None:
        super().__init__(says)


def own(engine: Pen) -> list[EngineRequest]:
    """The requests in the article's own cache, in order."""
    return [request for request in engine.requests if request.work]


def num_read(engine: Pen) -> list[int]:
    return [total - cached for total, cached in engine.first_reads]


async def test_plan_and_sections_share_what_was_asked() -> None:
    async with studio(Pen(says)) as s:
        article_id = await s.new(1600)
        await s.end(await s.desk.plan(article_id))
        plan = s.engine.requests[-1]
        await s.write(article_id)
        first = own(s.engine)[1]
        brief = (await s.get(article_id)).assignment.brief
        shared = common_prefix(plan.prompt_ids, first.prompt_ids)
        text = await s.engine.text_of(plan.prompt_ids[:shared])
        assert brief in text


async def test_each_section_is_appended_to_those_before() -> None:
    async with studio(Pen(says)) as s:
        article_id = await s.planned(80, 80, 80)
        await s.write(article_id)
        requests = own(s.engine)
        for before, after in pairwise(requests):
            assert after.prompt_ids[: len(before.prompt_ids)] == before.prompt_ids
        assert max(num_read(s.engine)[1:]) < 60, "of each later request only the line that asks"


class Curt(Pen):
    """Ends after two sentences, so that each answer is opened again."""

    def __init__(self) -> None:
        super().__init__(lambda prompt: "。".join(says(prompt).split("。")[:3]) + "。")


async def test_a_section_that_is_opened_again_is_appended_to_its_own_text() -> None:
    async with studio(Curt()) as s:
        article_id = await s.planned(120)
        await s.change(article_id, [replace(section, points=()) for section in await s.plan_of(article_id)])
        await s.write(article_id)
        requests = own(s.engine)
        assert len(requests) > 2
        for before, after in pairwise(requests):
            shared = common_prefix(before.prompt_ids, after.prompt_ids)
            assert shared > len(before.prompt_ids) - SENTENCE, "the beginning of a sentence may be taken back"
        assert max(num_read(s.engine)[1:]) < SENTENCE


@pytest.mark.parametrize("action", ["shorter", "longer", "enough", "skip"])
async def test_what_the_user_says_of_one_section_leaves_the_prompt_as_it_was_read(action: SteerAction) -> None:
    async with studio(Pen(says)) as s:
        article_id = await s.planned(80, 80, 80, 80)
        job = await s.held(article_id, 120)  # in the second section
        num_before = len(own(s.engine))
        await s.desk.steer(article_id, action, "")
        s.engine.go_on()
        await s.end(job)
        assert max(num_read(s.engine)[num_before:]) < 60, "of each later request only the line that asks"


async def test_another_length_in_the_plan_leaves_the_prompt_as_it_was_read() -> None:
    async with studio(Pen(says)) as s:
        article_id = await s.written(80, 80, 80, 80)
        num_before = len(own(s.engine))
        page = [replace(section, asked=None) for section in await s.plan_of(article_id)]  # which knows nothing of it
        await s.change(article_id, [*page[:3], replace(page[3], words=200)])
        await s.write(article_id)
        assert max(num_read(s.engine)[num_before:]) < 60, "only the line that asks"


async def test_what_another_job_wrote_is_not_taken_apart_again() -> None:
    engine, store = Twofold(), MemoryStore()
    async with studio(engine, store) as s:
        article_id = await s.planned(80, 120)
        await s.held(article_id, 140)
        await s.desk.pause(article_id)
        left = engine.left[f"article:{article_id}"]
        engine.go_on()
    before = len(engine.asked)
    async with studio(engine, store) as s:  # paused, and started again
        await s.write(article_id)
    prompt = engine.asked[before]
    shared = common_prefix(left, prompt)
    assert len(left) - shared <= SENTENCE, "the sentence in flight at most"
    assert len(prompt) - shared <= 1
    assert engine.first_reads[before][0] - engine.first_reads[before][1] <= 1


async def test_a_text_that_was_changed_by_hand_is_taken_from_the_cache_up_to_the_change() -> None:
    engine = Twofold()
    async with studio(engine) as s:
        article_id = await s.planned(80, 120)
        await s.held(article_id, 140)
        await s.desk.pause(article_id)
        left = engine.left[f"article:{article_id}"]
        engine.go_on()
        first = (await s.texts(article_id))["s1"]
        await s.desk.set_text(article_id, "s1", first[:60] + "改" + first[60:])
        before = len(engine.asked)
        await s.write(article_id)
    text = await engine.text_of(engine.asked[before][: common_prefix(left, engine.asked[before])])
    assert text.endswith(first[40:60])


@pytest.mark.parametrize("kind", ["polish", "proofread"])
async def test_looking_over_leaves_the_cache_of_the_article_alone(kind: str) -> None:
    async with studio(Pen(says)) as s:
        article_id = await s.written(60, 60)
        before = len(s.engine.requests)
        await s.end(await s.desk.suggest(article_id, kind, None))  # type: ignore[arg-type]
        asked = s.engine.requests[before:]
        assert asked
        assert all(request.work is None for request in asked)
        shared = min(common_prefix(a.prompt_ids, b.prompt_ids) for a, b in pairwise(asked))
        assert shared >= len("你是一位细心的中文编辑。") + 2, "who they are, and the mark of a question"


async def test_a_summary_is_appended_to_the_titles() -> None:
    async with studio(Pen(says)) as s:
        article_id = await s.written(100)
        before = len(s.engine.requests)
        await s.end(await s.desk.title(article_id))
        titles, *more = s.engine.requests[before:]
        assert more
        assert all(request.prompt_ids[: len(titles.prompt_ids)] == titles.prompt_ids for request in more)
        assert max(num_read(s.engine)[before + 1 :]) < 60


async def test_a_rewrite_that_is_opened_again_is_appended_to() -> None:
    async with studio(Curt()) as s:
        article_id = await s.written(120)
        before = len(s.engine.requests)
        await s.end(await s.desk.rewrite(article_id, "s1", "expand", "", None, None))
        asked = s.engine.requests[before:]
        assert len(asked) > 1
        for one, next_one in pairwise(asked):
            assert common_prefix(one.prompt_ids, next_one.prompt_ids) >= len(one.prompt_ids) - 2
        assert max(num_read(s.engine)[before + 1 :]) < 10
