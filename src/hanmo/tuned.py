"""What `hanmo bench` found, kept in the data directory for the next start and for `hanmo doctor`.

Rules
  * It holds for the machine and the build of the engine that it was measured on; on others it counts as not there.
  * It is advice: the user's settings and flags go first, and a file that cannot be read is no file.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from hanmo.core.tuning import Choice, Speculation
from hanmo.whole import write_whole

FILE_NAME = "tuned.json"


@dataclass(frozen=True, slots=True)
class TunedModel:
    """One model on this machine: what is chosen, and what it was measured to do with `threads` threads (tokens a second; `measured_at` in Unix
    seconds). These need not be those of the choice: the user may have given their number."""

    name: str
    size_bytes: int
    choice: Choice
    threads: int
    read_per_second: float
    written_per_second: float
    measured_at: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """By the SHA-256 of the model file, in the order they were measured. `bytes_per_second` is how fast memory was read."""

    machine: str
    build: str
    bytes_per_second: float = 0.0
    models: Mapping[str, TunedModel] = field(default_factory=dict)

    @property
    def newest(self) -> TunedModel | None:
        """The one that was measured last, whatever the clock said."""
        return list(self.models.values())[-1] if self.models else None

    def with_model(self, sha256: str, model: TunedModel, bytes_per_second: float) -> "Tuned":
        others = {key: known for key, known in self.models.items() if key != sha256}
        return replace(self, bytes_per_second=bytes_per_second, models={**others, sha256: model})

    def choice_for(self, sha256: str) -> Choice | None:
        model = self.models.get(sha256)
        return model.choice if model else None


def read_tuned(data_dir: Path, machine: str, build: str) -> Tuned:
    """What was found here before; nothing where that was on another machine or build."""
    nothing = Tuned(machine, build)
    try:
        raw = json.loads((data_dir / FILE_NAME).read_text("utf-8"))
        found = Tuned(raw["machine"], raw["build"], raw["bytes_per_second"], {k: _model(v) for k, v in raw["models"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return nothing
    return found if (found.machine, found.build) == (machine, build) else nothing


def write_tuned(data_dir: Path, tuned: Tuned) -> Path:
    """Whole or not at all. `OSError` where it cannot be written."""
    path = data_dir / FILE_NAME
    write_whole(path, json.dumps(asdict(tuned), ensure_ascii=False, indent=1).encode())
    return path


def _model(raw: dict[str, Any]) -> TunedModel:
    chosen = raw["choice"]
    drafts = chosen["speculation"]
    threads = None if chosen["threads"] is None else int(chosen["threads"])
    measured = int(raw["threads"] if "threads" in raw else chosen["threads"])
    if chosen["kv_type"] not in ("f16", "q8_0") or not all(1 <= count <= 512 for count in (measured, threads or measured)):
        raise ValueError("choice")
    speculation = Speculation(int(drafts["match"]), int(drafts["draft"])) if drafts else None
    if speculation and not (1 <= speculation.match <= 64 and 1 <= speculation.draft <= 63):
        raise ValueError("speculation")
    choice = Choice(threads, chosen["kv_type"], speculation, str(chosen.get("idle_draft", "")))
    return TunedModel(
        name=str(raw["name"]),
        size_bytes=int(raw["size_bytes"]),
        choice=choice,
        threads=measured,
        read_per_second=float(raw["read_per_second"]),
        written_per_second=float(raw["written_per_second"]),
        measured_at=float(raw["measured_at"]),
    )
