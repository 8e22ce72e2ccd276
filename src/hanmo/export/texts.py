"""The formats that are text: Markdown as it was written, and a note for Obsidian."""

import json
from datetime import datetime

from hanmo.core.exports import Document, escaped

__all__ = ["markdown", "obsidian"]


def markdown(document: Document) -> str:
    """As the editor shows it."""
    return (f"# {_title(document)}\n\n" if document.titled else "") + document.body


def obsidian(document: Document) -> str:
    """YAML in front, and no title in the text: the name of the note is shown above it."""
    lines = [
        f"title: {_yaml(document.title)}",
        f"created: {_time(document.created_at)}",
        f"updated: {_time(document.updated_at)}",
        f"tags: {_yaml(list(document.tags))}",
    ]
    if document.models:
        lines.append(f"model: {_yaml(document.models[0] if len(document.models) == 1 else list(document.models))}")
    return "---\n" + "\n".join(lines) + "\n---\n\n" + document.body


def _title(document: Document) -> str:
    """An article's is Markdown, a conversation's is not."""
    return document.title if "article" in document.tags else escaped(document.title)


def _yaml(value: str | list[str]) -> str:
    """JSON is YAML; a line separator and the like are written as escapes, which both know."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else json.dumps(each).strip('"') for each in text)


def _time(seconds: float) -> str:
    """On this computer's clock, as Obsidian reads dates."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%dT%H:%M:%S")
