"""Judges an answer while it grows: long enough, repeating itself, running into the next section, talking about the task. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hanmo.core import echoes
from hanmo.core.flows.asks import Block, End, Limit
from hanmo.core.flows.talk import TALK
from hanmo.core.guard import Guard
from hanmo.core.phrases import Phrases, turning_point
from hanmo.core.text import HAN, count_words, ends_sentence, sentences, whole_sentences

NEXT_HEADING = re.compile(r"(?m)^#{1,6} |^\*\*第.{1,4}[节章部]|^(?:第[一二三四五六七八九十]+部分|Part \d+)[:：]")
ABOUT_THE_TASK = re.compile(
    r"[（(](?:全文|本文|本节|这一?部分|约|共|以上).{0,6}\d+\s*(?:字(?![节符母])|words)|[（(【\[](?:全文|总)?(?:字数|word count)"
    r"|[【\[](?:正文|开头|中间|结尾)(?:部分)?[】\]]"
    r"|(?m:^\**(?:正文|字数|总字数|要点|写作要求|要写到|Word count|Points)\**[:：])|<\||(?:现在|接下来)[，,]?(?:我们)?(?:来)?写第.{1,3}[部节]",
    re.IGNORECASE,
)
CONCLUSION = re.compile(
    r"(?m)^(?:总之|综上所述|综上|总而言之|总的来说|总体而言)[，,：:]|^通过(?:对?(?:以上|上述)|这些|实施)[^，,。\n]{0,16}[，,]"
    r"|^(?:In conclusion|To conclude|To sum up|In summary|Overall),|^(?:By|Through) (?:\w+ing )?(?:these|the above) \w+[^,.\n]{0,20},"
)
"""Opens the last paragraph of a text. More than `early_end` tells of: a false alarm costs another try here, and the reader's trust there."""
BLOCK_END = re.compile(r"(?m)^[ \t]*(?:\|.*|```[ \t]*)\n(?=\s*[^\s|])")
LIST_NUMBER = re.compile(r"\d{1,3}\.")
MOST_NAMED = 40
"""Code points of a repetition that are told."""
FOREIGN = re.compile(r" ?[A-Za-zÀ-ɏЀ-ӿ]{2,}")
FLIGHT = re.compile(rf"(?<={HAN.pattern}) ?[a-zà-ɏа-ӿ]{{3,}}")
"""A word of another script, where one of the text's own is kept away: names and short forms are written large."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer ends here, and of the whole text (opening included) `keep` code points stand."""

    end: End
    keep: int
    repeated: str = ""


