"""Rewriting (改写) a selection or a section: expand, shorten, rephrase, another tone, translate, write anew, go on from it, or as the writer says.

Theory
  Prose goes to the model piece by piece; code and the like never leave Python, so they cannot come back changed. How long a piece may become
  decides how it is asked for: one that grows is opened again where the model stopped too early, one that shrinks is asked for once more
  where the model did not come to an end in time, one that keeps its length is left to end by itself. What goes on from a text is that text and
  what follows; of what the writer says only they know how much may change, so a small change counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal

from hanmo.core.briefs import read_lengths
from hanmo.core.flows.asks import Answer, Ask, Flow, Limit, Turn
from hanmo.core.flows.front import role
from hanmo.core.flows.keep import MARK, lost_facts
from hanmo.core.flows.pieces import Piece, pieces
from hanmo.core.flows.tidy import tidy
from hanmo.core.flows.unwrap import unwrapped
from hanmo.core.text import HAN, LATIN_WORD, Language, count_words, ends_sentence, language_of, sentences, units
from hanmo.core.values import Sampling

RewriteKind = Literal["expand", "shorten", "rephrase", "tone", "translate", "anew", "continue", "own"]

SAMPLING = Sampling(temperature=0.7, presence_penalty=0.2)
FREER = Sampling(temperature=1.0, presence_penalty=0.8)
"""Where the model copied what it should have said in other words."""
FACTOR: dict[RewriteKind, float] = {
    "expand": 1.6,
    "shorten": 0.5,
    "rephrase": 1,
    "tone": 1,
    "translate": 1,
    "anew": 1,
    "continue": 1,
    "own": 1,
}
LEAST_MORE, MOST_MORE = 80, 300
"""Words of what goes on from a text, where none are named."""
TOKENS_PER_WORD = 2.2
MOST_WORDS = 600
"""Of a piece."""
CONTEXT_WORDS = 150
TOO_SHORT = 0.85
MOST_ASKS = 4
MOST_COPIES = 8
HALF_DONE = 0.6
"""A text in other words that is shorter than this stopped on the way."""
SAME = 0.93
"""From this likeness on nothing was rewritten."""

WRITER: dict[Language, str] = {
    "zh": "你是一位中文写作者。按要求改写，不复述要求，不写客套话，不解释自己做了什么。",
    "en": "You are a writer. Rewrite as asked, without repeating the request, pleasantries or remarks about what you did.",
}
ASK: dict[Language, dict[RewriteKind, str]] = {
    "zh": {
        "expand": "把原文扩写到约 {words} 字：补充具体的细节和例子，保留原意，不说重复的话。",
        "shorten": "把原文缩写到约 {words} 字：只留要点，语句完整。",
        "rephrase": "用另外的词语和句式把原文重写一遍，约 {words} 字，每句都与原文说法不同；意思、人名和数字不变。",
        "tone": "换一种语气把原文重写一遍，约 {words} 字，每句的说法都跟着变；意思、人名和数字不变。",
        "translate": "把原文译成英文，意思完整，Markdown 标记、表格、代码和链接照抄。",
        "anew": "把这一部分重新写一遍，约 {words} 字：主题不变，内容和写法都换新的。",
        "continue": "写这篇文章的这一部分，一直写下去，每句都有新的内容，不重复已有的话。",
        "own": "按要求改原文，没有提到的地方不动。",
    },
    "en": {
        "expand": "Expand the text to about {words} words: add concrete details and examples, keep its meaning, do not repeat yourself.",
        "shorten": "Shorten the text to about {words} words: only what matters, in whole sentences.",
        "rephrase": "Write the text again in other words, about {words} words: every sentence put differently, the same meaning, names and numbers.",
        "tone": "Write the text again in another tone, about {words} words: every sentence put differently, the same meaning, names and numbers.",
        "translate": "Translate the text into Chinese, completely; copy Markdown, tables, code and links.",
        "anew": "Write this part anew, about {words} words: the same subject, new content in a new way.",
        "continue": "Write this part of the article and keep on writing: something new in every sentence, nothing said twice. ",
        "own": "Change the text as asked, and leave the rest of it as it is. ",
    },
}
TO_ANOTHER = re.compile(r"[译翻]成|译为|\b(?:in)?to [A-Z]\w+")
TRANSLATE_AS_SAID: dict[Language, str] = {"zh": "按要求翻译原文。", "en": "Translate the text as asked."}
SAID: dict[Language, str] = {"zh": "要求：{}。", "en": "Mind: {}. "}
ONLY: dict[Language, str] = {"zh": "只输出改后的文字。", "en": "Output only the new text."}
ONLY_MORE: dict[Language, str] = {"zh": "只输出正文。", "en": "Output only the text."}
NOT_THE_SAME: dict[Language, str] = {
    "zh": "不要照抄原文，每句都要换一种说法。",
    "en": "Do not copy the text: say every sentence in another way. ",
}
NOT_SO_LONG: dict[Language, str] = {
    "zh": "上次写得太长，这次不超过 {} 字。",
    "en": "The last one was too long: no more than {} words. ",
}
LABELS: dict[Language, tuple[str, str, str]] = {
    "zh": ("上文：\n", "原文：\n", "下文：\n"),
    "en": ("Before it:\n", "Text:\n", "After it:\n"),
}


@dataclass(frozen=True, slots=True)
class Rewritten:
    """`lost`: numbers, names, quotations and links that the text had and this has no more. `problem`: "" where nothing is wrong, "unchanged"
    where the model would only say the same again, "too_short", "too_long"; of a file of code "broken" where it does not parse or has no end."""

    text: str
    lost: tuple[str, ...] = ()
    problem: Literal["", "unchanged", "too_short", "too_long", "broken"] = ""


def rewrite(
    text: str,
    kind: RewriteKind,
    lang: Language,
    *,
    instruction: str,
    context: tuple[str, str] = ("", ""),
    seed: int,
    front: str = "",
    names: Sequence[str] = (),
) -> Flow[Rewritten]:
    """`context` is what stands before and behind the text; a number of words in `instruction` goes before the usual length. `names` are known to
    be names."""
    order = _Order(kind, language_of(text) if kind == "translate" else lang, instruction.strip(), context, seed, front)
    target = wanted_words(text, kind, instruction)
    if kind == "continue":
        more = yield from _going_on(order, begun_with(text, kind, context), target)
        return _gone_on(text, more, target)
    parts = (Piece(text, stays=False),) if kind == "anew" else pieces(text, MOST_WORDS, translated=kind == "translate")
    total = max(1, sum(count_words(part.text) for part in parts if not part.stays))
    done: list[str] = []
    for i, part in enumerate(parts):
        if part.stays or not part.text.strip():
            done.append(part.text)
            continue
        words = max(1, round(target * count_words(part.text) / total))
        new = yield from _rewrite_piece(order.at(i), part.text.strip(), words)
        done.append(part.text.replace(part.text.strip(), new, 1))
    return _checked(text, "".join(done), kind, lang, target, names)


def wanted_words(text: str, kind: RewriteKind, instruction: str) -> int:
    """The length to write towards; of what goes on from a text, without that text."""
    words = max(1, round(count_words(text) * FACTOR[kind]))
    return read_lengths(instruction).target or (min(max(words, LEAST_MORE), MOST_MORE) if kind == "continue" else words)


@dataclass(frozen=True, slots=True)
class _Order:
    kind: RewriteKind
    lang: Language
    instruction: str
    context: tuple[str, str]
    seed: int
    front: str

    def at(self, i: int) -> "_Order":
        """For the piece `i`: pieces have their own seeds, and only the first one stands behind what was before."""
        return self if i == 0 else replace(self, seed=self.seed + i, context=("", ""))

    def messages(self, text: str, words: int, more: str = "") -> tuple[Turn, ...]:
        before, behind = shortened(self.context)
        if self.kind == "continue":
            before = text = ""
        named = LABELS[self.lang]
        shown = "\n\n".join(label + part for label, part in zip(named, (before, text, behind), strict=True) if part)
        ask = TRANSLATE_AS_SAID[self.lang] if self._names_a_language() else ASK[self.lang][self.kind].format(words=words)
        said = SAID[self.lang].format(self.instruction.rstrip("。. ")) if self.instruction else ""
        only = (ONLY_MORE if self.kind == "continue" else ONLY)[self.lang]
        return role(WRITER[self.lang], self.front), Turn("user", f"{shown}\n\n{ask}{said}{more}{only}")

    def _names_a_language(self) -> bool:
        return self.kind == "translate" and bool(TO_ANOTHER.search(self.instruction))

    def ask(
        self, messages: Sequence[Turn], limit: Limit | None, words: int, *, attempt: int, opening: str = "", more: bool = False
    ) -> Ask:
        sampling = replace(SAMPLING, max_new_tokens=round(words * TOKENS_PER_WORD) + 64, seed=self.seed + 101 * attempt)
        free = self.kind == "translate"
        against = () if free else tuple(filter(None, shortened(self.context)))
        return Ask(tuple(messages), sampling, opening, limit, attempt=attempt, more=more, free=free, against=against)

    def is_inside_a_line(self) -> bool:
        before, behind = self.context
        return bool(before and not before.endswith("\n")) or bool(behind and not behind.startswith("\n"))


def shortened(context: tuple[str, str]) -> tuple[str, str]:
    """The sentences right before and right behind."""
    before, behind = context
    spans = sentences(before)
    while len(spans) > 1 and count_words(before[spans[0][0] :]) > CONTEXT_WORDS:
        spans.pop(0)
    near = before[spans[0][0] :].strip() if spans else ""
    spans = sentences(behind)
    while len(spans) > 1 and count_words(behind[: spans[-1][1]]) > CONTEXT_WORDS // 2:
        spans.pop()
    return near, behind[: spans[-1][1]].strip() if spans else ""


def _rewrite_piece(order: _Order, text: str, words: int) -> Flow[str]:
    old = count_words(text)
    if order.kind == "translate":
        new = yield from _translation(order, text, old)
    elif words > 1.1 * old or order.kind == "anew":
        new = yield from _growing(order, text, words)
    elif words < 0.9 * old:
        new = yield from _shrinking(order, text, words)
    elif order.kind == "own":
        answer = yield order.ask(order.messages(text, words), None, 3 * words, attempt=0)
        new = _finished(order, text, answer)
    else:
        new = yield from _other_words(order, text, words)
    return new or text


def _growing(order: _Order, text: str, words: int) -> Flow[str]:
    """Opened again where it ended too early."""
    messages = order.messages(text, words)
    new = ""
    for attempt in range(MOST_ASKS):
        answer = yield order.ask(messages, Limit.around(words), words + words // 4, attempt=attempt, opening=new, more=attempt > 0)
        new += answer.text
        if answer.end in ("enough", "skipped") or count_words(new) >= TOO_SHORT * words or not new.strip():
            break
        new = finished_sentences(unwrapped(new, text)) + ("\n\n" if "\n" in text else "")
    return _finished(order, text, Answer(new, "stop"))


def begun_with(text: str, kind: RewriteKind, context: tuple[str, str]) -> str:
    """What the answers to a rewrite begin with: to go on from a text is to have written it, with the sentences right before it."""
    if kind != "continue":
        return ""
    near, _ = shortened(context)
    return (context[0][context[0].rindex(near) :] if near else "") + text


def _going_on(order: _Order, begun: str, words: int) -> Flow[str]:
    """What follows, opened again where it ended too early."""
    messages, there = order.messages("", words), count_words(begun)
    new = ""
    for attempt in range(MOST_ASKS):
        limit = Limit.around(there + words)
        answer = yield order.ask(messages, limit, words + words // 4, attempt=attempt, opening=begun + new, more=True)
        new += answer.text
        if answer.end in ("enough", "skipped") or count_words(new) >= TOO_SHORT * words or not answer.text.strip():
            break
    new = finished_sentences(new).rstrip()
    return _in_one_line(new.strip()) if order.context[1] and not order.context[1].startswith("\n") else new


def _gone_on(text: str, more: str, target: int) -> Rewritten:
    if not units(more):
        return Rewritten(text, problem="unchanged")
    new = more.strip()
    apart = "\n\n" if "\n" in more[: len(more) - len(more.lstrip())] else "" if HAN.match(new) else " "
    joint = "" if text[-1:].isspace() else apart
    return Rewritten(text + joint + new, problem="too_short" if count_words(new) < TOO_SHORT * target else "")


def _shrinking(order: _Order, text: str, words: int) -> Flow[str]:
    """A text that is cut off has lost its end; so one that grows too long is written again."""
    limit = Limit(round(1.35 * words), round(1.6 * words))
    answer = yield order.ask(order.messages(text, words), limit, 2 * words, attempt=0)
    first = _finished(order, text, answer)
    if answer.end == "stop" and count_words(first) <= 1.35 * words:
        return first
    answer = yield order.ask(order.messages(text, words, NOT_SO_LONG[order.lang].format(words)), limit, 2 * words, attempt=1)
    second = _finished(order, text, answer)
    return second if second and (answer.end == "stop" or not first) else min(first, second or first, key=count_words)


def _translation(order: _Order, text: str, words: int) -> Flow[str]:
    """Once more where Chinese words were left standing in an English translation; the one with fewer of them is taken."""
    messages = order.messages(text, words)
    answer = yield order.ask(messages, None, 2 * words, attempt=0)
    first = _finished(order, text, answer)
    if order.lang == "en" or not 0 < len(HAN.findall(first)) < len(LATIN_WORD.findall(first)):
        return first
    answer = yield order.ask(messages, None, 2 * words, attempt=1)
    second = _finished(order, text, answer)
    return min(first, second or first, key=lambda new: len(HAN.findall(new)))


def _other_words(order: _Order, text: str, words: int) -> Flow[str]:
    """Once more where it came out as it was."""
    limit = Limit(round(1.4 * words), round(1.7 * words))
    answer = yield order.ask(order.messages(text, words), limit, 2 * words, attempt=0)
    new = _finished(order, text, answer)
    return (yield from _never_copying(order, text, words)) if is_same(text, new) else new


def _never_copying(order: _Order, text: str, words: int) -> Flow[str]:
    """The text stands against its own copy: at each copied sentence the guard stops the model, and it takes another way. Nothing where it
    found none to the end."""
    messages = order.messages(text, words, NOT_THE_SAME[order.lang])
    limit = Limit(round(1.2 * words), round(1.5 * words))
    new, avoid = "", (text[:8],)
    for attempt in range(1, MOST_COPIES + 1):
        ask = order.ask(messages, limit, 2 * words, attempt=attempt, opening=new)
        sampling = replace(FREER, max_new_tokens=ask.sampling.max_new_tokens, seed=ask.sampling.seed)
        answer = yield replace(ask, sampling=sampling, avoid=avoid, against=(*ask.against, text))
        new, avoid = new + answer.text, (answer.repeated,)
        if answer.end != "repeat" or not answer.repeated:
            break
    new = _finished(order, text, Answer(new, answer.end))
    return new if count_words(new) >= HALF_DONE * words else ""


def _finished(order: _Order, text: str, answer: Answer) -> str:
    """Without wrapping, with the form of what it replaces: it ends as that does, and stays in its line."""
    new = unwrapped(answer.text, text)
    if ends_sentence(text):
        new = finished_sentences(new)
    elif answer.end != "stop":
        new = tidy(new)
    if order.is_inside_a_line() and "\n" not in text:
        new = _in_one_line(new)
    if not ends_sentence(text) and len(sentences(text)) == 1:
        new = new.rstrip("。.")
    return new.strip() if units(new) else ""


def _in_one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", "" if language_of(text) == "zh" else " ", text)


def finished_sentences(text: str) -> str:
    """Up to the last sentence end, where there is one."""
    ends = [end for start, end in sentences(text) if ends_sentence(text[start:end])]
    return text[: ends[-1]] if ends else text


def is_same(text: str, new: str) -> bool:
    return SequenceMatcher(None, units(text), units(new), autojunk=False).ratio() >= SAME


def _checked(text: str, new: str, kind: RewriteKind, lang: Language, target: int, names: Sequence[str]) -> Rewritten:
    if new == text if kind == "own" else is_same(text, new):
        return Rewritten(text, problem="unchanged")
    if kind == "translate":
        facts = [
            *re.findall(r"\d+", text),
            *(mark for mark in MARK.findall(text) if "[" not in mark),
            *re.findall(r"\]\(([^)\s]+)\)", text),
        ]
        return Rewritten(new, tuple(dict.fromkeys(fact for fact in facts if fact not in new)))
    gone = lost_facts(text, new, lang, names) if kind in ("rephrase", "tone") else ()
    words = count_words(new)
    if words < TOO_SHORT * target and kind in ("expand", "anew"):
        return Rewritten(new, gone, "too_short")
    return Rewritten(new, gone, "too_long" if kind == "shorten" and words > 1.5 * target else "")
