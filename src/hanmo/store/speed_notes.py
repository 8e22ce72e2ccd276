"""Measured speeds in one small file of the data directory. It may be deleted: what is in it is measured again."""

import json
import logging
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hanmo.core.speeds import Reading, Speeds, Writing
from hanmo.whole import write_whole

log = logging.getLogger(__name__)

MOST_KEYS = 12
"""Models, builds and thread counts that are remembered, the newest last."""


class SpeedFile:
    """`SpeedNotes` as JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Speeds]:
        try:
            raw = json.loads(self._path.read_text("utf-8"))
            return {str(key): _speeds(each) for key, each in raw.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            log.warning("the measured speeds could not be read, and are measured again")
            return {}

    def write(self, speeds: Mapping[str, Speeds]) -> None:
        try:
            write_whole(self._path, json.dumps({key: asdict(each) for key, each in list(speeds.items())[-MOST_KEYS:]}).encode())
        except OSError as error:
            log.warning("the measured speeds could not be written: %s", type(error).__name__)


def _speeds(raw: Mapping[str, Any]) -> Speeds:
    """`ValueError`, `TypeError` or `KeyError` on anything that was not written here."""
    readings = [Reading(int(r["new"]), int(r["total"]), int(r["moved"]), _more_than_0(r["seconds"])) for r in raw["readings"]]
    writings, locked = (
        [Writing(int(w["tokens"]), int(w["before"]), _more_than_0(w["seconds"])) for w in runs]
        for runs in (raw["writings"], raw.get("locked", ()))
    )
    if any(not 0 < r.new <= r.total or r.moved < 0 for r in readings) or any(
        w.tokens <= 0 or w.before < 0 for w in (*writings, *locked)
    ):
        raise ValueError("no run is like that")
    zh, en = (raw["zh_words_per_token"], raw["en_words_per_token"])
    zh, en = (None if each is None else _more_than_0(each) for each in (zh, en))
    return Speeds(tuple(readings), tuple(writings), zh, en, tuple(locked))


def _more_than_0(raw: Any) -> float:
    number = float(raw)
    if not 0 < number < math.inf:
        raise ValueError("no measurement")
    return number
