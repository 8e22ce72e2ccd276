"""Whatever the engine holds back or counts ahead, the ids of the pieces are those it wrote."""

import codecs
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hanmo.engine.pieces import PieceIds

WORDS = ["春", "天", "来了", "江南", "🌸", "🦊", "a", " the", "é", "。"]
BYTES = {i: word.encode() for i, word in enumerate(WORDS)} | {100 + b: bytes([b]) for b in range(256)}
"""Ten words, and a token for each byte: emojis outside the words come in four of them."""
WHOLE = {word: i for i, word in enumerate(WORDS)}


def ids_of_text(text: str) -> tuple[int, ...]:
    return (WHOLE[text],) if text in WHOLE else tuple(100 + b for b in text.encode())


async def text_of(ids: Sequence[int]) -> str:
    return b"".join(BYTES[token] for token in ids).decode(errors="replace")


async def ids_of(text: str) -> tuple[int, ...]:
    return ids_of_text(text)


def streamed(ids: Sequence[int], steps: Sequence[int]) -> list[tuple[str, tuple[int, ...], int]]:
    """What the engine sends for `ids` that were written in steps of so many: text, the last id, and the count at the end of the step."""
    sent: list[tuple[str, tuple[int, ...], int]] = []
    decoder, at = codecs.getincrementaldecoder("utf-8")(), 0
    for step in [*steps, len(ids)]:
        end = min(at + step, len(ids))
        sent += [(text, (token,), end) for token in ids[at:end] if (text := decoder.decode(BYTES[token]))]
        at = end
    return sent


letters = st.one_of(st.sampled_from(WORDS), st.sampled_from(["龘", "𠮷", "🧭", "ß"]))
"""Words that are one token, and characters that are two to four."""


@given(st.lists(letters, max_size=40), st.lists(st.integers(1, 9), max_size=40))
async def test_the_ids_are_those_that_were_written_in_any_steps(said: list[str], steps: list[int]) -> None:
    ids = [token for word in said for token in ids_of_text(word)]
    pieces = PieceIds({}, text_of, ids_of)
    found = [token for text, last, written in streamed(ids, steps) for token in await pieces.of(text, last, written)]
    assert found == ids


@given(st.lists(st.sampled_from(WORDS[:4]), max_size=30))
async def test_where_the_count_agrees_nothing_is_asked(said: list[str]) -> None:
    async def never(_: object) -> tuple[int, ...]:
        raise AssertionError("asked")

    async def nor(_: object) -> str:
        raise AssertionError("asked")

    pieces = PieceIds({}, nor, never)
    ids = [WHOLE[word] for word in said]
    assert [await pieces.of(*sent) for sent in streamed(ids, [1] * len(ids))] == [(token,) for token in ids]


async def test_the_text_of_an_id_is_asked_for_once() -> None:
    asked: list[int] = []

    async def counting(ids: Sequence[int]) -> str:
        asked.extend(ids)
        return await text_of(ids)

    texts: dict[int, str] = {}
    for _ in range(3):
        pieces = PieceIds(texts, counting, ids_of)
        for sent in streamed([0, 1, 0, 2], [4]):
            await pieces.of(*sent)
    assert sorted(asked) == [0, 1]
