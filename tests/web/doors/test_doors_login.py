"""Signing in: every route is closed but a short list, guessing is slow, a session ends when it should (rows 3 to 5)."""

import ast
import asyncio
import re
import statistics
import time
from dataclasses import fields
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from fastapi.routing import iter_route_contexts

from hanmo.core.errors import TooManyFailures
from hanmo.web import credentials as credentials_module
from hanmo.web import login as login_module
from hanmo.web.app import create_app, create_routes
from hanmo.web.doors import Doors
from hanmo.web.login import PUBLIC_ROUTES
from hanmo.web.patience import Patience
from hanmo.web.services import Services
from tests.web.doors.house import JSON, PASSWORD, Clock, House, build, serving

ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


def routes_of(house: House) -> list[tuple[str, str]]:
    found = [
        (method, route.path or "") for route in iter_route_contexts(house.app.routes) for method in sorted(route.methods or ())
    ]
    return [(method, path.replace("{id}", "1")) for method, path in found]


async def test_without_a_session_every_route_but_the_public_ones_is_closed(tmp_path: Path) -> None:
    house = build(tmp_path, password=PASSWORD)
    routes = routes_of(house)
    assert len(routes) > 12
    async with serving(house) as served:
        answers = {}
        for method, path in [
            *routes,
            *((method, "/api/nothing/here") for method in ALL_METHODS),
            ("POST", "/x"),
            ("GET", "/v1/models"),
        ]:
            answer = await served.http.request(method, path, content=b'{"text": "x"}', headers={**JSON, **served.origin})
            answers[method, path] = answer.status_code
    open_routes = {route for route, status in answers.items() if status != 401}
    assert open_routes == {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/api/session"), ("POST", "/api/login")}
    assert open_routes - {("POST", "/api/login")} == {route for route in PUBLIC_ROUTES if answers[route] == 200}
    assert answers["POST", "/api/login"] == 422
    assert house.things == []


async def test_every_route_of_the_application_is_closed_too(tmp_path: Path) -> None:
    house = build(tmp_path, password=PASSWORD)
    parts: dict[str, Any] = {field.name: MagicMock() for field in fields(Services)} | {"version": "1"}
    services = Services(**parts)
    doors = Doors(host="127.0.0.1", entrance=house.entrance)
    routes = {
        (method, re.sub(r"\{\w+(:path)?\}", "1", route.path or ""))
        for route in iter_route_contexts(create_routes(services, doors).routes)
        for method in route.methods or ()
    }
    assert len(routes) > 15
    async with serving(house, asgi=create_app(services, doors)) as served:
        for method, path in sorted(routes - PUBLIC_ROUTES):
            answer = await served.http.request(method, path, content=b"{}", headers={**JSON, **served.origin})
            assert (method, path, answer.status_code) == (method, path, 401)
    assert routes >= PUBLIC_ROUTES


async def test_paths_that_only_look_public_are_closed(tmp_path: Path) -> None:
    paths = ["/healthz/", "/api/session/", "/healthz/../api/things", "/api/../api/things", "/api//session", "/API/things", "/api/things?/healthz",
             "/%61pi/things", "/api/things%00", "/api/session/../things", "/;/api/things"]  # fmt: skip
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        lines = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nConnection: close\r\n\r\n" for path in paths]
        answers = {line.split()[1]: (await served.raw(line)).status for line in lines}
    assert set(answers.values()) <= {401, 404}


async def test_the_401_tells_what_to_do(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        answer = await served.http.get("/api/things", headers={"Accept-Language": "zh"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_needed"
    assert "密码" in answer.json()["next_step"]


async def test_without_a_password_this_machine_is_let_in_and_a_closed_server_lets_nobody_in(tmp_path: Path) -> None:
    async with serving(build(tmp_path / "a")) as served:
        assert (await served.http.get("/api/things")).status_code == 200
        assert (await served.http.get("/api/session")).json() == {"password_set": False, "signed_in": True}
        assert (await served.login()).status_code == 409
    async with serving(build(tmp_path / "b", closed=True)) as served:
        assert (await served.http.get("/api/things")).status_code == 401
        assert (await served.http.get("/api/session")).json() == {"password_set": False, "signed_in": False}


async def test_the_right_password_opens_a_session_and_logout_ends_it(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        assert (await served.http.get("/api/session")).json() == {"password_set": True, "signed_in": False}
        assert (await served.login("not this one")).json()["code"] == "wrong_password"
        assert (await served.login()).status_code == 204
        assert (await served.http.get("/api/things")).status_code == 200
        assert (await served.http.get("/api/session")).json() == {"password_set": True, "signed_in": True}
        kept = dict(served.http.cookies)
        assert (await served.http.post("/api/logout", headers=served.origin)).status_code == 204
        assert not served.http.cookies
        cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
        assert (await served.http.get("/api/things", headers={"Cookie": cookie})).status_code == 401


def cookie_of(answer: object) -> tuple[str, str, dict[str, str]]:
    jar = SimpleCookie(answer.headers["set-cookie"])  # type: ignore[attr-defined]
    ((name, morsel),) = jar.items()
    return name, morsel.value, {key: value for key, value in morsel.items() if value}


async def test_the_cookie_is_for_this_server_alone(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD, port=8080)) as served:
        name, value, attributes = cookie_of(await served.login())
    assert name == "hanmo_session_8080"
    assert len(value) >= 43
    assert attributes == {"httponly": True, "max-age": "2592000", "path": "/", "samesite": "strict"}


async def test_under_https_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD), trusted_proxies=("127.0.0.1",)) as served:
        name, _, attributes = cookie_of(await served.login(**{"X-Forwarded-Proto": "https"}))
    assert name == "__Host-hanmo_session"
    assert attributes["secure"]
    assert attributes["path"] == "/"


async def test_below_a_root_path_the_cookie_stays_there(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD), root_path="/hanmo", trusted_proxies=("127.0.0.1",)) as served:
        plain = cookie_of(await served.login())
        secure = cookie_of(await served.login(**{"X-Forwarded-Proto": "https"}))
        assert (await served.http.get("/hanmo/api/things", headers={"Cookie": f"{plain[0]}={plain[1]}"})).status_code == 200
    assert plain[2]["path"] == "/hanmo"
    assert (secure[0], secure[2]["path"]) == ("__Secure-hanmo_session", "/hanmo")


async def test_each_login_makes_a_new_session_and_takes_none_that_is_offered(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        offered = "chosen-by-somebody-else-chosen-by-somebody"
        answer = await served.login(Cookie=f"hanmo_session={offered}")
        first = cookie_of(answer)[1]
        second = cookie_of(await served.login())[1]
        stored = set(served.house.sessions.open)
    assert len({offered, first, second}) == 3
    assert len(stored) == 1
    assert not any(token in digest for token in (first, second) for digest in stored)


async def test_a_new_password_voids_the_sessions_of_the_old_one(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        await served.login()
        assert (await served.http.get("/api/things")).status_code == 200
        credentials_module.Credentials(tmp_path / "credentials.json").set_password("another long password")
        assert (await served.http.get("/api/things")).status_code == 401
        assert (await served.login()).status_code == 401
        assert (await served.login("another long password")).status_code == 204


async def test_a_session_ends_after_thirty_days(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        await served.login()
        served.house.clock.now += 30 * 24 * 3600 - 1
        assert (await served.http.get("/api/things")).status_code == 200
        served.house.clock.now += 2
        assert (await served.http.get("/api/things")).status_code == 401


async def test_a_key_opens_everything_until_it_is_removed(tmp_path: Path) -> None:
    house = build(tmp_path, password=PASSWORD)
    keys = house.entrance.credentials
    key = keys.new_key("script")
    async with serving(house) as served:
        headers = {"Authorization": f"Bearer {key}"}
        assert (await served.http.get("/api/things", headers=headers)).status_code == 200
        assert (await served.http.post("/api/things", json={"text": "x"}, headers=headers)).status_code == 201
        wrong = [f"Bearer {key}x", f"Bearer {key[:-1]}", "Bearer", f"Basic {key}", f"Bearer {PASSWORD}", key]
        statuses = [(await served.http.get("/api/things", headers={"Authorization": value})).status_code for value in wrong]
        assert set(statuses) == {401}
        keys.remove_key(keys.list_keys()[0].id)
        assert (await served.http.get("/api/things", headers=headers)).status_code == 401


async def test_after_five_failures_even_the_right_password_waits_and_then_works(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        failed = [await served.login("wrong") for _ in range(5)]
        assert [answer.status_code for answer in failed] == [401] * 5
        waiting = await served.login()
        assert (waiting.status_code, waiting.json()["code"]) == (429, "too_many_failures")
        assert waiting.headers["retry-after"] == str(waiting.json()["params"]["seconds"]) == "5"
        served.house.clock.now += 5
        assert (await served.login("wrong")).status_code == 401
        assert (await served.login()).headers["retry-after"] == "10"
        served.house.clock.now += 10
        assert (await served.login()).status_code == 204
        assert (await served.login("wrong")).status_code == 401


async def test_failures_are_counted_across_clients_too_but_never_against_this_machine(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD), trusted_proxies=("127.0.0.1",)) as served:
        failed = [await served.login("wrong", **{"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(1, 6)]
        assert [answer.status_code for answer in failed] == [401] * 5
        assert (await served.login(**{"X-Forwarded-For": "10.0.0.99"})).status_code == 429
        assert (await served.login()).status_code == 204


async def test_a_hundred_guesses_at_once_are_no_way_around(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        answers = await asyncio.gather(*(served.login(f"guess {number}") for number in range(100)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (5, 95)


async def test_a_live_session_is_not_held_up_by_the_failures_of_others(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        await served.login()
        for _ in range(8):
            await served.login("wrong", Cookie="none=1")
        assert (await served.http.get("/api/things")).status_code == 200


async def test_an_endless_password_is_refused_before_it_is_hashed(tmp_path: Path) -> None:
    async with serving(build(tmp_path, password=PASSWORD)) as served:
        assert (await served.login("x" * 257)).status_code == 422
        assert (await served.login("x" * 5000)).status_code == 413


@pytest.mark.parametrize(("failures", "wait"), [(5, 5), (6, 10), (7, 20), (8, 40), (12, 640)])
def test_each_further_failure_doubles_the_wait(failures: int, wait: int) -> None:
    clock = Clock()
    patience = Patience(clock)
    for number in range(failures):
        clock.now += 5 * 2 ** (number - 5) if number >= 5 else 0
        patience.begin("127.0.0.1")
    with pytest.raises(TooManyFailures) as refused:
        patience.begin("127.0.0.1")
    assert refused.value.params["seconds"] == wait


def test_the_wait_that_all_clients_share_stays_below_a_minute() -> None:
    clock = Clock()
    patience = Patience(clock)
    for number in range(30):
        clock.now += 60 if number >= 5 else 0
        patience.begin(f"10.0.0.{number}")
    with pytest.raises(TooManyFailures) as refused:
        patience.begin("10.0.1.1")
    assert int(refused.value.params["seconds"]) <= 60


def test_failures_are_forgotten_after_a_quarter_of_an_hour() -> None:
    clock = Clock()
    patience = Patience(clock)
    for _ in range(5):
        patience.begin("10.0.0.1")
    clock.now += 15 * 60
    patience.begin("10.0.0.1")


def test_an_ipv6_household_is_one_client() -> None:
    patience = Patience(Clock())
    for number in range(5):
        patience.begin(f"2001:db8::{number + 1}")
    with pytest.raises(TooManyFailures):
        patience.begin("2001:db8::ffff")


def test_secrets_are_never_compared_with_an_equals_sign() -> None:
    secret = re.compile("sha256|token|key$|password|digest|encoded|stamp")
    for module in (login_module, credentials_module):
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        compared = [
            node for node in ast.walk(tree) if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq)
        ]
        sides = {side.id if isinstance(side, ast.Name) else side.attr if isinstance(side, ast.Attribute) else ""
                 for node in compared for side in (node.left, *node.comparators)}  # fmt: skip
        assert not {side for side in sides if secret.search(side)}


def test_a_nearly_right_password_takes_as_long_as_a_wrong_one(tmp_path: Path) -> None:
    credentials = credentials_module.Credentials(tmp_path / "credentials.json")
    credentials.set_password(PASSWORD)

    def seconds(password: str) -> float:
        begun = time.process_time()
        assert not credentials.verify(password)
        return time.process_time() - begun

    near, far = zip(*((seconds(PASSWORD[:-1] + "x"), seconds("z")) for _ in range(15)), strict=True)
    assert abs(statistics.median(near) - statistics.median(far)) < 0.25 * statistics.median(far)
