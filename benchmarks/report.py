"""Rows of figures with the bound each has to keep, and how they are printed."""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import cpu_count

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `bound` is what it must reach, as text; `kept` tells whether it does."""

    what: str
    value: float
    unit: str
    bound: str = ""
    kept: Callable[[float], bool] = lambda _: True


def print_table(rows: Sequence[Row]) -> None:
    table = Table(
        "what", "figure", "bound", "kept", title=f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}"
    )
    for row in rows:
        table.add_row(
            row.what, f"{row.value:.3g} {row.unit}", row.bound, "" if not row.bound else "yes" if row.kept(row.value) else "NO"
        )
    Console(width=120).print(table)
