"""Signing in: the session cookie, the API key, and the gate that asks for one of them as soon as a password is set.

A session is 256 random bits in a cookie; only its SHA-256 is stored, together with the stamp of the password it was opened with, so a
new password voids every session, and nothing needs to hunt them down. A stream that is already open is watched, and ends with its
session. The public list below is short and explicit: a route that nobody listed is closed.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hanmo.core.errors import Conflict, Unauthorized
from hanmo.web.credentials import MAX_PASSWORD_CHARACTERS, Credentials, sha256
from hanmo.web.patience import Patience
from hanmo.web.security import Gate, client_of, path_of
from hanmo.work.ports import Sessions

__all__ = ["PUBLIC_ROUTES", "AuthGate", "Credentials", "Entrance", "login_router"]

PUBLIC_ROUTES = frozenset({("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/api/login"), ("GET", "/api/session")})
SESSION_S = 30 * 24 * 3600
_HASHES_AT_ONCE = 2
_WATCH_S = 0.5


class Entrance:
    """Decides who is let in. `closed` servers (those that listen beyond loopback) let nobody in without a password."""

    def __init__(
        self,
        credentials: Credentials,
        sessions: Sessions,
        *,
        closed: bool = False,
        port: int = 0,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.credentials = credentials
        self._sessions = sessions
        self._closed = closed
        self._port = port
        self._patience = patience or Patience()
        self._clock = clock
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def admits(self, scope: Scope) -> bool:
        if not self.credentials.password_set:
            return not self._closed
        headers = Headers(scope=scope)
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.credentials.knows_key(key.strip()):
            return True
        token = self._token(scope)
        return bool(token) and await self._sessions.is_open(sha256(token), self.credentials.stamp, self._clock())

    async def sign_in(self, scope: Scope, password: str) -> str:
        """Checks the password and opens a session; returns its token. Raises `Unauthorized`, `TooManyFailures` or `Conflict`."""
        if not self.credentials.password_set:
            raise Conflict("password_not_set")
        client = client_of(scope)
        begun = self._patience.begin(client)
        async with self._hashing:
            fits = await asyncio.to_thread(self.credentials.verify, password)
        if not fits:
            raise Unauthorized("wrong_password")
        self._patience.succeeded(client, begun)
        await self.sign_out(scope)
        token = secrets.token_urlsafe(32)
        await self._sessions.add(sha256(token), self.credentials.stamp, self._clock() + SESSION_S)
        return token

    async def sign_out(self, scope: Scope) -> None:
        if token := self._token(scope):
            await self._sessions.remove(sha256(token))

    def cookie(self, scope: Scope) -> dict[str, Any]:
        """Name and attributes of the session cookie. The port is in the name: cookies do not keep ports apart, two servers should."""
        https, path = scope["scheme"] == "https", str(scope.get("root_path", "")) or "/"
        prefix = ("__Host-" if path == "/" else "__Secure-") if https else ""
        name = f"{prefix}hanmo_session_{self._port}" if self._port else f"{prefix}hanmo_session"
        return {"key": name, "path": path, "secure": https, "httponly": True, "samesite": "strict"}

    def _token(self, scope: Scope) -> str:
        return Request(scope).cookies.get(str(self.cookie(scope)["key"]), "")


class AuthGate(Gate):
    """401 for everything that is not public, and the end of an event stream whose session was voided."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        super().__init__(app)
        self.entrance = entrance

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (scope["method"], path_of(scope)) in PUBLIC_ROUTES:
            await self.app(scope, receive, send)
        elif await self.entrance.admits(scope):
            await self._while_admitted(scope, receive, send)
        else:
            raise Unauthorized("sign_in_needed")

    async def _while_admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        watcher: asyncio.Task[None] | None = None
        ended = False

        async def sending(message: Message) -> None:
            nonlocal watcher, ended
            if message["type"] == "http.response.start" and _is_stream(message):
                watcher = asyncio.create_task(self._watch(scope, deadline))
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        try:
            async with asyncio.timeout(None) as deadline:
                await self.app(scope, receive, sending)
        except TimeoutError:
            if not deadline.expired():
                raise
            if not ended:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if watcher:
                watcher.cancel()

    async def _watch(self, scope: Scope, deadline: asyncio.Timeout) -> None:
        with suppress(Exception):  # who cannot be asked does not admit
            while await self.entrance.admits(scope):  # noqa: ASYNC110 (a row of the database is nothing one can await)
                await asyncio.sleep(_WATCH_S)
        deadline.reschedule(0.0)


def _is_stream(start: Message) -> bool:
    return Headers(raw=list(start.get("headers", []))).get("content-type", "").startswith("text/event-stream")


class PasswordBody(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    password: str = Field(min_length=1, max_length=MAX_PASSWORD_CHARACTERS)


class SessionBody(BaseModel):
    password_set: bool
    signed_in: bool


def login_router(entrance: Entrance) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["login"])

    @router.post("/login", status_code=204)
    async def login(body: PasswordBody, request: Request) -> Response:
        """Opens a session and sets its cookie."""
        token = await entrance.sign_in(request.scope, body.password)
        response = Response(status_code=204)
        response.set_cookie(value=token, max_age=SESSION_S, **entrance.cookie(request.scope))
        return response

    @router.post("/logout", status_code=204)
    async def logout(request: Request) -> Response:
        """Ends this session, with the streams that were opened in it."""
        await entrance.sign_out(request.scope)
        response = Response(status_code=204)
        response.delete_cookie(**entrance.cookie(request.scope))
        return response

    @router.get("/session")
    async def session(request: Request) -> SessionBody:
        """Whether a password is set, and whether the caller is let in."""
        return SessionBody(password_set=entrance.credentials.password_set, signed_in=await entrance.admits(request.scope))

    return router
