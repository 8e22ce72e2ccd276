"""What the comparison found, as a table and a chart in the documents."""

import platform
import re
from datetime import date
from pathlib import Path

from psutil import cpu_count

from benchmarks.chart import Bar, Group, chart, figure
from benchmarks.compare import Comparison, Contact, rows

ROOT = Path(__file__).parents[1]
DOCUMENT, PICTURE = ROOT / "docs" / "performance.md", ROOT / "docs" / "images" / "compare.svg"
BEGIN, END = "<!-- compare:begin -->", "<!-- compare:end -->"
FIGURES = {
    "cold_s": ("first token, cold", "s"),
    "second_s": ("first token, second turn", "s"),
    "typed_s": ("first token, after typing", "s"),
    "another_s": ("first token, after another work", "s"),
    "restart_s": ("first token, after a restart", "s"),
    "read": ("read", "tokens/s"),
    "written": ("written", "tokens/s"),
    "long_s": ("an answer of 1,000 tokens", "s"),
    "resident_bytes": ("memory", "GB"),
}


def write_down(found: Comparison, document: Path = DOCUMENT, picture: Path = PICTURE) -> None:
    """Replaces what stands between the marks of `docs/performance.md`, and the chart beside it."""
    text = document.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not found_end:
        raise ValueError(f"{document.name} has no {BEGIN} … {END}")
    document.write_text(f"{before}{BEGIN}\n{block(found, date.today())}\n{END}{after}", "utf-8")  # noqa: DTZ011 - the day here
    picture.write_text(picture_of(found), "utf-8")


def block(found: Comparison, day: date) -> str:
    """The table of the systems, then the ratios with their bounds."""
    there = [contact for contact in found.contacts if not contact.missing]
    lines = [
        f'`make bench ARGS="compare --write"` on {day.day} {day:%B %Y}: {_machine()}; a Qwen3-4B with random weights '
        f"(Q4_K_M, {found.model_bytes:,} bytes), context 8,192.",
        "",
        "| | " + " | ".join(contact.system for contact in there) + " |",
        "|---|" + "---|" * len(there),
    ]
    for name, (what, unit) in FIGURES.items():
        lines.append(f"| {what}, {unit} | " + " | ".join(_figure(contact, name) for contact in there) + " |")
    lines += ["", "\\* reckoned, not measured: see below.", ""]
    lines += [f"{contact.system}: {contact.missing}." for contact in found.contacts if contact.missing]
    lines += ["![The same as bars](images/compare.svg)", "", "| | figure | bound | kept |", "|---|---|---|---|"]
    for row in rows(found):
        said = f"{figure(row.value)} {row.unit}".strip()
        lines.append(f"| {row.what} | {said} | {row.bound} | {'yes' if row.kept(row.value) else 'no'} |")
    return "\n".join(lines)


def picture_of(found: Comparison) -> str:
    there = [contact for contact in found.contacts if not contact.missing]
    groups = [
        Group(what, unit, tuple(Bar(contact.system, _value(contact, name), _mark(contact, name)) for contact in there))
        for name, (what, unit) in FIGURES.items()
    ]
    return chart("Qwen3-4B with random weights, one machine, one run; logarithmic scale", groups)


def _value(contact: Contact, name: str) -> float:
    value = float(getattr(contact, name))
    return value / 1e9 if name == "resident_bytes" else value


def _figure(contact: Contact, name: str) -> str:
    star = r" \*" if name in contact.reckoned else ""
    return figure(_value(contact, name)) + star


def _mark(contact: Contact, name: str) -> str:
    return "*" if name in contact.reckoned else ""


def _machine() -> str:
    processor = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file() and (found := re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(errors="replace"), re.MULTILINE)):
        processor = found[1].strip()
    return f"{processor}, {cpu_count(logical=False)} cores, Python {platform.python_version()}"
