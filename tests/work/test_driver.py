"""Driving flows: stopped anywhere and gone on with, a text comes out the same; prompts only grow; what repeats is taken back."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from hanmo.core.articles import Article, RevisionKind
from hanmo.core.errors import EngineLost
from hanmo.core.flows.content import telling_words
from hanmo.core.text import sentences
from hanmo.engine.slot_files import common_prefix
from hanmo.store import MemoryStore, Store
from hanmo.work.article_ports import Articles
from hanmo.work.driver import LOST_TIMES
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import EngineEvent, EngineRequest, TextPiece
from tests.work.novelist import WORDS, novelist, sentence
from tests.work.studio import SENTENCE, Mortal, Pen, Relapsing, Studio, at_desk, studio

LENGTHS = (45, 60)
POINTS = 50


async def whole(engine: Pen) -> tuple[dict[str, str], int, int]:
    """The texts of an uninterrupted article, the pieces it took, and its steps."""
    async with studio(engine) as s:
        article_id = await s.written(*LENGTHS)
        return await s.texts(article_id), engine.written, len(await s.steps(article_id))


def some(total: int, count: int = POINTS) -> list[int]:
    return [random.Random(7).randrange(total) for _ in range(count)]


async def finished(s: Studio, article_id: str) -> dict[str, str]:
    """Writes the rest. No step that was finished before is touched."""
    before = await s.steps(article_id)
    assert (await s.write(article_id)).finish_reason == "stop"
    after = await s.steps(article_id)
    assert before.items() <= after.items()
    return await s.texts(article_id)


# ---------------------------------------------------------------------------------------------------------------------- resume


class Halting(Pen):
    """Goes round in circles, until it is asked to go on with something else."""

    def __init__(self) -> None:
        super().__init__(
            lambda prompt: novelist(prompt) if "接着往下写" in prompt.rsplit("\n", 1)[-1] else sentence(3) + sentence(1) * 99
        )


async def test_a_turn_that_goes_on_with_a_section_is_shown_behind_it_and_may_be_paused_too() -> None:
    async with studio(Halting()) as s:
        article_id = await s.written(200)
        whole, total = (await s.texts(article_id))["s1"], s.engine.written
        assert len(whole) > 180
    async with studio(Halting()) as s:
        article_id = await s.planned(200)
        await s.held(article_id, total - SENTENCE)
        shown = (await s.view(article_id)).sections[0].text
        assert whole.startswith(shown) and len(shown) > 120
        await s.desk.pause(article_id)
        kept = (await s.view(article_id)).sections[0].text
        assert whole.startswith(kept) and len(kept) > 100
        s.engine.go_on()
        assert (await finished(s, article_id))["s1"] == whole


async def test_an_article_paused_anywhere_goes_on_to_the_same_text() -> None:
    texts, total, num_steps = await whole(Relapsing())
    for pieces in some(total):
        async with studio(Relapsing()) as s:
            article_id = await s.planned(*LENGTHS)
            job = await s.held(article_id, pieces)
            await s.desk.pause(article_id)
            assert (await s.desk.jobs.stop(job.id)).finish_reason == "cancelled"
            assert (await s.view(article_id)).state in ("planned", "paused")
            s.engine.go_on()
            assert await finished(s, article_id) == texts
            assert len(await s.steps(article_id)) == num_steps
            assert s.engine.written <= total + SENTENCE, "more than the sentence in flight was written twice"


async def test_an_article_paused_again_and_again_comes_to_its_end() -> None:
    texts, total, _ = await whole(Relapsing())
    async with studio(Relapsing()) as s:
        article_id = await s.planned(*LENGTHS)
        for _ in range(total // (2 * SENTENCE)):
            await s.held(article_id, 2 * SENTENCE)
            await s.desk.pause(article_id)
            s.engine.go_on()
            if (await s.get(article_id)).next_section() is None:
                break
        assert await finished(s, article_id) == texts


async def test_an_engine_that_dies_anywhere_is_waited_for_and_loses_nothing() -> None:
    texts, total, _ = await whole(Relapsing())
    for pieces in some(total):
        engine = Mourned(pieces)
        async with studio(engine) as s:
            article_id = await s.planned(*LENGTHS)
            assert (await s.write(article_id)).finish_reason == "stop"
            assert engine.deaths == 1
            assert await s.texts(article_id) == texts
            assert engine.written == total, "the engine died, not we: what it had said was kept to the letter"


async def test_a_process_that_dies_at_any_write_leaves_what_the_next_one_needs() -> None:
    texts, total, _ = await whole(Relapsing())
    store = MemoryStore()
    async with studio(Relapsing(), store) as s:
        article_id = await s.planned(*LENGTHS)
        counted = Mortal(store.articles, 1000)
    async with at_desk(Relapsing(), counted) as s:
        await s.write(article_id)
    for writes in range(2, 1000 - counted.left):
        store = MemoryStore()
        async with studio(Relapsing(), store) as s:
            article_id = await s.planned(*LENGTHS)
        async with at_desk(first := Relapsing(), Mortal(store.articles, writes)) as s:
            await s.write(article_id)
        async with studio(second := Relapsing(), store) as s:
            assert await finished(s, article_id) == texts
        assert first.written + second.written <= total + 2 * SENTENCE


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Articles]:
    async with Store(tmp_path / "hanmo.db") as store:
        yield store.articles


async def test_the_same_holds_on_disk(real: Articles) -> None:
    texts, total, _ = await whole(Relapsing())
    for pieces in some(total, 4):
        async with at_desk(Relapsing(), real) as s:
            article_id = await s.planned(*LENGTHS)
            await s.held(article_id, pieces)
        async with at_desk(Relapsing(), real) as s:
            assert (await real.last_job(article_id)).finish_reason == "interrupted"  # type: ignore[union-attr]
            assert await finished(s, article_id) == texts


# ----------------------------------------------------------------------------------------------------------------- append-only


async def test_eight_sections_are_written_with_little_read_twice() -> None:
    engine = Pen()
    async with studio(engine) as s:
        article_id = await s.new(3360)
        job = await s.desk.write(article_id)
        await s.end(job)
        assert len((await s.get(article_id)).texts) == 8
        assert engine.read <= 0.3 * engine.written
        own = sum(request.sampling.max_new_tokens == 1 for request in engine.requests)
        assert sum(cost.read_tokens for cost in job.costs) == engine.read - own, "what it wrote last is not read again"
        assert sum(cost.written_tokens for cost in job.costs) == engine.written


async def test_what_was_written_is_never_tokenized_again() -> None:
    engine = TwoFaced()
    async with studio(engine) as s:
        await s.written(45, 60, 45)
    for (_, before, said), (_, prompt, _) in pairwise(engine.runs):
        ledger = (*before, *said)
        assert max(prompt) >= WRITTEN
        assert common_prefix(ledger, prompt) == common_prefix(plain(ledger), plain(prompt)) > len(before)


# ------------------------------------------------------------------------------------------------------------------ repetition


async def test_a_sentence_said_again_is_taken_back_and_said_in_another_way() -> None:
    engine = Relapsing()
    async with studio(engine) as s:
        article_id = await s.written(66)
        text = (await s.texts(article_id))["s1"]
        assert no_sentence_twice(text)
        _, written, avoiding, holding, after = engine.requests  # the first keeps the heading away
        assert chr(avoiding.banned_ids[-1]) == text[0]
        assert avoiding.sampling.max_new_tokens == 1
        assert avoiding.sampling.seed != written.sampling.seed
        assert avoiding.sampling.temperature > written.sampling.temperature
        assert holding.banned_ids == after.banned_ids == ()
        assert len(holding.held_off_ids) >= 5
        assert set(map(chr, holding.held_off_ids)) <= set("".join(telling_words(text.split("。")[0])))
        assert avoiding.held_off_ids == holding.held_off_ids
        assert after.held_off_ids == (), "only up to the end of its sentence"
        assert (await s.view(article_id)).findings == ()


@pytest.mark.parametrize("loop", [sentence(1), "山水", "山水风云花草木石，", "他说了又说，"])
async def test_a_model_that_only_loops_is_left_after_a_bounded_number_of_tries(loop: str) -> None:
    engine = Pen(lambda _: sentence(3) + loop * 400)
    async with studio(engine) as s:
        article_id = await s.planned(200)
        await s.change(article_id, [replace(section, points=()) for section in await s.plan_of(article_id)])
        assert (await s.write(article_id)).finish_reason == "stop"
        assert len(engine.requests) <= 120
        assert engine.written <= 8000
        version = (await s.get(article_id)).texts["s1"]
        assert no_sentence_twice(version.text)
        assert version.problem == "repeats"
        view = await s.view(article_id)
        assert [each.state for each in view.sections] == ["attention"]
        assert "section_repeats" in [finding.kind for finding in view.findings]


async def test_an_old_phrase_that_the_model_insists_on_does_not_stop_the_text() -> None:
    """Every sentence says one long phrase again, whatever it begins with."""
    phrase = "就像从前的人们常常说起的那样"
    text = "".join(f"{WORDS[i]}{WORDS[i + 1]}之间{phrase}，{sentence(i)}" for i in range(40))
    engine = Pen(lambda _: text)
    async with studio(engine) as s:
        article_id = await s.written(150)
        version = (await s.get(article_id)).texts["s1"]
        assert no_sentence_twice(version.text)
        assert len(engine.requests) <= 120
        assert version.problem in ("", "repeats")


async def test_sections_do_not_say_what_another_one_said() -> None:
    engine = Pen(lambda _: "".join(map(sentence, range(100))))
    async with studio(engine) as s:
        texts = await s.texts(await s.written(45, 45))
        assert no_sentence_twice(texts["s1"] + texts["s2"])


# -------------------------------------------------------------------------------------------------------------- lost and changed


async def test_an_engine_that_dies_three_times_in_one_request_ends_the_job_with_a_problem() -> None:
    engine = Mourned(5, times=LOST_TIMES + 1)
    async with studio(engine) as s:
        article_id = await s.planned(*LENGTHS)
        end = await s.write(article_id)
        assert (end.finish_reason, end.problem and end.problem.code) == ("error", "engine_died")
        view = await s.view(article_id)
        assert view.state == "planned"
        assert view.problem == end.problem
        texts, *_ = await whole(Relapsing())
        assert await finished(s, article_id) == texts
        assert (await s.view(article_id)).problem is None


async def test_another_model_goes_on_with_the_article() -> None:
    async with studio() as s:
        article_id = await s.planned(45, 60, 45)
        job = await s.held(article_id, 100)  # in the second section
        done = (await s.get(article_id)).texts["s1"]
        loading = asyncio.create_task(s.engine.load(ANOTHER))
        s.engine.go_on()
        assert (await s.end(job)).finish_reason == "stop"
        await loading
        article = await s.get(article_id)
        assert article.texts["s1"] == done
        assert len(article.texts) == 3
        used = [request.identity.model_id for request in s.engine.requests if request.identity]
        assert used == sorted(used, reverse=True)
        assert set(used) == {"fake", "another"}


async def test_a_model_with_less_room_goes_on_with_what_fits() -> None:
    async with studio() as s:
        article_id = await s.planned(*[120] * 8)
        job = await s.held(article_id, 133 * 5)  # in the fifth section
        loading = asyncio.create_task(s.engine.load(replace(ANOTHER, n_ctx=1024)))
        s.engine.go_on()
        assert (await s.end(job)).finish_reason == "stop"
        await loading
        assert len(await s.texts(article_id)) == 8
        assert "compacted" in [finding.kind for finding in (await s.view(article_id)).findings]


async def test_ids_of_the_model_before_are_not_given_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, store = TwoFaced(), MemoryStore()
    revise = store.articles.revise

    async def change_over(article_id: str, kind: RevisionKind, **changes: Any) -> Article:
        if kind == "written" and (await engine.identity()).model_id == "fake":
            await engine.load(ANOTHER)
        return await revise(article_id, kind, **changes)

    monkeypatch.setattr(store.articles, "revise", change_over)
    async with studio(engine, store) as s:
        await s.written(45, 60)
    assert [model for model, _, _ in engine.runs] == ["fake", "fake", "another", "another"]
    assert max(engine.runs[2][1]) < WRITTEN


# ----------------------------------------------------------------------------------------------------------------------- engines


class Mourned(Relapsing):
    """Dies before the piece of that number (over all runs, from 0), and then at once, so many times in all."""

    def __init__(self, after: int, *, times: int = 1) -> None:
        super().__init__()
        self.deaths = 0
        self._after, self._times = after, times

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        if self.deaths and self.deaths < self._times:
            self.deaths += 1
            raise EngineLost("engine_died")
        async with aclosing(super().generate(request)) as events:
            async for event in events:
                if isinstance(event, TextPiece) and self.written > self._after and not self.deaths:
                    self.log.pop()
                    self.deaths += 1
                    raise EngineLost("engine_died")
                yield event


WRITTEN = 0x200000


def plain(ids: Sequence[int]) -> list[int]:
    return [token - WRITTEN if token >= WRITTEN else token for token in ids]


class TwoFaced(Pen):
    """Writes every letter with another id than the one it is tokenized to, as a real model may. `runs`: model, prompt, ids written."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[tuple[str, tuple[int, ...], list[int]]] = []

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        self.runs.append((request.identity.model_id if request.identity else "", request.prompt_ids, []))
        async with aclosing(super().generate(replace(request, prompt_ids=tuple(plain(request.prompt_ids))))) as events:
            async for event in events:
                if isinstance(event, TextPiece):
                    event = TextPiece(event.text, tuple(WRITTEN + token for token in event.ids))
                    self.runs[-1][2].extend(event.ids)
                yield event


ANOTHER = LoadPlan("another", "another.gguf", "1" * 64, n_ctx=8192, kv_type="f16", repack=False, gpu_layers=0, memory_bytes=0)


def no_sentence_twice(text: str) -> bool:
    said = [text[a:b] for a, b in sentences(text)]
    return len(said) == len(set(said))
