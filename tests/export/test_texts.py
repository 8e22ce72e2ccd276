"""Markdown, plain text and notes: without any converter, for any text."""

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.exports import Document
from hanmo.export.dialect import for_pandoc
from hanmo.export.plain import plain
from hanmo.export.texts import markdown, obsidian
from tests.export.samples import document


def test_markdown_is_the_text_as_it_was_written() -> None:
    assert markdown(document("正文。\n", "春茶")) == "# 春茶\n\n正文。\n"


def test_a_note_has_its_front_matter_and_no_second_title() -> None:
    note = obsidian(document("见 [[别的]] 与 [此处](https://example.com)。\n", 'A: "b" #c', models=("qwen3-4b",)))
    front, _, body = note.removeprefix("---\n").partition("\n---\n\n")
    assert body == "见 [[别的]] 与 [此处](https://example.com)。\n"
    lines = front.split("\n")
    assert lines[0] == r'title: "A: \"b\" #c"'
    assert re.fullmatch(r"created: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", lines[1]) and lines[2].startswith("updated: ")
    assert lines[3:] == ['tags: ["hanmo", "article"]', 'model: "qwen3-4b"']


@given(st.text(min_size=1), st.text())
def test_any_title_stays_one_line_of_the_front_matter_and_is_read_back(title: str, body: str) -> None:
    note = obsidian(Document(title, title, body, True, "zh", 0.0, 0.0, ("x",)))
    front, _, rest = note.removeprefix("---\n").partition("\n---\n\n")
    assert rest == body
    assert len(front.splitlines()) == 4
    assert json.loads(front.splitlines()[0].removeprefix("title: ")) == title


@pytest.mark.parametrize(
    ("said", "plainly"),
    [
        ("**真，**她说**「重要」**", "真，她说「重要」"),
        ("*轻* 与 _轻_ 和 ~~删~~ 与 `a*b*c`", "轻 与 轻 和 删 与 a*b*c"),
        ("snake_case_name 与 2 * 3 * 4", "snake_case_name 与 2 * 3 * 4"),
        ("见[此处](https://a.cn/x_(y))。", "见此处（https://a.cn/x_(y)）。"),
        ("![图](https://a.cn/i.png)", "图（https://a.cn/i.png）"),
        ("<https://a.cn>", "https://a.cn"),
        ("### 小节 ###", "小节"),
        ("> 引\n> 用", "引\n用"),
        ("- 一\n  - 二\n- [x] 三", "• 一\n  • 二\n☑ 三"),
        ("| 甲 | 乙 |\n|---|:-:|\n| **一** | 二 \\| 三 |", "甲\t乙\n一\t二 | 三"),
        ("```python\n# 留着 **x**\n```", "# 留着 **x**"),
        ("$$\n\\frac{a}{b} * c_1 * d_2\n$$", "\\frac{a}{b} * c_1 * d_2"),
        ("价 $E=mc^2$，\\*不是\\*", "价 E=mc^2，*不是*"),
        ("* * *", ""),
        ("#标签 与 C#", "#标签 与 C#"),
    ],
)
def test_plain_text_says_it_without_the_marks(said: str, plainly: str) -> None:
    assert plain(document(said, "题")) == f"题\n\n{plainly}".rstrip("\n") + "\n"


def test_paragraphs_of_plain_text_are_indented_where_it_is_wished_and_nothing_else() -> None:
    made = plain(document("第一段。\n\n　　第二段。\n\n## 节\n\n- 项\n\n> 引\n", "题"), indent=True)
    assert made == "题\n\n　　第一段。\n\n　　第二段。\n\n节\n\n• 项\n\n引\n"


@given(st.text(alphabet=st.sampled_from("甲a1 *_~`[]()<>#|-+$\\\n!:\u3000"), max_size=300))
def test_any_text_is_made_plain(text: str) -> None:
    assert plain(document(text, "题")).startswith("题\n")
    assert plain(document(text, "题"), indent=True).endswith("\n")


@given(st.text(alphabet=st.sampled_from("甲a1 *_~`[]()>#|-+$\\\n."), max_size=300))
def test_what_pandoc_is_given_has_every_letter_in_its_order(text: str) -> None:
    def letters(said: str) -> str:
        return re.sub(r"[^甲a1*_~\[\]#|+$\\]", "", said)

    given_text = re.sub(r"(?m)^(\s*(?:`{3,}|~{3,})).*$", r"\1", text)
    made = re.sub(r"(?m)^(\s*(?:`{3,}|~{3,})).*$", r"\1", for_pandoc(text))
    assert letters(made).startswith(letters(given_text))


def test_a_long_line_of_marks_takes_no_time() -> None:
    for mark in ("[", "*", "_", "`", "$", "(", "|", "> ", "- ", "~~", "![](", "\\"):
        program = (
            "from tests.export.samples import document; from hanmo.export.plain import plain; from hanmo.export.dialect import for_pandoc\n"
            f"text = {mark!r} * 20000; plain(document(text)); for_pandoc(text)"
        )
        subprocess.run([sys.executable, "-c", program], check=True, timeout=20)
