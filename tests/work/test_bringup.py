"""Which model comes to write: on the real shelf and a real HTTP hub on loopback, with the fake engine as the one that loads."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hanmo.core.errors import Conflict, EngineUnavailable, InvalidRequest, ModelFileBad
from hanmo.core.values import Problem
from hanmo.models import ModelShelf
from hanmo.models.catalog import parse_catalog
from hanmo.models.download import Patience
from hanmo.work.bringup import Bringup, Waits
from hanmo.work.downloads import Downloads
from hanmo.work.model_ports import LoadPlan
from tests.models.hub import Hub, Plan, running_hub
from tests.models.tiny import model_bytes

HASTY = Patience(connect_s=2, stall_s=2, race_s=1.5, tries=2, first_tries=1, backoff_s=0.01, most_backoff_s=0.02)
WANTED, STARTER = model_bytes(3 * 4096, seed=1), model_bytes(4096, seed=2)


@dataclass
class Loader:
    """Keeps the plans it was given; `refuses` names the models that it cannot load, or those that draft."""

    loaded: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    drafters: list[str] = field(default_factory=list)
    given_up: Problem | None = None

    async def load(self, plan: LoadPlan) -> None:
        self.drafters.append(Path(plan.draft_path).stem)
        if self.refuses & {plan.model_id, Path(plan.draft_path).stem}:
            raise EngineUnavailable("engine_load_failed", reason="refused", said="")
        self.loaded.append(plan.model_id)

    def give_up(self, problem: Problem) -> None:
        self.given_up = problem


@dataclass
class House:
    shelf: ModelShelf
    downloads: Downloads
    loader: Loader
    bringup: Bringup
    directory: Path

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not true():
                await asyncio.sleep(0.01)

    async def settled(self) -> None:
        await self.until(lambda: self.bringup.step in ("ready", "failed"))

    def notices(self) -> list[str]:
        return [notice.problem.code for notice in self.bringup.notices()]


Start = Callable[..., Awaitable[House]]


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    async with running_hub() as hub:
        yield hub


@pytest.fixture
async def start(tmp_path: Path, hub: Hub) -> AsyncIterator[Start]:
    """`start(model, here=…, patience…)` begins a bring-up. The starter's hub is always up: it stands for the wheels."""

    def entry(name: str, body: bytes, extra: str) -> str:
        return f"""
            [models.{name}]
            name = "{name.title()}"
            licence = "MIT"
            file = "{name}.gguf"
            n_ctx_train = 4096
            size_bytes = {len(body)}
            sha256 = "{hashlib.sha256(body).hexdigest()}"
            sha256_checked = "joined"
            {extra}
            hub = {{ repo = "owner/{name}", revisions = ["main"] }}
        """

    catalog = parse_catalog('default = "wanted"\n' + entry("wanted", WANTED, "") + entry("starter", STARTER, "starter = true"))
    hub.serve("/owner/starter/resolve/main/starter.gguf", Plan(STARTER))
    async with AsyncExitStack() as stack:

        async def start(model: str = "wanted", *, here: dict[str, bytes] | None = None, **options: Any) -> House:
            for name, body in (here or {}).items():
                file = tmp_path / "models" / name / f"{name}.gguf"
                file.parent.mkdir(parents=True)
                file.write_bytes(body)
            loader = Loader(refuses=set(options.pop("refuses", ())))
            waits = options.pop("waits", Waits(hub_s=1.0, measure_s=0.3, download_s=0.5))
            shelf = ModelShelf(
                tmp_path / "models",
                catalog=catalog,
                environ={"HF_ENDPOINT": hub.url},
                patience=HASTY,
                draft_model=options.pop("draft_model", None),
            )
            downloads = await stack.enter_async_context(Downloads(shelf))
            bringup = Bringup(shelf, downloads, loader, model, waits=waits, **options)
            await stack.enter_async_context(bringup)
            return House(shelf, downloads, loader, bringup, tmp_path)

        yield start


