"""Graphics cards that the installed build of the engine cannot use, and how the build is had that can.

The package of the engine names its other builds in its own description, each with the command that installs it; what is said here is
taken from there, so that it is true for the version that is installed. Nothing is fetched or run.
"""

import re
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import metadata, version
from pathlib import Path
from typing import Literal

from hanmo.engine.build import PACKAGE

VENDORS: dict[str, Literal["NVIDIA", "AMD", "Intel"]] = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
OWN_MEMORY_BYTES = 2 << 30
"""A graphics unit with less is part of the processor, and no quicker than it."""
INDEX = re.compile(rf"pip install {PACKAGE}\b[^\n]*--index-url (https://[\w./-]+/([\w.-]+))")


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card with memory of its own."""

    vendor: Literal["NVIDIA", "AMD", "Intel"]


def graphics_cards(root: Path = Path("/")) -> list[Card]:
    """The cards on the PCI bus (Linux), or that of a driver's tool on the path; the units inside processors are left out."""
    cards = []
    for device in sorted((root / "sys/bus/pci/devices").glob("*")):
        vendor = VENDORS.get(_said(device / "vendor"))
        if vendor and _said(device / "class").startswith("0x03") and not _inside_processor(device, vendor):
            cards.append(Card(vendor))
    if not cards and root == Path("/") and shutil.which("nvidia-smi"):
        cards.append(Card("NVIDIA"))
    return cards


def build_command(card: Card, description: str | None = None, python: str = sys.executable) -> str | None:
    """What installs the same version of the engine built for this card; None where the package names no such build. For NVIDIA that of the oldest
    CUDA, which the most drivers run; for others Vulkan."""
    said = description if description is not None else _description()
    builds = {name: url for url, name in INDEX.findall(said)}
    name = "vulkan"
    if card.vendor == "NVIDIA":
        name = min((name for name in builds if re.fullmatch(r"cu\d+", name)), key=lambda cuda: int(cuda[2:]), default="")
    if name not in builds:
        return None
    return f'"{python}" -m pip install {PACKAGE}=={version(PACKAGE)} --force-reinstall --no-deps --index-url {builds[name]}'


def _description() -> str:
    message = metadata(PACKAGE)
    return str(message.json.get("description", ""))


def _inside_processor(device: Path, vendor: str) -> bool:
    if vendor == "Intel":
        return device.name.endswith("00:02.0")
    if vendor == "AMD":
        said = _said(device / "mem_info_vram_total")
        return said.isdecimal() and int(said) < OWN_MEMORY_BYTES
    return False


def _said(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
