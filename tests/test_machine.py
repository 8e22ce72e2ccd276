"""This computer as the bench sees it."""

import math
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from hanmo.machine import HARDLY_PERCENT, battery_percent, block_size, busy_process, logical_cores, machine_name, memory_bandwidth


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


BESIDE = """
import signal, time
from hanmo.machine import busy_process
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests may have been told to ignore it
with busy_process():
    print("busy", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", [name for name in ("SIGTERM", "SIGHUP", "SIGKILL") if hasattr(signal, name)])
def test_the_busy_process_ends_with_its_parent_however_that_ends(how: str) -> None:
    parent = subprocess.Popen([sys.executable, "-c", BESIDE], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"busy\n"
    (busy,) = psutil.Process(parent.pid).children()
    parent.send_signal(getattr(signal, how))
    try:
        parent.communicate(timeout=20)  # both hold its standard output: it ends when both are gone
    finally:
        if busy.is_running():
            busy.kill()


@pytest.mark.parametrize(
    ("groups", "files", "most"),
    [
        ("0::/\n", {"cpu.max": "100000 100000"}, 1),
        ("0::/\n", {"cpu.max": "10000 100000"}, 1),
        ("0::/\n", {"cpu.max": "max 100000"}, None),
        ("0::/\n", {"cpu.max": ""}, None),
        ("0::/\n", {"cpu.max": "100000 0"}, None),
        ("0::/app/web\n", {"app/cpu.max": "100000 100000", "app/web/cpu.max": "max 100000"}, 1),
        ("0::/app\n", {"cpu.max": "100000 100000", "app/cpu.max": "800000 100000"}, 1),
        ("4:cpu,cpuacct:/docker/abc\n", {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ("4:cpu,cpuacct:/a\n", {"cpu,cpuacct/a/cpu.cfs_quota_us": "50000", "cpu,cpuacct/a/cpu.cfs_period_us": "100000"}, 1),
        ("4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
        ("", {"cpu.max": "100000 100000"}, None),
    ],
)
def test_there_is_a_core_and_no_more_than_a_container_has(
    groups: str, files: dict[str, str], most: int | None, tmp_path: Path
) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    unlimited = logical_cores(tmp_path / "nothing")
    assert logical_cores(tmp_path) == (unlimited if most is None else most)


MAINS, UNPLUGGED = {"type": "Mains", "online": "1"}, {"type": "Mains", "online": "0"}
MOUSE = {"type": "Battery", "scope": "Device", "status": "Discharging", "capacity": "55"}


def battery(percent: int, status: str = "Discharging") -> dict[str, str]:
    return {"type": "Battery", "status": status, "capacity": str(percent)}


def measured(what: str, now: str, full: str) -> dict[str, str]:
    """One that has no `capacity`."""
    return {"type": "Battery", "status": "Discharging", f"{what}_now": now, f"{what}_full": full}


@pytest.mark.parametrize(
    ("supplies", "percent"),
    [
        ({}, math.inf),
        ({"AC": MAINS}, math.inf),
        ({"AC": UNPLUGGED, "BAT0": battery(80)}, 80),
        ({"BAT0": battery(7)}, 7),
        ({"AC": MAINS, "BAT0": battery(80, "Charging")}, math.inf),
        ({"AC": MAINS, "BAT0": battery(80, "Not charging")}, math.inf),
        ({"AC": MAINS, "BAT0": battery(80)}, math.inf),
        ({"BAT0": battery(100, "Full")}, math.inf),
        ({"AC": UNPLUGGED, "BAT0": battery(10), "BAT1": battery(90, "Unknown")}, 50),
        ({"hidpp_battery_0": MOUSE}, math.inf),
        ({"AC": UNPLUGGED, "BAT0": battery(80), "hidpp_battery_0": MOUSE}, 80),
        ({"ucsi-source-psy-1": {"type": "USB", "online": "1"}, "BAT0": battery(80)}, math.inf),
        ({"BAT0": {"type": "Battery", "status": "Discharging"}}, HARDLY_PERCENT),
        ({"AC": UNPLUGGED, "BAT0": measured("energy", "21000000", "42000000")}, 50),
        ({"BAT0": measured("charge", "900", "600")}, 100),
        ({"BAT0": measured("charge", "900", "0")}, HARDLY_PERCENT),
        ({"BAT0": battery(30), "BAT1": {"type": "Battery", "status": "Discharging"}}, 30),
        ({"BAT0": {"type": "Battery", "status": "Full"}}, math.inf),
    ],
)
def test_the_charge_counts_where_the_machine_runs_on_its_battery(
    supplies: dict[str, dict[str, str]], percent: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name, said in supplies.items():
        (tmp_path / name).mkdir()
        for what, text in said.items():
            (tmp_path / name / what).write_text(text + "\n")
    assert battery_percent(tmp_path) == percent
    assert battery_percent(tmp_path / "nothing") == math.inf


class Sensed:
    def __init__(self, percent: float, plugged: bool | None) -> None:
        self.percent, self.power_plugged = percent, plugged


@pytest.mark.parametrize(
    ("sensed", "percent"), [(None, math.inf), (Sensed(40, False), 40), (Sensed(40, True), math.inf), (Sensed(40, None), math.inf)]
)
def test_elsewhere_the_system_is_asked(sensed: Sensed | None, percent: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(psutil, "sensors_battery", lambda: sensed, raising=False)
    assert battery_percent() == percent
