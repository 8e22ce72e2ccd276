"""The real engine process when things go wrong: it dies, freezes, is given nonsense, or loses its parent."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import psutil
import pytest

from hanmo.core.errors import EngineChanged, EngineLost, EngineUnavailable
from hanmo.core.flows.code_plan import plan_grammar as files_grammar
from hanmo.core.flows.edits import edits_grammar
from hanmo.core.flows.items import whole_items
from hanmo.core.flows.plan import plan_grammar
from hanmo.engine import EmbeddedEngine, Watch
from hanmo.engine.canary import settings_off
from hanmo.engine.wire import sampling_json
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import EngineBegun, EngineRequest, TextPiece
from tests.conftest import engine_options
from tests.engine.runs import GREEDY, chat_prompt, run

DEATH_SEEN_S = 2.0
NEW_TOKENS = 16
"""In every second contact at most so many tokens are read beyond the new ones."""


def child_pid(engine: EmbeddedEngine) -> int:
    process = engine._supervisor._process
    assert process is not None
    return process.pid


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
async def test_a_killed_engine_is_noticed_within_two_seconds_and_comes_back(
    real_engine: EmbeddedEngine, number: signal.Signals
) -> None:
    prompt = await chat_prompt(real_engine, "写一篇很长的文章。")
    clock = asyncio.get_running_loop()
    text, killed_at = "", 0.0
    with pytest.raises(EngineLost, match="engine_died"):
        async with aclosing(real_engine.generate(EngineRequest(prompt, replace(GREEDY, max_new_tokens=500)))) as events:
            async for event in events:
                text += event.text if isinstance(event, TextPiece) else ""
                if len(text) > 10 and not killed_at:
                    os.kill(child_pid(real_engine), number)
                    killed_at = clock.time()
    assert clock.time() - killed_at < DEATH_SEEN_S
    assert text
    assert (await run(real_engine, prompt)).text


async def test_a_frozen_engine_is_ended_and_comes_back(real_engine: EmbeddedEngine) -> None:
    prompt = await chat_prompt(real_engine, "写一篇很长的文章。")
    frozen = 0
    with pytest.raises(EngineLost, match="engine_frozen"):
        async with aclosing(real_engine.generate(EngineRequest(prompt, replace(GREEDY, max_new_tokens=500)))) as events:
            async for event in events:
                if isinstance(event, TextPiece) and not frozen:
                    frozen = child_pid(real_engine)
                    os.kill(frozen, signal.SIGSTOP)
    assert (await run(real_engine, prompt)).text
    assert child_pid(real_engine) != frozen


async def test_an_engine_frozen_at_rest_is_noticed_by_the_next_who_needs_it(real_engine: EmbeddedEngine) -> None:
    prompt = await chat_prompt(real_engine, "好")
    os.kill(child_pid(real_engine), signal.SIGSTOP)
    async with asyncio.timeout(30):
        while psutil.Process(child_pid(real_engine)).status() != psutil.STATUS_STOPPED:  # by its first thread that has a core
            await asyncio.sleep(0.01)
        with pytest.raises(EngineLost, match="engine_frozen"):
            await real_engine.tokenize("春天")
    assert (await run(real_engine, prompt)).text


@pytest.mark.parametrize("wait", [False, True], ids=["at-once", "while-it-loads"])
async def test_stopping_while_the_model_loads_ends_the_process(load_plan: LoadPlan, tmp_path: Path, wait: bool) -> None:
    async with asyncio.timeout(30), EmbeddedEngine(engine_options(tmp_path)) as engine:
        loading = asyncio.create_task(engine.load(load_plan))
        while engine.status().state != "starting" or (wait and engine._supervisor._process is None):
            await asyncio.sleep(0)
        await engine._supervisor.stop()
        assert engine.status().state == "stopped"
        assert engine._supervisor._process is None
        loading.cancel()


async def test_a_run_begins_when_the_one_that_was_broken_off_is_over(real_engine: EmbeddedEngine) -> None:
    prompt = await chat_prompt(real_engine, "写一篇很长的文章。")
    busy = []
    for _ in range(3):
        async with aclosing(real_engine.generate(EngineRequest(prompt, replace(GREEDY, max_new_tokens=500)))) as events:
            async for event in events:
                if isinstance(event, EngineBegun) and (running := real_engine._supervisor.running):
                    busy.append(await running.wire.is_busy())
                if isinstance(event, TextPiece):
                    break
    assert busy == [False] * 3


async def test_ids_of_another_model_are_not_run(real_engine: EmbeddedEngine) -> None:
    other = replace(await real_engine.identity(), model_sha256="f" * 64)
    request = EngineRequest(await chat_prompt(real_engine, "好"), GREEDY, None, other)
    with pytest.raises(EngineChanged):
        async with aclosing(real_engine.generate(request)) as events:
            await anext(events)


@pytest.mark.parametrize("content", ['{"half', "[]"])
async def test_what_canaries_answered_before_may_be_unreadable(load_plan: LoadPlan, tmp_path: Path, content: str) -> None:
    options = engine_options(tmp_path)
    options.memory_file.write_text(content)
    async with EmbeddedEngine(options) as engine:
        await engine.load(replace(load_plan, model_id=load_plan.path))
    assert json.loads(options.memory_file.read_text())


async def test_a_slow_engine_is_not_taken_for_a_frozen_one(load_plan: LoadPlan, tmp_path: Path) -> None:
    async with EmbeddedEngine(engine_options(tmp_path, watch=Watch(silence_s=0.01, probe_s=1.0))) as engine:
        await engine.load(load_plan)
        prompt = await engine.tokenize("江南的春天总是来得很早。" * 150)
        assert (await run(engine, prompt)).done


async def test_an_engine_dies_with_its_parent(load_plan: LoadPlan, tmp_path: Path) -> None:
    script = f"""
        import asyncio, sys
        from pathlib import Path
        from hanmo.engine import EmbeddedEngine, EngineOptions
        from hanmo.work.model_ports import LoadPlan
        async def main():
            async with EmbeddedEngine(EngineOptions(1, Path({str(tmp_path)!r}), Path({str(tmp_path / "c")!r}), 1 << 20)) as engine:
                loading = asyncio.create_task(engine.load(LoadPlan({load_plan.model_id!r}, {load_plan.path!r}, "x", 512, "f16", True, 0, 0)))
                while engine._supervisor._process is None:
                    await asyncio.sleep(0.01)
                print(engine._supervisor._process.pid, flush=True)
                await loading
                print("ready", flush=True)
                await asyncio.sleep(1000)
        asyncio.run(main())
    """
    for wait_for_ready in (False, True):
        parent = await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(script), stdout=subprocess.PIPE)
        assert parent.stdout is not None
        child = psutil.Process(int(await parent.stdout.readline()))
        if wait_for_ready:
            assert await parent.stdout.readline() == b"ready\n"
        parent.kill()
        await parent.wait()
        _, alive = await asyncio.to_thread(psutil.wait_procs, [child], 5)
        assert not alive


async def test_the_key_of_the_engine_stands_in_no_command_line(real_engine: EmbeddedEngine) -> None:
    assert "hanmo.engine.worker" in psutil.Process(child_pid(real_engine)).cmdline()[-1]
    running = await real_engine._supervisor.wait_ready()
    refused = await running.wire._client.post("/completion", json={"prompt": [1]}, headers={"Authorization": "Bearer wrong"})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    "content",
    [b"This is a text file that somebody named .gguf.\n" * 100, b"GGUF" + bytes(1000), b""],
    ids=["text", "alien", "empty"],
)
async def test_a_file_that_cannot_be_loaded_is_given_up_with_what_the_engine_said(
    content: bytes, load_plan: LoadPlan, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(content)
    async with EmbeddedEngine(engine_options(tmp_path)) as engine:
        with pytest.raises(EngineUnavailable) as given_up:
            await engine.load(replace(load_plan, model_id=str(bad), path=str(bad)))
        assert given_up.value.code == "engine_load_failed"
        assert given_up.value.params["said"]
        assert engine.status().state == "failed"
        await engine.load(load_plan)
        assert (await run(engine, await chat_prompt(engine, "好"))).text


async def test_a_model_that_answers_the_canary_differently_is_not_used(load_plan: LoadPlan, tmp_path: Path) -> None:
    options = engine_options(tmp_path)
    mine = replace(load_plan, model_id=load_plan.path)
    async with EmbeddedEngine(options) as engine:
        await engine.load(mine)
    known = json.loads(options.memory_file.read_text())
    options.memory_file.write_text(json.dumps({key: [ids[0] + 1, *ids[1:]] for key, ids in known.items()}))
    async with EmbeddedEngine(options) as engine:
        with pytest.raises(EngineUnavailable, match="engine_computes_wrong"):
            await engine.load(mine)


def flip_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def forge_sidecar(path: Path) -> None:
    """Another model's file, with a sidecar that says whose it is."""
    sidecar = path.with_suffix(".json")
    told = json.loads(sidecar.read_text())
    told["origin"]["model_sha256"] = "f" * 64
    sidecar.write_text(json.dumps(told))


