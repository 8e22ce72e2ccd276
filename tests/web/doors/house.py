"""A small app behind the real doors, on a real uvicorn, and what the tests knock with."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx2
from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from hanmo.core.errors import EngineUnavailable
from hanmo.web.credentials import Credentials
from hanmo.web.deadlines import DeadlineProtocol
from hanmo.web.doors import Doors, guard
from hanmo.web.login import Entrance, login_router
from hanmo.web.patience import Patience
from hanmo.web.problems import install_problems
from hanmo.web.server import Server, bind
from hanmo.web.sse import Event, EventStream, last_event_id

PASSWORD = "a calm long password"
JSON = {"Content-Type": "application/json"}
SECRET = "the user's own words"

INDEX = (
    '<!doctype html><html><head><base href="./"><script type="module" src="./assets/index-1a2b.js"></script>'
    '<style nonce="__CSP_NONCE__"></style></head><body></body></html>'
)


class MemorySessions:
    """The port `Sessions` in a dict."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[str, float]] = {}

    async def add(self, token_sha256: str, stamp: str, expires_at: float) -> None:
        self.open[token_sha256] = (stamp, expires_at)

    async def is_open(self, token_sha256: str, stamp: str, now: float) -> bool:
        found = self.open.get(token_sha256)
        return found is not None and found[0] == stamp and found[1] > now

    async def remove(self, token_sha256: str) -> None:
        self.open.pop(token_sha256, None)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Sampling(BaseModel):
    model_config = ConfigDict(extra="forbid")
    temperature: float = Field(0.7, ge=0, le=2)


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1)
    preset: Literal["chat", "qa"] = "chat"
    sampling: Sampling | None = None


@dataclass
class House:
    """The inside of the app: what was done to it, and a stream whose events the test sends."""

    app: FastAPI
    entrance: Entrance
    sessions: MemorySessions
    clock: Clock
    closing: asyncio.Event
    things: list[str] = field(default_factory=list)
    events: "asyncio.Queue[Event | None]" = field(default_factory=asyncio.Queue)
    resumed_after: list[int] = field(default_factory=list)
    stream_closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def source(self) -> AsyncGenerator[Event]:
        try:
            while event := await self.events.get():
                yield event
        finally:
            self.stream_closed.set()


def build(tmp_path: Path, *, password: str | None = None, closed: bool = False, heartbeat_s: float = 10.0, port: int = 0) -> House:
    clock, sessions = Clock(), MemorySessions()
    credentials = Credentials(tmp_path / "credentials.json", clock=clock)
    if password:
        credentials.set_password(password)
    entrance = Entrance(credentials, sessions, closed=closed, port=port, patience=Patience(clock), clock=clock)
    app = FastAPI(openapi_url="/api/openapi.json", docs_url=None, redoc_url=None, redirect_slashes=False)
    house = House(app, entrance, sessions, clock, asyncio.Event())
    app.include_router(login_router(entrance))
    add_routes(house, heartbeat_s)
    install_problems(app)
    return house


def add_routes(house: House, heartbeat_s: float) -> None:
    app = house.app

    @app.get("/healthz")
    async def healthz() -> dict[str, bool]:
        return {"ok": True}

    @app.get("/readyz")
    async def readyz() -> dict[str, bool]:
        return {"ready": True}

    @app.get("/api/things")
    async def things() -> list[str]:
        return house.things

    @app.post("/api/things", status_code=201)
    async def add_thing(thing: Thing) -> None:
        house.things.append(thing.text)

    @app.delete("/api/things")
    async def clear() -> None:
        house.things.clear()

    @app.post("/api/import")
    async def take_in(request: Request) -> int:
        return len(await request.body())

    @app.post("/v1/chat/completions")
    async def complete(thing: Thing) -> None:
        house.things.append(thing.text)

    @app.get("/api/client")
    async def client(request: Request) -> dict[str, Any]:
        return {"client": request.client and request.client.host, "scheme": request.url.scheme, "host": request.headers["host"],
                "forwarded": [name for name in request.headers if name.startswith("x-forwarded")]}  # fmt: skip

    @app.get("/api/boom")
    async def boom() -> None:
        raise ValueError(SECRET)

    @app.get("/api/unavailable")
    async def unavailable() -> None:
        raise EngineUnavailable("unexpected")

    @app.get("/api/teapot")
    async def teapot() -> None:
        raise HTTPException(418, SECRET)

    @app.get("/api/stream")
    async def stream(request: Request) -> EventStream:
        house.resumed_after.append(last_event_id(request))
        return EventStream(house.source(), closing=house.closing, heartbeat_s=heartbeat_s)


class Announced(Server):
    """The server that the application runs, on any free port."""

    def __init__(self, asgi: ASGIApp, closing: asyncio.Event) -> None:
        super().__init__(asgi, closing)
        self.config.http = DeadlineProtocol
        self.up = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


@dataclass
class Served:
    house: House
    port: int
    http: httpx2.AsyncClient
    server: Server

    @property
    def origin(self) -> dict[str, str]:
        return {"Origin": f"http://127.0.0.1:{self.port}"}

    async def raw(self, request: str | bytes) -> "Answer":
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request.encode("latin-1") if isinstance(request, str) else request)
            return parsed(await asyncio.wait_for(reader.read(), 10))
        finally:
            writer.close()
            await writer.wait_closed()

    async def login(self, password: str = PASSWORD, **headers: str) -> httpx2.Response:
        return await self.http.post("/api/login", json={"password": password}, headers={**self.origin, **headers})


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def parsed(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return Answer(int(first.split()[1]), {name.lower(): value for name, value in pairs}, body)


@asynccontextmanager
async def serving(house: House, *, asgi: ASGIApp | None = None, **doors: Any) -> AsyncIterator[Served]:
    """The house on a free port. `doors` are fields of `Doors`; "host" there is what the server believes it listens on."""
    asgi = asgi or guard(house.app, Doors(**{"host": "127.0.0.1", "entrance": house.entrance, **doors}))
    server = Announced(asgi, house.closing)
    with bind("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        running = asyncio.create_task(server.serve(sockets=[listening]))
        await server.up.wait()
        try:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
                yield Served(house, port, http, server)
        finally:
            server.should_exit = True
            await running
