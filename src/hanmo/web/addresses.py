"""Names and addresses: what a Host or an Origin says, and whether we answer to it. Pure but for the list of this machine's interfaces.

The allow-list is the guard against DNS rebinding: a page on `evil.example` may point its own name at 127.0.0.1, but it cannot make
the browser send another Host. So the list knows loopback, what the user named, and (when listening beyond loopback) this machine's
own addresses; an odd spelling (decimal or octal IP, trailing dot, empty, twice) is nobody's name. Source of the rule: Jupyter's
`check_host`, kept on in LAN mode too.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from hanmo.core.errors import SetupError

__all__ = ["AllowList", "Netloc", "Networks", "interface_addresses", "is_loopback", "parse_netloc", "parse_origin"]

Address = IPv4Address | IPv6Address

_NETLOC = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?)(?::(?P<port>[0-9]{1,5}))?")
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<netloc>[^/?#@\s]+)")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_INTERFACES_STALE_S = 5.0


@dataclass(frozen=True, slots=True)
class Netloc:
    """A host in lower case, IPv6 without brackets, and the port if one is written."""

    host: str
    port: int | None

    def same_place(self, other: "Netloc", scheme: str) -> bool:
        default = _DEFAULT_PORTS.get(scheme)
        return self.host == other.host and (self.port or default) == (other.port or default)


def parse_netloc(text: str) -> Netloc | None:
    """`host`, `host:port` or `[ip6]:port`; None for anything a browser would not write."""
    found = _NETLOC.fullmatch(text.lower())
    if not found:
        return None
    host, port = found["host"], found["port"]
    if port and not 0 < int(port) < 65536:
        return None
    if host.startswith("["):
        address = parse_address(host[1:-1])
        return Netloc(str(address), int(port) if port else None) if isinstance(address, IPv6Address) else None
    return Netloc(host, int(port) if port else None)


def parse_origin(text: str) -> tuple[str, Netloc] | None:
    """Scheme and place of an Origin; None for `null` and everything odd."""
    found = _ORIGIN.fullmatch(text.lower())
    netloc = parse_netloc(found["netloc"]) if found else None
    return (found["scheme"], netloc) if found and netloc else None


def parse_address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def plain(address: Address) -> Address:
    """`::ffff:127.0.0.1` is 127.0.0.1."""
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def is_loopback(host: str) -> bool:
    """`localhost`, 127.0.0.0/8, ::1. The empty host and 0.0.0.0 mean every interface, so they are not."""
    if host.lower() == "localhost":
        return True
    address = parse_address(host.strip("[]"))
    return address is not None and plain(address).is_loopback


def interface_addresses() -> frozenset[str]:
    """The IP addresses of this machine's interfaces, now."""
    import psutil  # 40 ms and only for servers that listen beyond loopback

    found = (parse_address(entry.address.split("%")[0]) for entries in psutil.net_if_addrs().values() for entry in entries)
    return frozenset(str(address) for address in found if address)


class AllowList:
    """The names this server answers to.

    `names` are the user's own (`--allowed-host`), `bound_to` is the address it listens on.
    """

    def __init__(
        self,
        bound_to: str,
        names: Iterable[str] = (),
        *,
        interfaces: Callable[[], frozenset[str]] = interface_addresses,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._names = frozenset(_own_name(name) for name in names)
        self._in_lan = not is_loopback(bound_to)
        self._interfaces = interfaces
        self._clock = clock
        self._known: frozenset[str] = frozenset()
        self._stale_at = float("-inf")

    def answers_to(self, host: str) -> bool:
        return is_loopback(host) or host in self._names or (self._in_lan and self._is_ours(host))

    def is_named(self, host: str) -> bool:
        """Whether the user named it: then a proxy in front may show it in Origin though the Host here is another."""
        return host in self._names

    def _is_ours(self, host: str) -> bool:
        address = parse_address(host)
        if address is None or address.is_unspecified:
            return False
        own = str(plain(address))
        if own not in self._known and self._clock() >= self._stale_at:  # an address may be minutes old: DHCP
            self._known = self._interfaces()
            self._stale_at = self._clock() + _INTERFACES_STALE_S
        return own in self._known


def _own_name(name: str) -> str:
    netloc = parse_netloc(name.strip()) or parse_netloc(f"[{name.strip()}]")
    if netloc is None or netloc.port is not None:
        raise SetupError("bad_allowed_host", name=name)
    return netloc.host


class Networks:
    """Named addresses and CIDR blocks."""

    def __init__(self, blocks: Iterable[str]) -> None:
        self._blocks: tuple[IPv4Network | IPv6Network, ...] = tuple(_block(text) for text in blocks)

    def __bool__(self) -> bool:
        return bool(self._blocks)

    def __contains__(self, host: object) -> bool:
        address = parse_address(host) if isinstance(host, str) else None
        return address is not None and any(plain(address) in block for block in self._blocks)


def _block(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        raise SetupError("bad_trusted_proxy", name=text) from None
