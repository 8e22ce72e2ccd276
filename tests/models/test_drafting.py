"""A drafting model goes along where it can, and is left at home with a reason where it cannot; other files of a model are known by their shape."""

from pathlib import Path

import pytest

from hanmo.core.tuning import Choice, Speculation
from hanmo.models import ModelShelf
from hanmo.models.kin import other_quantizations
from tests.models.tiny import Gguf, key, llama_keys, strings, tensor, text

STRING, ARRAY = 8, 9
GIB = 1 << 30


def model(path: Path, rows: int, *, words: int = 3, last: str = "last", name: str = "Tiny", kind: int = 0) -> Path:
    """A sound model with so many rows and words."""
    changed = {
        "tokens": key("tokenizer.ggml.tokens", ARRAY, strings([*(f"w{i}" for i in range(words - 1)), last])),
        "general.name": key("general.name", STRING, text(name)),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(Gguf(llama_keys(**changed), tensors=[tensor("a", [64, rows], kind, 0)], data=bytes(256 * rows)).build())
    return path


def shelf(directory: Path, draft: Path | str, available_bytes: int = 8 * GIB, **more: object) -> ModelShelf:
    return ModelShelf(directory, draft_model=str(draft), available_bytes=lambda: available_bytes, **more)  # type: ignore[arg-type]


async def test_a_smaller_model_of_the_same_words_drafts(tmp_path: Path) -> None:
    large, small = model(tmp_path / "large.gguf", 4096), model(tmp_path / "small.gguf", 16, words=100)
    plan = await shelf(tmp_path, small).plan(str(large))
    assert plan.draft_path == str(small)
    assert plan.notes == ()


@pytest.mark.parametrize(("words", "drafts"), [(2100, True), (2140, True), (2100 + 200, False)])
async def test_words_are_compared_as_far_as_both_go(words: int, drafts: bool, tmp_path: Path) -> None:
    large, small = model(tmp_path / "large.gguf", 4096, words=2100), model(tmp_path / "small.gguf", 16, words=words)
    assert bool((await shelf(tmp_path, small).plan(str(large))).draft_path) == drafts


async def test_as_many_words_that_are_others_are_another_vocabulary(tmp_path: Path) -> None:
    """As of Qwen2.5 and Qwen3: they differ in their last words, and llama.cpp would not load the two together."""
    large = model(tmp_path / "large.gguf", 4096, words=2100)
    small = model(tmp_path / "small.gguf", 16, words=2100, last="<think>")
    plan = await shelf(tmp_path, small).plan(str(large))
    assert (plan.draft_path, [note.code for note in plan.notes]) == ("", ["draft_other_vocabulary"])


@pytest.mark.parametrize(
    ("draft", "available_bytes", "why"),
    [
        ({"rows": 16, "words": 500}, 8 * GIB, "draft_other_vocabulary"),
        ({"rows": 8192}, 8 * GIB, "draft_not_smaller"),
        ({"rows": 16}, 340 << 20, "draft_no_room"),
    ],
)
async def test_one_that_cannot_is_named_and_the_model_goes_on_alone(
    draft: dict[str, int], available_bytes: int, why: str, tmp_path: Path
) -> None:
    large, small = model(tmp_path / "large.gguf", 4096), model(tmp_path / "small.gguf", **draft)  # type: ignore[arg-type]
    plan = await shelf(tmp_path, small, available_bytes).plan(str(large), n_ctx=512)
    assert plan.draft_path == ""
    assert [note.code for note in plan.notes][-1] == why


async def test_one_that_was_measured_and_does_not_pay_is_left_out(tmp_path: Path) -> None:
    large, small = model(tmp_path / "large.gguf", 4096), model(tmp_path / "small.gguf", 16)
    plan = await shelf(tmp_path, small, tuned=lambda _: Choice(2, idle_draft=str(small))).plan(str(large))
    assert plan.draft_path == ""
    assert [note.code for note in plan.notes] == ["draft_does_not_pay"]


async def test_a_draft_model_that_was_never_fetched_is_a_note(tmp_path: Path) -> None:
    plan = await shelf(tmp_path, "qwen3-0.6b").plan(str(model(tmp_path / "large.gguf", 64)))
    assert [note.code for note in plan.notes] == ["draft_not_here"]


@pytest.mark.parametrize("draft", ["qwen3-0.6", "gone.gguf", "broken.gguf"], ids=["a typo", "no file", "a bad file"])
async def test_a_wrong_setting_does_not_keep_the_model_from_loading(tmp_path: Path, draft: str) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF")
    where = tmp_path / draft if draft.endswith(".gguf") else draft
    plan = await shelf(tmp_path, where).plan(str(model(tmp_path / "large.gguf", 64)))
    assert plan.draft_path == ""
    assert [note.code for note in plan.notes] == ["draft_unreadable"]


async def test_a_plan_has_what_was_tuned_for_its_file(tmp_path: Path) -> None:
    path = model(tmp_path / "large.gguf", 4096)
    asked: list[str] = []

    def tuned(sha256: str) -> Choice:
        asked.append(sha256)
        return Choice(2, "q8_0", Speculation(3, 16))

    plain = await ModelShelf(tmp_path, available_bytes=lambda: 8 * GIB).plan(str(path))
    plan = await ModelShelf(tmp_path, available_bytes=lambda: 8 * GIB, tuned=tuned).plan(str(path))
    assert asked == [plain.sha256]
    assert (plan.kv_type, plan.speculation) == ("q8_0", Speculation(3, 16))
    assert plan.memory_bytes < plain.memory_bytes


def test_other_files_of_the_same_model_are_found_beside_it_and_on_the_shelf(tmp_path: Path) -> None:
    mine = model(tmp_path / "own" / "mine.gguf", 64)
    beside = model(tmp_path / "own" / "fewer-bits.gguf", 32)
    on_shelf = model(tmp_path / "models" / "m" / "more-bits.gguf", 128)
    model(tmp_path / "own" / "another.gguf", 64, name="Another")
    (tmp_path / "own" / "broken.gguf").write_bytes(b"GGUF")
    assert other_quantizations(mine, tmp_path / "models") == [beside, on_shelf]
