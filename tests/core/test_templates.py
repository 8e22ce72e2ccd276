"""Templates: which variables they have, what fills them, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hanmo.core.brief_fields import BriefFields
from hanmo.core.errors import InvalidRequest
from hanmo.core.templates import (
    MAX_VARIABLES,
    VARIABLE,
    Template,
    Variable,
    checked_template,
    fill,
    matches,
    missing,
    variables_in,
)

LETTER = checked_template(
    Template(
        "辞职信",
        BriefFields(role="你是{{公司}}的{{岗位}}。", task="写一封辞职信给{{ 领导 }}。", text="{{公司}}的{{last day}}"),
        description="体面、简短",
        category="职场",
        variables=(Variable("岗位", "编辑", "你的岗位"), Variable("last day", "12 月 31 日")),
    )
)


def refused(template: Template) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        checked_template(template)
    return caught.value


def test_variables_are_found_in_the_order_of_the_brief_and_once() -> None:
    assert variables_in(LETTER.fields) == ("公司", "岗位", "领导", "last day")
    assert [each.name for each in LETTER.variables] == ["公司", "岗位", "领导", "last day"]
    assert LETTER.variables[1] == Variable("岗位", "编辑", "你的岗位")
    assert LETTER.variables[0] == Variable("公司")


def test_values_and_defaults_fill_a_brief() -> None:
    filled = fill(LETTER, {"公司": "明河", "领导": "陈经理", "岗位": " "})
    assert filled == replace(LETTER.fields, role="你是明河的编辑。", task="写一封辞职信给陈经理。", text="明河的12 月 31 日")


def test_what_nothing_fills_is_named_with_all_there_are() -> None:
    with pytest.raises(InvalidRequest) as caught:
        fill(LETTER, {"公司": "明河", "领导": "  "})
    assert caught.value.code == "variable_unfilled"
    assert caught.value.params == {"template": "辞职信", "name": "领导", "known": "公司, 岗位, 领导, last day"}
    assert missing(LETTER, {"公司": "明河"}) == ("领导",)


def test_filled_partly_the_rest_stays_as_it_is_written() -> None:
    filled = fill(LETTER, {"公司": "明河"}, partly=True)
    assert (filled.role, filled.task) == ("你是明河的编辑。", "写一封辞职信给{{ 领导 }}。")


@pytest.mark.parametrize("partly", [True, False])
def test_a_value_for_no_variable_is_refused(partly: bool) -> None:
    with pytest.raises(InvalidRequest) as caught:
        fill(LETTER, {"公司": "明河", "领导": "陈", "老板": "x"}, partly=partly)
    assert (caught.value.code, caught.value.params["name"], caught.value.params["known"]) == (
        "unknown_variable",
        "老板",
        "公司, 岗位, 领导, last day",
    )


def test_a_value_may_be_long_but_not_endless() -> None:
    assert fill(LETTER, {"公司": "的" * 100_000, "领导": "陈"}).text.startswith("的的")
    with pytest.raises(InvalidRequest, match="value_too_long"):
        fill(LETTER, {"公司": "的" * 100_001, "领导": "陈"})


@given(st.text(), st.text())
def test_what_is_filled_in_stays_as_it_is(one: str, other: str) -> None:
    """Braces, variables and backslashes in a value are text: nothing is filled twice."""
    template = checked_template(Template("x", BriefFields(text="<{{a}}|{{b}}>")))
    values = {"a": one + "{{b}}\\1", "b": other + "{{c}}"}
    assert fill(template, values).text == f"<{values['a']}|{values['b']}>"


@pytest.mark.parametrize(
    ("written", "name"),
    [("{{名称}}", "名称"), ("{{ name }}", "name"), ("{{last day}}", "last day"), ("{{a-b_2}}", "a-b_2"), ("{{{x}}}", "x"), ("{{é}}", "é"),
     ("{{" + "名" * 40 + "}}", "名" * 40)],
)  # fmt: skip
def test_what_a_variable_may_look_like(written: str, name: str) -> None:
    found = VARIABLE.search(written)
    assert found
    assert found[1] == name


@pytest.mark.parametrize(
    "text",
    ["{{}}", "{{ }}", "{{1st}}", "{{a", "{{a}", "{{a.b}}", "{{a|b}}", "{{a\nb}}", "{{_a}}", "{{" + "名" * 41 + "}}", "{{a{{b}}"],
)  # fmt: skip
def test_what_looks_like_a_variable_and_is_none_is_refused(text: str) -> None:
    error = refused(Template("我的模板", BriefFields(task="写一段话。", text=f"前 {text} 后")))
    assert error.code == "variable_malformed"
    assert error.params["template"] == "我的模板"
    assert str(error.params["near"]).startswith("{{")


@pytest.mark.parametrize("text", ['{"a": {"b": 1}}', "{ {x} }", "{x}", "}}", "a { b"])
def test_other_braces_are_text(text: str) -> None:
    assert checked_template(Template("x", BriefFields(text=text))).variables == ()


@pytest.mark.parametrize(
    ("template", "code"),
    [
        (Template(" \n", BriefFields(text="写")), "template_nameless"),
        (Template("x", BriefFields(words=300, language="zh")), "template_empty"),
        (Template("名" * 81, BriefFields(text="写")), "template_too_long"),
        (Template("x", BriefFields(text="的" * 20_001)), "template_too_long"),
        (Template("x", BriefFields(text="写"), description="的" * 401), "template_too_long"),
        (Template("x", BriefFields(text="写"), category="的" * 41), "template_too_long"),
        (Template("x", BriefFields(text="{{a}}"), variables=(Variable("a", hint="的" * 401),)), "template_too_long"),
        (Template("x", BriefFields(text="写", words=19)), "template_words"),
        (Template("x", BriefFields(text="写", words=60_001)), "template_words"),
        (Template("x", BriefFields(text="写"), preset="creativ"), "unknown_preset"),
        (Template("x", BriefFields(text="写{{a}}"), variables=(Variable("b"),)), "unknown_variable"),
        (Template("x", BriefFields(text="".join(f"{{{{v{i}}}}}" for i in range(MAX_VARIABLES + 1)))), "too_many_variables"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_template_is_refused(template: Template, code: str) -> None:
    assert refused(template).code == code


def test_checking_twice_changes_nothing() -> None:
    assert checked_template(LETTER) == LETTER
    assert checked_template(replace(LETTER, name=" 辞职信\n")).name == "辞职信"


@pytest.mark.parametrize(
    ("query", "found"),
    [("", True), ("辞职", True), ("体面", True), ("职场", True), ("公司", True), ("辞职 职场", True), ("LAST Day", True), ("周报", False),
     ("辞职 周报", False), ("  ", True)],
)  # fmt: skip
def test_a_template_is_found_by_any_words_in_it(query: str, found: bool) -> None:
    assert matches(LETTER, query) is found
