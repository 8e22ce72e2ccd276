"""DNS rebinding: the server answers to its own names only (evidence/security.md, row 1)."""

from pathlib import Path

import pytest

from hanmo.core.errors import SetupError
from hanmo.web.addresses import AllowList, is_loopback, parse_netloc
from tests.web.doors.house import build, serving

OURS = [
    "127.0.0.1",
    "127.0.0.1:{port}",
    "localhost:{port}",
    "LOCALHOST",
    "[::1]:{port}",
    "127.8.9.10",
    "[::ffff:127.0.0.1]",
    "localhost:9",
]
NOT_OURS = [
    "evil.com", "evil.com:{port}", "127.0.0.1.nip.io", "localhost.evil.com", "localhost.", "evil.com.", "", ":{port}", "0.0.0.0", "0",
    "2130706433", "0177.0.0.1", "0x7f000001", "127.1", "127.0.0.01", "printer.local", "wiki.internal", "a.localhost", "[::]", "::1",
    "[::1", "user@localhost", "localhost:99999", "localhost:0", "localhost:", "localhost/..", "127.0.0.1, evil.com", "10.1.2.3",
    "[fe80::1]", "localhost evil.com", "xn--localhost", "ｌocalhost",
]  # fmt: skip
PATHS = [
    "GET /",
    "GET /api/things",
    "POST /api/things",
    "GET /healthz",
    "GET /api/stream",
    "DELETE /api/things",
    "OPTIONS /api/things",
    "PUT /x",
]


def request(line: str, host: str, extra: str = "") -> bytes:
    return f"{line} HTTP/1.1\r\nHost: {host}\r\n{extra}Connection: close\r\n\r\n".encode()


async def test_own_names_are_answered(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        hosts = [host.format(port=served.port) for host in OURS]
        answers = {host: (await served.raw(request("GET /healthz", host))).status for host in hosts}
    assert answers == dict.fromkeys(hosts, 200)


async def test_any_other_host_is_refused_whatever_it_asks(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        hosts = [host.format(port=served.port) for host in NOT_OURS]
        answers = {(host, line): (await served.raw(request(line, host))).status for host in hosts for line in PATHS}
        assert {case: status for case, status in answers.items() if status not in {400, 403, 421}} == {}
        assert answers["evil.com", "GET /"] == 403
        assert served.house.things == []


async def test_a_host_said_twice_or_not_at_all_is_refused(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        twice = await served.raw(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.com\r\nConnection: close\r\n\r\n")
        missing = await served.raw(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
        missing_in_1_0 = await served.raw(b"GET /healthz HTTP/1.0\r\n\r\n")
    assert [twice.status, missing.status, missing_in_1_0.status] == [400, 400, 403]


async def test_targets_that_are_no_path_are_refused(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        targets = ["http://evil.com/healthz", "http://127.0.0.1/healthz", "*", "evil.com:80", "//evil.com/healthz"]
        answers = {target: (await served.raw(request(f"GET {target}", "127.0.0.1"))).status for target in targets}
    assert set(answers.values()) <= {400, 403, 404}


async def test_a_websocket_handshake_gets_no_connection(tmp_path: Path) -> None:
    upgrade = (
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    async with serving(build(tmp_path)) as served:
        evil = await served.raw(request("GET /api/things", "evil.com", upgrade))
    assert evil.status == 403


async def test_forwarded_headers_of_strangers_change_nothing(tmp_path: Path) -> None:
    async with serving(build(tmp_path), allowed_hosts=("studio.example",)) as served:
        extra = "X-Forwarded-Host: studio.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 10.9.9.9\r\nForwarded: host=studio.example\r\n"
        refused = await served.raw(request("GET /healthz", "evil.com", extra))
        seen = await served.http.get("/api/client", headers={"X-Forwarded-For": "10.9.9.9", "X-Forwarded-Proto": "https"})
    assert refused.status == 403
    assert seen.json() == {"client": "127.0.0.1", "scheme": "http", "host": f"127.0.0.1:{served.port}", "forwarded": []}


async def test_a_named_proxy_speaks_for_its_clients(tmp_path: Path) -> None:
    headers = {
        "X-Forwarded-For": "6.6.6.6, 10.9.9.9, 127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "studio.example",
    }
    async with serving(build(tmp_path), allowed_hosts=("studio.example",), trusted_proxies=("127.0.0.0/8",)) as served:
        seen = await served.http.get("/api/client", headers=headers)
        refused = await served.http.get("/api/client", headers={"X-Forwarded-Host": "evil.com"})
    assert seen.json() == {"client": "10.9.9.9", "scheme": "https", "host": "studio.example", "forwarded": []}
    assert refused.status_code == 403


async def test_the_list_stays_on_beyond_loopback(tmp_path: Path) -> None:
    async with serving(build(tmp_path), host="0.0.0.0", allowed_hosts=("studio.example",)) as served:
        answers = {
            host: (await served.raw(request("GET /healthz", host))).status
            for host in ("evil.com", "0.0.0.0", "8.8.8.8", "studio.example")
        }
    assert answers == {"evil.com": 403, "0.0.0.0": 403, "8.8.8.8": 403, "studio.example": 200}


def test_beyond_loopback_the_machines_own_addresses_are_answered_and_read_again_when_old() -> None:
    interfaces, now = {"192.168.1.5"}, [0.0]
    allowed = AllowList("0.0.0.0", interfaces=lambda: frozenset(interfaces), clock=lambda: now[0])
    assert allowed.answers_to("192.168.1.5")
    assert not allowed.answers_to("192.168.1.6")
    interfaces.add("192.168.1.6")
    now[0] = 6.0
    assert allowed.answers_to("192.168.1.6")


def test_on_loopback_the_machines_other_addresses_are_not_answered() -> None:
    allowed = AllowList("127.0.0.1", interfaces=lambda: frozenset({"192.168.1.5"}))
    assert not allowed.answers_to("192.168.1.5")


def test_this_machine_tells_its_own_addresses() -> None:
    assert AllowList("0.0.0.0").answers_to("127.0.0.1")
    assert not AllowList("0.0.0.0").answers_to("203.0.113.77")


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "192.168.1.5", "studio.example"])
def test_a_host_that_is_reached_from_outside_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("name", ["http://studio.example", "studio.example:80", "a b", "*", ""])
def test_an_allowed_host_that_is_no_bare_name_is_an_error(name: str) -> None:
    with pytest.raises(SetupError, match="bad_allowed_host"):
        AllowList("127.0.0.1", [name])


@pytest.mark.parametrize("name", ["Studio.Example", "10.0.0.2", "::5", "[::5]"])
def test_an_allowed_host_may_be_a_name_or_an_address(name: str) -> None:
    netloc = parse_netloc(name if "::" not in name else "[::5]")
    assert netloc
    assert AllowList("127.0.0.1", [name]).answers_to(netloc.host)
