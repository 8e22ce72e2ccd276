"""What a flow asks for, and what it is answered. A request is known by its content: the same content is never run twice."""

import hashlib
import json
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar

from hanmo.core.values import Role, Sampling

T = TypeVar("T")
End = Literal["stop", "enough", "repeat", "heading", "length"]


@dataclass(frozen=True, slots=True)
class Turn:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """When prose is long enough: at the first sentence end from `enough` words on; `most` words end it in any case."""

    enough: int
    most: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One run of the engine: what was said so far, how the answer begins, how it is sampled.

    `opening` is text of the answer that stands already. With `more` the model may not end by itself, only `limit` ends it; `avoid` is what must not come next.
    `grammar` (GBNF) locks the form. `limit` None lets the model end by itself.
    """

    messages: tuple[Turn, ...]
    sampling: Sampling
    opening: str = ""
    limit: Limit | None = None
    grammar: str | None = None
    avoid: str = ""
    more: bool = False
    attempt: int = 0

    def key(self, model_sha256: str) -> str:
        """The hash of the content, under which the answer is stored."""
        content = json.dumps([model_sha256, asdict(self)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` follows the opening. `end`: the model's own end, long enough, cut before a repetition (whose beginning is `repeated`) or before
    the next heading, or the token limit."""

    text: str
    end: End
    repeated: str = ""


Flow = Generator[Ask, Answer, T]
