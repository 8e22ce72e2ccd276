"""This computer as the bench sees it."""

from pathlib import Path

import psutil
import pytest

from hanmo.machine import block_size, busy_process, logical_cores, machine_name, memory_bandwidth


def test_memory_is_read_at_a_rate_that_memory_has() -> None:
    assert 1e8 < memory_bandwidth(1, block_bytes=32 << 20) < 1e12


@pytest.mark.parametrize(
    ("threads", "available_bytes", "block_bytes"),
    [(2, 16 << 30, 128 << 20), (64, 256 << 30, 8 << 20), (16, 1 << 30, 8 << 20), (2, 100 << 20, 25 << 18), (4, 1, 4 << 20)],
)
def test_what_is_compared_fits_beside_what_is_there(threads: int, available_bytes: int, block_bytes: int) -> None:
    assert block_size(threads, available_bytes) == block_bytes


def test_a_machine_is_named_by_its_processor_and_the_cores_that_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Some Processor\nflags\t: avx2\n")
    assert machine_name(4, tmp_path / "cpuinfo") == "Some Processor, 4"
    assert machine_name(2, tmp_path / "missing").endswith(", 2")


def test_the_busy_process_is_there_and_goes() -> None:
    before = set(psutil.Process().children())
    with busy_process():
        (child,) = set(psutil.Process().children()) - before
        assert child.is_running()
    assert not child.is_running()


def test_there_is_a_core() -> None:
    assert logical_cores() >= 1
