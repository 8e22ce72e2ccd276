"""What the parts of the fake store share: conversations, messages and generations in memory, oldest first."""

from dataclasses import dataclass, field, replace

from hanmo.core.errors import NotFound
from hanmo.core.values import Conversation, Generation, Message


@dataclass(slots=True)
class State:
    """Conversations without messages, messages without generations; both as they were made, oldest first. `deleted_with` names the message
    whose deletion took one, `deleted_leaf` the active leaf that a deletion took."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    deleted_with: dict[str, str] = field(default_factory=dict)
    deleted_leaf: dict[str, str] = field(default_factory=dict)
    generations: dict[str, Generation] = field(default_factory=dict)
    sessions: dict[str, tuple[str, float]] = field(default_factory=dict)

    def conversation(self, conversation_id: str) -> Conversation:
        """One that is not deleted."""
        if conversation_id not in self.conversations or conversation_id in self.deleted:
            raise NotFound("conversation_not_found", id=conversation_id)
        return self.conversations[conversation_id]

    def visible(self, conversation_id: str) -> list[Message]:
        """The messages that are not deleted."""
        mine = (message for message in self.messages.values() if self.homes[message.id] == conversation_id)
        return [message for message in mine if message.id not in self.deleted_with]

    def place(self, message_id: str) -> int:
        """Where a message stands among all that its conversation ever had, from 1."""
        return [each for each, home in self.homes.items() if home == self.homes[message_id]].index(message_id) + 1

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

    def change_conversation(self, conversation_id: str, **changes: object) -> None:
        self.conversations[conversation_id] = replace(self.conversation(conversation_id), **changes)  # type: ignore[arg-type]

    def touch(self, message_id: str, now: float) -> None:
        home = self.homes[message_id]
        self.conversations[home] = replace(self.conversations[home], updated_at=now)