WANTED_PATH = "/owner/wanted/resolve/main/wanted.gguf"


async def test_a_model_that_is_here_is_loaded(start: Start, hub: Hub) -> None:
    house = await start(here={"wanted": WANTED})
    await house.settled()
    assert house.loader.loaded == ["wanted"]
    assert house.notices() == []
    assert hub.requests == []


async def test_a_quick_hub_brings_the_wanted_model_at_once(start: Start, hub: Hub) -> None:
    hub.serve(WANTED_PATH, Plan(WANTED))
    house = await start(waits=Waits(hub_s=20, measure_s=20, download_s=20))  # this machine may be busy; nothing is waited for
    await house.settled()
    assert house.loader.loaded == ["wanted"]


async def test_without_a_hub_the_starter_writes_and_says_so_in_one_line(start: Start, hub: Hub) -> None:
    house = await start()
    await house.settled()
    assert house.loader.loaded == ["starter"]
    (notice,) = house.bringup.notices()
    assert notice.problem.code == "starter_no_hub"
    assert notice.action is not None
    assert (notice.action.kind, notice.action.model_id) == ("pull_model", "wanted")


async def test_a_starter_that_was_named_comes_without_a_hub_whichever_would_be_chosen(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(_: ModelShelf, model_id: str, timeout_s: float) -> bool:
        return False

    monkeypatch.setattr(ModelShelf, "hub_answers", silent)
    monkeypatch.setattr(ModelShelf, "choose_starter", lambda _: "wanted")
    house = await start("starter")
    await house.settled()
    assert (house.loader.loaded, house.notices()) == (["starter"], [])


async def test_a_slow_hub_lets_the_starter_write_while_the_wanted_model_downloads_and_then_offers_it(
    start: Start, hub: Hub
) -> None:
    hub.serve(WANTED_PATH, Plan(WANTED, drip=(len(WANTED) // 30, 0.1)))
    house = await start()
    await house.settled()
    assert house.loader.loaded == ["starter"]
    assert house.notices() == ["starter_writes_meanwhile"]
    await house.until(lambda: house.notices() == ["wanted_model_ready"])
    await house.bringup.use("wanted")
    await house.settled()
    assert house.loader.loaded == ["starter", "wanted"]
    assert house.notices() == []


async def test_a_hub_that_breaks_off_leads_to_the_starter(start: Start, hub: Hub) -> None:
    hub.serve(WANTED_PATH, Plan(WANTED, cut_after=1000, ranges=False))
    house = await start()
    await house.settled()
    assert house.loader.loaded == ["starter"]
    assert house.notices() == ["starter_instead"]


async def test_a_damaged_model_file_is_not_loaded_and_a_starter_writes(start: Start, hub: Hub) -> None:
    house = await start(here={"wanted": WANTED[:-100] + bytes(100)})
    await house.settled()
    assert house.loader.loaded == ["starter"]


async def test_a_model_the_engine_cannot_load_is_replaced_and_named(start: Start, hub: Hub) -> None:
    house = await start(here={"wanted": WANTED}, refuses={"wanted"})
    await house.settled()
    assert house.loader.loaded == ["starter"]
    assert house.notices() == ["model_not_loaded"]


async def test_a_drafting_model_that_does_not_load_with_the_large_one_is_left_out_and_named(
    start: Start,
) -> None:
    house = await start(here={"wanted": WANTED, "starter": STARTER}, draft_model="starter", refuses=["starter"])
    await house.settled()
    assert (house.loader.loaded, house.loader.drafters) == (["wanted"], ["starter", ""])
    assert house.notices() == ["draft_not_loaded"]


async def test_a_change_that_fails_goes_back_to_what_wrote_before(start: Start, hub: Hub) -> None:
    house = await start("starter", here={"starter": STARTER, "wanted": WANTED}, refuses={"wanted"})
    await house.settled()
    await house.bringup.use("wanted")
    await house.settled()
    assert house.loader.loaded == ["starter", "starter"]
    assert house.bringup.model_id == "starter"
    assert house.notices() == ["model_not_loaded"]


async def test_a_file_that_is_no_model_is_refused_before_anything_changes(start: Start, hub: Hub, tmp_path: Path) -> None:
    house = await start("starter", here={"starter": STARTER})
    await house.settled()
    bad = tmp_path / "bad.gguf"
    bad.write_text("只是文字" * 100)
    with pytest.raises(ModelFileBad, match="model_not_gguf"):
        await house.bringup.use(str(bad))
    assert (house.bringup.step, house.bringup.model_id) == ("ready", "starter")


async def test_a_first_download_that_was_paused_leads_to_writing_when_it_is_resumed(start: Start, hub: Hub) -> None:
    hub.serve("/owner/starter/resolve/main/starter.gguf", Plan(STARTER, drip=(len(STARTER) // 20, 0.1)), Plan(STARTER))
    house = await start()
    await house.until(lambda: any(p.received_bytes for p in house.downloads.progress()))
    await house.downloads.pause("starter")
    await house.settled()
    assert house.bringup.problem is not None
    assert house.bringup.problem.code == "download_paused"
    await house.bringup.pull("starter")
    await house.settled()
    assert house.loader.loaded == ["starter"]


async def test_of_two_changes_at_once_the_last_one_stands(start: Start, hub: Hub) -> None:
    house = await start("starter", here={"starter": STARTER, "wanted": WANTED})
    await house.settled()
    await asyncio.gather(house.bringup.use("wanted"), house.bringup.use("starter"))
    await house.settled()
    assert house.bringup.model_id == house.loader.loaded[-1] == house.bringup.wanted


async def test_where_nothing_can_be_had_it_says_why_and_a_file_is_the_way_on(start: Start, hub: Hub, tmp_path: Path) -> None:
    hub.serve("/owner/starter/resolve/main/starter.gguf", Plan(status=404))
    house = await start()
    await house.settled()
    assert house.bringup.step == "failed"
    assert house.loader.given_up is not None
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(STARTER)
    await house.bringup.use(str(mine))
    await house.settled()
    assert house.loader.loaded == [str(mine)]


async def test_a_file_that_is_no_model_is_named_and_nothing_takes_its_place(start: Start, hub: Hub, tmp_path: Path) -> None:
    bad = tmp_path / "notes.gguf"
    bad.write_text("只是一段文字。" * 100)
    house = await start(str(bad))
    await house.settled()
    assert house.bringup.step == "failed"
    assert house.bringup.problem is not None
    assert house.bringup.problem.code == "model_not_gguf"
    assert house.loader.loaded == []


async def test_a_machine_that_cannot_run_the_engine_is_told_at_once(start: Start, hub: Hub) -> None:
    house = await start(here={"wanted": WANTED}, obstacle=lambda: Problem("cpu_too_old", {"missing": "avx2"}))
    await house.settled()
    assert house.loader.given_up == Problem("cpu_too_old", {"missing": "avx2"})


async def test_an_unknown_model_changes_nothing_and_names_the_nearest(start: Start, hub: Hub) -> None:
    house = await start(here={"wanted": WANTED})
    await house.settled()
    with pytest.raises(InvalidRequest) as refused:
        await house.bringup.use("wnated")
    assert refused.value.params["nearest"] == "wanted"
    assert house.bringup.model_id == "wanted"


async def test_the_model_that_writes_is_not_removed(start: Start, hub: Hub) -> None:
    house = await start(here={"wanted": WANTED, "starter": STARTER})
    await house.settled()
    with pytest.raises(Conflict, match="model_in_use"):
        await house.bringup.remove("wanted")
    await house.bringup.remove("starter")
    assert house.shelf.resolve("starter").path is None
