"""What is known of a model file that is here: whether it is whole, what its hash is, and that it need not be computed again.

A sidecar holds the hash with the size and time of the file it was computed of. Catalogue models have theirs beside them; a user's own
`.gguf` has it in our directory, because a user's folder is not ours to write in.
"""

import hashlib
import json
import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from hanmo.core.errors import ModelFileBad
from hanmo.models.files import hash_on
from hanmo.whole import write_whole

__all__ = [
    "Verified",
    "delete_model",
    "disk_free",
    "hash_file",
    "is_whole",
    "maybe_verified",
    "remember_verified",
    "sidecar_of",
    "sidecar_outside",
]


@dataclass(frozen=True, slots=True)
class Verified:
    """A sidecar. `checked` says what the hash was compared with: "catalog", the metadata of a "hub", or "nothing"."""

    sha256: str
    size: int
    mtime_ns: int
    checked: str


def sidecar_of(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def sidecar_outside(path: Path, models_dir: Path) -> Path:
    name = hashlib.sha256(str(path).encode(errors="surrogateescape")).hexdigest()[:24]
    return models_dir / ".outside" / f"{name}.json"


def maybe_verified(path: Path, sidecar: Path) -> Verified | None:
    """What the sidecar says, where it speaks of the file as it is now."""
    known = _maybe_sidecar(sidecar)
    try:
        stat = path.stat()
    except OSError:
        return None
    return known if known and (known.size, known.mtime_ns) == (stat.st_size, stat.st_mtime_ns) else None


def remember_verified(path: Path, sidecar: Path, sha256: str, checked: str) -> None:
    stat = path.stat()
    known = Verified(sha256, stat.st_size, stat.st_mtime_ns, checked)
    write_whole(sidecar, json.dumps(asdict(known), indent=2).encode())


async def hash_file(path: Path, sidecar: Path, *, model: str, expected: str | None) -> AsyncGenerator[int | str]:
    """Yields how many bytes are hashed, at last the hash, which is then remembered. Raises `ModelFileBad("model_hash_wrong")` where it
    is not `expected`; where nothing is expected, not the one a hub named when the file was fetched."""
    before = _maybe_sidecar(sidecar)
    checked = "catalog" if expected else "nothing"
    if expected is None and before and before.checked == "hub":
        expected, checked = before.sha256, "hub"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            async with aclosing(hash_on(file, digest)) as steps:
                async for done in steps:
                    yield done
    except OSError as err:
        raise ModelFileBad("model_unreadable", path=str(path), reason=err.strerror or type(err).__name__) from err
    got = digest.hexdigest()
    if expected and got != expected:
        raise ModelFileBad("model_hash_wrong", model=model, expected=expected, got=got)
    with suppress(OSError):  # a directory that cannot be written costs a second hash at the next start, no more
        remember_verified(path, sidecar, got, checked)
    yield got


def is_whole(path: Path, size_bytes: int | None) -> bool:
    """Whether the file is there, and of the right size where that is known."""
    try:
        return path.is_file() and size_bytes in (None, path.stat().st_size)
    except OSError:
        return False


def delete_model(path: Path) -> int:
    """Deletes a model file and everything we made beside it; returns the bytes freed."""
    freed = 0
    part = path.with_name(path.name + ".part")
    for file in (path, sidecar_of(path), part, sidecar_of(part)):
        with suppress(FileNotFoundError):
            freed += file.stat().st_size
            file.unlink()
    for folder in path.parent.glob(".wheels-*"):
        freed += sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def disk_free(path: Path) -> int:
    """Bytes free where `path` is or will be."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def _maybe_sidecar(sidecar: Path) -> Verified | None:
    try:
        return Verified(**json.loads(sidecar.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
