"""The values that every layer speaks of: frozen, without identity rules of their own, without behaviour that needs the world."""

from dataclasses import dataclass, field
from typing import Literal

from hanmo.core.brief_fields import BriefFields

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "cancelled", "error", "interrupted"]
GenerationStatus = Literal["queued", "reading", "writing", "finished"]
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

CONTINUABLE: frozenset[FinishReason] = frozenset({"length", "cancelled", "interrupted", "error"})


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters under Qwen's names. The defaults are Qwen's own recommendation for the Instruct-2507 models
    (model card: temperature 0.7, top_p 0.8, top_k 20, min_p 0, presence_penalty between 0 and 2)."""

    max_new_tokens: int = 1024
    temperature: float = 0.7
    top_p: float = 0.8
    top_k: int = 20
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.5
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as data: `code` names an entry of the language catalogues, `params` fill its blanks."""

    code: str
    params: dict[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timings:
    """What one generation cost. Tokens are counts, `_ms` milliseconds; `ttft_ms` runs from the end of queueing to the first token."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    queue_ms: float | None = None
    ttft_ms: float | None = None
    prompt_tokens_per_second: float | None = None
    tokens_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class EngineIdentity:
    """Which weights and which build made (or will make) some tokens. Token ids mean the same only under an equal `model_sha256`."""

    model_id: str
    model_sha256: str
    build: str
    n_ctx: int


@dataclass(frozen=True, slots=True)
class Generation:
    """One run of the engine. `text` is what it added; `ends[i]` is the length of the text, in code points, after event `i + 1`.

    `prompt_ids + output_ids` is the token ledger: the ids that stand in the KV cache when it is over. `identity` is None, and the
    ids are empty, until the engine has begun. Of the oldest messages on its path, `left_out_messages` were not sent because the conversation's
    limit or a clearing says so (`core/history.py`), and the next `dropped_messages` because they did not fit.
    """

    id: str
    message_id: str
    status: GenerationStatus
    sampling: Sampling
    text: str = ""
    ends: tuple[int, ...] = ()
    continues: str | None = None
    finish_reason: FinishReason | None = None
    problem: Problem | None = None
    timings: Timings = field(default_factory=Timings)
    identity: EngineIdentity | None = None
    prompt_ids: tuple[int, ...] = ()
    output_ids: tuple[int, ...] = ()
    dropped_messages: int = 0
    left_out_messages: int = 0
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Message:
    """One node of a conversation's tree. An assistant's `text` is the joined text of its generations, oldest first. `cleared`: what is asked
    after this answer is asked without it and all before it. `brief` are the fields that a user's text was made of, where it was."""

    id: str
    parent_id: str | None
    role: Role
    text: str
    generations: tuple[Generation, ...] = ()
    created_at: float = 0.0
    cleared: bool = False
    brief: BriefFields | None = None


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    id: str
    title: str
    created_at: float
    updated_at: float
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tree of messages; `active_id` is the leaf of the path that is shown (None while it is empty). `rounds` is how many rounds go with the
    next question (`core/history.py`), None all of them."""

    id: str
    title: str
    created_at: float
    updated_at: float
    active_id: str | None
    messages: tuple[Message, ...]
    pinned: bool = False
    rounds: int | None = 5
