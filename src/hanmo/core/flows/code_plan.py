"""Which files a program has: the model names them and says what each is for, Python decides how many, in what order and which names will do."""

import re
from collections.abc import Sequence
from dataclasses import replace

from hanmo.core.articles import Assignment, Plan, Section
from hanmo.core.checks.code import FILE_NAMES, language_of_path
from hanmo.core.flows.asks import Ask, Flow, Turn
from hanmo.core.flows.front import material
from hanmo.core.presets import PRESETS
from hanmo.core.text import Language

MOST_FILES = 8
WORDS_A_FILE = 350
MOST_USAGE_WORDS = 150
LIGHT = {"json", "toml", "yaml", "text", "ini", "dockerfile"}
"""Languages of files that hold settings: these are short, and do nothing by themselves."""
PHRASE = r'[^"\\\n#|*`{}\[\]。；！？]'
PATH = "[A-Za-z0-9_.] [A-Za-z0-9_./-]{1,50}"

RULES: dict[Language, str] = {
    "zh": "你是一位软件工程师。写完整、能直接运行的代码，不省略，不留待补的地方，不用没有定义的名字。除要求点名的以外只用标准库。"
    "注释少而短，用中文，说明为什么。",
    "en": "You are a software engineer. Write complete code that runs as it is: nothing left out, nothing to be filled in, no name that is not "
    "defined. Beyond what the task names, use the standard library only. Comments are few and short and say why.",
}
PLAN_ASK: dict[Language, str] = {
    "zh": "{material}\n\n先列出要写的文件：{count}，够用就好。每个文件一个相对路径和一句不超过 20 字的用途；被依赖的在前，测试在后；"
    "不列说明文档和运行时才有的数据。另起一个标题。只输出 JSON。",
    "en": "{material}\n\nFirst list the files to write: {count}, no more than it takes. Each has a relative path and its purpose in a few words; "
    "what others depend on comes first, tests last; no readme, no data that only running makes. Give the whole a title. Output JSON only.",
}
COUNT: dict[Language, dict[bool, str]] = {"zh": {True: "一个", False: "至多 {} 个"}, "en": {True: "one", False: "at most {}"}}
USAGE: dict[Language, str] = {"zh": "用法", "en": "Usage"}
USAGE_PURPOSE: dict[Language, dict[bool, str]] = {
    "zh": {False: "怎样运行和使用", True: "怎样运行、使用和测试"},
    "en": {False: "how to run and use it", True: "how to run, use and test it"},
}
"""True: there are tests."""
PROGRAM: dict[Language, str] = {"zh": "主程序", "en": "the program"}
TESTS_PURPOSE: dict[Language, str] = {"zh": "测试 {}", "en": "tests of {}"}

WANTS_TESTS = re.compile(r"测试|\b(?:tests?|pytest|unittest|jest|tested)\b", re.IGNORECASE)
TEST_PATH = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec)/|(?:^|/)tests?[_.][^/]*$|[._](?:test|spec)s?\.\w+$|Tests?\.(?:java|kt|cs)$"
)
TEST_NAMES = {"python": "test_{}.py", "javascript": "{}.test.js", "typescript": "{}.test.ts", "go": "{}_test.go"}
FIRST_FILE = (
    (re.compile(r"typescript", re.IGNORECASE), "index.ts"),
    (re.compile(r"\bnode(?:\.?js)?\b|(?<!web)javascript|\bjs\b", re.IGNORECASE), "index.js"),
    (re.compile(r"html|网页|页面|web ?page|css", re.IGNORECASE), "index.html"),
    (re.compile(r"c\+\+|\bcpp\b", re.IGNORECASE), "main.cpp"),
    (re.compile(r"\bjava\b", re.IGNORECASE), "Main.java"),
    (re.compile(r"\bgo(?:lang)?\b|go ?语言", re.IGNORECASE), "main.go"),
    (re.compile(r"\brust\b", re.IGNORECASE), "main.rs"),
    (re.compile(r"\bc\b|c ?语言", re.IGNORECASE), "main.c"),
    (re.compile(r"\b(?:ba)?sh(?:ell)?\b", re.IGNORECASE), "main.sh"),
    (re.compile(""), "main.py"),
)
"""Where the model names no file that will do."""


def code_rules(lang: Language) -> Turn:
    return Turn("system", RULES[lang])


def is_test(path: str) -> bool:
    return bool(TEST_PATH.search(path))