def lie_about_ids(path: Path) -> None:
    """A sidecar that is whole but not true: only the canary after the restore can tell."""
    sidecar = path.with_suffix(".json")
    told = json.loads(sidecar.read_text())
    told["canary"] = [told["canary"][0] + 1]
    sidecar.write_text(json.dumps(told))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1000]),
        lambda path: path.write_bytes(b""),
        flip_byte,
        forge_sidecar,
        lie_about_ids,
        lambda path: path.with_suffix(".json").write_text("{"),
        lambda path: path.with_suffix(".json").unlink(),
        lambda path: path.unlink(),
    ],
    ids=["truncated", "empty", "flipped", "another-model", "wrong-canary", "bad-sidecar", "no-sidecar", "gone"],
)
async def test_a_doubtful_slot_file_is_thrown_away_and_read_cold(
    real_engine: EmbeddedEngine, spoil: Callable[[Path], object]
) -> None:
    slots = real_engine._supervisor._options.slot_dir
    for path in slots.iterdir():
        path.unlink()
    mine = await chat_prompt(real_engine, "这是第一个会话，说的是江南的春天。" * 8)
    await run(real_engine, mine, work="mine")
    await run(real_engine, await chat_prompt(real_engine, "another one"), work="other")
    (kept,) = slots.glob("*.slot")
    spoil(kept)
    pid = child_pid(real_engine)
    again = await run(real_engine, mine, work="mine")
    assert len(set(again.text)) > 3, "a spoiled cache writes GGGG"
    assert again.read_tokens > len(mine) // 2
    assert not kept.exists()
    assert child_pid(real_engine) == pid


