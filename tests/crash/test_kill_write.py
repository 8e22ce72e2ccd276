"""`hanmo write` is killed with SIGKILL at random points, and run again until it is done: nothing finished is lost, changed or done twice.

`HANMO_KILLS` sets how often with the fake engine (50 where it says nothing; `make test-crash` does 100).
"""

import os
import random
import signal
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import TEST_MODEL, tracebacks
from tests.fakes.watched import REAL, Watched

KILLS = int(os.environ.get("HANMO_KILLS", "50"))
SEED = int(os.environ.get("HANMO_KILL_SEED", "1"))
REAL_KILLS = 5
START_S = 3.0
FEW, MANY = 40, 500
"""So many pieces of text at most lie between a start and a kill."""
ORDER = ("写一篇 1800 字的散文，讲山水。", "--seed", "7")
REAL_ORDER = ("写一篇 600 字的文章，讲讲江南小城的茶馆。", "--words", "600", "--ctx", "2048", "--model", TEST_MODEL, "--seed", "7")

Steps = dict[str, tuple[str, ...]]


@dataclass
class Disk:
    """What stands in the database between two runs: finished steps by key, the beginnings of unfinished ones, finished texts."""

    finished: Steps = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    texts: Steps = field(default_factory=dict)

    @classmethod
    def read(cls, data_dir: Path) -> "Disk":
        if not (data_dir / "hanmo.db").exists():
            return cls()
        with closing(sqlite3.connect(data_dir / "hanmo.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'steps'").fetchall():
                return cls()
            steps = database.execute("SELECT key, text, end, repeated, words FROM steps WHERE end IS NOT NULL").fetchall()
            begun = database.execute("SELECT text FROM steps WHERE end IS NULL").fetchall()
            texts = database.execute("SELECT section_id || ' ' || number, text FROM section_texts").fetchall()
            assert database.execute("SELECT count(*) FROM articles").fetchone()[0] <= 1, "the same call finds its article"
        return cls({key: values for key, *values in steps}, [text for (text,) in begun], {key: values for key, *values in texts})

    def check_kept_in(self, later: "Disk") -> None:
        """What was finished stands there as it was."""
        assert {key: later.finished.get(key) for key in self.finished} == self.finished
        assert {key: later.texts.get(key) for key in self.texts} == self.texts


@dataclass
class Asked:
    """The requests to the engine over all runs of one article, each once, in the order of its flow."""

    requests: list[str] = field(default_factory=list)

    def first_of_a_run(self, request: dict[str, Any], disk: Disk) -> None:
        """It is the one after the last finished step, and goes on from what of it is stored."""
        self.take(request)
        assert self.requests.index(request["asked"]) == len(disk.finished), "a finished step runs again, or one was left out"
        assert all(text in request["said"] for text in disk.begun), "what was stored of it is written again"

    def take(self, request: dict[str, Any]) -> None:
        if request["asked"] not in self.requests:
            self.requests.append(request["asked"])
        assert self.requests[-1] == request["asked"], "a step that was behind it runs again"


def run_until_killed(data_dir: Path, output: Path, rng: random.Random, disk: Disk, asked: Asked) -> bool:
    """Runs the order until it is killed at a random point; True where it ended before that."""
    with Watched("write", *ORDER, "-o", str(output), data_dir=data_dir) as run:
        if rng.random() < 0.1:  # while it starts
            try:
                run.process.wait(rng.uniform(0, START_S))
            except subprocess.TimeoutExpired:
                run.process.kill()
        pieces_left = rng.randint(0, rng.choice((FEW, MANY, MANY)))
        first = True
        for told in run.told():
            if "asked" in told:
                asked.first_of_a_run(told, disk) if first else asked.take(told)
                first = False
            else:
                pieces_left -= 1
            if pieces_left == 0:
                run.process.kill()
        said = run.end()
    assert said.code in (0, -signal.SIGKILL), said.err
    assert not tracebacks(said.err)
    return said.code == 0


def articles_killed(directory: Path, whole: bytes, seed: int, kills: int) -> list[Path]:
    """The texts of as many articles as were written until that many kills were done."""
    rng, texts = random.Random(seed), list[Path]()
    directory.mkdir()
    while kills > 0:
        data_dir, output = directory / f"data{len(texts)}", directory / f"{len(texts)}.md"
        disk, asked = Disk(), Asked()
        while not run_until_killed(data_dir, output, rng, disk, asked):
            kills -= 1
            assert not output.exists() or output.read_bytes() == whole, "there is a text before it is whole"
            before, disk = disk, Disk.read(data_dir)
            before.check_kept_in(disk)
        last = Disk.read(data_dir)
        disk.check_kept_in(last)
        assert len(last.finished) == len(asked.requests)
        texts.append(output)
    return texts


def test_killed_at_any_point_it_ends_in_the_text_of_a_run_that_was_not_killed(tmp_path: Path) -> None:
    """Two at a time: most of it is starting."""
    whole = tmp_path / "whole.md"
    with Watched("write", *ORDER, "-o", str(whole), data_dir=tmp_path / "whole") as run:
        assert run.end().code == 0
    text = whole.read_bytes()
    assert len(text.decode()) > 1800
    with ThreadPoolExecutor(2) as pool:
        halves = [pool.submit(articles_killed, tmp_path / f"half{i}", text, SEED + i, KILLS // 2 + i * (KILLS % 2)) for i in (0, 1)]
    for texts in halves:
        for killed in texts.result():
            assert killed.read_bytes() == text


# --------------------------------------------------------------------------------------------------------------- a real model


@pytest.mark.usefixtures("model_file")
def test_a_real_model_is_killed_and_keeps_every_finished_step(tmp_path: Path) -> None:
    rng, data_dir, output = random.Random(SEED), tmp_path / "data", tmp_path / "article.md"
    disk = Disk()
    for _ in range(REAL_KILLS):
        with Watched("write", *REAL_ORDER, "-o", str(output), data_dir=data_dir, module=REAL) as run:
            pieces_left = rng.randint(60, 120)  # of the plan too
            for told in run.told():
                assert told.get("step") not in disk.finished, "a finished step runs again"
                pieces_left -= "piece" in told
                if pieces_left == 0:
                    run.process.kill()
            assert run.end().code == -signal.SIGKILL, "it ended before it was killed"
        before, disk = disk, Disk.read(data_dir)
        before.check_kept_in(disk)
    assert disk.finished, "it was killed before anything was finished"
    with Watched("write", *REAL_ORDER, "-o", str(output), data_dir=data_dir, module=REAL) as run:
        steps = [told["step"] for told in run.told() if "step" in told]
        said = run.end()
    assert said.code == 0, said.err
    assert not disk.finished.keys() & set(steps), "a finished step runs again"
    last = Disk.read(data_dir)
    disk.check_kept_in(last)
    text = output.read_text()
    assert all(part.strip() in text for (part,) in last.texts.values())
