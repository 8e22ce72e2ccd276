"""Articles and conversations as files."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from typing_extensions import TypedDict

from hanmo.core.exports import ExportFormat
from hanmo.web.api.shapes import ProblemJson, problem_json
from hanmo.web.problems import language_of
from hanmo.web.services import Services
from hanmo.work.exports import ExportFile

ATTR_CHARS = "!#$&+-.^_`|~"
"""What may stand as it is in a name that is percent-encoded (RFC 8187)."""
A_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": {}}, "description": "The file"}}
Format = Annotated[ExportFormat, Query()]
Indent = Annotated[bool, Query()]


class OfferJson(TypedDict):
    """`problem`: what is not installed that the format needs, with the command that installs it."""

    format: ExportFormat
    problem: ProblemJson | None


class OffersAnswer(TypedDict):
    formats: list[OfferJson]


def exports_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["export"])
    exports = services.exports

    @router.get("/exports")
    async def list_formats(request: Request) -> OffersAnswer:
        """The formats of export, and what is missing here for some of them."""
        lang = language_of(request.scope)
        offers = exports.offers()
        return OffersAnswer(
            formats=[
                OfferJson(format=each.form, problem=problem_json(each.problem, lang) if each.problem else None) for each in offers
            ]
        )

    @router.get("/articles/{article_id}/export", response_class=Response, responses=A_FILE)
    async def export_article(article_id: str, format: Format, indent: Indent = False) -> Response:  # noqa: A002 - its name on the wire
        """The article as a file, as it stands now: title and sections in order, those that are skipped left out. `?format=` is md, txt, html, docx,
        epub, pdf or obsidian; `&indent=true` begins the paragraphs of plain text with two wide spaces. Its name stands in Content-Disposition. 409
        where nothing is written yet, 501 where a converter or a font is missing."""
        return file_response(await exports.article(article_id, format, indent=indent))

    @router.get("/conversations/{conversation_id}/export", response_class=Response, responses=A_FILE)
    async def export_conversation(conversation_id: str, format: Format, indent: Indent = False) -> Response:  # noqa: A002 - as above
        """The path that is shown, as a file: questions as headings, answers as they are. 409 where nothing was said yet, 501 as with articles."""
        return file_response(await exports.conversation(conversation_id, format, indent=indent))

    return router


def file_response(file: ExportFile) -> Response:
    """Always a download, never a page of ours; its name in any language (RFC 6266)."""
    plain = file.name if file.name.isascii() else "hanmo" + file.name[file.name.rindex(".") :]
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe=ATTR_CHARS)}"
    return Response(
        file.content, media_type=file.media_type, headers={"Content-Disposition": disposition, "Cache-Control": "no-store"}
    )
