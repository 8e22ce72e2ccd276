"""What this build of the engine can compute with. Asked of a child process, because only a child may die of a wrong instruction set."""

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


@cache
def list_devices(timeout_s: float = 10.0) -> list[EngineDevice]:
    """Blocking, about half a second the first time. Empty where the engine cannot even be asked."""
    command = [*WORKER_COMMAND, "--devices"]
    try:
        said = subprocess.run(command, capture_output=True, timeout=timeout_s, check=True, stdin=subprocess.DEVNULL).stdout
        found = json.loads(said)["devices"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        log.warning("the engine's devices are not known: %s", type(error).__name__)
        return []
    return [EngineDevice(d["name"], d["type"].rsplit("_", 1)[-1].lower(), d["memory_free"]) for d in found]
