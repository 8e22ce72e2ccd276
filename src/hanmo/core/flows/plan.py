"""The plan (提纲): how many sections of which length Python decides, what they are called and say the model does."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.briefs import read_number
from hanmo.core.checks.endings import MAY_CONCLUDE
from hanmo.core.checks.plans import NO_NAME, unnamed
from hanmo.core.flows.asks import Ask, Flow, Turn
from hanmo.core.flows.exercises import PER_SECTION, asked_exercises
from hanmo.core.flows.front import material, rules
from hanmo.core.text import Language
from hanmo.core.values import Sampling

ONE_PIECE = {"zh": 420, "en": 320}
LETTER_IN_ONE_PIECE = {"zh": 1000, "en": 800}
"""A letter that is written in parts has a greeting in each."""
SECTION = {"zh": 420, "en": 310}
MOST_SECTIONS = 24
UNHEADED_UP_TO = 700
SHORTEST = 40
CONCLUSION = 0.5
"""The length of a conclusion, of another section's: a small model says the rest again."""
POINTS = 3
PHRASE: dict[Language, str] = {
    "zh": r'[^"\\\n#|*{}\[\]，。；！？]{2,%d}',
    "en": r'word (" " word){0,%d}',
}
"""A heading or a point is a phrase: without a comma or a full stop it does not grow into a sentence that the text would then repeat."""
WORD = r'word ::= [^ "\\\n#|*{}\[\],.;!?\u2E80-\uFFEF]{1,24}'
LONGEST = {"title": 32, "name": 32, "point": 20}
"""Characters of a Chinese phrase."""
MOST_WORDS = {"title": 13, "name": 8, "point": 7}
"""Of an English phrase, behind the first."""
CUTS = "：:，,；;—– "
LONGEST_IN_ENGLISH = 120
LOOSE_END = re.compile(
    r"(?:\s+(?:a|an|the|and|or|of|to|in|on|for|with|by|at|from|as|is|are|be|its?|their|his|her|our|your|that|which|how))+$",
    re.IGNORECASE,
)

NUMBER = r"[一二三四五六七八九十百\d]{1,3}"
NUMBERING = re.compile(
    rf"^(?:第 ?{NUMBER} ?(?:[节章篇]|部分)(?:[、.．:：]\s*|\s+|$)|[（(]{NUMBER}[)）]\s*|{NUMBER}(?:[、)）．]|[.:：](?!\d))\s*"
    r"|(?:section|part|chapter) \d+\s*(?:[-–—:.]\s*|$)|[IVX]{1,4}\.\s+)",
    re.IGNORECASE,
)
STRING = r'"[^"\\]*"'
TITLE = re.compile(r'"title":\s*"([^"\\]*)"')
CLOSED_SECTION = re.compile(rf'\{{"heading":\s*{STRING},\s*"points":\s*\[(?:{STRING}(?:,\s*{STRING})*)?\]\}}')

UNHEADED = re.compile(
    r"(?<![诚相微迷通自可坚确守])信(?![息用任心号仰念誉托贷使])|日记|小说|故事|作文|散文|剧本|台词|演讲|发言稿|小红书|朋友圈|"
    r"新闻|报道|通讯(?![录技行设协工])|读后感|检讨|"
    r"\b(letter|diary|story|novel|essay|script|dialog|speech(?! recog| synth)|news report)\b",
    re.IGNORECASE,
)
LETTER = re.compile(r"(?<![诚相微迷通自可坚确守])信(?![息用任心号仰念誉托贷使])|邮件|检讨|\b(?:letter|e-?mail)\b", re.IGNORECASE)
PLAIN = re.compile(
    r"(?:不[要用加写带分设需使]|无|别|勿|没有)[加写用设分带出现需要使任何有]{0,3}小?(?:标题|章节|分节)|\b(?:no|without|avoid)\b[^,.;\n]{0,12}\bhead(?:ing|line)s?\b",
    re.IGNORECASE,
)
"""The brief wants no headings."""
PARTS = re.compile(
    r"(\d+|[一二两三四五六七八九十]+)\s*(?:个(?:小标题|章节|部分|小节|环节|教学环节|段落)|章(?!\w)|篇[^，。；\n]{0,16}日记)|"
    r"\b(\d+|two|three|four|five|six|seven|eight)\s+(?:sub-?headings|sections|chapters|parts)\b",
    re.IGNORECASE,
)
WORDS = {name: n for n, name in enumerate(("two", "three", "four", "five", "six", "seven", "eight"), start=2)}
HEADED = re.compile(
    r"小标题|章节|分节|教案|报告|方案|个部分|环节|文档|手册|计划书|说明书|\bPRD\b"
    r"|\b(sections?|headings?|chapters?|outline|teaching plan|lesson plan)\b",
    re.IGNORECASE,
)


