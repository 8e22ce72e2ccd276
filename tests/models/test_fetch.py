"""One ranged GET: which redirects are followed, what is sent, what is refused."""

import httpx2
import pytest

from hanmo.models.fetch import Answer, SourceFailed, open_url

HASH = "ab" * 32


async def opened(answers: dict[str, httpx2.Response], url: str) -> tuple[Answer, list[httpx2.Request]]:
    seen: list[httpx2.Request] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return answers[str(request.url)]

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(handle), follow_redirects=False)
    async with client, open_url(client, url, {"Range": "bytes=0-9"}) as answer:
        return answer, seen


def to(url: str, **headers: str) -> httpx2.Response:
    return httpx2.Response(302, headers={"Location": url, **{name.replace("_", "-"): value for name, value in headers.items()}})


def whole() -> httpx2.Response:
    return httpx2.Response(200, headers={"Content-Length": "10"}, content=b"GGUF567890")


async def refusal(answers: dict[str, httpx2.Response], url: str) -> SourceFailed:
    with pytest.raises(SourceFailed) as caught:
        await opened(answers, url)
    return caught.value


async def test_the_size_and_hash_a_hub_names_on_its_redirect_are_kept() -> None:
    hub = to("https://store.example/x", X_Linked_Etag=f'"{HASH}"', X_Linked_Size="10")
    answer, _ = await opened({"https://hub.example/m": hub, "https://store.example/x": whole()}, "https://hub.example/m")
    assert (answer.sha256, answer.total_bytes) == (HASH, 10)


async def test_an_etag_that_is_a_sha256_is_a_hash_and_any_other_is_not() -> None:
    named = httpx2.Response(200, headers={"ETag": f'"{HASH}"', "Content-Length": "4"}, content=b"GGUF")
    other = httpx2.Response(200, headers={"ETag": '"abc"', "Content-Length": "4"}, content=b"GGUF")
    assert (await opened({"https://a.example/m": named}, "https://a.example/m"))[0].sha256 == HASH
    assert (await opened({"https://a.example/m": other}, "https://a.example/m"))[0].sha256 is None


async def test_an_etag_behind_a_redirect_is_no_hash() -> None:
    stored = httpx2.Response(200, headers={"ETag": f'"{HASH}"', "Content-Length": "4"}, content=b"GGUF")
    answers = {"https://a.example/m": to("https://b.example/m"), "https://b.example/m": stored}
    assert (await opened(answers, "https://a.example/m"))[0].sha256 is None


async def test_five_redirects_are_followed_and_six_are_not() -> None:
    chain = {f"https://a.example/{step}": to(f"/{step + 1}") for step in range(6)}
    five = {**chain, "https://a.example/6": whole()}
    assert (await opened(five, "https://a.example/1"))[0].total_bytes == 10
    failure = await refusal(five, "https://a.example/0")
    assert (failure.reason, failure.lasting) == ("too_many_redirects", True)


async def test_https_is_never_left_for_http() -> None:
    answers = {"https://a.example/m": to("http://b.example/m"), "http://b.example/m": whole()}
    assert (await refusal(answers, "https://a.example/m")).reason == "downgrade"


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/m", "http://10.0.0.8/m", "http://169.254.169.254/latest", "http://[::1]/m", "http://localhost:8080/m"],
)
async def test_a_public_host_does_not_lead_inside(target: str) -> None:
    assert (await refusal({"http://a.example/m": to(target)}, "http://a.example/m")).reason == "redirect_inside"


async def test_a_mirror_inside_may_lead_inside() -> None:
    answers = {"http://10.0.0.8/m": to("http://10.0.0.9/m"), "http://10.0.0.9/m": whole()}
    assert (await opened(answers, "http://10.0.0.8/m"))[0].total_bytes == 10


@pytest.mark.parametrize(
    "url", ["ftp://a.example/m", "file:///etc/passwd", "http://user@a.example/m", "http:///m", "http://a.example:99999/", ""]
)
async def test_a_url_of_another_kind_is_refused_at_once_and_as_a_redirect(url: str) -> None:
    assert (await refusal({}, url)).reason == "bad_url"
    if url:
        assert (await refusal({"https://a.example/m": to(url)}, "https://a.example/m")).reason == "bad_url"


async def test_nothing_of_ours_is_sent_but_the_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret")
    first = to("https://b.example/m", Set_Cookie="who=me; Domain=example")
    _, seen = await opened({"https://a.example/m": first, "https://b.example/m": whole()}, "https://a.example/m")
    for request in seen:
        assert not {"authorization", "cookie", "referer"} & set(request.headers)
        assert request.headers["range"] == "bytes=0-9"
        assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("status", "lasting"), [(401, True), (403, True), (404, True), (416, True), (429, False), (500, False), (503, False)]
)
async def test_what_time_may_heal_is_tried_again_and_the_rest_is_not(status: int, lasting: bool) -> None:
    failure = await refusal({"https://a.example/m": httpx2.Response(status)}, "https://a.example/m")
    assert (failure.reason, failure.lasting) == (f"http_{status}", lasting)


@pytest.mark.parametrize("content_range", ["", "bytes */10", "bytes 5-9/*", "items 0-4/10"])
async def test_a_partial_answer_that_does_not_say_which_part_is_refused(content_range: str) -> None:
    answer = httpx2.Response(206, headers={"Content-Range": content_range}, content=b"GGUF")
    assert (await refusal({"https://a.example/m": answer}, "https://a.example/m")).reason == "wrong_range"


async def test_a_compressed_answer_is_refused() -> None:
    answer = httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx2.ByteStream(b"GGUF"))
    assert (await refusal({"https://a.example/m": answer}, "https://a.example/m")).reason == "encoded"
