"""Writing prose to a length: the closed loop around the model's own endings and repetitions.

Theory
  A small model repeats itself because the repeated words are by far the likeliest; another seed takes them again. So what was repeated is held
  off for a sentence, and in the end a paragraph is begun in words of ours. And behind its own end it talks about the text; so what it ended
  with is put aside, and it goes on before that.

Rules
  * Text that stands is only cut back to where a clause, a sentence or a paragraph begins.
  * Every turn is counted, and the number of turns is bounded by the length: each flow comes to its end.
"""

import re
from dataclasses import dataclass, replace

from hanmo.core.blocks import read_lines
from hanmo.core.flows.asks import Answer, Ask, Flow, Limit, Turn
from hanmo.core.flows.openers import ENDINGS, OPENERS, Voice
from hanmo.core.flows.tidy import THANKS, split_closing, split_thanks, tidy
from hanmo.core.flows.watch import CONCLUSION
from hanmo.core.presets import PRESETS
from hanmo.core.text import Language, count_words, ends_sentence, whole_sentences
from hanmo.core.values import Sampling

PROSE = PRESETS["chat"]
"""What the page shows as chosen where nobody has chosen."""
TOKENS_PER_WORD = 2.2
"""Enough for either language, Markdown included; the limit in words ends a text long before."""
TOO_SHORT = 0.9
"""The least share of the length that was asked for: the whole is to land within a tenth of it, also a text in one piece."""
CLAUSE_TRIES = 1
"""Other ways tried at the start of a clause before its whole sentence is begun anew."""
SENTENCE_TRIES = 2
"""Other ways tried at the start of a sentence before a new paragraph is begun; the last of them may say a longer old phrase, as a name or a
term may have no other."""
LENIENT_RUN, NAMES_ONLY = 16, 1
"""Words of an old phrase that are let through then; and before that none but what stands in the brief or the title."""
ENDING_SHARE = 6
SHORTEST_WITH_ENDING = 150
"""Of a text that is at least so long, a sixth is kept for its last paragraph."""
CONCLUDING: dict[Language, tuple[str, ...]] = {
    "zh": ("总之", "综上", "综", "总而言之", "总的来说", "总体", "总", "通过"),
    "en": ("In", "Overall", "To", "By", "Through"),
}
"""Where a text may not conclude yet, all ways to begin that are kept away at once: from one a small model goes to the next."""
MOST_OPENERS = 3
"""Paragraphs begun in vain at one place, one after another, before the text is left at that."""
FEW_TRIES, WORDS_PER_TRY = 10, 12
LIST_NUMBER = re.compile(r"(?<=\n)[ \t]*\d{1,3}[.、)]$")
FIRST_WORDS = 12
"""Code points that name a way that was tried."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is written: the conversation, what the answer begins with, the texts that stand elsewhere in the article, and what this one
    may not begin with. `terms` are the names of what it is about; `goes_on`: it is not the end of the article. `sampling` is how it is written
    where nothing is in the way. `before` is what stands in earlier turns of what the user sees as one text."""

    messages: tuple[Turn, ...]
    opening: str
    seed: int
    lang: Language
    against: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    goes_on: bool = False
    voice: Voice = "plain"
    sampling: Sampling = PROSE
    before: str = ""

    def openers(self, text: str) -> tuple[str, ...]:
        """Those that stand least often in the article so far, this `text` of it included."""
        times = {opener: sum(part.count(opener) for part in (text, *self.against)) for opener in OPENERS[self.voice][self.lang]}
        return tuple(opener for opener, n in times.items() if n == min(times.values()))


@dataclass(frozen=True, slots=True)
class Prose:
    """A text, the code of what is wrong with it ("" where nothing is), and the length asked for in the end: what the user said while it was
    written goes before what was planned. `halted`: no way was found to go on."""

    text: str
    problem: str
    words: int
    halted: bool = False


