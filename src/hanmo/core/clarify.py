"""Asking back (主动澄清): what a long text needs to be told and its brief leaves out. Python decides which; nothing here is asked of the model.

Rules
  * Each kind of text has a few things it cannot do without. What the brief says of one, however it says it, is not asked again.
  * At most three questions, those first that change most. A quick answer is never held up: only long texts are asked about, unless the writer
    wants to be. Then, where nothing is said of what the text is about, that is asked first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hanmo.core.articles import Format
from hanmo.core.brief_fields import BriefFields, to_text
from hanmo.core.briefs import read_lengths
from hanmo.core.kinds import Kind, kind_of
from hanmo.core.text import Language
from hanmo.core.vague import is_vague

Target = Literal["audience", "words", "requirements"]
MOST_QUESTIONS = 3
LOOKED_AT = 8000
"""Code points: what stands behind them is material."""
LONG_ANSWER = 800
"""Words: below this, writing again takes no longer than answering questions."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not said. The catalogue has its question and answers under `question.<kind>.<name>`; an answer goes to the field
    `target` of the brief. `said` finds it in a brief."""

    kind: Kind | Literal["any"]
    name: str
    target: Target
    said: re.Pattern[str]


def _gap(kind: Kind, name: str, said: str, target: Target = "requirements") -> Gap:
    return Gap(kind, name, target, re.compile(said, re.IGNORECASE))


GAPS: Mapping[Kind, tuple[Gap, ...]] = {
    "story": (
        _gap(
            "story",
            "genre",
            r"悬疑|推理|侦探|爱情|言情|恋|科幻|奇幻|玄幻|仙侠|武侠|恐怖|惊悚"
            r"|历史|穿越|童话|寓言|睡前|职场|校园|青春|日常|现实|乡土|喜剧|悲剧|冒险|题材|类型"
            r"|mystery|detective|crime|romance|love story|science fiction"
            r"|sci-?fi|fantasy|horror|thriller|historical|comedy|adventure|fairy"
            r"|fable|bedtime|genre|literary|ghost",
        ),
        _gap(
            "story",
            "hero",
            r"主角|主人公|男主|女主|人物|角色"
            r"|一[个位名只条](?:\S{0,10}?)(?:人|孩|者|师|员|生|女|男|狐|猫|狗|匠|兵|老|娘|爷)|叫|名字|讲述|他|她"
            r"|protagonist|hero(?:ine)?|main character|named|\babout an? |\bwho\b",
        ),
        _gap(
            "story",
            "ending",
            r"结局|结尾|收场|最后|反转|团圆|ending|\bends?\b|twist|in the end|finally",
        ),
    ),
    "article": (
        _gap(
            "article",
            "audience",
            r"读者|受众|面向|写给|给\S{1,8}(?:看|读|听)|为\S{1,8}(?:写|准备)"
            r"|针对|新手|初学者|小白|家长|学生|老师|同事|领导|专家|大众|公众号|论文|期刊|作文"
            r"|audience|readers?\b"
            r"|\bfor (?:beginners|parents|students|teachers|children|kids|developers|managers|experts|the general|my |our |a )|aimed at",
            "audience",
        ),
        _gap("article", "length", r"(?!)", "words"),
        _gap(
            "article",
            "angle",
            r"角度|立场|观点|主旨|中心|论点|侧重|重点|主要(?:写|讲|谈)|着重|突出"
            r"|从\S{1,12}(?:谈|看|讲|写|说|出发)|包括|分为|以\S{1,10}为(?:主|线索|例)|主张|结构|提纲"
            r"|angle|focus|argue|thesis|emphasi[sz]e|perspective|point of view|cover(?:ing)?\b|including|outline|how to|why ",
        ),
    ),
    "copy": (
        _gap(
            "copy",
            "product",
            r"产品|商品|新品|推广|宣传|介绍|品牌|卖|为\S{2,}?写|给\S{2,}?写"
            r"|关于|(?:product|brand|promot\w+|for an? |for our |for the |selling|about)",
        ),
        _gap(
            "copy",
            "selling",
            r"卖点|特点|优点|优势|特色|亮点|功能|材质|续航|价格|折扣|优惠|不含|无糖|便携|轻|耐用"
            r"|selling points?|features?|benefits?|highlights?|lightweight|durable|discount|price|made of",
        ),
        _gap(
            "copy",
            "channel",
            r"小红书|抖音|朋友圈|公众号|淘宝|京东|详情页|海报|微博|B\s?站|视频号|直播|短信|官网|传单|渠道|平台"
            r"|instagram|facebook|twitter|tiktok|linkedin|e-?mail|website"
            r"|web page|landing page|poster|flyer|amazon|etsy|channel|newsletter",
        ),
    ),
    "letter": (
        _gap(
            "letter",
            "recipient",
            r"给\S{0,6}?(?:老师|老板|领导|经理|房东|客户|同事|朋友|父母|妈|爸|母亲|父亲|HR|公司|学校|编辑|邻居|教授|导师|家长|对方|主任|校长|孩子|女儿|儿子)"
            r"|写给|致|收信人|收件人|(?:辞职|求职|推荐|自荐)信"
            r"|\bto (?:my|our|the|a|an|his|her|their|mr|ms|dr|all)\b|recipient|cover letter|resignation",
        ),
        _gap(
            "letter",
            "reason",
            r"因为|由于|关于|为了|说明|原因|事由|询问|申请|请假|道歉|感谢|邀请|辞职|投诉|推荐|求职|催|通知|说|谈|告诉|祝"
            r"|because|about|regarding|asking|apolog|thank|invit|resign"
            r"|complain|recommend|cover letter|request|inform|explain|congratulat",
        ),
        _gap(
            "letter",
            "tone",
            r"语气|口吻|风格|正式|亲切|诚恳|委婉|客气|幽默|轻松|温和"
            r"|平和|坚定|tone|formal|friendly|polite|warm|casual|firm|sincere",
        ),
    ),
    "code": (
        _gap(
            "code",
            "language",
            r"Python|Java(?:Script)?|TypeScript|\bJS\b|\bTS\b|C\+\+|C#|\bC语言"
            r"|\bC\b|\bGo(?:lang)?\b|Rust|Kotlin|Swift|PHP|Ruby|SQL|Bash|Shell|HTML|CSS|React"
            r"|Vue|Svelte|R语言|Matlab|Lua|Perl|Dart|Scala|正则|regex|PowerShell|Excel|VBA",
        ),
        _gap(
            "code",
            "input",
            r"输入|读取|参数|接收|传入|给定|从\S{1,12}(?:读|取|抓)|解析|CSV|JSON|文件|列表|数组|字符串"
            r"|网址|数据库|键盘|input|reads?\b|given|takes?\b|argument|parameter|parse|list|array|file|string|url",
        ),
        _gap(
            "code",
            "output",
            r"输出|返回|打印|生成|保存|写入|导出|显示|画|去重|排序|合并|得到|游戏|网页|界面|output"
            r"|returns?\b|prints?\b|saves?\b|writes? to|exports?|generates?|sorts?|merge|dedup|displays?|game|page",
        ),
    ),
    "exercise": (
        _gap(
            "exercise",
            "level",
            r"[一二三四五六七八九初高大]年?级|小学|初[一二三中]|高[一二三中]|大学|幼儿"
            r"|考研|四级|六级|雅思|托福|难度|基础|入门|简单|中等|困难|水平|grade|year \d|level|primary"
            r"|elementary|middle school|high school|college|university"
            r"|beginner|intermediate|advanced|easy|hard|difficult|[ABC][12]\b|year-olds?",
        ),
        _gap(
            "exercise",
            "number",
            r"[\d一二三四五六七八九十几两百]+\s*[道个题组]"
            r"|\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty)\b(?:\s+\S+){0,2}\s+"
            r"(?:questions|problems|exercises|items|tasks)",
        ),
        _gap(
            "exercise",
            "type",
            r"选择|填空|判断|应用题|简答|问答|计算题|证明|阅读|作文题|匹配|连线"
            r"|翻译题|multiple[- ]choice|fill[- ]in|true[ /-](?:or[ -])?false|short[- ]answer|essay"
            r"|word problems?|matching|open[- ]ended|comprehension",
        ),
    ),
}


NEVER = re.compile(r"(?!)")
SUBJECT = Gap("any", "subject", "requirements", NEVER)
SUBJECTS: Mapping[Kind, Gap] = {
    "story": SUBJECT,
    "poem": SUBJECT,
    "article": SUBJECT,
    "code": Gap("code", "subject", "requirements", NEVER),
    "exercise": Gap("exercise", "subject", "requirements", NEVER),
}
"""What the text is about. Of copy and letters the first of their own questions ask that."""


def gaps(
    fields: BriefFields,
    lang: Language,
    *,
    article: bool = False,
    form: Format = "prose",
    words: int | None = None,
    anyway: bool = False,
) -> tuple[Gap, ...]:
    """What to ask before the text is written, the weightiest first; nothing for a quick answer. `article`: it becomes an article, which is
    always long, of the kind `form`. `words`: a length that is given beside the brief. `anyway`: the writer wants to be asked."""
    text = to_text(replace(fields, role=""), lang)[:LOOKED_AT]
    asked = words or fields.words or read_lengths(text).target
    if not text.strip() or not (anyway or article or (asked or 0) >= LONG_ANSWER):
        return ()
    kind = "code" if form == "code" else kind_of(_ordered(fields)) or ("article" if article else None)
    missing = [gap for gap in GAPS.get(kind, ()) if not _said(gap, fields, text, asked)] if kind else []
    if anyway and is_vague(f"{fields.task}\n{fields.text}"):
        subject = SUBJECTS.get(kind) if kind else SUBJECT
        missing = [*([subject] if subject else []), *missing]
    return tuple(missing[:MOST_QUESTIONS])


def _ordered(fields: BriefFields) -> str:
    """Where the order stands: in the task, else in the free text."""
    return fields.task if fields.task.strip() else fields.text


def _said(gap: Gap, fields: BriefFields, text: str, asked: int | None) -> bool:
    if gap.target == "words":
        return asked is not None
    if gap.target == "audience" and fields.audience.strip():
        return True
    return bool(gap.said.search(text))
