"""How much memory this process may still take: what the machine has free, cut to what its control groups and limits allow."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

import psutil

__all__ = ["available_memory", "cgroup_room", "total_memory"]

_ADDRESS_OVERHEAD_BYTES = 512 << 20  # libraries and thread stacks of a child count against an address-space limit


def available_memory(root: Path = Path("/")) -> int:
    """Bytes. `root` stands for the file system that /proc and /sys hang in."""
    return max(0, min([psutil.virtual_memory().available, *cgroup_room(root), *_address_room()]))


def total_memory(root: Path = Path("/")) -> int:
    """Bytes of the machine, or of the share that a container has of it."""
    limits = (_numbers(directory / files[0]) for directory, files in _groups(root))
    return min([psutil.virtual_memory().total, *(limit for found in limits for limit in found)])


def cgroup_room(root: Path) -> Iterator[int]:
    """For each control group above this process that has a limit: the limit less what is used and cannot be reclaimed (v2 and v1)."""
    for directory, files in _groups(root):
        yield from _room(directory, *files)


def _groups(root: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """The control groups above this process, with the names of their files: limit, usage, and what of it can be reclaimed."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        base = root / "sys/fs/cgroup"
        if controllers == "":
            for directory in _upward(base, group):
                yield directory, ("memory.max", "memory.current", "inactive_file")
        if "memory" in controllers.split(","):
            for directory in _upward(base / "memory", group):
                yield directory, ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def _numbers(file: Path) -> Iterator[int]:
    with suppress(OSError, ValueError):  # no such group, or the limit is "max"
        yield int(file.read_text())


def _upward(base: Path, group: str) -> Iterator[Path]:
    """The group's directory and all above it. In a container the group's name may be the host's: then only the root is there."""
    parts = [part for part in PurePosixPath(group).parts if part not in ("/", "..")]
    for length in range(len(parts), -1, -1):
        yield base.joinpath(*parts[:length])


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
