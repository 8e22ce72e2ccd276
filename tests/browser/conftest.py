"""A real Chromium on a real Hanmo with the real 0.5B. A policy violation, an error in a script or on the console, or a
request to anywhere else fails the test."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from tests.models.real import real_model
from tests.running import RunningHanmo

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
WATCH = """
window.violations = [];
addEventListener('securitypolicyviolation', (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
"""
DESK = ViewportSize(width=1280, height=860)
LIMIT_MS = 20_000
"""For what must come at once: other work may have both cores meanwhile."""
IMAGES = Path(__file__).parents[2] / "docs" / "images"


def chromium() -> str:
    """The browser that `make test` brought."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise RuntimeError("No chromium here. Type: tools/need-chromium")
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Gone with the last browser test: while Playwright lives, this thread has a running event loop, which the other tests cannot have."""
    expect.set_options(timeout=LIMIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def hanmo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHanmo]:
    real_model("qwen2.5-coder-0.5b")
    with RunningHanmo(tmp_path_factory.mktemp("hanmo") / "data") as running:
        yield running.wait_ready()


@pytest.fixture
def open_page(browser: Browser, hanmo: RunningHanmo) -> Iterator[Any]:
    """`open_page(path, **context options)` gives a page in a fresh profile: of `hanmo`, or of the server named by `at`. What Chromium says of
    a request that must fail is let pass where `expected` is found in it."""
    contexts, pages, trouble = [], [], []

    def open_page(path: str = "/", *, at: RunningHanmo = hanmo, expected: str = "$.", **options: Any) -> Page:
        context = browser.new_context(**({"viewport": DESK, "locale": "zh-CN"} | options))
        contexts.append(context)
        context.add_init_script(WATCH)
        known = (at.url, "blob:", "data:")
        context.on("request", lambda r: None if r.url.startswith(known) else trouble.append(f"request to {r.url}"))
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: trouble.append(f"script error: {error}"))
        page.on("console", lambda said: trouble.append(said.text) if is_trouble(said, expected) else None)
        page.goto(at.url + path)
        return page

    yield open_page
    for page in pages:
        if not page.is_closed():
            trouble += page.evaluate("window.violations")
    for context in contexts:
        context.close()
    assert trouble == []


def is_trouble(said: ConsoleMessage, expected: str) -> bool:
    return said.type == "error" and not (said.text.startswith("Failed to load resource") and re.search(expected, said.text))
