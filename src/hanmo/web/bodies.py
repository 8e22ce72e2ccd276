"""Limits on what is sent to us: bytes counted as they come, never as announced, and the depth of JSON."""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hanmo.core.errors import InvalidRequest, TooLarge
from hanmo.core.values import Problem
from hanmo.web.security import Gate, is_json, path_of

__all__ = ["BodyGate", "json_depth"]

DEFAULT_LIMIT_BYTES = 1 << 20
JSON_DEPTH = 64

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]"))


class BodyGate(Gate):
    """`limits` maps a path (below the root path) to its own limit in bytes.

    JSON is read whole here, so that too much or too deep of it never reaches a parser; other bodies are counted while the app reads.
    """

    def __init__(self, app: ASGIApp, limits: Mapping[str, int], default_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        super().__init__(app)
        self.limits = limits
        self.default_bytes = default_bytes

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self.limits.get(path_of(scope), self.default_bytes)
        headers = Headers(scope=scope)
        if (announced := headers.get("content-length", "0")).isdecimal() and int(announced) > limit:
            raise TooLarge("body_too_large", limit_bytes=limit)
        counted = Counted(receive, limit)
        if is_json(headers):
            body = await counted.read_all()
            if json_depth(body) > JSON_DEPTH:
                raise InvalidRequest("json_too_deep", limit=JSON_DEPTH)
            await self.app(scope, Replayed(body, receive), send)
        else:
            await self.app(scope, counted, send)


class Counted:
    """`receive` with a limit. The error is Starlette's class because FastAPI passes that one through unchanged."""

    def __init__(self, receive: Receive, limit_bytes: int) -> None:
        self.receive = receive
        self.limit_bytes = limit_bytes
        self.num_bytes = 0

    async def __call__(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.num_bytes += len(message.get("body", b""))
            if self.num_bytes > self.limit_bytes:
                raise HTTPException(413, Problem("body_too_large", {"limit_bytes": self.limit_bytes}))  # type: ignore[arg-type]
        return message

    async def read_all(self) -> bytes:
        parts: list[bytes] = []
        while True:
            message = await self()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(parts)


class Replayed:
    """`receive` that gives a body already read, then what comes after it."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self.body: bytes | None = body
        self.receive = receive

    async def __call__(self) -> Message:
        if self.body is None:
            return await self.receive()
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}


def json_depth(body: bytes, limit: int = JSON_DEPTH) -> int:
    """How deep the brackets outside strings go, or any number over `limit`; the body need not be valid.

    Each round takes the innermost pairs away, at the speed of `bytes.replace`: a loop over a megabyte of brackets would hold up all others.
    """
    left = _STRING.sub(b"", body).translate(_BRACKETS).translate(None, _NOT_BRACKETS)
    for depth in range(limit + 1):
        inner = left.replace(b"[]", b"")
        if inner == left:
            return depth + left.count(b"[")
        left = inner
    return limit + 1
