"""In the stead of `Bringup` where the engine is elsewhere: no model is brought up here, and models are only files that come and go."""

from collections.abc import Sequence

from hanmo.core.errors import Conflict
from hanmo.core.values import Problem
from hanmo.work.bringup import Notice, Step
from hanmo.work.downloads import Downloads
from hanmo.work.model_ports import Models


class BroughtUpElsewhere:
    """`host` is the engine's. Which model writes is chosen there."""

    step: Step = "ready"
    model_id: str | None = None
    problem: Problem | None = None

    def __init__(self, models: Models, downloads: Downloads, host: str) -> None:
        self._models = models
        self._downloads = downloads
        self._host = host

    async def use(self, model: str) -> None:  # noqa: ARG002 - whichever it is
        """`Conflict("engine_elsewhere")`."""
        raise Conflict("engine_elsewhere", host=self._host)

    async def pull(self, model_id: str) -> None:
        """Begins or resumes a download, for a start without the other engine."""
        self._downloads.start(self._models.resolve(model_id).id)

    async def remove(self, model_id: str) -> None:
        """Deletes a model's file and its parts."""
        entry = self._models.resolve(model_id)
        await self._downloads.pause(entry.id)
        self._models.remove(entry.id)

    def notices(self) -> Sequence[Notice]:
        return ()
