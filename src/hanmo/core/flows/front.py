"""The fixed front of an article's prompts: rules, what the user asked for and gave along, the plan. What never changes stands first, so that
it is read once."""

from hanmo.core.articles import Assignment, Plan
from hanmo.core.flows.asks import Turn
from hanmo.core.text import Language

RULES: dict[Language, str] = {
    "zh": "你是一位中文写作者。按要求写，不复述要求，不写客套话，不解释自己在做什么。用连贯的段落写，内容具体，有细节、有例子；"
    "每一段说新的内容，不重复前文的句子。每次只写要求的那一部分正文，不写它的标题，写完就停。",
    "en": "You are a writer. Write what is asked, without repeating the request, pleasantries or remarks about what you do. Write in full "
    "paragraphs. Be concrete, with details and examples; every paragraph says something new and repeats no earlier sentence. "
    "Each time, write only the text that is asked for, without its heading, and then stop.",
}
MATERIAL: dict[Language, dict[str, str]] = {
    "zh": {
        "brief": "写作要求：\n{}",
        "style": "文风照这段样文（只学文风，不用它的内容）：\n{}",
        "glossary": "术语：\n{}",
        "characters": "人物（姓名与设定不可改）：\n{}",
        "facts": "事实（数字、日期与名称照此写）：\n{}",
    },
    "en": {
        "brief": "Task:\n{}",
        "style": "Write in the style of this sample (its style only, not its content):\n{}",
        "glossary": "Terms:\n{}",
        "characters": "Characters (names and traits do not change):\n{}",
        "facts": "Facts (numbers, dates and names as given):\n{}",
    },
}
MARKS: dict[Language, tuple[str, str]] = {"zh": ("：", "；"), "en": (": ", "; ")}
"""Colon and semicolon."""
STYLE_CHARACTERS = 1500
"""Of a longer sample this much is enough to learn from."""


def rules(lang: Language) -> Turn:
    return Turn("system", RULES[lang])


def role(said: str, given: str) -> Turn:
    """Who the model is, and what it is given along."""
    return Turn("system", "\n\n".join(filter(None, (said, given))))


def material(assignment: Assignment) -> str:
    """What the user asked and gave along, in one block."""
    brief = MATERIAL[assignment.lang]["brief"].format(assignment.asked.strip()) if assignment.asked.strip() else ""
    return "\n\n".join(filter(None, (brief, given_along(assignment))))


def given_along(assignment: Assignment) -> str:
    """What the user gave along with the brief, in one block."""
    given = {
        "style": assignment.style[:STYLE_CHARACTERS],
        "glossary": assignment.glossary,
        "characters": assignment.characters,
        "facts": assignment.facts,
    }
    names = MATERIAL[assignment.lang]
    return "\n\n".join(names[name].format(text.strip()) for name, text in given.items() if text.strip())


def plan_text(plan: Plan, lang: Language) -> str:
    """The plan as it stands in the prompt: with the headings, where they stand in the text."""
    colon, semicolon = MARKS[lang]
    rows = []
    for i, section in enumerate(plan.told, start=1):
        named = (section.heading,) if plan.headed or not section.points else ()
        rows.append(f"{i}. " + colon.join(filter(None, (*named, semicolon.join(section.points)))))
    return "\n".join([*([plan.title] if plan.title else []), *rows])
