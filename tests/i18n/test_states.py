"""Every state that the server can name has words on the page, and a type there."""

from pathlib import Path
from typing import get_args

import pytest

from hanmo.i18n import LANGUAGES, Language, words
from hanmo.work.bringup import Step
from hanmo.work.model_ports import DownloadState
from hanmo.work.ports import EngineState

TYPES = (Path(__file__).parents[2] / "ui" / "src" / "wire" / "types.ts").read_text("utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("ui.engine", get_args(EngineState)),
        ("ui.bringup", set(get_args(Step)) - {"ready"}),
        ("ui.download", get_args(DownloadState)),
    ],
)
def test_every_state_has_words(lang: Language, prefix: str, names: tuple[str, ...]) -> None:
    assert [name for name in names if f"{prefix}.{name}" not in words(lang)] == []


def test_every_state_has_its_type_on_the_page() -> None:
    named = {*get_args(EngineState), *get_args(Step), *get_args(DownloadState)}
    assert [name for name in named if f"'{name}'" not in TYPES] == []
