"""Judges an answer while it grows: long enough, repeating itself, running into the next section. Pure: text in, verdict out."""

import re
from dataclasses import dataclass

from hanmo.core.flows.asks import End, Limit
from hanmo.core.guard import Guard
from hanmo.core.text import count_words, sentences

NEXT_HEADING = re.compile(r"(?m)^#{1,2} |^\*\*第.{1,4}[节章部]|^(?:第[一二三四五六七八九十]+部分|Part \d+)[:：]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer ends here, and of the whole text (opening included) `keep` code points stand."""

    end: End
    keep: int
    repeated: str = ""


def judge(text: str, opening: str, guard: Guard, limit: Limit | None) -> Verdict | None:
    """None: go on. `text` begins with `opening`."""
    body = len(opening)
    if limit is not None and (heading := NEXT_HEADING.search(text, body)):
        return Verdict("heading", max(body, len(text[: heading.start()].rstrip())), heading.group())
    if repeat := guard.watch(text):
        start = max(repeat.start, body)
        return Verdict("repeat", start, text[start : start + 12])
    if limit is None or _inside_a_block(text):
        return None
    words = count_words(text)
    if words >= limit.enough:
        ends = [end for _, end in sentences(text) if end > body and text[end - 1] in "。！？!?….”’」』）)"]
        complete = [end for end in ends if count_words(text[:end]) >= limit.enough and (end < len(text))]
        if complete:
            return Verdict("enough", complete[0])
        if words >= limit.most:
            return Verdict("enough", ends[-1] if ends else len(text))
    return None


def _inside_a_block(text: str) -> bool:
    """In a code fence or a table, whose rows belong together."""
    return text.count("```") % 2 == 1 or text.rsplit("\n", 1)[-1].lstrip().startswith("|")
