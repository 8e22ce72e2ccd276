"""Blanks around the marks of an English sentence. Only where the word behind the mark begins a clause: what else
stands close together ("name,age", "node.js", "1..5") is meant so."""

import re

CLAUSE = (
    r"(?:I|they|we|you|he|she|it|the|this|that|these|those|there|and|but|so|who|which|where|when|while|because|although|though|then|my|his|her|our"
    r"|your|their)"
)
SENTENCE = (
    r"(?:I|They|We|You|He|She|It|The|This|That|These|Those|There|But|So|What|Why|Who|How|Although|Because|Since|My|His|Her|Our|Your|Their|Its"
    r"|However|Yes)"
)
GOES_ON = r"(?=(?:['’](?:s|ll|re|ve|d|m))? [a-z])"
"""Behind the word: it is no word of a list."""
BEHIND_COMMA = re.compile(rf"(?<![,;/_.@-])(\b(?!(?:and|but|the|an?|so|or)\b)[A-Za-z]{{3,}}|\d|[)%])([,;])(?={CLAUSE}\b{GOES_ON})")
BEHIND_STOP = re.compile(rf"(?<![\w./@_-])([a-z]{{2,}})\.{{1,2}}(?={SENTENCE}\b{GOES_ON})")
BEHIND_QUOTE = re.compile(r"(?<=[,.!?]”)(?=(?:I|he|she|they|we|you|it|said|asked|the)\b)")
"""In the whole sentence, its quotations shown."""
TWICE = re.compile(r"(?<=\w),,(?= )")
BEFORE_ASKING = re.compile(r"(?<=[a-z]{2}) (?=[?!][”’\")]*$)")
OPENS = re.compile(r"[“\"‘(]?[A-Z][\w’']* ")
BLANK_WANTED = re.compile(r"[A-Za-z\d)%][,;][A-Za-z]|[a-z]\.{1,2}[A-Z]|[,.!?]”[A-Za-z]|\w,,|[a-z] [?!]")
"""What a text has that may lack a blank; found in one pass."""


def spaced(text: str) -> str:
    """The sentence with a blank behind each mark that ends a clause, and with none before it."""
    if not BLANK_WANTED.search(text):
        return text
    text = TWICE.sub(",", text)
    text = BEHIND_COMMA.sub(r"\1\2 ", text)
    text = BEHIND_STOP.sub(r"\1. ", text)
    return BEFORE_ASKING.sub("", text) if OPENS.match(text) else text
