"""A second, small model that drafts for the large one: whether it can, and whether there is room for both.

The large model checks what the small one guesses, so it has to be asked in the same words: llama.cpp refuses another vocabulary when it
loads. Looking first keeps a wrong setting from keeping the large model from loading: it goes on alone, and says so.
"""

import asyncio
from pathlib import Path

from hanmo.core.values import Problem
from hanmo.models.fit import memory_needed
from hanmo.models.gguf import GgufFacts, read_facts
from hanmo.models.gguf_reader import BLOCK
from hanmo.models.loading import Fitted
from hanmo.work.model_ports import ModelEntry

__all__ = ["draft_for"]

VOCAB_DIFFERENCE = 128
"""Padding at the end of the vocabulary; llama.cpp allows as much (SPEC_VOCAB_MAX_SIZE_DIFFERENCE)."""
BEGINNING = 1
"""Blocks that are not held against each other: llama.cpp lets the first few words differ."""


async def draft_for(fitted: Fitted, draft: ModelEntry, available_bytes: int, idle_draft: str = "") -> tuple[str, Problem | None]:
    """The path of the drafting model, or "" and why it does not draft: `idle_draft` is one that was measured and does not pay. Raises
    `ModelFileBad` where its file is bad."""
    if draft.path is None:
        return "", Problem("draft_not_here", {"draft": draft.name, "id": draft.id})
    if draft.path == idle_draft:
        return "", Problem("draft_does_not_pay", {"draft": draft.name})
    if draft.size_bytes >= fitted.entry.size_bytes:
        return "", Problem("draft_not_smaller", {"draft": draft.name, "model": fitted.entry.name})
    facts = await asyncio.to_thread(read_facts, Path(draft.path))
    if not _same_words(facts, fitted.facts):
        return "", Problem("draft_other_vocabulary", {"draft": draft.name, "model": fitted.entry.name})
    needed = fitted.fit.memory_bytes + memory_needed(facts, fitted.fit.n_ctx, "f16", repack=fitted.fit.repack)
    if needed > available_bytes:
        return "", Problem("draft_no_room", {"draft": draft.name, "needed_bytes": needed, "available_bytes": available_bytes})
    return draft.path, None


def _same_words(small: GgufFacts, large: GgufFacts) -> bool:
    """As far as both go: where one is longer its last block says nothing of the other's."""
    if small.n_vocab != large.n_vocab:
        both = min(small.n_vocab, large.n_vocab) // BLOCK
        return (
            abs(small.n_vocab - large.n_vocab) <= VOCAB_DIFFERENCE
            and small.word_hashes[BEGINNING:both] == large.word_hashes[BEGINNING:both]
        )
    return small.word_hashes[BEGINNING:] == large.word_hashes[BEGINNING:]
