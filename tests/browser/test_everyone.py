"""The page as it is served breaks no rule of axe-core. Every state of it is looked at against the scripted server (ui/tests/everyone.test.ts);
here those that a real answer and real templates make, under the policy that is really sent."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.running import RunningHanmo, whole_answer

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = """axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations.flatMap(({id, nodes}) =>
  nodes.map(({target, html}) => `${id}: ${target.join(' ')}: ${html.slice(0, 160)}`)))"""


def violations(page: Page) -> list[str]:
    """What breaks a rule, one line a place. It runs in a world of its own: the page's policy lets nothing in."""
    cdp = page.context.new_cdp_session(page)
    frame = cdp.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})["executionContextId"]
    options: dict[str, Any] = {"contextId": world, "awaitPromise": True, "returnByValue": True}
    cdp.send("Runtime.evaluate", options | {"expression": f"{AXE.read_text()}; undefined"})
    said = cdp.send("Runtime.evaluate", options | {"expression": LOOK})
    assert "exceptionDetails" not in said, said
    return list(said["result"]["value"])


@pytest.mark.parametrize(("language", "theme"), [("zh", "dark"), ("en", "light"), ("zh", "contrast")])
def test_what_is_served_breaks_no_rule(open_page: Callable[..., Page], hanmo: RunningHanmo, language: str, theme: str) -> None:
    with hanmo.client() as client:
        turn = hanmo.send(client, "用三句话说说春天，每句一行，以“-”开头。", sampling={"max_new_tokens": 60, "seed": 1})
        assert whole_answer(client, turn["generation_id"])["text"]
    page = open_page("/", reduced_motion="reduce")
    prefs = json.dumps({"language": language, "theme": theme})
    page.evaluate("prefs => localStorage.setItem('hanmo.prefs', prefs)", prefs)
    for path, there in {
        "/": "input",
        f"/c/{turn['conversation']}": "finish-reason",
        "/a": "article-brief",
        "/t": "template-list",
        "/t/zh-weekly-report": "template-use",
        "/t/new": "template-save",
    }.items():
        page.goto(hanmo.url + path)
        expect(page.get_by_test_id(there).first).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert violations(page) == [], path
