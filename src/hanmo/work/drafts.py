"""What is typed and not sent yet, as the path of messages that it would be."""

from hanmo.core.values import Message
from hanmo.work import ports


class Drafts:
    """Reads the history that a draft would stand under."""

    def __init__(self, conversations: ports.Conversations, generations: ports.Generations) -> None:
        self._conversations = conversations
        self._generations = generations

    async def path(self, conversation_id: str | None, text: str) -> list[Message]:
        """The active path of the conversation (none yet: None) with the draft and its empty answer behind it. `NotFound`."""
        history: list[Message] = []
        if conversation_id is not None:
            conversation = await self._conversations.get(conversation_id)
            leaf = next((m for m in conversation.messages if m.id == conversation.active_id), None)
            if leaf is not None and leaf.generations:
                history = await self._generations.path(leaf.generations[-1].id)
        above = history[-1].id if history else None
        return [*history, Message("draft", above, "user", text), Message("answer", "draft", "assistant", "")]
