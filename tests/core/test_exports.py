"""What leaves as a file: its name, and an article or a conversation as one document."""

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.articles import Article, Assignment, Plan, Section, SectionText
from hanmo.core.exports import Document, article_document, conversation_document, escaped, file_name
from hanmo.core.file_names import LONGEST_BYTES, safe_stem
from hanmo.core.values import Conversation, EngineIdentity, Generation, Message, Sampling

DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
PLAN = Plan("春茶", (Section("s1", "水", (), 100), Section("s2", "茶", (), 100), Section("s3", "器", (), 100)), headed=True)


def article(plan: Plan | None = PLAN, **texts: str) -> Article:
    versions = {key: SectionText(key, 1, text, 100, (), "written") for key, text in texts.items()}
    return Article("a" * 32, Assignment("写春茶", 300, "zh", 1), plan, versions, created_at=1.0, updated_at=2.0)


def talk(*messages: Message, active: str | None = None, title: str = "聊茶") -> Conversation:
    return Conversation("c" * 32, title, 1.0, 2.0, active or messages[-1].id, messages)


def said(ident: str, parent: str | None, text: str) -> Message:
    return Message(ident, parent, "user" if ident.startswith("u") else "assistant", text)


@given(st.text(max_size=400))
def test_any_title_gives_a_name_that_every_system_takes(title: str) -> None:
    name = safe_stem(title, "hanmo") + ".docx"
    assert len(name.encode()) <= LONGEST_BYTES + len(".docx") + 1
    assert not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f]', name)
    assert not name.startswith((".", "-", " ", "~")) and not name.removesuffix(".docx").endswith((".", " "))
    assert not DEVICE.fullmatch(name)
    assert not any(unicodedata.category(each) in ("Cc", "Cf", "Cs") for each in name)
    assert safe_stem(name.removesuffix(".docx"), "hanmo") == name.removesuffix(".docx")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("春江花月夜", "春江花月夜"),
        ("一/二\\三:四", "一 二 三 四"),
        ("../../etc/passwd", "etc passwd"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Console", "Console"),
        ("  ..  ", "hanmo"),
        ("第一行\n第二行", "第一行 第二行"),
        ("末尾。...", "末尾。"),
        ("\u202ecod.exe", "cod.exe"),
        ("", "hanmo"),
    ],
)
def test_what_a_name_becomes(title: str, name: str) -> None:
    assert safe_stem(title, "hanmo") == name


def test_a_long_title_is_cut_between_characters() -> None:
    assert safe_stem("茶" * 300, "") == "茶" * (LONGEST_BYTES // 3)
    accents = safe_stem("e\u0301\u0323\u0308" * 300, "")
    assert len(accents.encode()) <= LONGEST_BYTES


def test_a_note_for_obsidian_has_no_marks_of_links_in_its_name() -> None:
    document = Document("C# [草稿]^1", "C#", "文", True, "zh", 0.0, 0.0)
    assert file_name(document, "obsidian") == "C 草稿 1.md"
    assert file_name(document, "md") == "C# [草稿]^1.md"


def test_an_article_is_its_sections_in_order_without_those_that_are_skipped() -> None:
    plan = replace(PLAN, sections=(PLAN.sections[0], replace(PLAN.sections[1], skipped=True), PLAN.sections[2]))
    document = article_document(article(plan, s3="紫砂。", s1="山泉。", s2="龙井。"))
    assert document is not None
    assert (document.title, document.titled) == ("春茶", True)
    assert document.body == "## 水\n\n山泉。\n\n## 器\n\n紫砂。\n"


def test_an_article_without_a_text_is_no_document() -> None:
    assert article_document(article(None)) is None
    assert article_document(article()) is None
    assert article_document(article(s1="")) is None


def test_an_article_without_a_title_is_called_after_its_brief_and_says_no_title() -> None:
    document = article_document(article(replace(PLAN, title=""), s1="山泉。"))
    assert document is not None
    assert (document.title, document.titled) == ("写春茶", False)


def test_the_writers_own_name_is_the_files_and_the_plans_title_the_texts() -> None:
    document = article_document(replace(article(s1="山泉。"), name="给出版社的第二稿"))
    assert document is not None
    assert document.title == PLAN.title
    assert file_name(document, "md") == "给出版社的第二稿.md"


def test_a_conversation_is_the_path_that_is_shown_with_questions_as_headings() -> None:
    identity = EngineIdentity("qwen", "0" * 64, "b", 1)
    answer = Message(
        "a2", "u1", "assistant", "## 先烧水\n\n再泡。", (Generation("g", "a2", "finished", Sampling(), identity=identity),)
    )
    conversation = talk(said("u1", None, "怎么泡 *龙井*？"), said("a1", "u1", "不知道。"), answer, active="a2")
    document = conversation_document(conversation)
    assert document is not None
    assert document.body == "## 怎么泡 \\*龙井\\*？\n\n### 先烧水\n\n再泡。\n"
    assert document.models == ("qwen",)


def test_a_long_question_is_quoted_whole_under_its_first_line() -> None:
    document = conversation_document(talk(said("u1", None, "看这段：\n\n# 题\n正文"), said("a1", "u1", "好。")))
    assert document is not None
    assert document.body == "## 看这段：\n\n> 看这段：\n>\n> # 题\n> 正文\n\n好。\n"


def test_a_block_of_code_that_an_answer_left_open_does_not_swallow_the_next_question() -> None:
    document = conversation_document(
        talk(said("u1", None, "写"), said("a1", "u1", "```python\n# 不是标题\nx = 1"), said("u2", "a1", "再来"))
    )
    assert document is not None
    assert document.body == "## 写\n\n```python\n# 不是标题\nx = 1\n```\n\n## 再来\n"


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_any_conversation_is_a_document_or_none(texts: list[str]) -> None:
    messages = [
        Message(f"m{i}", f"m{i - 1}" if i else None, "user" if i % 2 == 0 else "assistant", text) for i, text in enumerate(texts)
    ]
    document = conversation_document(talk(*messages, title=""))
    assert (document is None) == (not any(text.strip() for text in texts))
    assert document is None or (document.title and "\n" not in document.title and file_name(document, "md") != ".md")


@given(st.text())
def test_what_is_escaped_has_no_mark_left_bare(text: str) -> None:
    assert re.sub(r"\\[\\`*_{}\[\]<>#|$~!&]", "", escaped(text)).translate(str.maketrans("", "", "`*_[]<>#|$~&")) == re.sub(
        r"\\[\\`*_{}\[\]<>#|$~!&]", "", escaped(text)
    )
