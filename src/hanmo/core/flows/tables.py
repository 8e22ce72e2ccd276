"""Tables put right: a separator under the header, and rows of its width. No cell is lost."""

import re

TABLE = re.compile(r"(?m)(?:^[ \t]*\|.*(?:\n|\Z)){2,}")
SEPARATOR = re.compile(r":?-*:?")


def mend_tables(text: str) -> str:
    """All tables of a text; what is no table stays as it is. Text inside code fences is left alone."""
    parts = re.split(r"(?ms)(^```.*?^```[ \t]*$)", text)
    return "".join(part if part.startswith("```") else TABLE.sub(_mended, part) for part in parts)


def _mended(found: re.Match[str]) -> str:
    whole = mended_table(found.group())
    return whole + ("\n" if found.group().endswith("\n") else "") if whole else found.group()


def mended_table(raw: str) -> str:
    """A header, a separator and at least one row, all of the header's width; "" where the lines hold no such thing."""
    rows = [_cells(line) for line in raw.splitlines() if line.strip().startswith("|")]
    rows = [row for row in rows if any(row) and not all(SEPARATOR.fullmatch(cell) for cell in row)]
    if len(rows) < 2 or len(rows[0]) < 2 or not all(rows[0]):
        return ""
    width = len(rows[0])
    lines = ["| " + " | ".join(_of_width(row, width)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _of_width(row: list[str], width: int) -> list[str]:
    """Missing cells are empty; what is too much goes into the last one."""
    if len(row) > width:
        return [*row[: width - 1], "，".join(filter(None, row[width - 1 :]))]
    return row + [""] * (width - len(row))
