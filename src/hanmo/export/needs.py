"""What the extra `[export]` brings, and what is missing of it. Nothing is imported here, fetched or run."""

import sys
from importlib.util import find_spec

from hanmo.core.exports import ExportFormat
from hanmo.core.values import Problem

__all__ = ["PACKAGES", "install_command", "missing_for"]

PACKAGES = {"pypandoc": "pypandoc-binary==1.17", "typst": "typst==0.15.2"}
"""By what they are imported as; a test holds them against the extra in pyproject.toml."""
NEEDED: dict[ExportFormat, tuple[str, ...]] = {
    "html": ("pypandoc",),
    "docx": ("pypandoc",),
    "epub": ("pypandoc",),
    "pdf": ("pypandoc", "typst"),
}


def install_command(python: str = sys.executable) -> str:
    """What brings the converters into this installation."""
    return f'"{python}" -m pip install {" ".join(PACKAGES.values())}'


def missing_for(form: ExportFormat) -> Problem | None:
    if all(_is_there(name) for name in NEEDED.get(form, ())):
        return None
    return Problem("export_extra_missing", {"format": form, "command": install_command()})


def _is_there(name: str) -> bool:
    if name in sys.modules:
        return sys.modules[name] is not None
    return find_spec(name) is not None
