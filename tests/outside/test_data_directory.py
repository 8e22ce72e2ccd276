"""The data directory full, read-only, damaged, newer, or strewn with rubbish: said clearly, and never made worse."""

import hashlib
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.commands import assert_refused, free_of_rights, hanmo, has_han, tracebacks
from tests.outside.conftest import check_problem, check_refused, no_model, staying_up
from tests.running import RunningHanmo, follow, whole_answer

LANGUAGES = pytest.mark.parametrize("lang", ["zh", "en"])
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
MARKER = "独角兽四十二unicorn42"
LONG = "写一篇很长的文章，讲江南的四季，越详细越好。"
NO_ROOM = ("disk_full", "disk_write_failed")
SERVE = ("serve", "--no-browser", "--port", "0", "--model", "no-such-model")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with a conversation in it."""
    data_dir = tmp_path_factory.mktemp("sound") / "data"
    with staying_up(data_dir, model=no_model()) as server, server.client() as client:
        turn = server.send(client, MARKER)
        whole_answer(client, turn["generation_id"])
    return (data_dir / "hanmo.db").read_bytes()


@contextmanager
def no_room_for(server: RunningHanmo, more_bytes: int = 0) -> Iterator[None]:
    """The server may not let any file grow beyond what the WAL has now and `more_bytes`, as if the disk were full."""
    wal = server.data_dir / "hanmo.db-wal"
    size = (wal.stat().st_size if wal.exists() else 0) + more_bytes
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


# -------------------------------------------------------------------------------------------------------------------- full


@LINUX
def test_on_a_full_disk_a_message_is_refused_and_nothing_is_lost_and_it_goes_when_there_is_room(tmp_path: Path) -> None:
    with staying_up(tmp_path / "data", model=no_model()) as server, server.client() as client:
        turn = server.send(client, "从前")
        whole_answer(client, turn["generation_id"])
        path = f"/api/conversations/{turn['conversation']}/messages"
        before = client.get(f"/api/conversations/{turn['conversation']}").json()
        with no_room_for(server):
            for lang in ("zh", "en"):
                answer = client.post(path, json={"text": MARKER * 2000}, headers={"Accept-Language": lang})
                assert answer.json()["code"] in NO_ROOM, answer.text
                check_refused(answer, 507, answer.json()["code"], lang)
            assert client.get("/healthz").status_code == 200
            assert client.get(f"/api/conversations/{turn['conversation']}").json() == before, "what is there can be read"
        assert client.post(path, json={"text": MARKER * 2000}).status_code == 202
        assert client.get("/api/status").json()["queue"]["length"] == 0
        assert "unicorn42" not in server.log


@LINUX
def test_when_the_disk_fills_while_it_writes_the_reader_is_told_and_all_that_was_seen_is_kept(
    tmp_path: Path, model_file: Path
) -> None:
    data_dir = tmp_path / "data"
    with RunningHanmo(data_dir) as server, server.client() as client:
        server.wait_ready()
        turn = server.send(client, LONG, sampling={"max_new_tokens": 500})
        seen, end = "", None
        with closing(follow(client, turn["generation_id"])) as events:
            for kind, _, data in events:
                seen += data["text"] if kind == "text" else ""
                if len(seen) > 5:
                    break
        with no_room_for(server):
            seen = ""
            for kind, _, data in follow(client, turn["generation_id"]):
                seen += data["text"] if kind == "text" else ""
                end = data if kind == "end" else None
            assert end is not None
            assert (end["status"], end["finish_reason"]) == ("finished", "error")
            assert end["problem"]["code"] in NO_ROOM
            check_problem(end["problem"], end["problem"]["code"], "zh")
            assert end["text"] == seen
            assert client.get("/healthz").status_code == 200
        after = server.send(client, "好", sampling={"max_new_tokens": 4})
        assert whole_answer(client, after["generation_id"])["finish_reason"] in ("stop", "length"), "it goes on when there is room"
        later = client.get(f"/api/generations/{turn['generation_id']}").json()
        assert later["text"].startswith(seen), "what was written but not yet shown may come after it"
        assert seen[:8] not in server.log
        assert not tracebacks(server.log)
    with staying_up(data_dir, model=no_model()) as server, server.client() as client:
        kept = client.get(f"/api/generations/{turn['generation_id']}").json()
        assert kept["status"] == "finished"
        assert kept["text"].startswith(later["text"])
        assert kept["finish_reason"] in ("error", "interrupted")


@LINUX
@LANGUAGES
def test_on_a_full_disk_it_does_not_start_and_says_so(lang: str, tmp_path: Path) -> None:
    said = hanmo(*SERVE, data_dir=tmp_path / "data", HANMO_LANG=lang, preexec_fn=lambda: _limit(0))
    assert_refused(said, 1)
    assert has_han(said.err) == (lang == "zh")
    assert str(tmp_path / "data") in said.err


@LINUX
def test_a_start_that_found_no_room_leaves_nothing_that_stands_in_the_way_of_the_next(tmp_path: Path) -> None:
    assert hanmo(*SERVE, data_dir=tmp_path / "data", preexec_fn=lambda: _limit(20_000)).code == 1
    with staying_up(tmp_path / "data", model=no_model()) as server, server.client() as client:
        assert client.get("/api/conversations").json() == {"conversations": []}


def _limit(num_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, resource.RLIM_INFINITY))


# --------------------------------------------------------------------------------------------------------------- read-only


@LANGUAGES
def test_a_directory_that_became_read_only_ends_with_1_and_what_is_in_it_stays(lang: str, tmp_path: Path, sound: bytes) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "hanmo.db").write_bytes(sound)
    data_dir.chmod(0o500)
    said = hanmo(*SERVE, data_dir=data_dir, HANMO_LANG=lang, preexec_fn=free_of_rights)
    data_dir.chmod(0o700)
    assert_refused(said, 1)
    assert "--data-dir" in said.next_step
    assert has_han(said.err) == (lang == "zh")
    assert (data_dir / "hanmo.db").read_bytes() == sound
    assert [path.name for path in data_dir.iterdir()] == ["hanmo.db"]


@LANGUAGES
def test_a_database_that_is_read_only_ends_with_1_and_stays(lang: str, tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "hanmo.db").write_bytes(sound)
    (tmp_path / "hanmo.db").chmod(0o400)
    said = hanmo(*SERVE, data_dir=tmp_path, HANMO_LANG=lang, preexec_fn=free_of_rights)
    assert_refused(said, 1)
    assert (tmp_path / "hanmo.db").read_bytes() == sound


# ----------------------------------------------------------------------------------------------------- damaged, newer, alien


def a_text(sound: bytes) -> bytes:
    return "我的小说".encode() * 1000


def nothing(sound: bytes) -> bytes:
    return b""


def half(sound: bytes) -> bytes:
    return sound[: len(sound) // 2]


def a_page_of_rubbish(sound: bytes) -> bytes:
    return sound[:8192] + hashlib.sha256(b"rubbish").digest() * 256 + sound[16384:]


def another_program(sound: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.commit()
        return connection.serialize()


def a_newer_hanmo(sound: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(sound[:18] + b"\x01\x01" + sound[20:])  # a database in memory cannot be in WAL mode
        connection.execute("UPDATE alembic_version SET version_num = '9999_from_the_future'")
        connection.commit()
        return connection.serialize()


@LANGUAGES
@pytest.mark.parametrize("change", [a_text, nothing, half, a_page_of_rubbish, another_program, a_newer_hanmo])
def test_a_database_that_cannot_be_trusted_ends_with_1_and_is_left_to_the_byte(
    change: Callable[[bytes], bytes], lang: str, tmp_path: Path, sound: bytes
) -> None:
    content = change(sound)
    (tmp_path / "hanmo.db").write_bytes(content)
    said = hanmo(*SERVE, data_dir=tmp_path, HANMO_LANG=lang)
    assert_refused(said, 1)
    assert has_han(said.err) == (lang == "zh")
    assert str(tmp_path / "hanmo.db") in said.err
    assert "unicorn42" not in said.err and "独角兽" not in said.err
    assert (tmp_path / "hanmo.db").read_bytes() == content
    assert ("9999_from_the_future" in said.err) == (change is a_newer_hanmo)


def test_a_sound_database_is_opened(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "hanmo.db").write_bytes(sound)
    with staying_up(tmp_path / "data", model=no_model()) as server, server.client() as client:
        conversation = client.get("/api/conversations").json()["conversations"][0]["id"]
        assert client.get(f"/api/conversations/{conversation}").json()["messages"][0]["text"] == MARKER


# ----------------------------------------------------------------------------------------------------------------- rubbish


def test_rubbish_in_the_files_that_can_be_made_anew_does_not_keep_it_from_starting(tmp_path: Path, model_file: Path) -> None:
    data_dir = tmp_path / "data"
    (data_dir / "slots").mkdir(parents=True)
    for name in (
        "hanmo.json",
        "hanmo.json.part",
        "hanmo.db.part",
        "canaries.json",
        "slots/x.bin",
        "slots/x.json",
        "slots/conversation:1.json",
    ):
        (data_dir / name).write_bytes(b'{"half\xff')
    with staying_up(data_dir) as server, server.client() as client:
        server.wait_ready()
        turn = server.send(client, "好", sampling={"max_new_tokens": 4})
        assert whole_answer(client, turn["generation_id"])["text"]


@pytest.mark.parametrize(
    "place", [lambda slots: slots.write_text("x"), lambda slots: slots.symlink_to("unplugged")], ids=["a file", "a link to nowhere"]
)
def test_where_no_caches_can_be_kept_it_writes_and_reads_again(
    place: Callable[[Path], object], tmp_path: Path, model_file: Path
) -> None:
    (tmp_path / "data").mkdir()
    place(tmp_path / "data" / "slots")
    with staying_up(tmp_path / "data") as server, server.client() as client:
        server.wait_ready()
        first = server.send(client, "江南的春天总是来得很早。" * 10, sampling={"max_new_tokens": 4})
        assert whole_answer(client, first["generation_id"])["finish_reason"] == "length"
        for conversation in (None, first["conversation"]):
            turn = server.send(client, "夏天呢？" * 10, conversation, sampling={"max_new_tokens": 4})
            assert whole_answer(client, turn["generation_id"])["finish_reason"] in ("stop", "length")
        assert "no KV caches can be kept" in server.log and not tracebacks(server.log)


@LANGUAGES
def test_damaged_credentials_keep_the_doors_shut(lang: str, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with staying_up(data_dir, model=no_model()) as server, server.client() as client:
        client.headers["Accept-Language"] = lang
        assert client.get("/api/conversations").status_code == 200
        (data_dir / "credentials.json").write_text('{"half')
        answer = client.get("/api/conversations")
        check_refused(answer, 500, "credentials_damaged", lang)
        assert client.get("/healthz").status_code == 200
        assert (data_dir / "credentials.json").read_text() == '{"half'
