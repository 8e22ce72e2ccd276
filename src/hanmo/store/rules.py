"""What every store decides in the same way, apart from where it keeps things.

A generation's life, as its store sees it. Each move is one transaction; an illegal one raises `Conflict` and changes nothing:

    state \\ move   begin       append     finish
    queued         reading     writing    finished
    reading        reading     writing    finished      (begun again: the engine was lost before it wrote)
    writing        -           writing    finished      "-": generation_running
    finished       -           -          -             "-": generation_finished
"""

import re
import secrets
import unicodedata
from array import array
from collections.abc import Sequence
from typing import Literal

from hanmo.core.brief_fields import BriefFields
from hanmo.core.checks.endings import may_be_unfinished
from hanmo.core.errors import Conflict, InvalidRequest
from hanmo.core.values import CONTINUABLE, FinishReason, GenerationStatus

Move = Literal["begin", "append", "finish"]

_MOVES: dict[tuple[GenerationStatus, Move], GenerationStatus] = {
    ("queued", "begin"): "reading",
    ("queued", "append"): "writing",
    ("queued", "finish"): "finished",
    ("reading", "begin"): "reading",
    ("reading", "append"): "writing",
    ("reading", "finish"): "finished",
    ("writing", "append"): "writing",
    ("writing", "finish"): "finished",
}

ANSWERS_WITH_LEDGERS = 2
"""Of a path: the last answers that have begun. A prompt is built on the newest of them that its model can use; ledgers are large."""
TITLE_MAX_CHARACTERS = 60

# A line is cut to this before marks are taken off: the patterns look ahead for a closing mark, which costs n² on a hostile line.
_LINE_MAX_CHARACTERS = 400
_OPENING_MARKS = re.compile(r"^(?:\s|>|#{1,6}\s|[-*+]\s+(?:\[[ xX]\]\s)?|\d{1,3}[.)]\s)+")
_RULE = re.compile(r"^\s*(?:`{3,}.*|~{3,}.*|[-*_=\s]+)$")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_PAIRED = re.compile(r"(\*{1,3}|~~|`+)(\S.*?\S|\S)\1")
_UNDERSCORED = re.compile(r"(?<!\w)(_{1,3})(\S.*?\S|\S)\1(?!\w)")


def new_id() -> str:
    """128 random bits in hex."""
    return secrets.token_hex(16)


def next_status(status: GenerationStatus, move: Move, generation_id: str) -> GenerationStatus:
    """Where `move` leads from `status`, by the table above."""
    after = _MOVES.get((status, move))
    if after is None:
        raise Conflict("generation_finished" if status == "finished" else "generation_running", id=generation_id)
    return after


def check_continuable(generation_id: str, finish_reason: FinishReason | None, text: str, *, continued: bool) -> None:
    """Raises the `Conflict` that forbids a continuation, if there is one. `finish_reason` is None while it runs; `text` is the answer's."""
    if finish_reason is None:
        raise Conflict("generation_running", id=generation_id)
    if continued:
        raise Conflict("generation_continued", id=generation_id)
    if finish_reason not in CONTINUABLE and not may_be_unfinished(text):
        raise Conflict("generation_complete", id=generation_id)


def checked_text(text: str) -> str:
    """`text`, or `InvalidRequest("text_not_unicode")` where half of a surrogate pair stands in it: that is no character, and UTF-8 has
    no form for it. NUL and everything else passes."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("text_not_unicode", position=error.start + 1) from None
    return text


def checked_ids(ids: Sequence[int]) -> tuple[int, ...]:
    """Token ids as a tuple; `OverflowError` outside of 32 bits, `TypeError` for anything but integers."""
    return tuple(array("i", ids))


def title_of(text: str) -> str:
    """The first line of `text` that says something, without Markdown's marks, in at most 60 characters; "" where no line does."""
    for line in text.splitlines():
        title = _plain(line[:_LINE_MAX_CHARACTERS])
        if title:
            return _cut(title)
    return ""


def title_of_turn(text: str, brief: BriefFields | None) -> str:
    """Of fields the task says best what it is about; a text begins with it."""
    return title_of(text) if brief is None else title_of(brief.task) or title_of(brief.text) or title_of(text)


def _plain(line: str) -> str:
    if _RULE.match(line):
        return ""
    line = _OPENING_MARKS.sub("", line)
    for pattern, kept in ((_LINK, r"\1"), (_PAIRED, r"\2"), (_UNDERSCORED, r"\2")):
        line = pattern.sub(kept, line)
    return " ".join(_CONTROL.sub("", " ".join(line.split())).split())


def _cut(title: str) -> str:
    """Cuts where no emoji or accented letter is taken apart."""
    if len(title) <= TITLE_MAX_CHARACTERS:
        return title
    end = TITLE_MAX_CHARACTERS - 1
    while end > 1 and (_joins(title[end]) or title[end - 1] == "\u200d"):
        end -= 1
    return title[:end].rstrip() + "…"


def _joins(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Mn", "Mc", "Me") or character == "\u200d" or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
