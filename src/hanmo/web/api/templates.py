"""The template library: finding, filling, keeping and exchanging templates."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hanmo.web.api.template_shapes import FilledJson, TemplateBody, TemplateJson, filled_json, template_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services

FILE_CHARACTERS = 4_000_000
"""Far above what a file may hold, so that a large one is refused in words of its own."""
FILE_NAME = "hanmo-templates.json"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Copy(_Body):
    """Without a `name`, the copy has that of the template."""

    name: Annotated[str, Field(max_length=1000)] = ""


class TemplateFile(_Body):
    """`text` is all of the file."""

    text: Annotated[str, Field(max_length=FILE_CHARACTERS)]


class Values(_Body):
    """By variable; what is left out or blank takes its default. `partly`: what nothing fills stays as it is written, and is named."""

    values: dict[str, str] = {}
    partly: bool = False


class TemplatesAnswer(BaseModel):
    templates: list[TemplateJson]


class ImportAnswer(BaseModel):
    """`known`: how many of the file were there already, word for word, and were not kept twice."""

    templates: list[TemplateJson]
    known: int


def templates_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/templates", tags=["templates"])
    library = services.templates

    @router.get("")
    async def list_templates(
        request: Request, q: Annotated[str, Query(max_length=200)] = "", language: Literal["zh", "en"] | None = None
    ) -> TemplatesAnswer:
        """The user's own, the newest first, then the built-in ones in `language` (without it, in that of the request). `q`: only those in
        which each of its words stands, in the name, the description, the category or the brief."""
        found = await library.list(language or language_of(request.scope), q)
        return TemplatesAnswer(templates=[template_json(entry) for entry in found])

    @router.post("", status_code=201)
    async def create_template(body: TemplateBody) -> TemplateJson:
        """Keeps a template of the user's own."""
        return template_json(await library.create(body.value()))

    @router.get("/export")
    async def export_templates(ids: Annotated[str, Query(max_length=40_000)] = "") -> Response:
        """A JSON file with the templates of `ids` (with commas between them), or with all of the user's own."""
        text = await library.export([each for each in ids.split(",") if each])
        headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return Response(text, media_type="application/json", headers=headers)

    @router.post("/import")
    async def import_templates(body: TemplateFile) -> ImportAnswer:
        """Keeps all templates of a file that was exported, or none where one of them is wrong."""
        imported = await library.import_file(body.text)
        return ImportAnswer(templates=[template_json(entry) for entry in imported.entries], known=imported.num_known)

    @router.get("/{template_id}")
    async def get_template(template_id: str) -> TemplateJson:
        """One template, built-in or the user's own."""
        return template_json(await library.get(template_id))

    @router.put("/{template_id}")
    async def change_template(template_id: str, body: TemplateBody) -> TemplateJson:
        """Puts another in its place. A built-in one is not changed: make a copy."""
        return template_json(await library.change(template_id, body.value()))

    @router.delete("/{template_id}", status_code=204)
    async def remove_template(template_id: str) -> Response:
        """Removes one of the user's own; it can be restored for 30 days."""
        await library.remove(template_id)
        return Response(status_code=204)

    @router.post("/{template_id}/restore")
    async def restore_template(template_id: str) -> TemplateJson:
        """Brings a removed template back."""
        return template_json(await library.restore(template_id))

    @router.post("/{template_id}/duplicate", status_code=201)
    async def duplicate_template(template_id: str, body: Copy | None = None) -> TemplateJson:
        """A copy that is the user's own."""
        return template_json(await library.duplicate(template_id, body.name if body else ""))

    @router.post("/{template_id}/fill")
    async def fill_template(template_id: str, body: Values) -> FilledJson:
        """The brief with its variables filled, and as one text. Nothing is kept."""
        return filled_json(await library.fill(template_id, body.values, partly=body.partly))

    return router
