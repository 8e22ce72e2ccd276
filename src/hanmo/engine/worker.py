"""The child process: it alone imports xllamacpp. `WORKER_COMMAND` starts it. It reads its settings as one JSON line from stdin,
says on stdout where it listens, and then only serves until it is killed or its parent is gone.

It keeps nothing, so it is always safe to kill. Two things see to it that it never outlives its parent: the kernel's parent-death signal
where there is one, which also works while the model loads (`Server()` holds the GIL then), and the end of stdin afterwards.
With `--abilities` it prints the devices and the instructions that this build of the engine uses, and the kinds of drafting models, as JSON, and
exits.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import xllamacpp

PR_SET_PDEATHSIG = 1
MODEL_DRAFT, MODEL_DRAFT_SURE = 8, 0.75
"""Of a draft model: tokens at most, and it stops where it is less sure of the next one, if it drafts one after the other."""
DRAFT_TYPE = "COMMON_SPECULATIVE_TYPE_DRAFT_"


WORKER_COMMAND = (sys.executable, "-c", "from hanmo.engine.worker import main; main()")


class WorkerSettings(TypedDict):
    """What the parent tells the child. Sizes are tokens; `gpu_layers` 0 keeps everything on the CPU, `ngram_draft` 0 drafts nothing from the
    text, and a `draft_path` of "" nothing with a second model."""

    parent_pid: int
    host: str
    key: str
    model_path: str
    slot_dir: str
    n_ctx: int
    n_batch: int
    threads: int
    kv_type: str
    repack: bool
    gpu_layers: int
    ngram_match: int
    ngram_draft: int
    draft_path: str
    draft_kind: str


def _die_with_parent(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(0)


def _raise_oom_score() -> None:
    """If memory runs out, the kernel should take this process, which can be started again, and not the parent. A wish: not every system
    has the file, and a sandbox may forbid it."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - a kernel file
        score.write("500")


def _parameters(settings: WorkerSettings) -> "xllamacpp.CommonParams":
    """Our settings as llama.cpp's. Reasons: docs/decisions/0002-engine-settings.md."""
    import xllamacpp as x

    p = x.CommonParams()
    p.model.path = settings["model_path"]
    p.hostnames = [settings["host"]]
    p.port = 0
    p.api_keys = [settings["key"]]
    p.slot_save_path = settings["slot_dir"] + os.sep
    p.endpoint_slots = True
    p.n_ctx = settings["n_ctx"]
    p.n_batch = p.n_ubatch = settings["n_batch"]
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = settings["threads"]
    p.cache_type_k = p.cache_type_v = {"f16": x.ggml_type.GGML_TYPE_F16, "q8_0": x.ggml_type.GGML_TYPE_Q8_0}[settings["kv_type"]]
    p.load_mode = x.llama_load_mode.LLAMA_LOAD_MODE_NONE
    p.no_extra_bufts = not settings["repack"]
    p.n_gpu_layers = settings["gpu_layers"]
    p.n_parallel = 1
    p.n_threads_http = 4
    p.cache_ram_mib = 0
    p.cache_idle_slots = False
    p.n_ctx_checkpoints = 0
    p.slot_prompt_similarity = 0.0
    p.fit_params = False
    p.ui = False
    p.offline = True
    p.sse_ping_interval = -1
    p.verbosity = 1
    _speculate(p, settings)
    return p


def _speculate(p: "xllamacpp.CommonParams", settings: WorkerSettings) -> None:
    """Drafts that the model checks several at once. A draft has to go through the engine in one step: this build throws where it is cut."""
    import xllamacpp as x

    speculative, types = p.speculative, []
    if settings["draft_path"]:
        types.append(x.common_speculative_type[DRAFT_TYPE + settings["draft_kind"].upper()])
        draft = speculative.draft
        draft.mparams.path = settings["draft_path"]
        draft.n_gpu_layers = settings["gpu_layers"]
        draft.cpuparams.n_threads = draft.cpuparams_batch.n_threads = settings["threads"]
        draft.n_max, draft.p_min = MODEL_DRAFT, MODEL_DRAFT_SURE if settings["draft_kind"] in ("simple", "eagle3") else 0.0
    if settings["ngram_draft"]:
        types.append(x.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE)
        speculative.ngram_simple.size_n = settings["ngram_match"]
        speculative.ngram_simple.size_m = min(settings["ngram_draft"], settings["n_batch"] - 1)
    if types:
        speculative.types = types


def _say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _devices() -> list[dict[str, Any]]:
    import xllamacpp as x

    return [{"name": d["name"], "type": d["type"].name, "memory_free": d["memory_free"]} for d in x.get_device_info()]


def _instructions() -> list[str]:
    """As llama.cpp tells them: "CPU : AVX2 = 1 | AVX512_VNNI = 1 | …"."""
    import xllamacpp as x

    said = x.get_system_info().replace(":", "|")
    return [name.strip() for name, _, on in (part.partition("=") for part in said.split("|")) if on.strip() == "1"]


def _draft_kinds() -> list[str]:
    import xllamacpp as x

    return [name.removeprefix(DRAFT_TYPE).lower() for name in x.common_speculative_type.__members__ if name.startswith(DRAFT_TYPE)]


def main() -> None:
    if "--abilities" in sys.argv:
        _say(devices=_devices(), instructions=_instructions(), draft_kinds=_draft_kinds())
        return
    settings: WorkerSettings = json.loads(sys.stdin.readline())
    _die_with_parent(settings["parent_pid"])
    _raise_oom_score()
    import xllamacpp as x

    from hanmo.engine.build import engine_build

    try:
        server = x.Server(_parameters(settings))
    except RuntimeError as error:
        _say(event="failed", reason=str(error))
        os._exit(1)
    _say(event="loaded", address=server.listening_address, build=engine_build())
    sys.stdin.read()
    os._exit(0)
