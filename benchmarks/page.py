"""Decoding while a real Chromium shows the text as it comes: threads and spin count have to leave room for the server and the browser."""

import asyncio
import statistics
from pathlib import Path

from playwright.async_api import async_playwright

from benchmarks.report import Row
from tests.browser.conftest import FLAGS, chromium
from tests.running import RunningHanmo, whole_answer

ASKED = "请写一篇关于江南春天的长文，用 Markdown，有小标题、列表和表格，越详细越好。"
NUM_TOKENS = 160
ROUNDS = 3
LEAST_SHOWN = 100


async def decode_beside_a_page(directory: Path, model: Path) -> list[Row]:
    """The engine's own tokens a second, once with nobody looking and once with the page open on the conversation, turn about."""
    alone, shown = [], []
    with RunningHanmo(directory / "data", model=str(model)) as hanmo, hanmo.wait_ready().client() as client:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for i in range(ROUNDS):
                conversation = client.post("/api/conversations", json={}).raise_for_status().json()["id"]
                alone.append(await asyncio.to_thread(_rate, hanmo, client, i, None))
                page = await browser.new_page()
                await page.goto(f"{hanmo.url}/c/{conversation}")
                await page.get_by_role("textbox").first.wait_for()
                shown.append(await asyncio.to_thread(_rate, hanmo, client, i, conversation))
                if len(await page.locator("main").inner_text()) < LEAST_SHOWN:
                    raise RuntimeError("the page did not show the text")
                await page.close()
            await browser.close()
    ratio = statistics.median(shown) / statistics.median(alone)
    return [Row("decode while a page shows it ÷ with nobody looking", ratio, "", "≥ 0.8", lambda v: v >= 0.8)]


def _rate(hanmo: RunningHanmo, client: object, i: int, conversation: str | None) -> float:
    turn = hanmo.send(client, f"{i} {ASKED}", conversation, sampling={"max_new_tokens": NUM_TOKENS, "seed": 7})  # type: ignore[arg-type]
    return float(whole_answer(client, turn["generation_id"])["timings"]["tokens_per_second"])  # type: ignore[arg-type]
