"""The gates every request passes before the app sees it, each a plain ASGI middleware.

Loopback is no boundary: any page open in the browser can reach it. So the rules do not ask where a request comes from but what a
browser cannot forge: `Host` (DNS rebinding), `Origin` and `Sec-Fetch-Site` (cross-site writes). No response ever carries an
`Access-Control-Allow-*` header, so that no other origin reads anything. Tests: `tests/web/doors`, after `evidence/security.md`.
"""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hanmo.core.errors import Forbidden, SetupError, UnsupportedBody
from hanmo.web.addresses import AllowList, Netloc, Networks, is_loopback, parse_address, parse_netloc, parse_origin, plain

__all__ = [
    "HostGate",
    "HttpOnly",
    "OriginGate",
    "Proxies",
    "ResponseHeaders",
    "RootPath",
    "checked_root_path",
    "is_api",
    "nonce_of",
    "path_of",
]

SAFE_METHODS = frozenset({"GET", "HEAD"})
_API = ("/api", "/v1")
_FORWARDED = (
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-prefix",
    b"forwarded",
    b"x-real-ip",
)

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html dompurify"
)
_FEATURES = ("accelerometer", "autoplay", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi",
             "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking")  # fmt: skip
RESPONSE_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _FEATURES),
    "X-DNS-Prefetch-Control": "off",
}


def path_of(scope: Scope) -> str:
    """The path below the root path; at least `/`."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return (path[len(root) :] or "/") if root and (path == root or path.startswith(root + "/")) else path


def is_api(path: str) -> bool:
    return any(path == prefix or path.startswith(prefix + "/") for prefix in _API)


def nonce_of(scope: Scope) -> str:
    """This request's CSP nonce."""
    return str(scope["hanmo.nonce"])


def client_of(scope: Scope) -> str:
    """The client's IP address; empty where there is none (a UNIX socket)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


class HttpOnly:
    """We have no WebSocket: whoever asks for one is turned away before anything else looks at it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(scope, receive, send)


class Gate(ABC):
    """A middleware for HTTP; the lifespan passes by."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.http(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    @abstractmethod
    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What the gate does with one request: pass it on, answer it, or raise."""


def checked_root_path(root_path: str) -> str:
    """`/hanmo`, with no slash at its end; empty where there is no prefix."""
    trimmed = "/" + root_path.strip("/") if root_path.strip("/") else ""
    segments = trimmed.split("/")[1:]
    plain_segments = all(
        segment and segment.strip(".") and segment.replace("-", "").replace("_", "").replace(".", "").isalnum()
        for segment in segments
    )
    if not trimmed.isascii() or not plain_segments or is_api(trimmed):
        raise SetupError("bad_root_path", path=root_path)
    return trimmed


