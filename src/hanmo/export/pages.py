"""HTML and EPUB: how they look, and what may stand in them.

Rules
  * One file, nothing loaded: styles stand in it, and its own policy forbids scripts and whatever comes from elsewhere.
  * Pandoc writes from a tree that has been made safe (`tree.py`); here what it wrote is read again, and an element or an attribute that is not
    on the list ends the export. The list is of what can be seen, and of MathML.
"""

from html.parser import HTMLParser

from hanmo.core.errors import ExportFailed

__all__ = ["HTML_TEMPLATE", "check_html", "style"]

COMMON = """
body { line-height: 1.8; overflow-wrap: break-word; }
h1, h2, h3, h4, h5, h6 { line-height: 1.4; }
table { border-collapse: collapse; width: 100%; margin: 1em 0; }
th, td { border: 1px solid #999; padding: 0.35em 0.6em; text-align: start; overflow-wrap: anywhere; text-indent: 0; }
blockquote { margin: 1em 0; padding: 0 1em; border-inline-start: 3px solid #bbb; }
pre { padding: 0.8em 1em; overflow-x: auto; white-space: pre-wrap; background: #f5f5f4; line-height: 1.5; text-indent: 0; }
code { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.92em; }
hr { width: 40%; margin: 2em auto; border: 0; border-top: 1px solid #aaa; }
.han em { font-style: normal; text-emphasis: filled dot; text-emphasis-position: under right; -webkit-text-emphasis: filled dot;
  -webkit-text-emphasis-position: under right; }
math[display="block"] { margin: 1em 0; }
"""
INDENTED = """
body > p, main > p, section > p { margin: 0.5em 0; text-indent: 2em; }
"""
WEB = """
body { max-width: 42em; margin: 3em auto; padding: 0 1.2em; color: #222; background: #fff;
  font-family: "Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", SimSun, serif; }
h1.title { margin: 1em 0 1.5em; text-align: center; text-indent: 0; }
nav { margin: 2em 0; }
@media print { body { max-width: none; margin: 0; } a { color: inherit; } }
"""
HTML_TEMPLATE = """<!DOCTYPE html>
<html lang="$lang$">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$pagetitle$</title>
<style>
$styles$
$highlighting-css$
</style>
</head>
<body>
<h1 class="title">$title$</h1>
$if(toc)$
<nav role="doc-toc" aria-label="$toc-title$">
$table-of-contents$
</nav>
$endif$
<main>
$body$
</main>
</body>
</html>
"""
ELEMENTS = """
html head meta title style body main nav h1 h2 h3 h4 h5 h6 p br hr a em strong del span code pre div blockquote ul ol li
table thead tbody tfoot tr th td colgroup col
math semantics annotation mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts
mprescripts none mtable mtr mtd mstyle mpadded mphantom menclose merror
"""
ATTRIBUTES = """
lang charset name content class id href role aria-label aria-hidden tabindex style start type width colspan rowspan
xmlns display encoding mathvariant accent accentunder form stretchy fence separator lspace rspace movablelimits scriptlevel displaystyle
linethickness columnalign columnspacing rowspacing columnlines rowlines notation minsize maxsize symmetric largeop
height depth voffset mathsize mathcolor mathbackground http-equiv data-toc-label
"""
LINKS = ("http://", "https://", "mailto:", "#")


def style(*, chinese: bool, web: bool) -> str:
    return COMMON + (INDENTED if chinese else "") + (WEB if web else "")


def check_html(page: str) -> None:
    """`ExportFailed` where something stands in it that should not."""
    reader = _Reader()
    reader.feed(page)
    reader.close()


class _Reader(HTMLParser):
    elements = frozenset(ELEMENTS.split())
    attributes = frozenset(ATTRIBUTES.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.elements:
            raise ExportFailed("export_failed", program="pandoc", reason=f"<{tag[:40]}>")
        for name, value in attrs:
            if name not in self.attributes or (name == "href" and not (value or "").lower().startswith(LINKS)):
                raise ExportFailed("export_failed", program="pandoc", reason=f"<{tag} {name[:40]}>")
