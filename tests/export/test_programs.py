"""When a converter is missing, ends badly, or does not end; and what is left behind."""

import asyncio
import os
import stat
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import psutil
import pytest

from hanmo.core.errors import ExportFailed
from hanmo.core.exports import EXPORT_FORMATS
from hanmo.export import DocumentExporter, install_command, missing_for
from hanmo.export.needs import PACKAGES
from tests.export.samples import document

ROOT = Path(__file__).parents[2]
BLOCKED = """
import asyncio, sys
for name in {blocked!r}:
    sys.modules[name] = None
from hanmo.core.errors import ExportUnavailable
from hanmo.export import DocumentExporter
from tests.export.samples import document
for form in ("md", "txt", "obsidian", "html", "docx", "epub", "pdf"):
    try:
        print(form, len(asyncio.run(DocumentExporter().convert(document(lang="en"), form))) > 10)
    except ExportUnavailable as error:
        print(form, error.status, error.code, error.params["command"])
"""


def without(*blocked: str) -> dict[str, str]:
    """What each format says where these cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED.format(blocked=blocked)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_without_the_extra_text_is_exported_and_the_rest_says_what_to_install() -> None:
    said = without(*PACKAGES)
    assert {form for form, what in said.items() if what == "True"} == {"md", "txt", "obsidian"}
    for form in ("html", "docx", "epub", "pdf"):
        assert said[form] == f"501 export_extra_missing {install_command()}"


def test_without_typst_only_the_pdf_is_missing() -> None:
    said = without("typst")
    assert {form for form, what in said.items() if what.startswith("501")} == {"pdf"}


def test_what_is_said_to_be_missing_is_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert list(PACKAGES.values()) == project["project"]["optional-dependencies"]["export"]
    pinned = (ROOT / "constraints.txt").read_text("utf-8").split()
    assert set(PACKAGES.values()) <= set(pinned) & set(project["dependency-groups"]["dev"])
    assert [missing_for(form) for form in EXPORT_FORMATS] == [None] * len(EXPORT_FORMATS)


def program(folder: Path, does: str) -> str:
    path = folder / "pandoc"
    path.write_text(f"#!{sys.executable}\n{does}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def left_behind(folder: Path) -> list[Path]:
    return list(folder.glob("hanmo-export-*"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("does", ["import os; os.kill(os.getpid(), 9)", "import sys; sys.exit(83)"])
def test_a_converter_that_ends_badly_is_an_error_in_words_and_leaves_nothing(does: str, tmp_path: Path, temporary: Path) -> None:
    exporter = DocumentExporter(pandoc=program(tmp_path, does))
    with pytest.raises(ExportFailed) as failed:
        asyncio.run(exporter.convert(document(), "docx"))
    assert (failed.value.code, failed.value.params["program"]) == ("export_failed", "pandoc")
    assert left_behind(temporary) == []


def test_a_converter_that_cannot_be_started_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(ExportFailed) as failed:
        asyncio.run(DocumentExporter(pandoc=str(tmp_path / "nothing")).convert(document(), "html"))
    assert failed.value.code == "export_failed"


def test_a_converter_that_does_not_end_is_ended(tmp_path: Path, temporary: Path) -> None:
    path = program(tmp_path, f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    began = time.monotonic()
    with pytest.raises(ExportFailed) as failed:
        asyncio.run(DocumentExporter(pandoc=path, limit_s=1.0).convert(document(), "docx"))
    assert (failed.value.code, failed.value.params) == ("export_too_slow", {"seconds": 1})
    assert time.monotonic() - began < 10
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text()))
    assert left_behind(temporary) == []


def test_a_converter_gives_way_and_its_reader_may_leave(tmp_path: Path, temporary: Path) -> None:
    path = program(
        tmp_path,
        "import os, time\n"
        f"time.sleep(0.3); open({str(tmp_path / 'nice')!r}, 'w').write(f'{{os.getpid()}} {{os.nice(0)}}')\ntime.sleep(600)",
    )

    async def leave() -> None:
        task = asyncio.create_task(DocumentExporter(pandoc=path).convert(document(), "docx"))
        while not (tmp_path / "nice").exists() or not (tmp_path / "nice").read_text():
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    pid, nice = (tmp_path / "nice").read_text().split()
    assert int(nice) >= os.nice(0) + 10
    assert not psutil.pid_exists(int(pid))
    assert left_behind(temporary) == []
