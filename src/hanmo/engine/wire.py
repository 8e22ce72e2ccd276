"""The wire to an engine: typed values in, typed values out, llama-server's JSON in between and nowhere else.

Rules
  * Every request is built here from our own values; no client's JSON is ever passed on.
  * Whatever breaks on the way (process gone, connection cut, half an answer) is `EngineLost`; an answer that says no is `EngineError`.
  * A stream is cancelled by closing it: the engine sees the closed connection between two batch steps.
"""

import json
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import h11
import httpx2

from hanmo.core.errors import EngineError, EngineLost
from hanmo.core.values import JsonValue, Sampling, Timings
from hanmo.engine.pieces import PieceIds
from hanmo.engine.stream import MOST_BYTES, post, trusted
from hanmo.work.ports import EngineDone, EngineEvent, EngineRequest, PromptRead, TextPiece

SLOT = 0
KEPT_S = 2.0
"""A connection at rest is not used again after so long: llama-server closes it after five seconds, perhaps while we ask."""
GREEDY = Sampling(max_new_tokens=1, temperature=0.0, top_p=1.0, top_k=1, presence_penalty=0.0, seed=0)


@dataclass(frozen=True, slots=True)
class SavedSlot:
    """What the engine says it wrote or read: tokens and bytes."""

    num_tokens: int
    size_bytes: int


def sampling_json(sampling: Sampling, n_ctx: int) -> dict[str, JsonValue]:
    """The sampling fields of a completion request. The penalty windows cover the whole context: llama.cpp's default of 64 tokens is
    blind to a repeated paragraph, and -1 is refused by this build."""
    return {
        "n_predict": sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "min_p": sampling.min_p,
        "repeat_penalty": sampling.repetition_penalty,
        "presence_penalty": sampling.presence_penalty,
        "repeat_last_n": n_ctx,
        "dry_penalty_last_n": n_ctx,
        "seed": -1 if sampling.seed is None else sampling.seed,
    }


HELD_OFF = -3.0
"""Added to the logit of a token that is held off: a twentieth of its odds. Inside a word that has begun it still comes."""


