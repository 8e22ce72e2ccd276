from hanmo.core.brief_fields import BriefFields, fields_language, is_empty, split_requirements, to_text
from hanmo.core.briefs import read_lengths

LETTER = BriefFields(
    role="资深编辑", task="写一封辞职信", requirements="1. 语气平和\n- 不提薪水\n", words=300, text="我下个月去杭州。"
)


def test_only_what_is_filled_is_said_and_free_text_comes_last() -> None:
    assert to_text(LETTER, "zh") == (
        "角色：资深编辑\n任务：写一封辞职信\n要求（按优先次序，有冲突时以前面的为准）：\n1. 语气平和\n2. 不提薪水\n"
        "篇幅：约 300 字\n\n我下个月去杭州。"
    )


def test_english_parts_are_headed_in_english() -> None:
    fields = BriefFields(task="Write a cover letter", audience="a small publisher", language="en", words=250)
    assert to_text(fields, "en") == (
        "Task: Write a cover letter\nAudience: a small publisher\nLanguage: English\nLength: about 250 words"
    )


def test_free_text_alone_is_left_as_it_was_written() -> None:
    assert to_text(BriefFields(text="  你好\n"), "zh") == "  你好\n"


def test_a_value_of_several_lines_begins_on_its_own_line() -> None:
    assert to_text(BriefFields(task="续写", example="甲\n乙"), "zh") == "任务：续写\n示例：\n甲\n乙"


def test_requirements_with_a_code_block_keep_their_lines() -> None:
    block = "如下：\n```py\n1. x\n```"
    assert to_text(BriefFields(requirements=block), "zh") == f"要求：\n{block}"
    listed = to_text(BriefFields(requirements=f"甲\n- 乙\n\n{block}"), "zh")
    assert listed == f"要求（按优先次序，有冲突时以前面的为准）：\n1. 甲\n2. 乙\n\n{block}"


def test_the_length_can_be_read_out_of_the_text_again() -> None:
    assert read_lengths(to_text(BriefFields(task="写一篇游记", words=800), "zh")).target == 800
    assert read_lengths(to_text(BriefFields(task="Write a travel piece", words=800), "en")).target == 800


def test_empty_is_what_makes_no_text() -> None:
    for fields in (BriefFields(), BriefFields(task=" \n", text="\t"), LETTER, BriefFields(words=300)):
        assert is_empty(fields) == (not to_text(fields, "zh").strip())


def test_the_language_is_that_of_what_was_written() -> None:
    assert fields_language(LETTER) == "zh"
    assert fields_language(BriefFields(task="Write a letter", language="en")) == "en"


def test_requirements_lose_their_numbers_and_dashes() -> None:
    assert split_requirements("1、甲\n（2）乙\n\n* 丙\n10. 丁\n3.5 万字") == (["甲", "乙", "丙", "丁", "3.5 万字"], "")
