"""Words in a language or script that is none of the text's.

Terms, names and titles in another language are ordinary. Only a sentence that is clearly in the wrong language is told of, and nothing of
an article whose assignment is about languages. Simplified and traditional characters may stand side by side.
"""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding
from hanmo.core.blocks import FILLER
from hanmo.core.checks.view import View
from hanmo.core.text import HAN, LATIN_WORD, sentences

ABOUT_LANGUAGES = re.compile(
    r"英语|英文|双语|翻译|译文|日语|日文|韩语|韩文|俄语|法语|德语|泰语|阿拉伯|西班牙语|希腊语|印地语|外语|中英|单词|Chinese|Mandarin|Japanese|Korean|Russian|bilingual|translat|language",
    re.IGNORECASE,
)
ENGLISH_RUN = re.compile(r"[A-Za-z][A-Za-z'’\-]*(?:[ ,]+[A-Za-z][A-Za-z'’\-]*){3,}")
ENGLISH_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|will|would|can|could|should|do|does|did|must|may)\b")
SHORTEST_ENGLISH_LINE = 12
MOST_STRAY = 2
"""A free text, of which nobody said what language it should be in, is one of two languages with more sentences of the other."""
SCHOLARLY = re.compile(r"\s*\W*(?:Abstract|Key ?words|\d+\]|References)", re.IGNORECASE)
MOSTLY_LOWER = 0.6
BRACKETED = re.compile(r"[（(][^（）()\n]*[）)]|\*[^*\n]+\*|_[^_\n]+_")
CHINESE_SENTENCE = re.compile(r"[^A-Za-z.!?\n]+")
CHINESE_MARK = re.compile(r"[，。！？；]")
CHINESE_FUNCTION = re.compile(r"[的了是在和也就不这那]")
SHORTEST_CHINESE = 6
STUCK_TO_LATIN = re.compile(r"(?<=[A-Za-z])-?[\u4e00-\u9fff]+|[\u4e00-\u9fff]+(?=[A-Za-z])")
OTHER_SCRIPT = re.compile(
    r"[\u3041-\u3096\u30a1-\u30fa]{2,}|[\uac00-\ud7a3]{2,}|[\u0400-\u04ff]{3,}|[\u0600-\u06ff]{3,}|[\u0e00-\u0e7f]{3,}|[\u0900-\u097f]{3,}"
)
NAMED_WORD = re.compile(r"(?:语|文|叫[做作]?|写[作成]|读[作成]|念[作成]?|称[为作]|意为|原名|又名)(?:是|为)?\s*[：:“\"「『（(]?\s*$")
"""Before a word of another script that the text speaks of."""
TOLD_OF = re.compile(rf"[”」』\"’ ]*(?:是|即|指|意为|意思|表示|读作|念作|译作|[（({FILLER}])")
"""Behind one: it is explained."""
NEAR = 12


def wrong_language(view: View) -> Iterator[Finding]:
    assignment = view.article.assignment
    given = "\n".join((assignment.asked, assignment.style, assignment.glossary, assignment.characters, assignment.facts))
    if ABOUT_LANGUAGES.search(given):
        return
    found = list(_in_another(view, given))
    if view.source == "article" or (
        len(found) <= MOST_STRAY and not ABOUT_LANGUAGES.search(view.parts[0].text if view.parts else "")
    ):
        yield from found


def _in_another(view: View, given: str) -> Iterator[Finding]:
    """Where nobody asked for the text, whole sentences in the other language may be quoted or translated ones."""
    assignment, asked = view.article.assignment, bool(given.strip())
    for part in view.parts:
        bare = BRACKETED.sub(lambda found: FILLER * len(found[0]), part.said)
        for line in part.lines:
            if line.kind not in ("prose", "list"):
                continue
            text = bare[line.start : line.end]
            foreign = _english(text, whole=asked) if assignment.lang == "zh" else _chinese(text, given) if asked else ()
            found = [*_other_script(text, given), *foreign]
            for start, end in found:
                start, end = line.start + start, line.start + end
                yield part.finding("wrong_language", start, end, words=part.text[start : min(end, start + 40)].strip())


def _other_script(text: str, given: str) -> Iterator[tuple[int, int]]:
    for found in OTHER_SCRIPT.finditer(text):
        named = NAMED_WORD.search(text, max(0, found.start() - NEAR), found.start()) or TOLD_OF.match(text, found.end())
        if found[0] not in given and not named:
            yield found.span()


def _english(text: str, *, whole: bool) -> Iterator[tuple[int, int]]:
    """In a Chinese text: a `whole` line of English, or a run of it with a verb and mostly small letters."""
    if not HAN.search(text):
        words = LATIN_WORD.findall(text)
        if whole and len(words) >= SHORTEST_ENGLISH_LINE and _is_english(text) and not SCHOLARLY.match(text):
            yield len(text) - len(text.lstrip()), len(text.rstrip())
        return
    for found in ENGLISH_RUN.finditer(text):
        if _is_english(found[0]):
            yield found.span()


def _is_english(text: str) -> bool:
    words = LATIN_WORD.findall(text)
    return sum(word[0].islower() for word in words) >= MOSTLY_LOWER * len(words) and bool(ENGLISH_VERB.search(text))


def _chinese(text: str, given: str) -> Iterator[tuple[int, int]]:
    """Chinese sentences in an English text, and characters that stick to a Latin word."""
    if not LATIN_WORD.search(text):
        return
    if not HAN.search(given):
        yield from (found.span() for found in STUCK_TO_LATIN.finditer(text))
    for start, end in sentences(text):
        for found in CHINESE_SENTENCE.finditer(text, start, end):
            if (
                len(HAN.findall(found[0])) >= SHORTEST_CHINESE
                and CHINESE_FUNCTION.search(found[0])
                and CHINESE_MARK.search(found[0])
            ):
                yield found.span()