PLAN_ASK: dict[Language, str] = {
    "zh": "{material}\n\n先为全文列提纲：一个标题，{n} 个小节，每节一个小标题和 {points} 个要点，都是不超过 12 字的短语，"
    "要点写具体的内容，不写“介绍”“说明”；各节内容不重叠，总结只放在最后一节，不要附录。只输出 JSON。",
    "en": "{material}\n\nFirst outline the whole text: a title and {n} sections, each with a heading and {points} points. Headings and points are "
    "phrases of two to five words, no sentences; no section says what another says, only the last one concludes, no appendix. Output JSON only.",
}


def asked_sections(brief: str) -> int:
    """The number of parts that a brief names ("three sub-headings", 五篇日记); 0 where it names none."""
    counts = [WORDS.get((m[1] or m[2]).lower()) or read_number(m[1] or m[2]) for m in PARTS.finditer(brief)]
    return max((count for count in counts if 2 <= count <= MOST_SECTIONS), default=0)


def is_headed(assignment: Assignment) -> bool:
    """Whether headings stand in the text: where the brief asks for them, and in all longer texts that are no letters, stories or speeches."""
    if PLAIN.search(assignment.brief):
        return False
    return bool(HEADED.search(assignment.brief)) or (assignment.words > UNHEADED_UP_TO and not UNHEADED.search(assignment.brief))


def is_letter(assignment: Assignment) -> bool:
    return LETTER.search(assignment.brief) is not None


