"""`hanmo export`: through a server that runs, and from the data directory alone; what it refuses, and what it never overwrites."""

import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hanmo.cli.export import find
from hanmo.core.errors import SetupError
from hanmo.instance import running_at
from hanmo.work.exports import Head
from tests.cli.commands import Said, assert_refused, hanmo, has_han, tracebacks
from tests.fakes.running import FakeHanmo
from tests.fakes.watched import FAKE, ROOT, path_with
from tests.outside.articles import Desk

TEXT = "# 春江花月夜\n\n## 其一\n\n**真，**她说。\n"


def export(*arguments: str, data_dir: Path, **options: Any) -> Said:
    return hanmo("export", *arguments, data_dir=data_dir, module=FAKE, **({"PYTHONPATH": path_with(ROOT)} | options))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with FakeHanmo(tmp_path_factory.mktemp("export") / "data") as running, running.client() as client:
        Desk.opened(client, TEXT)
        Desk.opened(client, "# 秋水\n\n## 一\n\n秋。\n")
        Desk.opened(client, "# 秋声\n\n## 一\n\n声。\n")
        client.post("/api/conversations", json={"title": "空谈"})
        yield running


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that no server has."""
    folder = tmp_path_factory.mktemp("closed") / "data"
    with FakeHanmo(folder) as running, running.client() as client:
        Desk.opened(client, TEXT)
    return folder


def test_through_a_server_it_is_named_after_its_title_and_not_overwritten_without_force(server: FakeHanmo, tmp_path: Path) -> None:
    said = export("春江", "-f", "docx", data_dir=server.data_dir, cwd=tmp_path)
    assert said.code == 0, said.err
    file = tmp_path / "春江花月夜.docx"
    assert "春江花月夜.docx" in said.err and zipfile.is_zipfile(file)
    file.write_text("mine")
    assert_refused(export("春江", "-f", "docx", data_dir=server.data_dir, cwd=tmp_path), 2)
    assert file.read_text() == "mine"
    assert export("春江", "-f", "docx", "--force", data_dir=server.data_dir, cwd=tmp_path).code == 0
    assert zipfile.is_zipfile(file)


def test_without_a_server_it_reads_the_data_directory_and_starts_nothing(closed: Path, tmp_path: Path) -> None:
    listed = export("--list", data_dir=closed)
    assert listed.code == 0 and "春江花月夜" in listed.out
    short = listed.out.split()[0]
    said = export(short, "-o", "-", data_dir=closed)
    assert (said.code, said.out) == (0, TEXT)
    assert not tracebacks(said.err) and running_at(closed) is None
    page = tmp_path / "text.html"
    assert export(short, "-o", str(page), data_dir=closed).code == 0
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    plain = export(short, "-f", "txt", "--indent", "-o", "-", data_dir=closed)
    assert plain.out == "春江花月夜\n\n其一\n\n　　真，她说。\n"


def test_a_title_goes_before_the_beginning_of_an_id_and_one_letter_is_no_id() -> None:
    heads = [Head("article", "cafe" + "0" * 28, "茶", 1.0), Head("article", "b" * 32, "Cafe", 2.0)]
    assert find(heads, "cafe").title == "Cafe"
    assert find(heads, "cafe0").title == "茶"
    with pytest.raises(SetupError):
        find(heads, "b")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_exported_is_refused_with_a_next_step(lang: str, server: FakeHanmo, tmp_path: Path) -> None:
    def refused(code: int, *arguments: str) -> str:
        said = export(*arguments, data_dir=server.data_dir, cwd=tmp_path, HANMO_LANG=lang)
        assert_refused(said, code)
        assert has_han(said.next_step) or lang == "en"
        return said.err

    assert "--list" in refused(2, "冬天")
    assert "秋水" in refused(2, "秋")
    assert "epub" in refused(2, "春江", "-f", "doc")
    assert "--list" in refused(2)
    refused(2, "春江", "-o", str(tmp_path))
    refused(2, "春江", "-o", str(tmp_path / "no" / "such" / "folder.md"))
    refused(1, "空谈")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full, as Linux has one")
def test_a_full_disk_is_said_and_leaves_no_half_file(server: FakeHanmo) -> None:
    said = export("春江", "-f", "docx", "-o", "/dev/full", data_dir=server.data_dir)
    assert_refused(said, 2)
    assert os.strerror(28) in said.err


def test_an_empty_data_directory_says_so(tmp_path: Path) -> None:
    said = export("--list", data_dir=tmp_path / "data")
    assert (said.code, said.out) == (0, "") and said.err.strip()


def test_without_the_extra_the_command_that_installs_it_is_said(closed: Path, tmp_path: Path) -> None:
    blocking = tmp_path / "sitecustomize.py"
    blocking.write_text("import sys\nsys.modules['pypandoc'] = None\n")
    said = export(
        "春江",
        "-f",
        "docx",
        "-o",
        str(tmp_path / "a.docx"),
        data_dir=closed,
        PYTHONPATH=os.pathsep.join((str(tmp_path), path_with(ROOT))),
    )
    assert_refused(said, 1)
    assert f'"{sys.executable}" -m pip install pypandoc-binary==' in said.err
    assert not (tmp_path / "a.docx").exists()
