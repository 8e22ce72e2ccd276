"""A drafting model goes along where it can, and is left at home with a reason where it cannot; other files of a model are known by their shape."""

import struct
from pathlib import Path

import pytest

from hanmo.core.errors import ModelFileBad
from hanmo.core.tuning import Choice, Speculation
from hanmo.models import ModelShelf
from hanmo.models.gguf import read_facts
from hanmo.models.kin import other_quantizations
from tests.models.tiny import I32, U32, Gguf, key, llama_keys, strings, tensor, text, u32, u64

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


def reader(
    path: Path, architecture: str, *, layers: tuple[int, ...] = (0, 1, 2), width: int = 64, depth: int = 1, head: bool = False
) -> Path:
    """A file that drafts from the inner states of another model. The models of `model` have two layers of width 64."""
    tapped = u32(I32) + u64(len(layers)) + struct.pack(f"<{len(layers)}i", *layers)
    keys = llama_keys(
        architecture,
        block_count=key(f"{architecture}.block_count", U32, u32(depth)),
        tokens=key("tokenizer.ggml.tokens", ARRAY, strings(["w0", "w1", "last"])),
        target_layers=key(f"{architecture}.target_layers", ARRAY, tapped),
        target_hidden_size=key(f"{architecture}.target_hidden_size", U32, u32(width)),
    )
    names = ["fc.weight", *(["markov_w1.weight"] if head else [])]
    tensors = [tensor(name, [64, 1], 0, 256 * i) for i, name in enumerate(names)]
    path.write_bytes(Gguf(keys, tensors=tensors, data=bytes(256 * len(names))).build())
    return path


@pytest.mark.parametrize(
    ("architecture", "head", "kind"),
    [("eagle3", False, "eagle3"), ("dflash", False, "dflash"), ("dflash", True, "dspark"), ("qwen2", False, "simple")],
)
async def test_how_it_drafts_follows_from_the_file(architecture: str, head: bool, kind: str, tmp_path: Path) -> None:
    large = model(tmp_path / "large.gguf", 4096)
    plan = await shelf(tmp_path, reader(tmp_path / "small.gguf", architecture, head=head)).plan(str(large))
    assert (plan.draft_path, plan.draft_kind, plan.notes) == (str(tmp_path / "small.gguf"), kind, ())


@pytest.mark.parametrize(
    "other",
    [{"layers": (0, 1, 3)}, {"layers": ()}, {"layers": (0, -1, 1)}, {"width": 128}, {"layers": (0, 1)}, {"depth": 2}],
    ids=["deeper", "none", "below", "wider", "two layers", "of two layers itself"],
)
async def test_one_that_reads_layers_of_another_model_is_left_at_home(other: dict[str, object], tmp_path: Path) -> None:
    """llama.cpp would end the process of the engine for some of them."""
    large = model(tmp_path / "large.gguf", 4096)
    draft = reader(tmp_path / "small.gguf", "eagle3", **other)  # type: ignore[arg-type]
    plan = await shelf(tmp_path, draft).plan(str(large))
    assert (plan.draft_path, [note.code for note in plan.notes]) == ("", ["draft_for_another_model"])


async def test_a_kind_that_the_engine_does_not_know_is_left_at_home(tmp_path: Path) -> None:
    large, draft = model(tmp_path / "large.gguf", 4096), reader(tmp_path / "small.gguf", "dflash")
    plan = await shelf(tmp_path, draft, draft_kinds=lambda: ["simple", "eagle3"]).plan(str(large))
    assert (plan.draft_path, [note.code for note in plan.notes]) == ("", ["draft_kind_unknown"])
    assert plan.notes[0].params["kind"] == "DFlash"


def test_a_file_that_only_drafts_is_no_model_to_write_with(tmp_path: Path) -> None:
    draft = reader(tmp_path / "small.gguf", "eagle3")
    with pytest.raises(ModelFileBad, match="model_unsupported_architecture"):
        read_facts(draft)
    assert read_facts(draft, drafting=True).tapped_layers == (0, 1, 2)


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