def num_sections(assignment: Assignment) -> int:
    """As many as the brief names; else by its length, so that a small model can fill each without saying things twice."""
    if total := asked_exercises(assignment.brief):
        return -(-total // PER_SECTION)
    if (named := asked_sections(assignment.brief)) and named * SHORTEST <= assignment.words:
        return named
    if assignment.words <= (LETTER_IN_ONE_PIECE if is_letter(assignment) else ONE_PIECE)[assignment.lang]:
        return 1
    return max(2, min(MOST_SECTIONS, round(assignment.words / SECTION[assignment.lang])))


def share(words: int, weights: Sequence[float]) -> list[int]:
    """`words` in as many parts as there are weights."""
    ends = [round(words * sum(weights[:i]) / sum(weights)) for i in range(len(weights) + 1)]
    return [end - start for start, end in pairwise(ends)]


def plan_grammar(n: int, lang: Language, there: int = 0) -> str:
    """GBNF for the compact JSON of a plan with exactly `n` sections, or for what follows the first `there` of them: pretty-printed JSON costs
    twice the tokens."""
    longest = LONGEST if lang == "zh" else MOST_WORDS
    section = '"{\\"heading\\":" name ",\\"points\\":[" point ' + f"{{{POINTS - 1}}}".join(['("," point)', ' "]}"'])
    sections = "section" + ' "," section' * (n - 1) if not there else '"," section ' * (n - there)
    begin = "" if there else '"{\\"title\\":" title ",\\"sections\\":[" '
    phrases = [f'{name} ::= "\\"" {PHRASE[lang] % most} "\\""' for name, most in longest.items()]
    return "\n".join(
        [
            f'root ::= {begin}{sections} "]}}"',
            f"section ::= {section}",
            *phrases,
            *([WORD] if lang == "en" else []),
        ]
    )


def make_plan(assignment: Assignment) -> Flow[Plan]:
    """One request for a text of several sections; none for a text in one piece. Where the model left sections without a name it is asked once
    more, and the fuller plan is taken."""
    n = num_sections(assignment)
    if n == 1:
        return Plan("", (Section("s1", "", (), assignment.words),), headed=False)
    ask = PLAN_ASK[assignment.lang].format(material=material(assignment), n=n, points=POINTS)
    sampling = Sampling(temperature=0.6, presence_penalty=0.3, max_new_tokens=120 * n + 80, seed=assignment.seed)
    grammar, *rest = (plan_grammar(n, assignment.lang, there) for there in range(n + 1))
    asked = Ask((rules(assignment.lang), Turn("user", ask)), sampling, grammar=grammar, rest=tuple(rest), free=True)
    answer = yield asked
    plan = parse_plan(answer.text, assignment, n)
    if unnamed(plan):
        again = yield replace(asked, sampling=replace(sampling, seed=assignment.seed + 1), attempt=1)
        plan = min(plan, parse_plan(again.text, assignment, n), key=lambda each: len(unnamed(each)))
    return plan


def parse_plan(text: str, assignment: Assignment, n: int) -> Plan:
    """A plan from the model's JSON. What is missing (it ran out of tokens) or no phrase is filled with neutral names; order and lengths are
    ours."""
    lang = assignment.lang
    title, given = _read(text)
    named: list[tuple[str, tuple[str, ...]]] = []
    names = set[str]()
    for i, (raw_heading, raw_points) in enumerate((given + [("", [])] * n)[:n]):
        heading = _fitted(_clean(raw_heading), lang, "name")
        if not heading or heading in names:
            heading = NO_NAME[lang].format(i + 1)
        names.add(heading)
        points = [point for raw in raw_points if (point := _fitted(_clean(raw), lang, "point"))]
        named.append((heading, tuple(points[:POINTS])))
    parts = share(
        assignment.words, [CONCLUSION if i and MAY_CONCLUDE.search(heading) else 1 for i, (heading, _) in enumerate(named)]
    )
    sections = [Section(f"s{i + 1}", *each, words) for i, (each, words) in enumerate(zip(named, parts, strict=True))]
    return Plan(_fitted(_clean(title), lang, "title"), tuple(sections), is_headed(assignment))


def _read(text: str) -> tuple[str, list[tuple[str, list[str]]]]:
    """The title and the sections (heading, points), or those that were finished before the plan was cut off. Nothing is taken on trust."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        title = TITLE.search(text)
        raw = {"title": title[1] if title else "", "sections": [json.loads(found) for found in CLOSED_SECTION.findall(text)]}
    plan = raw if isinstance(raw, dict) else {}
    given = [section for section in _list(plan.get("sections")) if isinstance(section, dict)]
    return _string(plan.get("title")), [(_string(s.get("heading")), [_string(p) for p in _list(s.get("points"))]) for s in given]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _clean(name: str) -> str:
    """On one line, without the numbering that a model puts before headings: the text has its own order."""
    return NUMBERING.sub("", "".join(c for c in " ".join(name.split()) if c.isprintable()).strip(" #*：:")).strip(" #*：:")


def _fitted(phrase: str, lang: Language, part: str) -> str:
    """One that the grammar stopped in the middle ends at its last pause, if most of it stands before that; in English without its last word,
    which is then two in one."""
    if lang == "en":
        words = phrase[:LONGEST_IN_ENGLISH].split()
        return " ".join(words) if len(words) <= MOST_WORDS[part] else LOOSE_END.sub("", " ".join(words[: MOST_WORDS[part]]))
    longest = LONGEST[part]
    if len(phrase) < longest:
        return phrase
    cut = max(phrase.rfind(mark, longest // 2, longest) for mark in CUTS)
    return phrase[: cut if cut > 0 else longest].rstrip(CUTS)
