"""What both stores do with templates, example by example."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import InvalidRequest, NotFound, StoreDamaged
from hanmo.core.templates import Template, Variable, checked_template
from hanmo.store import MemoryStore, Store
from hanmo.store.template_rules import REMOVED_STAY_S
from tests.store.examples import TEXTS

AnyStore = Store | MemoryStore
LETTER = checked_template(
    Template(
        "辞职信",
        BriefFields(task="写给{{领导}}", words=300),
        "体面",
        "职场",
        "zh",
        "article",
        "qa",
        (Variable("领导", "陈", "谁"),),
    )
)
NOTES = Template("纪要", BriefFields(text="整理"))


async def names(store: AnyStore) -> list[str]:
    return [record.template.name for record in await store.templates.list()]


async def test_what_is_kept_comes_back_whole(store: AnyStore) -> None:
    (made,) = await store.templates.add([LETTER])
    assert made.template == LETTER
    assert await store.templates.get(made.id) == made
    assert await store.templates.list() == [made]
    assert len(made.id) == 32 and made.created_at == made.updated_at


@pytest.mark.parametrize("text", TEXTS)
async def test_any_text_is_kept(store: AnyStore, text: str) -> None:
    (made,) = await store.templates.add([Template("x" + text, BriefFields(text=text), text, text)])
    assert (await store.templates.get(made.id)).template == made.template


async def test_several_are_kept_at_one_time_in_their_order_and_the_newest_change_comes_first(store: AnyStore) -> None:
    first, second = await store.templates.add([replace(NOTES, name="一"), replace(NOTES, name="二")])
    (third,) = await store.templates.add([replace(NOTES, name="三")])
    assert await names(store) == ["三", "一", "二"]
    assert first.created_at == second.created_at < third.created_at
    changed = await store.templates.replace(second.id, LETTER)
    assert changed.updated_at > third.updated_at
    assert await names(store) == ["辞职信", "三", "一"]
    assert (changed.created_at, changed.template) == (second.created_at, LETTER)
    assert await store.templates.get(second.id) == changed


async def test_what_is_known_word_for_word_is_not_kept_twice(store: AnyStore) -> None:
    await store.templates.add([LETTER])
    other = replace(LETTER, description="短")
    added = await store.templates.add([LETTER, other, NOTES, NOTES], skip_known=True)
    assert [record.template for record in added] == [other, NOTES]
    assert len(await store.templates.add([LETTER])) == 1
    assert await store.templates.add([LETTER], skip_known=True) == []


async def test_a_removed_one_is_gone_until_it_is_restored(store: AnyStore) -> None:
    (made,) = await store.templates.add([LETTER])
    await store.templates.remove(made.id)
    assert await store.templates.list() == []
    for gone in (store.templates.get(made.id), store.templates.remove(made.id), store.templates.replace(made.id, NOTES)):
        with pytest.raises(NotFound, match="template_not_found"):
            await gone
    assert [record.template for record in await store.templates.add([LETTER], skip_known=True)] == [LETTER]
    assert await store.templates.restore(made.id) == made
    assert await store.templates.restore(made.id) == made
    assert len(await store.templates.list()) == 2


async def test_unknown_ids_are_not_found(store: AnyStore) -> None:
    for call in (store.templates.get, store.templates.remove, store.templates.restore):
        with pytest.raises(NotFound, match="template_not_found"):
            await call("0" * 32)


async def test_half_a_character_is_refused_and_nothing_is_kept(store: AnyStore) -> None:
    (made,) = await store.templates.add([LETTER])
    half = Template("x", BriefFields(text="a\ud800"))
    for call in (store.templates.add([NOTES, half]), store.templates.replace(made.id, half)):
        with pytest.raises(InvalidRequest, match="text_not_unicode"):
            await call
    assert await names(store) == ["辞职信"]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_after_thirty_days_a_removed_one_is_gone_for_good(kind: str, path: Path) -> None:
    now = 1000.0

    def clock() -> float:
        return now

    stores: dict[str, Callable[[], AnyStore]] = {
        "memory": lambda: MemoryStore(clock=clock),
        "sqlite": lambda: Store(path, clock=clock),
    }
    async with stores[kind]() as store:
        first, second, third = await store.templates.add([LETTER, NOTES, replace(NOTES, name="三")])
        await store.templates.remove(first.id)
        now += REMOVED_STAY_S
        await store.templates.remove(second.id)
        assert await store.templates.restore(first.id) == first
        await store.templates.remove(first.id)
        now += REMOVED_STAY_S + 1
        await store.templates.remove(third.id)
        for gone in (first, second):
            with pytest.raises(NotFound):
                await store.templates.restore(gone.id)
        assert await store.templates.restore(third.id) == third


async def test_they_outlive_the_store(path: Path) -> None:
    async with Store(path) as store:
        (made,) = await store.templates.add([LETTER])
    async with Store(path) as store:
        assert await store.templates.list() == [made]


async def test_one_that_nobody_could_have_kept_is_damage(path: Path) -> None:
    async with Store(path) as store:
        await store.templates.add([LETTER])
        await store.database.write(lambda c: c.exec_driver_sql("UPDATE templates SET template = '{\"name\": 7}'").close())
        with pytest.raises(StoreDamaged):
            await store.templates.list()
