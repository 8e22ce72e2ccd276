"""Articles and conversations as files: Markdown, plain text, a note for Obsidian, and, with the extra `[export]`, HTML, Word, EPUB and PDF."""

from hanmo.export.exporter import DocumentExporter
from hanmo.export.needs import install_command, missing_for

__all__ = ["DocumentExporter", "install_command", "missing_for"]
