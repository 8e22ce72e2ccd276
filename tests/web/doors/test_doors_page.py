"""The page: what is served of the built folder, and that nothing else is (row 9)."""

import re
from pathlib import Path
from typing import Any

import pytest

from hanmo.core.errors import SetupError
from hanmo.web.security import checked_root_path
from tests.web.doors.house import INDEX, PASSWORD, build, serving

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX, "utf-8")
    for name in ("assets/index-1a2b.js", "assets/style-3c.css", "assets/font-4d.woff2", "icon.svg", "manifest.webmanifest"):
        (folder / name).write_text("content of " + name, "utf-8")
    (folder / ".env").write_text("hidden")
    (folder / "notes.py").write_text("hidden")
    (tmp_path / "secret.txt").write_text("hidden")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "outside").symlink_to(tmp_path)
    return folder


async def test_the_index_has_a_nonce_of_its_own_and_the_base_of_the_root_path(tmp_path: Path, static: Path) -> None:
    async with serving(build(tmp_path), static=static) as served:
        first, second = [await served.http.get("/", headers=HTML) for _ in range(2)]
    nonce = re.search(r"nonce-([\w-]+)'", first.headers["content-security-policy"])
    assert nonce
    assert f'nonce="{nonce[1]}"' in first.text
    assert "__CSP_NONCE__" not in first.text
    assert first.text != second.text
    assert '<base href="/">' in first.text
    assert first.text.count("<base") == 1
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("prefix", ["/hanmo", ""])
async def test_below_a_root_path_all_is_reached_whether_the_proxy_leaves_the_prefix_or_not(
    tmp_path: Path, static: Path, prefix: str
) -> None:
    async with serving(build(tmp_path), static=static, root_path="/hanmo/") as served:
        page = await served.http.get(prefix + "/", headers=HTML)
        asset = await served.http.get(prefix + "/assets/index-1a2b.js")
        api = await served.http.get(prefix + "/api/things")
        health = await served.http.get(prefix + "/healthz")
    assert '<base href="/hanmo/">' in page.text
    assert [answer.status_code for answer in (asset, api, health)] == [200, 200, 200]


async def test_a_missing_base_tag_is_put_in(tmp_path: Path, static: Path) -> None:
    (static / "index.html").write_text("<html><head><title>x</title></head></html>")
    async with serving(build(tmp_path), static=static) as served:
        assert '<head><base href="/"><title>' in (await served.http.get("/")).text


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/assets/index-1a2b.js", "text/javascript; charset=utf-8"),
        ("/assets/style-3c.css", "text/css; charset=utf-8"),
        ("/assets/font-4d.woff2", "font/woff2"),
        ("/icon.svg", "image/svg+xml"),
        ("/manifest.webmanifest", "application/manifest+json"),
    ],
)
async def test_files_have_their_type_and_only_hashed_ones_are_kept_for_ever(
    tmp_path: Path, static: Path, path: str, media_type: str
) -> None:
    async with serving(build(tmp_path, password=PASSWORD), static=static) as served:
        answer = await served.http.get(path)
        head = await served.http.head(path)
    assert (answer.status_code, answer.text) == (200, "content of " + path[1:])
    assert answer.headers["content-type"] == media_type
    assert ("immutable" in answer.headers["cache-control"]) == path.startswith("/assets/")
    assert (head.status_code, head.text, head.headers["content-length"]) == (200, "", answer.headers["content-length"])


async def test_an_address_inside_the_page_gets_the_page_and_a_program_gets_a_problem(tmp_path: Path, static: Path) -> None:
    async with serving(build(tmp_path), static=static) as served:
        view = await served.http.get("/c/0123abcd", headers=HTML)
        program = await served.http.get("/c/0123abcd")
        api = await served.http.get("/api/nothing", headers=HTML)
        health = await served.http.get("/healthz", headers=HTML)
        written = await served.http.post("/c/0123abcd", headers={**HTML, **served.origin})
    assert (view.status_code, "<base" in view.text) == (200, True)
    assert [program.status_code, api.status_code, written.status_code] == [404, 404, 404]
    assert api.headers["content-type"] == program.headers["content-type"] == "application/problem+json"
    assert health.json() == {"ok": True}


TRAVERSALS = [
    "/../secret.txt", "/assets/../../secret.txt", "/assets/..%2f..%2fsecret.txt", "/%2e%2e/secret.txt", "/assets/%2e%2e/%2e%2e/secret.txt",
    "/..%5csecret.txt", "/..\\secret.txt", "/%252e%252e/secret.txt", "/assets//../secret.txt", "//etc/passwd", "/assets/%00", "/icon.svg%00.html",
    "/C:/windows/win.ini", "/assets/C:%5cwindows%5cwin.ini", "/%5c%5chost%5cshare", "/link.txt", "/outside/secret.txt", "/.env", "/notes.py",
    "/assets/.", "/assets/", "/icon.svg/", "/icon.svg.", "/ICON.SVG", "/assets/CON", "/assets/" + "a" * 5000, "/assets/%c0%ae%c0%ae/secret.txt",
    "/windows/x", "/assets/index-1a2b.js/..", "/./icon.svg",
]  # fmt: skip


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_no_path_leaves_the_folder(tmp_path: Path, static: Path, accept: str) -> None:
    async with serving(build(tmp_path), static=static) as served:
        head = f"HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
        answers: dict[str, Any] = {path: await served.raw(f"GET {path} {head}") for path in TRAVERSALS}
    assert not [
        path
        for path, answer in answers.items()
        if b"hidden" in answer.body or b"root:" in answer.body or b"content of" in answer.body
    ]
    as_view = {path for path, answer in answers.items() if answer.status == 200}
    assert all(b"<base" in answers[path].body for path in as_view)
    assert not {
        path for path in as_view if ".." in path or "%2e" in path or "%5c" in path or "%00" in path or path.startswith("/assets")
    }
    assert accept == "text/html" or not as_view


async def test_a_page_that_was_not_built_says_how_to_build_it_and_appears_when_it_is(tmp_path: Path) -> None:
    static = tmp_path / "static"
    async with serving(build(tmp_path), static=static) as served:
        shown = await served.http.get("/", headers={**HTML, "Accept-Language": "zh"})
        problem = await served.http.get("/")
        assert (await served.http.get("/healthz")).status_code == 200
        static.mkdir()
        (static / "index.html").write_text(INDEX)
        built = await served.http.get("/", headers=HTML)
    assert (shown.status_code, shown.headers["content-type"]) == (503, "text/plain; charset=utf-8")
    assert "make run" in shown.text
    assert "页面还没有构建" in shown.text
    assert (problem.status_code, problem.json()["code"]) == (503, "ui_not_built")
    assert built.status_code == 200


@pytest.mark.parametrize("root_path", ["/api", "/api/x", "/v1", "/a b", "/a/../b", "/<x>", "/é", '/"', "/a//b"])
def test_a_root_path_that_could_mislead_is_an_error(root_path: str) -> None:
    with pytest.raises(SetupError, match="bad_root_path"):
        checked_root_path(root_path)


@pytest.mark.parametrize(("root_path", "checked"), [("", ""), ("/", ""), ("/hanmo/", "/hanmo"), ("a/b-c_1.2", "/a/b-c_1.2")])
def test_a_root_path_is_brought_to_one_form(root_path: str, checked: str) -> None:
    assert checked_root_path(root_path) == checked