def runs_in_a_shell(paths: Sequence[str]) -> bool:
    """Whether these files are run by a command. A page with its scripts is opened, unless there is a server for it."""
    languages = {language_of_path(path) for path in paths} - {None}
    page = "html" in languages and languages <= {"html", "css", "javascript", "json"}
    return bool(languages) and (not page or any("server" in path.lower() for path in paths))


def num_files(assignment: Assignment) -> int:
    """At most so many: by the length asked for, and two where tests are wanted."""
    least = 2 if WANTS_TESTS.search(assignment.brief) else 1
    return max(least, min(MOST_FILES, round(assignment.words / WORDS_A_FILE)))


def plan_grammar(most: int, there: int = 0) -> str:
    """GBNF for the compact JSON of a title and 1 to `most` files, or for what follows the first `there` of them."""
    begin = "" if there else '"{\\"title\\":" phrase ",\\"files\\":[" file '
    return "\n".join(
        [
            f'root ::= {begin}("," file){{0,{most - max(1, there)}}} "]}}"',
            f'file ::= "{{\\"path\\":\\"" {PATH} "\\",\\"purpose\\":" phrase "}}"',
            f'phrase ::= "\\"" {PHRASE}{{2,60}} "\\""',
        ]
    )


def plan_code(assignment: Assignment) -> Flow[Plan]:
    """One request: files in the order they are written, tests last, then how to use them."""
    most, lang = num_files(assignment), assignment.lang
    count = COUNT[lang][most == 1].format(most)
    ask = PLAN_ASK[lang].format(material=material(assignment), count=count)
    sampling = replace(PRESETS["code"], max_new_tokens=60 * most + 80, seed=assignment.seed)
    grammar, *rest = (plan_grammar(most, there) for there in range(most + 1))
    answer = yield Ask((code_rules(lang), Turn("user", ask)), sampling, grammar=grammar, rest=tuple(rest), free=True)
    return parse_plan(answer.text, assignment, most)


def parse_plan(text: str, assignment: Assignment, most: int) -> Plan:
    """A plan from the model's JSON, as far as it got. Names that will not do are left out."""
    found = re.search(r'"title":"([^"\n]*)"', text)
    files: dict[str, str] = {}
    for path, purpose in re.findall(r'\{"path":"([^"\n]*)","purpose":"([^"\\\n]*)"\}', text):
        known = {name.lower() for name in files}
        if is_usable(path) and path.lower() not in known and len(files) < most:
            files[path] = purpose.strip(" 。.")
    if all(language_of_path(path) in LIGHT for path in files):
        files = {next(name for pattern, name in FIRST_FILE if pattern.search(assignment.brief)): PROGRAM[assignment.lang], **files}
    if WANTS_TESTS.search(assignment.brief) and not any(map(is_test, files)):
        files |= _tests_of(next(iter(files)), assignment.lang)
    ordered = sorted(files, key=is_test)
    purpose = USAGE_PURPOSE[assignment.lang][any(map(is_test, files))]
    rows = [*((path, (files[path],) if files[path] else ()) for path in ordered), (USAGE[assignment.lang], (purpose,))]
    words = _shares(assignment.words, ordered)
    sections = tuple(
        Section(f"s{i}", name, points, n) for i, ((name, points), n) in enumerate(zip(rows, words, strict=True), start=1)
    )
    return Plan(found[1].strip(" .:：。") if found else "", sections, headed=True)


def is_usable(path: str) -> bool:
    """A relative path inside the project to a kind of file that is known. The readme is the last section; data and
    empty files are none."""
    parts = path.split("/")
    name = parts[-1].lower()
    if path.startswith(("/", "~")) or "\\" in path or ":" in path or any(part in ("", ".", "..") for part in parts):
        return False
    if name in FILE_NAMES:
        return True
    return (
        language_of_path(path) not in (None, "markdown", "csv", "text") and name != "__init__.py" and not name.startswith("readme")
    )


def _tests_of(path: str, lang: Language) -> dict[str, str]:
    """A file of tests beside the one at `path`, where its language has a usual name for it."""
    name = TEST_NAMES.get(language_of_path(path) or "")
    if name is None:
        return {}
    folder, slash, file = path.rpartition("/")
    return {folder + slash + name.format(file.rpartition(".")[0]): TESTS_PURPOSE[lang].format(path)}


def _shares(words: int, paths: list[str]) -> list[int]:
    """The words for each file and for the usage at the end: a file of settings gets a quarter of what a file of code gets."""
    usage = max(1, min(MOST_USAGE_WORDS, words // (len(paths) + 1)))
    weights = [1 if language_of_path(path) in LIGHT else 4 for path in paths]
    whole = sum(weights)
    return [*(max(1, (words - usage) * weight // whole) for weight in weights), usage]
