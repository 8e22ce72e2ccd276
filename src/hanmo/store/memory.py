"""The store as a fake: the same ports, in memory, for tests of the use cases. One contract suite holds over both."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from hanmo.core.errors import InvalidRequest, NotFound
from hanmo.core.values import (
    Conversation,
    ConversationSummary,
    EngineIdentity,
    FinishReason,
    Generation,
    Message,
    Problem,
    Sampling,
    Timings,
)
from hanmo.store.memory_articles import MemoryArticles
from hanmo.store.memory_templates import MemoryTemplates
from hanmo.store.rules import ANSWERS_WITH_LEDGERS, check_continuable, checked_ids, checked_text, new_id, next_status, title_of
from hanmo.work.ports import NewTurn


@dataclass(slots=True)
class _State:
    """Conversations without messages, messages without generations; both as they were made, oldest first."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    generations: dict[str, Generation] = field(default_factory=dict)
    sessions: dict[str, tuple[str, float]] = field(default_factory=dict)

    def conversation(self, conversation_id: str) -> Conversation:
        if conversation_id not in self.conversations:
            raise NotFound("conversation_not_found", id=conversation_id)
        return self.conversations[conversation_id]

    def generation(self, generation_id: str) -> Generation:
        if generation_id not in self.generations:
            raise NotFound("generation_not_found", id=generation_id)
        return self.generations[generation_id]

    def whole(self, message: Message, *, ledgers: bool) -> Message:
        """`message` with its generations and their joined text."""
        mine = [generation for generation in self.generations.values() if generation.message_id == message.id]
        if not ledgers:
            mine = [replace(generation, prompt_ids=(), output_ids=()) for generation in mine]
        return replace(message, text=message.text or "".join(each.text for each in mine), generations=tuple(mine))

    def change(self, generation_id: str, **changes: object) -> None:
        self.generations[generation_id] = replace(self.generations[generation_id], **changes)  # type: ignore[arg-type]

    def touch(self, message_id: str, now: float) -> None:
        home = self.homes[message_id]
        self.conversations[home] = replace(self.conversations[home], updated_at=now)


class MemoryConversations:
    """The port `Conversations`."""

    def __init__(self, state: _State, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock

    async def create(self, title: str = "") -> Conversation:
        now = self._clock()
        conversation = Conversation(new_id(), checked_text(title), now, now, None, ())
        self._state.conversations[conversation.id] = conversation
        return conversation

    async def get(self, conversation_id: str) -> Conversation:
        state = self._state
        conversation = state.conversation(conversation_id)
        mine = (message for message in state.messages.values() if state.homes[message.id] == conversation_id)
        return replace(conversation, messages=tuple(state.whole(message, ledgers=False) for message in mine))

    async def add_turn(self, conversation_id: str, text: str, sampling: Sampling, *, parent_id: str | None = None) -> NewTurn:
        state, now = self._state, self._clock()
        checked_text(text)
        conversation = state.conversation(conversation_id)
        if parent_id is None:
            parent_id = conversation.active_id
        else:
            self._check_parent(conversation_id, parent_id)
        turn = NewTurn(new_id(), new_id(), new_id())
        question = Message(turn.user_message_id, parent_id, "user", text, (), now)
        answer = Message(turn.message_id, turn.user_message_id, "assistant", "", (), now)
        for message in (question, answer):
            state.messages[message.id] = message
            state.homes[message.id] = conversation_id
        state.generations[turn.generation_id] = Generation(turn.generation_id, turn.message_id, "queued", sampling, created_at=now)
        title = conversation.title or title_of(text)
        state.conversations[conversation_id] = replace(conversation, title=title, active_id=turn.message_id, updated_at=now)
        return turn

    def _check_parent(self, conversation_id: str, parent_id: str) -> None:
        if parent_id not in self._state.messages:
            raise NotFound("message_not_found", id=parent_id)
        if self._state.homes[parent_id] != conversation_id or self._state.messages[parent_id].role != "assistant":
            raise InvalidRequest("parent_not_answer", id=parent_id)

    async def list(self) -> list[ConversationSummary]:
        found = sorted(self._state.conversations.values(), key=lambda each: (-each.updated_at, -each.created_at, each.id))
        return [ConversationSummary(each.id, each.title, each.created_at, each.updated_at) for each in found]


class MemoryGenerations:
    """The port `Generations`."""

    def __init__(self, state: _State, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock

    async def get(self, generation_id: str) -> Generation:
        return self._state.generation(generation_id)

    async def conversation_of(self, generation_id: str) -> str:
        return self._state.homes[self._state.generation(generation_id).message_id]

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
        continued = any(generation.continues == generation_id for generation in state.generations.values())
        check_continuable(generation_id, before.finish_reason, continued=continued)
        made = Generation(new_id(), before.message_id, "queued", before.sampling, continues=generation_id, created_at=now)
        state.generations[made.id] = made
        state.touch(made.message_id, now)
        return made.id

    async def begin(self, generation_id: str, identity: EngineIdentity, prompt_ids: Sequence[int], dropped_messages: int) -> None:
        ids = checked_ids(prompt_ids)
        status = next_status(self._state.generation(generation_id).status, "begin", generation_id)
        self._state.change(generation_id, status=status, identity=identity, prompt_ids=ids, dropped_messages=dropped_messages)

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

    def __init__(self, state: _State) -> None:
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
        state = _State()
        self.conversations = MemoryConversations(state, clock)
        self.generations = MemoryGenerations(state, clock)
        self.articles = MemoryArticles(clock)
        self.templates = MemoryTemplates(clock)
        self.sessions = MemorySessions(state)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass
