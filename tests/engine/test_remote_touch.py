"""The remote engine stays in touch with its server for months, without being busy with it, and questions beside a run do it no harm."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from hanmo.core.errors import EngineLost, EngineUnavailable
from hanmo.engine import RemoteOptions, remote_server
from hanmo.engine import remote as remote_module
from hanmo.engine.remote_server import Server, ServerFace
from hanmo.engine.wire import Wire
from hanmo.work.ports import EngineDone, EngineRequest, TextPiece
from tests.engine.runs import GREEDY, chat_prompt, run
from tests.engine.test_remote import free_port, remote
from tests.llama import LlamaServer

LONG = replace(GREEDY, max_new_tokens=60)


@pytest.fixture(scope="module")
def server(model_file: Path) -> Iterator[LlamaServer]:
    with LlamaServer(model_file, n_parallel=1, n_ctx=2048) as running:
        yield running


def test_after_months_away_it_is_looked_for_as_often_as_after_a_minute() -> None:
    options = RemoteOptions("http://127.0.0.1:9")
    assert [options.pause_after(failures) for failures in (0, 1, 2, 10, 5_000_000)] == [0.5, 0.5, 1.0, 15.0, 15.0]


async def test_one_that_is_asked_for_while_it_is_met_is_not_looked_at_without_a_pause(
    model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, waiting, port = count(), list[asyncio.Task[object]](), free_port()

    async def face_of(wire: Wire, host: str) -> ServerFace:
        next(looks)
        await asyncio.sleep(0)
        return await real_face_of(wire, host)

    async def meet(wire: Wire, face: ServerFace, host: str) -> Server:
        waiting.append(asyncio.create_task(engine.identity()))
        return await real_meet(wire, face, host)

    real_face_of, real_meet = remote_server.face_of, remote_server.meet
    monkeypatch.setattr(remote_module, "face_of", face_of)
    monkeypatch.setattr(remote_module, "meet", meet)
    async with remote(f"http://127.0.0.1:{port}", pause_s=0.2, beat_s=1000.0) as engine:
        with pytest.raises(EngineUnavailable):
            await engine.identity()
        with LlamaServer(model_file, port=port, n_parallel=1, n_ctx=2048):
            engine._wanted.set()
            while not waiting:
                await asyncio.sleep(0.05)
            await waiting[0]
            before = next(looks)
            await asyncio.sleep(0.5)
            assert next(looks) - before <= 2


async def test_a_question_that_fails_beside_a_run_does_not_end_it(server: LlamaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with remote(server.url, beat_s=1000.0) as engine:
        prompt, text, ended = await chat_prompt(engine, "写一篇很长的文章。"), "", False
        met = engine._server
        assert met is not None

        async def breaks(*_: object, **__: object) -> tuple[int, ...]:
            raise EngineLost("engine_died")

        async with aclosing(engine.generate(EngineRequest(prompt, LONG))) as events:
            async for event in events:
                if isinstance(event, TextPiece) and not text:
                    with monkeypatch.context() as patch:
                        patch.setattr(Wire, "tokenize", breaks)
                        with pytest.raises(EngineLost, match="remote_lost"):
                            await engine.tokenize("好")
                text += event.text if isinstance(event, TextPiece) else ""
                ended = isinstance(event, EngineDone)
        assert (bool(text), ended, engine._server) == (True, True, met)


async def test_where_another_one_answers_each_time_it_is_said_and_comes_to_an_end(
    server: LlamaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = count()

    async def face_of(wire: Wire, host: str) -> ServerFace:
        return replace(await real_face_of(wire, host), mark=str(next(names)))

    real_face_of = remote_server.face_of
    monkeypatch.setattr(remote_module, "face_of", face_of)
    async with remote(server.url, beat_s=1000.0) as engine:
        prompt = await chat_prompt(engine, "好")
        with pytest.raises(EngineUnavailable, match="remote_restless"):
            await run(engine, prompt)


def test_a_key_is_not_in_what_is_said_of_the_options() -> None:
    assert "sesame" not in repr(RemoteOptions("http://127.0.0.1:9", "sesame"))
