"""Files of templates: what is written is read again, and what is wrong with a file is said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import InvalidRequest
from hanmo.core.template_files import FILE_CHARACTERS, read_template, read_templates, template_data, write_templates
from hanmo.core.templates import Template, Variable, checked_template

FULL = checked_template(
    Template(
        "会议纪要",
        BriefFields(
            role="秘书",
            task="整理{{会议}}",
            audience="同事",
            requirements="一\n二",
            structure="三",
            example="四",
            format="表格",
            language="zh",
            words=300,
            text="{{速记}}",
        ),
        "理出结论",
        "职场",
        "en",
        "article",
        "qa",
        (Variable("会议", "例会", "名称"), Variable("速记")),
    )
)
SHORT = checked_template(Template("x", BriefFields(text="写")))
LINE = st.text(st.characters(exclude_characters="{", codec="utf-8"), max_size=20)


def file_of(**template: Any) -> str:
    return json.dumps({"hanmo_templates": 1, "templates": [{"name": "x", "brief": {"text": "写"}} | template]})


def refused(text: str) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        read_templates(text)
    return caught.value


def test_what_is_written_is_read_again() -> None:
    text = write_templates([FULL, SHORT])
    assert read_templates(text) == (FULL, SHORT)
    assert read_templates("\ufeff" + text) == (FULL, SHORT)
    assert "会议纪要" in text


def test_what_is_empty_is_not_written() -> None:
    (written,) = json.loads(write_templates([SHORT]))["templates"]
    assert written == {"name": "x", "language": "zh", "kind": "conversation", "preset": "chat", "brief": {"text": "写"}}


@given(LINE, LINE, LINE, st.sampled_from(["zh", "en"]))
def test_any_text_comes_back(name: str, text: str, default: str, lang: Any) -> None:
    fields = BriefFields(task="{{v}}", text=text)
    template = checked_template(Template("n" + name, fields, lang=lang, variables=(Variable("v", default),)))
    assert read_templates(write_templates([template])) == (template,)
    assert read_template(template_data(template), "x") == template


@pytest.mark.parametrize(
    ("text", "code", "params"),
    [
        ("", "templates_not_json", {"line": 1}),
        ("{\n nonsense", "templates_not_json", {"line": 2}),
        ("[" * 100_000, "templates_not_json", {"line": 1}),
        ("9" * 5000, "templates_not_json", {"line": 1}),
        ("[]", "templates_shape", {"place": "file", "wanted": "{…}"}),
        ("{}", "templates_shape", {"place": "hanmo_templates", "wanted": "1"}),
        ('{"hanmo_templates": true, "templates": []}', "templates_shape", {"place": "hanmo_templates", "wanted": "1"}),
        ('{"hanmo_templates": 2, "templates": {}}', "templates_newer", {"version": 2, "known": 1}),
        ('{"hanmo_templates": 1}', "templates_shape", {"place": "templates", "wanted": "[…]"}),
        ('{"hanmo_templates": 1, "templates": []}', "templates_shape", {"place": "templates", "wanted": "[…]"}),
        ('{"hanmo_templates": 1, "templates": [7]}', "templates_shape", {"place": "templates[1]", "wanted": "{…}"}),
        ('{"hanmo_templates": 1, "templats": []}', "templates_unknown_key", {"place": "file", "key": "templats", "nearest": "templates"}),
        (file_of(descripton=""), "templates_unknown_key", {"place": "templates[1]", "key": "descripton", "nearest": "description"}),
        (file_of(brief={"txt": ""}), "templates_unknown_key", {"place": "templates[1].brief", "key": "txt", "nearest": "text"}),
        (file_of(brief="写"), "templates_shape", {"place": "templates[1].brief", "wanted": "{…}"}),
        (file_of(brief={"text": 7}), "templates_shape", {"place": "templates[1].brief.text", "wanted": '"…"'}),
        (file_of(brief={"text": "写", "words": True}), "templates_shape", {"place": "templates[1].brief.words", "wanted": "800"}),
        (file_of(brief={"text": "写", "words": "800"}), "templates_shape", {"place": "templates[1].brief.words", "wanted": "800"}),
        (file_of(name=None), "templates_shape", {"place": "templates[1].name", "wanted": '"…"'}),
        (file_of(language="fr"), "templates_shape", {"place": "templates[1].language", "wanted": "zh | en"}),
        (file_of(kind=["article"]), "templates_shape", {"place": "templates[1].kind", "wanted": "conversation | article"}),
        (file_of(variables={}), "templates_shape", {"place": "templates[1].variables", "wanted": "[…]"}),
        (file_of(variables=[{"default": ""}]), "templates_shape", {"place": "templates[1].variables[1].name", "wanted": '"…"'}),
        (file_of(brief={"text": "a\ud800"}), "text_not_unicode", {"position": 2}),
        (file_of(variables=[{"name": "b"}]), "unknown_variable", {"template": "x", "name": "b", "known": "—"}),
        (file_of(brief={"text": "写 {{1}}"}), "variable_malformed", {"template": "x", "near": "{{1}}"}),
        (" " * (FILE_CHARACTERS + 1), "templates_too_large", {"limit": FILE_CHARACTERS}),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_the_place(text: str, code: str, params: dict[str, Any]) -> None:
    error = refused(text)
    assert (error.code, error.params) == (code, params)


def test_a_template_without_its_parts_is_refused() -> None:
    assert refused('{"hanmo_templates": 1, "templates": [{"brief": {"text": "写"}}]}').params["place"] == "templates[1].name"
    assert refused('{"hanmo_templates": 1, "templates": [{"name": "x"}]}').params["place"] == "templates[1].brief"


def test_a_file_with_too_many_templates_is_refused() -> None:
    text = json.dumps({"hanmo_templates": 1, "templates": [{"name": "x", "brief": {"text": "写"}}] * 501})
    assert refused(text).params == {"number": 501, "limit": 500}
