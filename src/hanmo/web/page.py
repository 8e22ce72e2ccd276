"""The built page: a fixed table of the files that the build left, so that no path a client sends ever reaches the file system.

`index.html` is written anew for each request (CSP nonce, `<base href>` for the root path) and stands in for every address inside the
single-page app; hashed assets are kept for ever. What is neither goes on to the app behind.
"""

import html
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hanmo.core.errors import NotFound, PageNotBuilt
from hanmo.i18n import problem_words
from hanmo.web.problems import language_of
from hanmo.web.security import SAFE_METHODS, Gate, is_api, nonce_of, path_of

__all__ = ["STATIC", "Page", "PageDoor"]

STATIC = Path(__file__).parent / "static"
NONCE_MARK = "__CSP_NONCE__"

# our own table: what `mimetypes` says depends on the machine (a Windows registry may call .js text/plain)
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_KEPT_FOR_EVER = "public, max-age=31536000, immutable"
_ASKED_AGAIN = "no-cache"
_NEVER_A_VIEW = frozenset({"/healthz", "/readyz"})
_BASE_TAG = re.compile(r"<base\b[^>]*>", re.IGNORECASE)
_HEAD_TAG = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_ODD = re.compile(r"[\x00-\x1f\x7f\\]|//|(?:^|/)\.{1,2}(?:/|$)")


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    media_type: str
    cache_control: str


class Page:
    """The files of one build. Read again while there is no index: the build may still be running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = _files_of(folder)

    def file(self, path: str) -> File | None:
        return self.files.get(path)

    def index(self, nonce: str, root_path: str) -> str:
        if "/index.html" not in self.files:
            self.files = _files_of(self.folder)
        if "/index.html" not in self.files:
            raise PageNotBuilt("ui_not_built", command="make run")
        text = self.files["/index.html"].path.read_text("utf-8").replace(NONCE_MARK, nonce)
        base = f'<base href="{html.escape(root_path)}/">'
        if _BASE_TAG.search(text):
            return _BASE_TAG.sub(lambda _: base, text, count=1)
        return _HEAD_TAG.sub(lambda head: head[0] + base, text, count=1)


def _files_of(folder: Path) -> dict[str, File]:
    """URL path -> file. Only types we know, no dot files, nothing that a link leads out of the folder."""
    root = folder.resolve()
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        inside = path.relative_to(folder)
        known = path.suffix in _TYPES and not any(part.startswith(".") for part in inside.parts)
        if known and path.is_file() and path.resolve().is_relative_to(root):
            cache = _KEPT_FOR_EVER if inside.parts[0] == "assets" else _ASKED_AGAIN
            found["/" + inside.as_posix()] = File(path, _TYPES[path.suffix], cache)
    return found


class PageDoor(Gate):
    """Answers what belongs to the page, open to everybody, and passes on the rest."""

    def __init__(self, app: ASGIApp, page: Page) -> None:
        super().__init__(app)
        self.page = page

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._response(scope) if scope["method"] in SAFE_METHODS else None
        await (response or self.app)(scope, receive, send)

    def _response(self, scope: Scope) -> Response | None:
        path = path_of(scope)
        if is_api(path) or path in _NEVER_A_VIEW:
            return None
        if path not in {"/", "/index.html"}:
            if file := self.page.file(path):
                return FileResponse(file.path, headers={"Cache-Control": file.cache_control, "Content-Type": file.media_type})
            if path.startswith("/assets/") or _ODD.search(path):
                raise NotFound("route_not_found")
            if not _wants_html(scope):
                return None
        return self._index(scope)

    def _index(self, scope: Scope) -> Response:
        try:
            return HTMLResponse(self.page.index(nonce_of(scope), str(scope.get("root_path", ""))))
        except PageNotBuilt as error:
            if not _wants_html(scope):
                raise
            said = problem_words(error.code, error.params, language_of(scope))
            return PlainTextResponse("\n\n".join(said) + "\n", error.status)


def _wants_html(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "")
