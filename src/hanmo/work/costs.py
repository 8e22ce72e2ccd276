"""What an action will cost before it is taken: tokens to read, seconds to the first word, for 100 字, and to the end where the length is ours.

Rules
  * The prompt is the one that the action itself would build: there is no second way to build one. What stands in the cache is counted in.
  * Nothing is stored, and the engine only takes text apart. A sleeping model is not woken: without one there is no cost to tell.
  * Seconds run from the moment when the engine begins; they are None until this machine was measured.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hanmo.core.speeds import Speeds
from hanmo.core.text import Language, language_of
from hanmo.core.values import Sampling
from hanmo.work import ports
from hanmo.work.drafts import DraftPath, Drafts
from hanmo.work.prompts import PromptBuilder, words_left

ANSWERING: frozenset[ports.EngineState] = frozenset({"ready", "busy"})


@dataclass(frozen=True, slots=True)
class Cost:
    """`cached_tokens` of `tokens` are read already. `seconds_to_end` is for `words` more, where a length is known, and with the reading."""

    tokens: int
    cached_tokens: int
    seconds_to_first_token: float | None = None
    seconds_per_100_words: float | None = None
    words: int | None = None
    seconds_to_end: float | None = None


SHORT_QUESTION: dict[Language, str] = {"zh": "问", "en": "Why"}
"""The rules at the front are in the language of the first question that is sent."""

FREE = Cost(0, 0, 0.0, None, None, 0.0)
"""Of what needs no model."""


def cost_of(
    speeds: Speeds,
    num_tokens: int,
    standing: ports.Standing,
    lang: Language,
    words: int | None = None,
    most_tokens: int | None = None,
) -> Cost:
    """Of one run over a prompt, of which `words` are wanted; it ends after `most_tokens` in any case."""
    first = speeds.seconds_to_first_token(num_tokens - standing.cached, num_tokens, standing.moved)
    per_token = speeds.words_per_token(lang)
    if words and most_tokens and per_token:
        words = min(words, max(1, round(most_tokens * per_token)))
    whole = speeds.seconds_for_words(words, num_tokens, lang) if words else None
    return Cost(
        num_tokens,
        standing.cached,
        first,
        speeds.seconds_for_words(100, num_tokens, lang),
        words or None,
        None if first is None or whole is None else first + whole,
    )


class ConversationCosts:
    """Of what can be done in a conversation. All return None where no model can count now."""

    def __init__(self, engine: ports.Engine, drafts: Drafts, speeds: Callable[[], Speeds]) -> None:
        self._engine = engine
        self._drafts = drafts
        self._speeds = speeds

    async def send(
        self,
        text: str,
        sampling: Sampling,
        conversation_id: str | None,
        parent_id: str | None = None,
        beside_id: str | None = None,
        words: int | None = None,
    ) -> Cost | None:
        """A message, or with `beside_id` another version of a question. `words`: a length that is asked for beside the text."""
        path = await self._drafts.path(text, conversation_id, parent_id, beside_id)
        return await self._cost(path, sampling, conversation_id, words)

    async def again(self, conversation_id: str, message_id: str, sampling: Sampling) -> Cost | None:
        return await self._cost(await self._drafts.again(conversation_id, message_id), sampling, conversation_id)

    async def go_on(self, conversation_id: str, generation_id: str) -> Cost | None:
        """With the sampling that the answer began with."""
        path = await self._drafts.on(generation_id)
        begun = next(each for each in path.messages[-1].generations if each.id == generation_id)
        return await self._cost(path, begun.sampling, conversation_id)

    async def limited(self, conversation_id: str, rounds: int | None, sampling: Sampling) -> Cost | None:
        """The next message, a short one, if so many rounds went with it from now on."""
        path = await self._drafts.path("", conversation_id)
        return await self._cost(DraftPath(path.messages, rounds), sampling, conversation_id)

    async def cleared(self, conversation_id: str, sampling: Sampling) -> Cost | None:
        """The next message, a short one, if the context was cleared now."""
        path = await self._drafts.path("", conversation_id)
        *history, question, answer = path.messages
        before = [replace(message, cleared=message.role == "assistant") for message in history]
        asked = replace(question, text=SHORT_QUESTION[language_of(path.messages[0].text)])
        return await self._cost(DraftPath((*before, asked, answer), path.rounds), sampling, conversation_id)

    @staticmethod
    def unread(cost: Cost, speeds: Speeds) -> Cost:
        """The same on a model that has read nothing of it, with its own speeds. What it will write is not known."""
        return replace(
            cost,
            cached_tokens=0,
            seconds_to_first_token=speeds.seconds_to_first_token(cost.tokens, cost.tokens),
            seconds_per_100_words=None,
            seconds_to_end=None,
        )

    async def _cost(
        self, path: DraftPath, sampling: Sampling, conversation_id: str | None, words: int | None = None
    ) -> Cost | None:
        if self._engine.status().state not in ANSWERING:
            return None
        identity = await self._engine.identity()
        builder = PromptBuilder(self._engine, identity.model_sha256, identity.n_ctx, await self._engine.chat_format())
        prompt = await builder.build(path.messages, sampling.max_new_tokens, path.rounds)
        work = f"conversation:{conversation_id}" if conversation_id else None
        standing = await self._engine.standing(work, prompt.ids)
        words, most = words or words_left(path.messages), min(sampling.max_new_tokens, identity.n_ctx - len(prompt.ids))
        return cost_of(self._speeds(), len(prompt.ids), standing, _language(path), words, most)


def _language(path: DraftPath) -> Language:
    return language_of(path.messages[-2].text or path.messages[0].text)


def summed(first: Cost, seconds: Sequence[float | None], words: int | None) -> Cost:
    """An action of several runs: `first` is what the first one costs, `seconds` what reading and writing all of them takes."""
    known = [each for each in seconds if each is not None]
    whole = sum(known) if len(known) == len(seconds) else None
    return Cost(first.tokens, first.cached_tokens, first.seconds_to_first_token, first.seconds_per_100_words, words or None, whole)
