"""Every check tells of what it must, passes what it must, and has both sorts of examples."""

import re
import time
from itertools import groupby

import pytest

from hanmo.core.articles import Article, Assignment, Finding
from hanmo.core.checks.review import CHECKS, mended, review, review_text
from hanmo.core.checks.view import view_of
from hanmo.i18n import LANGUAGES, Language, words
from tests.core.checks import examples_asked, examples_form, examples_free, examples_input, examples_numbers, examples_sense
from tests.core.checks.articles import Example, zh

BY_NAME = {check.name: check for check in CHECKS}
FILES = (examples_form, examples_sense, examples_numbers, examples_free, examples_asked, examples_input)
FLAG = {name: [row for file in FILES for row in file.FLAG.get(name, [])] for file in FILES for name in file.FLAG}
PASS = {name: [row for file in FILES for row in file.PASS.get(name, [])] for file in FILES for name in file.PASS}
FLAGGED = [(name, example, kind, where) for name, rows in FLAG.items() for example, kind, where in rows]
PASSED = [(name, example) for name, rows in PASS.items() for example in rows]


NATURAL = {
    "unfinished",
    "may_be_unfinished",
    "cut_off",
    "repeated_sentence",
    "near_repeat",
    "wrong_language",
    "article_too_short",
    "article_too_long",
}
"""What examples are on purpose, where they are about something else: short, without an end, one sentence many times, another language, cut off."""


def label(value: object) -> str | None:
    return re.sub(r"\s+", " ", value.texts[-1])[:30] if isinstance(value, Example) else None


def found(name: str, example: Example) -> list[Finding]:
    return [finding for finding in example.review() if finding.kind in BY_NAME[name].kinds]


def test_no_check_lacks_either_sort_of_example() -> None:
    assert set(FLAG) == set(PASS) == set(BY_NAME)
    assert all(FLAG.values())
    assert all(PASS.values())
    kinds = {kind for check in CHECKS for kind in check.kinds}
    assert {kind for _, _, kind, _ in FLAGGED} == kinds
    assert sum(len(check.kinds) for check in CHECKS) == len(kinds)


@pytest.mark.parametrize(("name", "example", "kind", "where"), FLAGGED, ids=label)
def test_it_must_be_told_of(name: str, example: Example, kind: str, where: str | None) -> None:
    findings = found(name, example)
    assert [finding.kind for finding in findings] == [kind]
    ids = [f"s{i + 1}" for i in range(len(example.texts))] if example.source == "article" else [None]
    text = dict(zip(ids, example.texts, strict=True)).get(findings[0].section_id, "")
    if where is not None:
        assert text[findings[0].start : findings[0].end] == where


@pytest.mark.parametrize(("name", "example"), PASSED, ids=label)
def test_it_must_pass(name: str, example: Example) -> None:
    assert found(name, example) == []


@pytest.mark.parametrize(("name", "example"), PASSED, ids=label)
def test_what_one_check_must_pass_alarms_no_other(name: str, example: Example) -> None:
    alarms = {finding.kind for finding in example.review()}
    assert alarms - {*BY_NAME[name].kinds} - NATURAL == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_finding_has_words_and_all_their_blanks(lang: Language) -> None:
    said = words(lang)
    for _, example, _, _ in FLAGGED:
        for finding in example.review():
            for told in (finding, finding.other):
                if told is not None:
                    assert f"finding.{told.kind}" in said
                    assert not told.action or f"finding.action.{told.action}" in said
                    assert not re.search(r"\{\w+\}", said.text(f"finding.{told.kind}", **told.params)), told


@pytest.mark.parametrize("name", ["repeats", "names", "numbers"])
def test_a_contradiction_shows_both_places(name: str) -> None:
    for example, kind, _ in FLAG[name]:
        for finding in found(name, example):
            assert finding.other is not None, (kind, example.texts)
            if finding.other.section_id is None:
                assert finding.other.kind == "first_given"
                assert finding.other.params["words"]
            else:
                assert finding.other.end > finding.other.start


def test_spans_lie_in_their_section_and_findings_stand_in_the_order_of_the_plan() -> None:
    example = zh("他说：“走吧。\n\n总之，山很高\ufffd。", "天亮了。<|im_end|>\n\n**重点：天黑了，", target=400, problem="too_short")
    findings = review(example.article())
    assert len(findings) >= 8
    assert [section for section, _ in groupby(findings, key=lambda finding: finding.section_id)] == [None, "s1", "s2"]
    for finding in findings:
        text = example.texts[int(finding.section_id[1]) - 1] if finding.section_id else ""
        assert 0 <= finding.start <= finding.end <= len(text)
    starts = [finding.start for finding in findings if finding.section_id == "s1"]
    assert starts == sorted(starts)


