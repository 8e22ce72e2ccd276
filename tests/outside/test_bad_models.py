"""A model that cannot be: the server stays up, says why, keeps what is written, and goes on with another one."""

import asyncio
import time
from pathlib import Path

import httpx2
import pytest

from hanmo.core.errors import EngineUnavailable
from hanmo.core.values import Problem
from hanmo.i18n import LANGUAGES, problem_words
from hanmo.models import ModelShelf, cpu_problem
from hanmo.work.bringup import Bringup
from hanmo.work.downloads import Downloads
from hanmo.work.model_ports import LoadPlan
from tests.models.tiny import Gguf, llama_keys, model_bytes
from tests.outside.conftest import check_problem, check_refused, staying_up
from tests.running import RunningHanmo, whole_answer

MARKER = "独角兽四十二unicorn42"
HEAD_BYTES = 20_000_000
"""More than the header of the real 0.5B, which holds its vocabulary."""


def text_file(place: Path, real: Path) -> str:
    (place / "text.gguf").write_text("今天天气很好。\n" * 1000, "utf-8")
    return str(place / "text.gguf")


def truncated(place: Path, real: Path) -> str:
    """The real one's header, and 300 MB of its length; the rest of it are holes, which take no room."""
    with real.open("rb") as source, (place / "truncated.gguf").open("wb") as target:
        target.write(source.read(HEAD_BYTES))
        target.truncate(300_000_000)
    return str(place / "truncated.gguf")


def alien(place: Path, real: Path) -> str:
    (place / "alien.gguf").write_bytes(Gguf(keys=llama_keys("clippy")).build())
    return str(place / "alien.gguf")


def not_a_writer(place: Path, real: Path) -> str:
    (place / "bert.gguf").write_bytes(Gguf(keys=llama_keys("bert")).build())
    return str(place / "bert.gguf")


def damaged(place: Path, real: Path) -> str:
    data = bytearray(model_bytes(64))
    data[16:24] = b"\xff" * 8
    (place / "damaged.gguf").write_bytes(data)
    return str(place / "damaged.gguf")


def empty(place: Path, real: Path) -> str:
    (place / "empty.gguf").touch()
    return str(place / "empty.gguf")


def unloadable(place: Path, real: Path) -> str:
    """Sound as a file, but without the tensors that the engine needs."""
    (place / "tiny.gguf").write_bytes(model_bytes(64))
    return str(place / "tiny.gguf")


def missing(place: Path, real: Path) -> str:
    return str(place / "missing.gguf")


def directory(place: Path, real: Path) -> str:
    return str(place)


def unknown_id(place: Path, real: Path) -> str:
    return "qwen3-4b-instruct"


CASES = [
    (text_file, ("model_not_gguf",)),
    (truncated, ("model_truncated",)),
    (alien, ("model_unsupported_architecture",)),
    (not_a_writer, ("model_unsupported_architecture",)),
    (damaged, ("model_damaged",)),
    (empty, ("model_not_gguf", "model_truncated", "model_damaged")),
    (unloadable, ("engine_load_failed",)),
    (missing, ("model_path_missing",)),
    (directory, ("model_path_directory",)),
    (unknown_id, ("unknown_model",)),
]


