"""Other files of the same model: the same weights, written down with more bits or fewer."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hanmo.core.errors import ModelFileBad
from hanmo.models.gguf import GgufFacts, read_facts

__all__ = ["other_quantizations"]

MOST = 3


def other_quantizations(path: Path, models_dir: Path) -> list[Path]:
    """Beside the file and in the models directory, at most `MOST`; what cannot be read is none of them."""
    kind = _kind(read_facts(path))
    found: dict[Path, None] = {}
    for other in _gguf_files(path.parent, models_dir):
        with suppress(ModelFileBad):
            if other != path.resolve() and _kind(read_facts(other)) == kind:
                found[other] = None
    return list(found)[:MOST]


def _gguf_files(beside: Path, models_dir: Path) -> Iterator[Path]:
    for file in (*sorted(beside.glob("*.gguf")), *sorted(models_dir.glob("*/*.gguf"))):
        if file.is_file():
            yield file.resolve()


def _kind(facts: GgufFacts) -> tuple[object, ...]:
    return facts.name, facts.architecture, facts.n_layers, facts.n_embd, facts.n_head, facts.kv_heads, facts.n_vocab
