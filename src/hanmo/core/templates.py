"""Templates (模板): a brief with variables, kept to be used again.

Rules
  * A variable is written `{{name}}` in any text of the brief: a letter or a Han character first, then letters, digits, spaces, `_` or `-`,
    at most 40 characters. Two opening braces that begin no variable are refused: a slip in a name is found when the template is kept, and not
    in what the model is sent.
  * The brief decides which variables there are and in which order they are asked for; what is said of a variable that does not occur is an
    error, and one of which nothing is said has no default and no hint.
  * What is filled in is text: braces in it stay as they are.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from hanmo.core.brief_fields import BriefFields, is_empty
from hanmo.core.briefs import LONGEST, SHORTEST
from hanmo.core.errors import InvalidRequest
from hanmo.core.names import nearest
from hanmo.core.presets import PRESETS
from hanmo.core.text import Language

Kind = Literal["conversation", "article"]

NAME_CHARACTERS = 80
DESCRIPTION_CHARACTERS = 400
CATEGORY_CHARACTERS = 40
FIELD_CHARACTERS = 20_000
VALUE_CHARACTERS = 100_000
"""Of one value that is filled in: the text to be marked, explained or translated."""
MAX_VARIABLES = 30

TEXT_FIELDS = tuple(field.name for field in fields(BriefFields) if field.name != "words")
NAME = r"[^\W\d_][\w \-]{0,39}"
VARIABLE = re.compile(rf"\{{\{{[ \t]*({NAME}?)[ \t]*\}}\}}")
NEAR_CHARACTERS = 24
"""So much is shown of what stands behind braces that begin no variable."""


@dataclass(frozen=True, slots=True)
class Variable:
    """`default` is filled in where nothing is given; `hint` tells the writer what is wanted."""

    name: str
    default: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """`lang` is the language it is written in, `preset` the sampling it is used with."""

    name: str
    fields: BriefFields
    description: str = ""
    category: str = ""
    lang: Language = "zh"
    kind: Kind = "conversation"
    preset: str = "chat"
    variables: tuple[Variable, ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the brief by field."""
        return {name: getattr(self.fields, name) for name in TEXT_FIELDS}


def variables_in(brief: BriefFields) -> tuple[str, ...]:
    """The names of the variables, in the order of their first use."""
    found = (match[1] for name in TEXT_FIELDS for match in VARIABLE.finditer(getattr(brief, name)))
    return tuple(dict.fromkeys(found))


def checked_template(template: Template) -> Template:
    """The template with its variables as the brief has them. `InvalidRequest`, each with the template's name: "template_nameless" (no name
    there), "template_empty", "template_too_long" (field, characters, limit), "template_words" (words, low, high), "variable_malformed" (near),
    "too_many_variables" (number, limit), "unknown_variable" (name, known), "unknown_preset"."""
    if not template.name.strip():
        raise InvalidRequest("template_nameless")
    label = template.name[:NAME_CHARACTERS]
    _check_lengths(template, label)
    if is_empty(replace(template.fields, words=None, language="")):
        raise InvalidRequest("template_empty", template=label)
    words = template.fields.words
    if words is not None and not SHORTEST <= words <= LONGEST:
        raise InvalidRequest("template_words", template=label, words=words, low=SHORTEST, high=LONGEST)
    if template.preset not in PRESETS:
        known = ", ".join(PRESETS)
        raise InvalidRequest("unknown_preset", name=template.preset[:40], nearest=nearest(template.preset, PRESETS), known=known)
    for text in template.texts.values():
        _check_braces(text, label)
    names = variables_in(template.fields)
    if len(names) > MAX_VARIABLES:
        raise InvalidRequest("too_many_variables", template=label, number=len(names), limit=MAX_VARIABLES)
    _check_known((variable.name for variable in template.variables), names, label)
    said = {variable.name: variable for variable in template.variables}
    variables = tuple(said.get(name, Variable(name)) for name in names)
    return replace(template, name=template.name.strip(), category=template.category.strip(), variables=variables)


def _check_lengths(template: Template, label: str) -> None:
    limits = [("name", template.name, NAME_CHARACTERS), ("description", template.description, DESCRIPTION_CHARACTERS)]
    limits += [("category", template.category, CATEGORY_CHARACTERS)]
    limits += [(name, text, FIELD_CHARACTERS) for name, text in template.texts.items()]
    for variable in template.variables:
        limits += [("default", variable.default, FIELD_CHARACTERS), ("hint", variable.hint, DESCRIPTION_CHARACTERS)]
    for field, text, limit in limits:
        if len(text) > limit:
            raise InvalidRequest("template_too_long", template=label, field=field, characters=len(text), limit=limit)


def _check_braces(text: str, label: str) -> None:
    bare = VARIABLE.sub(lambda found: "\0" * len(found[0]), text)
    if (start := bare.find("{{")) >= 0:
        raise InvalidRequest("variable_malformed", template=label, near=" ".join(text[start : start + NEAR_CHARACTERS].split()))


def _check_known(asked: Iterable[str], known: tuple[str, ...], label: str) -> None:
    for name in asked:
        if name not in known:
            raise InvalidRequest("unknown_variable", template=label, name=name[:NAME_CHARACTERS], known=", ".join(known) or "—")


def missing(template: Template, values: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that neither `values` nor a default fills."""
    return tuple(each.name for each in template.variables if not (values.get(each.name, "").strip() or each.default.strip()))


def fill(template: Template, values: Mapping[str, str], *, partly: bool = False) -> BriefFields:
    """The brief with each variable replaced: by its value, else by its default. `InvalidRequest`: "unknown_variable" (name, known),
    "variable_unfilled" (name, known) unless `partly`, which leaves such a variable as it is written; "value_too_long" (name, characters,
    limit)."""
    known = tuple(each.name for each in template.variables)
    _check_known(values, known, template.name)
    for name, value in values.items():
        if len(value) > VALUE_CHARACTERS:
            raise InvalidRequest("value_too_long", name=name, characters=len(value), limit=VALUE_CHARACTERS)
    unfilled = missing(template, values)
    if unfilled and not partly:
        raise InvalidRequest("variable_unfilled", template=template.name, name=unfilled[0], known=", ".join(known))
    filled = {each.name: values[each.name] if values.get(each.name, "").strip() else each.default for each in template.variables}
    chosen = {name: value for name, value in filled.items() if name not in unfilled}
    texts = {field: VARIABLE.sub(lambda found: chosen.get(found[1], found[0]), text) for field, text in template.texts.items()}
    return replace(template.fields, **texts)  # type: ignore[arg-type]


def matches(template: Template, query: str) -> bool:
    """Whether every word of `query` stands somewhere in the template, in whatever case; a word of one or two characters too."""
    parts = (template.name, template.description, template.category, *template.texts.values())
    text = "\n".join(parts).casefold()
    return all(word in text for word in query.casefold().split())
