"""The headers of every response, errors and refusals included (row 8)."""

import re
from pathlib import Path

from tests.web.doors.house import INDEX, PASSWORD, Answer, build, serving

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-…'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html dompurify"
)


def assert_headers(answer: Answer) -> None:
    headers = answer.headers
    assert re.sub("nonce-[^']*", "nonce-…", headers["content-security-policy"]) == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-dns-prefetch-control"] == "off"
    assert not [name for name in headers if name.startswith("access-control-")]
    assert "server" not in headers
    assert headers["cache-control"]


async def test_every_response_carries_them(tmp_path: Path) -> None:
    static = tmp_path / "static"
    (static / "assets").mkdir(parents=True)
    (static / "index.html").write_text(INDEX)
    (static / "assets" / "a-1.js").write_text("1")
    house = build(tmp_path, password=PASSWORD)
    house.events.put_nowait(None)
    key = f"Authorization: Bearer {house.entrance.credentials.new_key('x')}\r\n"
    requests = {
        "GET / HTTP/1.1": 200, "GET /assets/a-1.js HTTP/1.1": 200, "GET /assets/no.js HTTP/1.1": 404, "GET /healthz HTTP/1.1": 200,
        "GET /api/things HTTP/1.1": 200, "GET /api/stream HTTP/1.1": 200, "GET /api/nothing HTTP/1.1": 404, "PUT /api/things HTTP/1.1": 405,
        "GET /api/boom HTTP/1.1": 500, "POST /api/things HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{": 400,
        "POST /api/things HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 1": 415, "OPTIONS /api/things HTTP/1.1": 405,
        "POST /api/logout HTTP/1.1": 204, "GET /api/things HTTP/1.1\r\nHost: evil.com": 400, "nonsense": 400,
    }  # fmt: skip
    async with serving(house, static=static) as served:
        for request, status in requests.items():
            line, _, rest = request.partition("\r\n")
            host = f"Host: 127.0.0.1:{served.port}\r\n"
            head = f"{line}\r\n{host}{key}Connection: close\r\n{rest}" + (
                "" if "\r\n\r\n" in rest else "\r\n\r\n" if rest else "\r\n"
            )
            answer = await served.raw(head)
            assert (request[:40], answer.status) == (request[:40], status)
            assert_headers(answer)
        for head in ("GET /api/things HTTP/1.1\r\nHost: 127.0.0.1\r\n", "GET / HTTP/1.1\r\nHost: evil.com\r\n"):
            answer = await served.raw(head + "Connection: close\r\n\r\n")
            assert answer.status in {401, 403}
            assert_headers(answer)


async def test_what_the_api_says_is_never_kept(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        for path in ("/api/things", "/api/nothing", "/v1/models", "/api/session", "/healthz"):
            assert (await served.http.get(path)).headers["cache-control"] == "no-store"


async def test_each_request_has_its_own_nonce(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        policies = {(await served.http.get("/healthz")).headers["content-security-policy"] for _ in range(20)}
    assert len(policies) == 20
