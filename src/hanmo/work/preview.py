"""Looks at a message before it is sent: the very prompt that would be built, what it would cost, and what may be wrong with it.

Rules
  * The prompt is made by `PromptBuilder`, over the path that the message would extend: there is no second way to build one.
  * Nothing is stored, and the engine only takes text apart: a generation that runs goes on undisturbed. A sleeping model is not woken for it.
  * Without a model there are no counts; everything else is said all the same.
"""

import asyncio
from dataclasses import dataclass, replace

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import EngineError, TooLarge
from hanmo.core.knobs import suggest_preset
from hanmo.core.lint import Caution, Review, Setting, lint
from hanmo.core.speeds import Speeds
from hanmo.core.text import language_of
from hanmo.core.values import Problem, Role, Sampling
from hanmo.work import ports
from hanmo.work.costs import ANSWERING, Cost, cost_of
from hanmo.work.drafts import DraftPath, Drafts
from hanmo.work.prompts import PromptBuilder, asked_words, rules_of


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it would be sent, or as it would be left out."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`cost` and `prompt` are None where no model can count now, or where the prompt is too long. `preset` is the one the text suggests,
    `refusal` why it would not be taken as it stands."""

    messages: tuple[Said, ...]
    dropped: tuple[Said, ...]
    cost: Cost | None
    prompt: str | None
    review: Review
    preset: str | None
    refusal: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Built:
    """`dropped` of the oldest messages would not be sent; `caution` says why there is no cost."""

    cost: Cost | None = None
    prompt: str | None = None
    dropped: int = 0
    caution: Caution | None = None


class Previewer:
    """The use case; it keeps nothing between two looks."""

    def __init__(self, engine: ports.Engine, drafts: Drafts) -> None:
        self._engine = engine
        self._drafts = drafts

    async def preview(
        self,
        text: str,
        fields: BriefFields,
        sampling: Sampling,
        speeds: Speeds,
        *,
        conversation_id: str | None = None,
        parent_id: str | None = None,
        beside_id: str | None = None,
    ) -> Preview:
        """`text` is what was made of `fields`, `speeds` are those measured so far. `NotFound` or `InvalidRequest` where the message could
        not be sent there."""
        path = await self._drafts.path(text, conversation_id, parent_id, beside_id)
        built = await self._build(path, sampling, speeds, conversation_id, fields.words)
        messages = path.messages
        status = self._engine.status()
        per_token = speeds.words_per_token(language_of(text))
        setting = Setting(sampling, status.n_ctx, 1 / per_token if per_token else None, first=len(messages) == 2)
        review = await asyncio.to_thread(lint, fields, setting)  # a long text takes a while, and streams go on meanwhile
        preset = await asyncio.to_thread(suggest_preset, fields.task or fields.text)
        if built.caution:
            review = replace(review, cautions=(built.caution, *review.cautions))
        said = [Said(message.role, message.text) for message in messages[:-1]]
        return Preview(
            messages=(Said("system", rules_of(messages[built.dropped :])), *said[built.dropped :]),
            dropped=tuple(said[: built.dropped]),
            cost=built.cost,
            prompt=built.prompt,
            review=review,
            preset=preset,
        )

    async def _build(
        self, path: DraftPath, sampling: Sampling, speeds: Speeds, conversation_id: str | None, words: int | None
    ) -> _Built:
        if self._engine.status().state not in ANSWERING:
            return _Built()
        try:
            identity = await self._engine.identity()
            builder = PromptBuilder(self._engine, identity.model_sha256, identity.n_ctx, await self._engine.chat_format())
            prompt = await builder.build(path.messages, sampling.max_new_tokens, path.rounds)
            work = f"conversation:{conversation_id}" if conversation_id else None
            standing = await self._engine.standing(work, prompt.ids)
            lang, words = language_of(path.messages[-2].text), words or asked_words(path.messages)
            most = min(sampling.max_new_tokens, identity.n_ctx - len(prompt.ids))
            cost = cost_of(speeds, len(prompt.ids), standing, lang, words, most)
            return _Built(cost, await self._engine.text_of(prompt.ids), prompt.left_out_messages + prompt.dropped_messages)
        except TooLarge as error:
            return _Built(caution=Caution("prompt_too_long", params={name: int(value) for name, value in error.params.items()}))
        except EngineError:
            return _Built()  # it went away in between: the status line says so
