"""How much memory this process may still take: what the machine has free, cut to what its control groups and limits allow."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from hanmo.cgroups import groups

__all__ = ["available_memory", "cgroup_room", "total_memory"]

_ADDRESS_OVERHEAD_BYTES = 512 << 20  # libraries and thread stacks of a child count against an address-space limit
_FILES = {
    2: ("memory.max", "memory.current", "inactive_file"),
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
}
"""By version of the control groups: limit, usage, and what of it can be reclaimed."""


def available_memory(root: Path = Path("/")) -> int:
    """Bytes. `root` stands for the file system that /proc and /sys hang in."""
    return max(0, min([psutil.virtual_memory().available, *cgroup_room(root), *_address_room()]))


def total_memory(root: Path = Path("/")) -> int:
    """Bytes of the machine, or of the share that a container has of it."""
    limits = (_numbers(directory / _FILES[version][0]) for directory, version in groups("memory", root))
    return min([psutil.virtual_memory().total, *(limit for found in limits for limit in found)])


def cgroup_room(root: Path) -> Iterator[int]:
    """For each control group above this process that has a limit: the limit less what is used and cannot be reclaimed (v2 and v1)."""
    for directory, version in groups("memory", root):
        yield from _room(directory, *_FILES[version])


def _numbers(file: Path) -> Iterator[int]:
    with suppress(OSError, ValueError):  # no such group, or the limit is "max"
        yield int(file.read_text())


def _room(directory: Path, limit: str, usage: str, reclaimable: str) -> Iterator[int]:
    try:
        most, used = int((directory / limit).read_text()), int((directory / usage).read_text())
        lines = (directory / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):  # no such group, or the limit is "max"
        return
    stat = dict(line.split(" ", 1) for line in lines if " " in line)
    cached = stat.get(reclaimable, "0").strip()
    yield most - used + (int(cached) if cached.isdecimal() else 0)


def _address_room() -> Iterator[int]:
    if sys.platform == "win32":
        return
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft - _ADDRESS_OVERHEAD_BYTES
