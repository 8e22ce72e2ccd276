"""The model catalogue: `catalog.toml` parsed once, at the door. A key it does not know is an error."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

__all__ = ["Catalog", "CatalogModel", "Repository", "WheelParts", "load_catalog", "parse_catalog"]


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of a hub. Its revisions are tried side by side: the hash decides which bytes are right."""

    repo: str
    revisions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WheelParts:
    """A file cut into wheels `{prefix}1` … `{prefix}{count}`; all parts but the last hold `part_bytes`."""

    prefix: str
    count: int
    version: str
    part_bytes: int

    def requirement(self, index: int) -> str:
        """What pip is asked for: part `index` counts from 0, the names from 1."""
        return f"{self.prefix}{index + 1}=={self.version}"

    def member_pattern(self, index: int) -> str:
        """A regular expression for the one data file in the wheel."""
        return rf"[A-Za-z0-9_.\-]+/data/part0*{index + 1}\.bin"


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """One model we know. `size_bytes` and `sha256` are None where nobody checked them; `about_bytes` is for show."""

    id: str
    name: str
    licence: str
    file: str
    size_bytes: int | None
    about_bytes: int
    sha256: str | None
    n_ctx_train: int
    starter: bool
    hub: Repository | None
    modelscope: Repository | None
    wheels: WheelParts | None


@dataclass(frozen=True, slots=True)
class Catalog:
    models: Mapping[str, CatalogModel]
    default: str

    def starters(self) -> list[CatalogModel]:
        """Largest first."""
        return sorted((model for model in self.models.values() if model.starter), key=lambda model: -model.about_bytes)


@lru_cache
def load_catalog() -> Catalog:
    return parse_catalog((files(__package__) / "catalog.toml").read_text("utf-8"))


def parse_catalog(text: str) -> Catalog:
    """Raises ValueError on anything it does not understand."""
    data = tomllib.loads(text)
    models = {model_id: _model(model_id, table) for model_id, table in data.pop("models").items()}
    default = data.pop("default")
    if data or default not in models:
        raise ValueError(f"catalogue: unknown keys {sorted(data)}, or default {default!r} is not a model")
    return Catalog(models, default)


def _model(model_id: str, table: dict[str, Any]) -> CatalogModel:
    rest = dict(table)
    size, sha256, checked = rest.pop("size_bytes", None), rest.pop("sha256", None), rest.pop("sha256_checked", None)
    about = rest.pop("about_bytes", size)
    if not isinstance(about, int) or (sha256 is None) != (checked is None):
        raise ValueError(f"catalogue: {model_id} lacks a size, or has a hash that nobody checked")
    wheels = rest.pop("wheels", None)
    return CatalogModel(
        id=model_id,
        size_bytes=size,
        about_bytes=about,
        sha256=sha256,
        starter=bool(rest.pop("starter", False)),
        hub=_repository(rest.pop("hub", None)),
        modelscope=_repository(rest.pop("modelscope", None)),
        wheels=WheelParts(**wheels) if wheels else None,
        **rest,
    )


def _repository(table: Any) -> Repository | None:
    return Repository(table["repo"], tuple(table["revisions"])) if table else None
