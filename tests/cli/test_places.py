"""The lines of `hanmo doctor` on graphics cards, over a made-up PCI bus, and on instructions of the processor: what is there and unused is named,
with the command that brings the build that uses it."""

from pathlib import Path

import pytest

from hanmo.cli import places
from hanmo.engine.devices import EngineDevice
from hanmo.engine.graphics import Card, build_command
from hanmo.engine.own_build import own_build_command
from tests.cli.commands import has_han
from tests.engine.test_graphics import device


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HANMO_LANG", request.param)
    return str(request.param)


@pytest.fixture(autouse=True)
def used(monkeypatch: pytest.MonkeyPatch) -> list[EngineDevice]:
    """The devices of the engine, none at first: what machine these tests run on must not matter."""
    devices = list[EngineDevice]()
    monkeypatch.setattr(places, "list_devices", lambda: devices)
    return devices


@pytest.mark.parametrize(
    ("bus", "vendor"),
    [("0000:01:00.0", "0x10de"), ("0000:03:00.0", "0x1002"), ("0000:04:00.0", "0x8086")],
    ids=["NVIDIA", "AMD", "Intel"],
)
def test_a_card_that_this_build_cannot_use_is_a_note_with_the_command(bus: str, vendor: str, lang: str, tmp_path: Path) -> None:
    device(tmp_path, bus, vendor, memory_bytes=16 << 30)
    card = Card({"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}[vendor])  # type: ignore[arg-type]
    line = places.graphics(tmp_path)
    command = build_command(card)
    assert command is not None
    assert (line.name, line.verdict) == ("graphics", "note")
    assert card.vendor in line.text
    assert command in line.next_step
    assert (has_han(line.text), has_han(line.next_step)) == (lang == "zh", lang == "zh")


def test_two_cards_are_named_and_the_first_has_the_command(tmp_path: Path) -> None:
    device(tmp_path, "0000:01:00.0", "0x10de")
    device(tmp_path, "0000:02:00.0", "0x10de")
    device(tmp_path, "0000:03:00.0", "0x1002", memory_bytes=16 << 30)
    line = places.graphics(tmp_path)
    assert line.text.count("NVIDIA") == 1 and "AMD" in line.text
    assert (build_command(Card("NVIDIA")) or "none") in line.next_step


def test_a_unit_inside_the_processor_is_no_card(lang: str, tmp_path: Path) -> None:
    device(tmp_path, "0000:00:02.0", "0x8086")
    line = places.graphics(tmp_path)
    assert (line.verdict, line.next_step, has_han(line.text)) == ("ok", "", lang == "zh")


def test_where_the_package_names_no_build_the_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hanmo.engine.graphics._description", lambda: "pip install -U xllamacpp")
    device(tmp_path, "0000:01:00.0", "0x10de")
    line = places.graphics(tmp_path)
    assert line.verdict == "note"
    assert line.next_step and "--index-url" not in line.next_step


def test_a_card_that_is_used_needs_nothing(used: list[EngineDevice], tmp_path: Path) -> None:
    device(tmp_path, "0000:01:00.0", "0x10de")
    used.append(EngineDevice("CUDA0", "gpu", 8 << 30))
    line = places.graphics(tmp_path)
    assert (line.verdict, line.next_step, "CUDA0" in line.text) == ("ok", "", True)


WHEEL = {"AVX2", "FMA", "F16C", "BMI2"}


@pytest.mark.parametrize(
    ("devices", "flags", "used", "noted"),
    [
        (["CPU"], "avx2 avx512vl avx512dq avx512_vnni", WHEEL, True),
        (["CPU"], "avx2 avx512vl avx512dq avx512_vnni", WHEEL | {"AVX512_VNNI"}, False),
        (["CPU"], "avx2", WHEEL, False),
        (["CUDA0", "CPU"], "avx2 avx512vl avx512dq avx512_vnni", WHEEL, False),
    ],
    ids=["unused", "used", "not there", "a card computes"],
)
def test_instructions_that_the_engine_leaves_unused_are_a_note_with_the_command(
    devices: list[str], flags: str, used: set[str], noted: bool, lang: str, tmp_path: Path
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\n")
    line = places.engine_line(devices, used, cpuinfo)
    assert line.text.startswith(", ".join(devices))
    assert (line.verdict == "note") == noted
    assert line.next_step.endswith(own_build_command() or "") if noted else line.next_step == ""
    assert has_han(line.next_step) == (noted and lang == "zh")
