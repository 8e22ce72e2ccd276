"""A structured prompt (结构化提示词): what a writer fills in field by field, and the one text that is made of it.

Only what is filled is said. Several requirements, one a line, stand in the order of their priority, and the text says so; a field that is a line
of them already is not said again. Free text comes last.
"""

import re
from dataclasses import astuple, dataclass, replace

from hanmo.core.text import Language, language_of


@dataclass(frozen=True, slots=True)
class BriefFields:
    """`language` is "zh", "en" or a language in words; `words` a length in 字; `text` free text, beside the fields or instead of them."""

    role: str = ""
    task: str = ""
    audience: str = ""
    requirements: str = ""
    structure: str = ""
    example: str = ""
    format: str = ""
    language: str = ""
    words: int | None = None
    text: str = ""


HEADINGS: dict[Language, dict[str, str]] = {
    "zh": {
        "role": "角色",
        "task": "任务",
        "audience": "读者",
        "requirements": "要求",
        "structure": "结构",
        "example": "示例",
        "format": "输出格式",
        "language": "语言",
        "words": "篇幅",
    },
    "en": {
        "role": "Role",
        "task": "Task",
        "audience": "Audience",
        "requirements": "Requirements",
        "structure": "Structure",
        "example": "Example",
        "format": "Output format",
        "language": "Language",
        "words": "Length",
    },
}
"""The headed parts, in the order in which they are said."""
COLON: dict[Language, str] = {"zh": "：", "en": ": "}
LENGTH: dict[Language, str] = {"zh": "约 {} 字", "en": "about {} words"}
LANGUAGES: dict[Language, dict[str, str]] = {"zh": {"zh": "中文", "en": "英文"}, "en": {"zh": "Chinese", "en": "English"}}
IN_ORDER: dict[Language, str] = {
    "zh": "（按优先次序，有冲突时以前面的为准）",
    "en": " (in order of priority: where two conflict, the earlier one holds)",
}
PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
NUMBERED = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.、)）](?!\d)|[（(]\d{1,2}[)）])\s*")


def to_text(fields: BriefFields, lang: Language) -> str:
    """The user's message: headed parts in `lang`, free text last; empty where nothing is filled. Free text alone stands as it was written."""
    said, _ = split_requirements(fields.requirements)
    parts = [part for name in HEADINGS[lang] if (part := _part(fields, name, lang)) and part not in said]
    if not parts:
        return fields.text
    return "\n".join(parts) + (f"\n\n{fields.text.strip()}" if fields.text.strip() else "")


def is_empty(fields: BriefFields) -> bool:
    """Whether no text would be made of it."""
    return not any(str(value).strip() for value in astuple(fields) if value is not None)


def is_plain(fields: BriefFields) -> bool:
    """Whether there is nothing but free text."""
    return is_empty(replace(fields, text=""))


def fields_language(fields: BriefFields) -> Language:
    """The language the parts are headed in: that of what the writer wrote."""
    return language_of("\n".join(value for value in astuple(fields) if isinstance(value, str)))


def split_requirements(requirements: str) -> tuple[list[str], str]:
    """One requirement a line, without the numbers and dashes before them; and what is no list: where there is a code block, all but the
    paragraph that begins the field, if the code does not stand in it."""
    text, end = requirements.strip(), len(requirements)
    if "```" in text:
        listed = PARAGRAPH_END.search(text, 0, text.index("```"))
        end = listed.end() if listed else 0
    return [line for each in text[:end].splitlines() if (line := NUMBERED.sub("", each).strip())], text[end:]


def _part(fields: BriefFields, name: str, lang: Language) -> str:
    heading, colon = HEADINGS[lang][name], COLON[lang]
    if name == "words":
        return "" if fields.words is None else heading + colon + LENGTH[lang].format(fields.words)
    value: str = getattr(fields, name).strip()
    if name == "language":
        value = LANGUAGES[lang].get(value, value)
    if name == "requirements":
        lines, unlisted = split_requirements(value)
        if len(lines) > 1:
            heading += IN_ORDER[lang]
            value = "\n".join(f"{i}. {line}" for i, line in enumerate(lines, start=1)) + (f"\n\n{unlisted}" if unlisted else "")
    if not value:
        return ""
    return heading + (f"{colon.rstrip()}\n{value}" if "\n" in value else colon + value)
