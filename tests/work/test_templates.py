"""The template library: built-in and own templates as one."""

from dataclasses import replace

import pytest

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import Conflict, InvalidRequest, NotFound
from hanmo.core.template_files import read_templates, write_templates
from hanmo.core.templates import Template, Variable, checked_template
from hanmo.store import MemoryStore
from hanmo.work.templates import TemplateLibrary

WEEKLY = checked_template(
    Template("周报", BriefFields(task="整理{{记录}}"), "一周的事", "职场", variables=(Variable("记录", "无"),))
)
ENGLISH = checked_template(Template("Weekly report", BriefFields(task="Turn {{notes}} into a report."), category="Work", lang="en"))
MINE = Template("我的信", BriefFields(role="编辑", task="写给{{谁}}"), category="私人", preset="creative")


class Builtin:
    """The port `BuiltinTemplates`."""

    def all(self) -> dict[str, Template]:
        return {"zh-weekly": WEEKLY, "en-weekly": ENGLISH}


@pytest.fixture
def library() -> TemplateLibrary:
    return TemplateLibrary(Builtin(), MemoryStore().templates)


async def names(library: TemplateLibrary, lang: str = "zh", query: str = "") -> list[str]:
    return [entry.template.name for entry in await library.list("en" if lang == "en" else "zh", query)]


async def test_own_ones_come_first_and_built_in_ones_in_the_language_asked_for(library: TemplateLibrary) -> None:
    await library.create(MINE)
    assert await names(library) == ["我的信", "周报"]
    assert await names(library, "en") == ["我的信", "Weekly report"]
    assert await names(library, query="周报") == ["周报"]
    assert await names(library, query="私人 编辑") == ["我的信"]
    assert await names(library, query="没有") == []


async def test_a_built_in_one_is_copied_and_not_changed(library: TemplateLibrary) -> None:
    for call in (library.change("zh-weekly", MINE), library.remove("zh-weekly"), library.restore("zh-weekly")):
        with pytest.raises(Conflict, match="template_builtin"):
            await call
    copy = await library.duplicate("zh-weekly", " 我的周报 ")
    assert (copy.builtin, copy.template) == (False, replace(WEEKLY, name="我的周报"))
    assert (await library.duplicate(copy.id, "")).template == copy.template
    changed = await library.change(copy.id, MINE)
    assert (await library.get(copy.id)).template == changed.template == checked_template(MINE)


async def test_what_is_no_template_is_refused_before_it_is_kept(library: TemplateLibrary) -> None:
    with pytest.raises(InvalidRequest, match="template_empty"):
        await library.create(Template("x", BriefFields()))
    mine = await library.create(MINE)
    with pytest.raises(InvalidRequest, match="variable_malformed"):
        await library.change(mine.id, Template("x", BriefFields(text="{{1}}")))
    assert (await library.get(mine.id)).template.name == "我的信"


async def test_removing_can_be_undone(library: TemplateLibrary) -> None:
    mine = await library.create(MINE)
    await library.remove(mine.id)
    with pytest.raises(NotFound):
        await library.get(mine.id)
    assert await library.restore(mine.id) == mine


async def test_filling_gives_a_brief_and_its_text(library: TemplateLibrary) -> None:
    mine = await library.create(MINE)
    filled = await library.fill(mine.id, {"谁": "老师"})
    assert filled.fields == BriefFields(role="编辑", task="写给老师")
    assert filled.text == "角色：编辑\n任务：写给老师"
    assert (filled.missing, filled.template.preset) == ((), "creative")
    partly = await library.fill(mine.id, {}, partly=True)
    assert (partly.missing, partly.text) == (("谁",), "角色：编辑\n任务：写给{{谁}}")
    assert (await library.fill("en-weekly", {"notes": "this"})).text == "Task: Turn this into a report."


async def test_a_file_goes_out_and_comes_in_once(library: TemplateLibrary) -> None:
    mine = await library.create(MINE)
    file = await library.export(["zh-weekly", mine.id, mine.id])
    assert read_templates(file) == (WEEKLY, mine.template)
    assert await library.export([]) == write_templates([mine.template])
    imported = await library.import_file(file)
    assert [entry.template for entry in imported.entries] == [WEEKLY]
    assert imported.num_known == 1
    assert (await library.import_file(file)).entries == ()
    with pytest.raises(NotFound):
        await library.export(["zh-weekly", "nowhere"])


async def test_of_a_file_with_one_wrong_template_nothing_is_kept(library: TemplateLibrary) -> None:
    file = write_templates([MINE, Template("坏的", BriefFields(text="{{1}}"))])
    with pytest.raises(InvalidRequest) as caught:
        await library.import_file(file)
    assert (caught.value.code, caught.value.params["template"]) == ("variable_malformed", "坏的")
    assert await names(library) == ["周报"]
