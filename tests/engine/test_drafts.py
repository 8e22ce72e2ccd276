"""Drafts on the real engine change how fast a text comes and nothing else: ids of pieces, ledger, kept caches and cut-off runs hold."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from hanmo.core.tuning import Speculation
from hanmo.engine import EmbeddedEngine
from hanmo.models import ModelShelf
from hanmo.work.measure import PASSAGE, prompts_for
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import EngineRequest, TextPiece
from tests.conftest import engine_options
from tests.engine.noise import noise_dflash, noise_eagle3, noise_qwen3
from tests.engine.runs import GREEDY, chat_prompt, run

ALL = (3, 2, 1)
"""The numbers of the sentences that are corrected."""
COPY = f"请把下面的文字一字不差地抄写一遍，不要说别的话。\n\n{PASSAGE}"
EMOJI = "请把下面这一行重复写十遍：🌸🦊🐉🎋🀄江南の春𠮷"
LONG = replace(GREEDY, max_new_tokens=220)


@pytest.fixture(scope="module")
async def drafting(load_plan: LoadPlan, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedEngine]:
    """The real 0.5B that copies drafts from the text."""
    async with EmbeddedEngine(engine_options(tmp_path_factory.mktemp("drafting"))) as engine:
        await engine.load(replace(load_plan, speculation=Speculation(3, 16)))
        yield engine


async def test_a_greedy_text_is_the_same_with_drafts_and_without(drafting: EmbeddedEngine, real_engine: EmbeddedEngine) -> None:
    prompt = await chat_prompt(real_engine, COPY)
    without, with_drafts = await run(real_engine, prompt, LONG), await run(drafting, prompt, LONG)
    assert with_drafts.done.accepted > 40, "nothing was drafted: the test would say nothing"
    assert without.done.drafted == 0
    assert with_drafts.text == without.text
    assert with_drafts.ids == without.ids


async def test_a_grammar_holds_over_drafts(drafting: EmbeddedEngine, real_engine: EmbeddedEngine) -> None:
    for copied in (await prompts_for(real_engine, [ALL])).corrected[ALL]:
        without = await run(real_engine, copied.ids, LONG, grammar=copied.grammar)
        with_drafts = await run(drafting, copied.ids, LONG, grammar=copied.grammar)
        assert with_drafts.text == without.text


@pytest.mark.parametrize("asked", [COPY, EMOJI])
async def test_the_ids_of_the_pieces_are_all_that_was_written(drafting: EmbeddedEngine, asked: str) -> None:
    prompt = await chat_prompt(drafting, asked)
    result = await run(drafting, prompt, replace(LONG, max_new_tokens=90))
    ended_by_itself = result.done.finish_reason == "stop"
    assert result.done.accepted > 0
    assert len(result.ids) == result.done.timings.generated_tokens - ended_by_itself
    assert await drafting.text_of(result.ids) == result.text


async def test_what_was_drafted_is_not_read_again(drafting: EmbeddedEngine) -> None:
    prompt = await chat_prompt(drafting, COPY)
    first = await run(drafting, prompt, replace(LONG, max_new_tokens=80), work="ledger")
    more = await drafting.tokenize("接着写。")
    second = await run(drafting, prompt + first.ids + more, work="ledger")
    assert second.read_tokens <= len(more) + 16


async def test_a_run_that_is_cut_off_in_a_draft_goes_on_from_what_was_seen(drafting: EmbeddedEngine) -> None:
    prompt = await chat_prompt(drafting, COPY)
    seen: tuple[int, ...] = ()
    async with aclosing(drafting.generate(EngineRequest(prompt, LONG, "cut"))) as events:
        async for event in events:
            seen += event.ids if isinstance(event, TextPiece) else ()
            if len(seen) >= 30:
                break
    whole = await run(drafting, prompt, LONG, work="cut")
    assert whole.ids[: len(seen)] == seen
    assert (await run(drafting, prompt + seen, GREEDY, work="cut")).read_tokens <= 16


async def test_a_kept_cache_is_brought_back(drafting: EmbeddedEngine) -> None:
    prompt = await chat_prompt(drafting, COPY)
    first = await run(drafting, prompt, replace(LONG, max_new_tokens=60), work="kept")
    await run(drafting, await chat_prompt(drafting, "另一个话题：数据库。" * 20), work="other")
    assert (await run(drafting, prompt + first.ids, GREEDY, work="kept")).read_tokens <= 16


@pytest.mark.parametrize(("made", "kind"), [(noise_eagle3, "eagle3"), (noise_dflash, "dflash")])
async def test_a_file_that_reads_inner_states_drafts_and_the_text_stays_the_first_ones(
    made: Callable[[Path, Path], Path], kind: str, model_file: Path, tmp_path: Path
) -> None:
    """Noise for weights, so it is sure of itself and always wrong. What is tried here is that it runs and breaks nothing, not that it pays."""
    large, small = noise_qwen3(tmp_path / "large.gguf", model_file), made(tmp_path / "small.gguf", model_file)
    plan = await ModelShelf(tmp_path, draft_model=str(small), available_bytes=lambda: 8 << 30).plan(str(large), n_ctx=2048)
    assert (plan.draft_path, plan.draft_kind, plan.notes) == (str(small), kind, ())
    some, texts = replace(GREEDY, max_new_tokens=24), []
    for setting in (replace(plan, draft_path=""), plan):
        async with EmbeddedEngine(engine_options(tmp_path / setting.draft_kind / str(bool(setting.draft_path)))) as engine:
            await engine.load(setting)
            prompt = await chat_prompt(engine, COPY)
            result = await run(engine, prompt, some, work="mine")
            await run(engine, await chat_prompt(engine, "另一个话题：数据库。" * 20), work="other")
            again = await run(engine, prompt + result.ids, some, work="mine")
        assert (again.read_tokens <= 16) == (not setting.draft_path), "a cache that was brought back would end in an error"
        texts.append((result.text, again.text))
    assert texts[0] == texts[1]
    assert result.done.drafted > 0 and again.done.drafted > 0, "nothing was drafted: the test would say nothing"


async def test_a_second_model_drafts_and_the_text_stays_the_first_ones(load_plan: LoadPlan, tmp_path: Path) -> None:
    """The 0.5B drafts for itself: every word is right, so many must be accepted."""
    texts = []
    for draft_path in ("", load_plan.path):
        async with EmbeddedEngine(engine_options(tmp_path)) as engine:
            await engine.load(replace(load_plan, draft_path=draft_path))
            prompt = await chat_prompt(engine, "写一句关于秋天的话。")
            result = await run(engine, prompt, replace(GREEDY, max_new_tokens=24))
            again = await run(engine, prompt + result.ids, GREEDY)
        texts.append(result.text)
        assert again.read_tokens <= 16
    assert result.done.accepted > 0
    assert texts[0] == texts[1]
