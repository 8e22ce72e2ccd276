"""What parses is told from what does not, in every language, with the line; no input makes the check raise."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hanmo.core.checks.code import EXTENSIONS, GRAMMARS, LARGEST, MACROS, NAMES, READERS, ParseError, check_code, language_of_path
from hanmo.core.checks.sql import is_for_client

GOOD = [
    ("python", "def add(a: int, b: int) -> int:\n    return a + b\n"),
    ("python", "import re\nprint(re.sub('\\d', '', '打开 1'))\n"),  # an invalid escape only warns
    ("python", "match x:\n    case {'a': [1, *rest]}:\n        pass\n"),
    ("json", '{"name": "翰墨", "scripts": {"start": "node server.js"}, "n": 1e3}'),
    ("json", "1" * 5000),
    ("toml", '[project]\nname = "todo"\nat = 2026-11-22T10:00:00Z\n'),
    ("sql", "SELECT name FROM users WHERE age > 18 ORDER BY name;\n"),
    ("yaml", "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n"),
    ("javascript", "#!/usr/bin/env node\nimport http from 'node:http';\nconst page = `<p>${await now()}</p>`;\n"),
    ("javascript", "const Item = ({ text }) => <li className='item'>{text}</li>\n"),
    ("typescript", "interface Task { id: number; done?: boolean }\nconst first = <T,>(all: T[]): T | undefined => all[0];\n"),
    ("tsx", "export const App = (): JSX.Element => <div>{items.map((i) => <p key={i}>{i}</p>)}</div>;\n"),
    ("html", "<!doctype html>\n<html><body><p>一<br><img src=a.png></body></html>\n"),
    ("html", "<style>a { color: red }</style>\n<script type='application/json'>{,}</script>\n<script>let a = '</p>';</script>\n"),
    ("html", "<p>R&D\n<p>一 & 二\n<ul>\n<li>甲\n<li>乙\n</ul>\n<p>三<script>let b = a && 1;</script>\n"),
    ("html", "<!doctype html>\n<html>\n<head><title>x</title>\n<body>\n<table><tr><td>1<td>2<tr><td>3</table>\n<p>hi\n"),
    ("html", "<li>a\n<li>b\n"),
    ("css", ":root { --ink: #111 }\n@media (min-width: 40em) { a:hover { color: var(--ink) } }\n"),
    ("bash", 'set -eu\nfor f in *.csv; do\n  wc -l "$f" | tee out\ndone\ncat <<EOF\n(\nEOF\n'),
    ("c", '#include <stdio.h>\nint main(void) { printf("%d\\n", 1); return 0; }\n'),
    (
        "cpp",
        "#include <vector>\ntemplate <typename T> auto sum(const std::vector<T>& v) { T s{}; for (auto x : v) s += x; return s; }\n",
    ),
    ("java", 'public class Main { public static void main(String[] args) { System.out.println("好"); } }\n'),
    ("go", 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("好") }\n'),
    ("go", "x := 1\ny := 2\nfmt.Println(x, y)"),
    ("go", "package main\n\ntype P struct {\n\tX int\n}"),
    ("go", "const (\n\tA = 1\n)"),
    ("c", "#include <stdio.h>\n#define MOST 3\n#define LEAST 1"),
    ("rust", 'fn main() {\n    let v: Vec<&\'static str> = vec!["a"];\n    println!("{}", v.len());\n}\n'),
]

NEWER = [
    ("python", "type Pair[T] = tuple[T, T]\n"),
    ("python", "class Box[T: (int, str)]:\n    def map[U](self, f: Callable[[T], U]) -> U: ...\n"),
    ("python", 'x = f"{d["a"]} {", ".join(a)}"\n'),
    ("python", 'x = t"hi {name}"\ntry:\n    pass\nexcept A, B:\n    pass\n'),
    ("c", "int main(void)\n{\n    for (auto n = 1; n < 3; n++) f(n);\n}\n"),
    ("c", "typedef enum : unsigned { A, B } e;\n"),
    ("rust", 'unsafe extern "C" {\n    safe fn abs(x: i32) -> i32;\n}\n'),
    ("jsx", "const a = <p>Tom & Jerry</p>;\n"),
    ("tsx", "const a = <p>{all} & more</p>;\n"),
    ("typescript", "interface A<in out T> { f(x: T): T }\n"),
    ("bash", "shopt -s extglob\nrm -- !(a|b).txt\n"),
    ("bash", "cat <<A <<B\n1\nA\n2\nB\n"),
]
"""What this Python, or a grammar here, may be too old for."""

BAD = [
    ("python", "class Box[T]:\n    def f[U](self:\n        pass\n", 2, ""),
    ("rust", 'unsafe extern "C" {\n    safe fn abs(x: i32 -> i32;\n}\n', 3, "unexpected }"),
    ("jsx", "const a = <p>Tom & Jerry</p>;\nconst b = ;\n", 1, ""),
    ("python", "def add(a, b):\nreturn a + b\n", 2, "indented block"),
    ("python", "x = 1\nprint('a'\n", 2, "never closed"),
    ("python", "x = 1\nreturn x\n", 2, "outside function"),
    ("python", "以下是代码：\nprint(1)\n", 1, "invalid character"),
    ("json", '{\n  "a": 1,\n}', 3, "property name"),
    ("json", '{"a": NaN}', 1, "NaN"),
    ("toml", "a = 1\nb = \n", 2, "Invalid value"),
    ("sql", "SELECT name\nFROM users\nWHERE (age > 18;\n", 3, "Expecting )"),
    ("yaml", "a: 1\nb: [1,\nc: 2\n", 2, "[ is never closed"),
    ("javascript", "function f() {\n  if (x) {\n    g();\n}\n\nfunction h() {}\n", 1, "{ is never closed"),
    ("javascript", "let a = 1;\nf(a]);\n", 2, "unexpected ], while ( of line 2 is open"),
    ("javascript", "let a = `${f('}')}`;\nlet b = [1, 2;\n", 2, "[ is never closed"),
    ("javascript", "let a = 1;\nlet b = ;\n", 2, "unexpected"),
    ("typescript", "let a: number = 1;\nlet b: = 2;\n", 2, "unexpected"),
    ("tsx", "const a = 1;\nconst App = () => <div>;\n", 2, ""),
    ("html", "<div>\n<p>a</p>\n", 1, "<div>"),
    ("html", "<div>\n<h1>a\n</div>\n", 2, "<h1> is never closed"),
    ("html", "<p>a</p>\n</div>\n", 2, "unexpected </div>"),
    ("html", "<ul>\n<li>a</li>\n</ol>\n", 3, "unexpected </ol>"),
    ("html", '<div>\n<p class="x>a</p>\n</div>\n', 2, "tag is never closed"),
    ("html", "<p>a</p>\n<script>\nlet a = 1;\nlet b = {;\n</script>\n", 4, "{ is never closed"),
    ("html", "<style>\na { color: red }\nb { color: \n</style>\n", 3, "{ is never closed"),
    ("css", "a { color: red }\nb { color: red\n", 2, "{ is never closed"),
    ("bash", "echo a\nif true; then\n  echo b\n", 3, "missing fi"),
    ("bash", "ls\necho $(ls\n", 2, "$( is never closed"),
    ("bash", "case $1 in\n  a) echo a ;;\nesac\necho ${b\n", 4, "never closed"),
    ("c", "int main(void) {\n  return 0\n}\n", 2, "missing ;"),
    ("cpp", "int main() {\n  std::vector<int> v\n}\n", 2, "missing ;"),
    ("java", "class A {\n  void f() { int x = 1 }\n}\n", 2, "missing ;"),
    ("go", "package main\nfunc main() {\n  x := \n}\n", 3, "missing"),
    ("rust", "fn main() {\n    let x = ;\n}\n", 2, "unexpected"),
]


@pytest.mark.parametrize(("language", "code"), GOOD)
def test_good_code_parses(language: str, code: str) -> None:
    assert check_code(language, code) == "ok"


@pytest.mark.parametrize(("language", "code", "line", "message"), BAD)
def test_bad_code_is_found_with_its_line(language: str, code: str, line: int, message: str) -> None:
    found = check_code(language, code)
    assert isinstance(found, ParseError)
    assert (found.line, found.count >= 1) == (line, True), found
    assert message in found.message


@pytest.mark.parametrize("language", sorted({*READERS, *GRAMMARS}))
def test_every_language_has_a_snippet_that_parses_and_one_that_does_not(language: str) -> None:
    assert language in {row[0] for row in GOOD} & {row[0] for row in BAD}


AHEAD = [
    ("c", "TEST(Foo, Bar)\n{\n  int x = 1;\n}\n"),
    ("c", "#ifdef A\nint f(void) {\n#else\nint f(int a) {\n#endif\n  return 0;\n}\n"),
    ("c", "static int __init f(void)\n{\n  return 0;\n}\n"),
    ("css", "@media (width >= 768px) { a { color: red } }\n@container card (min-width: 400px) { b { color: red } }\n"),
    ("css", '.dark & { color: red }\n@page :first { margin: 0 }\n[href$=".PDF" i] { color: red }\n'),
]
"""What is right, and more than the grammars here know."""


@pytest.mark.parametrize(("language", "code"), AHEAD)
def test_what_the_grammar_does_not_know_is_unchecked_but_for_its_brackets(language: str, code: str) -> None:
    assert check_code(language, code) == "unchecked"
    assert "#if" in code or isinstance(check_code(language, code + "}"), ParseError)


@pytest.mark.parametrize("language", ["console", "text", "", "mermaid", "c#", "zsh"])
def test_what_no_parser_knows_is_unchecked(language: str) -> None:
    assert check_code(language, "((((") == "unchecked"


def test_code_past_the_limit_is_unchecked() -> None:
    assert check_code("json", "[" * (LARGEST + 1)) == "unchecked"


@pytest.mark.parametrize("name", ["PY", " js ", "Sh", "yml", "C++", "TSX"])
def test_the_usual_names_of_a_language_are_known(name: str) -> None:
    assert isinstance(check_code(name, "((" if name != "yml" else "a: ["), ParseError)


def test_every_short_name_and_extension_leads_to_one_language() -> None:
    assert set(NAMES.values()) <= {*READERS, *GRAMMARS}
    assert {*READERS, *GRAMMARS} <= set(EXTENSIONS.values())


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("todo.py", "python"),
        ("src/App.TSX", "tsx"),
        ("a.b/Dockerfile", "dockerfile"),
        (".gitignore", "text"),
        ("用法", None),
        ("a.py/b", None),
        (".py", None),
        ("", None),
    ],
)
def test_a_path_names_its_language(path: str, language: str | None) -> None:
    assert language_of_path(path) == language


HOSTILE = [
    "(",
    "((((]",
    "{",
    "[[",
    "<a>",
    '"',
    "`",
    "a.",
    "-",
    "'''",
    '{"a":',
    "if x:\n ",
    "\ud800",
    "f(",
    "a: ",
    "$(",
    "/*",
    "\\",
    "lambda:",
    "not ",
]


@pytest.mark.parametrize("language", sorted({*READERS, *GRAMMARS}))
@pytest.mark.parametrize("piece", HOSTILE)
def test_nothing_makes_it_raise(language: str, piece: str) -> None:
    for times in (1, 1500):
        assert check_code(language, piece * times) in ("ok", "unchecked") or isinstance(
            check_code(language, piece * times), ParseError
        )


@pytest.mark.parametrize("language", sorted({*READERS, *GRAMMARS}))
def test_a_null_byte_is_an_error_of_its_line(language: str) -> None:
    found = check_code(language, "\n\n" + "\0" * 10_000)
    assert isinstance(found, ParseError)
    assert found.line == 3


@pytest.mark.parametrize(
    ("language", "piece"), [("python", "("), ("python", "-"), ("python", "f("), ("json", "["), ("toml", "a=[")]
)
def test_a_nesting_too_deep_is_an_error(language: str, piece: str) -> None:
    assert isinstance(check_code(language, piece * (LARGEST // len(piece))), ParseError)


@pytest.mark.parametrize(("language", "code"), NEWER)
def test_what_is_newer_than_its_parser_is_never_wrong(language: str, code: str) -> None:
    assert check_code(language, code) in ("ok", "unchecked")


@settings(max_examples=60, deadline=None)
@example(language="sql", code="\\0")  # a line for the client of a database, which no parser reads
@example(language="bash", code="\f0\\")
@given(language=st.sampled_from(sorted({*READERS, *GRAMMARS})), code=st.text(max_size=200))
def test_any_text_has_a_verdict_inside_its_lines(language: str, code: str) -> None:
    found = check_code(language, code)
    if isinstance(found, ParseError):
        assert 1 <= found.line <= code.count("\n") + code.count("\r") + 1
        assert found.message
    elif language in ("css", "c", "cpp") and found == "unchecked":
        assert language == "css" or MACROS.search(code)
    else:
        assert found == ("unchecked" if language == "sql" and is_for_client(code) else "ok")


@settings(max_examples=60, deadline=None)
@given(row=st.sampled_from(GOOD), data=st.data())
def test_code_cut_anywhere_has_a_verdict(row: tuple[str, str], data: st.DataObject) -> None:
    language, code = row
    cut = data.draw(st.integers(0, len(code)))
    found = check_code(language, code[:cut])
    assert found == "ok" or isinstance(found, ParseError) or (language, found) == ("css", "unchecked")
