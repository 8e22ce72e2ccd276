"""The templates that come with Hanmo: each can be used as it is, and both languages have the same ones."""

import re

import pytest

from hanmo.core.brief_fields import to_text
from hanmo.core.briefs import make_assignment
from hanmo.core.template_files import read_templates, write_templates
from hanmo.core.templates import Template, fill
from hanmo.core.text import HAN, count_words, language_of
from hanmo.templates import PackagedTemplates, read_builtin

ALL = PackagedTemplates().all()
WANTED = {"novel-outline", "short-story", "python-script", "social-titles", "popular-science", "tech-blog", "prd", "product-copy", "exercises",
          "essay-review", "concept-explained", "legacy-code", "unit-tests", "code-migration", "resignation", "official-notice",
          "weekly-report", "meeting-minutes", "email", "translation"}  # fmt: skip
EACH = pytest.mark.parametrize("template", ALL.values(), ids=ALL.keys())


def text_of(template: Template) -> str:
    return to_text(fill(template, {}), template.lang)


def test_both_languages_have_the_same_templates_in_the_same_order() -> None:
    chinese, english = read_builtin("zh"), read_builtin("en")
    assert list(chinese) == list(english)
    assert chinese.keys() >= WANTED
    for name, template in chinese.items():
        other = english[name]
        assert (template.kind, template.preset) == (other.kind, other.preset), name
        assert len(template.variables) == len(other.variables), name
    assert len({template.category for template in chinese.values()}) == len({template.category for template in english.values()})


@EACH
def test_it_is_used_as_it_is(template: Template) -> None:
    """Every variable has a default and a hint, and filled with the defaults nothing is left open."""
    assert [each.name for each in template.variables if not (each.default.strip() and each.hint.strip())] == []
    assert "{{" not in text_of(template)
    assert fill(template, {each.name: "某事" for each in template.variables})


@EACH
def test_it_says_who_does_what_by_which_rules(template: Template) -> None:
    fields = template.fields
    assert fields.role and fields.task and len(fields.requirements.splitlines()) >= 3
    assert fields.structure or fields.format or fields.words
    assert template.name and template.category and 15 <= len(template.description) <= 140


@EACH
def test_it_is_in_its_language_and_no_longer_than_a_small_model_follows(template: Template) -> None:
    text = text_of(template)
    assert language_of(text) == template.lang
    assert count_words(text) <= 700
    if template.lang == "en" and "translation" not in template.name.lower():
        assert not HAN.search(text) or template.name == "Translation"


@pytest.mark.parametrize(
    "template", [each for each in ALL.values() if each.lang == "zh"], ids=[n for n in ALL if n.startswith("zh-")]
)
def test_chinese_has_chinese_punctuation_outside_of_code(template: Template) -> None:
    said = "\n".join((template.name, template.description, *(each.hint for each in template.variables)))
    assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[!！]", said)


@pytest.mark.parametrize(
    "template",
    [each for each in ALL.values() if each.kind == "article"],
    ids=[name for name, each in ALL.items() if each.kind == "article"],
)
def test_an_article_is_understood_as_an_order(template: Template) -> None:
    """With the length beside it and without: the text names the same one."""
    words = template.fields.words
    assert words
    order = make_assignment(text_of(template), words=words, seed=1)
    assert (order.words, order.lang) == (words, template.lang)
    assert make_assignment(text_of(template), seed=1).words == words


def test_they_stay_as_they_are_when_they_are_exported_and_imported() -> None:
    assert read_templates(write_templates(ALL.values())) == tuple(ALL.values())
