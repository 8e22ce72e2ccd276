"""The marks of a chat template are found by rendering it, and prompts made of them only grow, whatever the template does to its history."""

from collections.abc import Callable, Sequence

import pytest

from hanmo.core.errors import EngineError
from hanmo.engine.chat_format import find_chat_format
from hanmo.work.ports import ChatFormat

Template = Callable[[Sequence[dict[str, str]]], str]


def chatml(messages: Sequence[dict[str, str]]) -> str:
    said = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return f"{said}<|im_start|>assistant\n"


def hybrid(messages: Sequence[dict[str, str]]) -> str:
    """As a model with a switch for thinking does it: an empty think block opens the new answer, and is left out of the history."""
    return f"{chatml(messages)}<think>\n\n</think>\n\n"


def without_system(messages: Sequence[dict[str, str]]) -> str:
    """As some templates do: they refuse a system role, and call the model by another name."""
    if messages[0]["role"] == "system":
        return f"<bos>{messages[1]['content']}"  # it is lost without a word
    names = {"user": "user", "assistant": "model"}
    return "<bos>" + "".join(f"<turn>{names[m['role']]}\n{m['content']}<end>\n" for m in messages) + "<turn>model\n"


class Rendering:
    """Ids are code points; `asked` notes which texts were tokenized with their special marks."""

    def __init__(self, template: Template) -> None:
        self._template = template

    async def tokenize(self, text: str, *, special: bool = False, first: bool = False) -> tuple[int, ...]:
        assert special, "only the template's own marks are tokenized here"
        return tuple(map(ord, text))

    async def apply_template(self, messages: Sequence[dict[str, str]]) -> str:
        return self._template(messages)


def text(ids: tuple[int, ...]) -> str:
    return "".join(map(chr, ids))


def prompt(chat: ChatFormat, *said: str) -> str:
    """Rules, question, answer, question …, the last answer still to be written."""
    rules, *turns = said
    whole = text(chat.system_open) + rules + text(chat.system_close)
    for i, turn in enumerate(turns):
        whole += turn + text(chat.answer_open if i % 2 == 0 else chat.answer_close)
    return whole


@pytest.mark.parametrize("template", [chatml, hybrid, without_system])
async def test_each_prompt_starts_with_the_one_before_and_its_answer(template: Template) -> None:
    chat = await find_chat_format(Rendering(template))
    first = prompt(chat, "规则", "一")
    second = prompt(chat, "规则", "一", "答一", "二")
    third = prompt(chat, "规则", "一", "答一", "二", "答二", "三")
    assert second.startswith(first + "答一")
    assert third.startswith(second + "答二")


@pytest.mark.parametrize("template", [chatml, hybrid])
async def test_the_first_prompt_is_what_the_template_makes_of_it(template: Template) -> None:
    chat = await find_chat_format(Rendering(template))
    wanted = template([{"role": "system", "content": "规则"}, {"role": "user", "content": "一"}])
    assert prompt(chat, "规则", "一") == wanted


async def test_an_empty_think_block_stays_where_it_was_written() -> None:
    chat = await find_chat_format(Rendering(hybrid))
    second = prompt(chat, "规则", "一", "答一", "二")
    assert second.count("<think>\n\n</think>\n\n") == 2, (
        "the template alone would leave the first one out, and all behind it be read again"
    )
    assert "<think>\n\n</think>\n\n答一<|im_end|>\n<|im_start|>user\n二" in second


async def test_where_there_is_no_system_role_the_rules_stand_before_the_first_question() -> None:
    chat = await find_chat_format(Rendering(without_system))
    assert prompt(chat, "规则", "一") == "<bos><turn>user\n规则\n\n一<end>\n<turn>model\n"


async def test_a_template_that_loses_a_text_is_told_of() -> None:
    with pytest.raises(EngineError, match="chat_template_odd"):
        await find_chat_format(Rendering(lambda messages: chatml(messages[-1:])))
