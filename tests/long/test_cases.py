"""The cases that users' guides name, on a real model: what Python can check of each is checked. The 0.5B fills in the words."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from hanmo.core.briefs import make_assignment
from hanmo.core.checks.code import ParseError, check_code
from hanmo.core.text import ends_sentence
from hanmo.engine import EmbeddedEngine
from hanmo.store import MemoryStore
from hanmo.work.article_views import ArticleView
from hanmo.work.articles import ArticleDesk
from hanmo.work.lanes import Lanes
from hanmo.work.model_ports import LoadPlan
from tests.conftest import engine_options

SCAFFOLD = re.compile(r"<\|im_|写作要求[:：]|[（(]约?\s*\d+\s*字[)）]|现在写第|(?m:^要点[:：])")


@pytest.fixture(scope="module")
async def engine(load_plan: LoadPlan, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedEngine]:
    async with EmbeddedEngine(engine_options(tmp_path_factory.mktemp("engine"))) as engine:
        await engine.load(replace(load_plan, n_ctx=4096))
        yield engine


async def written(engine: EmbeddedEngine, brief: str, words: int, **material: Any) -> ArticleView:
    """The article as the page would show it, with what every text has to keep."""
    async with ArticleDesk(engine, MemoryStore().articles, Lanes(lambda: False)) as desk:
        article_id = await desk.create(make_assignment(brief, words=words, seed=5, **material))
        job = await desk.write(article_id)
        async for _ in desk.jobs.follow(job.id):
            pass
        view = await desk.view(article_id)
    assert job.ended is not None
    assert job.ended.finish_reason == "stop", job.ended.problem
    assert view.state == "done"
    assert abs(view.words - words) * 10 <= words or any(f.kind.startswith("article_too") for f in view.findings)
    assert not SCAFFOLD.search(view.text)
    assert len(re.findall(r"(?m)^```", view.text)) % 2 == 0
    assert not [f for f in view.findings if f.kind in ("uneven_table", "table_without_separator", "open_code")]
    return view


def tables(text: str) -> list[list[str]]:
    """The rows of each table."""
    return [block.strip().splitlines() for block in re.findall(r"(?m)(?:^\|.*\|[ ]*$\n?)+", text)]


async def test_popular_science_with_sub_headings_tables_and_a_quotation(engine: EmbeddedEngine) -> None:
    view = await written(engine, "写一篇介绍潮汐的科普文章，要有三个小标题、两个表格和一段引用。", 600)
    assert len(re.findall(r"(?m)^## \S", view.text)) == 3
    found = tables(view.text)
    assert len(found) == 2
    for rows in found:
        assert len(rows) >= 3
        assert len({row.count("|") for row in rows}) == 1
        assert re.fullmatch(r"[|\s:-]+", rows[1])
    assert re.search(r"(?m)^> \S", view.text)


async def test_technical_blog_with_formulas_and_a_code_block(engine: EmbeddedEngine) -> None:
    view = await written(engine, "写一篇技术博客，讲解二分查找为什么快，要包含两个公式和一个 Python 代码块。", 500)
    assert len(re.findall(r"\$\$[^$]+\$\$", view.text)) == 2
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```", view.text)
    assert any(not isinstance(check_code("python", block), ParseError) for block in blocks)


async def test_science_fiction_with_an_open_ending(engine: EmbeddedEngine) -> None:
    view = await written(
        engine, "写一个开放式结局的科幻短篇：星际邮差收到一封寄给自己的信。", 500, characters="林舟：星际邮差，沉默寡言"
    )
    assert "##" not in view.text
    assert ends_sentence(view.text)
    last = view.text.strip().splitlines()[-1]
    assert not re.match(r"这个故事(?:告诉|让)我们", last)
    assert not [f for f in view.findings if f.kind == "name_spelled_two_ways"]


async def test_a_product_requirements_document(engine: EmbeddedEngine) -> None:
    view = await written(engine, "为一款离线记账应用写产品需求文档（PRD），分五个部分，其中功能列表用一个表格。", 700)
    headings = re.findall(r"(?m)^## (.+)$", view.text)
    assert len(headings) == len(set(headings)) == 5
    assert tables(view.text)
    assert all(section.text.strip() for section in view.sections)


async def test_exercises_with_answers(engine: EmbeddedEngine) -> None:
    view = await written(engine, "出五道关于分数加减法的练习题，附答案。", 400)
    numbers = re.findall(r"(?m)^\*\*(\d+)\.\*\* \S", view.text)
    answers = re.findall(r"(?m)^\*\*答案：\*\*\s*\S", view.text)
    assert numbers == ["1", "2", "3", "4", "5"]
    assert len(answers) == 5 or [f for f in view.findings if f.kind == "section_missing_answer"]


async def test_a_letter_of_resignation_with_its_constraints(engine: EmbeddedEngine) -> None:
    view = await written(engine, "写一封辞职信，语气诚恳，不写小标题，不超过250字，最后一个工作日是2026年12月31日。", 240)
    assert "##" not in view.text
    assert not tables(view.text)
    assert view.words <= 250 * 1.1
    assert re.search(r"12\s*月\s*31\s*日", view.text)


async def test_a_program_in_files_that_parse_and_one_of_them_changed(engine: EmbeddedEngine) -> None:
    async with ArticleDesk(engine, MemoryStore().articles, Lanes(lambda: False)) as desk:
        brief = "用 Python 写一个把摄氏度换成华氏度的小程序。"
        article_id = await desk.create(replace(make_assignment(brief, words=200, seed=5), format="code"))
        async for _ in desk.jobs.follow((await desk.write(article_id)).id):
            pass
        before = await desk.view(article_id)
        assert before.state == "done"
        file = before.sections[0]
        assert file.section.heading.endswith(".py")
        assert all(parses(each.text) for each in before.sections if each.state == "written")
        job = await desk.rewrite(article_id, file.section.id, "own", "给每个函数加上文档字符串", None, None)
        async for _ in desk.jobs.follow(job.id):
            pass
        edits = (await desk.view(article_id)).article.edits
    assert job.ended is not None
    if job.ended.problem is None:
        assert [(edit.before, parses(edit.after)) for edit in edits] == [(file.text, True)]
    else:
        assert (job.ended.problem.code, edits) in (("rewrite_broken", ()), ("rewrite_unchanged", ()))


def parses(text: str) -> bool:
    """Every block of Python in it."""
    return not any(isinstance(check_code("python", block), ParseError) for block in re.findall(r"(?ms)^```python\n(.*?)^```", text))
