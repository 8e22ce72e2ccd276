"""What there is at the other end of a URL: a llama-server that is ready, or the sentence that says why there is none.

Rules
  * Whatever is in the way is `EngineUnavailable` with a code of its own: away, loading, a key that is refused, another program, one that does not
    do as it is told.
  * Nothing is believed of a server before it has written a word that a grammar forced on it, with the settings it was given.

Theory
  A model's hash cannot be had from outside, and token ids mean the same only for the same model. So a stand-in is made of all that tells one
  model from another there: its path, alias and kind of file, its numbers (parameters, bytes, width, vocabulary), its chat template, its first and
  last token, and the ids into which it takes a fixed text apart. Two models that agree in all of it read each other's ids alike; what a file
  was replaced by under the same name with the same numbers cannot be seen, and then only the words differ.
"""

import asyncio
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from hanmo.core.errors import EngineError, EngineLost, EngineUnavailable
from hanmo.core.values import EngineIdentity
from hanmo.engine.canary import settings_off
from hanmo.engine.chat_format import find_chat_format
from hanmo.engine.wire import GREEDY, Wire, sampling_json
from hanmo.work.ports import ChatFormat

ANSWER_S = 20.0
"""What a server says of itself costs it nothing: where it takes longer, nobody is there."""
READ_S = 120.0
"""For its first word: others may be before us."""
TOLD = ("model_path", "model_alias", "model_ftype", "chat_template", "bos_token", "eos_token")
PROBE = "春眠不觉晓，處處聞啼鳥。The quick brown fox's 12,345.67€ — naïve 🌸🦊\n\tdef f(x): return x ** 2  # été\n<|im_start|><s>"
FORCED, GRAMMAR, WORD_TOKENS = "hanmo", 'root ::= "hanmo"', 8


@dataclass(frozen=True, slots=True)
class ServerFace:
    """What a server says of itself. `mark` changes when it is another model, another build or another process."""

    told: dict[str, Any]
    build: str
    n_ctx: int
    num_slots: int
    mark: str

    @property
    def model_name(self) -> str:
        """Its alias, or the name of its file."""
        path, alias = str(self.told["model_path"] or ""), str(self.told["model_alias"] or "")
        name = alias if alias and alias != path else path
        return PureWindowsPath(name).name if "\\" in name else PurePosixPath(name).name or "?"


@dataclass(frozen=True, slots=True)
class Server:
    """One that can answer."""

    face: ServerFace
    identity: EngineIdentity
    chat_format: ChatFormat
    wire: Wire


async def face_of(wire: Wire, host: str) -> ServerFace:
    """What stands in its /props now."""
    try:
        async with asyncio.timeout(ANSWER_S):
            status, props = await wire.look("/props")
    except (EngineLost, TimeoutError) as error:
        raise EngineUnavailable("remote_away", host=host, reason=_reason(error)) from error
    if status in (401, 403):
        raise EngineUnavailable("remote_key_refused", host=host)
    if status == 503 and _says(props, "unavailable_error"):
        raise EngineUnavailable("remote_loading", host=host)
    if status in (500, 502, 503, 504):
        raise EngineUnavailable("remote_away", host=host, reason=f"HTTP {status}")
    defaults = props.get("default_generation_settings") if isinstance(props, dict) else None
    if status != 200 or not isinstance(defaults, dict):
        raise EngineUnavailable("remote_other_program", host=host, reason=f"HTTP {status}: /props")
    n_ctx = defaults.get("n_ctx")
    if not isinstance(n_ctx, int) or n_ctx <= 0:  # a router, which has many models and none
        raise EngineUnavailable("remote_no_model", host=host)
    told = {name: props.get(name) for name in TOLD}
    slots = props.get("total_slots")
    build, num_slots = f"llama-server {props.get('build_info', '?')}", slots if isinstance(slots, int) else 1
    mark = json.dumps([told, build, n_ctx, num_slots, props.get("media_marker")], sort_keys=True)
    return ServerFace(told, build, n_ctx, num_slots, mark)


async def meet(wire: Wire, face: ServerFace, host: str) -> Server:
    """All that is to be known of a server before it is written with. `wire` is the one for its context size."""
    try:
        async with asyncio.timeout(ANSWER_S):
            _, models = await wire.look("/v1/models")
            ids = await wire.tokenize(PROBE)
            chat_format = await find_chat_format(wire)
            text = await wire.detokenize(ids)
        async with asyncio.timeout(READ_S):
            await _check_obedience(wire, face, host)
    except (EngineLost, TimeoutError) as error:
        raise EngineUnavailable("remote_away", host=host, reason=_reason(error)) from error
    except EngineUnavailable:
        raise
    except EngineError as error:
        if error.code != "engine_refused":
            raise EngineUnavailable(error.code, **error.params) from error
        raise EngineUnavailable("remote_other_program", host=host, reason=str(error.params["reason"])) from error
    except (KeyError, TypeError, ValueError) as error:  # it answers with something else than llama-server would
        raise EngineUnavailable("remote_other_program", host=host, reason=type(error).__name__) from error
    if "naïve" not in text:
        raise EngineUnavailable("remote_disobeys", host=host, names="/detokenize")
    stand_in = json.dumps([face.told, _numbers(models), ids], sort_keys=True, ensure_ascii=False)
    identity = EngineIdentity(face.model_name, sha256(stand_in.encode()).hexdigest(), face.build, face.n_ctx)
    return Server(face, identity, chat_format, wire)


async def _check_obedience(wire: Wire, face: ServerFace, host: str) -> None:
    """It costs the server some thirty tokens, and a slot."""
    prompt = await wire.tokenize("1, 2, 3, 4, 5, 6, 7, 8,", first=True)
    text, ids, echo = await wire.greedy(prompt, WORD_TOKENS, GRAMMAR)
    wrong = settings_off(sampling_json(GREEDY, face.n_ctx) | {"n_predict": WORD_TOKENS}, echo)
    if text != FORCED:
        wrong.append("grammar")
    elif not (await wire.detokenize(ids)).startswith(FORCED):
        wrong.append("return_tokens")
    if wrong:
        raise EngineUnavailable("remote_disobeys", host=host, names=", ".join(wrong))


def _numbers(models: Any) -> Any:
    """What the list of models says of the only one there; None where a build says nothing."""
    data = models.get("data") if isinstance(models, dict) else None
    meta = data[0].get("meta") if isinstance(data, list) and data and isinstance(data[0], dict) else None
    return {name: value for name, value in meta.items() if name != "n_ctx"} if isinstance(meta, dict) else None


def _says(answer: Any, kind: str) -> bool:
    error = answer.get("error") if isinstance(answer, dict) else None
    return isinstance(error, dict) and error.get("type") == kind


def _reason(error: BaseException) -> str:
    """What the system says of a connection that there is none."""
    if isinstance(error, TimeoutError):
        return "no answer"
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return str(cause)[:120] or type(cause).__name__
