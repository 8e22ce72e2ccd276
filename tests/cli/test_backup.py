"""`hanmo backup` and `hanmo restore`: beside a running server, back at the next start, and what is refused."""

import os
from pathlib import Path

import pytest

from tests.cli.commands import assert_refused, free_of_rights, hanmo, has_han
from tests.fakes.running import FakeHanmo


def titles(server: FakeHanmo) -> list[str]:
    with server.client() as client:
        return sorted(each["title"] for each in client.get("/api/conversations").json()["conversations"])


def test_a_backup_beside_a_running_server_comes_back_at_the_next_start(tmp_path: Path) -> None:
    data_dir, folder = tmp_path / "data", tmp_path / "backups"
    folder.mkdir()
    with FakeHanmo(data_dir) as server:
        with server.wait_ready().client() as client:
            client.post("/api/conversations", json={"title": "江南"}).raise_for_status()
            said = hanmo("backup", str(folder), data_dir=data_dir, HANMO_LANG="zh")
            assert (said.code, said.err) == (0, "")
            (backup,) = folder.iterdir()
            assert str(backup) in said.out and "1 个对话" in said.out and "0 篇文章" in said.out
            client.post("/api/conversations", json={"title": "塞北"}).raise_for_status()
        refused = hanmo("restore", str(backup), data_dir=data_dir)
        assert_refused(refused, 2)
        assert server.url in refused.err
    said = hanmo("restore", str(backup), data_dir=data_dir)
    assert (said.code, said.err) == (0, "")
    (kept,) = data_dir.glob("hanmo-before-restore-*.db")
    assert str(kept) in said.out
    with FakeHanmo(data_dir) as server:
        assert titles(server.wait_ready()) == ["江南"]
    assert hanmo("restore", str(kept), data_dir=data_dir).code == 0
    with FakeHanmo(data_dir) as server:
        assert titles(server.wait_ready()) == ["塞北", "江南"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_backed_up_or_restored_is_told(lang: str, tmp_path: Path) -> None:
    data_dir, broken = tmp_path / "data", tmp_path / "broken.db"
    broken.write_text("no database at all " * 100)
    for words, code in (
        (("backup", str(tmp_path / "one.db")), 2),  # nothing is there yet
        (("restore", str(tmp_path / "nowhere.db")), 2),
        (("restore", str(tmp_path)), 2),
        (("restore", str(broken)), 1),
    ):
        said = hanmo(*words, data_dir=data_dir, HANMO_LANG=lang)
        assert_refused(said, code)
        assert has_han(said.err) == (lang == "zh")
    assert not list(data_dir.glob("*.db*"))


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_a_place_where_nobody_may_write_is_told(tmp_path: Path) -> None:
    data_dir, locked = tmp_path / "data", tmp_path / "locked"
    with FakeHanmo(data_dir) as server:
        server.wait_ready()
    locked.mkdir(mode=0o500)
    said = hanmo("backup", str(locked), data_dir=data_dir, preexec_fn=free_of_rights)
    assert_refused(said, 2)
    assert str(locked) in said.err


def no_large_files() -> None:
    """For `preexec_fn`: a file that would become larger than this cannot be written, as on a full disk."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_where_there_is_no_room_nothing_is_left_and_nothing_changed(tmp_path: Path) -> None:
    data_dir, folder = tmp_path / "data", tmp_path / "backups"
    folder.mkdir()
    with FakeHanmo(data_dir) as server:
        server.wait_ready()
    said = hanmo("backup", str(folder / "one.db"), data_dir=data_dir, preexec_fn=no_large_files)
    assert_refused(said, 1)
    assert f"{folder} " in said.err
    assert list(folder.iterdir()) == []
    assert hanmo("backup", str(folder / "one.db"), data_dir=data_dir).code == 0
    before = (data_dir / "hanmo.db").read_bytes()
    assert_refused(hanmo("restore", str(folder / "one.db"), data_dir=data_dir, preexec_fn=no_large_files), 1)
    assert (data_dir / "hanmo.db").read_bytes() == before
    assert not list(data_dir.glob("*.part*")) and not list(data_dir.glob("hanmo-before-*"))
