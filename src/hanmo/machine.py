"""This computer, measured from outside the engine: what it is called, how fast its memory is read, and what keeps a core busy."""

import ctypes
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from hanmo.cgroups import groups

MOST_BYTES = 1 << 30
"""Of all blocks together: far more than any cache holds."""
LEAST_BLOCK_BYTES, MOST_BLOCK_BYTES = 4 << 20, 128 << 20
"""Of each of the two blocks that a thread compares."""
ROUNDS = 5
BUSY = """
import os, sys, threading
def watch():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
while True: pass
"""
SAID = ("type", "scope", "online", "status", "capacity", "energy_now", "energy_full", "charge_now", "charge_full")
HARDLY_PERCENT = 1.0
"""A battery that does not say what is left in it: as good as nothing."""


def logical_cores(root: Path = Path("/")) -> int:
    """Hyper-threads that this process may use; a container may be given only a share of them. `root` stands for the file system that /proc and
    /sys hang in."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    shares = (_quota(directory, version) for directory, version in groups("cpu", root))
    return max(1, min([allowed, *(share for found in shares for share in found)]))


def _quota(directory: Path, version: int) -> Iterator[int]:
    """The cores that a control group grants, where it has such a limit; a part of one counts as one."""
    files = ("cpu.max",) if version == 2 else ("cpu.cfs_quota_us", "cpu.cfs_period_us")
    with suppress(OSError, ValueError):  # no such group, or "max"
        quota, period = map(int, " ".join((directory / name).read_text() for name in files).split())
        if quota > 0 and period > 0:  # -1 is no limit
            yield -(-quota // period)


def machine_name(cores: int, cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Processor and usable cores: what a choice of threads depends on."""
    processor = platform.processor() or platform.machine()
    with suppress(OSError):
        lines = cpuinfo.read_text(errors="replace").splitlines()
        processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), processor)
    return f"{processor}, {cores}"


def battery_percent(supplies: Path = Path("/sys/class/power_supply")) -> float:
    """The charge of the battery that this machine runs on now, the mean of several; endless where it runs on none. The battery of a mouse is none:
    on Linux `supplies` says whose each is."""
    if sys.platform == "linux":
        return _charge([_supply(directory) for directory in sorted(supplies.glob("*"))])
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return float(battery.percent) if battery is not None and battery.power_plugged is False else math.inf


def _charge(supplies: Sequence[dict[str, str]]) -> float:
    batteries = [supply for supply in supplies if supply["type"] == "Battery" and supply["scope"] != "Device"]
    plugged = any(supply["type"] != "Battery" and supply["online"] == "1" for supply in supplies)
    if plugged or all(battery["status"] != "Discharging" for battery in batteries):
        return math.inf
    left = [percent for battery in batteries if (percent := _left(battery)) is not None]
    return sum(left) / len(left) if left else HARDLY_PERCENT


def _left(battery: dict[str, str]) -> float | None:
    """In percent: as the battery says, or by what is in it and what it holds."""
    if battery["capacity"].isdecimal():
        return float(battery["capacity"])
    for what in ("energy", "charge"):
        now, full = battery[f"{what}_now"], battery[f"{what}_full"]
        if now.isdecimal() and full.isdecimal() and int(full):
            return min(100.0, 100 * int(now) / int(full))
    return None


def _supply(directory: Path) -> dict[str, str]:
    """What a power supply says of itself; "" of what it does not say, or cannot now (it was just taken out)."""
    said = dict.fromkeys(SAID, "")
    for name in said:
        with suppress(OSError):
            said[name] = (directory / name).read_text(errors="replace").strip()
    return said


def block_size(threads: int, available_bytes: int) -> int:
    """Bytes of a block: all blocks together take a quarter of what is available at most, but where that is less than can be measured."""
    room = min(MOST_BYTES, available_bytes // 4)
    return max(LEAST_BLOCK_BYTES, min(MOST_BLOCK_BYTES, room // (2 * threads)))


def memory_bandwidth(threads: int, block_bytes: int) -> float:
    """Bytes a second that `threads` threads read together: each compares two equal blocks with the C library's memcmp, which reads both and writes
    nothing, as writing a token does. Takes about a second and `2 * threads * block_bytes` of memory; the best of some rounds."""
    compare = _memcmp()
    blocks = [_filled(block_bytes) for _ in range(2 * threads)]
    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            list(pool.map(lambda i: compare(blocks[2 * i], blocks[2 * i + 1], block_bytes), range(threads)))
            best = max(best, 2 * threads * block_bytes / (time.perf_counter() - began))
    return best


@contextmanager
def busy_process() -> Iterator[None]:
    """One core works on something else, as a server and a browser do while they show a text. It ends with this process, however that ends: then
    nobody holds the other end of its standard input any more."""
    process = subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.communicate()


def _filled(size: int) -> "ctypes.Array[ctypes.c_char]":
    """Memory of its own: untouched pages would all be the same one."""
    block = ctypes.create_string_buffer(size)
    ctypes.memset(block, 1, size)
    return block


def _memcmp() -> Callable[..., int]:
    """Called without the GIL, so that threads read at the same time."""
    library = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
    function = library.memcmp
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    function.restype = ctypes.c_int
    return function
