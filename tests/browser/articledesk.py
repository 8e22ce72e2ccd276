"""An article in the page, beside what the server has of it."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from hanmo.core.text import HAN
from tests.outside.articles import Json
from tests.running import RunningHanmo

LIMIT_MS = 60_000


class Paper:
    """The article that a page shows."""

    def __init__(self, page: Page, hanmo: RunningHanmo) -> None:
        self.page = page
        self._hanmo = hanmo

    def now(self) -> Json:
        """What the server has."""
        with self._hanmo.client() as client:
            article = self.page.url.rsplit("/", 1)[-1]
            return dict(client.get(f"/api/articles/{article}").raise_for_status().json())

    def section(self, index: int) -> Json:
        return dict(self.now()["sections"][index])

    def its(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def click(self, name: str, index: int = 0) -> None:
        self.its(name).nth(index).click()

    def show(self, view: str) -> None:
        """One of 提纲, 各节, 全文, 修改, 版本."""
        self.page.locator("header .segments").get_by_text(re.compile(view)).click()

    def card(self, index: int) -> Locator:
        return self.its("article-section").nth(index)

    def expect_state(self, index: int, state: str) -> None:
        expect(self.card(index).get_by_test_id("article-section-state")).to_have_attribute("data-state", state, timeout=LIMIT_MS)

    def wait_for_text(self, index: int, words: int = 30) -> str:
        """Waits until the card of a section shows that so much of it is there; its text."""
        self.page.wait_for_function(
            "([i, n]) => parseInt(document.querySelectorAll('[data-testid=article-section] .figures span:last-child')[i]"
            "?.textContent ?? '0') >= n",
            arg=[index, words],
            timeout=LIMIT_MS,
        )
        return str(self.section(index)["text"])

    def wait_for_end(self) -> None:
        """Nothing runs any more, and the article is done."""
        expect(self.its("article-progress")).to_have_class(re.compile(r"\bdone\b"), timeout=LIMIT_MS)

    def expect_shown(self, text: str, where: str = "article-text") -> None:
        """All of a text, and nothing else, stands there to be read."""
        self.page.wait_for_function(
            "([where, text]) => (document.querySelector(`[data-testid=${where}]`)?.innerText ?? '')"
            ".replace(/[^\\p{Script=Han}]/gu, '') === text",
            arg=[where, han(text)],
            timeout=LIMIT_MS,
        )

    def expect_it_fits(self) -> None:
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def han(text: str) -> str:
    """Its Han characters, free of marks and spaces."""
    return "".join(HAN.findall(text))


def with_edit(article: Json, edit: Json) -> list[str]:
    """The sections' texts with one edit in them."""
    texts: dict[Any, str] = {section["id"]: section["text"] for section in article["sections"]}
    old = texts[edit["section"]]
    texts[edit["section"]] = old[: edit["start"]] + edit["after"] + old[edit["end"] :]
    return list(texts.values())
