"""`hanmo` and `hanmo serve`."""

import asyncio
import logging
import threading
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from hanmo.cli.output import err, hear, out
from hanmo.config import load_settings, one_engine
from hanmo.core.errors import StoreBusy
from hanmo.instance import running_at


def _option(*names: str, key: str) -> Any:
    return typer.Option(*names, help=hear(f"cli.serve.{key}"), show_default=False)


Host = Annotated[str | None, _option("--host", key="host")]
Port = Annotated[int | None, _option("--port", key="port")]
AllowedHost = Annotated[list[str] | None, _option("--allowed-host", key="allowed_host")]
TrustedProxy = Annotated[list[str] | None, _option("--trusted-proxy", key="trusted_proxy")]
RootPath = Annotated[str | None, _option("--root-path", key="root_path")]
Model = Annotated[str | None, _option("--model", key="model")]
Ctx = Annotated[int | None, _option("--ctx", key="ctx")]
EngineUrl = Annotated[str | None, _option("--engine-url", key="engine_url")]
Threads = Annotated[int | None, _option("--threads", key="threads")]
DataDirOption = Annotated[Path | None, _option("--data-dir", key="data_dir")]
NoBrowser = Annotated[bool, _option("--no-browser", key="no_browser")]


def default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        serve()


def serve(
    host: Host = None,
    port: Port = None,
    allowed_host: AllowedHost = None,
    trusted_proxy: TrustedProxy = None,
    root_path: RootPath = None,
    model: Model = None,
    engine_url: EngineUrl = None,
    ctx: Ctx = None,
    threads: Threads = None,
    data_dir: DataDirOption = None,
    no_browser: NoBrowser = False,
) -> None:
    settings = load_settings(
        host=host,
        port=port,
        allowed_hosts=tuple(allowed_host) if allowed_host else None,
        trusted_proxies=tuple(trusted_proxy) if trusted_proxy else None,
        root_path=root_path,
        model=model,
        engine_url=engine_url,
        ctx=ctx,
        threads=threads,
        data_dir=data_dir,
    )
    one_engine(settings, model=model, ctx=ctx, threads=threads)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    from hanmo.app import Started
    from hanmo.app import serve as serve_app

    def on_start(started: Started) -> None:
        out.print(hear("cli.serve.started", url=started.url))
        if started.texts_go_to:
            err.print(hear("cli.texts_go_to", host=started.texts_go_to), markup=False)
        if started.new_password:
            err.print(hear("cli.serve.new_password", password=started.new_password), markup=False)
        if not no_browser:  # a text browser would stand in the way of the server
            threading.Thread(target=webbrowser.open, args=(started.url,), daemon=True).start()

    try:
        asyncio.run(serve_app(settings, on_start))
    except StoreBusy:
        running = running_at(settings.data_dir)
        if no_browser or running is None:
            raise
        out.print(hear("cli.serve.already_running", url=running.url))
        webbrowser.open(running.url)
