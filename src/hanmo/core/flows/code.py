"""Code in stages (代码): which files, then each file in one block that parses, then how to use them.

Rules
  * Python opens each file's block, so that the model begins in the code, and closes it: what comes behind the fence is dropped.
  * A block is asked for in runs of a few hundred tokens. A model that talks on behind its fence costs one run at most.
  * A block that does not parse is asked for again alone: the error is said below it, in the conversation that the engine has read already.
    What fails to the end is kept as the best of its tries and said to be so.
"""

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.blocks import read_lines
from hanmo.core.checks.code import NAMES, ParseError, check_code, language_of_path
from hanmo.core.flows.asks import Ask, End, Flow, Turn
from hanmo.core.flows.code_plan import USAGE, code_rules, is_test, plan_code, runs_in_a_shell
from hanmo.core.flows.expand import EARLIER, NOTE_ASK, Written, section_heading
from hanmo.core.flows.front import material, plan_text
from hanmo.core.flows.room import Room, estimate_tokens, kept_from
from hanmo.core.flows.tidy import tidy
from hanmo.core.presets import PRESETS, choose_for_article
from hanmo.core.text import Language
from hanmo.core.values import Sampling

__all__ = ["plan_code", "write_file"]

TRIES = 3
RUN_TOKENS = 256
TOKENS_PER_WORD = 5
"""Of code: names in parts, marks and indents are tokens, but no words."""
LEAST_TOKENS, MOST_TOKENS = 1024, 3072
"""A file is finished rather than short: its length in words is a wish only."""
WORDS_PER_LINE = 5
LOOP_LINES, LOOP_TIMES = 4, 5
ROOM_LEFT = 48
BETWEEN: dict[Language, str] = {"zh": "；", "en": "; "}
STOP: dict[Language, str] = {"zh": "。", "en": "."}

FILE_ASK: dict[Language, str] = {
    "zh": "现在写文件 {path}：{purpose}。约 {lines} 行，只写这一个文件，写完整；名字与前面的文件一致；没有要求的第三方库不用。{only}{tests}{note}",
    "en": "Now write the file {path}: {purpose}. About {lines} lines, this one file only and all of it. Names agree with the earlier files. No "
    "third-party package or framework that the task does not ask for. {only}{tests}{note}",
}
ONLY_ASK: dict[Language, dict[bool, str]] = {
    "zh": {True: "全部代码都写在这一个文件里，不引用别的文件。", False: "不引用提纲里没有的文件。"},
    "en": {True: "All code stands in this one file; it refers to no other. ", False: "Refer to no file that is not in the list. "},
}
"""True: there is no other file."""
TESTS_ASK: dict[Language, str] = {
    "zh": "从前面的文件导入，只用那里真有的名字；每个测试自己准备数据，不靠别的测试。",
    "en": "Import from the files above, only names that are there; each test prepares its own data and needs no other test. ",
}
USAGE_ASK: dict[Language, str] = {
    "zh": "现在写「{heading}」：{purpose}。约 {words} 字。照上面的代码写，只写那里真有的命令、参数和文件；运行后要输入的，写出输入什么。"
    "命令放在 bash 代码块里，不写 <占位>。不写标题，不重复前面的代码。{note}",
    "en": 'Now write "{heading}": {purpose}. About {words} words. Go by the code above: only commands, arguments and files that are there, and '
    "what is typed in once it runs. Commands stand in bash blocks without <placeholders>. No heading, and none of the code above again. {note}",
}
RUN_OPENING: dict[Language, str] = {"zh": "运行：\n\n```bash\n", "en": "To run it:\n\n```bash\n"}
"""So begins the usage of what runs in a shell: left to itself, a small model installs and clones what is not there."""
MEND_ASK: dict[Language, str] = {
    "zh": "{path} 第 {line} 行不能解析：{message}\n\n{shown}\n\n改正后重写整段，其余不变。",
    "en": "{path} does not parse, line {line}: {message}\n\n{shown}\n\nMend it and write the whole again, the rest as it is.",
}

FENCE = re.compile(r"```([^`]*)$")
FENCED = re.compile(r"(?ms)^( *)```[ ]*([\w+#.-]*)[^\n`]*\n(.*?)^ *```[ ]*$")
PLACEHOLDER = re.compile(r"<([^<>\n/|&;$]+)>")
DEFINES = re.compile(
    r"\s*(?:(?:export|default|async|public|private|static|pub|abstract)\s+)*(?:def|class|function|func|fn|interface|struct|enum|type)\s"
)
EXPORTS = re.compile(r"(?:module\.)?exports\b|export\b|from\b|import\b|[A-Z_]+\s*=|(?:const|let|var)\s")


@dataclass(frozen=True, slots=True)
class Draft:
    """One try: the section's text, the code in question and its first error. `cut`: the tokens ran out before its end; `loops`: the same lines
    came again and again, of which the first are kept."""

    text: str
    code: str
    error: ParseError | None
    cut: bool = False
    loops: bool = False

    @property
    def problem(self) -> str:
        if not self.code.strip():
            return "too_short"
        return "does_not_parse" if self.error else "repeats" if self.loops else "too_short" if self.cut else ""

    def rank(self) -> tuple[bool, int, bool, int]:
        """The best is the least: fewest errors, the first of them as far down as it may be."""
        count, line = (self.error.count, self.error.line) if self.error else (0, 0)
        return (not self.code.strip(), count, self.cut or self.loops, -line)


@dataclass(frozen=True, slots=True)
class Tried:
    """The best draft so far, whether the user skipped the rest, and the length that they asked for meanwhile."""

    best: Draft | None = None
    skipped: bool = False
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """How a section is asked for: its path or name, what stands at its beginning behind its heading, when it is complete, and what becomes of
    the answer."""

    path: str
    messages: tuple[Turn, ...]
    heading: str
    opening: str
    tokens: int
    run_tokens: int
    is_complete: Callable[[str], bool]
    read: Callable[[str], Draft]


def write_file(
    assignment: Assignment, plan: Plan, section: Section, texts: Mapping[str, str], room: Room, begun: str = ""
) -> Flow[Written]:
    """A section of a plan of code, after the texts of those before it, and behind what is `begun` of it: a file in one block where its heading
    is a path, else Markdown."""
    sections = [s for s in plan.sections if not s.skipped]
    k = sections.index(section)
    task = task_for(assignment, plan, section, conversation(assignment, plan, sections, k, texts, room))
    usual = choose_for_article(PRESETS["code"], assignment.preset, assignment.sampling)
    tried = yield from tries(task, usual, assignment.seed + k, assignment.lang, room, begun.removeprefix(task.opening))
    words = tried.asked or section.words
    if tried.skipped:
        return Written("", "skipped", words)
    return Written(tried.best.text, tried.best.problem, words) if tried.best else Written("", "too_short", words)


def task_for(assignment: Assignment, plan: Plan, section: Section, messages: tuple[Turn, ...]) -> Task:
    """How the section is asked for behind `messages`."""
    heading = section_heading(plan, section)
    if file_language(section):
        return _file_task(messages, heading, section, assignment.lang)
    runs = section.heading == USAGE[assignment.lang] and runs_in_a_shell([s.heading for s in plan.sections if not s.skipped])
    return _usage_task(messages, heading, section, RUN_OPENING[assignment.lang] if runs else "")


def tries(task: Task, usual: Sampling, seed: int, lang: Language, room: Room, text: str = "") -> Flow[Tried]:
    """Asks until there is a draft with nothing wrong, a few times at most; the first try goes on behind `text`."""
    tried, messages = Tried(), task.messages
    for attempt in range(TRIES):
        raw, end, asked = yield from _answer(task, messages, attempt, _surer(usual, attempt, seed), room, text)
        tried = replace(tried, asked=asked or tried.asked)
        if end == "skipped":
            return replace(tried, skipped=True)
        draft = replace(task.read(raw), loops=end == "repeat")
        draft = replace(draft, cut=end == "length" and not task.is_complete(raw))
        if tried.best is None or draft.rank() < tried.best.rank():
            tried = replace(tried, best=draft)
        if not draft.problem:
            break
        messages, text = _mend(task, draft, lang, room), ""
    return tried


def file_language(section: Section) -> str | None:
    """The language of a file's block; None for a section in Markdown, which is no file."""
    language = language_of_path(section.heading)
    return None if language == "markdown" else language


def conversation(
    assignment: Assignment, plan: Plan, sections: list[Section], k: int, texts: Mapping[str, str], room: Room
) -> tuple[Turn, ...]:
    """Everything up to the request for section `k`. Of files that do not fit the room, what they define is there."""
    front = _front(assignment, plan)
    first = _first_whole(front, sections, k, texts, room)
    if first:
        digest = "\n".join(f"{s.heading}\n{outline(texts.get(s.id, ''))}" for s in sections[:first])
        front += "\n\n" + EARLIER[assignment.lang].format(digest)
    turns = [code_rules(assignment.lang)]
    for i in range(first, k + 1):
        ask = _ask_for(sections[i], assignment.lang, alone=sum(file_language(s) is not None for s in sections) == 1)
        turns.append(Turn("user", f"{front}\n\n{ask}" if i == first else ask))
        if i < k:
            turns.append(Turn("assistant", section_heading(plan, sections[i]) + texts.get(sections[i].id, "")))
    return tuple(turns)


def num_in_short(assignment: Assignment, plan: Plan, section: Section, texts: Mapping[str, str], room: Room) -> int:
    """Of how many of the sections before `section` the model is only told what they define, because the context is too small for all."""
    sections = [s for s in plan.sections if not s.skipped]
    return _first_whole(_front(assignment, plan), sections, sections.index(section), texts, room)


def _front(assignment: Assignment, plan: Plan) -> str:
    return f"{material(assignment)}\n\n{plan_text(plan, assignment.lang)}"


def _first_whole(front: str, sections: list[Section], k: int, texts: Mapping[str, str], room: Room) -> int:
    lengths = [section.words * TOKENS_PER_WORD // 2 for section in sections[: k + 1]]
    return kept_from(front, [texts.get(section.id, "") for section in sections[:k]], lengths, room)


def _ask_for(section: Section, lang: Language, *, alone: bool) -> str:
    note = NOTE_ASK[lang].format(note=section.note.rstrip("。. ")) if section.note else ""
    purpose = BETWEEN[lang].join(section.points) or section.heading
    if file_language(section) is None:
        return USAGE_ASK[lang].format(heading=section.heading, purpose=purpose, words=section.words, note=note).strip()
    tests = TESTS_ASK[lang] if is_test(section.heading) else ""
    lines = max(5, section.words // WORDS_PER_LINE)
    only = ONLY_ASK[lang][alone]
    return FILE_ASK[lang].format(path=section.heading, purpose=purpose, lines=lines, only=only, tests=tests, note=note).strip()


def outline(text: str, most: int = 30) -> str:
    """What a file offers to others: the lines that import, define and export."""
    lines = [line for line in text.splitlines() if DEFINES.match(line) or EXPORTS.match(line)]
    return "\n".join(lines[:most])


# --------------------------------------------------------------------------------------------------------------- one answer


def _surer(usual: Sampling, attempt: int, seed: int) -> Sampling:
    """Nearer to the likeliest with every attempt."""
    colder = max(min(0.1, usual.temperature), usual.temperature - 0.1 * attempt)
    return replace(usual, temperature=colder, seed=seed + 1000 * attempt)


def _answer(
    task: Task, messages: tuple[Turn, ...], attempt: int, sampling: Sampling, room: Room, text: str
) -> Flow[tuple[str, End, int | None]]:
    """`text` and what the model writes behind it, which follows the opening, run by run until it is complete or ends; the last run's end, and
    the length asked for."""
    read = sum(estimate_tokens(turn.text) for turn in messages)
    words, spent = None, 0
    end: End = "length"
    opening = task.heading + task.opening
    while spent < task.tokens and (left := room.n_ctx - read - estimate_tokens(opening + text) - ROOM_LEFT) > 0:
        tokens = min(task.run_tokens, task.tokens - spent, left)
        answer = yield Ask(messages, replace(sampling, max_new_tokens=tokens), opening + text, attempt=attempt, free=True)
        text, words, end, spent = text + answer.text, answer.words or words, answer.end, spent + tokens
        if end != "length" or not answer.text or task.is_complete(text):
            break
        if (once := _without_loop(text)) is not None:
            return once, "repeat", words
    return text, end, words


def _without_loop(text: str) -> str | None:
    """The text up to where its last lines began to come again and again, if they did: code has no end of its own then."""
    lines = text.splitlines()[:-1]
    last = lines[-LOOP_LINES:]
    places = [i for i in range(len(lines) - LOOP_LINES + 1) if lines[i : i + LOOP_LINES] == last]
    if len(places) <= LOOP_TIMES or sum(len(line.strip()) for line in last) <= 3 * LOOP_LINES:
        return None
    period = places[-1] - places[-2]
    begin = next(i for i in range(len(lines)) if lines[i : i + LOOP_LINES] == lines[i + period : i + period + LOOP_LINES])
    return "\n".join(lines[: begin + period])


def _mend(task: Task, draft: Draft, lang: Language, room: Room) -> tuple[Turn, ...]:
    """The request again with the error below the answer; without both where the code has no end, or no room is left to have it twice."""
    if draft.error is None or draft.cut or draft.loops:
        return task.messages
    lines = draft.code.splitlines()
    shown = "\n".join(lines[max(0, draft.error.line - 2) : draft.error.line + 1])
    ask = MEND_ASK[lang].format(path=task.path, line=draft.error.line, message=draft.error.message, shown=f"```\n{shown}\n```")
    messages = (*task.messages, Turn("assistant", task.heading + draft.text), Turn("user", ask))
    needed = sum(estimate_tokens(turn.text) for turn in messages) + estimate_tokens(draft.text) * 5 // 4
    return messages if needed + ROOM_LEFT < room.n_ctx else task.messages


# -------------------------------------------------------------------------------------------------------------------- a file


def _file_task(messages: tuple[Turn, ...], heading: str, section: Section, lang: Language) -> Task:
    language = file_language(section) or "text"
    purpose = BETWEEN[lang].join(section.points).rstrip("。. ")
    opening = (f"{purpose}{STOP[lang]}\n\n" if purpose else "") + f"```{language}\n"
    tokens = max(LEAST_TOKENS, min(MOST_TOKENS, section.words * TOKENS_PER_WORD))

    def read(raw: str) -> Draft:
        code, _ = first_block(raw, language)
        parsed = check_code(language, code)
        text = f"{opening}{code}\n```"
        return Draft(text, code, parsed if isinstance(parsed, ParseError) else None)

    return Task(section.heading, messages, heading, opening, tokens, RUN_TOKENS, lambda raw: first_block(raw, language)[1], read)


def first_block(raw: str, language: str) -> tuple[str, bool]:
    """The code in an answer that began behind an opening fence, and whether its fence is closed. A fence that opens again, after nothing or
    after words that are no code, begins the block anew."""
    lines, start = raw.split("\n"), 0
    for i, line in enumerate(lines):
        if not (fence := FENCE.match(line)):
            continue
        before = "\n".join(lines[start:i])
        if before.strip() and (not fence[1].strip() or check_code(language, before) == "ok"):
            return _bare(before), True
        start = i + 1
    return _bare("\n".join(lines[start:])), False


def _bare(code: str) -> str:
    return code.lstrip("\n").rstrip()


# --------------------------------------------------------------------------------------------------------------------- usage


def _usage_task(messages: tuple[Turn, ...], heading: str, section: Section, opening: str) -> Task:
    tokens = max(400, min(MOST_TOKENS, section.words * 3))

    def read(raw: str) -> Draft:
        text = FENCED.sub(_without_placeholders, _below_headings(tidy(opening + raw), section.heading))
        first, code = None, text
        for _, language, block in FENCED.findall(text):
            block = textwrap.dedent(block)
            parsed = check_code(language or "text", block)
            if isinstance(parsed, ParseError):
                first, code = (replace(first, count=first.count + parsed.count), code) if first else (parsed, block)
        return Draft(text if raw.strip() else "", code if raw.strip() else "", first)

    return Task(section.heading, messages, heading, opening, tokens, tokens, lambda _: True, read)


def _without_placeholders(block: re.Match[str]) -> str:
    """A block of commands with <file> as file: to a shell the brackets are redirections, and a model does not leave them off when told."""
    if NAMES.get(block[2], block[2]) != "bash" or check_code("bash", block[3]) == "ok":
        return block[0]
    bare = PLACEHOLDER.sub(lambda name: "_".join(name[1].split()), block[3])
    return block[0].replace(block[3], bare) if check_code("bash", bare) == "ok" else block[0]


def _below_headings(text: str, heading: str) -> str:
    """Its own headings one level below the section's, which is not written again."""
    lines: list[str] = []
    for line in read_lines(text):
        name = line.text.lstrip("# ").strip()
        if line.kind == "heading" and line.text.startswith("#"):
            if name != heading or lines:
                lines.append(re.sub(r"^#{1,2} ", "### ", line.text))
        else:
            lines.append(line.text)
    return "\n".join(lines).strip()