async def test_a_slot_file_that_ends_the_engine_costs_reading_and_not_the_answer(real_engine: EmbeddedEngine) -> None:
    """Cut off, with a sidecar that vouches for what is left: the engine aborts over it."""
    slots = real_engine._supervisor._options.slot_dir
    for path in slots.iterdir():
        path.unlink()
    mine = await chat_prompt(real_engine, "这是第一个会话，说的是江南的春天。" * 8)
    first = await run(real_engine, mine, work="mine")
    await run(real_engine, await chat_prompt(real_engine, "another one"), work="other")
    (kept,) = slots.glob("*.slot")
    kept.write_bytes(kept.read_bytes()[:-100_000])
    told = json.loads(kept.with_suffix(".json").read_text())
    told |= {"size_bytes": kept.stat().st_size, "file_sha256": sha256(kept.read_bytes()).hexdigest()}
    kept.with_suffix(".json").write_text(json.dumps(told))
    pid = child_pid(real_engine)
    again = await run(real_engine, mine, work="mine")
    assert (again.text, again.read_tokens) == (first.text, len(mine))
    assert not kept.exists()
    assert child_pid(real_engine) != pid, "or the file did no harm, and the test says nothing"


async def test_slot_files_stay_within_their_budget(load_plan: LoadPlan, tmp_path: Path) -> None:
    options = engine_options(tmp_path, slot_budget_bytes=4_000_000)
    async with EmbeddedEngine(options) as engine:
        await engine.load(load_plan)
        for i in range(4):
            await run(engine, await chat_prompt(engine, f"{i}号会话，说的是江南的春天。" * 12), work=str(i))
        kept = list(options.slot_dir.glob("*.slot"))
        assert kept
        assert sum(path.stat().st_size for path in kept) <= options.slot_budget_bytes
        assert {p.stem for p in kept} == {p.stem for p in options.slot_dir.glob("*.json")}


async def test_an_idle_engine_gives_its_memory_back_and_wakes_when_asked(load_plan: LoadPlan, tmp_path: Path) -> None:
    async with EmbeddedEngine(engine_options(tmp_path, doze_after_s=0.05)) as engine:
        await engine.load(load_plan)
        prompt = await chat_prompt(engine, "好")
        first = await run(engine, prompt)
        async with asyncio.timeout(30):
            while engine.status().state != "asleep":
                await asyncio.sleep(0.02)
        assert engine.status().memory_bytes == 0
        assert (await run(engine, prompt)).text == first.text


async def test_what_was_read_is_found_again_after_a_restart_and_after_a_sleep(load_plan: LoadPlan, tmp_path: Path) -> None:
    options = engine_options(tmp_path, keep_after_s=0.05, doze_after_s=0.1)
    async with EmbeddedEngine(engine_options(tmp_path)) as engine:
        await engine.load(load_plan)
        prompt = await chat_prompt(engine, "这是第一个会话，说的是江南的春天。" * 8)
        assert (await run(engine, prompt, work="mine")).read_tokens == len(prompt)
    async with EmbeddedEngine(options) as engine:
        await engine.load(load_plan)
        assert (await run(engine, prompt, work="mine")).read_tokens <= NEW_TOKENS
        async with asyncio.timeout(30):
            while engine.status().state != "asleep":
                await asyncio.sleep(0.02)
        assert (await run(engine, prompt, work="mine")).read_tokens <= NEW_TOKENS


