"""HTML, Word, EPUB and PDF by the real pandoc and typst: the structure of what comes out, of good texts and of bad ones."""

import asyncio
import io
import re
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hanmo.core.errors import ExportUnavailable
from hanmo.core.exports import Document, ExportFormat
from hanmo.export import DocumentExporter
from hanmo.export.pdf import typst_source
from hanmo.export.typesetting import EMBEDDED, missing_characters
from tests.export.samples import document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
OPF = "{http://www.idpf.org/2007/opf}"
DC = "{http://purl.org/dc/elements/1.1/}"
ODD = [
    document("正文。", "题" * 300),
    document("正文。", "\"#$\\{}<>&'@~^_ `*"),
    document("正文。", "مرحبا بالعالم"),
    document("```python\nprint(1)\n```", "只有代码"),
    document("$$x", "没关的公式"),
    document("```\n没关的代码", "没关"),
    document("---\ntitle: 假的\n---\n\n文", "假的元数据"),
    document("% 假题\n% 假人\n\n文", "假的题"),
    document("[a]: javascript:x\n\n[a] [b](file:///etc/passwd) <javascript:x>", "链接"),
    document('$\\unknown{x}$ $\\frac{$ $$\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}$$ $#x$ $"$', "怪公式"),
    document("> > > 引\n\n1. a\n    - b\n\n        c\n\n***\n\n| a |\n|---|\n", "套起来"),
    document("# #\n\n#\n\n##  \n\n###### 六", "空标题"),
    document("A plain text in English.\n\n# One\n\n# Two\n\n# Three\n", "English", "en"),
    document("\x01\x02\x7f\ufeff\u2028\u2029\ufffe文\u200b\u202e", "看不见的"),
]


def made(form: ExportFormat, of: Document | None = None) -> bytes:
    return asyncio.run(DocumentExporter().convert(of or document(), form))


