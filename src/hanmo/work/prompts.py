"""Builds the prompt of a generation as token ids, so that nothing is read twice.

Rules
  * A prompt is the ledger of the turn before plus new ids. What once stood in the KV cache is never tokenized again: a text taken apart
    again gives other ids in one case of three.
  * What the conversation's limit and its clearings leave out is decided by `core/history.py`, in steps, so that most turns append. A ledger that
    has what is now left out, or lacks what is now sent again, is not built on.
  * A user's text is tokenized as plain text; only the chat template's own marks are special tokens.
  * Where all does not fit the context, whole turns are left out from the oldest on, down to half of the room at once, so that the next turns
    can append again; how many messages are missing is part of the result, never a secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hanmo.core.briefs import read_lengths
from hanmo.core.errors import TooLarge
from hanmo.core.history import begins_at, left_out
from hanmo.core.rules import CHAT_RULES
from hanmo.core.text import count_words, language_of
from hanmo.core.values import Generation, Message
from hanmo.work.ports import ChatFormat, Engine

SHARE_FOR_ANSWER = 4
"""At least one part in so many of the context is kept free for the answer."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids; how many of the oldest messages were left out as the conversation wants it, and how many after them did not fit."""

    ids: tuple[int, ...]
    dropped_messages: int
    left_out_messages: int = 0


def rules_of(path: Sequence[Message]) -> str:
    """What stands at the very front of a conversation, by the language it began in."""
    return CHAT_RULES[language_of(path[0].text)]


def asked_words(path: Sequence[Message]) -> int | None:
    """The length in words that the last question of a path asks for."""
    asked = next((message for message in reversed(path) if message.role == "user"), None)
    if asked is None:
        return None
    return (asked.brief.words if asked.brief else None) or read_lengths(asked.text).target


def words_left(path: Sequence[Message]) -> int | None:
    """What the answer at the end of a path still lacks of that length; None where it has it, or no length is asked for."""
    asked = asked_words(path)
    return None if asked is None else max(0, asked - count_words(path[-1].text)) or None


class PromptBuilder:
    """For one generation: the path of messages down to the answer it writes, on one engine."""

    def __init__(self, engine: Engine, model_sha256: str, n_ctx: int, chat: ChatFormat) -> None:
        self._engine = engine
        self._model_sha256 = model_sha256
        self._n_ctx = n_ctx
        self._chat = chat

    async def build(self, path: Sequence[Message], max_new_tokens: int, rounds: int | None = None) -> Prompt:
        """`path` alternates user and assistant from the root and ends with the answer to be written (or to be continued); `rounds` is how many
        earlier rounds are sent, None all. `TooLarge("prompt_too_long", tokens=…, limit=…)` where the last turn alone does not fit."""
        room = self._n_ctx - min(max_new_tokens, self._n_ctx // SHARE_FOR_ANSWER)
        wanted = left_out(path, rounds)
        prompt = await self._append(path, wanted)
        if len(prompt.ids) <= room:
            return prompt
        shortened = await self._shortened(path[wanted:], room)
        return replace(shortened, left_out_messages=wanted)

    async def _append(self, path: Sequence[Message], wanted: int) -> Prompt:
        """The newest ledger on the path that this model can use and that begins where it should, and everything after it."""
        for i in range(len(path) - 1, wanted, -2):
            ledger = self._ledger(path[i])
            lacking = begins_at(ledger, wanted) if ledger else None
            if ledger and lacking is not None:
                ids = (*ledger.prompt_ids, *ledger.output_ids)
                if later := path[i + 1 :]:
                    ids += self._chat.answer_close + await self._turns(later)
                return Prompt(ids, lacking - wanted, wanted)
        sent = path[wanted:]
        return Prompt(await self._opening(sent) + await self._turns(sent), 0, wanted)

    async def _shortened(self, path: Sequence[Message], room: int) -> Prompt:
        """The newest turns of what is to be sent that fit half of the room; the last one in any case."""
        opening = await self._opening(path)
        kept = await self._turns(path[-2:])
        first = len(path) - 2
        while first > 0:
            longer = await self._turns(path[first - 2 : first]) + self._chat.answer_close + kept
            if len(opening) + len(longer) > room // 2:
                break
            kept, first = longer, first - 2
        if len(opening) + len(kept) <= room:
            return Prompt(opening + kept, first)
        return await self._cut_answer(opening, path[-2:], room, first)

    async def _cut_answer(self, opening: tuple[int, ...], turn: Sequence[Message], room: int, first: int) -> Prompt:
        """The last turn with only the end of its long answer, so that it can go on from its last character. An answer whose beginning is
        missing counts as a message that is."""
        asked = opening + await self._turns(turn[:1])
        answer = await self._engine.tokenize(turn[1].text)
        tail = max(room // 4, room // 2 - len(asked))
        if not answer or len(asked) + tail > room:
            raise TooLarge("prompt_too_long", tokens=len(asked) + len(answer), limit=room)
        return Prompt(asked + answer[-tail:], first + 1)

    async def _opening(self, path: Sequence[Message]) -> tuple[int, ...]:
        return self._chat.system_open + await self._engine.tokenize(rules_of(path)) + self._chat.system_close

    async def _turns(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """User, answer, user, answer …, the last answer left open."""
        ids: tuple[int, ...] = ()
        for i, message in enumerate(messages):
            if message.role == "user":
                ids += (self._chat.answer_close if i else ()) + await self._engine.tokenize(message.text) + self._chat.answer_open
            else:
                ids += await self._engine.tokenize(message.text)
        return ids

    def _ledger(self, answer: Message) -> Generation | None:
        """The last generation of an answer that has begun, if it is of this model: its ledger holds all before it."""
        begun = [g for g in answer.generations if g.prompt_ids and g.identity is not None]
        if not begun or begun[-1].identity is None or begun[-1].identity.model_sha256 != self._model_sha256:
            return None
        return begun[-1]
