"""The catalogue reader: sentences in Chinese and English from one pair of flat JSON files, with `{name}` blanks.

Blanks are filled by name. A parameter that ends in `_bytes` is written as a size (2.5 GB), one that ends in `_s` as seconds.
A missing key shows itself rather than failing: the page stays readable, and the tests find it.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal

__all__ = ["LANGUAGES", "Language", "Words", "choose_language", "problem_words", "words"]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_BLANK = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECONDS = {"zh": " 秒", "en": " s"}


class Words:
    """One language's sentences."""

    def __init__(self, lang: Language, catalogue: Mapping[str, str]) -> None:
        self.lang = lang
        self._catalogue = catalogue

    def __contains__(self, key: object) -> bool:
        return key in self._catalogue

    def text(self, key: str, /, **params: object) -> str:
        """The sentence of `key` with its blanks filled; a blank nobody fills stays as it is written."""
        return _BLANK.sub(lambda blank: self._fill(blank, params), self._catalogue.get(key, key))

    def _fill(self, blank: re.Match[str], params: Mapping[str, object]) -> str:
        name = blank[1]
        if name not in params:
            return blank[0]
        value = params[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(value)
        if name.endswith("_bytes"):
            return _size(value)
        if name.endswith("_s"):
            return f"{_short(value)}{_SECONDS[self.lang]}"
        return _short(value)


@lru_cache
def words(lang: Language) -> Words:
    return Words(lang, json.loads((files(__name__) / f"{lang}.json").read_text("utf-8")))


def problem_words(code: str, params: Mapping[str, object], lang: Language) -> tuple[str, str, str]:
    """Title, detail and next step of a problem."""
    said = words(lang)
    title, detail, next_step = (said.text(f"error.{code}.{part}", **params) for part in ("title", "detail", "next"))
    return title, detail, next_step


def choose_language(wish: str | None) -> Language:
    """The language of an `Accept-Language` header or of a `LANG` variable: the best-liked one we speak, English where none is named."""
    best: tuple[float, Language] = (0.0, "en")
    for entry in (wish or "").split(",")[:32]:
        tag, _, rest = entry.partition(";")
        spoken = _spoken(tag.strip().lower())
        liking = _quality(rest)
        if spoken and liking > best[0]:
            best = (liking, spoken)
    return best[1]


def _spoken(tag: str) -> Language | None:
    primary = re.split(r"[-_.@]", tag, maxsplit=1)[0]
    return next((lang for lang in LANGUAGES if lang == primary), None)


def _quality(parameters: str) -> float:
    found = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", parameters)
    return float(found[1]) if found else 1.0


def _short(number: int | float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.6g}"


def _size(num_bytes: int | float) -> str:
    """Decimal units, as model hubs and disks count: three digits at most."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(num_bytes) >= factor * 0.9995:
            amount = num_bytes / factor
            return f"{amount:.1f} {unit}" if amount < 99.95 and unit in {"GB", "TB"} else f"{amount:.0f} {unit}"
    return f"{num_bytes:.0f} B"
