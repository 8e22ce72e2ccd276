"""A model that speaks to the user, and a text that only sounds like it."""

import pytest

from hanmo.core.flows.talk import TALK


@pytest.mark.parametrize(
    "text",
    [
        "春天来了。\n\n以上就是信函的正文。",
        "希望这篇文章对您有帮助。",
        "好的，我来写。",
        "我将根据您的要求继续写。",
        "Sure! Here's a list of emojis:",
        "The tide rose. This section focuses on the moon.",
        "I hope this helps!",
        "---Part 2: Dialog---",
        "I will provide the first part of the report.",
    ],
)
def test_talk_is_found(text: str) -> None:
    assert TALK.search(text)


@pytest.mark.parametrize(
    "text",
    [
        "他说：“好的，我来写。”",
        "以上三点都很重要。",
        "我将在下周离职。",
        "Here is the harbour, and there the town.",
        "This section of the coast is steep.",
        "I have a dream. I will go home.",
        "希望明年的春天来得早一些。",
        "Part of the town lay under water.",
    ],
)
def test_a_text_is_left(text: str) -> None:
    assert not TALK.search(text)
