"""`hanmo serve` with the fake engine, in a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.commands import tracebacks
from tests.fakes.watched import FAKE, ROOT, path_with
from tests.running import RunningHanmo


class FakeHanmo(RunningHanmo):
    """Ready as soon as it answers. `step_s` is how long the engine takes for a character."""

    module = FAKE

    def __init__(self, data_dir: Path, *flags: str, step_s: float = 0.0, **environment: str) -> None:
        self._still = data_dir.parent / f"{data_dir.name}.still"
        environment |= {"PYTHONPATH": path_with(ROOT), "FAKE_STEP_S": str(step_s), "FAKE_STILL": str(self._still)}
        super().__init__(data_dir, *flags, **environment)

    @contextmanager
    def still_after(self, num_pieces: int) -> Iterator[None]:
        """Meanwhile every answer of the engine stands still once it has so many characters, however long one looks at it."""
        written = self._still.with_suffix(".part")
        written.write_text(str(num_pieces))
        written.replace(self._still)
        try:
            yield
        finally:
            self._still.unlink()


@contextmanager
def fake_staying_up(data_dir: Path, *flags: str, step_s: float = 0.0) -> Iterator[FakeHanmo]:
    """One that must still be there in the end, and whose log must not hold a traceback."""
    with FakeHanmo(data_dir, *flags, step_s=step_s) as server:
        server.wait_ready()
        yield server
        assert server.process is not None
        assert server.process.poll() is None, f"it ended with {server.process.returncode}:\n{server.log}"
        assert not tracebacks(server.log)
