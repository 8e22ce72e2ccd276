"""A brief on the wire: fields on their way in and out, and the one text that is made of them."""

from dataclasses import asdict
from typing import Annotated, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from typing_extensions import TypedDict

from hanmo.core.brief_fields import BriefFields, fields_language, is_empty, to_text
from hanmo.core.briefs import LONGEST
from hanmo.core.errors import InvalidRequest

TEXT_CHARACTERS = 150_000
"""Fits the limit of a body even where a client writes each Han character as six."""
Line = Annotated[str, Field(max_length=2_000)]
Block = Annotated[str, Field(max_length=30_000)]


class Brief(BaseModel):
    """The fields of a structured prompt, all of them optional. `language` is `zh`, `en` or a language in words, `words` a length as writers count,
    `text` free text beside the fields. Several lines of `requirements` stand in the order of their priority."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Line = ""
    task: Block = ""
    audience: Line = ""
    requirements: Block = ""
    structure: Block = ""
    example: Block = ""
    format: Line = ""
    language: Annotated[str, Field(max_length=100)] = ""
    words: Annotated[int, Field(ge=1, le=LONGEST)] | None = None
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)] = ""

    def as_fields(self) -> BriefFields:
        return BriefFields(**self.model_dump())


def _from_text(brief: object) -> object:
    return {"text": brief} if isinstance(brief, str) else brief


BriefOrText = Annotated[Brief, BeforeValidator(_from_text)]
"""Fields, or a string that is the free text alone."""


class BriefJson(TypedDict):
    """The fields that a text was made of."""

    role: str
    task: str
    audience: str
    requirements: str
    structure: str
    example: str
    format: str
    language: str
    words: int | None
    text: str


def brief_json(brief: BriefFields | None) -> BriefJson | None:
    return None if brief is None else cast("BriefJson", asdict(brief))


def read_fields(text: str | None, brief: Brief | None) -> BriefFields:
    """What is asked, as fields; they may be empty. `InvalidRequest("missing_field" | "text_or_brief")`."""
    if text is None and brief is None:
        raise InvalidRequest("missing_field", field="text")
    if text is not None and brief is not None:
        raise InvalidRequest("text_or_brief")
    return BriefFields(text=text or "") if brief is None else brief.as_fields()


def read_asked(text: str | None, brief: Brief | None) -> tuple[str, BriefFields]:
    """What is asked as one text, and its fields. `InvalidRequest("missing_field" | "text_or_brief" | "text_empty")`."""
    fields = read_fields(text, brief)
    if is_empty(fields):
        raise InvalidRequest("text_empty")
    return to_text(fields, fields_language(fields)), fields
