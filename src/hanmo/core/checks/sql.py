"""Does this SQL parse? There are many SQLs: what one of five common dialects takes is right.

Commands of a client (`DELIMITER`, `\\d`, `LOAD DATA`) are none of the language: what has one in it cannot be judged.
"""

import logging
import re
from functools import cache
from types import ModuleType

DIALECTS = ("", "mysql", "postgres", "sqlite", "tsql")
FOR_CLIENT = re.compile(
    r"^\s*(?:DELIMITER\b|LOAD\s+DATA\b|SOURCE\b|GO\s*$|\\\w|\.\w|sqlite>|mysql>|\w+=[#>])", re.IGNORECASE | re.MULTILINE
)
NO_CODE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/", re.DOTALL)
STRAY_COMMA = re.compile(r",\s*(FROM\b|WHERE\b|GROUP\s+BY\b|ORDER\s+BY\b|\))", re.IGNORECASE)
LONGEST_MESSAGE = 80


def is_for_client(code: str) -> bool:
    return FOR_CLIENT.search(code) is not None


def sql_error(code: str) -> tuple[int, str] | None:
    """The line, from 1, and the reason of the dialect that came furthest; None where one of them takes the code."""
    sqlglot = _sqlglot()
    furthest = (0, 0, "")
    for dialect in DIALECTS:
        try:
            sqlglot.parse(code, read=dialect)
        except sqlglot.errors.SqlglotError as error:
            told = (getattr(error, "errors", None) or [{}])[0]
            reason = str(told.get("description") or "a quotation or comment is never closed")
            furthest = max(furthest, (told.get("line") or 1, told.get("col") or 0, reason[:LONGEST_MESSAGE]))
        else:
            return _stray_comma(code)
    line, _, message = furthest
    return line, message


def _stray_comma(code: str) -> tuple[int, str] | None:
    """A comma at the end of a list, which none of the dialects has, though what reads them here lets it pass."""
    bare = NO_CODE.sub(lambda found: re.sub(r"[^\n]", " " if found[0].startswith(("--", "/*")) else "x", found[0]), code)
    found = STRAY_COMMA.search(bare)
    return (bare.count("\n", 0, found.start()) + 1, f"unexpected , before {found[1].upper()}") if found else None


@cache
def _sqlglot() -> ModuleType:
    """Imported when first wanted, as it takes half a second. It warns of each statement that it passes through unread, which is none of ours."""
    import sqlglot

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return sqlglot
