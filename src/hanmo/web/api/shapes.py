"""The wire shapes of problems, generations, messages and conversations, and how values become them. Times are Unix seconds."""

from dataclasses import asdict
from typing import cast

from typing_extensions import TypedDict

from hanmo.core.history import unsent
from hanmo.core.trees import path_to
from hanmo.core.values import Conversation, FinishReason, Generation, GenerationStatus, Message, Problem, Role
from hanmo.i18n import Language
from hanmo.web.api.brief_shapes import BriefJson, brief_json
from hanmo.web.problems import problem_body


class ProblemJson(TypedDict):
    """What went wrong, in the language that was asked for; `code` and `params` are for programs."""

    code: str
    params: dict[str, str | int | float]
    title: str
    detail: str
    next_step: str


class TimingsJson(TypedDict):
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    queue_ms: float | None
    ttft_ms: float | None
    prompt_tokens_per_second: float | None
    tokens_per_second: float | None


class GenerationJson(TypedDict):
    """`finish_reason` is null while it runs; `text` is what this generation added to its message. Of the oldest messages before it,
    `left_out_messages` were not sent because of the conversation's limit or a clearing, and `dropped_messages` after them did not fit."""

    id: str
    message_id: str
    status: GenerationStatus
    text: str
    finish_reason: FinishReason | None
    problem: ProblemJson | None
    continues: str | None
    dropped_messages: int
    left_out_messages: int
    model: str | None
    timings: TimingsJson
    created_at: float


class MessageJson(TypedDict):
    """`text` is the whole text, over all generations that continue one another; `brief` are the fields that a user's text was made of.
    `cleared`: what is asked after this answer is asked without it and all before it."""

    id: str
    parent_id: str | None
    role: Role
    text: str
    created_at: float
    cleared: bool
    generations: list[GenerationJson]
    brief: BriefJson | None


class ConversationSummaryJson(TypedDict):
    id: str
    title: str
    created_at: float
    updated_at: float
    pinned: bool


class ConversationJson(ConversationSummaryJson):
    """`active_id` is the leaf of the path that is shown. `rounds` is how many rounds go with the next question (null: all), and in steps some
    more; `unsent_messages` is how many messages from the start of the shown path will not."""

    active_id: str | None
    rounds: int | None
    unsent_messages: int
    messages: list[MessageJson]


def problem_json(problem: Problem | None, lang: Language) -> ProblemJson | None:
    return None if problem is None else cast("ProblemJson", problem_body(problem, lang))


def generation_json(generation: Generation, lang: Language) -> GenerationJson:
    return GenerationJson(
        id=generation.id,
        message_id=generation.message_id,
        status=generation.status,
        text=generation.text,
        finish_reason=generation.finish_reason,
        problem=problem_json(generation.problem, lang),
        continues=generation.continues,
        dropped_messages=generation.dropped_messages,
        left_out_messages=generation.left_out_messages,
        model=generation.identity.model_id if generation.identity else None,
        timings=cast("TimingsJson", asdict(generation.timings)),
        created_at=generation.created_at,
    )


def message_json(message: Message, lang: Language) -> MessageJson:
    return MessageJson(
        id=message.id,
        parent_id=message.parent_id,
        role=message.role,
        text=message.text,
        created_at=message.created_at,
        cleared=message.cleared,
        generations=[generation_json(g, lang) for g in message.generations],
        brief=brief_json(message.brief),
    )


def conversation_json(conversation: Conversation, lang: Language) -> ConversationJson:
    by_id = {message.id: message for message in conversation.messages}
    shown = [by_id[message_id] for message_id in path_to(conversation.messages, conversation.active_id)]
    return ConversationJson(
        id=conversation.id,
        title=conversation.title,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        pinned=conversation.pinned,
        active_id=conversation.active_id,
        rounds=conversation.rounds,
        unsent_messages=unsent(shown, conversation.rounds),
        messages=[message_json(m, lang) for m in conversation.messages],
    )


def rounded(seconds: float | None) -> float | None:
    """To milliseconds."""
    return None if seconds is None else round(seconds, 3)
