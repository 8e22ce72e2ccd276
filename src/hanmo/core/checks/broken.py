"""Characters that came apart: lost ones, byte tokens, and UTF-8 that was read as Windows-1252, Latin-1 or GBK.

Theory
  Read wrongly, every byte becomes a character, or every two do, and none is lost: turned back into bytes, the run is UTF-8 again. Ordinary text
  in any language hardly ever is. What is left to chance is kept out by what stands in it: for Latin a sign that follows no letter (é” is the end of
  a quotation, ä¸ is not), for GBK a run that becomes common Chinese characters and nothing else, and is long or stands alone.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from hanmo.core.articles import Finding, Fix
from hanmo.core.blocks import FILLER, QUOTED
from hanmo.core.checks.view import Part, View

LOST_ONES = re.compile(r"\ufffd+|锟斤拷|(?:烫烫){2,}|(?:屯屯){2,}|<0x[0-9A-F]{2}>")
BOX = re.compile(r"(?<=[\u4e00-\u9fff])□(?=[\u4e00-\u9fff，。])")

AS_BYTES = {
    **{point: point for point in range(0x80, 0xA0)},
    **{ord(character): byte for byte in range(0x80, 0xA0) if (character := bytes([byte]).decode("cp1252", "ignore"))},
}
"""Windows-1252 where it is not Latin-1. Its five empty places are read as Latin-1 by most programs."""
UTF8_RUN = re.compile(r"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
UNMISTAKABLE = re.compile(r"[ÃÂ][\x80-\xbfŒœŸ]|[\x80-\x9f¡-¦¨¬\xad¯±´µ¸¼-¿ˆ˜‰ƒ€‚„‹]")
PLAUSIBLE = re.compile(
    r"[ -~\xa0-\u024f\u0370-\u052f\u2010-\u203a\u20ac\u2122\u2190-\u21ff\u2460-\u27bf\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3"
    r"\ufe0f\uff00-\uffee\U0001f300-\U0001faff\U00020000-\U0002fa1f]+"
)

LOST = "\ufffd"
AS_EURO = b"\x80"
"""Where Windows reads GBK, the byte that begins no pair."""
WIDE_RUN = re.compile(r"[^\x00-\x7f\ufffd\ud800-\udfff]{3,}")
CHINESE_BYTES = re.compile(
    rb"(?:(?:\xe2\x80[\x90-\xa6]|\xe3\x80[\x81-\x95]|[\xe4-\xe9][\x80-\xbf]{2}|\xef[\xbc\xbd][\x80-\xbf])[\x40-\x7e]?)+"
)
BEGUN = re.compile(rb"[\xe2-\xe9\xef][\x80-\xbf]")
LEAST_INSIDE = 4
LEAST_ALONE = 2
"""Characters that have to come out of a part of a run, and of a whole one."""
MOSTLY_COMMON = 0.8


def broken_characters(view: View) -> Iterator[Finding]:
    for part in view.parts:
        for found in LOST_ONES.finditer(part.said):
            yield part.finding("broken_characters", *found.span())
        yield from _boxes(part)
        for start, end, text in (*_read_as_latin(part.plain), *_read_as_gbk(part.said)):
            yield part.finding("broken_characters", start, end, fix=None if text is None else Fix(start, end, text))


def _boxes(part: Part) -> Iterator[Finding]:
    """A box for a character that is missing. Forms have boxes to tick, several in a line."""
    for line in part.lines:
        text = part.said[line.start : line.end]
        if text.count("□") == 1 and line.kind == "prose" and (found := BOX.search(text)):
            yield part.finding("broken_characters", line.start + found.start(), line.start + found.end())


def _read_as_latin(text: str) -> Iterator[tuple[int, int, str]]:
    """Not in a quotation, whose marks themselves are not what came apart: 专 reads as ä¸“."""
    found = [
        (*run.span(), right)
        for run in UTF8_RUN.finditer(text.translate(AS_BYTES))
        if UNMISTAKABLE.search(text, *run.span()) and (right := _decoded(run[0].encode("latin-1")))
    ]
    for start, end, _ in found:
        text = text[:start] + FILLER * (end - start) + text[end:]
    quoted = [each.span() for each in QUOTED.finditer(text)] if found else []
    yield from (each for each in found if not any(start < each[0] < end for start, end in quoted))


def _decoded(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if PLAUSIBLE.fullmatch(text) else None


def _read_as_gbk(text: str) -> Iterator[tuple[int, int, str | None]]:
    """Without the text where a character beside it is damaged: that one would stay."""
    for run in WIDE_RUN.finditer(text):
        each = [AS_EURO if character == "€" else character.encode("gb18030") for character in run[0]]
        raw, places = b"".join(each), [0, *accumulate(map(len, each))]
        done = 0
        for i, begin in enumerate(places[:-1]):
            if i < done or not BEGUN.match(raw, begin) or not (right := _chinese(raw, begin, places)):
                continue
            done = bisect_left(places, begin + len(right.encode()))
            start, end = run.start() + i, run.start() + done
            whole = (start, end) == run.span() and LOST not in (text[start - 1 : start], text[end : end + 1])
            if sum(not character.isascii() for character in right) >= (LEAST_ALONE if whole else LEAST_INSIDE):
                damaged = LOST in text[max(0, start - 1) : end + 1] or BEGUN.match(raw, places[done])
                yield start, end, None if damaged else right


def _chinese(raw: bytes, begin: int, places: Sequence[int]) -> str | None:
    """What the bytes from `begin` on say, as far as it is Chinese and ends where a character does."""
    found = CHINESE_BYTES.match(raw, begin)
    end, right = found.end() if found else begin, None
    while end > begin and right is None:
        right = _decoded(raw[begin:end]) if places[bisect_left(places, end)] == end else None
        end -= 1
    if right is None:
        return None
    wide = [character for character in right if not character.isascii()]
    return right if sum(map(_is_common, wide)) >= MOSTLY_COMMON * len(wide) else None


def _is_common(character: str) -> bool:
    """Of the first level of GB 2312, or a mark."""
    return b"\xa1" <= character.encode("gb2312", "ignore")[:1] < b"\xd8"
