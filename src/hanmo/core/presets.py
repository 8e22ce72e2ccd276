"""Named sampling parameters (参数预设). The ranges come from what users of the 4B image settled on: Q&A 512 tokens, creative
temperature 0.7 to 0.9, code 0.2 to 0.5, long text 1,024 to 2,048 tokens."""

from collections.abc import Mapping
from dataclasses import replace

from hanmo.core.errors import InvalidRequest
from hanmo.core.names import nearest
from hanmo.core.values import JsonValue, Sampling

PRESETS: dict[str, Sampling] = {
    "chat": Sampling(),
    "qa": Sampling(max_new_tokens=512),
    "creative": Sampling(temperature=0.85, presence_penalty=0.8, max_new_tokens=1536),
    "code": Sampling(temperature=0.3, presence_penalty=0.0, max_new_tokens=1536),
    "long": Sampling(max_new_tokens=2048, presence_penalty=0.8),
}

LIMITS: dict[str, tuple[float, float]] = {
    "max_new_tokens": (1, 16_384),
    "temperature": (0.0, 2.0),
    "top_p": (0.01, 1.0),
    "top_k": (1, 1000),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (0.5, 2.0),
    "presence_penalty": (-2.0, 2.0),
    "seed": (0, 2**32 - 2),
}
"""The lowest and highest value of each parameter, both allowed."""

NOT_FOR_ARTICLES = ("max_new_tokens", "seed")
"""An article's plan says how long its runs are, and it has a seed of its own."""
WHOLE = {"max_new_tokens", "top_k", "seed"}


def choose_sampling(preset: str | None, changes: Mapping[str, JsonValue] | None) -> Sampling:
    """A preset with single values changed. `InvalidRequest` names what is wrong: "unknown_preset", "unknown_parameter" (both with the
    nearest name), "parameter_type" or "parameter_out_of_range"."""
    name = preset or "chat"
    if name not in PRESETS:
        raise InvalidRequest("unknown_preset", name=name[:40], nearest=nearest(name, PRESETS), known=", ".join(PRESETS))
    values: dict[str, JsonValue] = {}
    for key, value in (changes or {}).items():
        if key not in LIMITS:
            raise InvalidRequest("unknown_parameter", name=key[:40], nearest=nearest(key, LIMITS))
        values[key] = _checked(key, value)
    return replace(PRESETS[name], **values)  # type: ignore[arg-type]


def choose_for_article(default: Sampling, preset: str, changes: Mapping[str, JsonValue]) -> Sampling:
    """How the text of an article is sampled: the preset where one was chosen, else `default`, with single values changed. How long a run may
    be and its seed are the flow's. `InvalidRequest` as `choose_sampling`, and "parameter_not_for_articles"."""
    if name := next((name for name in NOT_FOR_ARTICLES if name in changes), None):
        raise InvalidRequest("parameter_not_for_articles", name=name)
    chosen = choose_sampling(preset or None, changes)
    if not preset:
        chosen = replace(default, **{name: getattr(chosen, name) for name in changes})
    return replace(chosen, max_new_tokens=default.max_new_tokens, seed=default.seed)


def _checked(key: str, value: JsonValue) -> JsonValue:
    if value is None and key == "seed":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or (key in WHOLE and not isinstance(value, int)):
        raise InvalidRequest("parameter_type", name=key)
    low, high = LIMITS[key]
    if not low <= value <= high:
        raise InvalidRequest("parameter_out_of_range", name=key, low=low, high=high)
    return value
