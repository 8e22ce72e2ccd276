"""Export over HTTP: every format of an article and of a conversation, names in any language, and what is refused."""

import io
import re
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import httpx2
import pytest

from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.fakes.studio import dictate
from tests.outside.articles import Desk
from tests.outside.conftest import check_refused
from tests.running import whole_answer

TEXT = '# 春江 "花" 月夜\n\n## 其一\n\n**真，**她说。\n\n## 其二\n\n| 甲 | 乙 |\n|---|---|\n| 一 | $x^2$ |\n'
BEGINNINGS = {
    "md": b"# ",
    "txt": "春江".encode(),
    "html": b"<!DOCTYPE html>",
    "docx": b"PK\x03\x04",
    "epub": b"PK\x03\x04",
    "obsidian": b"---\ntitle: ",
}
MEDIA = {
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "pdf": "application/pdf",
    "obsidian": "text/markdown; charset=utf-8",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("exports") / "data") as running:
        yield running.wait_ready()
        assert "真，" not in running.log


@pytest.fixture
def client(server: FakeHanmo) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def article(client: httpx2.Client) -> str:
    return Desk.opened(client, TEXT).path


def name_of(response: httpx2.Response) -> str:
    return unquote(response.headers["content-disposition"].partition("filename*=UTF-8''")[2])


@pytest.mark.parametrize("form", BEGINNINGS)
def test_an_article_comes_as_a_file_with_its_name_and_its_kind(form: str, client: httpx2.Client, article: str) -> None:
    answer = client.get(f"{article}/export", params={"format": form})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA[form]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content.startswith(BEGINNINGS[form])
    assert name_of(answer) == "春江 花 月夜." + ("md" if form == "obsidian" else form)
    assert re.fullmatch(r'attachment; filename="hanmo\.\w+"; filename\*=UTF-8\'\'[%\w.~-]+', answer.headers["content-disposition"])


def test_a_pdf_comes_or_the_font_is_named_that_is_missing(client: httpx2.Client, article: str) -> None:
    answer = client.get(f"{article}/export", params={"format": "pdf"}, headers={"Accept-Language": "zh"})
    if answer.status_code == 200:
        assert answer.content.startswith(b"%PDF") and answer.headers["content-type"] == "application/pdf"
    else:
        check_refused(answer, 501, "export_font_missing", "zh")


def test_what_is_exported_is_the_newest_revision_in_order_without_what_is_skipped(client: httpx2.Client) -> None:
    desk = Desk.opened(client, TEXT)
    now = desk.now()
    desk.put("text", {"text": "# 春江\n\n## 其二\n\n先说二。\n\n## 其一\n\n再说一。\n", "base_revision": now["revision"]})
    assert client.get(f"{desk.path}/export?format=md").text == "# 春江\n\n## 其二\n\n先说二。\n\n## 其一\n\n再说一。\n"
    desk.put("text", {"text": "# 春江\n\n## 其一\n\n再说一。\n", "base_revision": desk.now()["revision"]})
    assert client.get(f"{desk.path}/export?format=md").text == "# 春江\n\n## 其一\n\n再说一。\n"
    assert client.get(f"{desk.path}/export?format=txt&indent=true").text == "春江\n\n其一\n\n　　再说一。\n"


def test_a_conversation_comes_with_its_questions_as_headings(server: FakeHanmo, client: httpx2.Client) -> None:
    sent = server.send(client, dictate("**水，**要开。"))
    whole_answer(client, sent["generation_id"])
    path = f"/api/conversations/{sent['conversation']}"
    client.patch(path, json={"title": "问*水*"})
    answer = client.get(f"{path}/export?format=md")
    assert answer.status_code == 200, answer.text
    assert answer.text.startswith("# 问\\*水\\*\n\n## ") and answer.text.endswith("**水，**要开。\n")
    note = client.get(f"{path}/export?format=obsidian")
    assert "\nmodel: " in note.text and name_of(note) == "问 水.md"
    word = client.get(f"{path}/export?format=docx")
    with zipfile.ZipFile(io.BytesIO(word.content)) as zipped:
        assert "水，" in zipped.read("word/document.xml").decode()


def test_the_formats_are_listed_with_what_is_missing(client: httpx2.Client) -> None:
    formats = client.get("/api/exports").json()["formats"]
    assert [each["format"] for each in formats] == ["md", "txt", "html", "docx", "epub", "pdf", "obsidian"]
    assert [each["problem"] for each in formats] == [None] * 7


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_exported_is_refused_in_words(lang: str, client: httpx2.Client, article: str) -> None:
    said = {"Accept-Language": lang}
    check_refused(client.get(f"/api/articles/{'0' * 32}/export?format=md", headers=said), 404, "article_not_found", lang)
    check_refused(client.get(f"/api/conversations/{'0' * 32}/export?format=md", headers=said), 404, "conversation_not_found", lang)
    new = client.post("/api/articles", json={"text": "写茶"}).json()["id"]
    check_refused(client.get(f"/api/articles/{new}/export?format=pdf", headers=said), 409, "article_not_written", lang)
    empty = client.post("/api/conversations", json={}).json()["id"]
    check_refused(client.get(f"/api/conversations/{empty}/export?format=md", headers=said), 409, "conversation_empty", lang)
    for query in ("format=doc", "", "format=md&indent=maybe"):
        answer = client.get(f"{article}/export?{query}", headers=said)
        assert answer.status_code == 422 and answer.json()["next_step"], answer.text


def test_a_second_conversion_waits_and_both_come_while_the_server_answers(server: FakeHanmo, article: str) -> None:
    def fetch(_: int) -> int:
        with server.client() as client:
            return client.get(f"{article}/export?format=docx").status_code

    with ThreadPoolExecutor(4) as pool, server.client() as client:
        running = [pool.submit(fetch, i) for i in range(4)]
        slowest = 0.0
        while not all(each.done() for each in running):
            began = time.monotonic()
            assert client.get("/healthz").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
        assert [each.result() for each in running] == [200] * 4
    assert slowest < 2.0
