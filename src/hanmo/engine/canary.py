"""Does the engine compute? A fixed prompt whose greedy continuation is known, after each load.

A damaged build, a CPU that miscomputes or weights that were altered do not make an error: they make `GGGG`. Any language model goes on
counting; for a file that nobody catalogued (it may be no language model at all, such as random weights for measuring) the first
answer is remembered under its hash, and every later load has to give the same.
"""

import contextlib
import json
from pathlib import Path

from hanmo.core.errors import EngineError
from hanmo.core.values import JsonValue
from hanmo.engine.wire import GREEDY, Wire, sampling_json
from hanmo.whole import write_whole
from hanmo.work.model_ports import LoadPlan

COUNTING, NEXT, NUM_TOKENS = "1, 2, 3, 4, 5, 6, 7, 8,", "9", 3


async def check_canary(wire: Wire, plan: LoadPlan, build: str, memory: Path) -> None:
    """Raises `EngineError("engine_computes_wrong")`, or "engine_ignores_settings" where its echo differs from what was asked."""
    text, ids, echo = await wire.greedy(await wire.tokenize(COUNTING, first=True), NUM_TOKENS)
    await wire.erase_slot()
    asked = sampling_json(GREEDY, plan.n_ctx) | {"n_predict": NUM_TOKENS}
    if wrong := settings_off(asked, echo):
        raise EngineError("engine_ignores_settings", names=", ".join(wrong))
    catalogued = not plan.model_id.endswith(".gguf")
    if catalogued and not text.strip().startswith(NEXT):
        raise EngineError("engine_computes_wrong", model=plan.model_id)
    if not catalogued and not _as_before(memory, _computed_by(plan, build), list(ids)):
        raise EngineError("engine_computes_wrong", model=Path(plan.model_id).name)


def _computed_by(plan: LoadPlan, build: str) -> str:
    """All that may change a sum in its last digit, and with it a token that is hardly better than the next."""
    drafts = f" {plan.speculation} {plan.draft_path}" if plan.speculation or plan.draft_path else ""
    return f"{plan.sha256} {build} {plan.kv_type} {plan.repack} {plan.gpu_layers}{drafts}"


def _as_before(memory: Path, key: str, ids: list[int]) -> bool:
    """What cannot be read counts as not remembered: it can only have been cut off while it was written."""
    try:
        read = json.loads(memory.read_text())
    except (OSError, ValueError):
        read = None
    known: dict[str, list[int]] = read if isinstance(read, dict) else {}
    if key not in known:
        with contextlib.suppress(OSError):  # a full disk is no reason not to load a model
            write_whole(memory, json.dumps(known | {key: ids}).encode())
    return known.get(key, ids) == ids


def settings_off(asked: dict[str, JsonValue], echo: dict[str, JsonValue]) -> list[str]:
    """Names of the settings that the engine did not take over (floats come back as 32-bit ones; a random seed as another number)."""
    return [
        name
        for name, value in asked.items()
        if isinstance(value, int | float) and not (name == "seed" and value == -1) and not _near(value, echo.get(name))
    ]


def _near(asked: float, got: JsonValue) -> bool:
    return isinstance(got, int | float) and abs(asked - got) < 1e-5
