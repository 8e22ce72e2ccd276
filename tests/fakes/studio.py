"""What the fake engine says to everything an article asks for: plans and prose as a novelist, edits and titles as an editor, rewritten passages.
Besides, it can be told word for word what to say, and it can say what it was given to read."""

import json
import re

from tests.work.novelist import WORDS, novelist

NUMBERED = re.compile(r"(?m)^(\d+)\. (.+)$")
DICTATED, ENOUGH = "照着写：\n", "\n（到此为止）"
PAUSE = "‖"
"""Where it ends by itself for the first time; asked to go on, it goes on behind it."""
RECITE = "把你读到的原样念一遍。"
CHANGED_TO = re.compile(r"要求：改成“(.+)”")
ENGLISH = "Mist lay over the lake at dawn. The old man pushed his boat into the water."


def dictate(text: str) -> str:
    """The message that this is the answer to."""
    return f"{DICTATED}{text}{ENOUGH}"


def studio(prompt: str) -> str:
    """The whole answer to the visible part of a prompt."""
    if prompt.endswith(ENOUGH):
        return prompt.rpartition(DICTATED)[2].removesuffix(ENOUGH)
    if prompt.endswith(RECITE):
        return prompt
    last = prompt.rstrip().rsplit("\n", 1)[-1]
    if asked := CHANGED_TO.search(last):
        return asked[1]
    if "译成英文" in last:
        return ENGLISH
    if '只输出 JSON，如 [{"n":' in last:
        return edits(prompt)
    if "三个不同的标题" in last or last.startswith("再拟三个"):
        return json.dumps([f"{word}间的一天" for word in WORDS[:3]], ensure_ascii=False)
    return novelist(prompt)


def edits(prompt: str) -> str:
    """Each sentence with another last character."""
    found = [{"n": int(number), "text": _ended_otherwise(sentence)} for number, sentence in NUMBERED.findall(prompt)]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _ended_otherwise(sentence: str) -> str:
    return re.sub(r"(.)。$", lambda found: ("霞" if found[1] != "霞" else "虹") + "。", sentence)
