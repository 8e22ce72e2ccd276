"""`make bench-write`: the long form against the same model asked once, on the same prompts and seeds.

Texts are kept as they come (`--out`), and a run that is cut off goes on where it was. Prompts are lines of JSON with `prompt` and `length`.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from benchmarks.scores import interval, score
from hanmo.core.briefs import make_assignment
from hanmo.core.values import Sampling
from hanmo.engine import EmbeddedEngine, EngineOptions
from hanmo.store import MemoryStore
from hanmo.work.articles import ArticleDesk
from hanmo.work.lanes import Lanes
from hanmo.work.model_ports import LoadPlan
from hanmo.work.ports import EngineRequest, TextPiece
from tests.models.real import real_model

PROMPTS = Path(__file__).parent / "prompts.jsonl"
N_CTX = 8192
TOKENS_PER_WORD = 2.5


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writing", description=__doc__)
    parser.add_argument("--prompts", type=Path, default=PROMPTS)
    parser.add_argument("--model", default="qwen2.5-coder-1.5b", help="a starter's id or a GGUF file")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="numbers of prompts, such as 0,4,9")
    parser.add_argument("--way", choices=["once", "long", "both"], default="both")
    parser.add_argument("--out", type=Path, default=Path("bench-write"))
    args = parser.parse_args()
    prompts = [json.loads(line) for line in args.prompts.read_text("utf-8").splitlines() if line.strip()]
    chosen = [int(i) for i in args.only.split(",")] if args.only else range(len(prompts))
    path = Path(args.model) if args.model.endswith(".gguf") else real_model(args.model)
    args.out.mkdir(parents=True, exist_ok=True)
    ways = [way for way in ("once", "long") if args.way in (way, "both")]
    options = EngineOptions(
        threads=args.threads, slot_dir=args.out / "slots", memory_file=args.out / "canaries.json", slot_budget_bytes=1 << 30
    )
    async with EmbeddedEngine(options) as engine:
        await engine.load(LoadPlan(path.stem, str(path), path.name, N_CTX, "f16", True, 0, 0))
        for seed in range(1, args.seeds + 1):
            for i in chosen:
                for way in ways:
                    await _one(engine, prompts[i], seed, way, args.out / f"{i:02d}-{seed}-{way}.json")
    _print(args.out, chosen, args.seeds, ways)


async def _one(engine: EmbeddedEngine, prompt: dict[str, object], seed: int, way: str, kept: Path) -> None:
    if kept.exists():
        return
    began = time.monotonic()
    write = {"once": _once, "long": _long}[way]
    text, figures = await write(engine, str(prompt["prompt"]), int(str(prompt["length"])), seed)
    figures |= asdict(score(text, int(str(prompt["length"])))) | {"seconds": round(time.monotonic() - began, 1)}
    kept.write_text(json.dumps(figures | {"text": text}, ensure_ascii=False, indent=1), "utf-8")
    print(kept.stem, json.dumps(figures, ensure_ascii=False), flush=True)


async def _once(engine: EmbeddedEngine, prompt: str, length: int, seed: int) -> tuple[str, dict[str, object]]:
    """The bare model: the prompt alone, with room for two and a half times the asked length."""
    chat = await engine.chat_format()
    ids = await engine.tokenize(prompt)
    system = chat.system_open + await engine.tokenize("You are a helpful assistant.") + chat.system_close
    room = min(round(length * TOKENS_PER_WORD) + 256, N_CTX - len(ids) - 64)
    sampling = Sampling(max_new_tokens=room, seed=seed)
    text = ""
    async with aclosing(engine.generate(EngineRequest(system + ids + chat.answer_open, sampling))) as events:
        async for event in events:
            if isinstance(event, TextPiece):
                text += event.text
    return text, {}


async def _long(engine: EmbeddedEngine, prompt: str, length: int, seed: int) -> tuple[str, dict[str, object]]:
    """The flows, as the page and `hanmo write` run them."""
    store = MemoryStore().articles
    async with ArticleDesk(engine, store, Lanes(lambda: False)) as desk:
        article_id = await desk.create(make_assignment(prompt, words=length, seed=seed))
        job = await desk.write(article_id)
        async for _ in desk.jobs.follow(job.id):
            pass
        view = await desk.view(article_id)
        ends = Counter(step.end for step in (await store.steps(article_id)).values())
    assert job.ended is not None and job.ended.finish_reason == "stop", job.ended
    sections = [cost for cost in job.costs if cost.section_id]
    read, written = sum(c.read_tokens for c in sections), sum(c.written_tokens for c in sections)
    return view.text, {
        "sections": len(sections),
        "read": read,
        "written": written,
        "ends": dict(ends),
        "findings": [f.kind for f in view.findings],
    }


def _print(out: Path, chosen: Sequence[int], seeds: int, ways: Sequence[str]) -> None:
    console = Console(width=120)
    table = Table("", *ways, *(["long - once"] if len(ways) > 1 else []))
    results = {
        way: [json.loads((out / f"{i:02d}-{seed}-{way}.json").read_text("utf-8")) for seed in range(1, seeds + 1) for i in chosen]
        for way in ways
    }
    rows: dict[str, Callable[[dict[str, float]], float]] = {
        "S_l": lambda r: r["length_score"],
        "within ±10 %": lambda r: float(r["within"]),
        "repetition": lambda r: r["repetition"],
        "doubled sentences": lambda r: r["doubled"],
        "clean ending, balanced": lambda r: float(r["clean"]),
        "scaffolding": lambda r: float(r["scaffold"]),
        "seconds": lambda r: r["seconds"],
    }
    for name, read in rows.items():
        columns = [[read(result) for result in results[way]] for way in ways]
        if len(ways) > 1:
            columns.append([long - once for once, long in zip(*columns, strict=True)])
        table.add_row(name, *("{:.3g} [{:.3g}, {:.3g}]".format(*interval(column)) for column in columns))
    console.print(table)
    eight = [r["read"] / r["written"] for r in results.get("long", []) if r["sections"] >= 8]
    if eight:
        console.print(f"tokens read ÷ written, articles of 8 sections and more: {mean(eight):.3f}")


if __name__ == "__main__":
    asyncio.run(main())
