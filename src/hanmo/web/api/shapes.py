"""The wire shapes of generations, messages and problems, and how values become them."""

from typing import Any

from hanmo.core.values import Conversation, Generation, Message, Problem
from hanmo.i18n import Language
from hanmo.web.problems import problem_body


def problem_json(problem: Problem | None, lang: Language) -> dict[str, Any] | None:
    return None if problem is None else problem_body(problem, lang)


def generation_json(generation: Generation, lang: Language) -> dict[str, Any]:
    t = generation.timings
    return {
        "id": generation.id,
        "message_id": generation.message_id,
        "status": generation.status,
        "text": generation.text,
        "finish_reason": generation.finish_reason,
        "problem": problem_json(generation.problem, lang),
        "continues": generation.continues,
        "dropped_messages": generation.dropped_messages,
        "model": generation.identity.model_id if generation.identity else None,
        "timings": {
            "prompt_tokens": t.prompt_tokens,
            "cached_tokens": t.cached_tokens,
            "generated_tokens": t.generated_tokens,
            "queue_ms": t.queue_ms,
            "ttft_ms": t.ttft_ms,
            "prompt_tokens_per_second": t.prompt_tokens_per_second,
            "tokens_per_second": t.tokens_per_second,
        },
        "created_at": generation.created_at,
    }


def message_json(message: Message, lang: Language) -> dict[str, Any]:
    return {
        "id": message.id,
        "parent_id": message.parent_id,
        "role": message.role,
        "text": message.text,
        "created_at": message.created_at,
        "generations": [generation_json(g, lang) for g in message.generations],
    }


def conversation_json(conversation: Conversation, lang: Language) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "active_id": conversation.active_id,
        "messages": [message_json(m, lang) for m in conversation.messages],
    }
