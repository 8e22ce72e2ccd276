"""The remote engine when things go wrong: the server is away, dies, refuses the key, is another program or another model."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hanmo.core.errors import EngineChanged, EngineLost, EngineUnavailable
from hanmo.engine import RemoteEngine, RemoteOptions
from hanmo.engine.remote_slots import SlotGuess
from hanmo.i18n import LANGUAGES, problem_words
from hanmo.work.ports import EngineRequest, TextPiece
from tests.engine.runs import GREEDY, chat_prompt, run
from tests.llama import LlamaServer

LONG = replace(GREEDY, max_new_tokens=500)
QUICK = {"pause_s": 0.05, "beat_s": 0.2, "patience": 2}
SECONDS = 60


@pytest.fixture(scope="module")
def server(model_file: Path) -> Iterator[LlamaServer]:
    with LlamaServer(model_file, n_parallel=1, n_ctx=2048) as running:
        yield running


@asynccontextmanager
async def remote(url: str, **changed: object) -> AsyncGenerator[RemoteEngine]:
    async with RemoteEngine(replace(RemoteOptions(url), **(QUICK | changed))) as engine, asyncio.timeout(SECONDS):  # type: ignore[arg-type]
        yield engine


async def until(holds: Callable[[], bool], engine: RemoteEngine) -> None:
    """Waits for changes of the engine until it does."""
    while not holds():
        await engine._changed.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def refusal(url: str, **changed: object) -> EngineUnavailable:
    """Why an engine there cannot be used, said in both languages without blanks left."""
    async with remote(url, **changed) as engine:
        with pytest.raises(EngineUnavailable) as refused:
            await engine.identity()
        status = engine.status()
        assert (status.state, status.problem) == ("failed", refused.value.problem)
    for lang in LANGUAGES:
        words = problem_words(refused.value.code, refused.value.params, lang)
        assert all(words)
        assert "{" not in "".join(words)
    return refused.value


@asynccontextmanager
async def answering(status: str, body: object, **headers: str) -> AsyncGenerator[tuple[str, list[bytes]]]:
    """A server that gives this to whoever asks; its URL, and the first lines it heard."""
    heard: list[bytes] = []
    content = json.dumps(body).encode() if not isinstance(body, bytes) else body
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            heard.append((await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0])
            head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{more}\r\n"
            writer.write(head.encode() + content)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", heard


async def test_a_server_that_is_away_is_said_to_be_so_and_found_when_it_comes(model_file: Path) -> None:
    port = free_port()
    async with remote(f"http://127.0.0.1:{port}") as engine:
        assert engine.status().state == "starting"
        with pytest.raises(EngineUnavailable, match="remote_away"):
            await engine.identity()
        assert engine.status().state == "failed"
        with LlamaServer(model_file, port=port, n_parallel=1, n_ctx=2048):
            await until(lambda: engine.status().state == "ready", engine)
            assert engine.status().problem is None
            assert (await run(engine, await chat_prompt(engine, "好"))).text


async def test_a_server_that_dies_in_an_answer_ends_it_and_the_next_one_comes_by_itself(model_file: Path) -> None:
    with LlamaServer(model_file, n_parallel=1, n_ctx=2048) as server:
        async with remote(server.url, patience=1000) as engine:
            prompt, text = await chat_prompt(engine, "写一篇很长的文章。"), ""
            before = await engine.identity()
            with pytest.raises(EngineLost, match="remote_lost"):
                async with aclosing(engine.generate(EngineRequest(prompt, LONG))) as events:
                    async for event in events:
                        text += event.text if isinstance(event, TextPiece) else ""
                        if len(text) > 10:
                            server.kill()
            assert text
            assert engine.status().state == "starting"
            waiting = asyncio.create_task(engine.identity())
            server.start()
            assert await waiting == before, "it is the same model"
            assert (await run(engine, prompt, identity=before)).text


async def test_a_server_that_dies_at_rest_is_noticed_by_nobody_asking(model_file: Path) -> None:
    with LlamaServer(model_file, n_parallel=1, n_ctx=2048) as server:
        async with remote(server.url) as engine:
            await engine.identity()
            server.kill()
            await until(lambda: engine.status().state == "failed", engine)
            problem = engine.status().problem
            assert problem is not None
            assert problem.code == "remote_away"


async def test_one_that_stands_still_ends_the_run(model_file: Path) -> None:
    with LlamaServer(model_file, n_parallel=1, n_ctx=2048) as server:
        async with remote(server.url, silence_s=0.5, health_s=0.5, beat_s=5.0) as engine:
            prompt, text = await chat_prompt(engine, "写一篇很长的文章。"), ""
            with pytest.raises(EngineLost, match="remote_silent"):
                async with aclosing(engine.generate(EngineRequest(prompt, LONG))) as events:
                    async for event in events:
                        if isinstance(event, TextPiece) and not text:
                            server.freeze()
                        text += event.text if isinstance(event, TextPiece) else ""
            assert text


async def test_silence_alone_is_no_fault(server: LlamaServer) -> None:
    async with remote(server.url, silence_s=0.01) as engine:
        assert (await run(engine, await chat_prompt(engine, "春眠不觉晓。" * 60))).text


async def test_another_model_at_the_same_address_is_another_engine(model_file: Path) -> None:
    with LlamaServer(model_file, n_parallel=1, n_ctx=2048, alias="one") as server:
        async with remote(server.url, beat_s=1000.0) as engine:
            first = await engine.identity()
            assert first.model_id == "one"
            prompt = await chat_prompt(engine, "好")
            await run(engine, prompt, work="mine", identity=first)
            server.kill()
            server.start(alias="two")
            with pytest.raises(EngineChanged):
                await run(engine, prompt, work="mine", identity=first)
            second = await engine.identity()
            assert second.model_id == "two"
            assert second.model_sha256 != first.model_sha256
            assert await engine.remembered("mine") == (), "its ids mean nothing to another model"


async def test_a_key_is_sent_and_one_that_is_wrong_is_said_to_be(model_file: Path) -> None:
    with LlamaServer(model_file, n_parallel=1, n_ctx=2048, key="open sesame", prefix="/llm") as server:
        for key in ("", "wrong"):
            refused = await refusal(server.url, key=key)
            assert refused.code == "remote_key_refused"
            assert "HANMO_ENGINE_KEY" in problem_words(refused.code, refused.params, "en")[2]
        async with remote(server.url, key="open sesame") as engine:
            assert (await run(engine, await chat_prompt(engine, "好"))).text
        assert (await refusal(server.url.removesuffix("/llm"), key="open sesame")).code == "remote_other_program"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("404 Not Found", b"404 page not found"),
        ("404 Not Found", {"detail": "Not Found"}),
        ("200 OK", b"<html>hello</html>"),
        ("200 OK", {"models": []}),
        ("200 OK", [1]),
        ("405 Method Not Allowed", b""),
    ],
)
async def test_another_program_is_told_by_one_sentence_that_says_what_is_needed(status: str, body: object) -> None:
    async with answering(status, body) as (url, _):
        refused = await refusal(url)
    assert refused.code == "remote_other_program"
    assert "llama-server" in problem_words(refused.code, refused.params, "en")[2]


async def test_a_redirect_is_not_followed() -> None:
    async with (
        answering("200 OK", {}) as (elsewhere, heard),
        answering("302 Found", b"", Location=f"{elsewhere}/props") as (url, _),
    ):
        assert (await refusal(url)).code == "remote_other_program"
    assert heard == []


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"])
async def test_a_proxy_with_nobody_behind_it_is_a_server_that_is_away(status: str) -> None:
    async with answering(status, b"<html>sorry</html>") as (url, _):
        assert (await refusal(url)).code == "remote_away"


async def test_a_server_that_loads_its_model_is_waited_for() -> None:
    loading = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    async with answering("503 Service Unavailable", loading) as (url, heard), remote(url) as engine:
        waiting = asyncio.create_task(engine.identity())
        await until(lambda: len(heard) > 5, engine)
        assert (engine.status().state, waiting.done()) == ("starting", False)
        waiting.cancel()


async def test_a_router_without_a_model_is_said_to_be_one() -> None:
    async with answering("200 OK", {"role": "router", "default_generation_settings": {"n_ctx": 0}}) as (url, _):
        assert (await refusal(url)).code == "remote_no_model"


async def test_one_that_nods_at_everything_is_not_believed() -> None:
    polite = {"default_generation_settings": {"n_ctx": 2048}, "tokens": [1], "content": "naïve", "prompt": "x"}
    async with answering("200 OK", polite) as (url, _):
        assert (await refusal(url)).code == "chat_template_odd"


def test_the_guess_learns_how_far_back_a_server_remembers() -> None:
    def ids(name: int) -> tuple[int, ...]:
        return tuple(range(1000 * name, 1000 * name + 100))

    guess = SlotGuess()
    for name in (1, 2):
        guess.take(ids(name))
        guess.stands(ids(name), 0)
    assert guess.cached(ids(1)) == 99
    guess.take(ids(1))
    guess.stands(ids(1), 0)  # the server had forgotten it: it has one slot and keeps nothing
    guess.take(ids(2))
    guess.stands(ids(2), 0)
    assert guess.cached(ids(2)) == 99
    assert guess.cached(ids(1)) == 0