def most_tries(words: int) -> int:
    """So often a text of that length may be taken back before it is left at that."""
    return FEW_TRIES + words // WORDS_PER_TRY


def write_prose(place: Place, words: int, text: str = "", closing: str = "") -> Flow[Prose]:
    """About `words` words in all, going on behind `text`; `closing` is what it ends with."""
    way = _Way(text, place, more=bool(text), avoid=() if text else place.avoid, closing=closing)
    while way.tries <= most_tries(words) and not way.given_up:
        body = way.still_for(words)
        tokens = max(64, round((body * 1.25 - count_words(way.text)) * TOKENS_PER_WORD))
        sampling = replace(_other_way(place.sampling, way.stuck, place.seed + way.tries), max_new_tokens=tokens)
        answer = yield Ask(
            place.messages,
            sampling,
            place.opening + way.text,
            Limit.around(body + count_words(place.opening)),
            avoid=way.avoid,
            more=way.more,
            attempt=way.tries,
            lenient=way.lenient,
            held_off=way.held_off,
            against=(*place.against, way.closing) if way.closing else place.against,
            terms=place.terms,
            goes_on=place.goes_on,
            before=place.before,
        )
        words = words if answer.words is None else max(1, answer.words - count_words(place.before))
        if answer.end == "skipped":
            return Prose("", "skipped", words)
        way.text += answer.text
        if way.length >= TOO_SHORT * words:
            break
        if answer.end == "enough" and not (way.text.strip() and way.lacks_an_end(words)):
            break
        way.turn(answer)
    else:
        return judged(way.whole(), words, "repeats" if way.repeats else "too_short", halted=True)
    return judged(way.whole(), words)


def judged(text: str, words: int, if_short: str = "too_short", *, halted: bool = False) -> Prose:
    return Prose(text, "" if count_words(text) >= TOO_SHORT * words else if_short, words, halted)