class Wire:
    """A client of one engine at `address` (`unix://` and a path, `http://…` or `https://…`, which may have a path). Use as an async context manager.
    Without a `slot` the engine chooses one itself, by what stands in each. Redirects are not followed."""

    def __init__(self, address: str, key: str, n_ctx: int, slot: int | None = SLOT) -> None:
        uds = address.removeprefix("unix://") if address.startswith("unix://") else None
        self._address = address
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        verify = trusted() if urlsplit(address).scheme == "https" else False
        self._client = httpx2.AsyncClient(
            transport=httpx2.AsyncHTTPTransport(uds=uds, verify=verify, limits=httpx2.Limits(keepalive_expiry=KEPT_S)),
            base_url="http://engine" if uds else address,
            headers=self._headers,
            timeout=None,
            trust_env=False,
        )
        self._n_ctx = n_ctx
        self._slot = {} if slot is None else {"id_slot": slot}
        self._texts: dict[int, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def tokenize(self, text: str, *, special: bool = False, first: bool = False) -> tuple[int, ...]:
        """Token ids of `text`. Only with `special` do the template's marks become special tokens; `first` adds the BOS a model wants."""
        answer = await self._post("/tokenize", {"content": text, "parse_special": special, "add_special": first})
        return tuple(answer["tokens"])

    async def detokenize(self, ids: Sequence[int]) -> str:
        """The text of ids, special marks included."""
        return str((await self._post("/detokenize", {"tokens": list(ids)}))["content"])

    async def apply_template(self, messages: Sequence[dict[str, str]]) -> str:
        """The chat template over `messages`, rendered by the engine with thinking switched off."""
        body: dict[str, Any] = {"messages": list(messages), "chat_template_kwargs": {"enable_thinking": False}}
        return str((await self._post("/apply-template", body))["prompt"])

    async def look(self, path: str) -> tuple[int, Any]:
        """Status and JSON of what lies there; None where it is no JSON. `EngineLost` where nobody answers."""
        status, answer = await self._answered("GET", path, None)
        with suppress(ValueError):
            return status, json.loads(answer)
        return status, None

    async def greedy(
        self, prompt_ids: Sequence[int], count: int = 1, grammar: str | None = None
    ) -> tuple[str, tuple[int, ...], dict[str, JsonValue]]:
        """The likeliest next `count` tokens: text, ids, and the engine's echo of its settings. The last of them is not kept in the slot."""
        form = {} if grammar is None else {"grammar": grammar}
        answer = await self._post("/completion", self._body(prompt_ids, replace(GREEDY, max_new_tokens=count)) | form)
        return answer["content"], tuple(answer["tokens"]), answer["generation_settings"]

    async def save_slot(self, filename: str) -> SavedSlot:
        answer = await self._post(f"/slots/{SLOT}?action=save", {"filename": filename})
        return SavedSlot(answer["n_saved"], answer["n_written"])

    async def restore_slot(self, filename: str) -> SavedSlot:
        answer = await self._post(f"/slots/{SLOT}?action=restore", {"filename": filename})
        return SavedSlot(answer["n_restored"], answer["n_read"])

    async def erase_slot(self) -> None:
        await self._post(f"/slots/{SLOT}?action=erase", {})

    async def is_busy(self) -> bool:
        """Whether a run is under way. The engine answers between two of its steps."""
        return bool(await self.busy_slots())

    async def busy_slots(self) -> set[int]:
        """Those in which a run is under way."""
        return {slot["id"] for slot in await self._ask("GET", "/slots") if slot["is_processing"]}

    async def complete(self, request: EngineRequest) -> AsyncGenerator[EngineEvent]:
        """One streamed run. Close the generator to cancel it."""
        body = self._body(request.prompt_ids, request.sampling) | {"stream": True, "return_progress": True} | self._extras(request)
        pieces = PieceIds(self._texts, self.detokenize, self.tokenize)
        headers = self._headers | {"Content-Type": "application/json"}
        try:
            async with post(self._address, "/completion", headers, json.dumps(body).encode()) as answer:
                if answer.status != 200:
                    raise _refusal(json.loads(await answer.whole()))
                while (line := await answer.line()) is not None:
                    if line.startswith(b"error:"):
                        raise _refusal({"error": json.loads(line.removeprefix(b"error:"))})
                    if not line.startswith(b"data:"):
                        continue
                    match _message(json.loads(line.removeprefix(b"data:"))):
                        case PromptRead() as read:
                            yield read
                        case _Said(text, ids, count, end):
                            if text:
                                yield TextPiece(text, await pieces.of(text, ids, count))
                            if end is not None:
                                yield end
                                return
        # No connection, half an answer, no JSON or UTF-8, another's message.
        except (OSError, h11.RemoteProtocolError, ValueError) as error:
            raise EngineLost("engine_died") from error
        raise EngineLost("engine_died")

    def _body(self, prompt_ids: Sequence[int], sampling: Sampling) -> dict[str, Any]:
        return sampling_json(sampling, self._n_ctx) | {
            "prompt": list(prompt_ids),
            "cache_prompt": True,
            "return_tokens": True,
            **self._slot,
        }

    def _extras(self, request: EngineRequest) -> dict[str, Any]:
        """What only some requests have: a grammar, tokens that are banned or held off."""
        extras: dict[str, Any] = {}
        if request.grammar is not None:
            extras["grammar"] = request.grammar
        if request.banned_ids or request.held_off_ids:
            extras["logit_bias"] = [
                *([token, HELD_OFF] for token in request.held_off_ids if token not in request.banned_ids),
                *([token, False] for token in request.banned_ids),
            ]
        return extras

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await self._ask("POST", path, body)
        return answer

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        status, said = await self._answered(method, path, body)
        try:
            answer = json.loads(said)
        except ValueError as error:
            raise EngineLost("engine_died") from error
        if status != 200:
            raise _refusal(answer)
        return answer

    async def _answered(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        """Status and what came. `EngineLost` where nothing does, or without end."""
        if self._client.is_closed:  # the process ended between two questions
            raise EngineLost("engine_died")
        whole = bytearray()
        try:
            async with self._client.stream(method, path, json=body) as response:
                async for part in response.aiter_bytes():
                    whole += part
                    if len(whole) > MOST_BYTES:
                        raise EngineLost("engine_died")
        except httpx2.RequestError as error:
            raise EngineLost("engine_died") from error
        return response.status_code, bytes(whole)


def socket_host(directory: Path) -> str:
    """Where a new engine process listens: a socket in a private directory, or a free loopback port where there are no UNIX sockets."""
    path = str(directory / "engine.sock")
    return path if hasattr(socket, "AF_UNIX") and len(path.encode()) < 100 else "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Said:
    """A text that came, the ids that the engine names and how many it has written by then; with the last one, how it ended."""

    text: str
    ids: tuple[int, ...]
    count: int
    end: EngineDone | None


def _message(message: Any) -> PromptRead | _Said:
    """One message of a stream. `EngineError` where it says no, `ValueError` where llama-server would say nothing like it."""
    if not isinstance(message, dict):
        raise ValueError("no object")
    if "error" in message:
        raise _refusal(message)
    try:
        if progress := message.get("prompt_progress"):
            return PromptRead(done=progress["processed"], total=progress["total"], cached=progress["cache"])
        text = message["content"]
        ids = tuple(message["tokens"]) if text else ()
        return _Said(text, ids, message["tokens_predicted"], _done(message) if message["stop"] else None)
    except (KeyError, TypeError) as error:
        raise ValueError("not as llama-server says it") from error


def _refusal(answer: Any) -> EngineError:
    """Whatever it was that said no: a proxy on the way says it in its own form."""
    said = answer.get("error") if isinstance(answer, dict) else None
    error = said if isinstance(said, dict) else {}
    if error.get("type") == "exceed_context_size_error":
        return EngineError("prompt_too_long", tokens=error["n_prompt_tokens"], limit=error["n_ctx"])
    return EngineError("engine_refused", reason=str(error.get("message", answer))[:200])


def _done(message: dict[str, Any]) -> EngineDone:
    timings = message["timings"]
    return EngineDone(
        finish_reason="length" if message["stop_type"] == "limit" else "stop",
        timings=Timings(
            prompt_tokens=message["tokens_evaluated"],
            cached_tokens=timings["cache_n"],
            generated_tokens=message["tokens_predicted"],
            prompt_tokens_per_second=timings["prompt_per_second"],
            tokens_per_second=timings["predicted_per_second"],
        ),
        settings=message["generation_settings"],
        drafted=timings.get("draft_n", 0),
        accepted=timings.get("draft_n_accepted", 0),
    )
