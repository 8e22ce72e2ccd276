"""`python -m tests.fakes.hanmo_with_fake ARGUMENTS`: `hanmo ARGUMENTS` with a fake engine; the server, the database, the doors and the command
line are the real ones. No model file is needed.

Each request to the engine and each piece it writes is told (`watched.py`) before Hanmo hears of it. `FAKE_STEP_S` is how long the engine takes
for a piece (default 0). While the file `FAKE_STILL` is there, every answer stands still once it has as many pieces as the file says.
"""

import asyncio
import hashlib
import math
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import hanmo.app
from hanmo.cli import main
from hanmo.core.values import Sampling
from hanmo.engine import EmbeddedEngine, EngineOptions, FakeEngine
from hanmo.engine.fake import MARK
from hanmo.models import ModelShelf
from hanmo.work.model_ports import LoadPlan, ModelEntry
from hanmo.work.ports import Engine, EngineEvent, EngineRequest, TextPiece
from tests.fakes.studio import PAUSE, studio
from tests.fakes.watched import tell

STEP_S = float(os.environ.get("FAKE_STEP_S", "0"))
STILL = Path(os.environ.get("FAKE_STILL", "nowhere"))
LOOK_S = 0.01
SHA256 = "f" * 64


class StudioProcess(FakeEngine):
    """In the stead of `EmbeddedEngine`: a context manager with its arguments."""

    def __init__(self, options: EngineOptions, on_change: Callable[[], None]) -> None:
        super().__init__(studio, step_s=STEP_S)
        self._on_change = on_change

    async def __aenter__(self) -> "StudioProcess":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def load(self, plan: LoadPlan) -> None:
        await super().load(plan)
        self._on_change()

    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        last_mark = max(i for i, token in enumerate(request.prompt_ids) if token >= MARK)
        said = "".join(map(chr, request.prompt_ids[last_mark + 1 :]))
        tell(asked=_hash(request, last_mark), said=said)
        count = 0
        async with aclosing(super().generate(request)) as events:
            async for event in events:
                if isinstance(event, TextPiece):
                    while count >= _most_pieces():
                        await asyncio.sleep(LOOK_S)
                    count += 1
                    tell(piece=event.text)
                yield event

    def _rest(self, prompt: tuple[int, ...], sampling: Sampling, room: int) -> tuple[str, bool]:
        text, stopped = super()._rest(prompt, sampling, room)
        now, pauses, _ = text.removeprefix(PAUSE).partition(PAUSE)
        return now, bool(pauses) or stopped


def _hash(request: EngineRequest, last_mark: int) -> str:
    """What was asked, without how far its answer was."""
    content = (request.prompt_ids[: last_mark + 1], request.sampling.seed, request.grammar is None)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _most_pieces() -> float:
    """How many pieces an answer may have now."""
    try:
        return int(STILL.read_text())
    except FileNotFoundError:
        return math.inf


class ModelsThatAreHere(ModelShelf):
    """Every model lies here and fits."""

    def resolve(self, model: str) -> ModelEntry:
        return replace(super().resolve(model), path=f"{model}.gguf")

    async def plan(self, model: str, *, n_ctx: int | None = None) -> LoadPlan:
        return LoadPlan(model, f"{model}.gguf", SHA256, n_ctx or 8192, "f16", repack=False, gpu_layers=0, memory_bytes=0)


OpensEngine = Callable[[EngineOptions, Callable[[], None]], AbstractAsyncContextManager[Engine]]
OPENS: tuple[OpensEngine, OpensEngine] = (
    EmbeddedEngine,
    StudioProcess,
)  # so that a type checker sees when one of them changes alone


if __name__ == "__main__":
    with patch.multiple(hanmo.app, EmbeddedEngine=StudioProcess, ModelShelf=ModelsThatAreHere):
        main()
