"""Takes off what a model puts around a rewritten text: "好的，以下是…", labels, fences and quotes around the whole, remarks behind it."""

import re

FENCED = re.compile(r"```(?:markdown|md|text|plaintext)?[ \t]*\n(.*?)\n?```", re.DOTALL | re.IGNORECASE)
ANNOUNCING = re.compile(
    r"(?:(?:好的|当然|没问题|可以|以下是|下面是|这是|根据)[^\n。]{0,60}[：:。！]"
    r"|(?:Sure|Certainly|Of course|Okay|Here(?:'s|’s| is| are))[^\n]{0,80}[:.!])[ \t]*(?:\n+|$)",
    re.IGNORECASE,
)
OPENING_REMARK = re.compile(
    r"(?:好的|当然可以|没问题|Sure|Certainly|Of course)[，,！!。.][ \t]*(?=以下|下面|这是|here)", re.IGNORECASE
)
LABEL = re.compile(
    r"[*#\s]*(?:(?:改写|扩写|缩写|润色|翻译|修改|重写|改)(?:后|后的|版|结果)?(?:文字|文本|内容|版本|段落|文章)?|译文|正文|原文|(?:Rewritten|Revised|Expanded|Shortened)"
    r"(?: text| version)?|Translation|Text)\**[：:]\**[ \t]*\n*",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"\n+[（(]?(?:希望(?:这|以上|对)|以上(?:是|就是|内容)|注[：:]|说明[：:]|如果(?:您|你)(?:需要|还|有)|字数[：:]|(?:全文|共|约)+\s*\d+\s*字"
    r"|I hope|Let me know|Note:|This (?:version|revision|rewrite)|\(?Word count)[^\n]*$",
    re.IGNORECASE,
)
PAIRS = {"“": "”", "「": "」", '"': '"', "『": "』"}


def unwrapped(answer: str, original: str) -> str:
    """The text itself. What the original had as well is no wrapping."""
    text = answer.strip()
    for _ in range(3):  # a label may stand inside a fence, or quotes behind a label
        before = text
        if (fenced := FENCED.fullmatch(text)) and not original.lstrip().startswith("```"):
            text = fenced[1].strip()
        text = _without(OPENING_REMARK, text, original)
        text = _without(ANNOUNCING, text, original)
        text = _without(LABEL, text, original)
        if (found := CLOSING.search(text)) and found.group().strip() not in original:
            text = text[: found.start()].rstrip()
        text = _without_quotes(text, original.strip())
        if text == before:
            break
    return text


def _without(opening: re.Pattern[str], text: str, original: str) -> str:
    found = opening.match(text)
    return text[found.end() :].lstrip() if found and not original.lstrip().startswith(found.group().strip()) else text


def _without_quotes(text: str, original: str) -> str:
    """Without a pair of quotation marks around the whole: the first is closed by the last and no sooner."""
    close = PAIRS.get(text[:1])
    if len(text) < 2 or close is None or original.startswith(text[0]) or text.find(close, 1) != len(text) - 1:
        return text
    return text[1:-1].strip()
