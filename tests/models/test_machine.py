"""What this machine is: its memory under control groups, its processor's instructions."""

from pathlib import Path

import psutil
import pytest

from hanmo.models.cpu import NEEDED_FLAGS, cpu_problem, missing_cpu_flags
from hanmo.models.memory import available_memory, cgroup_room, total_memory

GIB = 1 << 30


def group(directory: Path, files: dict[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (directory / name).write_text(value + "\n")


def groups_of(root: Path, text: str) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(text)


def test_a_v2_group_leaves_its_limit_less_what_is_used_and_not_reclaimable(tmp_path: Path) -> None:
    groups_of(tmp_path, "0::/app/web\n")
    group(
        tmp_path / "sys/fs/cgroup/app/web",
        {"memory.max": str(3 * GIB), "memory.current": str(2 * GIB), "memory.stat": f"anon 5\ninactive_file {GIB}"},
    )
    assert list(cgroup_room(tmp_path)) == [2 * GIB]


def test_the_tightest_of_all_groups_above_counts(tmp_path: Path) -> None:
    groups_of(tmp_path, "0::/app/web\n")
    group(tmp_path / "sys/fs/cgroup/app/web", {"memory.max": "max", "memory.current": "5", "memory.stat": ""})
    group(tmp_path / "sys/fs/cgroup/app", {"memory.max": "1000", "memory.current": "400", "memory.stat": ""})
    assert list(cgroup_room(tmp_path)) == [600]
    assert total_memory(tmp_path) == 1000
    assert available_memory(tmp_path) == 600


def test_a_v1_group_is_read_also_where_its_name_is_the_hosts(tmp_path: Path) -> None:
    groups_of(tmp_path, "9:name=systemd:/x\n4:cpu,memory:/docker/abc\n0::/\n")
    files = {"memory.limit_in_bytes": "5000", "memory.usage_in_bytes": "1000", "memory.stat": "total_inactive_file 300"}
    group(tmp_path / "sys/fs/cgroup/memory", files)
    assert list(cgroup_room(tmp_path)) == [4300]


def test_a_group_that_is_over_its_limit_leaves_nothing(tmp_path: Path) -> None:
    groups_of(tmp_path, "0::/\n")
    group(tmp_path / "sys/fs/cgroup", {"memory.max": "100", "memory.current": "400", "memory.stat": ""})
    assert available_memory(tmp_path) == 0


@pytest.mark.parametrize("text", ["", "nonsense\n", "0::\n", "4:memory\n"])
def test_without_limits_the_machine_alone_counts(tmp_path: Path, text: str) -> None:
    groups_of(tmp_path, text)
    assert list(cgroup_room(tmp_path)) == []
    assert 0 < available_memory(tmp_path) <= psutil.virtual_memory().total


def test_this_machine_has_memory() -> None:
    assert 0 < available_memory() <= psutil.virtual_memory().total


def cpuinfo(tmp_path: Path, flags: str) -> Path:
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu sse2 {flags}\nprocessor\t: 1\n")
    return path


def test_a_processor_with_all_flags_may_start(tmp_path: Path) -> None:
    path = cpuinfo(tmp_path, "avx avx2 fma f16c bmi1 bmi2")
    assert missing_cpu_flags(path, "x86_64") == ()
    assert cpu_problem(path, "AMD64") is None


@pytest.mark.parametrize("flag", NEEDED_FLAGS)
def test_each_missing_flag_is_named(tmp_path: Path, flag: str) -> None:
    path = cpuinfo(tmp_path, " ".join(other for other in NEEDED_FLAGS if other != flag))
    problem = cpu_problem(path, "x86_64")
    assert problem is not None
    assert (problem.code, problem.params) == ("cpu_too_old", {"missing": flag})


def test_nothing_is_held_against_a_processor_that_cannot_be_asked(tmp_path: Path) -> None:
    assert missing_cpu_flags(tmp_path / "none", "x86_64") == ()
    assert missing_cpu_flags(cpuinfo(tmp_path, ""), "aarch64") == ()
