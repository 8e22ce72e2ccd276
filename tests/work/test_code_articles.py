"""Articles of code: a file is changed as a whole and only to what parses, and has no length to steer."""

from dataclasses import replace

import pytest

from hanmo.core.articles import Edit
from hanmo.core.errors import Conflict
from hanmo.work.articles import SteerAction
from tests.work.studio import Pen, Studio, sections, studio

STORE, LOUD = "def add(a, b):\n    return a + b\n", "def add(a, b):\n    print(a, b)\n    return a + b\n"
BROKEN = "def add(a, b:\n    return a + b\n"


def coder(prompt: str) -> str:
    """The whole answer behind everything that was said before it."""
    code = BROKEN if "改 store.py：弄坏它" in prompt else LOUD if "改 store.py：打印参数" in prompt else STORE
    return f"甲之形。\n\n```python\n{code}```"


async def program(s: Studio) -> str:
    article_id = await s.new(300, "写一个加法库", format="code")
    first, second = sections(150, 60)
    await s.change(article_id, [replace(first, heading="store.py"), replace(second, heading="用法")])
    return article_id


async def change(
    s: Studio, article_id: str, instruction: str, start: int | None = None, end: int | None = None
) -> tuple[Edit, ...]:
    record = await s.end(await s.desk.rewrite(article_id, "s1", "own", instruction, start, end))
    assert (record.finish_reason, record.problem) == ("stop", None)
    return (await s.get(article_id)).edits


async def test_a_file_is_changed_as_a_whole_behind_what_was_read_already() -> None:
    async with studio(Pen(coder)) as s:
        article_id = await program(s)
        await s.write(article_id)
        before = (await s.texts(article_id))["s1"]
        assert STORE.strip() in before
        start = before.index("return")
        (edit,) = await change(s, article_id, "打印参数", start, start + 12)
        assert (edit.start, edit.end, edit.before) == (0, len(before), before)
        assert edit.after == before.replace(STORE.strip(), LOUD.strip())
        assert "只改这几行：\n\nreturn a + b" in s.engine.prompts()[-1]
        await s.desk.settle_edits(article_id, [edit.id], [])
        assert (await s.texts(article_id))["s1"] == edit.after


async def test_a_change_that_does_not_parse_is_not_proposed() -> None:
    async with studio(Pen(coder)) as s:
        article_id = await program(s)
        await s.write(article_id)
        record = await s.end(await s.desk.rewrite(article_id, "s1", "own", "弄坏它", None, None))
        assert (record.finish_reason, record.problem and record.problem.code) == ("error", "rewrite_broken")
        assert (await s.get(article_id)).edits == ()


async def test_a_file_is_not_put_in_other_words_but_its_usage_is() -> None:
    async with studio(Pen(coder)) as s:
        article_id = await program(s)
        await s.write(article_id)
        with pytest.raises(Conflict, match="not_for_code"):
            await s.desk.rewrite(article_id, "s1", "shorten", "", None, None)
        await s.end(await s.desk.rewrite(article_id, "s2", "shorten", "", None, None))


@pytest.mark.parametrize("action", ["shorter", "longer", "enough"])
async def test_a_file_has_no_length_to_steer(action: SteerAction) -> None:
    async with studio(Pen(coder)) as s:
        article_id = await program(s)
        job = await s.held(article_id, 5)
        with pytest.raises(Conflict, match="not_for_code"):
            await s.desk.steer(article_id, action, "")
        s.engine.go_on()
        assert (await s.end(job)).finish_reason == "stop"
