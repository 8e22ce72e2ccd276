"""How the comparison is written down: its own part of the document and no other, what was reckoned with a star, what is missing with its reason."""

import re
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.chart import Bar, Group, chart
from benchmarks.compare import LONG_TOKENS, Comparison, Contact, require_whole, rows
from benchmarks.random_model import PER_BLOCK, Q4_K_BYTES, Q6_K_BYTES, tensors
from benchmarks.written_down import BEGIN, END, block, picture_of, write_down

HANMO = Contact("Hanmo", 24.0, 0.4, 0.3, 0.6, 0.5, 26.0, 10.4, 120.0, 3_700_000_000)
BARE = Contact("engine alone", 24.0, 0.5, 24.0, 26.5, 27.0, 26.0, 10.7, 118.0, 3_700_000_000, ("typed_s",))
BF16 = Contact("transformers, bf16", 65.0, 70.0, 65.0, 70.0, 70.0, 9.2, 0.45, 2300.0, 9_000_000_000, ("another_s", "long_s"))
FP32 = Contact("transformers, fp32", missing="20 GB of memory are not free")
AVX2 = Contact("transformers, bf16, AVX2", 65.0, 70.0, 65.0, 70.0, 70.0, 9.2, 0.45, 2300.0, 9_000_000_000, ("another_s", "long_s"))
FOUND = Comparison((HANMO, BARE, BF16, AVX2, FP32), 2_497_281_120, 1_207_959_552, 100_000_000, 0.002)
SVG = "{http://www.w3.org/2000/svg}"


def test_every_bound_is_judged_by_the_figures() -> None:
    assert {row.what: row.kept(row.value) for row in rows(FOUND)} == {row.what: True for row in rows(FOUND)}
    slower = Comparison(
        (HANMO, BARE, Contact("transformers, bf16", 20.0, 20.0, 20.0, 20.0, 20.0, 20.0, 5.0, 1.0, 1)), 1, 1, 200_000_000, 0.5
    )
    assert [row.what for row in rows(slower) if not row.kept(row.value)] == [
        "4B: engine resident ÷ (model file + KV cache)",
        "4B: parent process, resident",
        "4B: processor while nobody asks",
        "4B: decode, Hanmo ÷ transformers, bf16",
        "4B: prefill, Hanmo ÷ transformers, bf16",
    ]


def test_without_transformers_the_rest_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    found = Comparison((HANMO, BARE, Contact("transformers, bf16", missing="torch is not installed")), 1, 1, 1, 0.0)
    assert not any("transformers" in row.what for row in rows(found))
    assert "torch is not installed" in capsys.readouterr().out


def test_only_its_own_part_of_the_document_is_written(tmp_path: Path) -> None:
    document, picture = tmp_path / "performance.md", tmp_path / "compare.svg"
    document.write_text(f"before\n{BEGIN}\nthe other day\n{END}\nafter\n", "utf-8")
    write_down(FOUND, document, picture)
    text = document.read_text("utf-8")
    assert text.startswith(f"before\n{BEGIN}\n") and text.endswith(f"{END}\nafter\n") and "the other day" not in text
    assert picture.read_text("utf-8") == picture_of(FOUND)
    document.write_text("no marks", "utf-8")
    with pytest.raises(ValueError, match="compare:begin"):
        write_down(FOUND, document, picture)


def test_what_was_reckoned_has_a_star_and_what_is_missing_its_reason() -> None:
    text = block(FOUND, date(2026, 11, 27))
    assert "27 November 2026" in text
    assert "| first token, after typing, s | 0.3 | 24 \\* | 65 | 65 |" in text
    assert "| first token, after another work, s | 0.6 | 26.5 | 70 \\* | 70 \\* |" in text
    assert "transformers, fp32: 20 GB of memory are not free." in text
    assert "| 4B: decode, Hanmo ÷ transformers, bf16 | 23.1 | ≥ 15 | yes |" in text


def test_a_longer_bar_is_a_larger_figure_and_the_picture_is_sound() -> None:
    values = (0.02, 0.3, 7.0, 2300.0)
    drawn = ElementTree.fromstring(chart("a < b", [Group("g", "s", tuple(Bar(f"s{i}", value) for i, value in enumerate(values)))]))
    widths = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert widths == sorted(widths) and widths[0] > 0
    assert len({bar.attrib["fill"] for bar in drawn.iter(f"{SVG}rect")}) == 4
    assert picture_of(FOUND).count("<rect") == 4 * 9


def test_the_picture_reads_on_light_and_dark_ground_and_aloud_and_needs_nothing_from_elsewhere() -> None:
    written = picture_of(FOUND)
    drawn = ElementTree.fromstring(written)
    assert (drawn.attrib["role"], drawn.attrib["aria-labelledby"]) == ("img", "title desc")
    said = {part.attrib["id"]: part.text or "" for part in drawn if "id" in part.attrib}
    assert "Qwen3-4B with random weights" in said["title"]
    for what in ("first token, cold: Hanmo 24 s", "engine alone 24 s*", "read: Hanmo 26 tokens/s", "memory: Hanmo 3.7 GB"):
        assert what in said["desc"], said["desc"]
    assert "prefers-color-scheme:dark" in written
    assert not re.search(r"href|url\(|<script|<image|@import", written)
    assert written == picture_of(FOUND), "the same figures give the same file"
    for ground in ("#ffffff", "#0d1117"):
        for colour in {bar.attrib["fill"] for bar in drawn.iter(f"{SVG}rect")}:
            assert contrast(colour, ground) >= 3, (colour, ground)
    text, dark = re.findall(r"text\{[^}]*fill:(#\w{6})", written)
    assert contrast(text, "#ffffff") >= 4.5 and contrast(dark, "#0d1117") >= 4.5


def contrast(a: str, b: str) -> float:
    """Of two colours, as WCAG 2 has it."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_long_answer_that_ended_early_is_no_figure() -> None:
    require_whole(LONG_TOKENS, "length")
    for tokens, reason in ((LONG_TOKENS - 1, "length"), (LONG_TOKENS, "stop"), (0, "error")):
        with pytest.raises(RuntimeError, match=rf"{tokens} tokens of 1000 and ended with '{reason}'"):
            require_whole(tokens, reason)


def test_the_random_model_is_as_large_as_the_real_one() -> None:
    size = {"q4": Q4_K_BYTES / PER_BLOCK, "q6": Q6_K_BYTES / PER_BLOCK, "norm": 4}
    weights = sum(matrix.rows * matrix.cols * size[matrix.form] for matrix in tensors())
    assert weights == pytest.approx(2_497_281_120, rel=0.005)
