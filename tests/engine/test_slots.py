"""Kept caches without a model: what is brought back and what is kept, and what goes first when there is no room."""

import json
import os
from pathlib import Path

import pytest

from hanmo.engine.slot_files import MOST_BRANCHES, WORTH_TOKENS
from tests.engine.kept import MINE, OTHER, Kept


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "slots")


async def test_what_another_work_left_is_brought_back(kept: Kept) -> None:
    assert await kept.run("mine", MINE) == 0
    assert await kept.run("other", OTHER) == 0
    assert await kept.run("mine", (*MINE, 7)) == len(MINE)


async def test_what_is_opened_is_there_before_it_is_asked_for(kept: Kept) -> None:
    await kept.run("mine", MINE)
    await kept.run("other", OTHER)
    assert await kept.keeper.open("mine")
    assert kept.engine.slot == MINE
    calls = list(kept.engine.calls)
    assert await kept.run("mine", (*MINE, 7)) == len(MINE)
    assert kept.engine.calls == calls, "nothing had to be moved any more"
    assert await kept.keeper.open("other"), "and what stood there before was kept"
    assert kept.engine.slot == OTHER


@pytest.mark.parametrize("work", ["mine", "never seen"])
async def test_opening_what_is_there_or_was_never_kept_moves_nothing(kept: Kept, work: str) -> None:
    await kept.run("mine", MINE)
    assert not await kept.keeper.open(work)
    assert kept.engine.calls == []
    assert kept.engine.slot == MINE


async def test_what_was_foreseen_is_what_happens(kept: Kept) -> None:
    await kept.run("mine", MINE)
    foreseen = await kept.keeper.outlook("other", OTHER)
    assert (foreseen.cached, foreseen.moved) == (0, len(MINE))
    await kept.run("other", OTHER)
    foreseen = await kept.keeper.outlook("mine", (*MINE, 7))
    assert (foreseen.cached, foreseen.moved) == (len(MINE), len(OTHER) + len(MINE))
    assert await kept.run("mine", (*MINE, 7)) == foreseen.cached
    same = await kept.keeper.outlook("mine", (*MINE, 7, 8))
    assert (same.cached, same.moved) == (len(MINE) + 1, 0)
    assert (await kept.keeper.outlook("mine", MINE)).cached == len(MINE) - 1, "one token is always read"


FRONT = MINE[:150]
FIRST, SECOND = (*FRONT, *range(2000, 2200)), (*FRONT, *range(3000, 3200))
"""Two answers to one question."""


async def test_of_two_branches_what_they_share_stays_in_the_slot(kept: Kept) -> None:
    await kept.run("mine", FIRST)
    assert await kept.run("mine", SECOND) == len(FRONT)
    assert kept.engine.calls == [], "nothing had to be moved for it"


async def test_a_branch_that_was_left_comes_back_whole_and_the_other_is_kept(kept: Kept) -> None:
    await kept.run("mine", FIRST)
    await kept.keeper.keep()
    await kept.run("mine", SECOND)
    foreseen = await kept.keeper.outlook("mine", (*FIRST, 7))
    assert (foreseen.cached, foreseen.moved) == (len(FIRST), len(SECOND) + len(FIRST))
    assert await kept.run("mine", (*FIRST, 7)) == len(FIRST)
    assert kept.engine.slot == (*FIRST, 7)
    assert await kept.run("mine", (*SECOND, 7)) == len(SECOND)
    assert await kept.run("other", OTHER) == 0
    assert await kept.run("mine", (*FIRST, 7, 8)) == len(FIRST) + 1


async def test_a_branch_that_would_save_less_than_it_moves_is_read(kept: Kept) -> None:
    await kept.run("mine", (*MINE, *range(2000, 2000 + WORTH_TOKENS)))
    await kept.keeper.keep()
    await kept.run("mine", (*MINE, 7))
    calls = list(kept.engine.calls)
    back = (*MINE, *range(2000, 2000 + WORTH_TOKENS), 8)
    assert (await kept.keeper.outlook("mine", back)).moved == 0
    assert await kept.run("mine", back) == len(MINE)
    assert kept.engine.calls == calls


