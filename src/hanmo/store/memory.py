"""The store as a fake: the same ports, in memory, for tests of the use cases. One contract suite holds over both."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from hanmo.core.errors import NotFound
from hanmo.core.history import DEFAULT_ROUNDS
from hanmo.core.values import (
    Conversation,
    ConversationSummary,
    EngineIdentity,
    FinishReason,
    Generation,
    Message,
    Problem,
    Timings,
)
from hanmo.store.memory_articles import MemoryArticles
from hanmo.store.memory_search import MemorySearch
from hanmo.store.memory_state import State
from hanmo.store.memory_templates import MemoryTemplates
from hanmo.store.memory_trees import MemoryTrees
from hanmo.store.rules import ANSWERS_WITH_LEDGERS, check_continuable, checked_ids, checked_text, new_id, next_status


class MemoryConversations(MemoryTrees):
    """The port `Conversations`."""

    async def create(self, title: str = "") -> Conversation:
        now = self._clock()
        conversation = Conversation(new_id(), checked_text(title), now, now, None, (), rounds=DEFAULT_ROUNDS)
        self._state.conversations[conversation.id] = conversation
        return conversation

    async def get(self, conversation_id: str) -> Conversation:
        state = self._state
        conversation = state.conversation(conversation_id)
        mine = state.visible(conversation_id)
        return replace(conversation, messages=tuple(state.whole(message, ledgers=False) for message in mine))

    async def list(self) -> list[ConversationSummary]:
        there = (each for each in self._state.conversations.values() if each.id not in self._state.deleted)
        found = sorted(there, key=lambda each: (not each.pinned, -each.updated_at, -each.created_at, each.id))
        return [ConversationSummary(each.id, each.title, each.created_at, each.updated_at, each.pinned) for each in found]

    async def rename(self, conversation_id: str, title: str) -> None:
        self._state.change_conversation(conversation_id, title=checked_text(title))

    async def pin(self, conversation_id: str, pinned: bool) -> None:
        self._state.change_conversation(conversation_id, pinned=pinned)

    async def set_rounds(self, conversation_id: str, rounds: int | None) -> None:
        self._state.change_conversation(conversation_id, rounds=rounds)

    async def delete(self, conversation_id: str) -> None:
        self._state.deleted.add(self._state.conversation(conversation_id).id)

    async def restore(self, conversation_id: str) -> None:
        if conversation_id not in self._state.conversations:
            raise NotFound("conversation_not_found", id=conversation_id)
        self._state.deleted.discard(conversation_id)


class MemoryGenerations:
    """The port `Generations`."""

    def __init__(self, state: State, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock

    async def get(self, generation_id: str) -> Generation:
        return self._state.generation(generation_id)

    async def conversation_of(self, generation_id: str) -> str:
        return self._state.homes[self._state.generation(generation_id).message_id]

    async def rounds(self, generation_id: str) -> int | None:
        return self._state.conversations[await self.conversation_of(generation_id)].rounds

    async def path(self, generation_id: str) -> list[Message]:
        state = self._state
        way: list[Message] = []
        begun = 0
        step: str | None = state.generation(generation_id).message_id
        while step is not None:
            light = state.whole(state.messages[step], ledgers=False)
            has_begun = any(each.identity for each in light.generations)
            begun += has_begun
            way.append(state.whole(state.messages[step], ledgers=True) if has_begun and begun <= ANSWERS_WITH_LEDGERS else light)
            step = light.parent_id
        return way[::-1]

    async def add_continuation(self, generation_id: str) -> str:
        state, now = self._state, self._clock()
        before = state.generation(generation_id)
        if before.message_id in state.deleted_with or state.homes[before.message_id] in state.deleted:
            raise NotFound("generation_not_found", id=generation_id)
        continued = any(generation.continues == generation_id for generation in state.generations.values())
        answer = state.whole(state.messages[before.message_id], ledgers=False)
        check_continuable(generation_id, before.finish_reason, answer.text, continued=continued)
        made = Generation(new_id(), before.message_id, "queued", before.sampling, continues=generation_id, created_at=now)
        state.generations[made.id] = made
        state.touch(made.message_id, now)
        return made.id

    async def begin(
        self,
        generation_id: str,
        identity: EngineIdentity,
        prompt_ids: Sequence[int],
        dropped_messages: int,
        left_out_messages: int = 0,
    ) -> None:
        ids = checked_ids(prompt_ids)
        status = next_status(self._state.generation(generation_id).status, "begin", generation_id)
        lacking = {"dropped_messages": dropped_messages, "left_out_messages": left_out_messages}
        self._state.change(generation_id, status=status, identity=identity, prompt_ids=ids, **lacking)

    async def append(self, generation_id: str, text: str, ids: Sequence[int]) -> int:
        checked_text(text)
        kept = checked_ids(ids)
        before = self._state.generation(generation_id)
        status = next_status(before.status, "append", generation_id)
        joined = before.text + text
        ends = (*before.ends, len(joined))
        self._state.change(generation_id, status=status, text=joined, ends=ends, output_ids=before.output_ids + kept)
        return len(ends)

    async def finish(
        self, generation_id: str, finish_reason: FinishReason, *, timings: Timings, problem: Problem | None = None
    ) -> Generation:
        before = self._state.generation(generation_id)
        status = next_status(before.status, "finish", generation_id)
        self._state.change(generation_id, status=status, finish_reason=finish_reason, timings=timings, problem=problem)
        self._state.touch(before.message_id, self._clock())
        return self._state.generation(generation_id)

    async def interrupt_unfinished(self) -> int:
        unfinished = [each.id for each in self._state.generations.values() if each.status != "finished"]
        for generation_id in unfinished:
            self._state.change(generation_id, status="finished", finish_reason="interrupted")
        return len(unfinished)


class MemorySessions:
    """The port `Sessions`."""

    def __init__(self, state: State) -> None:
        self._sessions = state.sessions

    async def add(self, token_sha256: str, stamp: str, expires_at: float) -> None:
        self._sessions[token_sha256] = (stamp, expires_at)

    async def is_open(self, token_sha256: str, stamp: str, now: float) -> bool:
        kept_stamp, expires_at = self._sessions.get(token_sha256, ("", 0.0))
        return kept_stamp == stamp and expires_at > now

    async def remove(self, token_sha256: str) -> None:
        self._sessions.pop(token_sha256, None)


class MemoryStore:
    """`Store`'s fake: same attributes, same rules, nothing kept. `clock` gives Unix seconds. Entering it is allowed, not needed."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        state = State()
        self.conversations = MemoryConversations(state, clock)
        self.generations = MemoryGenerations(state, clock)
        self.articles = MemoryArticles(clock)
        self.search = MemorySearch(state, self.articles)
        self.templates = MemoryTemplates(clock)
        self.sessions = MemorySessions(state)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass
