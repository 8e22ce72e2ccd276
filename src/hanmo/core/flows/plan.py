"""The plan (提纲): how many sections of which length Python decides, what they are called and say the model does."""

import json
import re
from dataclasses import dataclass

from hanmo.core.errors import InvalidRequest
from hanmo.core.flows.asks import Ask, Flow, Turn
from hanmo.core.text import Language
from hanmo.core.values import Sampling

SHORTEST, LONGEST = 20, 60_000
ONE_PIECE = {"zh": 600, "en": 450}
SECTION = {"zh": 380, "en": 280}
MOST_SECTIONS = 16
POINTS = 3

UNHEADED = re.compile(
    r"信|日记|小说|故事|作文|散文|剧本|台词|演讲|发言稿|小红书|朋友圈|新闻|报道|通讯|读后感|检讨|"
    r"\b(letter|diary|story|novel|essay|script|dialog|speech|news report|personal)\b",
    re.IGNORECASE,
)
HEADED = re.compile(r"小标题|章节|分节|教案|报告|方案|\b(sections?|headings?|chapters?|outline|teaching plan|lesson plan)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be written. `words` counts as writers do; `seed` makes it repeatable."""

    brief: str
    words: int
    lang: Language
    seed: int


@dataclass(frozen=True, slots=True)
class Section:
    heading: str
    points: tuple[str, ...]
    words: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`headed`: whether the headings stand in the text."""

    title: str
    sections: tuple[Section, ...]
    headed: bool


ASKED = re.compile(r"(\d[\d,]*|[一二两三四五六七八九十百千万]+)\s*(?:多|余|左右)?\s*(个?字|字左右|words?\b|-word)", re.IGNORECASE)
DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


def parse_words(brief: str) -> int | None:
    """The length a brief asks for, where it names one: the largest number before 字 or words."""
    found = [_number(match[1]) for match in ASKED.finditer(brief)]
    return max(found, default=None)


def _number(text: str) -> int:
    if text[0].isdigit():
        return int(text.replace(",", ""))
    total, part = 0, 0
    for character in text:
        if character in SCALES:
            total += max(part, 1) * SCALES[character]
            part = 0
        else:
            part = DIGITS[character]
    return total + part


def check_assignment(assignment: Assignment) -> None:
    """`InvalidRequest("brief_empty" | "words_out_of_range")`."""
    if not assignment.brief.strip():
        raise InvalidRequest("brief_empty")
    if not SHORTEST <= assignment.words <= LONGEST:
        raise InvalidRequest("words_out_of_range", words=assignment.words, low=SHORTEST, high=LONGEST)


RULES: dict[Language, str] = {
    "zh": "你是一位中文写作者。按要求写，不复述要求，不写客套话，不解释自己在做什么。内容具体，有细节、有例子；每一段说新的内容，不重复前文的句子。",
    "en": "You are a writer. Write what is asked, without repeating the request, pleasantries or remarks about what you do. Be concrete, with "
    "details and examples; every paragraph says something new and repeats no earlier sentence.",
}
PLAN_ASK: dict[Language, str] = {
    "zh": "写作要求：\n{brief}\n\n先为全文列提纲：一个标题，{n} 个小节，每节一个小标题和 {points} 个要点，各节内容不重叠。只输出 JSON。",
    "en": "Task:\n{brief}\n\nFirst outline the whole text: a title and {n} sections, each with a heading and {points} points; the sections do not "
    "overlap. Output JSON only.",
}


def is_headed(brief: str) -> bool:
    return bool(HEADED.search(brief)) or not UNHEADED.search(brief)


def num_sections(assignment: Assignment) -> int:
    if assignment.words <= ONE_PIECE[assignment.lang]:
        return 1
    return max(2, min(MOST_SECTIONS, round(assignment.words / SECTION[assignment.lang])))


def share(words: int, count: int) -> list[int]:
    """`words` in `count` nearly equal parts."""
    return [words * (i + 1) // count - words * i // count for i in range(count)]


def plan_grammar(n: int) -> str:
    """GBNF for the compact JSON of a plan with exactly `n` sections: pretty-printed JSON costs twice the tokens."""
    section = '"{\\"heading\\":" name ",\\"points\\":[" point ' + f'{{{POINTS - 1}}}'.join(["(\",\" point)", ' "]}"'])
    sections = "section" + ' "," section' * (n - 1)
    return "\n".join(
        [
            f'root ::= "{{\\"title\\":" name ",\\"sections\\":[" {sections} "]}}"',
            f"section ::= {section}",
            'name ::= "\\"" [^"\\\\\\n#|*{}\\[\\]]{2,40} "\\""',
            'point ::= "\\"" [^"\\\\\\n#|*{}\\[\\]]{2,60} "\\""',
        ]
    )


def make_plan(assignment: Assignment) -> Flow[Plan]:
    """One request for a text of several sections; none for a text in one piece."""
    check_assignment(assignment)
    n = num_sections(assignment)
    if n == 1:
        return Plan("", (Section("", (), assignment.words),), headed=False)
    ask = PLAN_ASK[assignment.lang].format(brief=assignment.brief.strip(), n=n, points=POINTS)
    sampling = Sampling(temperature=0.6, presence_penalty=0.3, max_new_tokens=120 * n + 80, seed=assignment.seed)
    answer = yield Ask((Turn("system", RULES[assignment.lang]), Turn("user", ask)), sampling, grammar=plan_grammar(n))
    return parse_plan(answer.text, assignment, n)


def parse_plan(text: str, assignment: Assignment, n: int) -> Plan:
    """A plan from the model's JSON. What is missing (it ran out of tokens) is filled with neutral names; order and lengths are ours."""
    try:
        raw = json.loads(text)
    except ValueError:
        raw = {"title": "", "sections": _whole_sections(text)}
    parts = share(assignment.words, n)
    default = "第 {} 部分" if assignment.lang == "zh" else "Part {}"
    sections, names = [], set[str]()
    for i in range(n):
        given = raw["sections"][i] if i < len(raw["sections"]) else {}
        heading = _clean(str(given.get("heading", "")))
        if not heading or heading in names:
            heading = default.format(i + 1)
        names.add(heading)
        sections.append(Section(heading, tuple(_clean(str(p)) for p in given.get("points", ()))[:POINTS], parts[i]))
    return Plan(_clean(str(raw["title"])), tuple(sections), is_headed(assignment.brief))


def _whole_sections(text: str) -> list[dict[str, object]]:
    """The sections that were finished before a plan was cut off."""
    return [json.loads(found) for found in re.findall(r'\{"heading":"[^"]*","points":\["[^\]]*"\]\}', text)]


def _clean(name: str) -> str:
    """Without the numbering that a model puts before headings: the text has its own order."""
    return re.sub(r"^\s*(?:第?[一二三四五六七八九十\d]+[节章部分]*[、.．:：)）\s]+|Section \d+[:.]?\s*)", "", name.strip()).strip(" #*：:")
