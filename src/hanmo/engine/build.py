"""Which build of the engine is installed. Builds for graphics cards have the same version as the one for processors, and compute otherwise: what
one of them kept, or was measured to do, is nothing to another. Their libraries differ, so the library's hash in the wheel's own list of files
tells them apart."""

from functools import cache
from importlib.metadata import PackagePath, files, version

PACKAGE = "xllamacpp"
LIBRARIES = (".so", ".pyd", ".dylib")
DIGITS = 10


@cache
def engine_build() -> str:
    """As the engine process names itself, and as its parent knows it without loading it."""
    return f"{PACKAGE} {version(PACKAGE)} {_fingerprint(files(PACKAGE) or [])}".rstrip()


def _fingerprint(listed: list[PackagePath]) -> str:
    """Of the largest library; "" where none is listed with its hash."""
    libraries = [file for file in listed if file.suffix in LIBRARIES and file.hash is not None]
    largest = max(libraries, key=lambda file: file.size or 0, default=None)
    return largest.hash.value[:DIGITS] if largest is not None and largest.hash is not None else ""
