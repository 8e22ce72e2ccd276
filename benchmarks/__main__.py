"""`make bench [ARGS="NAME …"]`: runs the named benchmarks (default: all) on the real 0.5B, or on `--model PATH.gguf`; `checks` and `search`
need none."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks import checks, contacts, foundation, search, series
from benchmarks.report import Row, print_table
from tests.models.real import real_model

BENCHMARKS = {
    "start": foundation.start,
    "decode": foundation.decode,
    "busy": foundation.decode_beside_busy_processes,
    "cancel": foundation.cancelled_prefill,
    "turns": foundation.second_turn,
    "contacts": contacts.second_contacts,
    "costs": series.foreseen,
}
WITHOUT_MODEL = {"checks": checks.checks}
ON_A_STORE = {"search": search.search_in_messages}


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=[[], *BENCHMARKS, *ON_A_STORE, *WITHOUT_MODEL], help="which to run (default: all)"
    )
    parser.add_argument("--model", type=Path, help="a GGUF file instead of the 0.5B")
    args = parser.parse_args()
    names = args.names or [*BENCHMARKS, *ON_A_STORE, *WITHOUT_MODEL]
    model = args.model or (real_model("qwen2.5-coder-0.5b") if set(names) & set(BENCHMARKS) else None)
    rows: list[Row] = []
    for name in names:
        print(f"{name} …", flush=True)
        if name in WITHOUT_MODEL:
            rows += WITHOUT_MODEL[name]()
            continue
        with tempfile.TemporaryDirectory(prefix="hanmo-bench-") as directory:
            rows += await (ON_A_STORE[name](Path(directory)) if name in ON_A_STORE else BENCHMARKS[name](Path(directory), model))
    print_table(rows)


asyncio.run(main())
