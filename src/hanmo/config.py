"""Settings: defaults < `hanmo.toml` in the data directory < `HANMO_*` environment < flags. An unknown key is an error with the nearest name."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from hanmo.core.errors import SetupError
from hanmo.core.names import nearest

FILE_NAME = "hanmo.toml"
DEFAULT_MODEL = "qwen3-4b-instruct-2507"


def _listed(value: object) -> object:
    """`a, b` as an environment variable writes a list."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """Every field is read by something; `tests/test_config.py` sees to it."""

    model_config = SettingsConfigDict(env_prefix="HANMO_", extra="forbid", frozen=True, env_ignore_empty=True)

    data_dir: Path = Field(default_factory=lambda: user_data_path("hanmo", appauthor=False))
    models_dir: Path = Field(default_factory=lambda: user_cache_path("hanmo", appauthor=False) / "models")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    allowed_hosts: Names = ()
    trusted_proxies: Names = ()
    root_path: str = ""
    model: str = DEFAULT_MODEL
    ctx: int | None = Field(default=None, ge=512, le=262_144)
    threads: int | None = Field(default=None, ge=1, le=512)
    draft_model: str | None = None
    engine_url: str | None = None
    engine_key: SecretStr | None = None
    password: SecretStr | None = None
    slot_budget_bytes: int = Field(default=2 << 30, ge=0)
    warm_up_above_battery_percent: int = Field(default=100, ge=0, le=100)
    queue_limit: int = Field(default=8, ge=1, le=1000)

    @property
    def database(self) -> Path:
        """The file that keeps the user's work."""
        return self.data_dir / "hanmo.db"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _TomlFile(settings_cls, init_settings, env_settings)


class _TomlFile(PydanticBaseSettingsSource):
    """`hanmo.toml` of the data directory that the stronger sources choose."""

    def __init__(self, settings_cls: type[BaseSettings], *stronger: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self._stronger = stronger

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base class wants it
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        chosen = next((values["data_dir"] for source in self._stronger if "data_dir" in (values := source())), None)
        path = Path(chosen) / FILE_NAME if chosen else user_data_path("hanmo", appauthor=False) / FILE_NAME
        try:
            return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise SetupError("settings_file_malformed", path=str(path), reason=str(error)) from None


def load_settings(**flags: Any) -> Settings:
    """The settings in force. `flags` with the value None were not given. `SetupError` names a wrong or unknown key."""
    _check_environment()
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise SetupError("setting_unknown", name=name, nearest=nearest(name, Settings.model_fields)) from None
        raise SetupError("setting_invalid", name=name, reason=_allowed(str(first["loc"][0]))) from None
    if settings.engine_url is not None:
        _check_engine_url(settings.engine_url)
    if settings.engine_key is not None and not _fits_in_a_header(settings.engine_key.get_secret_value()):
        raise SetupError("setting_invalid", name="engine_key", reason="ASCII")
    return settings


def one_engine(settings: Settings, **flags: object) -> Settings:
    """The settings; `SetupError` where a flag that was given says how to load a model, though the engine is elsewhere."""
    given = [name for name, value in flags.items() if value is not None]
    if settings.engine_url is not None and given:
        raise SetupError("engine_url_alone", flag=f"--{given[0]}")
    return settings


def _check_engine_url(url: str) -> None:
    """None of it is repeated in an error: it may hold a secret."""
    try:
        parts = urlsplit(url)
        host, port, userinfo = parts.hostname, parts.port, parts.username or parts.password
    except ValueError:  # a port that is no number, half an IPv6 address
        raise SetupError("engine_url_malformed") from None
    if userinfo is not None:
        raise SetupError("engine_url_has_key")
    plain = _fits_in_a_header(url) and not parts.query and not parts.fragment and "@" not in parts.netloc
    plain = plain and "[v" not in parts.netloc.lower()  # a kind of address that was left to the future
    if parts.scheme not in ("http", "https") or not host or port == 0 or not plain:
        raise SetupError("engine_url_malformed")


def _fits_in_a_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _allowed(name: str) -> str:
    """What may stand there, in signs that need no language."""
    field = Settings.model_fields[name]
    limits = {sign: getattr(limit, sign) for limit in field.metadata for sign in ("ge", "le") if hasattr(limit, sign)}
    if limits:
        return f"{limits['ge']} … {limits.get('le', '')}".rstrip()
    return '["…", "…"]' if "tuple" in str(field.annotation) else '"…"'


def _check_environment() -> None:
    for variable in os.environ:
        name = variable.lower().removeprefix("hanmo_")
        if variable.startswith("HANMO_") and name not in Settings.model_fields and name not in OTHER_VARIABLES:
            raise SetupError("setting_unknown", name=variable, nearest=f"HANMO_{nearest(name, Settings.model_fields).upper()}")


OTHER_VARIABLES = {"modelscope_endpoint", "api_key", "lang"}
"""Read elsewhere: by the model sources, by `hanmo chat`, and by every command for its language."""
