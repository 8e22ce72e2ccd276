"""Nobody holds a connection by sending slowly: uvicorn's HTTP protocol with absolute deadlines.

uvicorn has no limit on the time a request may take to arrive: its keep-alive timer is reset by every byte, and middleware runs too
late. So the protocol itself counts: 10 s for the head of a request, 60 s for its body, none for the answer (a stream may take hours).
More than 128 connections that have not said what they want push out the one that has waited longest; a browser's request arrives
whole, so it is never among them for long.
"""

import asyncio
import weakref
from typing import Any, ClassVar, Literal

import h11
from starlette.datastructures import MutableHeaders
from uvicorn.protocols.http.h11_impl import H11Protocol

from hanmo.core.values import Problem
from hanmo.web.problems import problem_response
from hanmo.web.security import set_response_headers

__all__ = ["DeadlineProtocol"]

HEAD_S = 10.0
BODY_S = 60.0
MAX_WAITING = 128

Stage = Literal["head", "body", "answer"]


class DeadlineProtocol(H11Protocol):
    """One connection. `waiting` holds those still in their heads, oldest first, per server."""

    waiting: ClassVar[weakref.WeakKeyDictionary[Any, dict["DeadlineProtocol", None]]] = weakref.WeakKeyDictionary()
    head_s = HEAD_S
    body_s = BODY_S
    max_waiting = MAX_WAITING
    _stage: Stage = "answer"
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._enter("head")

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.SEND_BODY:
            self._enter("body")
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._enter("head")
        else:
            self._enter("answer")

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter("answer")
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's own words)
        answer = problem_response({"type": "http", "headers": []}, Problem("malformed_request"), 400)
        headers = MutableHeaders(raw=[*answer.raw_headers, (b"connection", b"close")])
        set_response_headers(headers, nonce="", path="/")
        for event in (h11.Response(status_code=400, headers=headers.raw), h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _enter(self, stage: Stage) -> None:
        """A stage that goes on keeps its deadline: bytes do not buy time."""
        if stage == self._stage:
            return
        self._stage = stage
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
        line = self.waiting.setdefault(self.server_state, {})
        line.pop(self, None)
        if stage == "answer" or self.transport.is_closing():
            return
        self._deadline = self.loop.call_later(self.head_s if stage == "head" else self.body_s, self.transport.abort)
        if stage == "head":
            line[self] = None
            if len(line) > self.max_waiting:
                next(iter(line)).transport.abort()
