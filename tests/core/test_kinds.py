"""Which kind of text a brief asks for, by examples in both languages."""

import pytest

from hanmo.core.kinds import Kind, kind_of

EXAMPLES: dict[Kind | None, list[str]] = {
    "story": [
        "写一篇悬疑小说，3000 字。", "给我讲个睡前故事，编一个小狐狸的童话。", "帮我写点东西，要科幻小说", "续写这个故事：门开了。",
        "Outline a mystery novel.",
        "Write a short story about a lighthouse keeper.", "Create a fairy tale for my daughter.",
    ],
    "poem": ["写一首关于秋天的诗。", "Write a poem about the sea.", "给母亲写一首七律"],
    "article": [
        "写一篇关于 Python 脚本的文章。", "写一篇 800 字的游记，写苏州。", "请撰写一份年终总结", "拟一份社区种树活动的方案",
        "Write an article about Python scripts.", "Draft a blog post on sourdough.", "写一篇公众号推文，介绍我们的新书",
        "写一份待办事项的 PRD", "拟一则停水通知", "写一份会议纪要", "Write a PRD for a todo app.",
    ],
    "copy": ["写一段小红书文案，卖保温杯。", "为新茶写三条广告语", "Write product copy for a steel bottle.", "Create a slogan for a bakery.",
             "给这篇文章起 10 个新媒体标题，写得吸引人", "Write ten headlines for a post on tea."],
    "letter": ["写一封辞职信。", "帮我给房东写封邮件，说漏水", "Write a cover letter for a museum job.", "Draft an email to my landlord."],
    "code": [
        "用 Python 写一个生成文章的脚本", "写一个函数，把列表去重。", "用 HTML 做一个贪吃蛇小游戏", "写 SQL，查每个部门工资最高的人",
        "把这段代码迁移到 Python 3",
        "Write a Python script that generates articles.", "Implement a function to merge two sorted lists.",
    ],
    "exercise": ["出 10 道小学数学应用题。", "给初二学生出一套英语练习题", "Create a quiz on the French Revolution.",
                 "Write ten practice questions on fractions."],
    "edit": ["润色下面这段话：今天天气好。", "把这段翻译成英文：春眠不觉晓", "Translate this into French: good morning",
        "请帮我校对这篇文章", "总结一下上面的文章", "批改这篇作文", "Grade this essay: I like tea."],
    "question": ["什么是量子纠缠？", "为什么天是蓝的", "Python 和 Go 有什么区别？", "What is a monad?", "How do I center a div?"],
    None: ["你好", "继续", "再短一点", "Thanks, go on.", "春天"],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "brief"), [(kind, brief) for kind, briefs in EXAMPLES.items() for brief in briefs])
def test_the_kind_is_that_of_what_is_to_be_written(kind: Kind | None, brief: str) -> None:
    assert kind_of(brief) == kind


def test_a_long_text_that_is_brought_along_does_not_count() -> None:
    assert kind_of("润色下面的文字：\n" + "写一篇小说。" * 10_000) == "edit"