class RootPath(Gate):
    """Serves below a prefix, whether the proxy in front leaves it on or takes it off."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        super().__init__(app)
        self.root_path = checked_root_path(root_path)

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        root, path = self.root_path, str(scope["path"])
        if root and path.startswith("/"):
            has_prefix = path == root or path.startswith(root + "/")
            scope = {**scope, "root_path": root, "path": path if has_prefix else root + path}
        await self.app(scope, receive, send)


class ResponseHeaders(Gate):
    """The headers of every response, errors included. What is not an asset is never kept."""

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        nonce = secrets.token_urlsafe(16)
        scope = {**scope, "hanmo.nonce": nonce}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message.get("headers", [])))
                set_response_headers(headers, nonce, path_of(scope))
                message = {**message, "headers": headers.raw}
            await send(message)

        await self.app(scope, receive, sending)


def set_response_headers(headers: MutableHeaders, nonce: str, path: str) -> None:
    headers["Content-Security-Policy"] = _CSP.format(nonce=nonce)
    for name, value in RESPONSE_HEADERS.items():
        headers[name] = value
    if is_api(path):
        headers["Cache-Control"] = "no-store"
    else:
        headers.setdefault("Cache-Control", "no-store")


class Proxies(Gate):
    """Reads `X-Forwarded-For`, `-Proto` and `-Host` where a named proxy is the peer, and takes them away from everyone else."""

    def __init__(self, app: ASGIApp, trusted: Networks) -> None:
        super().__init__(app)
        self.trusted = trusted

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        kept = [(name, value) for name, value in scope["headers"] if name not in _FORWARDED]
        changed: dict[str, object] = {}
        if client_of(scope) in self.trusted:
            if client := self._client(headers.getlist("x-forwarded-for")):
                changed["client"] = (client, 0)
            if (scheme := _last(headers.getlist("x-forwarded-proto"))) in {"http", "https"}:
                changed["scheme"] = scheme
            if host := _last(headers.getlist("x-forwarded-host")):
                kept = [(name, value) for name, value in kept if name != b"host"] + [(b"host", host.encode("latin-1"))]
        await self.app({**scope, **changed, "headers": kept}, receive, send)

    def _client(self, values: list[str]) -> str | None:
        """The last address that is not one of the proxies: what stands before it was written by the client."""
        for text in reversed(",".join(values).split(",")):
            address = parse_address(text.strip())
            if address is None:
                return None
            if str(address) not in self.trusted:
                return str(plain(address))
        return None


def _last(values: list[str]) -> str:
    return values[-1].split(",")[-1].strip().lower() if values else ""


def host_of(scope: Scope) -> Netloc | None:
    """The one Host of a request in origin form (`GET /path`)."""
    hosts = Headers(scope=scope).getlist("host")
    return parse_netloc(hosts[0]) if len(hosts) == 1 and str(scope["path"]).startswith("/") else None


class HostGate(Gate):
    """Answers only to names on the list, for every method and path."""

    def __init__(self, app: ASGIApp, allowed: AllowList) -> None:
        super().__init__(app)
        self.allowed = allowed

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = host_of(scope)
        if host is None or not self.allowed.answers_to(host.host):
            raise Forbidden("host_not_allowed")
        await self.app(scope, receive, send)


class OriginGate(Gate):
    """Only our own page, and programs that no browser stands behind, may change anything.

    A request with Origin must come from the place it goes to (or from a name the user allowed). One with neither Origin nor
    Sec-Fetch-Site is no browser's of today; should it be an old one's, then what it can send to another site without asking first is
    a POST that is not JSON: that is refused where a cookie or the network is involved. Bodies for the API are JSON in any case.
    """

    def __init__(self, app: ASGIApp, allowed: AllowList) -> None:
        super().__init__(app)
        self.allowed = allowed

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, api = Headers(scope=scope), is_api(path_of(scope))
        unsafe = scope["method"] not in SAFE_METHODS
        if (unsafe or api) and headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise Forbidden("origin_not_allowed")
        if unsafe:
            self._check_writer(scope, headers)
            if api and _has_body(headers) and not is_json(headers):
                raise UnsupportedBody("json_expected")
        await self.app(scope, receive, send)

    def _check_writer(self, scope: Scope, headers: Headers) -> None:
        if origins := headers.getlist("origin"):
            if len(origins) > 1 or not self._is_ours(origins[0], host_of(scope)):
                raise Forbidden("origin_not_allowed")
        elif "sec-fetch-site" in headers or headers.get("authorization", "").lower().startswith("bearer "):
            return
        elif scope["method"] == "POST" and not is_json(headers) and ("cookie" in headers or not is_loopback(client_of(scope))):
            raise Forbidden("origin_missing")

    def _is_ours(self, text: str, host: Netloc | None) -> bool:
        origin = parse_origin(text)
        if origin is None or host is None:
            return False
        scheme, place = origin
        return place.same_place(host, scheme) or self.allowed.is_named(place.host)


def is_json(headers: Headers) -> bool:
    essence = headers.get("content-type", "").split(";")[0].strip().lower()
    return essence == "application/json" or (essence.startswith("application/") and essence.endswith("+json"))


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0").strip() not in {"", "0"}
