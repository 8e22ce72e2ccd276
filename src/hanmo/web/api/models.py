"""Models: what is known, what is here, fetching one, changing over to one."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from hanmo.web.services import Services
from hanmo.work.model_ports import ModelEntry


class ModelJson(TypedDict):
    """`installed`: its whole file is here; `active`: it writes now."""

    id: str
    name: str
    size_bytes: int
    installed: bool
    active: bool
    starter: bool
    default: bool
    licence: str


class ModelsAnswer(BaseModel):
    models: list[ModelJson]


class ModelFile(BaseModel):
    """A `.gguf` on the computer where the server runs."""

    model_config = ConfigDict(extra="forbid", strict=True)
    path: Annotated[str, Field(min_length=1, max_length=4096)]


def models_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/models", tags=["models"])

    @router.get("")
    async def list_models() -> ModelsAnswer:
        """The catalog, and what of it is here."""
        return ModelsAnswer(models=[_model_json(m, active=m.id == services.bringup.model_id) for m in services.models.list()])

    @router.post("/use-file", status_code=202)
    async def use_file(body: ModelFile) -> Response:
        """Changes over to a model file of the user's own."""
        await services.bringup.use(body.path)
        return Response(status_code=202)

    @router.post("/{model_id}/pull", status_code=202)
    async def pull_model(model_id: str) -> Response:
        """Begins or resumes a download."""
        await services.bringup.pull(model_id)
        return Response(status_code=202)

    @router.delete("/{model_id}/pull", status_code=204)
    async def pause_model(model_id: str) -> Response:
        """Pauses a download; what was received stays."""
        services.models.resolve(model_id)
        await services.downloads.pause(model_id)
        return Response(status_code=204)

    @router.post("/{model_id}/use", status_code=202)
    async def use_model(model_id: str) -> Response:
        """Changes over when the running generation is finished; downloads the model first if it is not here."""
        await services.bringup.use(model_id)
        return Response(status_code=202)

    @router.delete("/{model_id}", status_code=204)
    async def remove_model(model_id: str) -> Response:
        """Deletes the model's file."""
        await services.bringup.remove(model_id)
        return Response(status_code=204)

    return router


def _model_json(entry: ModelEntry, *, active: bool) -> ModelJson:
    return ModelJson(
        id=entry.id,
        name=entry.name,
        size_bytes=entry.size_bytes,
        installed=entry.path is not None,
        active=active,
        starter=entry.starter,
        default=entry.default,
        licence=entry.licence,
    )
