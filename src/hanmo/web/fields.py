"""What is wrong with a request's fields: pydantic's list of errors as one problem that names the field and what it may hold.

`params.allowed` is language-neutral where that is possible (`≤ 2`, `chat | qa`) and a plain word of JSON otherwise (`integer`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from hanmo.core.names import nearest
from hanmo.core.values import Problem

__all__ = ["validation_problem"]

_LIMITS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}", "multiple_of": "× {}"}
_LENGTHS = {"min_length": "length ≥ {}", "max_length": "length ≤ {}"}
_TYPES = ("integer", "number", "boolean", "string", "list", "object")
_TYPE_WORDS = {
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "str": "string",
    "dict": "object",
    "model": "object",
    "finite": "number",
}
_NAME_CHARACTERS = 64


def validation_problem(error: RequestValidationError, route: object = None) -> tuple[Problem, int]:
    """The first error as a problem, with its status. An unknown field goes first: it usually explains a missing one."""
    errors = error.errors()
    first = next((entry for entry in errors if entry["type"] == "extra_forbidden"), errors[0])
    kind, where = first["type"], tuple(first["loc"])
    if kind == "json_invalid":
        return Problem("malformed_json"), 400
    if where == ("body",):
        return Problem("object_expected"), 422
    field = _path(where[1:])
    if kind == "extra_forbidden":
        names = _known_names(route, where[1:-1])
        return Problem("unknown_field", {"field": field, "nearest": _nearest(str(where[-1]), names)}), 422
    if kind == "string_unicode":
        half = next(i for i, character in enumerate(first["input"], start=1) if "\ud800" <= character <= "\udfff")
        return Problem("text_not_unicode", {"position": half}), 422
    if kind == "missing":
        return Problem("missing_field", {"field": field}), 422
    return Problem("invalid_field", {"field": field, "allowed": _allowed(first)}), 422


def _path(parts: Sequence[object]) -> str:
    """`sampling.temperature`: printable characters, and not more of them than a name needs."""
    return re.sub(r"[^\w.\-\[\]]", "?", ".".join(str(part)[:_NAME_CHARACTERS] for part in parts[:8]))


def _allowed(entry: Mapping[str, Any]) -> str:
    context, kind = entry.get("ctx", {}), str(entry["type"])
    for name, shape in (*_LIMITS.items(), *_LENGTHS.items()):
        if name in context:
            return shape.format(_number(context[name]))
    if "expected" in context:
        return " | ".join(re.findall(r"'([^']*)'", str(context["expected"]))) or str(context["expected"])
    word = kind.split("_")[0]
    word = _TYPE_WORDS.get(word, word)
    return word if word in _TYPES else kind.replace("_", " ")


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _nearest(name: str, known: Sequence[str]) -> str:
    """The known name that looks most like this one; all of them where none does."""
    return nearest(name[:_NAME_CHARACTERS], known, 0.5) or " | ".join(known) or "—"


def _known_names(route: object, path: Sequence[object]) -> list[str]:
    """The fields of the model that stands at `path` in this route's body."""
    body = getattr(route, "body_field", None)
    model = _model_in(getattr(getattr(body, "field_info", None), "annotation", None))
    for part in path:
        if model is None:
            break
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for found in map(_model_in, get_args(annotation)) if found), None)
