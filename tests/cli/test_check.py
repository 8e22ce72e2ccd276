"""`hanmo check`: findings one a line, exit codes, JSON, and a file that is mended whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Said, assert_refused, free_of_rights, hanmo, has_han

BOTH = pytest.mark.parametrize("lang", ["zh", "en"])
CLEAN = "# 桥\n\n过了桥就是村子，炊烟从屋顶慢慢升起来。\n"
WRONG = "# 桥\n\n他买了苹果,又买了梨。\n\n### 村子\n\n炊烟升起来，他还在等那个说好要来接他的人，等得\n"
MENDED = "# 桥\n\n他买了苹果，又买了梨。\n\n## 村子\n\n炊烟升起来，他还在等那个说好要来接他的人，等得\n"


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "文稿.md"
    path.write_text(WRONG, "utf-8")
    return path


def check(*arguments: str | Path, **options: Any) -> Said:
    return hanmo("check", *map(str, arguments), **options)


@BOTH
def test_findings_stand_on_stdout_with_line_and_column_and_the_exit_code_is_1(text: Path, lang: str) -> None:
    said = check(text, HANMO_LANG=lang)
    assert said.code == 1
    lines = said.out.splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"{text}:{place}:" for place in ("3:6", "5:1", "7:4")]
    assert has_han(said.err) == (lang == "zh")
    assert "3" in said.err and "2" in said.err
    assert text.read_text("utf-8") == WRONG


@BOTH
def test_a_clean_text_ends_with_0(tmp_path: Path, lang: str) -> None:
    (tmp_path / "a.md").write_text(CLEAN, "utf-8")
    said = check(tmp_path / "a.md", HANMO_LANG=lang)
    assert (said.code, said.out) == (0, "")
    assert has_han(said.err) == (lang == "zh")


def test_standard_input_is_checked_too() -> None:
    assert check("-", stdin=CLEAN).code == 0
    assert check("-", stdin="").code == 0
    said = check("-", stdin=WRONG)
    assert said.code == 1 and said.out.startswith("-:3:6: ")


def test_as_json(text: Path) -> None:
    said = check(text, "--json")
    report = json.loads(said.out)
    assert (said.code, said.err) == (1, "")
    assert (report["path"], report["characters"], report["fixed"]) == (str(text), len(WRONG), 0)
    assert [each["code"] for each in report["findings"]] == ["slip", "heading_jump", "may_be_unfinished"]
    first, _, last = report["findings"]
    assert WRONG[first["start"] : first["end"]] == "," and first["fix"] == {
        "start": first["start"],
        "end": first["end"],
        "text": "，",
    }
    assert (last["fix"], last["action"]) == (None, "continue")


def test_fix_writes_what_is_certain_and_tells_of_the_rest(text: Path) -> None:
    text.chmod(0o640)
    said = check(text, "--fix", "--json")
    assert said.code == 1
    report = json.loads(said.out)
    assert report["fixed"] == 2
    assert [each["code"] for each in report["findings"]] == ["may_be_unfinished"]
    assert text.read_text("utf-8") == MENDED
    assert text.stat().st_mode & 0o777 == 0o640
    assert list(text.parent.iterdir()) == [text]


def test_fix_leaves_a_clean_file_untouched(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(CLEAN, "utf-8")
    os.utime(path, (1, 1))
    assert check(path, "--fix").code == 0
    assert path.stat().st_mtime == 1


@pytest.mark.parametrize(
    ("encoding", "ends"), [("utf-8-sig", "\n"), ("utf-8", "\r\n"), ("gb18030", "\r\n")], ids=lambda each: repr(each).strip("'")
)
def test_fix_keeps_encoding_and_line_ends(tmp_path: Path, encoding: str, ends: str) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(WRONG.replace("\n", ends).encode(encoding))
    check(path, "--fix")
    assert path.read_bytes() == MENDED.replace("\n", ends).encode(encoding)


def test_a_brief_is_a_text_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(CLEAN, "utf-8")
    (tmp_path / "brief.txt").write_text("写一段话，必须提到“渡口”。", "utf-8")
    assert check(tmp_path / "a.md", "--brief", "写一段话，必须提到“炊烟”。").code == 0
    for brief in ("写一段话，必须提到“渡口”。", str(tmp_path / "brief.txt")):
        said = check(tmp_path / "a.md", "--brief", brief)
        assert said.code == 1 and "渡口" in said.out


def test_a_program_is_checked_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\nprint('a,b\n")
    (tmp_path / "b.py").write_text("# 你好,世界\nprint(1)\n", "utf-8")
    said = check(tmp_path / "a.py")
    assert said.code == 1 and said.out.startswith(f"{tmp_path / 'a.py'}:2:1: ")
    assert check(tmp_path / "b.py").code == 0


@BOTH
def test_what_cannot_be_read_ends_with_2(tmp_path: Path, lang: str) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "zeros").write_bytes(b"a\0b")
    (tmp_path / "large").write_bytes(b"a" * 20_000_000)
    for words in (["missing.md"], ["."], ["binary"], ["zeros"], ["large"], ["-", "--fix"], ["zeros", "--brief", "missing.txt"]):
        said = check(*words, cwd=tmp_path, HANMO_LANG=lang)
        assert_refused(said, 2)
        assert said.out == ""
        assert has_han(said.err) == (lang == "zh")


def test_a_file_that_may_not_be_written_is_not_mended_and_says_so(text: Path) -> None:
    text.parent.chmod(0o555)
    said = check(text, "--fix", preexec_fn=free_of_rights)
    text.parent.chmod(0o755)
    assert_refused(said, 2)
    assert text.read_text("utf-8") == WRONG


def test_odd_texts_are_taken(tmp_path: Path) -> None:
    for name, text in (
        ("line", "的" * 300_000),
        ("emoji", "😀" * 1000),
        ("fences", "````\n```\n" * 1000),
        ("ends", "\r\n\r" * 1000),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        said = check(tmp_path / name)
        assert said.code in (0, 1), said.err
        assert "Traceback" not in said.err
