"""What a fake engine says when it is asked for an article: a plan in JSON, and endless prose in which no sentence comes twice."""

import re

from hanmo.engine.fake import FakeEngine

WORDS = "山水风云花草木石灯火窗门路桥船雨雪星月河海田园书信茶酒琴棋诗画春夏秋冬晨昏远近高低新旧清浊深浅明暗冷暖轻重快慢来去"


def sentence(seed: int) -> str:
    """A sentence of its own: seventeen Han characters picked by `seed`."""
    state = seed * 2654435761 % 2**32
    letters = []
    for _ in range(17):
        state = (state * 1664525 + 1013904223) % 2**32
        letters.append(WORDS[(state >> 16) % len(WORDS)])
    return "".join(letters[:8]) + "，" + "".join(letters[8:]) + "。"


def prose(seed: int, count: int = 400) -> str:
    """Paragraphs of five sentences."""
    sentences = [sentence(seed * 1000 + i) for i in range(count)]
    return "\n\n".join("".join(sentences[i : i + 5]) for i in range(0, count, 5))


def plan(sections: int) -> str:
    rows = [f'{{"heading":"第{name}景","points":["{name}之形","{name}之声","{name}之意"]}}' for name in WORDS[:sections]]
    return f'{{"title":"山水之间","sections":[{",".join(rows)}]}}'


def novelist(prompt: str) -> str:
    """The whole answer to the visible part of a prompt. Prose depends on the last line alone, as each section is asked for in its own."""
    last = prompt.rstrip().rsplit("\n", 1)[-1]
    if asked := re.search(r"(\d+) 个小节", last):
        return plan(int(asked[1]))
    return prose(sum(map(ord, last)) % 1000)


def novel_engine(**options: object) -> FakeEngine:
    return FakeEngine(novelist, **options)  # type: ignore[arg-type]
