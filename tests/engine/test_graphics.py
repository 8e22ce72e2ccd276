"""Cards are seen, units inside processors are not, and the command is the one that the engine's package names."""

from pathlib import Path

import pytest

from hanmo.engine.graphics import Card, build_command, graphics_cards

NAMED = """
- From somewhere for `CUDA`:
  - CUDA 13
    ```sh
    pip install xllamacpp --force-reinstall --index-url https://example.org/whl/cu132
    ```
  - CUDA 12
    pip install xllamacpp --force-reinstall --index-url https://example.org/whl/cu128
- For `Vulkan`:
    pip install xllamacpp --force-reinstall --index-url https://example.org/whl/vulkan
"""


def device(root: Path, name: str, vendor: str, kind: str = "0x030000", memory_bytes: int | None = None) -> None:
    directory = root / "sys/bus/pci/devices" / name
    directory.mkdir(parents=True)
    (directory / "vendor").write_text(vendor + "\n")
    (directory / "class").write_text(kind + "\n")
    if memory_bytes is not None:
        (directory / "mem_info_vram_total").write_text(f"{memory_bytes}\n")


def test_cards_of_three_makers_are_seen(tmp_path: Path) -> None:
    device(tmp_path, "0000:01:00.0", "0x10de", "0x030200")
    device(tmp_path, "0000:03:00.0", "0x1002", memory_bytes=16 << 30)
    device(tmp_path, "0000:04:00.0", "0x8086")
    assert graphics_cards(tmp_path) == [Card("NVIDIA"), Card("AMD"), Card("Intel")]


def test_what_is_part_of_the_processor_or_no_graphics_is_left_out(tmp_path: Path) -> None:
    device(tmp_path, "0000:00:02.0", "0x8086")
    device(tmp_path, "0000:05:00.0", "0x1002", memory_bytes=512 << 20)
    device(tmp_path, "0000:06:00.0", "0x10de", kind="0x040300")
    device(tmp_path, "0000:07:00.0", "0x1af4")
    assert graphics_cards(tmp_path) == []
    assert graphics_cards(tmp_path / "nothing") == []


@pytest.mark.parametrize(("vendor", "build"), [("NVIDIA", "cu128"), ("AMD", "vulkan"), ("Intel", "vulkan")])
def test_the_command_brings_the_same_version_built_for_the_card(vendor: str, build: str) -> None:
    command = build_command(Card(vendor), NAMED, "python")  # type: ignore[arg-type]
    assert command is not None
    assert command.startswith('"python" -m pip install xllamacpp==')
    assert command.endswith(f"--index-url https://example.org/whl/{build}")


def test_where_the_package_names_no_build_there_is_no_command() -> None:
    assert build_command(Card("NVIDIA"), "pip install -U xllamacpp") is None
    assert build_command(Card("AMD"), "pip install xllamacpp --index-url https://example.org/x;rm -rf") is None


@pytest.mark.parametrize("vendor", ["NVIDIA", "AMD", "Intel"])
def test_the_installed_package_names_its_builds(vendor: str) -> None:
    assert build_command(Card(vendor)) is not None  # type: ignore[arg-type]
