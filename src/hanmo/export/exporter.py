"""Files of documents. Plain formats are made here; the others in a temporary directory, by pandoc and typst, which is gone with them."""

import asyncio
import importlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hanmo.core.errors import ExportFailed, ExportUnavailable
from hanmo.core.exports import KINDS, Document, ExportFormat
from hanmo.core.values import Problem
from hanmo.export.dialect import READER, for_pandoc, without_invisible
from hanmo.export.needs import missing_for
from hanmo.export.pages import HTML_TEMPLATE, check_html, style
from hanmo.export.parts import with_parts
from hanmo.export.pdf import set_pdf, typst_source
from hanmo.export.plain import plain
from hanmo.export.programs import run
from hanmo.export.texts import markdown, obsidian
from hanmo.export.tree import Shape, count_headings, shaped
from hanmo.export.word import PARAGRAPH, dressed

__all__ = ["DocumentExporter"]

LIMIT_S = 120.0
MEMORY = "1500M"
"""Of pandoc's heap: what needs more ends, and the computer goes on."""
HEADINGS_FOR_CONTENTS = 3


class DocumentExporter:
    """The port `Exporter` on this computer. `limit_s` is for each program that a conversion starts."""

    def __init__(self, *, limit_s: float = LIMIT_S, pandoc: str | None = None) -> None:
        self._limit_s = limit_s
        self._pandoc_path = pandoc

    def missing(self, form: ExportFormat) -> Problem | None:
        return missing_for(form)

    async def convert(self, document: Document, form: ExportFormat, *, indent: bool = False) -> bytes:
        if KINDS[form].plain:
            return await asyncio.to_thread(_text, document, form, indent)
        if problem := self.missing(form):
            raise ExportUnavailable("export_extra_missing", **problem.params)
        document = replace(document, title=without_invisible(document.title))
        with tempfile.TemporaryDirectory(prefix="hanmo-export-") as name:
            folder = Path(name)
            tree = await self._read(document, folder)
            if form == "html":
                return await self._html(document, tree, folder)
            if form == "docx":
                return await self._docx(document, tree, folder)
            if form == "epub":
                return await self._epub(document, tree, folder)
            return await self._pdf(document, tree, folder)

    async def _read(self, document: Document, folder: Path) -> dict[str, Any]:
        text = (await asyncio.to_thread(for_pandoc, document.body)).encode("utf-8", "replace")
        said = await self._pandoc(folder, text, "-f", READER, "-t", "json")
        tree: dict[str, Any] = await asyncio.to_thread(json.loads, said)
        return tree

    async def _write(self, tree: dict[str, Any], folder: Path, *options: str) -> bytes:
        given = (await asyncio.to_thread(json.dumps, tree)).encode()
        return await self._pandoc(folder, given, "-f", "json", *options)

    async def _pandoc(self, folder: Path, given: bytes, *options: str) -> bytes:
        path = self._pandoc_path or str(importlib.import_module("pypandoc").get_pandoc_path())
        command = [path, "+RTS", f"-M{MEMORY}", "-RTS", "--sandbox", "--quiet", "--wrap=none", *options, "-o", "-"]
        return await run(command, given, folder, limit_s=self._limit_s)

    async def _html(self, document: Document, tree: dict[str, Any], folder: Path) -> bytes:
        chinese = document.lang == "zh"
        ready = await _ready(
            document, tree, Shape(top=2, dotted=True), {"pagetitle": document.title, "toc-title": _contents(document)}
        )
        template = folder / "page.html"
        template.write_text(HTML_TEMPLATE.replace("$styles$", style(chinese=chinese, web=True)), "utf-8")
        contents = ["--toc"] if count_headings(ready) >= HEADINGS_FOR_CONTENTS else []
        page = await self._write(
            ready, folder, "-t", "html5", "--mathml", "--email-obfuscation=none", "--template", str(template), *contents
        )
        await asyncio.to_thread(check_html, page.decode())
        return page

    async def _docx(self, document: Document, tree: dict[str, Any], folder: Path) -> bytes:
        ready = await _ready(document, tree, Shape(indented=PARAGRAPH if document.lang == "zh" else ""), {})
        made = await self._write(ready, folder, "-t", "docx")
        return await asyncio.to_thread(with_parts, made, lambda name, xml: dressed(name, xml, document.lang), document.updated_at)

    async def _epub(self, document: Document, tree: dict[str, Any], folder: Path) -> bytes:
        ready = await _ready(document, tree, Shape(dotted=True), {"toc-title": _contents(document)})
        contents = ["--toc"] if count_headings(ready) >= HEADINGS_FOR_CONTENTS else []
        made = await self._write(ready, folder, "-t", "epub3", "--mathml", "--email-obfuscation=none", "--split-level=1", *contents)
        more = style(chinese=document.lang == "zh", web=False)  # pandoc in its sandbox reads no style sheet from a file

        def styled(name: str, text: str) -> str:
            return text + more if name.endswith(".css") else text

        return await asyncio.to_thread(with_parts, made, styled, document.updated_at)

    async def _pdf(self, document: Document, tree: dict[str, Any], folder: Path) -> bytes:
        ready = await _ready(document, tree, Shape(breaks=True), {})
        body = (await self._write(ready, folder, "-t", "typst")).decode()
        contents = _contents(document) if count_headings(ready) >= HEADINGS_FOR_CONTENTS else ""
        source = typst_source(body, document.title, document.lang, contents=contents)
        made = await set_pdf(source, folder, limit_s=self._limit_s)
        if not made.startswith(b"%PDF"):
            raise ExportFailed("export_failed", program="typst", reason="no PDF")
        return made


def _text(document: Document, form: ExportFormat, indent: bool) -> bytes:
    text = plain(document, indent=indent) if form == "txt" else obsidian(document) if form == "obsidian" else markdown(document)
    return text.encode("utf-8", "replace")


async def _ready(document: Document, tree: dict[str, Any], shape: Shape, words: dict[str, str]) -> dict[str, Any]:
    lang = "zh-CN" if document.lang == "zh" else "en"
    return await asyncio.to_thread(shaped, tree, shape, document.title, lang, words)


def _contents(document: Document) -> str:
    return "目录" if document.lang == "zh" else "Contents"
