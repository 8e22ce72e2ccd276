"""Whether this processor has the instructions the prebuilt engine was compiled for; without them it dies of SIGILL while it loads."""

import platform
from pathlib import Path

from hanmo.core.values import Problem

__all__ = ["NEEDED_FLAGS", "X86", "cpu_flags", "cpu_problem", "missing_cpu_flags"]

NEEDED_FLAGS = ("avx2", "fma", "f16c", "bmi2")
CPUINFO = Path("/proc/cpuinfo")
X86 = frozenset({"x86_64", "amd64"})


def cpu_flags(cpuinfo: Path = CPUINFO) -> frozenset[str]:
    """The processor's features as Linux names them; empty where it names none (another system or architecture)."""
    try:
        text = cpuinfo.read_text(errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


def missing_cpu_flags(cpuinfo: Path = CPUINFO, machine: str | None = None) -> tuple[str, ...]:
    """The flags that are needed and not there. Empty where nothing is known against the processor: another architecture (its wheel is
    built for it), or no such file (not Linux)."""
    if (machine or platform.machine()).lower() not in X86:
        return ()
    has = cpu_flags(cpuinfo)
    return tuple(flag for flag in NEEDED_FLAGS if flag not in has) if has else ()


def cpu_problem(cpuinfo: Path = CPUINFO, machine: str | None = None) -> Problem | None:
    """What the supervisor says instead of starting the child; None where it may start."""
    missing = missing_cpu_flags(cpuinfo, machine)
    return Problem("cpu_too_old", {"missing": ", ".join(missing)}) if missing else None
