"""The templates that come with Hanmo: one TOML file a language, read once, by the same rules as a user's own."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from hanmo.core.template_files import read_template
from hanmo.core.templates import Template, checked_template
from hanmo.core.text import Language

__all__ = ["PackagedTemplates", "read_builtin"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")


class PackagedTemplates:
    """The port `BuiltinTemplates`. Ids are those of the files behind the language: `zh-weekly-report`."""

    def all(self) -> Mapping[str, Template]:
        return _all()


@lru_cache
def _all() -> Mapping[str, Template]:
    return MappingProxyType({f"{lang}-{name}": each for lang in LANGUAGES for name, each in read_builtin(lang).items()})


def read_builtin(lang: Language) -> dict[str, Template]:
    """The templates of one language by their ids in the file, in the order of the file."""
    data = tomllib.loads((files(__name__) / f"{lang}.toml").read_text("utf-8"))
    return {name: checked_template(read_template(_trimmed({**each, "language": lang}), name)) for name, each in data.items()}


def _trimmed(value: Any) -> Any:
    """Without the line break that ends a text of several lines."""
    if isinstance(value, dict):
        return {key: _trimmed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_trimmed(each) for each in value]
    return value.strip("\n") if isinstance(value, str) else value
