"""Talking: a message in, a generation on its way; going on where one stopped; other versions of what was asked and answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import InvalidRequest
from hanmo.core.presets import choose_sampling
from hanmo.core.text import one_line
from hanmo.core.trees import below
from hanmo.core.values import Conversation, JsonValue, Message, Sampling
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
        beside_id: str | None = None,
        brief: BriefFields | None = None,
    ) -> NewTurn:
        """Adds the user's text (`brief`: the fields it was made of) and puts its answer into the line; with `beside_id` as another version of
        that question, whose branch stays. `InvalidRequest("text_empty")`, a wrong preset or parameter, `QueueFull`, `NotFound`."""
        if not text.strip():
            raise InvalidRequest("text_empty")
        chosen = choose_sampling(preset, sampling)
        with self._runner.queue.reserved():
            turn = await self._conversations.add_turn(
                conversation_id, text, chosen, parent_id=parent_id, beside_id=beside_id, brief=brief
            )
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

    async def answer_again(
        self,
        conversation_id: str,
        message_id: str,
        *,
        preset: str | None = None,
        sampling: Mapping[str, JsonValue] | None = None,
    ) -> NewTurn:
        """Another answer to a question (`message_id` is the question or one of its answers), beside those that are there. Unless something else is
        asked for, with the sampling of the last one but not its seed, which would give the same again."""
        conversation = await self._conversations.get(conversation_id)
        chosen = None if preset or sampling else _sampling_beside(conversation.messages, message_id)
        chosen = chosen or choose_sampling(preset, sampling)
        with self._runner.queue.reserved():
            turn = await self._conversations.add_answer(conversation_id, message_id, chosen)
            self._runner.submit(turn.generation_id, conversation_id)
        return turn

    async def rename(self, conversation_id: str, title: str) -> None:
        """One line. `InvalidRequest("title_empty")`."""
        line = one_line(title)
        if not line:
            raise InvalidRequest("title_empty")
        await self._conversations.rename(conversation_id, line)

    async def delete(self, conversation_id: str) -> None:
        """What is being written in it is stopped first; `restore` brings it back with the text so far."""
        conversation = await self._conversations.get(conversation_id)
        await self._stop(conversation.messages)
        await self._conversations.delete(conversation_id)

    async def delete_message(self, conversation_id: str, message_id: str) -> Conversation:
        """With what stands below it; what is being written there is stopped first."""
        conversation = await self._conversations.get(conversation_id)
        gone = set(below(conversation.messages, message_id))
        await self._stop([message for message in conversation.messages if message.id in gone])
        await self._conversations.delete_message(conversation_id, message_id)
        return await self._conversations.get(conversation_id)

    async def restore_message(self, conversation_id: str, message_id: str) -> Conversation:
        await self._conversations.restore_message(conversation_id, message_id)
        return await self._conversations.get(conversation_id)

    async def choose(self, conversation_id: str, message_id: str) -> Conversation:
        """Shows the newest branch through a message."""
        await self._conversations.choose(conversation_id, message_id)
        return await self._conversations.get(conversation_id)

    async def clear(self, conversation_id: str, message_id: str, cleared: bool) -> Conversation:
        """What is asked after this answer is asked without it and all before it; False takes that back."""
        await self._conversations.clear(conversation_id, message_id, cleared)
        return await self._conversations.get(conversation_id)

    async def _stop(self, messages: Sequence[Message]) -> None:
        for message in messages:
            for generation in message.generations:
                if generation.status != "finished":
                    await self._runner.stop(generation.id)


def _sampling_beside(messages: Sequence[Message], message_id: str) -> Sampling | None:
    """Of the newest answer to the same question."""
    asked = {message.id: message.parent_id if message.role == "assistant" else message.id for message in messages}
    answers = [m for m in messages if m.role == "assistant" and m.generations and m.parent_id == asked.get(message_id)]
    return replace(answers[-1].generations[-1].sampling, seed=None) if answers else None
