"""The web application: the routes, and the doors before them."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from hanmo.web.api.articles import articles_router
from hanmo.web.api.checks import checks_router
from hanmo.web.api.conversations import conversations_router
from hanmo.web.api.costs import costs_router
from hanmo.web.api.exports import exports_router
from hanmo.web.api.generations import generations_router
from hanmo.web.api.messages import messages_router
from hanmo.web.api.models import models_router
from hanmo.web.api.prompt import prompt_router
from hanmo.web.api.search import search_router
from hanmo.web.api.status import status_router
from hanmo.web.api.templates import templates_router
from hanmo.web.doors import Doors, guard
from hanmo.web.login import login_router
from hanmo.web.problems import ProblemBody, install_problems
from hanmo.web.services import Services


def create_routes(services: Services, doors: Doors) -> FastAPI:
    """The FastAPI application without its doors, for the route tests that enumerate it."""
    app = FastAPI(
        title="Hanmo",
        version=services.version,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={422: {"model": ProblemBody, "description": "A problem, as application/problem+json"}},
    )
    app.include_router(status_router(services))
    app.include_router(login_router(doors.entrance))
    app.include_router(conversations_router(services))
    app.include_router(messages_router(services))
    app.include_router(search_router(services))
    app.include_router(generations_router(services))
    app.include_router(prompt_router(services))
    app.include_router(costs_router(services))
    app.include_router(articles_router(services))
    app.include_router(exports_router(services))
    app.include_router(templates_router(services))
    app.include_router(checks_router())
    app.include_router(models_router(services))
    install_problems(app)
    return app


def create_app(services: Services, doors: Doors) -> ASGIApp:
    """Everything a request passes, from the street to the route."""
    return guard(create_routes(services, doors), doors)
