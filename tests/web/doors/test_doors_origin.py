"""Cross-site requests: only our own page and programs may change anything (evidence/security.md, row 2)."""

from pathlib import Path

from tests.web.doors.house import JSON, PASSWORD, build, serving

BODY = b'{"text": "x"}'
FORM = "application/x-www-form-urlencoded"


async def test_cross_site_writes_are_refused_and_change_nothing(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        own, other = f"http://127.0.0.1:{served.port}", f"http://127.0.0.1:{served.port + 1}"
        cases: dict[str, dict[str, str]] = {
            "another site": {**JSON, "Origin": "https://evil.com"},
            "another site, text/plain": {"Content-Type": "text/plain", "Origin": "https://evil.com"},
            "another site, form": {"Content-Type": FORM, "Origin": "https://evil.com"},
            "another port of this machine": {**JSON, "Origin": other},
            "another name of this machine": {**JSON, "Origin": f"http://localhost:{served.port}"},
            "null": {**JSON, "Origin": "null"},
            "empty": {**JSON, "Origin": ""},
            "a path in it": {**JSON, "Origin": own + "/x"},
            "a user in it": {**JSON, "Origin": f"http://127.0.0.1:{served.port}@evil.com"},
            "a suffix": {**JSON, "Origin": own + ".evil.com"},
            "an extension": {**JSON, "Origin": "chrome-extension://abcdef"},
            "a file": {**JSON, "Origin": "file://"},
            "a key, but from another site": {**JSON, "Origin": "https://evil.com", "Authorization": "Bearer hm_x"},
            "cross-site by its own word": {**JSON, "Sec-Fetch-Site": "cross-site"},
            "same-site is not same-origin": {**JSON, "Sec-Fetch-Site": "same-site"},
            "right origin, cross-site": {**JSON, "Origin": own, "Sec-Fetch-Site": "cross-site"},
        }
        for method in ("POST", "DELETE", "PUT", "PATCH", "OPTIONS"):
            answers = {
                name: await served.http.request(method, "/api/things", content=BODY, headers=case) for name, case in cases.items()
            }
            assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(cases, 403)
            assert all("access-control-allow-origin" not in answer.headers for answer in answers.values())
        assert served.house.things == []


async def test_what_an_old_browser_could_send_with_a_cookie_is_refused(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        form = await served.http.post("/api/things", content=BODY, headers={"Content-Type": "text/plain", "Cookie": "a=b"})
        empty = await served.http.post("/api/things", headers={"Cookie": "a=b"})
        program = await served.http.post("/api/things", content=BODY, headers={**JSON, "Cookie": "a=b"})
    assert [(answer.status_code, answer.json()["code"]) for answer in (form, empty)] == [(403, "origin_missing")] * 2
    assert program.status_code == 201


async def test_two_origins_are_refused(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        own = f"Origin: http://127.0.0.1:{served.port}\r\n"
        head = f"DELETE /api/things HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n{own}Origin: https://evil.com\r\nConnection: close\r\n\r\n"
        assert (await served.raw(head)).status == 403


async def test_bodies_that_a_form_can_send_are_refused(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        kinds = ["text/plain", FORM, "multipart/form-data; boundary=x", "text/json", "application/xml", ""]
        cases = [{**({"Content-Type": kind} if kind else {}), **origin} for kind in kinds for origin in ({}, served.origin)]
        answers = [
            await served.http.post(path, content=BODY, headers=case)
            for case in cases
            for path in ("/api/things", "/v1/chat/completions")
        ]
        assert {answer.status_code for answer in answers} == {415}
        assert served.house.things == []


async def test_our_own_page_may_write(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        cases = [
            {**JSON, **served.origin},
            {**JSON, **served.origin, "Sec-Fetch-Site": "same-origin"},
            {**JSON, "Sec-Fetch-Site": "same-origin"},
        ]
        answers = [await served.http.post("/api/things", content=BODY, headers=case) for case in cases]
    assert [answer.status_code for answer in answers] == [201, 201, 201]


async def test_the_default_port_may_be_left_out(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        answer = await served.http.delete("/api/things", headers={"Host": "localhost:80", "Origin": "http://localhost"})
    assert answer.status_code == 200


async def test_a_page_under_an_allowed_name_may_write_through_a_proxy_that_changes_the_host(tmp_path: Path) -> None:
    async with serving(build(tmp_path), allowed_hosts=("studio.example",)) as served:
        answer = await served.http.delete("/api/things", headers={"Origin": "https://studio.example:8443"})
    assert answer.status_code == 200


async def test_a_program_on_this_machine_may_write_json_without_an_origin(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        assert (await served.http.post("/api/things", content=BODY, headers=JSON)).status_code == 201
        assert (await served.http.delete("/api/things")).status_code == 200


async def test_a_program_elsewhere_needs_a_key(tmp_path: Path) -> None:
    house = build(tmp_path, password=PASSWORD)
    key = house.entrance.credentials.new_key("script")
    async with serving(house, trusted_proxies=("127.0.0.1",)) as served:
        elsewhere = {**JSON, "X-Forwarded-For": "10.9.9.9"}
        without = await served.http.post("/api/things", content=BODY, headers=elsewhere)
        with_key = await served.http.post("/api/things", content=BODY, headers={**elsewhere, "Authorization": f"Bearer {key}"})
    assert (without.status_code, without.json()["code"]) == (401, "sign_in_needed")
    assert with_key.status_code == 201


async def test_other_sites_cannot_even_ask_the_api_to_read(tmp_path: Path) -> None:
    async with serving(build(tmp_path)) as served:
        cross = {"Sec-Fetch-Site": "cross-site"}
        assert (await served.http.get("/api/things", headers=cross)).status_code == 403
        assert (await served.http.get("/api/stream", headers=cross)).status_code == 403
        assert (await served.http.get("/healthz", headers=cross)).status_code == 200