class Watch:
    """Over one answer that begins with `opening`, in an article that holds the texts `against` already."""

    def __init__(
        self,
        opening: str,
        against: Sequence[str],
        *,
        free: bool = False,
        lenient: int = 0,
        avoid: Sequence[str] = (),
        terms: Sequence[str] = (),
        goes_on: bool = False,
        block: Block | None = None,
    ) -> None:
        """`free`: only the length is looked at. `lenient`: words of an old phrase that are let through in the next sentence, and any of `terms`.
        `avoid`: what is kept away behind the opening, and sends a model to look for it in another language. `goes_on`: the text may not
        conclude."""
        self._body = len(opening)
        self._free = free
        self._lets_echo = lenient >= echoes.SHORTEST
        self._goes_on = goes_on
        self._block = block
        self._flees = bool(avoid) and HAN.match(avoid[0]) is not None
        self._guard, self._phrases = Guard(), Phrases()
        for text in (*against, opening):
            self._phrases.add(text)
        for text in against:
            self._guard.add(text)
        self._phrases.leave(len(opening), lenient, terms)

    def look(self, text: str, limit: Limit | None, *, ended: bool, enough: bool) -> Verdict | None:
        """None: go on. `ended`: nothing will follow; `enough`: the last sentence or line end will do."""
        if self._block is not None:
            end = end_of_block(text, self._body, self._block)
            return None if end is None else Verdict("enough", end)
        if not self._free and (verdict := self._astray(text, limit, ended=ended)):
            return verdict
        if enough and ended:
            return Verdict("enough", len(text))
        if inside_a_block(text) or ends_with_a_block(text) or (limit is None and not enough):
            return None
        ends = [end for end in clean_ends(text) if self._body < end and (ended or end < len(text))]
        if enough or limit is None:
            last = max([*ends, text.rfind("\n")])
            return Verdict("enough", last) if last > self._body else None
        return self._long_enough(text, limit, ends)

    def _astray(self, text: str, limit: Limit | None, *, ended: bool) -> Verdict | None:
        if limit is not None and (found := self._off_the_text(text)):
            return Verdict("heading", max(self._body, len(text[: found.start()].rstrip())), found.group())
        if early := self._conclusion(text):
            return early
        if repeat := self._guard.watch(text + "\n" if ended else text):
            start = max(repeat.start, self._body)
            return Verdict("repeat", start, text[start : start + MOST_NAMED])
        return self.phrase(text)

    def _conclusion(self, text: str) -> Verdict | None:
        early = CONCLUSION.search(text, self._body) if self._goes_on else None
        return Verdict("repeat", early.start(), early.group()) if early else None

    def _off_the_text(self, text: str) -> re.Match[str] | None:
        """The first heading or word about the task that is not code."""
        for pattern in (NEXT_HEADING, ABOUT_THE_TASK, TALK):
            for found in pattern.finditer(text, self._body):
                if text.count("```", 0, found.start()) % 2 == 0:
                    return found
        return None

    def phrase(self, text: str) -> Verdict | None:
        """Whether the sentence that is being written says an old phrase, or flees from one into another script. Quick: may be asked at every
        token."""
        if self._free:
            return None
        if self._flees and (foreign := FOREIGN.match(text, self._body) or self._flight(text)):
            return Verdict("repeat", max(turning_point(text, foreign.start()), self._body), foreign.group())
        start = self._echo(text)
        if (old := self._phrases.find(text)) is not None:
            start = max(turning_point(text, old), self._body)
        if start is None:
            return None
        if early := self._conclusion(text):  # else its beginning would stay before what is looked at next time
            return early
        return Verdict("repeat", start, text[start : start + MOST_NAMED])

    def _echo(self, text: str) -> int | None:
        """Not in what stood there, in a block, or in the sentence in which more is let through."""
        if (self._lets_echo and not whole_sentences(text[self._body :])) or inside_a_block(text):
            return None
        again = echoes.echo(text)
        return again if again is not None and again >= self._body else None

    def _flight(self, text: str) -> re.Match[str] | None:
        """In the first sentence, as nothing is kept away after that."""
        return None if whole_sentences(text[self._body :]) else FLIGHT.search(text, self._body)

    def _long_enough(self, text: str, limit: Limit, ends: list[int]) -> Verdict | None:
        words = count_words(text)
        if words < limit.enough:
            return None
        if (complete := next((end for end in ends if count_words(text[:end]) >= limit.enough), None)) is not None:
            return Verdict("enough", complete)
        if words >= limit.most:
            return Verdict("enough", ends[-1] if ends else len(text))
        return None


def clean_ends(text: str) -> list[int]:
    """Where the text may end: behind its sentences, tables and code blocks, never inside one."""
    said = {end for start, end in sentences(text) if ends_sentence(text[start:end]) and not LIST_NUMBER.fullmatch(text, start, end)}
    ends = said | {found.end() for found in BLOCK_END.finditer(text)}
    return [end for end in sorted(ends) if not inside_a_block(text[:end])]


def end_of_block(text: str, body: int, block: Block) -> int | None:
    """Where the block ends that stands open at `body`, once something follows it."""
    match block:
        case "line" | "quote":
            found = re.compile(r"(?<=\S)[ \t]*\n").search(text, body)
            return found.start() if found else None
        case "paragraph":
            found = re.compile(r"(?<=\S)\s*\n(?=\s*\n|\s*\**(?:参考)?答案|\s*\**(?:\d+[.、]|Answer))").search(text, body)
            return found.start() if found else None
        case "table":
            found = re.compile(r"\n(?=[^|\n])|\n\n").search(text, body)
            return found.start() if found else None
        case "formula":
            found = re.compile(r"\$\$").search(text, body)
            return found.end() if found else None
        case "code":
            found = re.compile(r"(?m)^```[ \t]*$\n").search(text, body)
            return found.end() - 1 if found else None


def ends_with_a_block(text: str) -> bool:
    """Whether a table or a code block is the last there is: it may go on, and what it stands for is said behind it."""
    return text.rstrip().rsplit("\n", 1)[-1].lstrip().startswith(("|", "```"))


def inside_a_block(text: str) -> bool:
    """In a code fence or a table, whose rows belong together."""
    return text.count("```") % 2 == 1 or text.rsplit("\n", 1)[-1].lstrip().startswith("|")
