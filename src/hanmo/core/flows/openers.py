"""How Python begins a paragraph: where writing went round in circles, and the last one of a text.

Each opener leads to another matter, and a reader should not meet the same one twice; a letter has few of them.
"""

from typing import Literal

from hanmo.core.text import Language

Voice = Literal["plain", "story", "letter"]
OPENERS: dict[Voice, dict[Language, tuple[str, ...]]] = {
    "plain": {
        "zh": ("比如，", "不过，", "与此同时，", "换个角度看，", "更要紧的是，", "此外，", "再进一步看，", "具体来说，", "相比之下，", "从长远看，",
               "正因为如此，", "反过来看，"),
        "en": ("For example,", "Even so,", "At the same time,", "In practice,", "More important still,", "In addition,", "Beyond that,",
               "By contrast,", "For this reason,", "Over time,", "In other cases,", "More precisely,"),
    },
    "story": {
        "zh": ("后来，", "不过，", "就在这时，", "第二天清早，", "与此同时，", "过了很久，", "夜里，", "没过多久，", "到了傍晚，", "有一回，",
               "再往后，"),
        "en": ("Later,", "Even so,", "Just then,", "The next morning,", "Meanwhile,", "After a long while,", "That night,", "Before long,",
               "Toward evening,", "Once,", "In the days that followed,"),
    },
    "letter": {
        "zh": ("此外，", "同时，", "另外，"),
        "en": ("In addition,", "At the same time,", "Moreover,"),
    },
}  # fmt: skip
ENDINGS: dict[Language, str] = {"zh": "最后，", "en": "In the end,"}
"""How the last paragraph begins, where the model would write on beyond the length."""
