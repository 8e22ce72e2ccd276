"""uvicorn around the application: a socket that is ours before anything else happens, and an end that ends streams first."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from hanmo.core.errors import SetupError
from hanmo.web.deadlines import DeadlineProtocol

GRACE_S = 3


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. `SetupError("port_in_use" | "address_not_ours")` with what to do instead. It says that it is TCP: asyncio switches Nagle's
    delay off only where a socket does, and with it every second answer comes 40 ms late."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        server.bind((host, port))
        server.listen(128)
    except (OSError, OverflowError) as error:
        server.close()
        code = "port_in_use" if getattr(error, "errno", None) in (98, 48, 10048) else "address_not_ours"
        if isinstance(error, PermissionError):
            code = "port_not_allowed"
        raise SetupError(code, host=host, port=port, next_port=port + 1) from error
    server.setblocking(False)
    return server


class Server(uvicorn.Server):
    """Ends all event streams before it waits for connections, and leaves signals to `run`."""

    def __init__(self, app: ASGIApp, closing: asyncio.Event) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=DeadlineProtocol,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=GRACE_S,
                limit_concurrency=256,
            )
        )
        self._closing = closing

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing.set()
        await super().shutdown(sockets)


async def run(app: ASGIApp, listening: socket.socket, closing: asyncio.Event, ready: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM, or until the task is cancelled. `ready` is called when these are heard: who is told of the server may end it
    well from then on."""
    server = Server(app, closing)
    loop = asyncio.get_running_loop()

    def leave() -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, leave)
    ready()
    await server.serve(sockets=[listening])
