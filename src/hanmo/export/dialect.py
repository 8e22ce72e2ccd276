"""The page's Markdown as pandoc's reader means it.

Rules
  * The reader is pandoc's own, because its emphasis works between Han characters (`**真，**她`); all that the page does not know is switched off:
    raw HTML and TeX, attributes, includes, citations, footnotes, quotes made curly, metadata. A single line end stays one, as in the page.
  * On the page a list, a table or a block of code may follow a line of prose at once, `1)` numbers a list as `1.` does, and a fence may name its
    language with more behind it. Pandoc wants an empty line, a full stop and one word: they are put there.
  * Nothing inside code or a formula is touched.
"""

import re

from hanmo.core.blocks import FENCE, read_lines

__all__ = ["READER", "for_pandoc", "without_invisible"]

OFF = """
auto_identifiers blank_before_blockquote blank_before_header bracketed_spans citations definition_lists
example_lists fancy_lists fenced_code_attributes fenced_divs footnotes grid_tables header_attributes implicit_figures
implicit_header_references inline_code_attributes inline_notes latex_macros line_blocks link_attributes markdown_in_html_blocks
multiline_tables native_divs native_spans pandoc_title_block raw_attribute raw_html raw_tex simple_tables smart subscript superscript
table_attributes table_captions yaml_metadata_block
"""
ON = """
autolink_bare_uris backtick_code_blocks fenced_code_blocks hard_line_breaks intraword_underscores pipe_tables space_in_atx_header strikeout
task_lists tex_math_dollars tex_math_single_backslash
"""
READER = "markdown" + "".join(f"-{name}" for name in OFF.split()) + "".join(f"+{name}" for name in ON.split())

BULLET = re.compile(r"\s*[-*+][ \t]+\S")
NUMBER = re.compile(r"(\s*)(\d{1,9})([.)])([ \t]+)(?=\S)")
DELIMITERS = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,32}")
NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef]")
"""What XML 1.0 does not take or warns of; besides, the last two characters of each plane."""
WIDE_SPACES = re.compile(r"^[\u3000\u00a0]+")


def without_invisible(text: str) -> str:
    """Without the characters that a book or a Word file would be broken by."""
    return "".join(each for each in NO_XML.sub("", text) if ord(each) & 0xFFFE != 0xFFFE)


def for_pandoc(text: str) -> str:
    """The same text, with what pandoc needs to see the same blocks."""
    text = without_invisible(text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = list(read_lines(text))
    made: list[str] = []
    before, inside = "blank", ""
    for i, line in enumerate(lines):
        if inside:
            made.append(line.text)
            before, inside = "code", line.inside
            continue
        here, said = _block(line.text, lines[i + 1].text if i + 1 < len(lines) else "", before)
        if (
            here != before
            and before not in ("blank", "code")
            and (here in ("table", "code") or (here == "list" and before == "prose"))
        ):
            made.append(_quoted_blank(line.text))
        elif before == "table" and here not in ("table", "blank"):
            made.append("")
        made.append(said)
        before, inside = here, line.inside
    if inside:
        made.append(inside)
    return "\n".join(made)


def _block(line: str, following: str, before: str) -> tuple[str, str]:
    """What the line belongs to, and the line as pandoc is to read it."""
    if not line.strip():
        return "blank", ""
    if fence := FENCE.match(line):
        language = LANGUAGE.match(fence[2].strip())
        return "code", line[: fence.end(1)] + (language[0] if language else "")
    if before == "table" and "|" in line:
        return "table", line
    if "|" in line and "-" in following and "|" in following and DELIMITERS.match(following):
        return "table", line
    if line.startswith(("    ", "\t")):
        return ("list" if before == "list" else before if before != "blank" else "indented"), line
    if BULLET.match(line):
        return "list", line
    if number := NUMBER.match(line):
        begins = number[2] == "1" or before in ("blank", "list")
        return ("list" if begins else "prose"), f"{number[1]}{number[2]}.{number[4]}{line[number.end() :]}" if begins else line
    if before == "list":
        return "list", WIDE_SPACES.sub("", line)
    if line.lstrip().startswith((">", "#")):
        return "quote", line
    return "prose", WIDE_SPACES.sub("", line)


def _quoted_blank(line: str) -> str:
    """An empty line; inside a quotation, one of the quotation."""
    return ">" if line.lstrip().startswith(">") else ""
