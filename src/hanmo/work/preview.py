"""Looks at a message before it is sent: the very prompt that would be built, what it would cost, and what may be wrong with it.

Rules
  * The prompt is made by `PromptBuilder`, over the path that the message would extend: there is no second way to build one.
  * Nothing is stored, and the engine only takes text apart: a generation that runs goes on undisturbed. A sleeping model is not woken for it.
  * Without a model there are no counts; everything else is said all the same.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import EngineError, InvalidRequest, NotFound, TooLarge
from hanmo.core.knobs import suggest_preset
from hanmo.core.lint import Caution, Review, Setting, lint
from hanmo.core.values import Conversation, Message, Role, Sampling
from hanmo.work import ports
from hanmo.work.prompts import PromptBuilder, rules_of
from hanmo.work.speeds import Speeds

ANSWERING: frozenset[ports.EngineState] = frozenset({"ready", "busy"})


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it would be sent, or as it would be left out."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Cost:
    """`cached_tokens` of `tokens` would not be read again. Seconds from the moment the engine begins; None until speeds were measured."""

    prompt: str
    tokens: int
    cached_tokens: int
    seconds_to_first_token: float | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`cost` is None where no model can count now, or where the prompt is too long. `preset` is the one the text suggests."""

    messages: tuple[Said, ...]
    dropped: tuple[Said, ...]
    cost: Cost | None
    review: Review
    preset: str | None


@dataclass(frozen=True, slots=True)
class _Built:
    """`dropped` of the oldest messages would be left out; `caution` says why there is no cost."""

    cost: Cost | None = None
    dropped: int = 0
    caution: Caution | None = None


class Previewer:
    """The use case; it keeps nothing between two looks."""

    def __init__(self, engine: ports.Engine, conversations: ports.Conversations, generations: ports.Generations) -> None:
        self._engine = engine
        self._conversations = conversations
        self._generations = generations

    async def preview(
        self,
        text: str,
        fields: BriefFields,
        sampling: Sampling,
        speeds: Speeds,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
    ) -> Preview:
        """`text` is what was made of `fields`, `speeds` are those measured so far. `NotFound` or `InvalidRequest` where the message could
        not be sent there."""
        before = await self._before(conversation_id, parent_id)
        path = [*before, Message("", None, "user", text), Message("", None, "assistant", "")]
        built = await self._build(path, sampling, speeds, conversation_id)
        status = self._engine.status()
        setting = Setting(sampling, status.n_ctx, 1 / speeds.words_per_token if speeds.words_per_token else None, first=not before)
        review = await asyncio.to_thread(lint, fields, setting)  # a long text takes a while, and streams go on meanwhile
        preset = await asyncio.to_thread(suggest_preset, fields.task or fields.text)
        if built.caution:
            review = replace(review, cautions=(built.caution, *review.cautions))
        said = [Said(message.role, message.text) for message in path[:-1]]
        return Preview(
            messages=(Said("system", rules_of(path)), *said[built.dropped :]),
            dropped=tuple(said[: built.dropped]),
            cost=built.cost,
            review=review,
            preset=preset,
        )

    async def _build(self, path: Sequence[Message], sampling: Sampling, speeds: Speeds, conversation_id: str | None) -> _Built:
        if self._engine.status().state not in ANSWERING:
            return _Built()
        try:
            identity = await self._engine.identity()
            builder = PromptBuilder(self._engine, identity.model_sha256, identity.n_ctx, await self._engine.chat_format())
            prompt = await builder.build(path, sampling.max_new_tokens)
            work = f"conversation:{conversation_id}" if conversation_id else None
            cached = await self._engine.count_cached(work, prompt.ids)
            cost = Cost(
                await self._engine.text_of(prompt.ids), len(prompt.ids), cached, speeds.seconds_to_read(len(prompt.ids) - cached)
            )
            return _Built(cost, prompt.dropped_messages)
        except TooLarge as error:
            return _Built(caution=Caution("prompt_too_long", params={name: int(value) for name, value in error.params.items()}))
        except EngineError:
            return _Built()  # it went away in between: the status line says so

    async def _before(self, conversation_id: str | None, parent_id: str | None) -> list[Message]:
        """The messages that the new one would follow, with the ledgers that its prompt is built on."""
        if conversation_id is None:
            if parent_id is not None:
                raise NotFound("message_not_found", id=parent_id)
            return []
        answer = _answer(await self._conversations.get(conversation_id), parent_id)
        return await self._generations.path(answer.generations[-1].id) if answer else []


def _answer(conversation: Conversation, parent_id: str | None) -> Message | None:
    """The answer that the new message would stand under; None at the beginning."""
    chosen = parent_id or conversation.active_id
    if chosen is None:
        return None
    found = next((message for message in conversation.messages if message.id == chosen), None)
    if found is None:
        raise NotFound("message_not_found", id=chosen)
    if found.role != "assistant":
        raise InvalidRequest("parent_not_answer", id=chosen)
    return found
