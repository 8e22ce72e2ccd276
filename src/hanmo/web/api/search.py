"""Search in all that was written: conversations and articles."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from hanmo.core.search import QUERY_CHARACTERS
from hanmo.web.services import Services
from hanmo.work.ports import Hit

MOST_HITS = 100


class SnippetJson(TypedDict):
    """`spans` are the places that were found in this line, in code points."""

    text: str
    spans: list[tuple[int, int]]


class HitJson(TypedDict):
    """`kind` is where it stands: in the title of a conversation or an article, in a message, in an article's brief, in a section or its heading.
    `id` is the conversation's or the article's; `message_id` or `section_id` says where in it. `start` and `end` are the first place, in code
    points of that text. `date`: when the message was written, or when the conversation or the article last changed."""

    kind: Literal["conversation", "article", "message", "brief", "heading", "section"]
    id: str
    title: str
    message_id: str | None
    section_id: str | None
    start: int
    end: int
    snippet: SnippetJson
    date: float


class SearchAnswer(TypedDict):
    """Titles first, then the newest first. `more`: not all that was found is here."""

    hits: list[HitJson]
    more: bool


def search_router(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/search", tags=["search"])

    @router.get("")
    async def search(
        q: Annotated[str, Query(max_length=QUERY_CHARACTERS)], limit: Annotated[int, Query(ge=1, le=MOST_HITS)] = 50
    ) -> SearchAnswer:
        """Texts that have every piece of the query, which is plain text: letter for letter, without regard to case; words of an alphabet also by
        their beginnings."""
        found = await services.search.find(q, limit + 1)
        return SearchAnswer(hits=[_hit_json(hit) for hit in found[:limit]], more=len(found) > limit)

    return router


def _hit_json(hit: Hit) -> HitJson:
    return HitJson(
        kind=hit.kind,
        id=hit.owner_id,
        title=hit.title,
        message_id=hit.part if hit.kind == "message" else None,
        section_id=hit.part if hit.kind in ("heading", "section") else None,
        start=hit.start,
        end=hit.end,
        snippet=SnippetJson(text=hit.snippet.text, spans=list(hit.snippet.spans)),
        date=hit.at,
    )
