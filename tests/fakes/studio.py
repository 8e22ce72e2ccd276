"""What the fake engine says to everything an article asks for: plans and prose as a novelist, edits and titles as an editor."""

import json
import re

from tests.work.novelist import WORDS, novelist

NUMBERED = re.compile(r"(?m)^(\d+)\. (.+)$")


def studio(prompt: str) -> str:
    """The whole answer to the visible part of a prompt."""
    last = prompt.rstrip().rsplit("\n", 1)[-1]
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
