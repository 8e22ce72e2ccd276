"""The composition root: settings in, a running Hanmo out. The only place that names concrete classes."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Literal
from urllib.parse import urlsplit

import psutil

from hanmo.config import Settings
from hanmo.core.speeds import Speeds
from hanmo.core.tuning import Choice
from hanmo.engine import (
    EmbeddedEngine,
    EngineOptions,
    RemoteEngine,
    RemoteOptions,
    engine_build,
    list_devices,
    list_draft_kinds,
)
from hanmo.export import DocumentExporter
from hanmo.instance import DataDir
from hanmo.machine import battery_percent, logical_cores, machine_name
from hanmo.models import Device, ModelShelf, available_memory, cpu_problem
from hanmo.store import SpeedFile, Store
from hanmo.templates import PackagedTemplates
from hanmo.tuned import Tuned, read_tuned
from hanmo.web.addresses import is_loopback
from hanmo.web.app import create_app
from hanmo.web.credentials import Credentials, ensure_closed
from hanmo.web.doors import Doors
from hanmo.web.login import Entrance
from hanmo.web.server import bind, run
from hanmo.web.services import Services
from hanmo.work.article_costs import ArticleCosts
from hanmo.work.article_preview import ArticlePreviewer
from hanmo.work.articles import ArticleDesk
from hanmo.work.bringup import Bringup, ModelDesk
from hanmo.work.conversations import Talk
from hanmo.work.costs import ConversationCosts
from hanmo.work.downloads import Downloads
from hanmo.work.drafts import Drafts
from hanmo.work.elsewhere import BroughtUpElsewhere
from hanmo.work.exports import Exports
from hanmo.work.generations import Runner
from hanmo.work.lanes import Lanes
from hanmo.work.preview import Previewer
from hanmo.work.speeds import MeteredEngine, SpeedBook
from hanmo.work.templates import TemplateLibrary
from hanmo.work.warmup import WarmUp

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """What the command line tells the user. `new_password` is set once, where a door to the network was closed for the first time; `texts_go_to` is
    another computer whose engine writes, "" where none does."""

    url: str
    new_password: str | None
    texts_go_to: str = ""


def credentials_of(settings: Settings, own_key: str | None = None) -> Credentials:
    given = settings.password.get_secret_value() if settings.password else None
    return Credentials(settings.data_dir / "credentials.json", password=given, own_key=own_key)


def exports_of(store: Store) -> Exports:
    return Exports(store.articles, store.conversations, DocumentExporter())


@asynccontextmanager
async def open_exports(settings: Settings) -> AsyncIterator[Exports]:
    """Files of what is in the data directory, without a server and without an engine."""
    with DataDir(settings.data_dir):
        async with Store(settings.database) as store:
            yield exports_of(store)


def tuned_here(settings: Settings) -> Tuned:
    """What `hanmo bench` found on this machine with this build of the engine."""
    return read_tuned(settings.data_dir, machine_name(default_threads()), engine_build())


def speed_book(settings: Settings) -> SpeedBook:
    """What runs on this machine took, before and from now on."""
    return SpeedBook(SpeedFile(settings.data_dir / "speeds.json"))


def model_shelf(settings: Settings, engine_bytes: Callable[[], int] = lambda: 0, tuned: Tuned | None = None) -> ModelShelf:
    """The model files, fitted to the devices that the installed engine reports, to the memory that is free once the running
    engine (`engine_bytes`) has made room, and to what was found to be best here."""

    def devices() -> list[Device]:
        kinds: dict[str, Literal["cpu", "gpu", "igpu", "accel"]] = {"gpu": "gpu", "igpu": "igpu", "accel": "accel"}
        return [Device(d.name, kinds.get(d.kind, "cpu"), d.memory_free_bytes) for d in list_devices()]

    def choice_for(sha256: str) -> Choice | None:
        """The user's own number of threads goes first."""
        choice = tuned.choice_for(sha256) if tuned else None
        return replace(choice, threads=settings.threads) if choice and settings.threads else choice

    return ModelShelf(
        settings.models_dir,
        devices=devices,
        available_bytes=lambda: available_memory() + engine_bytes(),
        tuned=choice_for,
        draft_model=settings.draft_model,
        draft_kinds=list_draft_kinds,
    )


def engine_options(settings: Settings) -> EngineOptions:
    return EngineOptions(
        threads=settings.threads or default_threads(),
        slot_dir=settings.data_dir / "slots",
        memory_file=settings.data_dir / "canaries.json",
        slot_budget_bytes=settings.slot_budget_bytes,
    )


def remote_options(settings: Settings) -> RemoteOptions | None:
    """None where the engine is our own."""
    if settings.engine_url is None:
        return None
    key = settings.engine_key.get_secret_value() if settings.engine_key else ""
    leaves = not is_loopback(urlsplit(settings.engine_url).hostname or "")
    return RemoteOptions(settings.engine_url.rstrip("/"), key, leaves)


@asynccontextmanager
async def open_engine(settings: Settings, on_change: Callable[[], None]) -> AsyncIterator[EmbeddedEngine | RemoteEngine]:
    """Our own, unless the settings name one elsewhere."""
    if remote := remote_options(settings):
        async with RemoteEngine(remote, on_change) as elsewhere:
            yield elsewhere
    else:
        async with EmbeddedEngine(engine_options(settings), on_change) as own:
            yield own


