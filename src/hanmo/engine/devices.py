"""What this build of the engine can compute with, and how it can draft. Asked of a child process, because only a child may die of a wrong
instruction set."""

import json
import logging
import subprocess
from dataclasses import dataclass
from functools import cache

from hanmo.engine.worker import WORKER_COMMAND

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineDevice:
    """`kind` is llama.cpp's device type in lower case: cpu, gpu, igpu or accel."""

    name: str
    kind: str
    memory_free_bytes: int


@dataclass(frozen=True, slots=True)
class _Abilities:
    devices: tuple[EngineDevice, ...] = ()
    instructions: frozenset[str] = frozenset()
    draft_kinds: tuple[str, ...] = ()


def list_devices() -> list[EngineDevice]:
    """Blocking, about half a second the first time. Empty where the engine cannot even be asked."""
    return list(_abilities().devices)


def list_instructions() -> frozenset[str]:
    """What of the processor this build uses, as llama.cpp names it: AVX2, AVX512_VNNI … Blocking and empty as above."""
    return _abilities().instructions


def list_draft_kinds() -> list[str]:
    """Kinds of drafting models, as llama.cpp names them in lower case: simple, eagle3, dflash … Blocking and empty as above."""
    return list(_abilities().draft_kinds)


@cache
def _abilities(timeout_s: float = 10.0) -> _Abilities:
    command = [*WORKER_COMMAND, "--abilities"]
    try:
        said = json.loads(
            subprocess.run(command, capture_output=True, timeout=timeout_s, check=True, stdin=subprocess.DEVNULL).stdout
        )
        devices = tuple(EngineDevice(d["name"], d["type"].rsplit("_", 1)[-1].lower(), d["memory_free"]) for d in said["devices"])
        return _Abilities(devices, frozenset(said["instructions"]), tuple(said["draft_kinds"]))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        log.warning("what the engine can do is not known: %s", type(error).__name__)
        return _Abilities()
