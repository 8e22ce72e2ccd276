"""Polishing (润色) and proofreading (校对): a section becomes a list of proposed edits, each of one sentence.

Theory
  Python numbers the sentences, the model answers for those it would change, and every proposed sentence is held against the one it is for
  (`refusal.py`): one bad sentence never spoils the others, and no answer at all means that the text is left as it is. Small models would
  rather copy a sentence than leave it out, so copies are welcome; they make no edit.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hanmo.core.articles import Edit, SectionText
from hanmo.core.flows.asks import Ask, Flow, Turn
from hanmo.core.flows.front import role
from hanmo.core.flows.keep import names_in, what_changed
from hanmo.core.flows.mend import mended
from hanmo.core.flows.numbered import Place, editable, portions
from hanmo.core.flows.refusal import OWN_SHARE, Correcting, Judge, Why, end_kind, reason, share_of
from hanmo.core.text import Language, count_words
from hanmo.core.values import Sampling

MOST_SENTENCES: dict[Correcting, int] = {"polish": 1, "proofread": 10}
MOST_WORDS = 500
MOST_SECOND_TRIES = 3
"""Of one portion."""
SAMPLING: dict[Correcting, Sampling] = {
    "polish": Sampling(temperature=0.5, presence_penalty=0.0),
    "proofread": Sampling(temperature=0.2, presence_penalty=0.0),
}
EDITOR: dict[Language, str] = {"zh": "你是一位细心的中文编辑。", "en": "You are a careful editor."}
ASK: dict[Correcting, dict[Language, str]] = {
    "polish": {
        "zh": "{sentences}\n\n把以上句子改得简洁、通顺：只去掉啰嗦和重复的词，不删细节，意思不变，人名、数字和引文照抄。"
        '只输出 JSON，如 [{{"n":{n},"text":"改后的句子"}}]。本来就好的句子照抄。',
        "en": "{sentences}\n\nMake this concise and smooth: take out only what is wordy or said twice, keep details, meaning, names, numbers and "
        'quotations. Output JSON only, such as [{{"n":{n},"text":"the better sentence"}}]. Copy a sentence that is good.',
    },
    "proofread": {
        "zh": "{sentences}\n\n校对以上句子，改正错别字和病句，没有错的句子照抄。"
        '只输出 JSON，如 [{{"n":{n},"text":"改正后的句子"}}]；全都没有错就输出 []。',
        "en": "{sentences}\n\nProofread these sentences: correct spelling, grammar and punctuation, copy sentences without mistakes. "
        'Output JSON only, such as [{{"n":{n},"text":"the corrected sentence"}}]; output [] if there is no mistake at all.',
    },
}
TELL: dict[Language, dict[Why, str]] = {
    "zh": {
        "mark": "标记符号要照抄",
        "quotation": "引号和书名号里的内容要照抄",
        "number": "数字要照抄",
        "date": "日期要照抄",
        "name": "人名和英文词要照抄",
        "negation": "肯定和否定不能变",
        "end": "句末标点不能变",
        "length": "长短要和原句相近",
        "detail": "细节不能少",
        "large": "只改错字，不要改写",
    },
    "en": {
        "mark": "copy the marks",
        "quotation": "copy what stands in quotation marks",
        "number": "copy the numbers",
        "date": "copy the dates",
        "name": "copy the names",
        "negation": "do not change yes into no",
        "end": "keep the mark at the end",
        "length": "keep about the same length",
        "detail": "keep the details",
        "large": "only correct mistakes, do not rewrite",
    },
}
"""What is worth a second try, and what the model is told then."""
AGAIN: dict[Language, str] = {"zh": "（注意：{}。）", "en": " (Mind: {}.)"}

CHARACTER = r'[^"\\\n] | "\\" ["\\]'
LISTED = re.compile(r"(?m)^(\d+)\. (.*)$")
ITEM = re.compile(r'\{\s*"n"\s*:\s*(\d{1,4})\s*,\s*"text"\s*:\s*"((?:[^"\\\n]|\\.)*)"\s*\}')


def edits_grammar(numbers: Sequence[int], there: int = 0) -> str:
    """GBNF for a list of edits of these sentences in compact JSON: each at most once, in their order, or none at all. With `there` for what
    follows so many edits."""
    if there:
        begin, numbers = '("," from0)?', numbers[there:]
    else:
        begin = '"[" from0?'
    rules = [f'root ::= {begin if numbers else ""} "]"']
    for k, number in enumerate(numbers):
        item = rf'"{{\"n\":{number},\"text\":\"" character+ "\"}}"'
        rest = f'("," from{k + 1})? | from{k + 1}' if k + 1 < len(numbers) else ""
        rules.append(f"from{k} ::= {item} {rest}".rstrip())
    return "\n".join([*rules, rf"character ::= {CHARACTER}"])


def read_edits(text: str) -> list[tuple[int, str]]:
    """The whole objects of an answer, which may have been cut off."""
    found = []
    for number, quoted in ITEM.findall(text):
        try:
            found.append((int(number), str(json.loads(f'"{quoted}"'))))
        except ValueError:  # an escape that is none: this sentence stays as it is
            continue
    return found


def copied(ask: Ask) -> str:
    """The answer to a request of `suggest_edits` in which every sentence comes back as it was, as most do."""
    listed = ask.messages[-1].text.partition("\n\n")[0]
    return json.dumps(
        [{"n": int(number), "text": text} for number, text in LISTED.findall(listed)], ensure_ascii=False, separators=(",", ":")
    )


def suggest_edits(
    section: SectionText, kind: Correcting, lang: Language, *, seed: int, front: str = "", names: Sequence[str] = ()
) -> Flow[tuple[Edit, ...]]:
    """Proposed edits in the order of the text; none overlap. `front` stands first in every prompt, behind the role; `names` must stay."""
    known = tuple(name for name in dict.fromkeys((*names, *names_in(section.text, lang))) if name)
    desk = _Desk(editable(section.text), kind, lang, Judge(kind, lang, known))
    ask = _Asking(kind, lang, front, seed)
    for portion in portions(desk.places, MOST_SENTENCES[kind], MOST_WORDS):
        answer = yield ask.about({i + 1: desk.drafts[i] for i in portion})
        again = desk.take(answer.text, portion)
        for i, why in list(again.items())[:MOST_SECOND_TRIES]:
            answer = yield ask.about({i + 1: desk.drafts[i]}, why)
            desk.take(answer.text, range(i, i + 1))
    return desk.edits(section)


@dataclass(frozen=True, slots=True)
class _Asking:
    kind: Correcting
    lang: Language
    front: str
    seed: int

    def about(self, sentences: dict[int, str], why: Why | None = None) -> Ask:
        """A request for the numbered sentences; `why` the first answer for this one was refused."""
        listed = "\n".join(f"{number}. {text}" for number, text in sentences.items())
        said = ASK[self.kind][self.lang].format(sentences=listed, n=next(iter(sentences)))
        if why is not None:
            said += AGAIN[self.lang].format(TELL[self.lang][why])
        tokens = round(2.2 * sum(map(count_words, sentences.values()))) + 30 * len(sentences) + 16
        return Ask(
            (role(EDITOR[self.lang], self.front), Turn("user", said)),
            replace(SAMPLING[self.kind], max_new_tokens=tokens, seed=self.seed + min(sentences) + (why is not None)),
            grammar=edits_grammar(tuple(sentences)),
            rest=tuple(edits_grammar(tuple(sentences), there) for there in range(1, len(sentences) + 1)),
            attempt=int(why is not None),
            free=True,
        )


class _Desk:
    """The sentences of one section while they are edited. `drafts` is what the model gets to see."""

    def __init__(self, places: tuple[Place, ...], kind: Correcting, lang: Language, judge: Judge) -> None:
        self.places, self._kind, self._lang, self._judge = places, kind, lang, judge
        self.drafts = [self._mended(place.text) if kind == "proofread" else place.text for place in places]
        self._taken: dict[int, str] = {}

    def _mended(self, text: str) -> str:
        better = mended(text, self._lang)
        return text if what_changed(text, better, self._lang, self._judge.names) else better

    def take(self, answer: str, portion: range) -> dict[int, Why]:
        """Takes what is good of an answer about `portion`; what was refused and is worth a second try, by index."""
        refused: dict[int, Why] = {}
        for number, proposed in read_edits(answer):
            i = self._meant(number - 1, proposed, portion)
            if i not in portion or i in self._taken:
                continue
            after = self._settled(proposed, i)
            others = [self._taken.get(k, place.text) for k, place in enumerate(self.places) if k != i]
            why = self._judge.refusal(self.drafts[i], after, others)
            if why is None:
                self._taken[i] = after
                refused.pop(i, None)
            elif why in TELL[self._lang]:
                refused.setdefault(i, why)
        return refused

    def _meant(self, i: int, proposed: str, portion: range) -> int:
        """Which sentence a proposal is for: small models mix the numbers up, and then its words tell."""
        if i not in portion or share_of(proposed, self.drafts[i]) >= OWN_SHARE:
            return i
        return max(portion, key=lambda k: (share_of(proposed, self.drafts[k]), k == i))

    def _settled(self, proposed: str, i: int) -> str:
        """Without the number that was copied along, and with the capital and the mark at the end that the sentence had."""
        draft = self.drafts[i]
        after = re.sub(rf"^{i + 1}[.、] ?", "", proposed.strip())
        after = mended(after, self._lang)
        if draft[:1].isupper():
            after = after[:1].upper() + after[1:]
        if end_kind(draft) and not end_kind(after):
            return after + draft.rstrip()[-1]
        return after[:-1] if not end_kind(draft) and after[-1:] in ("。", ".") else after

    def edits(self, section: SectionText) -> tuple[Edit, ...]:
        return tuple(
            Edit(
                id=f"{self._kind}-{section.section_id}-{section.number}-{place.start}",
                section_id=section.section_id,
                number=section.number,
                start=place.start,
                end=place.end,
                before=place.text,
                after=after,
                kind=self._kind,
                reason=reason(place.text, after, self._kind, self._lang),
            )
            for i, place in enumerate(self.places)
            if (after := self._taken.get(i, self.drafts[i])) != place.text
        )
