"""Titles (标题) and a summary (摘要) for a text that is there: titles under a grammar, the summary in a closed loop of its own length."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hanmo.core.blocks import read_lines
from hanmo.core.flows.asks import Ask, Flow, Limit, Turn
from hanmo.core.flows.front import role
from hanmo.core.flows.room import estimate_tokens
from hanmo.core.flows.unwrap import unwrapped
from hanmo.core.text import HAN, Language, count_words, ends_sentence, sentences
from hanmo.core.values import Sampling

NUM_TITLES = 3
LONGEST_TITLE: dict[Language, int] = {"zh": 30, "en": 16}
SUMMARY: dict[Language, tuple[int, int]] = {"zh": (60, 150), "en": (40, 100)}
ROOM_TOKENS = 2500
SAMPLING = Sampling(temperature=0.8, presence_penalty=0.3)

READER: dict[Language, str] = {"zh": "你是一位中文编辑。", "en": "You are an editor."}
TITLES_ASK: dict[Language, str] = {
    "zh": "{text}\n\n为以上文章拟三个不同的标题，各不超过 20 字，不用书名号。只输出 JSON 数组。",
    "en": "{text}\n\nSuggest three different titles for this text, at most 10 words each. Output a JSON array only.",
}
OTHERS_ASK: dict[Language, str] = {
    "zh": "再拟三个与上面都不同的标题。",
    "en": "Suggest three more titles, different from those above.",
}
SUMMARY_ASK: dict[Language, str] = {
    "zh": "为这篇文章写一段约 100 字的摘要，只写一段，直接写内容。",
    "en": "Write a summary of this text of about 70 words, one paragraph, the content only.",
}
FIRST: dict[Language, str] = {"zh": "[㐀-鿿]", "en": "[A-Za-z0-9]"}
"""A title begins in its language."""
QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
NUMBERING = re.compile(r"^\s*(?:标题|Title)?\s*(?:[一二三四五六七八九十\d]{1,2}\s*[、.．:：)）]|[-*•①②③])\s*", re.IGNORECASE)
AROUND = "《》〈〉“”‘’「」『』\"' *#_`　"
LABEL = re.compile(r"^[*#\s]*(?:摘要|内容摘要|概要|总结|Summary|Abstract)\**\s*[:：]\**\s*", re.IGNORECASE)


def titles_grammar(lang: Language) -> str:
    """GBNF for an array of three strings."""
    title = rf'"\"" {FIRST[lang]} [^"\\\n\[\]{{}}|*#]{{1,60}} "\""'
    return f'root ::= "[" title "," title "," title "]"\ntitle ::= {title}'


def titles_and_summary(text: str, lang: Language, seed: int, front: str = "") -> Flow[tuple[tuple[str, ...], str]]:
    """Up to three titles, none like another, and a summary that ends at a sentence end ("" where none came)."""
    messages: tuple[Turn, ...] = (
        role(READER[lang], front),
        Turn("user", TITLES_ASK[lang].format(text=shown(text))),
    )
    titles: tuple[str, ...] = ()
    for attempt in range(2):
        sampling = replace(SAMPLING, max_new_tokens=180, seed=seed + 101 * attempt)
        answer = yield Ask(messages, sampling, grammar=titles_grammar(lang), attempt=attempt, free=True)
        messages = (*messages, Turn("assistant", answer.text))
        titles = different((*titles, *read_titles(answer.text, lang)))[:NUM_TITLES]
        if len(titles) == NUM_TITLES:
            break
        messages = (*messages, Turn("user", OTHERS_ASK[lang])) if attempt == 0 else messages
    summary = yield from _summary((*messages, Turn("user", SUMMARY_ASK[lang])), lang, seed)
    return titles, summary


def _summary(messages: tuple[Turn, ...], lang: Language, seed: int) -> Flow[str]:
    """Opened once more where it ended too early."""
    least, most = SUMMARY[lang]
    text = ""
    for attempt in range(2):
        sampling = replace(SAMPLING, max_new_tokens=round(2.2 * most), seed=seed + 1 + 101 * attempt)
        answer = yield Ask(messages, sampling, text, Limit(round(least * 1.3), most), more=attempt > 0, attempt=attempt)
        text = _in_one_paragraph(text + answer.text, lang)
        if count_words(text) >= least or not text:
            break
    return at_most(text, most)


def _in_one_paragraph(text: str, lang: Language) -> str:
    bare = LABEL.sub("", unwrapped(text, ""))
    return re.sub(r"\s*\n\s*", "" if lang == "zh" else " ", bare).strip()


def at_most(text: str, words: int) -> str:
    """The whole sentences that fit."""
    ends = [end for start, end in sentences(text) if ends_sentence(text[start:end]) and count_words(text[:end]) <= words]
    return text[: ends[-1]] if ends else ""


def read_titles(answer: str, lang: Language) -> tuple[str, ...]:
    """The titles that were finished, without numbering, quotation marks and 《》; those too long are left out."""
    found = []
    for quoted in QUOTED.findall(answer):
        try:
            title = str(json.loads(f'"{quoted}"'))
        except ValueError:  # an escape that is none
            continue
        title = NUMBERING.sub("", title).strip(AROUND).rstrip("。.，,：:；;")
        if len(title) >= 2 and bool(HAN.search(title)) == (lang == "zh") and count_words(title) <= LONGEST_TITLE[lang]:
            found.append(title)
    return tuple(found)


def different(titles: Iterable[str]) -> tuple[str, ...]:
    """Each once, whatever its case and punctuation."""
    seen: dict[str, str] = {}
    for title in titles:
        seen.setdefault(re.sub(r"[\W_]", "", title).lower(), title)
    return tuple(title for key, title in seen.items() if key)


def shown(text: str) -> str:
    """The text as it fits: whole, else the first sentences of its paragraphs, else as many paragraphs as fit, spread over the whole."""
    if estimate_tokens(text) <= ROOM_TOKENS:
        return text.strip()
    lines = [line.text.strip() for line in read_lines(text) if line.kind in ("prose", "list", "heading", "quote")]
    for most in (12, 6, 3, 1):
        short = [_first_sentences(line, most) for line in lines]
        if sum(map(estimate_tokens, short)) <= ROOM_TOKENS:
            return "\n".join(short)
    return "\n".join(_spread(short))


def _first_sentences(line: str, most: int) -> str:
    spans = sentences(line)[:most]
    return line[: spans[-1][1]] if spans else line


def _spread(lines: Sequence[str]) -> list[str]:
    """Every k-th line, for the smallest k with which they fit; a single line that does not fit is cut."""
    for k in range(2, len(lines) + 1):
        chosen = list(lines[::k])
        if sum(map(estimate_tokens, chosen)) <= ROOM_TOKENS:
            return chosen
    return [line[:ROOM_TOKENS] for line in lines[:1]]