def parts(file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file)) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def parsed(xml: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(re.sub(rb"<!DOCTYPE[^>]*>", b"", xml))


class Page(HTMLParser):
    """Which elements and attributes a page has, and its words."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


# ------------------------------------------------------------------------------------------------------------------------ HTML


def test_a_page_stands_alone_and_nothing_in_it_lives() -> None:
    page = Page(made("html"))
    names = [tag for tag, _ in page.tags]
    assert not {"script", "img", "link", "iframe", "input", "form", "object", "svg"} & set(names)
    assert all(not name.startswith("on") and name != "src" for _, attributes in page.tags for name in attributes)
    links = [attributes.get("href") or "" for tag, attributes in page.tags if tag == "a"]
    assert "https://example.com/a.png" in links
    assert all(re.match(r"https?://|mailto:|#", link) for link in links)
    assert "/etc/passwd" in page.words and "root:" not in page.words
    assert "<script>alert(1)</script>" in page.words


def test_a_page_has_what_the_text_has() -> None:
    raw = made("html").decode()
    page = Page(raw.encode())
    names = [tag for tag, _ in page.tags]
    assert ("html", {"lang": "zh-CN"}) in page.tags
    assert "<strong>真，</strong>她说<strong>「重要」</strong>的事" in raw
    assert "text-indent: 2em" in raw and "　" not in page.words
    assert names.count("table") == 1 and names.count("math") == 4
    assert [tag for tag in names if re.fullmatch(r"h\d", tag)] == ["h1", "h2", "h3", "h2", "h2"]
    assert names.count("nav") == 1 and names.count("ol") == 1
    assert "x^2^ @user [@cite] #let #import <lab>" in page.words


# ------------------------------------------------------------------------------------------------------------------------ Word


def test_a_word_file_has_tables_with_lines_formulas_and_indented_paragraphs() -> None:
    files = parts(made("docx"))
    body = parsed(files["word/document.xml"])
    bold = ["".join(run.itertext()) for run in body.iter(f"{W}r") if run.find(f"{W}rPr/{W}b") is not None]
    assert "真，" in bold and "「重要」" in bold
    assert len(list(body.iter(f"{W}tbl"))) == 1 and len(list(body.iter(f"{M}oMath"))) == 4
    styles = [style.get(f"{W}val") for style in body.iter(f"{W}pStyle")]
    assert [style for style in styles if str(style).startswith("Heading")] == ["Heading1", "Heading2", "Heading1", "Heading1"]
    assert styles[0] == "Title" and styles.count("HanmoParagraph") >= 6
    words = "".join(body.itertext())
    assert "　" not in words and "root:" not in words
    sheet = parsed(files["word/styles.xml"])
    by_id = {style.get(f"{W}styleId"): style for style in sheet.iter(f"{W}style")}
    indent = by_id["HanmoParagraph"].find(f"{W}pPr/{W}ind")
    assert indent is not None and indent.get(f"{W}firstLineChars") == "200"
    assert by_id["Table"].find(f"{W}tblPr/{W}tblBorders/{W}insideV") is not None
    assert b"1970" not in files["docProps/core.xml"]
    relations = files["word/_rels/document.xml.rels"].decode()
    assert re.findall(r'Target="((?!http)[^"]*:[^"]*)"', relations) == []


def test_an_english_word_file_is_not_indented() -> None:
    files = parts(made("docx", document(lang="en")))
    assert b"HanmoParagraph" not in files["word/document.xml"]


# ------------------------------------------------------------------------------------------------------------------------ EPUB


def test_a_book_is_a_whole_epub_with_formulas_in_mathml() -> None:
    file = made("epub")
    with zipfile.ZipFile(io.BytesIO(file)) as zipped:
        first = zipped.infolist()[0]
        assert (first.filename, first.compress_type, zipped.read(first)) == (
            "mimetype",
            zipfile.ZIP_STORED,
            b"application/epub+zip",
        )
    files = parts(file)
    rootfile = next(parsed(files["META-INF/container.xml"]).iter("{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"))
    opf = parsed(files[str(rootfile.get("full-path"))])
    assert [each.text for each in opf.iter(f"{DC}language")] == ["zh-CN"]
    assert [each.text for each in opf.iter(f"{DC}title")] == ['春茶 "A" & <B>']
    assert "1970" not in files["EPUB/content.opf"].decode()
    items = {str(item.get("id")): str(item.get("href")) for item in opf.iter(f"{OPF}item")}
    assert all(f"EPUB/{href}" in files for href in items.values())
    assert all(str(ref.get("idref")) in items for ref in opf.iter(f"{OPF}itemref"))
    pages = [parsed(content) for name, content in files.items() if name.endswith(".xhtml")]
    assert sum(len(list(page.iter(f"{MATHML}math"))) for page in pages) == 4
    nav = parsed(files["EPUB/nav.xhtml"])
    assert ["".join(each.itertext()) for each in nav.iter(f"{XHTML}a")][1:5] == ["第一节", "跳了级的小节", "第二节", "第三节"]
    assert not any(list(page.iter(f"{XHTML}{tag}")) for page in pages for tag in ("script", "img", "input"))
    assert not any(name.startswith("on") or name == "src" for page in pages for each in page.iter() for name in each.attrib)
    assert b"text-indent: 2em" in files["EPUB/styles/stylesheet1.css"]


# ------------------------------------------------------------------------------------------------------------------------- PDF


def fonts_of(pdf: bytes) -> set[str]:
    """The names of the fonts in it, those in its compressed objects too."""
    found = set(re.findall(rb"/BaseFont\s*/([\w+-]+)", pdf))
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found |= set(re.findall(rb"/BaseFont\s*/([\w+-]+)", zlib.decompress(stream[1])))
        except zlib.error:
            continue
    return {name.decode() for name in found}


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def has_fonts_for(text: str) -> bool:
    return not missing_characters(text, [(font.family, font.path, font.index) for font in typst.Fonts().fonts()])


def test_a_pdf_has_a_page_for_the_title_a_contents_and_a_font_for_its_characters_or_says_what_is_missing() -> None:
    if not has_fonts_for("春茶真重要"):
        with pytest.raises(ExportUnavailable) as refused:
            made("pdf")
        assert refused.value.code == "export_font_missing"
        return
    pdf = made("pdf")
    assert pdf.startswith(b"%PDF-1.") and pdf.rstrip().endswith(b"%%EOF")
    assert pages_of(pdf) >= 3
    assert any(re.search(r"(?i)cjk|han|song|hei|ming|yahei|pingfang|sc", name) for name in fonts_of(pdf)), fonts_of(pdf)


def test_a_pdf_in_english_needs_no_font_of_this_computer() -> None:
    pdf = made("pdf", document("Some *words* and a formula $x^2$.\n", "Tea", "en"))
    assert pdf.startswith(b"%PDF") and pages_of(pdf) == 1


def test_a_character_that_no_font_has_is_named_and_not_drawn_as_a_box() -> None:
    with pytest.raises(ExportUnavailable) as refused:
        made("pdf", document("Words \U0001fbfa \U00012345.", "Tea", "en"))
    assert (refused.value.code, refused.value.params) == ("export_font_missing", {"characters": "\U00012345 \U0001fbfa"})


def test_the_fonts_that_come_with_typst_have_what_is_said_of_them(tmp_path: Path) -> None:
    text = "".join(chr(code) for first, last in EMBEDDED for code in range(first, last + 1) if chr(code) not in '\\"')
    source = tmp_path / "all.typ"
    page = '#set page(width: 80cm)\n#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"), ligatures: false)\n'
    source.write_text(f'{page}#text("\U0010fffd")\n\n' + "\n\n".join(f'#text("{each}")' for each in text), "utf-8")
    svg = typst.compile(str(source), format="svg", ignore_system_fonts=True)
    drawn = b"".join(svg if isinstance(svg, list) else [svg or b""]).decode()
    used = re.findall(r'<use [^>]*href="#([^"]+)"', drawn)
    assert len(used) > 300
    assert used.count(used[0]) == 1, "the first is the box of a character that no font has"


@pytest.mark.parametrize("bold", ["true", "false"])
def test_a_family_without_a_bold_is_made_thicker(bold: str) -> None:
    source = typst_source("#strong[Bold] plain\n= One\n", "T", "en", contents="")
    named = f'#let hanmo-bold = {bold}\n#let hanmo-fonts = ("Libertinus Serif",)\n#let hanmo-mono = ("DejaVu Sans Mono",)\n'
    svg = typst.compile((named + source).encode(), format="svg", ignore_system_fonts=True)
    assert isinstance(svg, bytes)
    assert (b"stroke-width" in svg) == (bold == "false")


# -------------------------------------------------------------------------------------------------------------------- anything


@pytest.mark.parametrize("odd", ODD, ids=lambda each: each.title[:12].encode("ascii", "replace").decode())
@pytest.mark.parametrize("form", ["html", "docx", "epub", "pdf"])
def test_an_odd_text_becomes_a_sound_file(form: ExportFormat, odd: Document) -> None:
    try:
        file = made(form, odd)
    except ExportUnavailable as refused:
        assert form == "pdf" and refused.code == "export_font_missing"
        return
    check_sound(form, file)


def check_sound(form: ExportFormat, file: bytes) -> None:
    if form == "pdf":
        assert file.startswith(b"%PDF") and pages_of(file) >= 1
    elif form == "html":
        page = Page(file)
        assert all(re.match(r"https?://|mailto:|#", a.get("href") or "#") for _, a in page.tags)
        assert not any(tag in ("script", "img", "iframe") or "src" in a for tag, a in page.tags)
    else:
        for name, content in parts(file).items():
            if name.endswith((".xml", ".xhtml", ".opf", ".ncx", ".rels")):
                parsed(content)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200), st.text(alphabet=st.sampled_from("甲a1 *_~`[]()<>#|-+$\\\n!:@{}&;\"'=^%\u3000"), max_size=200))
def test_any_text_becomes_a_page_a_book_and_a_word_file(title: str, body: str) -> None:
    text = document(body, title or "题")
    for form in ("html", "docx", "epub"):
        check_sound(form, made(form, text))


@settings(max_examples=6, deadline=None)
@given(st.text(alphabet=st.sampled_from("a1 *_~`[]()<>#|-+$\\\n!:@{}&;\"'=^%/"), max_size=200))
def test_no_mark_of_a_text_means_anything_to_typst(body: str) -> None:
    check_sound("pdf", made("pdf", document(body, body or "T", "en")))
