"""`hanmo check`: what the checks find in a text, one line each, as editors read it. Exit code 0 where it is clean, 1 where it is not."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from hanmo.cli.files import decoded, read_bytes, text_or_file, write_whole
from hanmo.cli.output import err, hear, out
from hanmo.core.articles import Finding
from hanmo.core.checks.code import language_of_path
from hanmo.core.checks.review import mended, review_text
from hanmo.core.errors import SetupError
from hanmo.core.text import count_words

LARGEST_BYTES = 2_000_000
PROSE = (None, "text", "markdown")
"""What a file's name may say without its being a program."""


def check(
    file: Annotated[Path, typer.Argument(help=hear("cli.check.file"), metavar="FILE")],
    brief: Annotated[str, typer.Option("--brief", help=hear("cli.check.brief"), show_default=False)] = "",
    fix: Annotated[bool, typer.Option("--fix", help=hear("cli.check.fix"), show_default=False)] = False,
    as_json: Annotated[bool, typer.Option("--json", help=hear("cli.check.json"), show_default=False)] = False,
) -> None:
    if fix and str(file) == "-":
        raise SetupError("nothing_to_fix_in")
    text, encoding = decoded(read_bytes(file, LARGEST_BYTES), str(file))
    if "\0" in text:
        raise SetupError("file_not_text", path=str(file)[:200])
    order = text_or_file(brief) if brief else ""
    language = language_of_path(str(file))
    program = "" if language in PROSE else language or ""
    findings = review_text(text, order, language=program)
    fixed = sum(finding.fix is not None for finding in findings) if fix else 0
    if fixed:
        text = mended(text, findings)
        _write(file, text, encoding)
        findings = review_text(text, order, language=program)
    _tell(file, text, findings, fixed, as_json=as_json)
    raise typer.Exit(1 if findings else 0)


def _write(file: Path, text: str, encoding: str) -> None:
    try:
        write_whole(file, text, encoding)
    except OSError as error:
        raise SetupError("output_not_writable", path=str(file)[:200], reason=os.strerror(error.errno or 0)) from error


def _tell(file: Path, text: str, findings: tuple[Finding, ...], fixed: int, *, as_json: bool) -> None:
    """Findings to stdout, the rest to stderr."""
    shown = [_shown(finding, text) for finding in findings]
    if as_json:
        report = {"path": str(file), "characters": len(text), "words": count_words(text), "fixed": fixed, "findings": shown}
        out.print(json.dumps(report, ensure_ascii=False, indent=2), markup=False)
        return
    for each in shown:
        action = f" · {hear('finding.action.' + each['action'])}" if each["action"] else ""
        out.print(f"{file}:{each['line']}:{each['column']}: {each['text']}{action}", markup=False)
    if fixed:
        err.print(hear("cli.check.fixed", count=fixed, path=str(file)), markup=False)
    fixes = sum(finding.fix is not None for finding in findings)
    err.print(hear("cli.check.found", count=len(findings), fixes=fixes) if findings else hear("cli.check.clean"), markup=False)


def _shown(finding: Finding, text: str) -> dict[str, Any]:
    """With line and column, both from 1, beside the offsets in code points."""
    before = text[: finding.start]
    return {
        "code": finding.kind,
        "text": hear(f"finding.{finding.kind}", **finding.params),
        "line": before.count("\n") + 1,
        "column": len(before) - before.rfind("\n"),
        "start": finding.start,
        "end": finding.end,
        "fix": {"start": finding.fix.start, "end": finding.fix.end, "text": finding.fix.text} if finding.fix else None,
        "action": finding.action,
    }
