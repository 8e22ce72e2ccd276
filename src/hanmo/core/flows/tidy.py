"""The end of a text put right: a finished sentence, closed fences, no half word after it."""

import re

from hanmo.core.blocks import read_lines
from hanmo.core.checks.leftovers import bare_heading, lines_of_title
from hanmo.core.text import ends_sentence, sentences, units

LIST_LINE = re.compile(r"\s*(?:[-*+] |\d+[.、)]|#\S|>)")
DANGLING = re.compile(r"(?:^|\n)[ \t]*(?:\d{1,3}[.、)]|[-*+>]|#{1,6}(?:[ \t][^\n]*)?|\*\*[^*\n。！？!?.…]+\*\*[:：]?)\s*$")
"""A heading, or the mark of a list item, under which nothing stands."""
UNFINISHED = "，、,：:；;（(—-"
LONGEST_SIGNATURE = 12
"""Words of a last line that needs no full stop: who signs, a date, a greeting."""
CLOSING = re.compile(
    r"\n[ \t]*(?:此致|敬礼|敬上|顺[颂祝]|祝(?:您|你|好|安|[^。：\n]{2,16}[！!]?(?:\n|$))"
    r"|[\[【](?:[您你我]的)?(?:签名|姓名|名字)[\]】]|\[your name\]|(?:yours )?(?:sincerely|faithfully)|(?:best|kind|warm) (?:regards|wishes))"
    r"[^\n]{0,24}(?:\n[^\n]{0,40})*\s*$",
    re.IGNORECASE,
)
LONGEST_CLOSING = 60
THANKS = re.compile(
    r"(?:最后，|再次|在此，?|衷心|非常|诚挚地?|我(?:们)?){0,3}(?:感谢|谢谢|期待|期盼|盼望)|(?:Once again, |Again, )?Thank you\b"
    r"|(?:I|We)(?: am| are|'m)? look(?:ing)? forward to\b|Looking forward to\b",
    re.IGNORECASE,
)
"""How a letter's last paragraph begins before its closing lines: "谢谢您的关注，期待您的回复。" """
LONGEST_THANKS = 40
"""Words; a longer paragraph says more than thanks."""
TITLE_LABEL = re.compile(r"\s*\**(?:标题|题目|Title)\**[:：]\**[ \t]*([^\n]*?)\**[ \t]*(?:\n|$)", re.IGNORECASE)
"""How a model names the title that it gives: "标题：海的女儿"."""
MOST_CUT = 0.4
"""At most this share of a text is cut off for a finished sentence."""


def tidy(text: str) -> str:
    """Ends at a finished sentence, with code fences closed."""
    text = text.strip()
    if text.count("```") % 2:
        return text + "\n```"
    for end in [len(text), *(end for _, end in reversed(sentences(text)))]:
        cut = _without_dangling(text[:end])
        if len(cut) < len(text) * (1 - MOST_CUT):
            break
        if _may_end_so(cut):
            return cut
    return text


def _without_dangling(text: str) -> str:
    while found := DANGLING.search(text):
        text = text[: found.start()].rstrip()
    return text


def _may_end_so(text: str) -> bool:
    before, _, last = text.rpartition("\n")
    last = last.strip()
    if last.startswith("|"):
        return last.endswith("|")
    if not last or last[-1] in UNFINISHED or text.count("```") % 2:
        return False
    signed = bool(before.strip()) and len(units(last)) <= LONGEST_SIGNATURE and len(sentences(last)) == 1
    return ends_sentence(last) or "```" in last or LIST_LINE.match(last) is not None or signed


def without_title_label(text: str, title: str) -> str:
    """A text that begins with its title, without the word that says so; and without a title that stands over it already."""
    found = TITLE_LABEL.match(text)
    if found is None:
        return text
    rest = text[found.end() :].lstrip("\n")
    named = found[1].strip().strip("《》")
    return rest if not named or units(named) == units(title) else f"{named}\n\n{rest}".rstrip()


def without_heading(text: str, heading: str) -> str:
    """A section's text that begins with its heading once more, such as "第一章：寻找的开始", without it."""
    first, _, rest = text.lstrip().partition("\n")
    again = bool(heading) and units(bare_heading(first)) == units(bare_heading(heading))
    return rest.lstrip("\n") if again and rest.strip() else text


def without_lines_of_title(text: str, *names: str) -> str:
    """A text without the lines in the middle of it in which a model says its title, or the section's heading, once more."""
    for line, goes_on in reversed([*lines_of_title([*read_lines(text)], names)]):
        text = text[: line.start] + text[goes_on:]
    return text


def split_closing(text: str) -> tuple[str, str]:
    """A text and what closes a letter at its end: thanks, "此致 敬礼" or "Yours sincerely", who signs, the date; "" where there is none."""
    found = CLOSING.search(text)
    if found is None or len(units(found.group())) > LONGEST_CLOSING:
        return text, ""
    body, thanks = split_thanks(text[: found.start()].rstrip())
    return body, "\n\n".join(filter(None, (thanks, found.group().strip())))


def split_thanks(text: str) -> tuple[str, str]:
    """A text and its last paragraph where that is a short word of thanks and no more, else ""."""
    body, _, last = text.rstrip().rpartition("\n")
    thanks = bool(body.strip()) and THANKS.match(last.strip()) is not None and len(units(last)) <= LONGEST_THANKS
    return (body.rstrip(), last.strip()) if thanks else (text, "")
