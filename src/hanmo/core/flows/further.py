"""A section that came to a halt before its length goes on in turns of its own, each of which names a point of the plan.

Theory
  A small model that goes round in circles is not freed by another word at the same place, but by another matter. What it has written stands
  in the conversation by then, so such a turn costs one line to read.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from hanmo.core.flows.asks import Flow, Turn
from hanmo.core.flows.prose import TOO_SHORT, Place, Prose, judged, new_paragraph, split_end, write_prose
from hanmo.core.text import count_words

LEAST_FOR_A_POINT = 60
"""Words."""


def go_further(place: Place, done: Prose, points: Sequence[str], ask_for: Callable[[str, int], str]) -> Flow[Prose]:
    """`done`, and where it is too short what is written to `points`, one after another; `ask_for(point, words)` asks for it."""
    if not (done.halted and done.problem and done.text):
        return done
    body, closing = (done.text, "") if place.goes_on else split_end(done.text)
    words, messages, said = done.words, place.messages, place.opening + body
    for i, point in enumerate(points):
        missing = words - count_words(body) - count_words(closing)
        if missing <= (1 - TOO_SHORT) * words:
            break
        share = min(missing, max(LEAST_FOR_A_POINT, missing // (len(points) - i)))
        turns = (*messages, Turn("assistant", said), Turn("user", ask_for(point, share)))
        before = place.opening + new_paragraph(body)
        against = (*place.against, body, closing)
        here = replace(place, messages=turns, opening="", seed=place.seed + i + 1, against=against, goes_on=True, before=before)
        more = yield from write_prose(here, share)
        if more.problem == "skipped":
            return Prose("", "skipped", words)
        words = words if more.words == share else more.words + count_words(before)
        if more.text:
            messages, said, body = turns, more.text, new_paragraph(body) + more.text
    return judged("\n\n".join(filter(None, (body, closing))), words, done.problem)
