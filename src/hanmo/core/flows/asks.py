"""What a flow asks for, and what it is answered. A request is known by its content: the same content is never run twice."""

import hashlib
import json
from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar

from hanmo.core.values import Role, Sampling

T = TypeVar("T")
Block = Literal["line", "paragraph", "table", "quote", "formula", "code"]
End = Literal["stop", "enough", "repeat", "heading", "length", "skipped"]


@dataclass(frozen=True, slots=True)
class Turn:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Limit:
    """When prose is long enough: at the first sentence end from `enough` words on; `most` words end it in any case."""

    enough: int
    most: int

    @classmethod
    def around(cls, words: int) -> "Limit":
        """A little below `words` to an eighth above."""
        return cls(words - words // 30, words + max(20, words // 8))


@dataclass(frozen=True, slots=True)
class Ask:
    """One run of the engine: what was said so far, how the answer begins, how it is sampled.

    `opening` is text of the answer that stands already. `limit` ends the answer at a length; None lets the model end by itself. With `more`
    the model may not end right away. `avoid` is what must not come next, each by its first token. `grammar` (GBNF) locks
    the form; where that is a list, `rest` has the grammars of what follows its first, second, … item, so that it can be left behind one.
    `against` is text that stands elsewhere in the article and must not be written again; in the next sentence
    an old phrase of `lenient` words is let through, or of any length if it stands in `terms`, and the telling words of what was `held_off`
    come less easily; `free` leaves the guard out (structured answers, translations). With `goes_on` more is to follow in the text, and it may
    not conclude. `block` ends the answer where the line, table, formula or code block that the opening begins is complete. `before` is what the
    text has in earlier turns already: shown and counted with it.
    """

    messages: tuple[Turn, ...]
    sampling: Sampling
    opening: str = ""
    limit: Limit | None = None
    grammar: str | None = None
    rest: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    more: bool = False
    attempt: int = 0
    lenient: int = 0
    held_off: tuple[str, ...] = ()
    free: bool = False
    goes_on: bool = False
    block: Block | None = None
    against: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    before: str = ""

    def key(self, model_sha256: str) -> str:
        """The hash of the content, under which the answer is stored."""
        content = json.dumps([model_sha256, asdict(self)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` follows the opening. `end`: the model's own end, long enough, cut before a repetition (whose beginning is `repeated`) or before
    the next heading, the token limit, or skipped by the user. `words` is the length that the user asked for instead while it was written
    (None: as the request says)."""

    text: str
    end: End
    repeated: str = ""
    words: int | None = None


Flow = Generator[Ask, Answer, T]
