"""A second, small model that drafts for the large one: whether it can, how, and whether there is room for both.

The large model checks what the small one guesses, so it has to be asked in the same words: llama.cpp refuses another vocabulary when it
loads. A file of EAGLE-3 or DFlash reads the inner states of one large model and was made for that one alone; with another the engine
process would end. Looking first keeps a wrong setting from keeping the large model from loading: it goes on alone, and says so.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from hanmo.core.values import Problem
from hanmo.models.fit import memory_needed
from hanmo.models.gguf import GgufFacts, read_facts
from hanmo.models.gguf_reader import BLOCK
from hanmo.models.loading import Fitted
from hanmo.work.model_ports import DraftKind, ModelEntry

__all__ = ["Drafter", "draft_for", "kind_of"]

VOCAB_DIFFERENCE = 128
"""Padding at the end of the vocabulary; llama.cpp allows as much (SPEC_VOCAB_MAX_SIZE_DIFFERENCE)."""
BEGINNING = 1
"""Blocks that are not held against each other: llama.cpp lets the first few words differ."""
EAGLE3_TAPS = 3
NAMES: dict[DraftKind, str] = {"simple": "", "eagle3": "EAGLE-3", "dflash": "DFlash", "dspark": "DSpark"}


@dataclass(frozen=True, slots=True)
class Drafter:
    """A model that drafts, and how it does."""

    path: str
    kind: DraftKind


async def draft_for(
    fitted: Fitted, draft: ModelEntry, available_bytes: int, kinds: Callable[[], Collection[str]], idle_draft: str = ""
) -> Drafter | Problem:
    """The drafting model, or why it does not draft: `idle_draft` is one that was measured and does not pay, `kinds` are those that the engine
    knows. Raises `ModelFileBad` where its file is bad."""
    if draft.path is None:
        return Problem("draft_not_here", {"draft": draft.name, "id": draft.id})
    if draft.path == idle_draft:
        return Problem("draft_does_not_pay", {"draft": draft.name})
    if draft.size_bytes >= fitted.entry.size_bytes:
        return Problem("draft_not_smaller", {"draft": draft.name, "model": fitted.entry.name})
    facts = await asyncio.to_thread(read_facts, Path(draft.path), drafting=True)
    kind = kind_of(facts)
    if kind != "simple" and not _made_for(kind, facts, fitted.facts):
        return Problem("draft_for_another_model", {"draft": draft.name, "model": fitted.entry.name, "kind": NAMES[kind]})
    if not _same_words(facts, fitted.facts):
        return Problem("draft_other_vocabulary", {"draft": draft.name, "model": fitted.entry.name})
    if kind != "simple" and kind not in await asyncio.to_thread(kinds):
        return Problem("draft_kind_unknown", {"draft": draft.name, "kind": NAMES[kind]})
    needed = fitted.fit.memory_bytes + memory_needed(facts, fitted.fit.n_ctx, "f16", repack=fitted.fit.repack)
    if needed > available_bytes:
        return Problem("draft_no_room", {"draft": draft.name, "needed_bytes": needed, "available_bytes": available_bytes})
    return Drafter(draft.path, kind)


def kind_of(facts: GgufFacts) -> DraftKind:
    """As llama.cpp tells them apart: by architecture, and by the Markov head that makes a DFlash file a DSpark one."""
    if facts.architecture == "eagle3":
        return "eagle3"
    if facts.architecture == "dflash":
        return "dspark" if facts.has_markov_head else "dflash"
    return "simple"


def _made_for(kind: DraftKind, small: GgufFacts, large: GgufFacts) -> bool:
    """Whether the layers that it reads are there and as wide as it expects; and what llama.cpp would end the process for."""
    if kind == "eagle3" and (len(small.tapped_layers) != EAGLE3_TAPS or small.n_layers != 1):
        return False
    if kind != "eagle3" and small.n_embd != large.n_embd:
        return False
    layers = small.tapped_layers
    return bool(layers) and all(0 <= layer <= large.n_layers for layer in layers) and small.tapped_width == large.n_embd


def _same_words(small: GgufFacts, large: GgufFacts) -> bool:
    """As far as both go: where one is longer its last block says nothing of the other's."""
    if small.n_vocab != large.n_vocab:
        both = min(small.n_vocab, large.n_vocab) // BLOCK
        return (
            abs(small.n_vocab - large.n_vocab) <= VOCAB_DIFFERENCE
            and small.word_hashes[BEGINNING:both] == large.word_hashes[BEGINNING:both]
        )
    return small.word_hashes[BEGINNING:] == large.word_hashes[BEGINNING:]
