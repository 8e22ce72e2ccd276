"""The catalogue: the ids of the design, hashes only where they were checked, and no key that nobody reads."""

import re

import pytest

from hanmo.models.catalog import WheelParts, load_catalog, parse_catalog

LEAST = '[models.a]\nname = "A"\nlicence = "MIT"\nfile = "a.gguf"\nabout_bytes = 5\nn_ctx_train = 1\n'


def test_the_catalogue_has_the_models_of_the_design() -> None:
    catalog = load_catalog()
    assert catalog.default == "qwen3-4b-instruct-2507"
    assert [model.id for model in catalog.starters()] == ["qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"]
    assert set(catalog.models) == {
        "qwen3-4b-instruct-2507",
        "qwen2.5-coder-1.5b",
        "qwen2.5-coder-0.5b",
        "qwen3-4b",
        "qwen3-1.7b",
        "qwen3-0.6b",
        "llama-3-8b-instruct",
        "phi-3-mini-4k-instruct",
        "chatglm3-6b",
    }


def test_every_model_has_a_hub_a_sane_file_name_and_a_hash_with_its_size_or_neither() -> None:
    for model in load_catalog().models.values():
        assert model.hub is not None
        assert re.fullmatch(r"[A-Za-z0-9._-]+\.gguf", model.file)
        assert (model.sha256 is None) == (model.size_bytes is None)
        assert model.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", model.sha256)


def test_the_parts_of_every_wheel_model_add_up_to_its_size() -> None:
    for model in load_catalog().models.values():
        if model.wheels:
            whole_parts = model.wheels.part_bytes * (model.wheels.count - 1)
            assert whole_parts < (model.size_bytes or 0) <= whole_parts + model.wheels.part_bytes
            assert model.sha256


def test_a_part_has_its_requirement_and_its_one_member() -> None:
    parts = WheelParts("some-part", 12, "1.0", 100)
    assert parts.requirement(0) == "some-part1==1.0"
    assert re.fullmatch(parts.member_pattern(0), "some_part1/data/part01.bin")
    assert re.fullmatch(parts.member_pattern(11), "some_part12/data/part12.bin")
    assert not re.fullmatch(parts.member_pattern(0), "some_part1/data/part11.bin")
    assert not re.fullmatch(parts.member_pattern(0), "../x/data/part01.bin")


@pytest.mark.parametrize(
    "text",
    [
        'default = "b"\n' + LEAST,
        'default = "a"\nsurprise = 1\n' + LEAST,
        'default = "a"\n' + LEAST + 'sha256 = "00"\n',
        'default = "a"\n' + LEAST + 'sha256_checked = "pins"\n',
        'default = "a"\n' + LEAST.replace("about_bytes = 5\n", ""),
    ],
)
def test_a_catalogue_that_is_not_understood_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="catalogue"):
        parse_catalog(text)


def test_an_unknown_key_of_a_model_is_an_error() -> None:
    with pytest.raises(TypeError):
        parse_catalog('default = "a"\n' + LEAST + "colour = 1\n")
