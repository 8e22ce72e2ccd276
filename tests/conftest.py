"""Fixtures that every ring of tests shares."""

import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from hanmo.engine import EmbeddedEngine, EngineOptions, Watch
from hanmo.models.fit import REPACKS
from hanmo.work.model_ports import LoadPlan
from tests.models.real import real_model

settings.register_profile("others each time", deadline=None)  # how long an example takes depends on what else runs
settings.register_profile("the same each time", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "others each time"))

TEST_MODEL = "qwen2.5-coder-0.5b"
TEST_SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="keep the screenshots as the README's")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The real 0.5B, brought through its wheels if it is not here yet."""
    return real_model(TEST_MODEL)


@pytest.fixture(scope="session")
def load_plan(model_file: Path) -> LoadPlan:
    return LoadPlan(
        TEST_MODEL, str(model_file), TEST_SHA256, n_ctx=2048, kv_type="f16", repack=REPACKS, gpu_layers=0, memory_bytes=0
    )


def engine_options(directory: Path, **changed: object) -> EngineOptions:
    options = EngineOptions(
        threads=2, slot_dir=directory / "slots", memory_file=directory / "canaries.json", slot_budget_bytes=1 << 30
    )
    return replace(options, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def real_engine(load_plan: LoadPlan, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedEngine]:
    """One engine process for all tests of a module."""
    watch = Watch(silence_s=1.0, probe_s=1.0)
    async with EmbeddedEngine(engine_options(tmp_path_factory.mktemp("engine"), watch=watch)) as engine:
        await engine.load(load_plan)
        yield engine
