"""A PDF: pandoc writes the text as typst's source, this puts the page around it, a child process sets it."""

import json
from pathlib import Path

from hanmo.core.errors import ExportFailed, ExportUnavailable
from hanmo.core.text import Language
from hanmo.export.programs import run
from hanmo.export.typesetting import COMMAND

__all__ = ["set_pdf", "typst_source"]

PAGE = """\
#let title = TITLE
#set document(title: title)
#set page(paper: "a4", margin: (x: 2.6cm, y: 2.8cm), numbering: "1")
#set text(font: hanmo-fonts, LANGUAGE, size: 11pt)
#set par(justify: true, leading: LEADINGem, spacing: SPACINGem, first-line-indent: (amount: INDENTem, all: true))
#set heading(numbering: none)
#let thick(it) = if hanmo-bold { it } else { text(stroke: 0.03em, it) }
#let flush(it) = { set par(first-line-indent: 0em); it }
#show heading: it => block(above: 1.5em, below: 1em, sticky: true, flush(thick(text(weight: "bold", it.body))))
#show strong: thick
#show list: flush
#show enum: flush
#show table: flush
#show raw.where(block: true): it => block(fill: luma(245), inset: 9pt, radius: 3pt, width: 100%, flush(it))
#show raw: set text(font: hanmo-mono, size: 0.92em)
#show math.equation: set text(font: ("New Computer Modern Math", ..hanmo-fonts))
#show math.equation.where(block: true): flush
#show figure: set block(breakable: true)
#show figure: flush
#set table(stroke: 0.5pt + luma(140), inset: 6pt)
#show table: set par(justify: false)
#show table: set align(start)
#set smartquote(enabled: false)
#show table.cell.where(y: 0): strong
#show quote: it => block(inset: (left: 1em, y: 0.3em), stroke: (left: 2pt + luma(190)), flush(it.body))
#show link: set text(fill: rgb("#1f4e79"))
#show emph: it => { show regex("\\p{Han}+"): h => underline(stroke: (thickness: 0.08em, dash: "dotted"), offset: 0.3em, h); it }
#let horizontalrule = align(center, line(length: 40%, stroke: 0.5pt + luma(150)))
#set strong(delta: 300)
"""
COVER = """\
#page(numbering: none, align(center + horizon, flush(thick(text(size: 26pt, weight: "bold", title)))))
#outline(title: CONTENTS, depth: 3)
#pagebreak()
#counter(page).update(1)
"""
HEADLINE = '#align(center, block(above: 0.5em, below: 2em, flush(thick(text(size: 20pt, weight: "bold", title)))))\n'


def typst_source(body: str, title: str, lang: Language, *, contents: str) -> str:
    """`body` as pandoc wrote it. `contents`: the heading of a table of contents, and then a page for the title; "" for none."""
    chinese = lang == "zh"
    words = {
        "LANGUAGE": 'lang: "zh", region: "cn"' if chinese else 'lang: "en"',
        "LEADING": "0.95" if chinese else "0.7",
        "SPACING": "0.95" if chinese else "1.2",
        "INDENT": "2" if chinese else "0",
        "TITLE": _string(title),  # the last: in it nothing is looked for
    }
    page = PAGE
    for name, value in words.items():
        page = page.replace(name, value, 1)
    return page + (COVER.replace("CONTENTS", _string(contents)) if contents else HEADLINE) + "\n" + body


async def set_pdf(source: str, folder: Path, *, limit_s: float) -> bytes:
    """`ExportUnavailable("export_font_missing")` with the characters that no font here has."""
    given, made = folder / "text.typ", folder / "text.pdf"
    given.write_text(source, "utf-8")
    said = json.loads(await run([*COMMAND, str(given), str(made)], b"", folder, limit_s=limit_s))
    if said["missing"]:
        raise ExportUnavailable("export_font_missing", characters=" ".join(said["missing"]))
    try:
        return made.read_bytes()
    except OSError as error:
        raise ExportFailed("export_failed", program="typst", reason=type(error).__name__) from error


def _string(text: str) -> str:
    """As a string of typst: only these two mean something in it."""
    clean = "".join(each if each.isprintable() else " " for each in text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
