"""Talking: a message in, a generation on its way; and going on where one stopped."""

from collections.abc import Mapping
from dataclasses import dataclass

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import InvalidRequest
from hanmo.core.presets import choose_sampling
from hanmo.core.values import JsonValue
from hanmo.work import ports
from hanmo.work.generations import Runner
from hanmo.work.ports import NewTurn


@dataclass(frozen=True, slots=True)
class Continuation:
    generation_id: str
    message_id: str


class Talk:
    """The use cases of a conversation. What is refused is refused before anything is stored, so that the writer's text stays where it was typed."""

    def __init__(self, conversations: ports.Conversations, generations: ports.Generations, runner: Runner) -> None:
        self._conversations = conversations
        self._generations = generations
        self._runner = runner

    async def send(
        self,
        conversation_id: str,
        text: str,
        *,
        preset: str | None = None,
        sampling: Mapping[str, JsonValue] | None = None,
        parent_id: str | None = None,
        brief: BriefFields | None = None,
    ) -> NewTurn:
        """Adds the user's text (`brief`: the fields it was made of) and puts its answer into the line.
        `InvalidRequest("text_empty")`, a wrong preset or parameter, `QueueFull`, `NotFound`."""
        if not text.strip():
            raise InvalidRequest("text_empty")
        chosen = choose_sampling(preset, sampling)
        with self._runner.queue.reserved():
            turn = await self._conversations.add_turn(conversation_id, text, chosen, parent_id=parent_id, brief=brief)
            self._runner.submit(turn.generation_id, conversation_id)
        return turn

    async def go_on(self, generation_id: str) -> Continuation:
        """A new generation that goes on from the last character in the same message. `Conflict` where it was complete or still runs."""
        await self._runner.settle()
        message_id = (await self._generations.get(generation_id)).message_id
        conversation_id = await self._generations.conversation_of(generation_id)
        with self._runner.queue.reserved():
            new_id = await self._generations.add_continuation(generation_id)
            self._runner.submit(new_id, conversation_id)
        return Continuation(new_id, message_id)
