"""Checking a text that is nobody's article: a message, or what the user is about to send."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from hanmo.core.checks.review import review_input, review_text
from hanmo.core.values import FinishReason
from hanmo.web.api.finding_shapes import FindingJson, finding_json
from hanmo.web.problems import language_of

TEXT_CHARACTERS = 200_000
BRIEF_CHARACTERS = 100_000


class TextToCheck(BaseModel):
    """`brief` is what the text was asked for with, `finish_reason` how its generation ended. `input`: it is the user's own and not sent yet, so
    it is looked at for what they may not want to send."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(max_length=TEXT_CHARACTERS)]
    brief: Annotated[str, Field(max_length=BRIEF_CHARACTERS)] = ""
    finish_reason: FinishReason | None = None
    input: bool = False


class ChecksAnswer(BaseModel):
    findings: list[FindingJson]


def checks_router() -> APIRouter:
    router = APIRouter(prefix="/api/checks", tags=["checks"])
    one_at_a_time = asyncio.Lock()

    @router.post("")
    async def check_text(body: TextToCheck, request: Request) -> ChecksAnswer:
        """Checks a text: whether it is whole, repetition, Markdown, code, punctuation, what its brief asks for. Nothing is kept."""
        lang = language_of(request.scope)
        async with one_at_a_time:  # in a thread, as a long text takes most of a second; streams go on meanwhile
            if body.input:
                found = await asyncio.to_thread(review_input, body.text)
            else:
                found = await asyncio.to_thread(review_text, body.text, body.brief, body.finish_reason)
        return ChecksAnswer(findings=[finding_json(finding, lang) for finding in found])

    return router
