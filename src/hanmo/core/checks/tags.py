"""Are the tags of this HTML balanced? The standard lets many end tags be left out; those that it does not are missed here.

The order of end tags is looked at, not which element may stand in which.
"""

from html.parser import HTMLParser

_VOID = "area base basefont bgsound br col command embed frame hr img input keygen link meta param source track wbr"
_MAY_STAY_OPEN = "html head body p li dt dd rt rp optgroup option colgroup caption thead tbody tfoot tr td th"
VOID, MAY_STAY_OPEN = frozenset(_VOID.split()), frozenset(_MAY_STAY_OPEN.split())


class _Tags(HTMLParser):
    """Knows the elements that are open, each with its line, and the first fault."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[tuple[str, int]] = []
        self.error: tuple[int, str] | None = None

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 (the name is the parser's)
        if tag not in VOID:
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """`<path/>` closes itself."""

    def handle_endtag(self, tag: str) -> None:
        if self.error or tag in VOID:
            return
        depth = next((i for i in reversed(range(len(self.open))) if self.open[i][0] == tag), None)
        if depth is None:
            self.error = (self.getpos()[0], f"unexpected </{tag}>")
        else:
            self.error = _first_that_must_close(self.open[depth + 1 :])
            del self.open[depth:]


def tag_error(code: str) -> tuple[int, str] | None:
    """The line, from 1, and the reason of the first fault; None where the tags are balanced."""
    tags = _Tags()
    tags.feed(code)
    if tags.error is None and tags.rawdata[:2].strip("</").isalpha():
        return tags.getpos()[0], "tag is never closed"
    return tags.error or _first_that_must_close(tags.open)


def _first_that_must_close(elements: list[tuple[str, int]]) -> tuple[int, str] | None:
    return next(((line, f"<{tag}> is never closed") for tag, line in elements if tag not in MAY_STAY_OPEN), None)
