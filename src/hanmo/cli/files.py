"""Texts that a command reads and writes: whole, decoded as what they are, never half written."""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

from hanmo.core.errors import SetupError

LONGEST_PATH = 1000
"""Characters: what is longer is no file name but the text itself."""


def text_or_file(given: str) -> str:
    """The text itself, or what stands in the file it names, or on standard input."""
    if given == "-":
        return decoded(sys.stdin.buffer.read(), "-")[0]
    if "\n" not in given and len(given) <= LONGEST_PATH:
        with contextlib.suppress(OSError, ValueError):  # too long for a file name, or no name at all: then it is the text
            path = Path(given)
            if path.is_file():
                return read_text(path)
    if given.endswith((".md", ".txt")) and " " not in given and "\n" not in given:
        raise SetupError("brief_file_missing", path=given[:200])
    return given


def read_text(path: Path | None) -> str:
    return "" if path is None else decoded(read_bytes(path), str(path))[0]


def read_bytes(path: Path, limit_bytes: int | None = None) -> bytes:
    """`limit_bytes`: what is larger is refused, and not read."""
    try:
        with path.open("rb") if str(path) != "-" else contextlib.nullcontext(sys.stdin.buffer) as file:
            raw: bytes = file.read() if limit_bytes is None else file.read(limit_bytes + 1)
    except OSError as error:
        raise SetupError("file_unreadable", path=str(path)[:200], reason=os.strerror(error.errno or 0)) from error
    if limit_bytes is not None and len(raw) > limit_bytes:
        raise SetupError("file_too_large", path=str(path)[:200], limit_bytes=limit_bytes)
    return raw


def decoded(raw: bytes, name: str) -> tuple[str, str]:
    """The text and its encoding: UTF-8, with or without a mark at its beginning, or GB18030."""
    for encoding in ("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode(encoding), encoding
    raise SetupError("file_not_text", path=name[:200])


def write_whole(output: Path, text: str, encoding: str = "utf-8") -> None:
    """As `write_bytes`."""
    write_bytes(output, text.encode(encoding))


def write_bytes(output: Path, content: bytes) -> None:
    """The whole file or the old one, never half of it. A device or a pipe is written to as it is."""
    if output.exists() and not output.is_file():
        output.write_bytes(content)
        return
    output = output.resolve()
    mode = output.stat().st_mode & 0o777 if output.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(output)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
