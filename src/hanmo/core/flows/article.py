"""Expanding a plan section by section, in an append-only conversation, with the length in a closed loop.

Theory
  What is written stands in the conversation as the answers to "write section k", so each request only adds one line to what the engine has
  read. The words still missing are shared among the sections still to come before each of them, so an error in one is made up for in the
  next; a section ends at the first sentence end after its share, and one that the model ends too early is opened again where it stopped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hanmo.core.flows.asks import Answer, Ask, Flow, Limit, Turn
from hanmo.core.flows.plan import RULES, Assignment, Plan, Section
from hanmo.core.text import Language, count_words, ends_sentence
from hanmo.core.values import Sampling

PROSE = Sampling(temperature=0.7, top_p=0.8, top_k=20, presence_penalty=0.6)
TOKENS_PER_WORD = 2.2
"""Enough for either language, Markdown included; the limit in words ends a section long before."""
TOO_SHORT = 0.85
MOST_ASKS = 6
MOST_REPEATS = 3

FIRST: dict[Language, str] = {
    "zh": "写作要求：\n{brief}\n\n{plan}",
    "en": "Task:\n{brief}\n\n{plan}",
}
SECTION_ASK: dict[Language, str] = {
    "zh": "现在写第 {k} 部分「{heading}」，约 {words} 字。{points}只写这一部分的正文，不写标题。{last}",
    "en": 'Now write part {k}, "{heading}", about {words} words. {points}Write only the text of this part, no heading. {last}',
}
POINTS_ASK: dict[Language, str] = {"zh": "要点：{points}。", "en": "Points: {points}. "}
LAST_ASK: dict[Language, dict[bool, str]] = {
    "zh": {False: "后面还有别的部分，这里不要总结全文。", True: "这是最后一部分，写到全文结束。"},
    "en": {False: "More parts follow: do not sum up here.", True: "This is the last part: bring the text to its end."},
}
WHOLE_ASK: dict[Language, str] = {
    "zh": "写作要求：\n{brief}\n\n现在直接写出全文，约 {words} 字。",
    "en": "Task:\n{brief}\n\nNow write the whole text, about {words} words.",
}


@dataclass(frozen=True, slots=True)
class Article:
    """`findings` are codes with the section they concern, such as ("too_short", 3)."""

    text: str
    sections: tuple[str, ...]
    findings: tuple[tuple[str, int], ...] = ()


def plan_text(plan: Plan) -> str:
    """The plan as it stands in the prompt."""
    rows = [f"{i}. {s.heading}" + (f"：{'；'.join(s.points)}" if s.points else "") for i, s in enumerate(plan.sections, start=1)]
    return "\n".join([*([plan.title] if plan.title else []), *rows])


def write_article(assignment: Assignment, plan: Plan) -> Flow[Article]:
    """All sections in order. Yields one request a section, and more where one was too short or repeated itself."""
    messages: tuple[Turn, ...] = (Turn("system", RULES[assignment.lang]),)
    written: list[str] = []
    findings: list[tuple[str, int]] = []
    for k, section in enumerate(plan.sections):
        wanted = _share_left(assignment, plan, k, sum(map(count_words, written)))
        messages = (*messages, Turn("user", _section_ask(assignment, plan, k, wanted)))
        opening = f"## {section.heading}\n\n" if plan.headed else ""
        text, problem = yield from _write_section(messages, opening, wanted, assignment.seed + k)
        if problem:
            findings.append((problem, k))
        written.append(text)
        messages = (*messages, Turn("assistant", text))
    title = f"# {plan.title}\n\n" if plan.title else ""
    return Article(title + "\n\n".join(text.strip() for text in written) + "\n", tuple(written), tuple(findings))


def _share_left(assignment: Assignment, plan: Plan, k: int, done: int) -> int:
    """The words of section `k`: its part of what is still missing, by the weights of the plan."""
    weights = [section.words for section in plan.sections[k:]]
    title = count_words(plan.title) if k == 0 else 0
    return max(30, round((assignment.words - done - title) * weights[0] / sum(weights)))


def _section_ask(assignment: Assignment, plan: Plan, k: int, words: int) -> str:
    lang, section = assignment.lang, plan.sections[k]
    if len(plan.sections) == 1:
        return WHOLE_ASK[lang].format(brief=assignment.brief.strip(), words=words)
    points = POINTS_ASK[lang].format(points="；".join(section.points)) if section.points else ""
    last = LAST_ASK[lang][k == len(plan.sections) - 1]
    ask = SECTION_ASK[lang].format(k=k + 1, heading=section.heading, words=words, points=points, last=last)
    return ask if k else FIRST[lang].format(brief=assignment.brief.strip(), plan=plan_text(plan)) + "\n\n" + ask


def _write_section(messages: tuple[Turn, ...], opening: str, words: int, seed: int) -> Flow[tuple[str, str]]:
    """One section of about `words` words: its text with its heading, and the code of what is wrong with it ("" where nothing is)."""
    text, repeats, avoid = opening, 0, ""
    sampling = replace(PROSE, seed=seed)
    for attempt in range(MOST_ASKS):
        missing = words - count_words(text)
        limit = Limit(enough=words - words // 30, most=words + max(20, words // 8))
        tokens = max(64, round((missing + words / 4) * TOKENS_PER_WORD))
        more = attempt > 0
        answer = yield Ask(messages, replace(sampling, max_new_tokens=tokens), text, limit, avoid=avoid, more=more, attempt=attempt)
        text, avoid = text + answer.text, ""
        if answer.end == "repeat":
            repeats += 1
            if repeats > MOST_REPEATS:
                return tidy(text), "repeats"
            avoid = answer.repeated
            sampling = _other_way(sampling, seed + 101 * repeats)
        elif answer.end == "enough" or count_words(text) >= TOO_SHORT * words:
            break
        else:
            text = text if text == opening else tidy(text) + "\n\n"
            avoid = answer.repeated
    text = tidy(text)
    return text, "" if count_words(text) >= TOO_SHORT * words else "too_short"


def _other_way(sampling: Sampling, seed: int) -> Sampling:
    return replace(sampling, temperature=min(1.0, sampling.temperature + 0.1), presence_penalty=min(1.5, sampling.presence_penalty + 0.2), seed=seed)


def tidy(text: str) -> str:
    """Ends at a finished sentence, with code fences closed."""
    text = text.rstrip()
    if text.count("```") % 2:
        return text + "\n```"
    last = text.rsplit("\n", 1)[-1]
    if ends_sentence(text) or re.match(r"\s*(\||[-*+] |\d+[.、)]|#|>)", last) or "```" in last:
        return text
    cut = max(text.rfind(mark) for mark in "。！？!?…")
    return text[: cut + 1] if cut > len(text) * 0.6 else text
