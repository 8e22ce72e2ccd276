"""`hanmo bench` on the real 0.5B: what it says, what it keeps and who reads that; beside a server it refuses; broken off it changes nothing."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hanmo.bench import Bench
from hanmo.cli.bench import bench
from hanmo.core.tuning import Choice, Speed
from hanmo.instance import running_at
from hanmo.tuned import FILE_NAME
from hanmo.work.model_ports import LoadPlan, ModelEntry
from hanmo.work.tuner import Findings, Setup, Trial
from tests.cli.commands import TEST_MODEL, Said, environment, hanmo, has_han
from tests.running import RunningHanmo


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, model_file: Path) -> tuple[Said, Path]:
    data_dir = tmp_path_factory.mktemp("bench")
    return hanmo("bench", "--json", "--minutes", "4", "--model", TEST_MODEL, data_dir=data_dir, timeout_s=600), data_dir


def told(found: Findings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> str:
    """What the command says of these findings."""

    async def measured(*_: object) -> Bench:
        return Bench(ModelEntry("m", "M", 2_500_000_000, "m.gguf", starter=False, default=False), 2.4e9, found, None)

    monkeypatch.setattr("hanmo.bench.bench", measured)
    monkeypatch.setenv("HANMO_LANG", "en")
    bench(data_dir=data_dir)
    return capsys.readouterr().out


def findings(limit: float | None, **more: Any) -> Findings:
    plan = LoadPlan("m", "m.gguf", "0" * 64, 8192, "f16", repack=True, gpu_layers=0 if limit else 37, memory_bytes=0)
    speed = Speed(100, 80)
    return Findings(30e9, limit, Setup(plan, 4), Choice(4), speed, trials=[Trial("threads", "4", speed)], steps={1: 0.1}, **more)


def test_a_limit_and_what_disturbed_it_are_said_of_the_processor_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on_cpu = told(findings(12.5), capsys, monkeypatch, tmp_path)
    assert "no more than 12.5 tokens" in on_cpu and "other programs" in on_cpu
    on_card = told(findings(None), capsys, monkeypatch, tmp_path)
    assert "GB a second" not in on_card and "other programs" not in on_card
    assert "80.0 tokens a second, with the model on the graphics card" in on_card


def test_what_was_not_tried_is_not_said_to_be_best(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = findings(12.5, skipped=["threads", "drafts"], undecided={"threads", "drafts"})
    said = told(found, capsys, monkeypatch, tmp_path)
    assert "soonest" not in said and "✓" not in said
    assert "only 4 could be measured" in said and "no time to try it" in said
    assert "hanmo bench --minutes 15" in said
    given = told(findings(12.5, undecided={"threads"}), capsys, monkeypatch, tmp_path)
    assert "as you gave them" in given and "soonest" not in given and "--minutes" not in given


def test_it_says_what_it_measured_and_chose(measured: tuple[Said, Path]) -> None:
    said, _ = measured
    assert said.code == 0, said.err
    report = json.loads(said.out)
    assert report["model"] == TEST_MODEL
    assert report["limit_tokens_per_second"] == pytest.approx(
        report["memory_bytes_per_second"] / report["bytes_per_token"], rel=0.01
    )
    assert report["speed"]["written"] > 0
    assert report["beside_a_busy_process"] > 0 or report["skipped"], (
        "only a machine too busy to decide has no time for it, and says so"
    )
    assert {size["tokens"] for size in report["reading"]} >= {16, 64}
    assert report["steps"][0]["tokens"] == 1
    assert any(trial["kind"] == "threads" for trial in report["trials"])
    assert (report["choice"]["threads"] is None) == ("threads" in report["undecided"])
    assert set(report["undecided"]) <= set(report["skipped"])
    assert report["seconds"] < 300
    assert "memory" in said.err


def test_it_keeps_the_choice_and_the_next_start_and_doctor_read_it(measured: tuple[Said, Path]) -> None:
    said, data_dir = measured
    report = json.loads(said.out)
    chosen = report["choice"]
    kept = json.loads((data_dir / FILE_NAME).read_text("utf-8"))
    assert [model["choice"] for model in kept["models"].values()] == [chosen]
    with RunningHanmo(data_dir) as running, running.client() as client:
        running.wait_ready()
        status = client.get("/api/status").json()
        usual = int(report["trials"][0]["label"])
        assert status["engine"]["threads"] == (chosen["threads"] or usual)
        assert status["speeds"]["tokens_per_second"] > 0, "the first click has its price"
    lines = {row["name"]: row for row in json.loads(hanmo("doctor", "--json", data_dir=data_dir).out)}
    assert "0.5B" in lines["standing"]["text"] and "measured" in lines["standing"]["text"]


def test_threads_that_were_given_by_hand_are_those_of_no_other_start(tmp_path: Path, model_file: Path) -> None:
    said = hanmo("bench", "--json", "--minutes", "1", "--threads", "1", "--model", TEST_MODEL, data_dir=tmp_path)
    assert said.code == 0, said.err
    report = json.loads(said.out)
    assert [trial["label"] for trial in report["trials"] if trial["kind"] == "threads"] == ["1"]
    (kept,) = json.loads((tmp_path / FILE_NAME).read_text("utf-8"))["models"].values()
    assert (kept["choice"]["threads"], kept["threads"]) == (None, 1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_beside_a_server_it_refuses_and_says_what_to_do(lang: str, tmp_path: Path, model_file: Path) -> None:
    with RunningHanmo(tmp_path / "data"):
        said = hanmo("bench", "--model", TEST_MODEL, data_dir=tmp_path / "data", HANMO_LANG=lang)
    assert said.code == 1
    assert "hanmo bench" in said.next_step
    assert has_han(said.err) == (lang == "zh")
    assert not (tmp_path / "data" / FILE_NAME).exists()


def _heed_ctrl_c() -> None:
    """As in a terminal: what a script starts in the background is told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_broken_off_it_leaves_everything_as_it_was(tmp_path: Path, model_file: Path) -> None:
    command = [sys.executable, "-m", "hanmo", "bench", "--model", TEST_MODEL]
    process = subprocess.Popen(
        command, env=environment(tmp_path), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=_heed_ctrl_c
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "threads" in line:
            process.send_signal(signal.SIGINT)
            break
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert not (tmp_path / FILE_NAME).exists()
    assert running_at(tmp_path) is None


def test_without_any_model_it_names_the_way_to_one(tmp_path: Path) -> None:
    said = hanmo("bench", data_dir=tmp_path, HANMO_MODELS_DIR=str(tmp_path / "models"))
    assert said.code == 2
    assert "hanmo models pull" in said.next_step
