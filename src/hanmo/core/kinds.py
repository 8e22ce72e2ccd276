"""What kind of text a brief asks for: a story, an article, a letter, code …; or an answer to a question, or work on a text that is there.

Theory
  The noun that names the kind is the head of its phrase. Chinese puts it last (生成文章的 Python *脚本*, 关于 Python 脚本的*文章*), English first
  (a *script* that writes articles, an *article* about scripts). So of several nouns in the sentence that orders, the last or the first counts.
"""

import re
from typing import Literal

from hanmo.core.text import language_of

Kind = Literal["story", "poem", "article", "copy", "letter", "code", "exercise", "edit", "question"]

ZH_NOUNS: dict[Kind, str] = {
    "story": r"小说|故事|童话|寓言|剧本|短剧|剧情|同人文|章回",
    "poem": r"[古新]?诗(?:歌|词)?(?!人|意|集)|七绝|五律|七律|歌词|对联|(?<=首)词",
    "letter": r"(?:辞职|感谢|道歉|推荐|求职|家|情|申请|邀请|慰问|表扬|自荐)?信(?![息任心号仰用念])"
    r"|邮件|电邮|邀请函|请柬|函(?!数)",
    "exercise": r"练习(?:题)?|试题|试卷|习题|选择题|填空题|判断题|应用题|测验|考题|(?<=[道套份])(?:\S{0,8})题",
    "copy": r"(?:新媒体|公众号|爆款|小红书|吸引人的|\d\s*个)标题|文案|广告(?:语|词)?|宣传语|标语|口号|详情页|卖点|种草|slogan",
    "code": r"函数|脚本|程序|代码|算法|接口|爬虫|组件|正则(?:表达式)?"
    r"|SQL|单元测试|网页|小游戏|贪吃蛇|计算器|命令行工具|\bAPI\b|\bapp\b",
    "article": r"文章|作文|博客|博文|论文|报告|综述|游记|随笔|散文|书评"
    r"|影评|评论|教程|公众号|推文|演讲稿|发言稿|讲稿|科普文?|说明文|议论文"
    r"|PRD|(?:产品)?需求文档|通知|请示|公告|会议纪要|纪要"
    r"|记叙文|新闻稿?|工作总结|年终总结|教案|讲义|方案|计划书|短文|长文|指南|白皮书|专栏|软文",
}
ZH_ORDER = re.compile(
    r"写|编(?!程)|创作|撰|拟|起草|生成|实现|开发|设计|制作|做|给我|帮我"
    r"|来[一个篇首]|迁移|起(?=\s*[\d一二三四五六七八九十几两]+\s*个)|出(?=[\s\d一二三四五六七八九十几两]*[道套份])|要[一个篇首]"
)
ZH_EDIT = re.compile(
    r"^(?:请|麻烦)?(?:你)?(?:帮我|给我|替我)?(?:再)?(?:[把将对][^，。\n]{1,30}?)?(?:翻译|润色|批改|评改|改写|修改|校对|扩写|缩写|精简|总结|概括|归纳|提炼|译成|改成|优化一下|重写)"
)
ZH_QUESTION = re.compile(r"什么|为何|为什么|怎么|怎样|如何|是否|[吗呢么](?=[？?\s]*$)|多少|哪[个些里种]|谁|区别|解释|[？?]\s*$")

EN_NOUNS: dict[Kind, str] = {
    "story": r"stor(?:y|ies)|novel(?:la)?|fairy ?tale|fable|screenplay|fiction|tale",
    "poem": r"poems?|haiku|sonnet|lyrics|limerick|verses?",
    "letter": r"letters?|e-?mails?|invitation",
    "exercise": r"quiz(?:zes)?|exercises?|worksheet"
    r"|(?:practice|exam|test|quiz|multiple-choice|comprehension|maths?) (?:questions|problems)",
    "copy": r"headlines?|(?:ad|marketing|product|landing[- ]page|sales) (?:copy|descriptions?|page)"
    r"|advert(?:isement)?s?|slogans?|taglines?|copy",
    "code": r"functions?|scripts?|programs?|code|class(?:es)?|components?"
    r"|regex|SQL|quer(?:y|ies)|API|endpoint|algorithm|CLI|unit tests?|scraper"
    r"|web ?page|app",
    "article": r"articles?|essays?|blog(?: posts?)?|reports?|reviews?"
    r"|papers?|tutorials?|guides?|speech(?:es)?|newsletters?|white ?papers?"
    r"|posts?|PRD|product requirements(?: documents?)?|minutes|memo|press release|lesson plan|op-ed|overview|introduction",
}
EN_ORDER = re.compile(
    r"\b(?:write|draft|outline|compose|create|generate|implement|build|make|design|develop|code|give me|i need|produce|prepare|tell)\b",
    re.I,
)
EN_EDIT = re.compile(
    r"^(?:please |can you |could you )?(?:grade|mark|translate|polish|proofread|rewrite|rephrase|paraphrase|edit"
    r"|shorten|expand|summari[sz]e|improve|correct|fix)\b",
    re.I,
)
EN_QUESTION = re.compile(r"^(?:what|why|how|who|when|where|which|is|are|does|do|can|should|explain|define)\b|\?\s*$", re.I)


def _alternatives(nouns: dict[Kind, str], edges: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind}>{edges}(?:{pattern}){edges})" for kind, pattern in nouns.items()), re.IGNORECASE)


ZH_KINDS, EN_KINDS = _alternatives(ZH_NOUNS, ""), _alternatives(EN_NOUNS, r"\b")
CLAUSES = re.compile(r"[，。！？；,!?;\n：:]")
LOOKED_AT = 2000
"""Code points: what is asked stands at the beginning; what follows may be a text of any kind."""


def kind_of(brief: str) -> Kind | None:
    """None where the brief does not say, or asks for something else."""
    text = brief.strip()[:LOOKED_AT]
    if language_of(text) == "zh":
        return _of_chinese(text)
    return _of_english(text)


def _of_chinese(text: str) -> Kind | None:
    if ZH_EDIT.match(text):
        return "edit"
    clauses = CLAUSES.split(text)
    for i, clause in enumerate(clauses):
        if ordered := ZH_ORDER.search(clause):
            for behind in (clause[ordered.end() :], clause[: ordered.start()], *clauses[i + 1 :]):
                if found := [match.lastgroup for match in ZH_KINDS.finditer(behind)]:
                    return found[-1]  # type: ignore[return-value]
    return "question" if ZH_QUESTION.search(clauses[0]) or ZH_QUESTION.search(text) else None


def _of_english(text: str) -> Kind | None:
    if EN_EDIT.match(text):
        return "edit"
    ordered = EN_ORDER.search(text)
    if ordered and (found := EN_KINDS.search(text, ordered.start() if ordered[0].lower() == "code" else ordered.end())):
        return found.lastgroup  # type: ignore[return-value]
    return "question" if EN_QUESTION.search(text) else None
