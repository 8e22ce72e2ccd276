"""Phrases that fill: set pieces (套话) and the turns by which a text is known for a model's. One is a writer's right; crowds of them are told of.

Told of once a text, at the first of them: which phrase to keep is the writer's to say.
"""

import re
from collections.abc import Iterator

from hanmo.core.articles import Finding
from hanmo.core.checks.view import Part, View
from hanmo.core.text import LATIN_WORD, count_words

Patterns = tuple[re.Pattern[str], re.Pattern[str]]

ZH = (
    r"随着[^，。\n]{1,24}的(?:不断|飞速|快速|迅猛|蓬勃|持续)*发展",
    r"在当今(?:这个)?[^，。\n]{0,12}(?:社会|时代|世界)",
    r"众所周知|毋庸置疑|毫无疑问|不言而喻",
    r"综上所述|总而言之|由此可见",
    r"(?:值得|需要)(?:我们)?(?:注意|一提|强调)的是",
    r"(?:不可或缺|至关重要|举足轻重)的?(?:一部分|组成部分|作用|角色|地位)?",
    r"(?:扮演着|发挥着|起着)[^，。\n]{0,8}(?:角色|作用)",
    r"具有[^，。\n]{0,8}(?:重要|深远)的?(?:意义|影响)",
    r"让我们(?:一起|携手|共同)",
    r"(?:机遇与挑战|挑战与机遇)并存|充满(?:了)?无限(?:的)?可能",
    r"在不久的将来|共创(?:更加)?美好(?:的)?(?:未来|明天)",
    r"为[^，。\n]{1,12}(?:注入|增添)了?[^，。\n]{0,6}(?:活力|动力|色彩)",
)
EN = (
    r"\bin today['’]s (?:[\w-]+,? ){0,3}(?:world|age|era|landscape|society)\b",
    r"\bit(?:['’]s| is) (?:important|worth|crucial|essential) (?:to note|noting|to remember|to understand)\b",
    r"\bplays? an? (?:crucial|vital|pivotal|key|significant|essential|important) role\b",
    r"\b(?:a|stands? as a) testament to\b",
    r"\b(?:rich|vibrant) tapestry\b|\btreasure trove\b|\bbeacon of\b",
    r"\bdelv(?:e|es|ing) (?:in|deep)",
    r"\bever[- ](?:evolving|changing)\b",
    r"\bnavigat(?:e|es|ing) the (?:complexities|challenges|landscape)\b",
    r"\bunlock(?:s|ing)? (?:the|your|its|their) (?:full |true )?potential\b",
    r"\bembark(?:s|ing|ed)? on (?:a|an|this|your) [\w ]{0,24}journey\b",
    r"\b(?:game[- ]changer|cutting[- ]edge|seamlessly|in the realm of)\b",
    r"\bin conclusion\b|\bat the end of the day\b|\bneedless to say\b",
)
BEGIN_ZH = "[随在众毋毫不综总由值需至举扮发起具让机挑充共为]"
"""With what one of them begins: said first, it halves the time of the search."""
PHRASES = (re.compile(rf"(?={BEGIN_ZH})(?:{'|'.join(ZH)})"), re.compile("|".join(EN), re.IGNORECASE))
NOT_BUT = (
    re.compile(r"不(?:仅仅?|只|单)?是[^。！？；\n]{1,30}?(?:而是|更是)"),
    re.compile(
        r"\b(?:is|are|was|it['’]s)(?:n['’]t| not) (?:just|only|merely|simply|about) [^.!?\n]{1,60}?"
        r"(?:[,;] (?:but|it['’]s)\b|[—–] ?it['’]s\b|\. It['’]s )",
        re.IGNORECASE,
    ),
)
"""Both with a pattern for each language, so that a line is looked through for its own only."""
ENGLISH = re.compile(r"[a-z]{2} [a-z]")
FEWEST = 4
WORDS_TO_PHRASE, WORDS_TO_NOT_BUT = 150, 200
"""So crowded they have to be: one in so many words or fewer."""
SHOWN = 3


def filler(view: View) -> Iterator[Finding]:
    yield from _crowded(view, "filler", PHRASES, WORDS_TO_PHRASE)


def not_but(view: View) -> Iterator[Finding]:
    yield from _crowded(view, "not_but", NOT_BUT, WORDS_TO_NOT_BUT)


def _crowded(view: View, kind: str, patterns: Patterns, words_to_each: int) -> Iterator[Finding]:
    found = [(part, match) for part in view.parts for match in _in_prose(part, patterns)]
    words = sum(count_words(part.text) for part in view.parts) if len(found) >= FEWEST else 0
    if len(found) >= FEWEST and words <= words_to_each * len(found):
        part, first = found[0]
        shown = dict.fromkeys(match[0] for _, match in found)
        separator = "、" if not LATIN_WORD.search(first[0]) else ", "
        yield part.finding(kind, first.start(), first.end(), count=len(found), words=separator.join([*shown][:SHOWN]))


def _in_prose(part: Part, patterns: Patterns) -> Iterator[re.Match[str]]:
    chinese, english = patterns
    for line in part.lines:
        if line.kind not in ("prose", "list"):
            continue
        if not line.text.isascii():
            yield from chinese.finditer(part.said, line.start, line.end)
        if ENGLISH.search(line.text):
            yield from english.finditer(part.said, line.start, line.end)