@pytest.mark.parametrize(("make", "codes"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_with_a_model_that_cannot_be_the_server_stays_up_and_says_why(
    make: object, codes: tuple[str, ...], tmp_path: Path, model_file: Path
) -> None:
    (tmp_path / "models").mkdir()
    model = make(tmp_path / "models", model_file)  # type: ignore[operator]
    with staying_up(tmp_path / "data", model=model) as server, server.client() as client:
        problem = until_failed(client)
        assert problem["code"] in codes
        for lang in LANGUAGES:
            client.headers["Accept-Language"] = lang
            assert client.get("/healthz").status_code == 200
            ready = client.get("/readyz")
            assert (ready.status_code, ready.json()["ready"], ready.json()["reason"]) == (503, False, "failed")
            check_problem(ready.json()["problem"], problem["code"], lang)
            status = client.get("/api/status").json()
            assert status["engine"]["state"] == "failed"
            check_problem(status["engine"]["problem"], problem["code"], lang)
        turn = server.send(client, MARKER)
        answer = whole_answer(client, turn["generation_id"])
        assert answer["finish_reason"] == "error"
        check_problem(answer["problem"], problem["code"], lang)
        kept = client.get(f"/api/conversations/{turn['conversation']}").json()["messages"]
        assert [(m["role"], m["text"]) for m in kept] == [("user", MARKER), ("assistant", "")]
        assert "unicorn42" not in server.log


def until_failed(client: httpx2.Client, limit_s: float = 60.0) -> dict[str, object]:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        if answer.json()["reason"] == "failed":
            return dict(answer.json()["problem"])
        time.sleep(0.05)
    raise AssertionError(f"no failure in {limit_s} s: {answer.text}")


def until_model(client: httpx2.Client, model: str, limit_s: float = 60.0) -> None:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        engine = client.get("/api/status").json()["engine"]
        if (engine["model"], engine["state"]) == (model, "ready"):
            return
        time.sleep(0.05)
    raise AssertionError(f"{model} did not get ready in {limit_s} s: {engine}")


def test_after_a_bad_model_another_one_is_taken_and_what_was_asked_goes_on(tmp_path: Path, model_file: Path) -> None:
    with staying_up(tmp_path / "data", model=text_file(tmp_path, model_file)) as server, server.client() as client:
        until_failed(client)
        turn = server.send(client, "写一句话。", sampling={"max_new_tokens": 8})
        assert whole_answer(client, turn["generation_id"])["finish_reason"] == "error"
        assert client.post("/api/models/qwen2.5-coder-0.5b/use").status_code == 202
        until_model(client, "qwen2.5-coder-0.5b")
        more = client.post(f"/api/generations/{turn['generation_id']}/continue").json()
        assert whole_answer(client, more["generation_id"])["text"]
        assert client.get("/api/status").json()["bringup"]["problem"] is None


def test_changing_over_to_a_bad_model_leaves_the_good_one_at_work(tmp_path: Path, model_file: Path) -> None:
    bad = text_file(tmp_path, model_file)
    with staying_up(tmp_path / "data") as server, server.client() as client:
        server.wait_ready()
        for lang in LANGUAGES:
            client.headers["Accept-Language"] = lang
            answer = client.post("/api/models/use-file", json={"path": str(tmp_path / "missing.gguf")})
            check_refused(answer, 422, "model_path_missing", lang)
            answer = client.post("/api/models/use-file", json={"path": "qwen3-4b-instruct"})
            check_refused(answer, 422, "unknown_model", lang)
        assert client.post("/api/models/use-file", json={"path": bad}).status_code in (202, 422)
        turn = server.send(client, "写一句话。", sampling={"max_new_tokens": 8})
        until_model(client, "qwen2.5-coder-0.5b")
        assert whole_answer(client, turn["generation_id"])["text"]


def test_a_change_over_to_a_file_that_is_no_model_is_refused_and_changes_nothing(tmp_path: Path, model_file: Path) -> None:
    bad = text_file(tmp_path, model_file)
    with staying_up(tmp_path / "data") as server, server.client() as client:
        server.wait_ready()
        before = client.get("/api/status").json()["engine"]
        refused = client.post("/api/models/use-file", json={"path": bad})
        assert (refused.status_code, refused.json()["code"]) == (422, "model_not_gguf")
        after = client.get("/api/status").json()
        assert (after["engine"]["model"], after["engine"]["state"]) == (before["model"], "ready")
        assert after["notices"] == []


def test_a_file_of_the_users_own_serves_like_a_catalogued_model(tmp_path: Path, model_file: Path) -> None:
    (tmp_path / "mine.gguf").symlink_to(model_file)
    with staying_up(tmp_path / "data", model=str(tmp_path / "mine.gguf")) as server, server.client() as client:
        server.wait_ready()
        turn = server.send(client, "写一句话。", sampling={"max_new_tokens": 8})
        assert whole_answer(client, turn["generation_id"])["text"]


def test_a_damaged_note_of_canaries_does_not_keep_a_model_from_loading(tmp_path: Path, model_file: Path) -> None:
    (tmp_path / "mine.gguf").symlink_to(model_file)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "canaries.json").write_text('{"half')
    with staying_up(tmp_path / "data", model=str(tmp_path / "mine.gguf")) as server, server.client() as client:
        end = time.monotonic() + 60
        while (answer := client.get("/readyz")).status_code != 200 and time.monotonic() < end:
            assert answer.json()["reason"] != "failed", answer.text
            time.sleep(0.05)
        assert answer.status_code == 200


# ------------------------------------------------------------------------------------------------- a processor without AVX2

OLD = "processor\t: 0\nmodel name\t: Old\nflags\t\t: fpu sse sse2 ssse3 sse4_1 sse4_2 avx\n"


class Loader:
    """The hand on the engine's lever, which writes down what it was told."""

    def __init__(self) -> None:
        self.told: list[LoadPlan | Problem] = []

    async def load(self, plan: LoadPlan) -> None:
        self.told.append(plan)
        raise EngineUnavailable("engine_failed")

    def give_up(self, problem: Problem) -> None:
        self.told.append(problem)


async def test_without_avx2_nothing_is_loaded_or_fetched_and_the_reason_is_told(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(OLD)
    models, loader = ModelShelf(tmp_path / "models"), Loader()
    async with Downloads(models) as downloads:
        bringup = Bringup(models, downloads, loader, "qwen2.5-coder-0.5b", obstacle=lambda: cpu_problem(cpuinfo, "x86_64"))
        async with bringup, asyncio.timeout(30):
            while bringup.step != "failed":
                await asyncio.sleep(0)
        assert downloads.progress() == []
    assert bringup.problem is not None
    assert loader.told == [bringup.problem]
    assert bringup.problem.params["missing"] == "avx2, fma, f16c, bmi2"
    for lang in LANGUAGES:
        title, detail, next_step = problem_words(bringup.problem.code, bringup.problem.params, lang)
        check_problem({"code": "cpu_too_old", "title": title, "detail": detail, "next_step": next_step}, bringup.problem.code, lang)
        assert "avx2" in detail.lower()


def test_this_machine_is_new_enough_or_the_other_tests_could_not_run() -> None:
    assert cpu_problem() is None


def test_an_engine_that_refuses_every_file_is_tried_no_more_than_three_times(tmp_path: Path, model_file: Path) -> None:
    with RunningHanmo(tmp_path / "data", model=unloadable(tmp_path, model_file)) as server, server.client() as client:
        until_failed(client)
        assert server.log.count("the engine did not start") == 3
