"""The wire shapes of templates, and how values become them. Times are Unix seconds."""

from dataclasses import asdict
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from hanmo.core.brief_fields import BriefFields
from hanmo.core.templates import VALUE_CHARACTERS, Kind, Template, Variable
from hanmo.core.text import Language
from hanmo.web.api.brief_shapes import BriefJson
from hanmo.work.templates import Entry, Filled

Text = Annotated[str, Field(max_length=VALUE_CHARACTERS)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class BriefBody(_Body):
    """The parts of a structured prompt. Variables stand in the texts as `{{name}}`."""

    role: Text = ""
    task: Text = ""
    audience: Text = ""
    requirements: Text = ""
    structure: Text = ""
    example: Text = ""
    format: Text = ""
    language: Text = ""
    words: int | None = None
    text: Text = ""


class VariableBody(_Body):
    name: Annotated[str, Field(max_length=200)]
    default: Text = ""
    hint: Text = ""


class TemplateBody(_Body):
    """`variables` needs only those that have a default or a hint; which there are, the brief says."""

    name: Annotated[str, Field(max_length=1000)]
    description: Text = ""
    category: Text = ""
    language: Literal["zh", "en"] = "zh"
    kind: Literal["conversation", "article"] = "conversation"
    preset: Annotated[str, Field(max_length=80)] = "chat"
    brief: BriefBody
    variables: Annotated[list[VariableBody], Field(max_length=200)] = []

    def value(self) -> Template:
        return Template(
            name=self.name,
            fields=BriefFields(**self.brief.model_dump()),
            description=self.description,
            category=self.category,
            lang=self.language,
            kind=self.kind,
            preset=self.preset,
            variables=tuple(Variable(each.name, each.default, each.hint) for each in self.variables),
        )


class VariableJson(TypedDict):
    name: str
    default: str
    hint: str


class TemplateJson(TypedDict):
    """`variables` are in the order in which the brief first uses them. A built-in template has no times."""

    id: str
    builtin: bool
    name: str
    description: str
    category: str
    language: Language
    kind: Kind
    preset: str
    brief: BriefJson
    variables: list[VariableJson]
    created_at: float | None
    updated_at: float | None


class FilledJson(TypedDict):
    """`text` is the whole brief as one text; `missing` names the variables that nothing filled."""

    brief: BriefJson
    text: str
    missing: list[str]
    language: Language
    kind: Kind
    preset: str


def template_json(entry: Entry) -> TemplateJson:
    template = entry.template
    return TemplateJson(
        id=entry.id,
        builtin=entry.builtin,
        name=template.name,
        description=template.description,
        category=template.category,
        language=template.lang,
        kind=template.kind,
        preset=template.preset,
        brief=_brief_json(template.fields),
        variables=[VariableJson(name=each.name, default=each.default, hint=each.hint) for each in template.variables],
        created_at=entry.created_at,
        updated_at=entry.updated_at,
    )


def filled_json(filled: Filled) -> FilledJson:
    return FilledJson(
        brief=_brief_json(filled.fields),
        text=filled.text,
        missing=list(filled.missing),
        language=filled.template.lang,
        kind=filled.template.kind,
        preset=filled.template.preset,
    )


def _brief_json(fields: BriefFields) -> BriefJson:
    return cast("BriefJson", asdict(fields))
