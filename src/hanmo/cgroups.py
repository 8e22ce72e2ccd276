"""The control groups above this process, where Linux keeps what a container may take: v2, v1, and nested ones of both."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

__all__ = ["groups"]


def groups(controller: str, root: Path = Path("/")) -> Iterator[tuple[Path, int]]:
    """The directories that may limit this process by `controller` ("memory", "cpu"), each with its version, 2 or 1; some of them may not be there.
    `root` stands for the file system that /proc and /sys hang in."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    base = root / "sys/fs/cgroup"
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers == "":
            yield from ((directory, 2) for directory in _upward(base, group))
        elif controller in controllers.split(","):
            for name in dict.fromkeys((controller, controllers)):  # a directory of several mostly has a link for each
                yield from ((directory, 1) for directory in _upward(base / name, group))


def _upward(base: Path, group: str) -> Iterator[Path]:
    """The group's directory and all above it. In a container the group's name may be the host's: then only the root is there."""
    parts = [part for part in PurePosixPath(group).parts if part not in ("/", "..")]
    for length in range(len(parts), -1, -1):
        yield base.joinpath(*parts[:length])
