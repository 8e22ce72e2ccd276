"""`python -m tests.fakes.hanmo_told ARGUMENTS`: the real `hanmo ARGUMENTS` with the real engine, which tells (`watched.py`) each step of a flow that
is run, by its key, and each piece of text that the model writes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from unittest.mock import patch

import hanmo.app
import hanmo.work.writing
from hanmo.cli import main
from hanmo.core.flows.asks import Answer, Ask
from hanmo.core.values import EngineIdentity
from hanmo.engine import EmbeddedEngine
from hanmo.work.driver import FlowDriver
from hanmo.work.ports import EngineEvent, EngineRequest, TextPiece
from tests.fakes.watched import tell


class ToldEngine(EmbeddedEngine):
    async def generate(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        async with aclosing(super().generate(request)) as events:
            async for event in events:
                if isinstance(event, TextPiece):
                    tell(piece=event.text)
                yield event


class ToldDriver(FlowDriver):
    async def _perform(self, ask: Ask, key: str, identity: EngineIdentity) -> Answer:
        tell(step=key)
        return await super()._perform(ask, key, identity)


if __name__ == "__main__":
    with patch.object(hanmo.app, "EmbeddedEngine", ToldEngine), patch.object(hanmo.work.writing, "FlowDriver", ToldDriver):
        main()
