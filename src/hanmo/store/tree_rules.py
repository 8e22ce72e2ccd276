"""What every store decides in the same way about a conversation's tree. `visible` are its messages that are not deleted, oldest first."""

from collections.abc import Sequence

from hanmo.core.errors import InvalidRequest, NotFound
from hanmo.core.values import Message


def find_message(visible: Sequence[Message], message_id: str) -> Message:
    for message in visible:
        if message.id == message_id:
            return message
    raise NotFound("message_not_found", id=message_id)


def parent_of_turn(visible: Sequence[Message], active_id: str | None, parent_id: str | None, beside_id: str | None) -> str | None:
    """Under which answer a new question stands; None makes it a root."""
    if parent_id is not None and beside_id is not None:
        raise InvalidRequest("parent_or_beside")
    if beside_id is not None:
        question = find_message(visible, beside_id)
        if question.role != "user":
            raise InvalidRequest("message_not_question", id=beside_id)
        return question.parent_id
    if parent_id is not None:
        if find_message(visible, parent_id).role != "assistant":
            raise InvalidRequest("parent_not_answer", id=parent_id)
        return parent_id
    if active_id is None:
        return None
    leaf = find_message(visible, active_id)
    return leaf.id if leaf.role == "assistant" else leaf.parent_id


def question_of(visible: Sequence[Message], message_id: str) -> str:
    """The question that a new answer stands under, given that question or one of its answers."""
    message = find_message(visible, message_id)
    return message.id if message.role == "user" or message.parent_id is None else message.parent_id


def check_answer(visible: Sequence[Message], message_id: str) -> None:
    if find_message(visible, message_id).role != "assistant":
        raise InvalidRequest("message_not_answer", id=message_id)
