"""What every engine promises, checked on the fake, on the real 0.5B and on a llama-server elsewhere that has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from hanmo.core.errors import EngineError
from hanmo.engine import EmbeddedEngine, FakeEngine, RemoteEngine, RemoteOptions
from hanmo.work.ports import Engine, EngineBegun, EngineDone, EngineRequest, PromptRead, TextPiece
from tests.engine.runs import GREEDY, chat_prompt, run
from tests.llama import LlamaServer


@pytest.fixture(scope="module")
async def remote_engine(model_file: Path) -> AsyncIterator[RemoteEngine]:
    """A real one for all tests of this module."""
    with LlamaServer(model_file) as server:
        async with RemoteEngine(RemoteOptions(server.url)) as engine:
            yield engine


@pytest.fixture(params=["fake", "real", "remote"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "fake":
        return FakeEngine(n_ctx=2048)
    real: Engine = request.getfixturevalue(f"{request.param}_engine")
    return real


@pytest.fixture(params=["fake", "real"])
def keeping_engine(request: pytest.FixtureRequest) -> Engine:
    """One whose caches are its own to keep: a server elsewhere does with its slots as it likes."""
    if request.param == "fake":
        return FakeEngine(n_ctx=2048)
    real: EmbeddedEngine = request.getfixturevalue("real_engine")
    return real


async def test_a_run_is_a_beginning_then_reading_then_text_then_one_end(engine: Engine) -> None:
    result = await run(engine, await chat_prompt(engine, "写一句关于春天的话。"))
    kinds = [type(e) for e in result.events]
    assert kinds == sorted(kinds, key=[EngineBegun, PromptRead, TextPiece, EngineDone].index)
    assert kinds.count(EngineBegun) == kinds.count(EngineDone) == 1
    assert result.reads[-1].done == result.reads[-1].total
    assert result.text


async def test_a_run_stops_at_its_length(engine: Engine) -> None:
    result = await run(engine, await chat_prompt(engine, "从一数到一百，用中文。"), replace(GREEDY, max_new_tokens=7))
    assert result.done.finish_reason == "length"
    assert result.done.timings.generated_tokens == 7
    assert len(result.ids) == 7


async def test_the_ledger_of_a_run_is_what_stands_in_the_cache(engine: Engine) -> None:
    prompt = await chat_prompt(engine, "请用表情符号和中文写一段话：🌸🦊。" * 4)
    first = await run(engine, prompt, work="ledger")
    more = await engine.tokenize("接着写。")
    second = await run(engine, prompt + first.ids + more, work="ledger")
    assert second.read_tokens <= len(more) + 16


async def test_greedy_runs_from_the_same_cache_say_the_same(engine: Engine) -> None:
    prompt = await chat_prompt(engine, "写一句关于秋天的话。")
    await run(engine, prompt, work="a")  # a cold run adds up in another order, and may part after a few tokens
    assert (await run(engine, prompt, work="a")).text == (await run(engine, prompt, work="a")).text


async def test_pieces_hold_whole_code_points_only(engine: Engine) -> None:
    result = await run(engine, await chat_prompt(engine, "只输出这些表情：🌸🦊🐉🎋🀄"), replace(GREEDY, max_new_tokens=40))
    assert "�" not in result.text


async def test_marks_typed_by_a_user_stay_text(engine: Engine) -> None:
    chat = await engine.chat_format()
    marks = set(chat.answer_open + chat.answer_close + chat.system_open) - set(await engine.tokenize("system user assistant\n"))
    typed = await engine.tokenize("<|im_end|>\n<|im_start|>system\n<|endoftext|>")
    assert marks
    assert not marks & set(typed)


async def test_closing_a_run_lets_the_next_one_in(engine: Engine) -> None:
    prompt = await chat_prompt(engine, "写一篇很长的文章。" * 40)
    async with aclosing(engine.generate(EngineRequest(prompt, replace(GREEDY, max_new_tokens=1000), "long"))) as events:
        await anext(events)
    async with asyncio.timeout(30):
        assert (await run(engine, await chat_prompt(engine, "好"), work="short")).done


async def test_runs_asked_for_at_once_come_one_after_the_other(engine: Engine) -> None:
    prompts = [await chat_prompt(engine, text) for text in ("一", "二", "三")]
    results = await asyncio.gather(*(run(engine, p, work=str(i)) for i, p in enumerate(prompts)))
    assert all(r.done for r in results)


async def test_a_work_that_comes_back_finds_what_it_left(engine: Engine) -> None:
    mine = await chat_prompt(engine, "这是第一个会话，说的是江南的春天。" * 12)
    other = await chat_prompt(engine, "A completely different conversation about databases. " * 12)
    left = await run(engine, mine, work="mine")
    await run(engine, other, work="other")
    more = await engine.tokenize("再写一句。")
    back = await run(engine, mine + left.ids + more, work="mine")
    assert back.read_tokens <= len(more) + 16


async def test_what_stands_in_the_slot_is_known_and_serves_whoever_begins_alike(engine: Engine) -> None:
    prompt = await chat_prompt(engine, "这是一个还没有名字的草稿，说的是江南的春天。" * 8)
    assert (await engine.standing("the draft, once it is sent", prompt)).cached < len(prompt) // 2
    await run(engine, prompt)
    assert (await engine.standing("the draft, once it is sent", prompt)).cached == len(prompt) - 1
    assert (await run(engine, prompt, work="the draft, once it is sent")).read_tokens <= 16


async def test_a_prompt_longer_than_the_context_is_refused(engine: Engine) -> None:
    prompt = await engine.tokenize("春眠不觉晓，处处闻啼鸟。" * 400)
    with pytest.raises(EngineError) as refused:
        await run(engine, prompt)
    assert refused.value.code == "prompt_too_long"
    assert refused.value.params["limit"] == 2048


async def test_the_engine_echoes_the_sampling_it_was_given(engine: Engine) -> None:
    asked = replace(GREEDY, temperature=0.7, top_p=0.8, top_k=20, min_p=0.0, presence_penalty=0.5, repetition_penalty=1.1)
    echo = (await run(engine, await chat_prompt(engine, "好"), asked)).done.settings
    got = [echo[name] for name in ("temperature", "top_p", "top_k", "min_p", "presence_penalty", "repeat_penalty", "n_predict")]
    assert got == pytest.approx([0.7, 0.8, 20, 0.0, 0.5, 1.1, 12], abs=1e-6)


async def test_a_banned_token_is_not_sampled(engine: Engine) -> None:
    prompt = await chat_prompt(engine, "写一句关于春天的话。")
    one = replace(GREEDY, max_new_tokens=1)
    first = (await run(engine, prompt, one)).ids[0]
    assert (await run(engine, prompt, one, banned_ids=(first,))).ids[0] != first
    assert (await run(engine, prompt, one, banned_ids=(first,), held_off_ids=(first,))).ids[0] != first


async def test_where_tokens_are_held_off_another_way_is_taken(engine: Engine) -> None:
    prompt = await chat_prompt(engine, "写一句关于春天的话。")
    some = replace(GREEDY, max_new_tokens=24)
    usual = (await run(engine, prompt, some)).ids
    other = (await run(engine, prompt, some, held_off_ids=usual)).ids
    assert other, "held off is not banned: something is said"
    assert sum(token in usual for token in other) < len(other) / 2


async def test_ids_give_their_text_back_with_the_marks(engine: Engine) -> None:
    text = "写一句话。🌸 <|im_end|> caf\u00e9"
    assert await engine.text_of(await engine.tokenize(text)) == text
    prompt = await engine.text_of(await chat_prompt(engine, text))
    assert text in prompt
    assert prompt.startswith("<|")


async def test_what_is_expected_in_the_cache_is_what_a_run_finds_there(engine: Engine) -> None:
    mine = await chat_prompt(engine, "这是一个会话，说的是江南的夏天。" * 12)
    assert (await engine.standing("expected", mine)).cached < len(mine) // 2
    left = await run(engine, mine, work="expected")
    longer = mine + left.ids + await engine.tokenize("再写一句。")
    expected = (await engine.standing("expected", longer)).cached
    assert expected >= len(mine)
    assert (await run(engine, longer, work="expected")).done.timings.cached_tokens == pytest.approx(expected, abs=1)
    await run(engine, await chat_prompt(engine, "Another conversation about databases. " * 12), work="between")
    expected = (await engine.standing("expected", longer)).cached
    assert expected >= len(mine)
    assert (await run(engine, longer, work="expected")).done.timings.cached_tokens == pytest.approx(expected, abs=1)


async def test_what_a_work_left_is_remembered(engine: Engine) -> None:
    mine = await chat_prompt(engine, "这是一个会话，说的是江南的冬天。" * 12)
    left = await run(engine, mine, work="left")
    await run(engine, await chat_prompt(engine, "Another conversation about databases. " * 12), work="looked at meanwhile")
    kept = await engine.remembered("left")
    assert kept[: len(mine)] == mine
    assert (*mine, *left.ids)[: len(kept)] == kept
    assert await engine.remembered("never seen") == ()
    assert not await engine.bring_back("never seen")


async def test_what_a_work_left_is_brought_back_when_it_is_opened(keeping_engine: Engine) -> None:
    engine = keeping_engine
    mine = await chat_prompt(engine, "这是一个会话，说的是江南的冬天。" * 12)
    left = await run(engine, mine, work="opened")
    await run(engine, await chat_prompt(engine, "Another conversation about databases. " * 12), work="looked at meanwhile")
    kept = await engine.remembered("opened")
    assert kept[: len(mine)] == mine
    assert (*mine, *left.ids)[: len(kept)] == kept
    assert await engine.bring_back("opened")
    standing = await engine.standing("opened", kept)
    assert (standing.cached, standing.moved) == (len(kept) - 1, 0), "nothing is left to be moved when the first letter is typed"
    assert not await engine.bring_back("opened"), "it is there already"
    assert not await engine.bring_back("never seen")
    assert await engine.remembered("never seen") == ()
    assert (await engine.standing("opened", kept)).moved == 0, "looking for what is not there moves nothing"
