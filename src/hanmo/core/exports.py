"""What leaves Hanmo as a file: the formats, and an article or a conversation as one document.

Rules
  * A document is a title and Markdown under it. The title stands once: no line of the body repeats it.
  * Headings keep their order: under a question, those of its answer begin one level below it.
  * A question in one line is a heading, in which nothing means Markdown; a longer one is quoted whole under its first line.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from hanmo.core.articles import Article, whole_text
from hanmo.core.blocks import read_lines
from hanmo.core.file_names import safe_stem
from hanmo.core.manuscript import shown_texts
from hanmo.core.text import Language, language_of, one_line
from hanmo.core.trees import path_to
from hanmo.core.values import Conversation, Message

ExportFormat = Literal["md", "txt", "html", "docx", "epub", "pdf", "obsidian"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)
HEADING_CHARACTERS = 60
"""Of a question that stands as a heading."""
MARK = re.compile(r"([\\`*_{}\[\]<>#|$~!&])")
HEADING = re.compile(r"( {0,3})(#{1,6})(?=[ \t])")
NO_LINKS = "#^[]"
"""What Obsidian does not take in the name of a note."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """`plain`: it is text that nothing has to convert."""

    suffix: str
    media_type: str
    plain: bool = False


KINDS: Mapping[ExportFormat, FileKind] = {
    "md": FileKind(".md", "text/markdown; charset=utf-8", plain=True),
    "txt": FileKind(".txt", "text/plain; charset=utf-8", plain=True),
    "html": FileKind(".html", "text/html; charset=utf-8"),
    "docx": FileKind(".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "epub": FileKind(".epub", "application/epub+zip"),
    "pdf": FileKind(".pdf", "application/pdf"),
    "obsidian": FileKind(".md", "text/markdown; charset=utf-8", plain=True),
}


@dataclass(frozen=True, slots=True)
class Document:
    """`body` is Markdown without the title. `titled`: the title stands in the text itself, and is not only what the text is called. `name` is what
    it is called in the library, and the file is called after. `models` are those that are known to have written in it."""

    name: str
    title: str
    body: str
    titled: bool
    lang: Language
    created_at: float
    updated_at: float
    tags: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


def file_name(document: Document, form: ExportFormat) -> str:
    """Safe on every system, with its ending."""
    otherwise = "翰墨" if document.lang == "zh" else "hanmo"
    return safe_stem(document.name, otherwise, also_not=NO_LINKS if form == "obsidian" else "") + KINDS[form].suffix


def article_document(article: Article) -> Document | None:
    """The text as the writer has it: sections that are skipped are left out. None where nothing is written yet."""
    texts = shown_texts(article)
    if article.plan is None or not any(texts.values()):
        return None
    return Document(
        name=one_line(article.title),
        title=one_line(article.plan.title or article.title) or _untitled(article.assignment.lang),
        body=whole_text(replace(article.plan, title=""), texts),
        titled=bool(article.plan.title.strip()),
        lang=article.assignment.lang,
        created_at=article.created_at,
        updated_at=article.updated_at,
        tags=("hanmo", "article"),
    )


def conversation_document(conversation: Conversation) -> Document | None:
    """The path that is shown. None where nothing was said yet."""
    by_id = {message.id: message for message in conversation.messages}
    path = [by_id[each] for each in path_to(conversation.messages, conversation.active_id)]
    told = [message for message in path if message.text.strip() and message.role != "system"]
    if not told:
        return None
    body = "\n\n".join(_question(m.text) if m.role == "user" else _answer(m.text) for m in told) + "\n"
    lang = language_of(body)
    title = one_line(conversation.title) or one_line(told[0].text)[:HEADING_CHARACTERS] or _untitled(lang)
    return Document(
        name=title,
        title=title,
        body=body,
        titled=True,
        lang=lang,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        tags=("hanmo", "conversation"),
        models=_models(told),
    )


def escaped(text: str) -> str:
    """Words in which nothing means Markdown."""
    return MARK.sub(r"\\\1", text)


def _untitled(lang: Language) -> str:
    return "未命名" if lang == "zh" else "Untitled"


def _models(messages: Sequence[Message]) -> tuple[str, ...]:
    known = (g.identity.model_id for message in messages for g in message.generations if g.identity is not None)
    return tuple(dict.fromkeys(known))


def _question(text: str) -> str:
    lines = text.strip("\n").split("\n")
    first = one_line(next(line for line in lines if line.strip()))
    heading = first if len(first) <= HEADING_CHARACTERS else first[:HEADING_CHARACTERS].rstrip() + "…"
    if len(lines) == 1 and heading == first:
        return f"## {escaped(heading)}"
    return f"## {escaped(heading)}\n\n" + "\n".join(f"> {line}".rstrip() for line in lines)


def _answer(text: str) -> str:
    """With its headings under that of the question."""
    lines = list(read_lines(text.strip("\n")))
    found = [HEADING.match(line.text) if line.kind in ("heading", "tags", "prose") else None for line in lines]
    highest = min((len(heading[2]) for heading in found if heading), default=3)
    down = max(0, 3 - highest)
    said = []
    for line, heading in zip(lines, found, strict=True):
        level = min(6, len(heading[2]) + down) if heading else 0
        said.append(heading[1] + "#" * level + line.text[heading.end() :] if heading else line.text)
    closing = lines[-1].inside if lines else ""
    return "\n".join([*said, closing] if closing else said)
