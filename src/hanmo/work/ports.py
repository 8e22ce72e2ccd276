"""The ports: what the use cases need of the world. Adapters implement them, `app` joins them, fakes stand beside contract tests."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hanmo.core.brief_fields import BriefFields
from hanmo.core.search import Snippet
from hanmo.core.values import (
    Conversation,
    ConversationSummary,
    EngineIdentity,
    FinishReason,
    Generation,
    JsonValue,
    Message,
    Problem,
    Sampling,
    Timings,
)
from hanmo.work.model_ports import LoadPlan

# ---------------------------------------------------------------------------------------------------------------- engine

EngineState = Literal["stopped", "starting", "ready", "busy", "waiting", "dozing", "asleep", "stopping", "failed"]


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the status line shows. `problem` is set while the engine is `failed`, or tells why it is started again; `manner` is that of the
    plan. `slot_changes` counts what may have changed the slot: runs that begin and end, caches that are brought back. As long as it is the same,
    so is what a prompt costs. `remote` is host and port of an engine elsewhere, "" of our own; with `leaves` that is another computer, to which
    the texts go."""

    state: EngineState
    model_id: str | None = None
    n_ctx: int | None = None
    kv_type: str | None = None
    threads: int = 0
    build: str | None = None
    memory_bytes: int = 0
    problem: Problem | None = None
    slot_changes: int = 0
    manner: str = ""
    remote: str = ""
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """The chat template's own marks as token ids, found by rendering it around sentinels. A prompt is
    `system_open + S + system_close + U1 + answer_open + A1 + answer_close + U2 + answer_open …`; only these marks are special tokens.

    Where a template has no system role, `system_close` is plain text that sets the rules apart from the first user text.
    """

    system_open: tuple[int, ...]
    system_close: tuple[int, ...]
    answer_open: tuple[int, ...]
    answer_close: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """A prompt as token ids. `work` names whose KV this is ("conversation:ID"), so that it can be kept and brought back;
    None is a passing request whose KV nobody wants again. With `identity` the ids are only for this model and build: `EngineChanged`
    where another one writes by now. `grammar` (GBNF) locks the form; `banned_ids` are not sampled at all,
    `held_off_ids` less easily."""

    prompt_ids: tuple[int, ...]
    sampling: Sampling
    work: str | None = None
    identity: EngineIdentity | None = None
    grammar: str | None = None
    banned_ids: tuple[int, ...] = ()
    held_off_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a prompt `cached` tokens would not be read again; KV caches of `moved` tokens would go to the disk and come from it before."""

    cached: int
    moved: int = 0


@dataclass(frozen=True, slots=True)
class EngineBegun:
    """The engine is this run's from now on; `moved` as in `Standing`."""

    moved: int = 0


@dataclass(frozen=True, slots=True)
class PromptRead:
    """Prefill went on: `done` of `total` prompt tokens stand in the KV cache, `cached` of them were there already. `seconds_left` to the first
    token, where this machine's speed is known."""

    done: int
    total: int
    cached: int
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Whole code points, with the ids that made them. Joined over a generation the ids are the output side of its ledger."""

    text: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EngineDone:
    """The run is over. `settings` is the engine's own echo of what it sampled with; of `drafted` tokens `accepted` were right."""

    finish_reason: Literal["stop", "length"]
    timings: Timings
    settings: Mapping[str, JsonValue]
    drafted: int = 0
    accepted: int = 0


EngineEvent = EngineBegun | PromptRead | TextPiece | EngineDone


class Engine(Protocol):
    """Where tokens come from.

    `generate` yields `EngineBegun` `PromptRead`* `TextPiece`* `EngineDone`; closing the generator cancels the run and frees the engine within
    one batch step. All raise `EngineUnavailable` where no model can answer, `EngineLost` where it died or froze on the way.
    `identity` waits for a starting engine, and for the first model to be chosen. `text_of` gives the text of ids, special marks as the model
    writes them; `standing` says how a prompt would find the engine if it came now (an estimate that disturbs nothing); `remembered` are the ids
    that a work left in the slot or its file; `bring_back` puts what was kept of a work into the slot, and tells whether it did.
    """

    def status(self) -> EngineStatus: ...

    async def identity(self) -> EngineIdentity: ...

    async def chat_format(self) -> ChatFormat: ...

    async def tokenize(self, text: str) -> tuple[int, ...]: ...

    async def text_of(self, ids: Sequence[int]) -> str: ...

    async def standing(self, work: str | None, prompt_ids: Sequence[int]) -> Standing: ...

    async def remembered(self, work: str) -> tuple[int, ...]: ...

    async def bring_back(self, work: str) -> bool: ...

    def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]: ...


class EngineLoader(Protocol):
    """The hand on the engine's lever. `load` waits for the run in progress, changes over, and returns when the model answers; it raises
    `EngineUnavailable` where it could not be loaded. `give_up` tells all who wait why no model can be had."""

    async def load(self, plan: "LoadPlan") -> None: ...

    def give_up(self, problem: Problem) -> None: ...


# ----------------------------------------------------------------------------------------------------------------- store


