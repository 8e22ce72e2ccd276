"""Whether a brief orders a text and says nothing of what it is about."""

import re

from hanmo.core.briefs import FILLERS, LENGTH, NAMED_LENGTH
from hanmo.core.kinds import EN_NOUNS, kind_of
from hanmo.core.text import HAN, LATIN_WORD

VAGUE = re.compile(
    r"写点(?:什么|东西)|随便写|写些(?:什么|东西)|来点(?:什么|东西)|\b(?:write|do|make) (?:me )?(?:something|anything|stuff)\b",
    re.IGNORECASE,
)
BARE_NOUNS = re.compile(
    r"小说|故事|童话|寓言|剧本|诗歌?|歌词|文案|广告语?|函数|脚本|程序|代码|算法"
    r"|接口|组件|网页|练习题?|试题|试卷|习题|测验|邮件|信|文章|作文|博[客文]|论文"
    r"|报告|综述|随笔|散文|短文|长文|教程|推文|方案|总结|科普|" + "|".join(rf"\b(?:{names})\b" for names in EN_NOUNS.values()),
    re.IGNORECASE,
)
"""Names of kinds that say nothing of a subject, as 辞职信 or 贪吃蛇 do."""
EMPTY_WORDS = re.compile(
    r"一下?|一些|东西|什么|随便|好看|好的|短|长|小|大|个|首|封|段|份|道|套|几|来|做|编|出|点|些"
    r"|我|要|想|吧|呢|\b(?:short|long|good|nice|some|any|thing|new|create|draft|i|need|want|to|for)\b"
    r"|[\d\s。，,.!！?？]",
    re.IGNORECASE,
)


def is_vague(asked: str) -> bool:
    return bool(VAGUE.search(asked)) or (kind_of(asked) not in (None, "question", "edit") and not _has_subject(asked))


def _has_subject(asked: str) -> bool:
    """Whether anything is left that a text could be about."""
    rest = NAMED_LENGTH.sub(" ", LENGTH.sub(" ", asked))
    for words in (BARE_NOUNS, FILLERS, EMPTY_WORDS):
        rest = words.sub(" ", rest)
    return bool(HAN.search(rest) or LATIN_WORD.search(rest))
