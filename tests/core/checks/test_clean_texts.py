"""Texts that a careful editor calls clean, in both languages: no check may find anything in them."""

from pathlib import Path

import pytest

from hanmo.core.checks.review import mended, review_input, review_text

CLEAN = sorted((Path(__file__).parent / "clean").glob("*.md"))


def test_there_are_texts_of_all_sorts() -> None:
    kinds = {path.name.split("-")[0] for path in CLEAN}
    assert kinds == {"zh", "en", "mixed"}
    assert len(CLEAN) >= 60
    whole = "\n".join(path.read_text("utf-8") for path in CLEAN)
    for language in (
        "python",
        "javascript",
        "ts",
        "go",
        "rust",
        "java",
        "c",
        "cpp",
        "bash",
        "yaml",
        "toml",
        "json",
        "html",
        "css",
        "sql",
    ):
        assert f"```{language}\n" in whole, language


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_nothing_is_found(path: Path) -> None:
    text = path.read_text("utf-8")
    assert review_text(text) == ()
    assert review_text(text, finish_reason="stop") == ()
    assert review_text(text.replace("\n", "\r\n")) == ()
    assert review_input(text) == ()


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_what_is_cut_off_is_told_of_and_nothing_else_is(path: Path) -> None:
    assert {finding.kind for finding in review_text(path.read_text("utf-8"), finish_reason="length")} == {"cut_off"}


def test_the_texts_stay_clean_one_behind_the_other() -> None:
    texts = [path.read_text("utf-8") for path in CLEAN if path.name.startswith("zh-") and "\n## " not in path.read_text("utf-8")]
    kinds = {finding.kind for finding in review_text("\n\n# 另一篇\n\n".join(texts))}
    assert kinds - {"heading_jump"} == set()
    assert mended(texts[0], ()) == texts[0]
