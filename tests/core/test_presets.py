"""Presets and what may be changed in them."""

from dataclasses import replace

import pytest

from hanmo.core.errors import InvalidRequest
from hanmo.core.presets import LIMITS, PRESETS, choose_for_article, choose_sampling
from hanmo.core.values import JsonValue, Sampling


def test_the_default_is_what_qwen_recommends() -> None:
    default = choose_sampling(None, None)
    assert (default.temperature, default.top_p, default.top_k, default.min_p) == (0.7, 0.8, 20, 0.0)
    assert 0 <= default.presence_penalty <= 2


def test_presets_stand_in_the_ranges_that_their_users_settled_on() -> None:
    assert PRESETS["qa"].max_new_tokens == 512
    assert 0.7 <= PRESETS["creative"].temperature <= 0.9
    assert 0.2 <= PRESETS["code"].temperature <= 0.5
    assert 1024 <= PRESETS["long"].max_new_tokens <= 2048


def test_every_parameter_has_limits_and_every_preset_keeps_them() -> None:
    assert set(LIMITS) == set(Sampling.__dataclass_fields__)
    for preset in PRESETS.values():
        for name, (low, high) in LIMITS.items():
            value = getattr(preset, name)
            assert value is None or low <= value <= high


def test_single_values_change_a_preset() -> None:
    assert choose_sampling("code", {"temperature": 0.2, "seed": 7}) == Sampling(
        temperature=0.2, presence_penalty=0.0, max_new_tokens=1536, seed=7
    )


@pytest.mark.parametrize(
    ("preset", "changes", "code", "nearest"),
    [
        ("creativ", None, "unknown_preset", "creative"),
        (None, {"temprature": 1}, "unknown_parameter", "temperature"),
        (None, {"n_discard": -1}, "unknown_parameter", None),
        (None, {"temperature": "hot"}, "parameter_type", None),
        (None, {"temperature": True}, "parameter_type", None),
        (None, {"max_new_tokens": 1.5}, "parameter_type", None),
        (None, {"top_p": 0}, "parameter_out_of_range", None),
        (None, {"max_new_tokens": 10**9}, "parameter_out_of_range", None),
        (None, {"temperature": float("nan")}, "parameter_out_of_range", None),
    ],
)
def test_what_is_not_known_or_not_allowed_is_refused(
    preset: str | None, changes: dict[str, JsonValue] | None, code: str, nearest: str | None
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        choose_sampling(preset, changes)
    assert refused.value.code == code
    if nearest:
        assert refused.value.params["nearest"] == nearest


def test_an_article_takes_what_was_chosen_over_the_usual_way_of_its_flow() -> None:
    usual = Sampling(temperature=0.6, presence_penalty=0.1, max_new_tokens=300, seed=9)
    assert choose_for_article(usual, "", {}) == usual
    assert choose_for_article(usual, "", {"top_k": 40}) == replace(usual, top_k=40)
    chosen = choose_for_article(usual, "creative", {"temperature": 1.0})
    assert chosen == replace(PRESETS["creative"], temperature=1.0, max_new_tokens=300, seed=9)


@pytest.mark.parametrize("name", ["max_new_tokens", "seed"])
def test_what_an_article_decides_by_itself_is_no_parameter_of_it(name: str) -> None:
    with pytest.raises(InvalidRequest, match="parameter_not_for_articles"):
        choose_for_article(Sampling(), "long", {name: 5})
