"""One Hanmo a data directory: the lock that goes with its process, and the note that says where it listens."""

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hanmo.core.errors import StoreBusy, StoreReadOnly
from hanmo.instance import Address, DataDir, running_at

HOLDER = """
import sys
from pathlib import Path
from hanmo.instance import DataDir
with DataDir(Path(sys.argv[1])) as held:
    if sys.argv[2]:
        held.announce(sys.argv[2])
    print(held.key, flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(data_dir: Path, url: str = "http://127.0.0.1:8080") -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process that holds the directory until it is told to leave; with its key."""
    command = [sys.executable, "-c", HOLDER, str(data_dir), url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            if process.poll() is None:
                process.communicate("")


def test_a_second_process_is_told_where_the_first_one_listens(tmp_path: Path) -> None:
    with another_process(tmp_path), pytest.raises(StoreBusy) as caught, DataDir(tmp_path):
        pass
    assert (caught.value.code, caught.value.params) == ("already_running", {"url": "http://127.0.0.1:8080", "path": str(tmp_path)})


def test_a_second_process_is_refused_before_the_first_one_listens(tmp_path: Path) -> None:
    with another_process(tmp_path, url=""), pytest.raises(StoreBusy) as caught, DataDir(tmp_path):
        pass
    assert caught.value.params["url"] == "?"


def test_the_running_one_is_found_with_its_key(tmp_path: Path) -> None:
    with another_process(tmp_path) as (process, key):
        assert running_at(tmp_path) == Address(process.pid, "http://127.0.0.1:8080", key)


def test_looking_does_not_take_the_directory_away(tmp_path: Path) -> None:
    with another_process(tmp_path):
        assert running_at(tmp_path) and running_at(tmp_path)
        with pytest.raises(StoreBusy), DataDir(tmp_path):
            pass


def test_one_that_ended_leaves_nothing_but_the_empty_lock_file(tmp_path: Path) -> None:
    with another_process(tmp_path):
        pass
    assert running_at(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["hanmo.lock"]
    with DataDir(tmp_path):
        pass


def test_a_killed_process_leaves_no_lock_and_no_false_address(tmp_path: Path) -> None:
    with another_process(tmp_path) as (process, _):
        process.kill()
        process.wait()
    assert (tmp_path / "hanmo.json").exists(), "it had no time to remove its note"
    assert running_at(tmp_path) is None
    with DataDir(tmp_path):
        assert running_at(tmp_path) is None, "the note of the dead one is not taken for ours"


def test_there_is_nobody_in_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    assert running_at(tmp_path / "nowhere") is None
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "url": "u", "key": "k", "more": 1}', "\udcff"], ids=range(6)
)
def test_a_note_that_cannot_be_read_is_no_address(content: str, tmp_path: Path) -> None:
    with DataDir(tmp_path):
        (tmp_path / "hanmo.json").write_bytes(content.encode("utf-8", "surrogateescape"))
        assert running_at(tmp_path) is None


def test_the_note_is_for_its_owner_only_and_never_half_written(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with DataDir(tmp_path) as held:
            held.announce("http://127.0.0.1:1")
            held.announce("http://127.0.0.1:2")
            note = tmp_path / "hanmo.json"
            assert stat.S_IMODE(note.stat().st_mode) == 0o600
            assert json.loads(note.read_text()) == {"pid": os.getpid(), "url": "http://127.0.0.1:2", "key": held.key}
            assert not list(tmp_path.glob("*.part"))
    finally:
        os.umask(before)


def test_the_key_is_another_one_at_each_start(tmp_path: Path) -> None:
    keys = {DataDir(tmp_path).key for _ in range(3)}
    assert len(keys) == 3
    assert min(map(len, keys)) >= 32


def test_the_directory_is_made_with_its_parents(tmp_path: Path) -> None:
    with DataDir(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("place", ["a file", "a file/below"])
def test_a_place_that_is_no_directory_is_refused(place: str, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("x")
    with pytest.raises(StoreReadOnly) as caught, DataDir(tmp_path / place):
        pass
    assert (caught.value.code, caught.value.params) == ("data_dir_read_only", {"path": str(tmp_path / place)})


def test_those_who_only_look_do_not_keep_one_from_starting(tmp_path: Path) -> None:
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            running_at(tmp_path)

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    try:
        for _ in range(50):
            with DataDir(tmp_path):
                pass
    finally:
        over.set()
        for looker in lookers:
            looker.join()
