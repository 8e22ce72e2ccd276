"""A full disk, a refused write and a folder that cannot be written to: an exact error, nothing lost, and on it goes when it can."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hanmo.core.errors import StoreFull
from hanmo.core.flows.asks import Answer
from hanmo.store import Store
from hanmo.work.article_ports import Begun
from tests.store.examples import ASSIGNMENT, FIRST, IDENTITY, PLAN, RAIN, SAMPLING, TIMINGS, edit_of, new_text

REPOSITORY = Path(__file__).parents[2]


async def test_a_full_disk_loses_nothing_and_is_over_when_there_is_room(path: Path) -> None:
    async with Store(path) as store:
        conversation = await store.conversations.create()
        turn = await store.conversations.add_turn(conversation.id, "x", SAMPLING)
        await store.generations.begin(turn.generation_id, IDENTITY, range(100), 0)

        async def set_room(num_pages: int) -> None:
            await store.database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={num_pages}").close())

        await set_room(1)  # no more than there is
        kept = 0
        with pytest.raises(StoreFull) as caught:
            while True:
                kept = await store.generations.append(turn.generation_id, "字" * 1000, [1] * 100)
        assert (caught.value.code, caught.value.params, caught.value.status) == ("disk_full", {"path": str(path)}, 507)
        assert kept > 0
        with pytest.raises(StoreFull):
            await store.generations.append(turn.generation_id, "字" * 5000, [])
        running = await store.generations.get(turn.generation_id)
        assert (running.text, len(running.ends), running.status) == ("字" * 1000 * kept, kept, "writing")
        await set_room(1_000_000)
        assert await store.generations.append(turn.generation_id, "又", [2]) == kept + 1
        finished = await store.generations.finish(turn.generation_id, "stop", timings=TIMINGS)
        assert finished.text == "字" * 1000 * kept + "又"
        assert (await store.integrity()).findings == ()


async def test_a_full_disk_keeps_an_article_as_it_was(path: Path) -> None:
    async with Store(path) as store:
        article = await store.articles.create(ASSIGNMENT)
        await store.articles.revise(article.id, "written", plan=PLAN, texts=[new_text(FIRST, RAIN)], section_id="s1")
        await store.articles.propose(article.id, [edit_of("e1", RAIN, "一夜", "整夜" * 9000)])
        await store.articles.keep_partial(article.id, "step", Answer("一句。", "length"), begun=Begun("s2", "一句。"))

        async def state() -> tuple[object, ...]:
            articles = store.articles
            steps = await articles.steps(article.id), await articles.partial(article.id, "step")
            return await articles.get(article.id), await articles.summaries(), await articles.revisions(article.id), steps

        async def set_room(num_pages: int) -> None:
            await store.database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={num_pages}").close())

        before = await state()
        long = Answer("字" * 9000, "stop")
        await set_room(1)  # no more than there is
        for _ in range(2):
            for call in (
                store.articles.revise(article.id, "edited", texts=[new_text(FIRST, "字" * 9000)], section_id="s1"),
                store.articles.accept_edit(article.id, "e1"),
                store.articles.keep_partial(article.id, "step", Answer("二句。", "length"), begun=Begun("s2", "字" * 9000)),
                store.articles.finish_step(article.id, "step", long),
            ):
                with pytest.raises(StoreFull) as caught:
                    await call
                assert (caught.value.code, caught.value.params) == ("disk_full", {"path": str(path)})
                assert await state() == before
        await set_room(1_000_000)
        await store.articles.finish_step(article.id, "step", long)
        after = await store.articles.revise(article.id, "edited", texts=[new_text(FIRST, "字" * 9000)], section_id="s1")
        assert (after.revision, after.texts["s1"].number, await store.articles.steps(article.id)) == (2, 2, {"step": long})
        assert (await store.integrity()).findings == ()


FILE_LIMIT = """
import asyncio, json, resource, sys
from pathlib import Path
from hanmo.core.errors import StoreFull
from hanmo.store import Store
from tests.store.examples import IDENTITY, SAMPLING, TIMINGS

def allow(num_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, resource.RLIM_INFINITY))

async def main(path):
    async with Store(path) as store:
        conversation = await store.conversations.create()
        turn = await store.conversations.add_turn(conversation.id, "x", SAMPLING)
        allow(400_000)
        kept = 0
        try:
            while True:
                kept = await store.generations.append(turn.generation_id, "a" * 1000, [1])
        except StoreFull as error:
            code = error.code
    async with Store(path) as store:
        during = len((await store.generations.get(turn.generation_id)).text)
        allow(resource.RLIM_INFINITY)
        after = await store.generations.append(turn.generation_id, "b", [2])
        findings = (await store.integrity()).findings
    print(json.dumps([code, kept, during, after, findings]))

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits")
def test_a_file_size_limit_loses_nothing_even_over_a_restart(path: Path) -> None:
    answer = run(FILE_LIMIT, path)
    assert answer.returncode == 0, answer.stderr
    code, kept, during, after, findings = json.loads(answer.stdout)
    assert code == "disk_write_failed"
    assert kept > 20
    assert (during, after, findings) == (kept * 1000, kept + 1, [])


OPEN = """
import asyncio, os, sys
from pathlib import Path
from hanmo.core.errors import HanmoError
from hanmo.store import Store

Store("imports everything before this process gives up its rights to read the code")
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)

async def main(path):
    try:
        async with Store(path) as store:
            print("opened", len(await store.conversations.list()))
    except HanmoError as error:
        print(type(error).__name__, error.code, error.params["path"] == str(path))

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that others may enter; pytest's own are closed to them."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
@pytest.mark.parametrize(
    ("exists", "folder_mode", "file_mode"),
    [
        (False, 0o555, 0),
        (True, 0o555, 0o444),
        (True, 0o555, 0o666),
        (True, 0o777, 0o444),
        (True, 0o777, 0o000),
        (True, 0o000, 0o666),
    ],
    ids=["no file yet", "all read-only", "folder read-only", "file read-only", "file closed", "folder closed"],
)
async def test_what_cannot_be_written_to_says_so(shared: Path, exists: bool, folder_mode: int, file_mode: int) -> None:
    path = shared / "hanmo.db"
    if exists:
        async with Store(path):
            pass
        path.chmod(file_mode)
    shared.chmod(folder_mode)
    answer = run(OPEN, path)
    shared.chmod(0o755)
    assert (answer.stdout.strip(), answer.stderr) == ("StoreReadOnly data_dir_read_only True", "")


def run(code: str, path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(path)], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
