"""Run as a process of its own, to be killed: pulls `tiny` into a directory and prints how far it is.

Arguments: directory, hub URL, size, SHA-256.
"""

import asyncio
import sys
from pathlib import Path

from hanmo.models.catalog import parse_catalog
from hanmo.models.shelf import ModelShelf

_CATALOG = """
default = "tiny"
[models.tiny]
name = "Tiny"
licence = "MIT"
file = "tiny.gguf"
n_ctx_train = 4096
starter = true
size_bytes = {size}
sha256 = "{sha256}"
sha256_checked = "joined"
hub = {{ repo = "owner/tiny", revisions = ["main"] }}
"""


async def main(directory: str, url: str, size: str, sha256: str) -> None:
    catalog = parse_catalog(_CATALOG.format(size=size, sha256=sha256))
    async for step in ModelShelf(Path(directory), catalog=catalog, environ={"HF_ENDPOINT": url}).pull("tiny"):
        print(step.state, step.received_bytes, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