@dataclass(frozen=True, slots=True)
class NewTurn:
    """A user's text and the empty answer to it, made in one transaction."""

    user_message_id: str
    message_id: str
    generation_id: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A text in which something was found. `kind` is what text: the title of a conversation or an article, a message, an article's brief, a
    section or its heading; `part` is the message's or the section's id, "" otherwise. `start` and `end` are the first place, in code points
    of that text; `at` is when a message was written, or when the conversation or the article last changed."""

    kind: Literal["conversation", "article", "message", "brief", "heading", "section"]
    owner_id: str
    part: str
    title: str
    at: float
    start: int
    end: int
    snippet: Snippet


class Trees(Protocol):
    """The messages of conversations. Ids that are unknown or deleted are `NotFound`, as in `Conversations`."""

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
        """Adds a user message (`brief`: the fields its text was made of) under `parent_id` (default: the active leaf; where that is a question
        without an answer, beside it), an empty assistant message under it and its queued generation; makes the new leaf active, and the first
        line of the first text the title where there is none. With `beside_id` it stands beside that question, as another version of it. A
        `parent_id` of another conversation, or one that is a user's message, is `InvalidRequest("parent_not_answer", id=…)`; a `beside_id`
        that is no question of it `InvalidRequest("message_not_question", id=…)`."""
        ...

    async def add_answer(self, conversation_id: str, message_id: str, sampling: Sampling) -> NewTurn:
        """Adds an empty answer and its queued generation under a question, or beside an answer; makes it the active leaf."""
        ...

    async def choose(self, conversation_id: str, message_id: str) -> None:
        """Makes the newest leaf below a message the active one."""
        ...

    async def clear(self, conversation_id: str, message_id: str, cleared: bool) -> None:
        """Sets `Message.cleared` of an answer. `InvalidRequest("message_not_answer", id=…)` on a question."""
        ...

    async def delete_message(self, conversation_id: str, message_id: str) -> None:
        """Hides a message and what stands below it, and makes the newest leaf beside or above it active if the active one went with it."""
        ...

    async def restore_message(self, conversation_id: str, message_id: str) -> None:
        """Undoes `delete_message`: the same messages and the same active leaf. One that is not deleted stays as it is;
        `Conflict("message_above_deleted", id=…)` where it stood below one that was deleted later."""
        ...


class Conversations(Trees, Protocol):
    """Conversations as the library lists them, and their trees. Every method raises `NotFound("conversation_not_found" |
    "message_not_found", id=…)` on an unknown id, and on one that was deleted; all times are Unix seconds. Ids are 128 random bits in hex,
    made by the store."""

    async def create(self, title: str = "") -> Conversation: ...

    async def list(self) -> list[ConversationSummary]:
        """The pinned ones first, then newest first by `updated_at`."""
        ...

    async def get(self, conversation_id: str) -> Conversation:
        """With all messages, oldest first, their generations in order of creation (ids of ledgers left empty: they are large)."""
        ...

    async def rename(self, conversation_id: str, title: str) -> None: ...

    async def pin(self, conversation_id: str, pinned: bool) -> None: ...

    async def set_rounds(self, conversation_id: str, rounds: int | None) -> None: ...

    async def delete(self, conversation_id: str) -> None:
        """Hides it from everything but `restore`; what was deleted is removed for good at a start some days later."""
        ...

    async def restore(self, conversation_id: str) -> None:
        """Brings it back as it was. One that is not deleted stays as it is."""
        ...


class SearchIndex(Protocol):
    """Finds words in titles, messages that are finished, briefs and sections, as `core/search.py` says. What was written is found as soon as it
    is stored; what was deleted is not."""

    async def find(self, query: str, limit: int) -> list[Hit]:
        """Titles first, then the newest text first."""
        ...


class Generations(Protocol):
    """Durable generations. A method that returns has committed (WAL, synchronous=FULL): what it wrote outlives `kill -9`.
    Unknown ids raise `NotFound("generation_not_found", id=…)`."""

    async def get(self, generation_id: str) -> Generation:
        """With the ledger's ids."""
        ...

    async def conversation_of(self, generation_id: str) -> str: ...

    async def rounds(self, generation_id: str) -> int | None:
        """`Conversation.rounds` of its conversation."""
        ...

    async def path(self, generation_id: str) -> list[Message]:
        """The messages from the root down to and including the one this generation writes. The last two answers with the ledgers of
        their generations, which a prompt is built on; the others without, as they are large."""
        ...

    async def add_continuation(self, generation_id: str) -> str:
        """A new queued generation on the same message with the same sampling, that `continues` this one. `Conflict` with
        "generation_running" while this one is not finished, "generation_continued" where another already continues it, and
        "generation_complete" where it ended with `stop` and its answer stops where a text may end. One of a deleted message is not found."""
        ...

    async def begin(
        self,
        generation_id: str,
        identity: EngineIdentity,
        prompt_ids: Sequence[int],
        dropped_messages: int,
        left_out_messages: int = 0,
    ) -> None:
        """Status "reading"; the prompt side of the ledger."""
        ...

    async def append(self, generation_id: str, text: str, ids: Sequence[int]) -> int:
        """Adds numbered text; returns its sequence number (1, 2, …). Status "writing"."""
        ...

    async def finish(
        self, generation_id: str, finish_reason: FinishReason, *, timings: Timings, problem: Problem | None = None
    ) -> Generation:
        """Status "finished"; raises `Conflict("generation_finished")` if it is so already."""
        ...

    async def interrupt_unfinished(self) -> int:
        """At start: what the last process left unfinished becomes "interrupted". Returns how many."""
        ...


class Sessions(Protocol):
    """Browser sessions. Only the hash of a token is stored. `stamp` is the fingerprint of the password it was opened with: another
    password, another stamp, and the session is void."""

    async def add(self, token_sha256: str, stamp: str, expires_at: float) -> None: ...

    async def is_open(self, token_sha256: str, stamp: str, now: float) -> bool: ...

    async def remove(self, token_sha256: str) -> None: ...
