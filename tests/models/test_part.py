"""The part: bytes in order, hashed as they come, whatever interrupts."""

import asyncio
import hashlib
import random
import threading
from pathlib import Path

import pytest

from hanmo.models.files import Locked
from hanmo.models.part import Part

MIB = 1 << 20
DATA = random.Random(3).randbytes(3 * MIB + 17)


async def test_what_is_added_is_what_is_hashed_and_kept(tmp_path: Path) -> None:
    with Part.opened(tmp_path / "x.part") as part:
        for start in range(0, len(DATA), 70_001):
            await part.add(DATA[start : start + 70_001])
        assert part.size == len(DATA)
        assert await part.hexdigest() == hashlib.sha256(DATA).hexdigest()
    assert (tmp_path / "x.part").read_bytes() == DATA


@pytest.mark.parametrize("back", [0, 1, MIB, 2 * MIB + 5, len(DATA) - 1])
async def test_going_back_leaves_file_and_hash_as_if_nothing_had_followed(tmp_path: Path, back: int) -> None:
    with Part.opened(tmp_path / "x.part") as part:
        await part.add(DATA[:MIB])
        await part.mark()
        await part.add(DATA[MIB:])
        await part.back_to(back)
        assert part.size == back
        await part.add(DATA[back:])
        assert await part.hexdigest() == hashlib.sha256(DATA).hexdigest()


async def test_a_part_reopened_goes_on_with_its_notes(tmp_path: Path) -> None:
    with Part.opened(tmp_path / "x.part") as part:
        await part.add(DATA[:MIB])
        part.notes.etags["hub"] = '"one"'
        part.write_notes()
    with Part.opened(tmp_path / "x.part") as part:
        assert part.notes.etags == {"hub": '"one"'}
        assert [done async for done in part.rehash()][-1] == MIB
        await part.add(DATA[MIB:])
        assert await part.hexdigest() == hashlib.sha256(DATA).hexdigest()


def test_a_part_has_one_owner(tmp_path: Path) -> None:
    with Part.opened(tmp_path / "x.part"), pytest.raises(Locked), Part.opened(tmp_path / "x.part"):
        pass


@pytest.mark.parametrize("notes", ["", "{", "[]", '{"surprise": 1}'])
def test_notes_that_cannot_be_read_are_no_notes(tmp_path: Path, notes: str) -> None:
    (tmp_path / "x.part.json").write_text(notes)
    with Part.opened(tmp_path / "x.part") as part:
        assert (part.notes.sha256, part.notes.total_bytes, part.notes.etags) == (None, None, {})


async def test_a_pull_cancelled_in_the_middle_of_a_write_writes_nothing_twice(tmp_path: Path) -> None:
    entered, go = threading.Event(), threading.Event()
    with Part.opened(tmp_path / "x.part") as part:
        file = part._file

        class Slow:
            closed = False

            def write(self, data: bytearray) -> int:
                entered.set()
                go.wait()
                return file.write(data[: MIB // 2]) or 0

            def tell(self) -> int:
                return file.tell()

            def close(self) -> None:
                file.close()

        part._file = Slow()  # type: ignore[assignment]
        adding = asyncio.create_task(part.add(DATA))
        await asyncio.to_thread(entered.wait)
        adding.cancel()
        closing = asyncio.create_task(asyncio.to_thread(part._close))
        go.set()
        await closing
    assert (tmp_path / "x.part").read_bytes() == DATA