async def test_a_cache_of_eight_bits_is_half_as_large_and_brought_back_after_a_restart(load_plan: LoadPlan, tmp_path: Path) -> None:
    sizes = []
    for kv_type in ("f16", "q8_0"):
        plan = replace(load_plan, kv_type=kv_type)
        async with EmbeddedEngine(engine_options(tmp_path)) as engine:
            await engine.load(plan)
            assert engine.status().kv_type == kv_type
            prompt = await chat_prompt(engine, "这是第一个会话，说的是江南的春天。" * 8)
            assert (await run(engine, prompt, work="mine")).read_tokens == len(prompt), "the cache of another type is not taken"
        (kept,) = (tmp_path / "slots").glob("*.slot")
        sizes.append(kept.stat().st_size)
        async with EmbeddedEngine(engine_options(tmp_path)) as engine:
            await engine.load(plan)
            assert await engine.bring_back("mine")
            assert (await run(engine, prompt, work="mine")).read_tokens <= NEW_TOKENS
    assert sizes[1] < 0.6 * sizes[0]


async def test_a_slot_is_written_down_at_rest_and_once(load_plan: LoadPlan, tmp_path: Path) -> None:
    options = engine_options(tmp_path, keep_after_s=0.01)
    async with EmbeddedEngine(options) as engine:
        await engine.load(load_plan)
        await run(engine, await chat_prompt(engine, "这是第一个会话，说的是江南的春天。" * 8), work="mine")
        async with asyncio.timeout(30):
            while not list(options.slot_dir.glob("*.json")):
                await asyncio.sleep(0.02)
        (kept,) = options.slot_dir.glob("*.slot")
        written = kept.stat().st_ino
    assert kept.stat().st_ino == written, "nothing has changed since"


async def test_changing_over_waits_for_the_run_in_progress(real_engine: EmbeddedEngine, load_plan: LoadPlan) -> None:
    prompt = await chat_prompt(real_engine, "写一段话。")
    running = asyncio.create_task(run(real_engine, prompt, replace(GREEDY, max_new_tokens=40)))
    await asyncio.sleep(0)
    await real_engine.load(replace(load_plan, n_ctx=1024))
    assert running.done()
    assert (await running).done.timings.generated_tokens
    assert (await real_engine.identity()).n_ctx == 1024
    await real_engine.load(load_plan)


async def test_the_penalty_windows_cover_the_context(real_engine: EmbeddedEngine) -> None:
    echo = (await run(real_engine, await chat_prompt(real_engine, "好"))).done.settings
    assert (echo["repeat_last_n"], echo["dry_penalty_last_n"]) == (2048, 2048)
    assert settings_off(sampling_json(GREEDY, 2048), dict(echo)) == []
    assert settings_off(sampling_json(replace(GREEDY, temperature=0.5), 2048), dict(echo)) == ["temperature"]


async def test_a_grammar_locks_the_form(real_engine: EmbeddedEngine) -> None:
    prompt = await chat_prompt(real_engine, "写一首关于春天的诗。")
    locked = await run(real_engine, prompt, replace(GREEDY, max_new_tokens=24), grammar='root ::= "{\\"n\\":" [0-9]{1,3} "}"')
    assert re.fullmatch(r'\{"n":\d{1,3}\}', locked.text)
    assert locked.done.finish_reason == "stop"


@pytest.mark.parametrize(
    ("asked", "grammars", "shape"),
    [
        ("给《茶》列三节提纲，只输出 JSON。", [plan_grammar(3, "zh", there) for there in range(4)], {"title", "sections"}),
        (
            "Outline a text on tea in three sections, JSON only.",
            [plan_grammar(3, "en", there) for there in range(4)],
            {"title", "sections"},
        ),
        ("列出一个待办清单程序的文件，只输出 JSON。", [files_grammar(3, there) for there in range(4)], {"title", "files"}),
        ("1. 我门走。\n2. 他跑的快。\n\n校对，只输出 JSON。", [edits_grammar((1, 2), there) for there in range(3)], None),
    ],
)
async def test_a_list_that_is_left_behind_an_item_goes_on_under_the_grammar_of_the_rest(
    real_engine: EmbeddedEngine, asked: str, grammars: list[str], shape: set[str] | None
) -> None:
    prompt, room = await chat_prompt(real_engine, asked), replace(GREEDY, max_new_tokens=400)
    whole = (await run(real_engine, prompt, room, grammar=grammars[0])).text
    ends = [end for end in range(len(whole)) if whole_items(whole[:end])[0] == end and end]
    assert ends or shape is None  # it may find no mistake
    for there, end in enumerate(ends, start=1):
        begun = (*prompt, *await real_engine.tokenize(whole[:end]))
        rest = await run(real_engine, begun, room, grammar=grammars[there])
        assert rest.done.finish_reason == "stop"
        value = json.loads(whole[:end] + rest.text)
        assert set(value) == shape if shape else all(set(edit) == {"n", "text"} for edit in value)
