"""The two catalogues say the same, and say something for every error the code can raise."""

import ast
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

import hanmo
from hanmo.i18n import LANGUAGES, Language, Words, choose_language, problem_words, words

SOURCE = Path(str(hanmo.__file__)).parent
PARTS = ("title", "detail", "next")


def catalogue(lang: Language) -> dict[str, str]:
    return dict(json.loads((files("hanmo.i18n") / f"{lang}.json").read_text("utf-8")))


def blanks(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@cache
def raised_codes() -> dict[str, str]:
    """Every code given to an error of our tree or to `Problem` (which may also be a calm notice), with a place where it stands."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    ours = {"HanmoError", "Problem"}
    while grown := {node.name for node in classes if {base.id for base in node.bases if isinstance(base, ast.Name)} & ours} - ours:
        ours |= grown
    found = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ours and node.args:
                for code in constants(node.args[0]):
                    found[code] = f"{path.relative_to(SOURCE)}:{node.lineno}"
    return found


def constants(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def test_both_catalogues_have_the_same_keys() -> None:
    assert sorted(catalogue("zh")) == sorted(catalogue("en"))


def test_both_catalogues_have_the_same_blanks() -> None:
    zh, en = catalogue("zh"), catalogue("en")
    assert {key: (blanks(zh[key]), blanks(en[key])) for key in zh.keys() & en.keys() if blanks(zh[key]) != blanks(en[key])} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_has_title_detail_and_next_step(lang: Language) -> None:
    keys = catalogue(lang)
    codes = {key.split(".")[1] for key in keys if key.startswith("error.")}
    assert {f"error.{code}.{part}" for code in codes for part in PARTS} - keys.keys() == set()
    assert [key for key in keys if key.startswith("error.") and key.split(".")[2] not in PARTS] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_that_is_raised_has_words(lang: Language) -> None:
    codes = raised_codes()
    assert len(codes) > 20
    said = words(lang)
    assert {
        code: place for code, place in codes.items() if f"error.{code}.title" not in said and f"notice.{code}" not in said
    } == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_are_calm_and_not_empty(lang: Language) -> None:
    keys = catalogue(lang)
    assert [key for key, sentence in keys.items() if not sentence.strip() or re.search("[!！]", sentence)] == []


def test_chinese_sentences_have_chinese_punctuation_and_space_beside_latin_words() -> None:
    errors = {key: sentence for key, sentence in catalogue("zh").items() if key.startswith("error.")}
    assert {
        key: sentence
        for key, sentence in errors.items()
        if re.search(r"[\u4e00-\u9fff][,;:?]|[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", sentence)
    } == {}


def said(template: str, lang: Language = "en", **params: object) -> str:
    return Words(lang, {"key": template}).text("key", **params)


def test_blanks_are_filled_by_name_and_the_rest_stays() -> None:
    assert said("{a} {b} {a}", a=1, b="{a}") == "1 {a} 1"
    assert said("{a} {other} { } {}", a="x") == "x {other} { } {}"
    assert said("{a.__class__} {a!r}", a="x") == "{a.__class__} {a!r}"


@pytest.mark.parametrize(
    ("num_bytes", "text"),
    [(2_497_281_120, "2.5 GB"), (491_400_064, "491 MB"), (1_048_576, "1 MB"), (999_999_999, "1.0 GB"), (4096, "4 kB"), (12, "12 B"), (0, "0 B"),
     (36_500_000_000, "36.5 GB"), (120_000_000_000, "120 GB")],
)  # fmt: skip
def test_bytes_are_written_as_sizes(num_bytes: int, text: str) -> None:
    assert said("{free_bytes}", free_bytes=num_bytes) == text


def test_seconds_and_numbers_are_written_for_people() -> None:
    assert said("{wait_s}", wait_s=8) == "8 s"
    assert said("{wait_s}", "zh", wait_s=1.5) == "1.5 秒"
    assert said("{n} {f} {b}", n=12345, f=0.1 + 0.2, b=True) == "12345 0.3 True"


def test_a_missing_key_shows_itself() -> None:
    assert words("zh").text("no.such.key", a=1) == "no.such.key"
    assert "no.such.key" not in words("zh")
    assert problem_words("nope", {}, "en") == ("error.nope.title", "error.nope.detail", "error.nope.next")


@pytest.mark.parametrize(
    ("wish", "lang"),
    [
        (None, "en"), ("", "en"), ("zh_CN.UTF-8", "zh"), ("zh-Hant-TW", "zh"), ("zh", "zh"), ("C", "en"), ("C.UTF-8", "en"), ("POSIX", "en"),
        ("en_US.UTF-8", "en"), ("fr-FR,fr;q=0.9,zh;q=0.5,en;q=0.4", "zh"), ("en;q=0.3, zh-CN;q=0.7", "zh"), ("*", "en"), ("zh;q=0", "en"),
        ("zhx", "en"), (";;;,,,q=1", "en"), ("de, ja", "en"),
    ],
)  # fmt: skip
def test_the_best_liked_language_we_speak_is_chosen(wish: str | None, lang: Language) -> None:
    assert choose_language(wish) == lang
