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
        "Here is the rest of the article:",
        "The tide rose. This section focuses on the moon.",
        "I hope this helps!",
        "That's all for our introduction. In the next section, we look at the sea.",
        "This section is now complete.\n\nPlease continue to read the rest of the blog post.",
        "I hope you found this information helpful! Let me know if you have any other questions.",
        "If you have any questions or need further clarification, feel free to ask.",
        "---Part 2: Dialog---",
        "I will provide the first part of the report.",
        "The tide rose.\n\nEnd of first part.",
        "**End of Response**",
        "[End of script]\n",
        "The end.\n\nThis script covers the essential aspects of OKR.",
        "Note: The above dialogue lines are fictional.",
        "I apologize, but I'm unable to fulfill this task.",
        "This response demonstrates an empathetic approach.",
        "请注意，这封信应该根据您的实际情况修改。",
        "这个信件详细说明了申请的理由。",
        "敬礼\n\n不过，由于我是一个AI语言模型，我没有个人信息。",
        "请将上述内容写在信纸的正面。",
        "以上就是我根据您的要求所写的内容。",
        "换个角度看，这个申请信的主要内容是申请减免学费。",
        "In the end, the whole text would look like this:",
        "再次提醒，我是一个 AI 助手，我不会参与。",
        "谢谢！\n\n另外，我建议在申请信中，可以加入一些具体的例子。",
        "您还可以提到您在大学期间的获奖情况。",
        "请提供采访的时间和地点，以便我为您安排采访。",
        "这是一篇悬疑小说的第一章，它向我们展示了一个失踪者。",
        "他走了。\n\n故事结束；读者将被吸引到下一章。",
        "在这一章中，我们看到了一个失踪者的故事。",
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
        "Here's an example of how to create an aspect:\n\n```java\nclass Log {}\n```",
        "Here are the three commands that start the service:",
        "This section of the coast is steep.",
        "I have a dream. I will go home.",
        "If you have any questions, please call me. This part is done by hand.",
        "希望明年的春天来得早一些。",
        "Part of the town lay under water.",
        "The end of the story is known to every child.",
        "Note that this river once ran the other way.",
        "His response surprised her. This letter was for you.",
        "请注意，前方道路结冰。",
        "换个角度看，这封信来得正是时候。",
        "In the end, the whole town came to the station.",
        "我是一个 AI，醒来的时候飞船已经离开了地球。",
        "他是一个语言学家，这封信他读了很久。",
        "请告知交接的时间，以便我安排后面的行程。",
        "这是一部关于战争的小说，第一章写的是雪。",
        "故事结束在海边。",
    ],
)
def test_a_text_is_left(text: str) -> None:
    assert not TALK.search(text)
