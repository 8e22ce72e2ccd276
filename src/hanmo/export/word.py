"""What pandoc's .docx lacks for Chinese: fonts by name, paragraphs indented by two characters, tables with lines.

Rules
  * Only styles are changed, so that whoever gets the file changes them in one place again.
  * The style of a paragraph at the top is one of its own: list items and cells are not indented.
"""

import re

from hanmo.core.text import Language

__all__ = ["PARAGRAPH", "dressed"]

PARAGRAPH = "Hanmo Paragraph"
STYLES = "word/styles.xml"
SONG, HEI = "宋体", "黑体"
BORDERS = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>' for side in
                  ("top", "left", "bottom", "right", "insideH", "insideV"))  # fmt: skip
INDENT = '<w:ind w:firstLine="480" w:firstLineChars="200"/>'
LEADING = '<w:spacing w:before="60" w:after="60" w:line="360" w:lineRule="auto"/>'
STYLE = re.compile(r'<w:style\b[^>]*w:styleId="([^"]+)"[^>]*>.*?</w:style>', re.DOTALL)


def dressed(name: str, xml: str, lang: Language) -> str:
    """A part of the document; the styles of a Chinese one get all of that."""
    return _styles(xml, lang) if name == STYLES else xml


def _styles(xml: str, lang: Language) -> str:
    if lang == "zh":
        xml = xml.replace('w:eastAsiaTheme="minorEastAsia"', f'w:eastAsia="{SONG}"')
        xml = xml.replace('w:eastAsiaTheme="majorEastAsia"', f'w:eastAsia="{HEI}"')
    return STYLE.sub(lambda found: _style(found[1], found[0], lang), xml)


def _style(name: str, xml: str, lang: Language) -> str:
    if name == "Table":
        return _with(xml, "tblPr", f"<w:tblBorders>{BORDERS}</w:tblBorders>")
    if name == PARAGRAPH.replace(" ", "") and lang == "zh":
        return _with(xml, "pPr", LEADING + INDENT)
    return xml


def _with(xml: str, part: str, more: str) -> str:
    """With `more` as the properties that are named so; those of the same kind that were there are gone."""
    kinds = set(re.findall(r"<w:(tblBorders|spacing|ind)\b", more))
    for kind in kinds:
        xml = re.sub(rf"<w:{kind}\b[^>]*/>|<w:{kind}\b[^>]*[^/]>.*?</w:{kind}>", "", xml, flags=re.DOTALL)
    if f"<w:{part}>" in xml:
        at = xml.index(f"<w:{part}>") + len(f"<w:{part}>")
        if part == "tblPr":  # the order of its children is fixed: borders stand behind the indent
            inside = re.compile(r"<w:tblInd\b[^>]*/>").search(xml, at)
            at = inside.end() if inside else at
        return xml[:at] + more + xml[at:]
    before = "<w:rPr>" if "<w:rPr>" in xml and part == "pPr" else "</w:style>"
    at = xml.index(before)
    return xml[:at] + f"<w:{part}>{more}</w:{part}>" + xml[at:]
