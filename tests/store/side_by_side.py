"""The fake and the real store side by side, for state machines whose every rule is one call on both."""

import asyncio
import re
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from hanmo.core.errors import HanmoError
from hanmo.store import MemoryStore, Store
from tests.store.examples import TEXTS

Pair = tuple[str, str]
Call = Callable[[Store | MemoryStore, int], Coroutine[Any, Any, Any]]

texts = st.one_of(st.sampled_from(TEXTS), st.text(st.characters(), max_size=20))
any_of_them = st.integers(0, 11)


class SideBySide(RuleBasedStateMachine):
    """Their ids differ: each is named by its order of making before answers are compared."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.names: dict[str, str] = {}
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.fake = MemoryStore(clock=lambda: self.now)
        self.real = self.opened()

    def opened(self) -> Store:
        store = Store(Path(self.folder.name) / "hanmo.db", clock=lambda: self.now)
        return self.runner.run(store.__aenter__())

    def teardown(self) -> None:
        self.runner.run(self.real.__aexit__(None, None, None))
        self.runner.close()
        self.folder.cleanup()

    def both(self, call: Call) -> tuple[Any, Any] | None:
        """The two answers, or None where both refused for the same reason."""
        self.now += 1
        real, fake = self.answer(call(self.real, 0)), self.answer(call(self.fake, 1))
        if isinstance(real, HanmoError) or isinstance(fake, HanmoError):
            assert self.named((type(real), real)) == self.named((type(fake), fake))
            return None
        return real, fake

    def answer(self, call: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self.runner.run(call)
        except HanmoError as error:
            return error

    def same(self, call: Call) -> None:
        answers = self.both(call)
        if answers is not None:
            assert self.named(answers[0]) == self.named(answers[1])

    def named(self, answer: object) -> str:
        return re.sub(r"\b[0-9a-f]{32}\b", lambda found: self.names.get(found[0], found[0]), repr(answer))

    def keep(self, kept: list[Pair], real: str, fake: str) -> None:
        self.names |= {real: f"<{len(self.names)}>", fake: f"<{len(self.names)}>"}
        kept.append((real, fake))

    def reopen(self) -> None:
        self.runner.run(self.real.__aexit__(None, None, None))
        self.real = self.opened()
