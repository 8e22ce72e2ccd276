"""Tables whose rows are not as wide as their header, or that have no separator under it; with marks at both ends of a row or without."""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding, Fix
from hanmo.core.blocks import Line
from hanmo.core.checks.view import SEPARATOR, Part, View

NO_MARK = re.compile(r"`[^`]*`|\$(?=\S)[^$|]*(?<=\S)\$(?!\d)|\$(?=\S)(?! ?\d)[^$]*(?<=\S)\$(?!\d)|\[\[[^\]]*\]\]|\\\|")
"""Code, formulas and links, and a mark that was escaped. Two prices in one row are no formula."""


def broken_table(view: View) -> Iterator[Finding]:
    """One finding for each table: the first row that does not fit."""
    for part in view.parts:
        for rows in _tables(part):
            closed = rows[0].text.rstrip().endswith("|")
            cells = _num_cells(rows[0], closed=closed)
            if not SEPARATOR.match(rows[1].text):
                even = all(_num_cells(row, closed=closed) == cells for row in rows)
                end = rows[0].start + len(rows[0].text.rstrip())
                fix = Fix(end, end, "\n|" + " --- |" * cells) if even else None
                yield part.finding("table_without_separator", rows[0].start, rows[0].end, fix=fix)
            elif wrong := next((row for row in rows if _num_cells(row, closed=closed) != cells), None):
                yield part.finding("uneven_table", wrong.start, wrong.end, cells=_num_cells(wrong, closed=closed), columns=cells)


def _tables(part: Part) -> Iterator[list[Line]]:
    """Rows that stand together. Without a separator only those with a mark at either end are taken for a table."""
    rows: list[Line] = []
    for line in (*part.lines, None):
        if line is not None and line.kind == "table":
            rows.append(line)
            continue
        if len(rows) > 1 and (SEPARATOR.match(rows[1].text) or all(row.text.rstrip().endswith("|") for row in rows)):
            yield rows
        rows = []


def _num_cells(row: Line, *, closed: bool) -> int:
    """Where the header is not `closed` by a mark, one at the end of a row parts an empty cell off."""
    text = NO_MARK.sub("x", row.text).strip().removeprefix("|")
    return len((text if not closed and not SEPARATOR.match(row.text) else text.removesuffix("|")).split("|"))