def test_an_article_without_a_plan_or_texts_has_no_findings() -> None:
    assert review(Article("a", Assignment("写一篇文章", 800, "zh", 1), None, {})) == ()
    assert review(zh(unwritten=3).article()) == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("ä¸\xadæ–‡", "中文"),
        ("â€œä¸“å®¶â€\x9dè¯´ï¼šä¸€ä¸ªäººçš„ä¸–ç•Œ", "“专家”说：一个人的世界"),
        ("Ãœber cafÃ© â€“ 10 â‚¬", "Über café – 10 €"),
        ("涓\ue15f枃", "中文"),
        ("浣犲ソ锛屼笘鐣岋紝鎴戜滑", "你好，世界，我们"),
    ],
)
def test_what_was_read_in_a_wrong_encoding_is_mended_as_a_whole(wrong: str, right: str) -> None:
    text = f"It says {wrong} here."
    assert mended(text, [each for each in review_text(text) if each.kind == "broken_characters"]) == f"It says {right} here."


@pytest.mark.parametrize("text", ["A lone <0xE4> here.", "中文".encode().decode("gbk", "replace"), "浣犲ソ锛屼笘鐣岋\ufffd"])
def test_broken_characters_with_bytes_missing_have_no_fix(text: str) -> None:
    findings = [each for each in review_text(text) if each.kind == "broken_characters"]
    assert findings
    assert all(each.fix is None and each.action == "again" for each in findings)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("**春天的雨\n\n雨下了一夜。", "**春天的雨**\n\n雨下了一夜。"),
        ("- **时间**：上午\n- **操场东边\n", "- **时间**：上午\n- **操场东边**\n"),
    ],
)
def test_a_line_that_is_all_bold_is_closed_at_its_end(text: str, right: str) -> None:
    assert mended(text, [each for each in review_text(text) if each.kind == "open_bold"]) == right


@pytest.mark.parametrize(
    "text", ["**重点：请按时完成作业。", "他说 **重点在这里", "- **地点：操场", "**标题\n下一行是正文，没有完。"]
)
def test_where_bold_might_have_ended_it_is_not_closed(text: str) -> None:
    (finding,) = (each for each in review_text(text) if each.kind == "open_bold")
    assert finding.fix is None


def test_a_skipped_section_is_not_looked_at() -> None:
    assert review(zh("天亮了。", "坏的\ufffd文字，", skipped=frozenset({1})).article()) == ()


def test_code_is_looked_at_only_for_what_code_may_have() -> None:
    kinds = {
        finding.kind for finding in review(zh("**x = (“\n", "y = 1", format="code", target=900, problem="does_not_parse").article())
    }
    assert kinds == {"section_does_not_parse"}


def character(seed: int) -> str:
    """A Han character, another for almost every seed."""
    return chr(0x5000 + seed * 97 % 9000)


def novel(sections: int = 12) -> Article:
    """About 6,000 字 with names, talk and numbers, in which no sentence is like another."""
    seeds = iter(range(10**6))

    def sentence(n: int) -> str:
        new = [character(next(seeds)) for _ in range(14)]
        said = f"“{''.join(new[8:12])}！”" if n % 3 else ""
        return f"林晚说{''.join(new[:4])}，{said}{''.join(new[4:8])}的步道全长{n % 90 + 10}公里，在{''.join(new[12:])}。"

    texts = ["\n\n".join("".join(sentence(6 * p + i) for i in range(6)) for p in range(3)) for _ in range(sections)]
    return zh(*texts, characters="林晚：二十八岁\n张明远、顾明", facts="全长：55 公里", points=("走路",)).article()


def test_six_thousand_characters_take_no_time_to_speak_of() -> None:
    article = novel()
    assert sum(len(part.text) for part in view_of(article).parts) > 6000
    review(article)
    began = time.process_time()
    review(article)
    assert time.process_time() - began < 0.25


@pytest.mark.parametrize(
    "piece",
    ["（", "“", "《", "a ", "**", "| ", "的", "一", "\n", "```\n", "$$", "林晚说", "1998年", "全长5公里，", '"', "Abcde fghij "],
)
def test_no_text_is_slow_to_review(piece: str) -> None:
    text = piece * (12_000 // len(piece))
    began = time.process_time()
    review(zh(text, text, characters="林晚").article())
    assert time.process_time() - began < 2
