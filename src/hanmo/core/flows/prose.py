"""Writing prose to a length: the closed loop around the model's own endings and repetitions."""

from dataclasses import dataclass, field, replace

from hanmo.core.flows.asks import ANY_RUN, Answer, Ask, Flow, Limit, Turn
from hanmo.core.flows.tidy import split_closing, tidy
from hanmo.core.text import count_words, whole_sentences
from hanmo.core.values import Sampling

PROSE = Sampling(temperature=0.7, top_p=0.8, top_k=20, presence_penalty=0.5)
TOKENS_PER_WORD = 2.2
"""Enough for either language, Markdown included; the limit in words ends a text long before."""
TOO_SHORT = 0.9
"""The least share of the length that was asked for: the whole is to land within a tenth of it, also a text in one piece."""
FEW_ASKS = 40
CLAUSE_TRIES = 1
"""Other ways tried at the start of a clause before its whole sentence is begun anew."""
SENTENCE_TRIES = 3
"""Other ways tried at the start of a sentence before a longer old phrase is let through there, and as many again before any is."""
LENIENT_RUN = 16
"""Words of an old phrase that are let through then."""
MOST_ENDINGS = 6
"""So often a model may end at one place before it is left at that."""
FIRST_WORDS = 12
"""Code points that name a way that was tried."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is written: the conversation, what the answer begins with, the texts that stand elsewhere in the article, and what this one
    may not begin with."""

    messages: tuple[Turn, ...]
    opening: str
    seed: int
    against: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Prose:
    """A text, the code of what is wrong with it ("" where nothing is), and the length asked for in the end: what the user said while it was
    written goes before what was planned."""

    text: str
    problem: str
    words: int


def most_asks(words: int) -> int:
    """After so many requests a text stays as it is: a few, and one for every ten words."""
    return FEW_ASKS + words // 10


def write_prose(place: Place, words: int, text: str = "") -> Flow[Prose]:
    """About `words` words in all, going on behind `text`."""
    way = _Way(text, more=bool(text), avoid=() if text else place.avoid)
    for attempt in range(most_asks(words)):
        tokens = max(64, round((words * 1.25 - count_words(way.text)) * TOKENS_PER_WORD))
        sampling = replace(_other_way(way.stuck, place.seed + attempt), max_new_tokens=tokens)
        answer = yield Ask(
            place.messages,
            sampling,
            place.opening + way.text,
            Limit.around(words + count_words(place.opening)),
            avoid=way.avoid,
            more=way.more,
            attempt=attempt,
            lenient=way.lenient,
            against=place.against,
        )
        words = answer.words or words
        if answer.end == "skipped":
            return Prose("", "skipped", words)
        way.took(answer)
        if answer.end == "enough" or count_words(tidy(way.text)) >= TOO_SHORT * words:
            break
        if answer.end not in ("repeat", "heading"):
            way.open_again()
            if way.given_up:
                break
    text = way.whole()
    return Prose(text, "" if count_words(text) >= TOO_SHORT * words else "too_short", words)


@dataclass(slots=True)
class _Way:
    """The text so far, and what was tried in its last sentence: first from the clause on, then from the sentence on, each time with another first
    word, then from a new paragraph on; in the end the old phrase is let through, because a name or a term may have no other. A letter's closing
    lines are kept aside while it goes on."""

    text: str
    more: bool
    avoid: tuple[str, ...] = ()
    lenient: int = 0
    stuck: int = 0
    closing: str = ""
    _failed: dict[int, int] = field(default_factory=dict)
    _begun: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _parted: set[int] = field(default_factory=set)

    def took(self, answer: Answer) -> None:
        self.text, self.more, self.lenient = self.text + answer.text, True, 0
        if answer.end not in ("repeat", "heading"):
            self.avoid, self.stuck = (), 0
            return
        start = _sentence_start(self.text)
        self.stuck = self._failed[start] = self._failed.get(start, 0) + 1
        if self.stuck <= CLAUSE_TRIES:
            self.avoid = (answer.repeated,)
        else:
            self._from_the_sentence(start, answer.repeated)

    def _from_the_sentence(self, start: int, repeated: str) -> None:
        begun = (self.text[start:] + repeated)[:FIRST_WORDS]
        self.text = self.text[:start]
        self.avoid = self._begun[start] = (*self._begun.get(start, ()), begun)
        if self.stuck > CLAUSE_TRIES + SENTENCE_TRIES:
            self.lenient = LENIENT_RUN
        if self.stuck > CLAUSE_TRIES + 2 * SENTENCE_TRIES:
            self.avoid = ()
            if start in self._parted:
                self.lenient = ANY_RUN
            else:
                self._parted.add(start)
                self.text, self.lenient = new_paragraph(self.text), 0

    def open_again(self) -> None:
        """A new paragraph where the model had ended, before the closing lines if it had written any."""
        body, closing = split_closing(self.text)
        self.closing = closing or self.closing
        ended, self.text = self.text, new_paragraph(body)
        start = len(self.text)
        self.stuck = self._failed.get(start, 0)
        self._failed[start] = self.stuck + 1
        dropped = ended[len(self.text.rstrip()) :].strip()[:FIRST_WORDS]
        self.avoid = self._begun[start] = (*self._begun.get(start, ()), *filter(None, (dropped,)))

    @property
    def given_up(self) -> bool:
        """Nothing more comes here."""
        return self._failed.get(len(self.text), 0) > MOST_ENDINGS

    def whole(self) -> str:
        body, closing = split_closing(tidy(self.text))
        return "\n\n".join(filter(None, (body, closing or self.closing)))


def _sentence_start(text: str) -> int:
    """Where the unfinished sentence begins: behind a line break, but before the space that belongs to its first word."""
    start = len(whole_sentences(text).rstrip())
    rest = text[start:]
    return start + len(rest) - len(rest.lstrip("\n")) if rest.startswith("\n") else start


def new_paragraph(text: str) -> str:
    return tidy(text) + "\n\n" if text.strip() else ""


def _other_way(stuck: int, seed: int) -> Sampling:
    """Further from the likeliest, the longer it is stuck."""
    warmer = min(1.1, PROSE.temperature + 0.1 * stuck)
    return replace(PROSE, temperature=warmer, presence_penalty=min(1.2, PROSE.presence_penalty + 0.15 * stuck), seed=seed)