@asynccontextmanager
async def open_model_desk(
    settings: Settings, engine: EmbeddedEngine | RemoteEngine, models: ModelShelf, downloads: Downloads
) -> AsyncIterator[ModelDesk]:
    """Brings the model up in our own engine; in another one, it is chosen there."""
    if isinstance(engine, RemoteEngine):
        yield BroughtUpElsewhere(models, downloads, engine.status().remote)
        return
    async with Bringup(models, downloads, engine, settings.model, settings.ctx, obstacle=cpu_problem) as bringup:
        yield bringup


@asynccontextmanager
async def open_services(settings: Settings, closing: asyncio.Event, store: Store) -> AsyncIterator[Services]:
    """The use cases on real parts, started. Leaving ends the engine, pauses downloads and interrupts what runs."""
    async with AsyncExitStack() as stack:
        runner: Runner | None = None

        def engine_changed() -> None:
            if runner is not None:
                runner.engine_changed()

        warm_up: WarmUp | None = None

        def answered(conversation_id: str) -> None:
            if warm_up is not None:
                warm_up.answered(conversation_id)

        tuned = tuned_here(settings)
        bare = await stack.enter_async_context(open_engine(settings, engine_changed))
        book = speed_book(settings)
        stack.push_async_callback(book.settled)
        engine = MeteredEngine(bare, book)

        def speeds() -> Speeds:
            return engine.speeds

        runner = await stack.enter_async_context(
            Runner(engine, store.generations, queue_limit=settings.queue_limit, answered=answered)
        )
        lanes = Lanes(lambda: runner is not None and runner.wants_engine)
        desk = await stack.enter_async_context(ArticleDesk(engine, store.articles, lanes, speeds))
        drafts = Drafts(store.conversations, store.generations)
        article_previewer = ArticlePreviewer(engine, store.articles)
        warm_up = await stack.enter_async_context(
            WarmUp(
                engine,
                drafts,
                article_previewer.brief_ids,
                free=lambda: lanes.free and not runner.wants_engine,
                allowed=lambda: battery_percent() > settings.warm_up_above_battery_percent,
            )
        )
        models = model_shelf(settings, lambda: engine.status().memory_bytes, tuned)
        downloads = await stack.enter_async_context(Downloads(models))
        bringup = await stack.enter_async_context(open_model_desk(settings, bare, models, downloads))
        yield Services(
            version=version("hanmo"),
            engine=engine,
            conversations=store.conversations,
            generations=store.generations,
            search=store.search,
            models=models,
            runner=runner,
            warm_up=warm_up,
            talk=Talk(store.conversations, store.generations, runner),
            previewer=Previewer(engine, drafts),
            speed_book=book,
            speeds=speeds,
            conversation_costs=ConversationCosts(engine, drafts, speeds),
            article_costs=ArticleCosts(engine, store.articles, speeds),
            article_previewer=article_previewer,
            desk=desk,
            templates=TemplateLibrary(PackagedTemplates(), store.templates),
            exports=exports_of(store),
            downloads=downloads,
            bringup=bringup,
            resident_bytes=lambda: int(psutil.Process().memory_info().rss),
            closing=closing,
        )


async def serve(settings: Settings, on_start: Callable[[Started], None]) -> None:
    """Serves until it is told to stop. `on_start` is called when the socket listens and the model is on its way."""
    for talkative in ("alembic", "httpx2", "uvicorn"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    with DataDir(settings.data_dir) as data_dir, bind(settings.host, settings.port) as listening:
        credentials = credentials_of(settings, data_dir.key)
        new_password = ensure_closed(settings.host, credentials)
        closing = asyncio.Event()
        url = url_of(settings, listening)
        async with Store(settings.database) as store, open_services(settings, closing, store) as services:
            doors = Doors(
                host=settings.host,
                entrance=Entrance(
                    credentials, store.sessions, closed=not is_loopback(settings.host), port=listening.getsockname()[1]
                ),
                allowed_hosts=settings.allowed_hosts,
                root_path=settings.root_path,
                trusted_proxies=settings.trusted_proxies,
            )
            app = create_app(services, doors)

            def ready() -> None:
                data_dir.announce(url)
                remote = remote_options(settings)
                if remote is not None:
                    log.info("%s %s, as engine_url says", "texts go to" if remote.leaves else "the engine is at", remote.url)
                on_start(Started(url, new_password, remote.host if remote is not None and remote.leaves else ""))

            await run(app, listening, closing, ready)


def url_of(settings: Settings, listening: socket.socket) -> str:
    """Where a browser on this computer finds the page."""
    host = settings.host if settings.host not in ("0.0.0.0", "::", "") else "127.0.0.1"  # noqa: S104 - named, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}{settings.root_path.rstrip('/')}"


def default_threads() -> int:
    """The physical cores this process may use: hyper-threads share the unit that multiplies."""
    allowed = logical_cores()
    return min(allowed, psutil.cpu_count(logical=False) or allowed)
