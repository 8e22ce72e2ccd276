"""`make bench [ARGS="NAME …"]`: runs the named benchmarks (default: all) on the real 0.5B, or on `--model PATH.gguf`; `checks` and `search`
need none."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks import checks, compare, contacts, foundation, giving_way, page, polishing, search, series
from benchmarks.random_model import LAYERS
from benchmarks.report import Row, print_table
from benchmarks.written_down import write_down
from tests.models.real import real_model

BENCHMARKS = {
    "start": foundation.start,
    "decode": foundation.decode,
    "busy": foundation.decode_beside_busy_processes,
    "cancel": foundation.cancelled_prefill,
    "turns": foundation.second_turn,
    "page": page.decode_beside_a_page,
    "contacts": contacts.second_contacts,
    "ahead": giving_way.giving_way,
    "costs": series.foreseen,
    "article-costs": series.foreseen_in_an_article,
    "polish": polishing.polishing,
}
LARGER = {"polish": "qwen2.5-coder-1.5b", "article-costs": series.ARTICLE_MODEL}
"""What is measured on another model than the 0.5B."""
WITHOUT_MODEL = {"checks": checks.checks}
COMPARED = "compare"
"""Makes its own model; what the extra `bench` (torch, transformers) is wanted for, and is not there, is said."""
ON_A_STORE = {"search": search.search_in_messages}


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *BENCHMARKS, *ON_A_STORE, *WITHOUT_MODEL, COMPARED], help="which to run (default: all)"
    )
    parser.add_argument("--model", type=Path, help="a GGUF file instead of the 0.5B")
    parser.add_argument("--write", action="store_true", help="write what `compare` finds into docs/performance.md and its chart")
    parser.add_argument("--layers", type=int, default=LAYERS, help="of the model that `compare` makes: fewer only to try it")
    args = parser.parse_args()
    names = args.names or [*BENCHMARKS, *ON_A_STORE, *WITHOUT_MODEL, COMPARED]
    rows: list[Row] = []
    for name in names:
        print(f"{name} …", flush=True)
        with tempfile.TemporaryDirectory(prefix="hanmo-bench-") as directory:
            rows += await _measured(name, Path(directory), args)
    print_table(rows)


async def _measured(name: str, directory: Path, args: argparse.Namespace) -> list[Row]:
    if name in WITHOUT_MODEL:
        return WITHOUT_MODEL[name]()
    if name in ON_A_STORE:
        return await ON_A_STORE[name](directory)
    if name == COMPARED:
        return await _compared(directory, args.layers, write=args.write)
    return await BENCHMARKS[name](directory, args.model or real_model(LARGER.get(name, "qwen2.5-coder-0.5b")))


async def _compared(directory: Path, layers: int, *, write: bool) -> list[Row]:
    found = await compare.compare(directory, layers)
    if write:
        write_down(found)
    return compare.rows(found)


asyncio.run(main())
