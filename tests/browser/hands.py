"""What a writer's hands do in a page: select by words, compose with an input method, go by keyboard alone, bring files and paste."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from playwright.sync_api import JSHandle, Locator, Page, expect

MOST_STEPS = 150
SELECT = """
(host, wanted) => {
  const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(wanted);
    if (at === -1) continue;
    host.focus();
    getSelection().setBaseAndExtent(node, at, node, at + wanted.length);
    return;
  }
  throw new Error(`not there: ${wanted}`);
}
"""
TRANSFER = """
([files, text]) => {
  const data = new DataTransfer();
  for (const [name, content] of files)
    data.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
  if (text) data.setData('text/plain', text);
  return data;
}
"""
PASTE = "(el, clipboardData) => el.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))"


@contextmanager
def standing_still(page: Page) -> Iterator[None]:
    """Meanwhile the page's own time does not go on: what it shows for a moment stays, and what it waits for a moment is waited for."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=10))
    yield
    page.clock.resume()


def select(where: Locator, words: str) -> None:
    """Within one piece of text, in the editor or in an answer."""
    where.evaluate(SELECT, words)


def copy_and_paste(page: Page, field: Locator, copied: str) -> None:
    """Through the clipboard, with the keys; `copied` is JavaScript that gives the text."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(f"navigator.clipboard.writeText({copied})")
    field.press("Control+v")


def drop(page: Page, on: Locator, **files: bytes) -> None:
    """Files by their names, with `__` for the dot."""
    data = _transfer(page, files)
    for kind in ("dragover", "drop"):
        on.dispatch_event(kind, {"dataTransfer": data})


def paste(page: Page, on: Locator, text: str = "", **files: bytes) -> None:
    on.evaluate(PASTE, _transfer(page, files, text))


def _transfer(page: Page, files: dict[str, bytes], text: str = "") -> JSHandle:
    given = [[name.replace("__", "."), base64.b64encode(content).decode()] for name, content in files.items()]
    return page.evaluate_handle(TRANSFER, [given, text])


class InputMethod:
    """As one for Chinese works: letters are composed, a key takes the first candidate, and all the while Enter belongs to it."""

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)

    def compose(self, *steps: str) -> None:
        for text in steps:
            self._cdp.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})

    def enter(self) -> None:
        """Its own Enter: the page hears of a key with the code 229."""
        for kind in ("rawKeyDown", "keyUp"):
            key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
            self._cdp.send("Input.dispatchKeyEvent", {"type": kind} | key)

    def commit(self, text: str) -> None:
        self._cdp.send("Input.insertText", {"text": text})


class Keys:
    """A hand on the keyboard and none on the mouse. A bare word names a test id, anything else is a selector."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def to(self, name: str, step: str = "Tab") -> None:
        """Goes on with Tab until it has the focus."""
        selector = _selector(name)
        expect(self.page.locator(selector).first).to_be_visible()
        for _ in range(MOST_STEPS):
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
            self.press(step)
        raise AssertionError(f"Tab does not come to {name}")

    def use(self, name: str, key: str = "Enter", step: str = "Tab") -> None:
        """Goes there and presses it."""
        self.to(name, step)
        self.press(key)

    def holds(self, name: str) -> None:
        """It has the focus, or is about to have it."""
        self.page.wait_for_function("wanted => document.activeElement.matches(wanted)", arg=_selector(name))


def _selector(name: str) -> str:
    return f"[data-testid={name}]" if name.replace("-", "").replace("_", "").isalnum() else name
