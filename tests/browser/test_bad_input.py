"""What comes in from outside, and a server that dies in the wrong moment, in the page on a real server."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.articledesk import LIMIT_MS
from tests.browser.hands import copy_and_paste, drop, paste
from tests.browser.test_manuscript import TEXT, editor, expect_saved, saving, write
from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.articles import Desk
from tests.running import RunningHanmo

OpenPage = Callable[..., Page]

MAIN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
WORD = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{MAIN}" Target="word/document.xml"/></Relationships>',
    "word/document.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>水温</w:t></w:r></w:p>'
    "<w:p><w:r><w:t>绿茶怕</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>开水</w:t></w:r></w:p></w:body></w:document>",
}


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("bad-input") / "data") as running:
        yield running


def docx() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in WORD.items():
            out.writestr(name, content)
    return packed.getvalue()


def test_a_word_file_is_read_under_the_policy_of_the_real_server(open_page: OpenPage) -> None:
    page = open_page("/a")
    page.get_by_test_id("file-input").set_input_files({"name": "稿.docx", "mimeType": "application/zip", "buffer": docx()})
    expect(page.get_by_test_id("article-brief")).to_have_value("# 水温\n\n绿茶怕**开水**", timeout=LIMIT_MS)


def test_a_word_file_is_opened_as_an_article(open_page: OpenPage) -> None:
    page = open_page("/a")
    page.get_by_test_id("manuscript-input").set_input_files({"name": "稿.docx", "mimeType": "application/zip", "buffer": docx()})
    page.wait_for_url("**/a/*", timeout=LIMIT_MS)
    expect(page.get_by_role("heading", name="水温").first).to_be_visible(timeout=LIMIT_MS)
    page.reload()
    expect(page.get_by_text("绿茶怕").first).to_be_visible(timeout=LIMIT_MS)


def test_notes_are_dropped_pasted_and_chosen_into_a_question_and_into_a_text(open_page: OpenPage, hanmo: RunningHanmo) -> None:
    page = open_page()
    field = page.get_by_test_id("input")
    field.fill("总结这几份笔记。")
    drop(page, field, 一__md=b"# \xe8\x8c\xb6", 二__txt="水温八十度。".encode("gbk"))
    expect(field).to_have_value("总结这几份笔记。\n\n# 茶\n\n水温八十度。")
    paste(page, field, 三__docx=docx())
    expect(field).to_have_value(re.compile(r"绿茶怕\*\*开水\*\*$"), timeout=LIMIT_MS)
    with hanmo.client() as client:
        desk = Desk.opened(client, TEXT)
        page.goto(f"{hanmo.url}/a/{desk.id}")
        content = editor(page)
        content.press("Control+End")
        with saving(page):
            paste(page, content, 四__md="## 夜\n\n灯都熄了。".encode())
            expect(content).to_contain_text("灯都熄了。")
        assert [section["heading"] for section in desk.now()["sections"]] == ["清晨", "黄昏", "夜"]


def test_pasted_pictures_binary_and_twenty_megabytes_are_refused_in_words_and_nothing_is_lost(
    open_page: OpenPage, hanmo: RunningHanmo
) -> None:
    page = open_page()
    field, said = page.get_by_test_id("input"), page.get_by_test_id("problem")
    field.fill("写好的")
    copy_and_paste(page, field, "'x'.repeat(20_000_000)")
    expect(said).to_contain_text("要放进来的有 20,000,000 个字符，这一栏最多 150,000 个", timeout=LIMIT_MS)
    paste(page, field, "PNG\0\1\2")
    expect(said).to_contain_text("那里面不是文字")
    paste(page, field, 图__png=b"\x89PNG\r\n\x1a\n\0\0\0")
    expect(page.get_by_test_id("file-note")).to_contain_text("只能放入 .md、.txt 和 .docx 文件")
    expect(field).to_have_value("写好的")
    with hanmo.client() as client:
        desk = Desk.opened(client, TEXT)
        page.goto(f"{hanmo.url}/a/{desk.id}")
        content = editor(page)
        content.press("Control+End")
        copy_and_paste(page, content, "'x'.repeat(20_000_000)")
        expect(page.get_by_test_id("manuscript-told")).to_contain_text("要放进来的有 20,000,000 个字符", timeout=LIMIT_MS)
        paste(page, content, "PNG\0\1\2")
        expect(page.get_by_test_id("manuscript-told")).to_contain_text("那里面不是文字")
        write(page, "接着写。")
        assert desk.now()["text"] == TEXT.rstrip("\n") + "\n接着写。\n"


def test_a_browser_that_goes_offline_in_the_middle_of_a_save_keeps_what_was_written(
    open_page: OpenPage, hanmo: RunningHanmo
) -> None:
    held = list[Route]()
    with hanmo.client() as client:
        desk = Desk.opened(client, TEXT)
        page = open_page(f"/a/{desk.id}", expected="net::ERR_")
        content = editor(page)
        page.route("**/text", lambda route: held.append(route))
        content.press("Control+End")
        page.keyboard.insert_text("断网前写的。")
        expect_saved(page, "saving")
        page.context.set_offline(True)
        held[0].abort("internetdisconnected")
        page.unroute("**/text")
        expect_saved(page, "offline")
        page.keyboard.insert_text("断网后写的。")
        assert desk.now()["text"] == TEXT
        page.context.set_offline(False)
        expect_saved(page)
        assert desk.now()["text"].endswith("断网前写的。断网后写的。\n")


def test_a_template_with_a_variable_that_its_text_does_not_have_is_refused_by_name(open_page: OpenPage) -> None:
    page = open_page("/t", expected="422")
    template = {"name": "信", "brief": {"text": "给{{谁}}写一封信"}, "variables": [{"name": "对谁"}]}
    file = json.dumps({"hanmo_templates": 1, "templates": [template]}).encode()
    page.get_by_test_id("template-file").set_input_files({"name": "t.json", "mimeType": "application/json", "buffer": file})
    expect(page.get_by_test_id("problem")).to_contain_text("对谁")
    expect(page.get_by_test_id("problem")).to_contain_text("谁")
    expect(page.get_by_test_id("template-list")).not_to_contain_text("给{{谁}}写一封信")


def test_a_server_that_is_killed_in_the_middle_of_a_save_has_the_text_once_it_is_back(open_page: OpenPage, tmp_path: Path) -> None:
    data_dir, held = tmp_path / "data", list[Route]()
    with FakeHanmo(data_dir) as server, server.wait_ready().client() as client:
        desk = Desk(client, "写一篇讲湖的短文。", words=200, seed=7)
        desk.put("text", {"text": TEXT, "base_revision": 0})
        page = open_page(f"/a/{desk.id}", at=server, expected="net::ERR_")
        content = editor(page)
        page.route("**/text", lambda route: held.append(route))
        content.press("Control+End")
        page.keyboard.insert_text("重启前写的。")
        expect_saved(page, "saving")
        port = server.url.rsplit(":", 1)[-1]
        server.kill()
    held[0].continue_()
    page.unroute("**/text")
    expect_saved(page, "offline")
    page.keyboard.insert_text("重启时写的。")
    with FakeHanmo(data_dir, "--port", port) as server, server.wait_ready().client() as client:
        expect_saved(page)
        assert "重启前写的。重启时写的。" in client.get(f"/api/articles/{desk.id}").json()["text"]
