"""Nothing is read twice by an engine elsewhere either: by kind of turn, with the server's own figure of what it found."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from hanmo.core.values import Generation
from hanmo.engine import RemoteEngine, RemoteOptions
from hanmo.engine.slot_files import common_prefix
from hanmo.store import MemoryStore
from hanmo.work.conversations import Talk
from hanmo.work.generations import Runner
from hanmo.work.live import EndEvent
from hanmo.work.ports import EngineDone, EngineEvent, EngineRequest, TextPiece
from tests.llama import LlamaServer
from tests.work.studio import at_desk

NEW_TOKENS = 16
"""Beyond the new ones at most so many are read."""
SENTENCE_TOKENS = 64
LONG = "写一个关于江南春天的故事，有山，有水，有一座老桥。" * 8


class Recording(RemoteEngine):
    """Remembers each run's work, prompt, what stood in the cache after it, and how many tokens of the prompt the server had."""

    def __init__(self, options: RemoteOptions) -> None:
        super().__init__(options)
        self.runs: list[tuple[str | None, tuple[int, ...], tuple[int, ...], int]] = []

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        ids, cached = request.prompt_ids, 0
        try:
            async with aclosing(super().generate(request)) as events:
                async for event in events:
                    ids += event.ids if isinstance(event, TextPiece) else ()
                    cached = getattr(event, "cached", cached)
                    if isinstance(event, EngineDone):
                        assert event.timings.prompt_tokens == len(request.prompt_ids)
                        cached = event.timings.cached_tokens
                    yield event
        finally:
            self.runs.append((request.work, request.prompt_ids, ids, cached))


@pytest.fixture(scope="module")
async def engine(model_file: Path) -> AsyncIterator[Recording]:
    with LlamaServer(model_file, n_ctx=8192) as server:
        async with Recording(RemoteOptions(server.url)) as remote:
            yield remote


def ledger(generation: Generation) -> tuple[int, ...]:
    return (*generation.prompt_ids, *generation.output_ids)


def read(generation: Generation) -> int:
    return generation.timings.prompt_tokens - generation.timings.cached_tokens


async def test_each_kind_of_turn_of_a_conversation_is_appended_to_what_the_server_has(engine: Recording) -> None:
    store = MemoryStore()
    async with Runner(engine, store.generations, queue_limit=8) as runner:
        talk = Talk(store.conversations, store.generations, runner)
        conversation = (await store.conversations.create()).id

        async def end(generation_id: str) -> Generation:
            async for event in runner.follow(generation_id):
                if isinstance(event, EndEvent):
                    return await store.generations.get(generation_id)
            raise AssertionError("no end")

        async def send(text: str, **more: str) -> Generation:
            sampling = {"max_new_tokens": 40, "temperature": 0.7, "seed": 7}
            return await end((await talk.send(conversation, text, sampling=sampling, **more)).generation_id)  # type: ignore[arg-type]

        first = await send(LONG)
        second = await send("再讲一个")
        assert second.prompt_ids[: len(ledger(first))] == ledger(first)
        assert read(second) <= len(second.prompt_ids) - len(ledger(first)) + NEW_TOKENS

        cut_off = {"max_new_tokens": 12, "temperature": 0.7, "seed": 8}
        again = await end((await talk.answer_again(conversation, second.message_id, sampling=cut_off)).generation_id)
        assert again.prompt_ids == second.prompt_ids
        assert read(again) <= NEW_TOKENS

        more = await end((await talk.go_on(again.id)).generation_id)
        assert more.prompt_ids == ledger(again)
        assert read(more) <= NEW_TOKENS

        third = await send("第三个")
        assert third.prompt_ids[: len(ledger(more))] == ledger(more)
        assert read(third) <= len(third.prompt_ids) - len(ledger(more)) + NEW_TOKENS

        question = (await store.conversations.get(conversation)).messages[2].id
        changed = await send("换一个讲法", beside_id=question)
        assert changed.prompt_ids[: len(ledger(first))] == ledger(first)
        assert read(changed) <= len(changed.prompt_ids) - len(ledger(first)) + NEW_TOKENS


async def test_each_request_of_an_article_is_appended_to_what_the_server_has(engine: Recording) -> None:
    begun = len(engine.runs)
    async with at_desk(engine, MemoryStore().articles, limit_s=300) as s:  # type: ignore[arg-type]
        article_id = await s.planned(60, 60, 60)
        await s.write(article_id)
        assert all((await s.texts(article_id)).values())
    runs = [run for run in engine.runs[begun:] if run[0] == f"article:{article_id}"]
    assert len(runs) >= 3
    for i, (_, prompt, _, cached) in enumerate(runs[1:], start=1):
        shared = max(common_prefix(prompt, before) for _, _, before, _ in runs[:i])
        assert shared >= len(runs[i - 1][1]) - SENTENCE_TOKENS, (
            "what was asked before stands in front, but for a sentence taken back"
        )
        assert len(prompt) - cached <= len(prompt) - shared + NEW_TOKENS
