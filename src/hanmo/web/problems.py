"""Errors as RFC 9457 problem details, in the reader's language.

The one promise: nothing a user wrote goes back out or into a log, except the name of a field. A handler knows three families of
errors (ours, Starlette's, FastAPI's validation); the middleware `Problems` knows the rest, and stands both inside the FastAPI app,
where it sees errors before anyone prints them, and around the doors.
"""

import json
import logging
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from hanmo.core.errors import HanmoError
from hanmo.core.values import JsonValue, Problem
from hanmo.i18n import Language, choose_language, problem_words
from hanmo.web.fields import validation_problem
from hanmo.work.faults import log_fault

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["ProblemBody", "Problems", "install_problems", "language_of", "problem_body", "problem_response"]

log = logging.getLogger("hanmo.web")

_CODES = {
    400: "malformed_json",  # FastAPI's word for every body that it cannot parse
    404: "route_not_found",
    405: "method_not_allowed",
    413: "body_too_large",
}


class ProblemBody(BaseModel):
    """RFC 9457, with a next step. `code` and `params` are for programs, the sentences for people."""

    type: str
    title: str
    status: int
    detail: str
    next_step: str
    code: str
    params: dict[str, str | int | float]


class ProblemResponse(JSONResponse):
    """A name that a client sent may hold half a surrogate pair, which no encoding knows."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def language_of(scope: "Scope") -> Language:
    """`?lang=` (EventSource cannot send headers), else `Accept-Language`."""
    asked = re.search(rb"(?:^|&)lang=(zh|en)(?:&|$)", scope.get("query_string", b""))
    return choose_language(asked[1].decode() if asked else Headers(scope=scope).get("accept-language"))


def problem_body(problem: Problem, lang: Language) -> dict[str, JsonValue]:
    """How a problem stands inside other JSON: `{code, params, title, detail, next_step}`."""
    title, detail, next_step = problem_words(problem.code, problem.params, lang)
    return {
        "code": problem.code,
        "params": dict(problem.params),
        "title": title,
        "detail": detail,
        "next_step": next_step,
    }


def problem_response(scope: "Scope", problem: Problem, status: int, headers: Mapping[str, str] | None = None) -> Response:
    lang = language_of(scope)
    said = problem_body(problem, lang)
    body = {
        "type": "/problems/" + problem.code.replace("_", "-"),
        "title": said["title"],
        "status": status,
        "detail": said["detail"],
        "next_step": said["next_step"],
        "code": problem.code,
        "params": said["params"],
    }
    return ProblemResponse(body, status, headers={"Content-Language": lang, **_headers_of(problem, status), **(headers or {})})


def _headers_of(problem: Problem, status: int) -> dict[str, str]:
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if status != 429:
        return {}
    seconds = problem.params.get("seconds", 1)
    return {"Retry-After": str(max(1, int(seconds))) if isinstance(seconds, int | float) else "1"}


def response_to(scope: "Scope", error: Exception) -> Response | None:
    """The response to an error that has one; None for an error nobody foresaw."""
    if isinstance(error, HanmoError):
        return problem_response(scope, error.problem, error.status)
    if isinstance(error, RequestValidationError):
        problem, status = validation_problem(error, scope.get("route"))
        return problem_response(scope, problem, status)
    if isinstance(error, HTTPException):
        problem = _problem_of(error)
        return problem_response(scope, problem, error.status_code, error.headers)
    return None


def _problem_of(error: HTTPException) -> Problem:
    """A door inside the reading of a body raises this class: FastAPI passes it on, and would turn any other into a 400."""
    if isinstance(error.detail, Problem):
        return error.detail
    code = _CODES.get(error.status_code)
    return Problem(code) if code else Problem("http_error", {"status": error.status_code})


class Problems:
    """Whatever is raised inside becomes a problem. Once a response has begun, the connection is cut instead."""

    def __init__(self, app: "ASGIApp") -> None:
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def sending(message: "Message") -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except ClientDisconnect:  # nobody is left to be told
            return
        except Exception as error:  # the outermost place where an error can still become an answer
            response = response_to(scope, error)
            if response is None or started:
                log_fault(log, error, "after the response had begun" if started else "before a response")
            if not started:
                await (response or problem_response(scope, Problem("unexpected"), 500))(scope, receive, send)


def install_problems(app: "FastAPI") -> None:
    async def answer(request: Request, error: Exception) -> Response:
        return cast("Response", response_to(request.scope, error))

    for kind in (HanmoError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, answer)
    app.add_middleware(Problems)
