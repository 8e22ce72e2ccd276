"""All doors in their order. What a request passes, from the street inwards:

RootPath         where the app begins
ResponseHeaders  whatever happens further in, the answer carries the headers
Problems         … and an error is a problem that can be read
HttpOnly         no WebSocket
Proxies          who the client really is
HostGate         the name it used is ours
OriginGate       the page that sends it is ours
PageDoor         the page and its assets are open to everybody
AuthGate         all else needs a session or a key
BodyGate         and sends no more than is good for us
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from starlette.types import ASGIApp

from hanmo.web.addresses import AllowList, Networks
from hanmo.web.bodies import BodyGate
from hanmo.web.login import AuthGate, Entrance
from hanmo.web.page import STATIC, Page, PageDoor
from hanmo.web.problems import Problems
from hanmo.web.security import HostGate, HttpOnly, OriginGate, Proxies, ResponseHeaders, RootPath

__all__ = ["BODY_LIMITS", "Doors", "guard"]

BODY_LIMITS: Mapping[str, int] = MappingProxyType({"/api/login": 4096, "/api/templates/import": 8 << 20})


@dataclass(frozen=True, slots=True)
class Doors:
    """`host` is the address the server listens on; `body_limits` are bytes by path, 1 MiB where none is named."""

    host: str
    entrance: Entrance
    allowed_hosts: tuple[str, ...] = ()
    root_path: str = ""
    trusted_proxies: tuple[str, ...] = ()
    body_limits: Mapping[str, int] = field(default_factory=lambda: BODY_LIMITS)
    static: Path = STATIC


def guard(app: ASGIApp, doors: Doors) -> ASGIApp:
    """The app behind its doors. Raises `SetupError` for a name, a prefix or a network that is none."""
    allowed = AllowList(doors.host, doors.allowed_hosts)
    app = BodyGate(app, doors.body_limits)
    app = AuthGate(app, doors.entrance)
    app = PageDoor(app, Page(doors.static))
    app = OriginGate(app, allowed)
    app = HostGate(app, allowed)
    app = Proxies(app, Networks(doors.trusted_proxies))
    app = HttpOnly(app)
    app = Problems(app)
    app = ResponseHeaders(app)
    return RootPath(app, doors.root_path)
