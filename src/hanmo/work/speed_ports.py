"""What measuring speeds needs of the world."""

from collections.abc import Mapping
from typing import Protocol

from hanmo.core.speeds import Speeds


class SpeedNotes(Protocol):
    """Where measured speeds outlive the process, by what they depend on. What cannot be read counts as not measured; what cannot be written is
    measured again after the next start."""

    def read(self) -> dict[str, Speeds]: ...

    def write(self, speeds: Mapping[str, Speeds]) -> None: ...
