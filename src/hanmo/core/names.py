"""Which known name somebody may have meant."""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], least: float = 0.0) -> str:
    """The known name most like `name`; empty where none is alike by `least` (0 to 1)."""
    return (difflib.get_close_matches(name, list(known), 1, least) or [""])[0]
