"""Templates as data, for files and for the store: strict about names and types, so that a slip in a file is found and not passed over.

A file is JSON: `{"hanmo_templates": 1, "templates": [{"name", "description", "category", "language", "kind", "preset", "brief": {...},
"variables": [{"name", "default", "hint"}]}]}`. Only `name` and `brief` have to be there.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import InvalidRequest
from hanmo.core.names import nearest
from hanmo.core.templates import TEXT_FIELDS, Template, Variable, checked_template
from hanmo.core.values import JsonValue

MARK = "hanmo_templates"
VERSION = 1
FILE_CHARACTERS = 1_000_000
MAX_TEMPLATES = 500

_KINDS = {"language": ("zh", "en"), "kind": ("conversation", "article")}
_TEMPLATE_KEYS = ("name", "description", "category", "language", "kind", "preset", "brief", "variables")
_VARIABLE_KEYS = tuple(field.name for field in fields(Variable))
_BRIEF_KEYS = (*TEXT_FIELDS, "words")


def write_templates(templates: Iterable[Template]) -> str:
    """A file that `read_templates` reads: what is empty is left out."""
    data = [_without_blanks(template_data(template)) for template in templates]
    return json.dumps({MARK: VERSION, "templates": data}, ensure_ascii=False, indent=2) + "\n"


def read_templates(text: str) -> tuple[Template, ...]:
    """The checked templates of a file. `InvalidRequest`: "templates_too_large" (limit), "templates_not_json" (line), "templates_shape" (place,
    wanted), "templates_newer" (version, known), "templates_unknown_key" (place, key, nearest), "templates_too_many" (number, limit),
    "text_not_unicode", and what `checked_template` raises."""
    if len(text) > FILE_CHARACTERS:
        raise InvalidRequest("templates_too_large", limit=FILE_CHARACTERS)
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("templates_not_json", line=getattr(error, "lineno", 1)) from None
    head = _object(data, "file", (MARK, "templates"))
    version = head.get(MARK)
    if isinstance(version, int) and version > VERSION:
        raise InvalidRequest("templates_newer", version=version, known=VERSION)
    if isinstance(version, bool) or version != VERSION:
        raise InvalidRequest("templates_shape", place=MARK, wanted=str(VERSION))
    found = _list(head.get("templates"), "templates")
    if not found:
        raise InvalidRequest("templates_shape", place="templates", wanted="[…]")
    if len(found) > MAX_TEMPLATES:
        raise InvalidRequest("templates_too_many", number=len(found), limit=MAX_TEMPLATES)
    return tuple(checked_template(read_template(each, f"templates[{i}]")) for i, each in enumerate(found, start=1))


def template_data(template: Template) -> dict[str, JsonValue]:
    """All of a template, in the words of the file."""
    return {
        "name": template.name,
        "description": template.description,
        "category": template.category,
        "language": template.lang,
        "kind": template.kind,
        "preset": template.preset,
        "brief": asdict(template.fields),
        "variables": [asdict(variable) for variable in template.variables],
    }


def read_template(data: object, place: str) -> Template:
    """Its shape alone: names, types, and what is one of a few. `place` says where in a file it stands."""
    given = _object(data, place, _TEMPLATE_KEYS)
    for key in ("name", "brief"):
        if key not in given:
            raise InvalidRequest("templates_shape", place=f"{place}.{key}", wanted='"…"' if key == "name" else "{…}")
    brief = _object(given["brief"], f"{place}.brief", _BRIEF_KEYS)
    words = brief.get("words")
    if words is not None and (isinstance(words, bool) or not isinstance(words, int)):
        raise InvalidRequest("templates_shape", place=f"{place}.brief.words", wanted="800")
    texts = {key: _text(brief[key], f"{place}.brief.{key}") for key in TEXT_FIELDS if key in brief}
    variables = _list(given.get("variables", []), f"{place}.variables")
    chosen: dict[str, Any] = {key: _one_of(given[key], f"{place}.{key}", known) for key, known in _KINDS.items() if key in given}
    if "language" in chosen:
        chosen["lang"] = chosen.pop("language")
    plain: dict[str, Any] = {
        key: _text(given[key], f"{place}.{key}") for key in ("description", "category", "preset") if key in given
    }
    return Template(
        _text(given["name"], f"{place}.name"),
        BriefFields(**texts, words=words),
        variables=tuple(_variable(each, f"{place}.variables[{i}]") for i, each in enumerate(variables, start=1)),
        **plain,
        **chosen,
    )


def _variable(data: object, place: str) -> Variable:
    given = _object(data, place, _VARIABLE_KEYS)
    if "name" not in given:
        raise InvalidRequest("templates_shape", place=f"{place}.name", wanted='"…"')
    return Variable(**{key: _text(value, f"{place}.{key}") for key, value in given.items()})


def _object(data: object, place: str, known: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise InvalidRequest("templates_shape", place=place, wanted="{…}")
    for key in data:
        if key not in known:
            name = "".join(character for character in str(key)[:40] if character.isprintable())
            raise InvalidRequest("templates_unknown_key", place=place, key=name, nearest=nearest(name, known))
    return data


def _list(data: object, place: str) -> list[object]:
    if not isinstance(data, list):
        raise InvalidRequest("templates_shape", place=place, wanted="[…]")
    return data


def _text(data: object, place: str) -> str:
    if not isinstance(data, str):
        raise InvalidRequest("templates_shape", place=place, wanted='"…"')
    try:
        data.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest("text_not_unicode", position=error.start + 1) from None
    return data


def _one_of(data: object, place: str, known: tuple[str, ...]) -> str:
    if data not in known:
        raise InvalidRequest("templates_shape", place=place, wanted=" | ".join(known))
    return str(data)


def _without_blanks(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What stands for itself when it is left out, at any depth."""

    def kept(value: JsonValue) -> JsonValue:
        if isinstance(value, dict):
            return {key: kept(each) for key, each in value.items() if each not in ("", None, [])}
        return [kept(each) for each in value] if isinstance(value, list) else value

    return {key: kept(value) for key, value in data.items() if value not in ("", None, [])}