async def test_a_text_that_only_grows_has_one_file_and_many_branches_a_few(kept: Kept) -> None:
    for end in (100, 200, 300):
        await kept.run("grows", MINE[:end])
        await kept.keeper.keep()
    assert kept.files() == [".json", ".slot"]
    for i in range(2 * MOST_BRANCHES):
        await kept.run("branches", (*FRONT, *range(1000 * i, 1000 * i + 100)))
        await kept.keeper.keep()
        os.utime(kept.path("branches"), (i, i))
    left = [branch.ids[150] // 1000 for branch in kept.keeper._files.of("branches")]
    assert left == [5, 4, 3], "those that were used last"


async def test_what_a_longer_file_holds_is_not_written_once_more(kept: Kept) -> None:
    await kept.run("mine", FIRST)
    await kept.keeper.keep()
    await kept.run("mine", FRONT)
    calls = list(kept.engine.calls)
    await kept.run("other", OTHER)
    assert kept.engine.calls == calls
    assert await kept.run("mine", FIRST) == len(FIRST)


async def test_of_two_files_a_doubtful_one_is_dropped_and_the_next_best_taken(kept: Kept) -> None:
    for ids in (FIRST, SECOND):
        await kept.run("mine", ids)
        await kept.keeper.keep()
    await kept.run("other", OTHER)
    second = kept.path("mine")
    second.write_bytes(second.read_bytes().replace(b"3100", b"3101"))
    assert await kept.run("mine", (*SECOND, 7)) == len(FRONT), "what the other branch shares with it"
    assert not second.exists()


async def test_a_slot_that_is_on_the_disk_as_it_is_costs_nothing_to_keep(kept: Kept) -> None:
    await kept.run("mine", MINE)
    await kept.keeper.keep()
    calls = list(kept.engine.calls)
    assert (await kept.keeper.outlook("other", OTHER)).moved == 0
    await kept.keeper.keep()
    assert kept.engine.calls == calls


async def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    size = len(json.dumps(MINE))
    kept = Kept(tmp_path / "slots", budget_bytes=2 * size + 10)
    for i, work in enumerate(("a", "b")):
        await kept.run(work, MINE)
        await kept.keeper.keep()
        os.utime(kept.path(work), (i, i))
    await kept.run(None, OTHER)
    assert await kept.keeper.open("a"), "looked at again"
    await kept.run("c", MINE)
    await kept.keeper.keep()
    assert [bool(await kept.keeper.remembered(work)) for work in "abc"] == [True, False, True]


async def test_a_file_that_is_larger_than_the_budget_takes_no_other_with_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "slots", budget_bytes=len(json.dumps(MINE)) + 10)
    await kept.run("a", MINE)
    await kept.run("b", tuple(range(1000, 3000)))
    await kept.run("c", MINE)
    assert [bool(await kept.keeper.remembered(work)) for work in "ab"] == [True, False]


async def test_files_of_a_clock_that_was_set_back_go_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "slots", budget_bytes=2 * len(json.dumps(MINE)) + 10)
    for work in ("a", "b"):
        await kept.run(work, MINE)
        await kept.keeper.keep()
        os.utime(kept.path(work), (1 << 32, 1 << 32))
    await kept.run("c", MINE)
    await kept.keeper.keep()
    assert bool(await kept.keeper.remembered("c"))


async def test_what_is_larger_than_all_that_may_be_kept_is_not_written_again_and_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "slots", budget_bytes=len(json.dumps(MINE)) + 10)
    await kept.run("a", MINE)
    await kept.run("b", tuple(range(1000, 3000)))
    await kept.run("c", MINE)
    assert kept.engine.calls.count("save") == 1


async def test_where_nothing_is_kept_what_stands_in_the_slot_still_serves_and_files_of_others_stay(kept: Kept) -> None:
    await kept.run("mine", MINE)
    await kept.keeper.keep()
    later = Kept(kept.directory, keeps=False)
    assert (await later.keeper.outlook("mine", MINE)).cached == 0
    assert await later.run("mine", MINE) == 0
    assert await later.run("mine", (*MINE, 7)) == len(MINE)
    assert not await later.keeper.open("other")
    assert await later.run("other", OTHER) == 0
    assert await later.run("mine", MINE) == 0
    assert later.engine.calls == []
    assert await Kept(kept.directory).run("mine", MINE) == len(MINE)


async def test_a_short_text_is_not_worth_a_file(kept: Kept) -> None:
    await kept.run("short", MINE[: WORTH_TOKENS - 1])
    assert (await kept.keeper.outlook("other", OTHER)).moved == 0
    await kept.run("other", OTHER)
    assert kept.engine.calls == []
