"""The messages of conversations as a fake: the port `Trees` in memory."""

from collections.abc import Callable
from dataclasses import replace

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from hanmo.core.trees import active_after, below, newest_leaf
from hanmo.core.values import Generation, Message, Role, Sampling
from hanmo.store.memory_state import State
from hanmo.store.rules import checked_text, new_id, title_of_turn
from hanmo.store.tree_rules import check_answer, find_message, parent_of_turn, question_of
from hanmo.work.ports import NewTurn


class MemoryTrees:
    """The part `Trees` of the port `Conversations`."""

    def __init__(self, state: State, clock: Callable[[], float]) -> None:
        self._state = state
        self._clock = clock

    async def add_turn(
        self,
        conversation_id: str,
        text: str,
        sampling: Sampling,
        *,
        parent_id: str | None = None,
        beside_id: str | None = None,
        brief: BriefFields | None = None,
    ) -> NewTurn:
        checked_text(text)
        state, now = self._state, self._clock()
        conversation = state.conversation(conversation_id)
        if parent_id is not None and state.homes.get(parent_id, conversation_id) != conversation_id:
            raise InvalidRequest("parent_not_answer", id=parent_id)
        parent = parent_of_turn(state.visible(conversation_id), conversation.active_id, parent_id, beside_id)
        question = self._add(conversation_id, parent, "user", text, now, brief)
        turn = self._answer(conversation_id, question.id, sampling, now)
        state.change_conversation(conversation_id, title=conversation.title or title_of_turn(text, brief))
        return turn

    async def add_answer(self, conversation_id: str, message_id: str, sampling: Sampling) -> NewTurn:
        now = self._clock()
        self._state.conversation(conversation_id)
        question = question_of(self._state.visible(conversation_id), message_id)
        return self._answer(conversation_id, question, sampling, now)

    async def choose(self, conversation_id: str, message_id: str) -> None:
        self._state.conversation(conversation_id)
        visible = self._state.visible(conversation_id)
        leaf = newest_leaf(visible, find_message(visible, message_id).id)
        self._state.change_conversation(conversation_id, active_id=leaf)

    async def clear(self, conversation_id: str, message_id: str, cleared: bool) -> None:
        self._state.conversation(conversation_id)
        check_answer(self._state.visible(conversation_id), message_id)
        self._state.messages[message_id] = replace(self._state.messages[message_id], cleared=cleared)

    async def delete_message(self, conversation_id: str, message_id: str) -> None:
        state = self._state
        active_id = state.conversation(conversation_id).active_id
        visible = state.visible(conversation_id)
        gone = below(visible, find_message(visible, message_id).id)
        state.deleted_with |= dict.fromkeys(gone, message_id)
        if active_id in gone:
            state.deleted_leaf[message_id] = active_id
            state.change_conversation(conversation_id, active_id=active_after(visible, gone, active_id))

    async def restore_message(self, conversation_id: str, message_id: str) -> None:
        state = self._state
        state.conversation(conversation_id)
        taken_by = state.deleted_with.get(message_id)
        if state.homes.get(message_id) != conversation_id or taken_by not in (None, message_id):
            raise NotFound("message_not_found", id=message_id)
        if taken_by is None:
            return
        if state.messages[message_id].parent_id in state.deleted_with:
            raise Conflict("message_above_deleted", id=message_id)
        state.deleted_with = {each: root for each, root in state.deleted_with.items() if root != message_id}
        if leaf := state.deleted_leaf.pop(message_id, None):
            state.change_conversation(conversation_id, active_id=leaf)

    def _add(
        self, conversation_id: str, parent_id: str | None, role: Role, text: str, now: float, brief: BriefFields | None = None
    ) -> Message:
        message = Message(new_id(), parent_id, role, text, (), now, brief=brief)
        self._state.messages[message.id] = message
        self._state.homes[message.id] = conversation_id
        return message

    def _answer(self, conversation_id: str, question_id: str, sampling: Sampling, now: float) -> NewTurn:
        answer = self._add(conversation_id, question_id, "assistant", "", now)
        turn = NewTurn(question_id, answer.id, new_id())
        made = Generation(turn.generation_id, answer.id, "queued", sampling, created_at=now)
        self._state.generations[made.id] = made
        self._state.change_conversation(conversation_id, active_id=answer.id, updated_at=now)
        return turn
