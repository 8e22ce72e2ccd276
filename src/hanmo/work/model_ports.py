"""What the use cases need of the model files: what is known, what is here, how it comes here, how it would be loaded."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from hanmo.core.tuning import Speculation
from hanmo.core.values import Problem

DownloadState = Literal["racing", "downloading", "verifying", "paused", "done", "failed"]


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Where a download stands. Sizes in bytes; `total_bytes` 0 while it is not known; `source` is hub, mirror, modelscope, url, file or wheels."""

    model_id: str
    state: DownloadState
    source: str = ""
    received_bytes: int = 0
    total_bytes: int = 0
    bytes_per_second: float = 0.0
    seconds_left: float | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model as the page and the command line show it. `path` is None where the file is not here or not whole."""

    id: str
    name: str
    size_bytes: int
    path: str | None
    starter: bool
    default: bool
    licence: str = ""
    n_ctx_train: int = 0


DraftKind = Literal["simple", "eagle3", "dflash", "dspark"]
"""How a second model drafts: by itself, as any model writes ("simple"), or from what goes on inside the large one."""
DRAFT_KINDS: tuple[DraftKind, ...] = get_args(DraftKind)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How a model file is to be loaded here: always something that runs. `notes` say what was given up for it. Drafts come from the text
    itself where there is a `speculation`, and from the model in `draft_path`, which drafts as `draft_kind`, where that is not "".
    `threads` were measured to be best for it; None: as many as usual."""

    model_id: str
    path: str
    sha256: str
    n_ctx: int
    kv_type: Literal["f16", "q8_0"]
    repack: bool
    gpu_layers: int
    memory_bytes: int
    notes: tuple[Problem, ...] = field(default_factory=tuple)
    speculation: Speculation | None = None
    draft_path: str = ""
    draft_kind: DraftKind = "simple"
    threads: int | None = None

    @property
    def manner(self) -> str:
        """All of it that changes how fast the model reads and writes, but the threads."""
        drafts = f"{self.speculation.match}/{self.speculation.draft}" if self.speculation else "none"
        repacked = "repacked" if self.repack else "not repacked"
        return f"{self.kv_type}, {self.gpu_layers} layers on a card, {repacked}, drafts {drafts} {self.draft_path}".rstrip()


class Models(Protocol):
    """The model files: what is known, what is here, how it gets here, how it would be loaded.

    `resolve` takes a catalog id or a path to a `.gguf`; `InvalidRequest("unknown_model", id=…, nearest=…)` otherwise.
    `pull` is restartable: what was received stays. Closing it pauses it. It ends with a "done" progress or raises `DownloadFailed`,
    `NoRoom` or `ModelFileBad`. `plan` reads the file's header and the machine: `ModelFileBad`, or `NoRoom` where nothing fits.
    """

    def list(self) -> list[ModelEntry]: ...

    def resolve(self, model: str) -> ModelEntry: ...

    def pull(self, model_id: str) -> AsyncGenerator[DownloadProgress]: ...

    async def hub_answers(self, model_id: str, timeout_s: float) -> bool:
        """Whether any hub, mirror or URL gives bytes of this model within `timeout_s`."""
        ...

    def choose_starter(self) -> str:
        """The id of the starter that disk and memory allow: the 1.5B, else the 0.5B."""
        ...

    async def plan(self, model: str, *, n_ctx: int | None = None) -> LoadPlan: ...

    def remove(self, model_id: str) -> int:
        """Deletes the file and its parts; returns the bytes freed."""
        ...