@dataclass(slots=True)
class _Way:
    """The text so far, and what was tried where it goes round in circles: another way from the clause on, then from the sentence on, then a
    new paragraph with an opener that leads elsewhere; each time what was repeated there is held off.

    Where the model had ended, what it ended with (the closing lines of a letter, the last paragraph of anything else) is put aside, and it goes
    on before that: behind its own end it would talk about the text."""

    text: str
    place: Place
    more: bool
    avoid: tuple[str, ...] = ()
    lenient: int = 0
    held_off: tuple[str, ...] = ()
    stuck: int = 0
    tries: int = 0
    closing: str = ""
    repeats: bool = False
    _ending: bool = False
    _at: int = -1
    _begun: tuple[str, ...] = ()
    _openers: int = 0
    _opened: str = ""

    def turn(self, answer: Answer) -> None:
        """Where it goes on from behind an answer that did not fill the text."""
        self.more, self.lenient, self.repeats = True, 0, answer.end == "repeat"
        self.tries += 1
        if answer.end == "enough":
            self._ending = True
            self.text, self.avoid, self.held_off = new_paragraph(self.text) + ENDINGS[self.place.lang], (), ()
        elif answer.end == "repeat":
            self._take_back(_sentence_start(self.text), answer.repeated)
        else:
            self._open_again(answer.repeated)

    def _take_back(self, start: int, repeated: str) -> None:
        if start != self._at:
            self._at, self._begun, self.held_off, self.stuck = start, (), (), 0
        self.stuck += 1
        self.held_off = (*self.held_off, repeated)
        if self.stuck <= CLAUSE_TRIES:
            self.avoid, self.lenient = CONCLUDING[self.place.lang] if CONCLUSION.match(repeated) else (repeated,), NAMES_ONLY
            return
        self._begun = (*self._begun, (self.text[start:] + repeated)[:FIRST_WORDS])
        self.text, self.avoid = self.text[:start], self._begun
        if self.stuck == CLAUSE_TRIES + SENTENCE_TRIES:
            self.lenient = LENIENT_RUN
        if self.stuck > CLAUSE_TRIES + SENTENCE_TRIES:
            self._lead_elsewhere(tidy(self.text))

    def _open_again(self, instead: str) -> None:
        """A new paragraph where the model had ended, or had begun something else `instead`."""
        self.held_off, self.stuck = (), 0
        body, closing = self._split_second_closing(self.text) if self.closing else split_end(self.text)
        self.closing = self.closing or closing
        bare = tidy(body)
        if bare and bare == self._opened:
            self._lead_elsewhere(bare)
            return
        self.avoid = (*(self.avoid if bare == self._opened else ()), *filter(None, (instead or closing[:FIRST_WORDS],)))
        self.text, self._opened, self._openers = new_paragraph(bare), bare, 0

    def _lead_elsewhere(self, bare: str) -> None:
        """A new paragraph, begun in words of ours; but not the first."""
        if not bare:
            self.text, self.avoid, self.lenient = "", self._begun, LENIENT_RUN
            return
        if bare != self._opened:
            self._opened, self._openers = bare, 0
        self._openers += 1
        row = self.place.openers(bare)
        self.text, self.avoid = new_paragraph(bare) + row[(self.place.seed + self.tries) % len(row)], ()

    @property
    def given_up(self) -> bool:
        """Nothing more comes here."""
        return self._openers > MOST_OPENERS

    def lacks_an_end(self, words: int) -> bool:
        """It is the end of the article, and the model has written none."""
        return not self.place.goes_on and not self.closing and not self._ending and words >= SHORTEST_WITH_ENDING

    def still_for(self, words: int) -> int:
        """So long the text is to be without what is put aside, or kept for its end."""
        kept = words // ENDING_SHARE if self.lacks_an_end(words) else count_words(self.closing)
        return max(1, words - kept)

    @property
    def length(self) -> int:
        return count_words(self.whole())

    def _split_second_closing(self, text: str) -> tuple[str, str]:
        """A text and what closes it, thanks alone included, where thanks are put aside already."""
        body, closing = split_closing(text)
        return split_thanks(body) if not closing and THANKS.match(self.closing) else (body, closing)

    def whole(self) -> str:
        body, closing = self._split_second_closing(tidy(self.text))
        return "\n\n".join(filter(None, (body, self.closing or closing)))


def split_end(text: str) -> tuple[str, str]:
    """A text and what it ends with: the closing lines of a letter, else its last paragraph; "" where that cannot be put aside."""
    body, closing = split_closing(text)
    return (body, closing) if closing else _split_last_paragraph(tidy(body))


def _split_last_paragraph(text: str) -> tuple[str, str]:
    """A text and its last paragraph, "" where that is no prose, or more than there is before it."""
    body, _, last = text.rpartition("\n\n")
    if "\n" in last or not ends_sentence(last) or count_words(last) > count_words(body) or next(read_lines(last)).kind != "prose":
        return text, ""
    return body.rstrip(), last


def _sentence_start(text: str) -> int:
    """Where the unfinished sentence begins: behind a line break, but before the space that belongs to its first word, and before its number in
    a list."""
    bare = LIST_NUMBER.sub("", text)
    start = len(whole_sentences(bare).rstrip())
    rest = text[start:]
    return start + len(rest) - len(rest.lstrip("\n")) if rest.startswith("\n") else start


def new_paragraph(text: str) -> str:
    return tidy(text) + "\n\n" if text.strip() else ""


def _other_way(usual: Sampling, stuck: int, seed: int) -> Sampling:
    """Further from the likeliest, the longer it is stuck."""
    warmer = max(usual.temperature, min(1.1, usual.temperature + 0.1 * stuck))
    stronger = max(usual.presence_penalty, min(1.2, usual.presence_penalty + 0.15 * stuck))
    return replace(usual, temperature=warmer, presence_penalty=stronger, seed=seed)
