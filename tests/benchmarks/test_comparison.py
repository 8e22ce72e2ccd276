"""How the comparison is written down: its own part of the document and no other, what was reckoned with a star, what is missing with its reason."""

from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.chart import Bar, Group, chart
from benchmarks.compare import Comparison, Contact, rows
from benchmarks.random_model import PER_BLOCK, Q4_K_BYTES, Q6_K_BYTES, tensors
from benchmarks.written_down import BEGIN, END, block, picture_of, write_down

HANMO = Contact("Hanmo", 24.0, 0.4, 0.3, 0.5, 26.0, 10.4, 120.0, 3_700_000_000)
BARE = Contact("engine alone", 24.0, 0.5, 24.0, 27.0, 26.0, 10.7, 118.0, 3_700_000_000, ("typed_s",))
BF16 = Contact("transformers, bf16", 65.0, 70.0, 65.0, 70.0, 9.2, 0.45, 2300.0, 9_000_000_000, ("article_s",))
FP32 = Contact("transformers, fp32", missing="20 GB of memory are not free")
FOUND = Comparison((HANMO, BARE, BF16, FP32), 2_497_281_120, 1_207_959_552, 100_000_000, 0.002)
SVG = "{http://www.w3.org/2000/svg}"


def test_every_bound_is_judged_by_the_figures() -> None:
    assert {row.what: row.kept(row.value) for row in rows(FOUND)} == {row.what: True for row in rows(FOUND)}
    slower = Comparison(
        (HANMO, BARE, Contact("transformers, bf16", 20.0, 20.0, 20.0, 20.0, 20.0, 5.0, 1.0, 1)), 1, 1, 200_000_000, 0.5
    )
    assert [row.what for row in rows(slower) if not row.kept(row.value)] == [
        "4B: engine resident ÷ (model file + KV cache)",
        "4B: parent process, resident",
        "4B: processor while nobody asks",
        "4B: decode, Hanmo ÷ transformers bf16",
        "4B: prefill, Hanmo ÷ transformers bf16",
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
    assert "| first token, after typing, s | 0.3 | 24 \\* | 65 |" in text
    assert "transformers, fp32: 20 GB of memory are not free." in text
    assert "| 4B: decode, Hanmo ÷ transformers bf16 | 23.1 | ≥ 15 | yes |" in text


def test_a_longer_bar_is_a_larger_figure_and_the_picture_is_sound() -> None:
    values = (0.02, 0.3, 7.0, 2300.0)
    drawn = ElementTree.fromstring(chart("a < b", [Group("g", "s", tuple(Bar(f"s{i}", value) for i, value in enumerate(values)))]))
    widths = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert widths == sorted(widths) and widths[0] > 0
    assert len({bar.attrib["fill"] for bar in drawn.iter(f"{SVG}rect")}) == 4
    assert picture_of(FOUND).count("<rect") == 3 * 8


def test_the_random_model_is_as_large_as_the_real_one() -> None:
    size = {"q4": Q4_K_BYTES / PER_BLOCK, "q6": Q6_K_BYTES / PER_BLOCK, "norm": 4}
    weights = sum(matrix.rows * matrix.cols * size[matrix.form] for matrix in tensors())
    assert weights == pytest.approx(2_497_281_120, rel=0.005)
