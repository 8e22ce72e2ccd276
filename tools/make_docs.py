"""Writes what can drift: docs/cli.md, docs/api.md, and the marked parts of other documents (`make docs`).

Rules
  * Every generator is a function that returns text; `documents()` has them all, so that `tests/docs` compares them with the files.
  * A document with hand-written text has `<!-- name:begin -->` and `<!-- name:end -->`; only what stands between is ours.
  * Same code, same text: nothing here depends on the clock, the network, the machine or random numbers.
"""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from api_reference import GENERATED, api_reference, table

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src" / "hanmo"
PURPOSE_CHARACTERS = 98

PURPOSES = {
    ".ci/run": "what CI runs: `make test`",
    "Makefile": "run, test, test-crash, check, fix, docs, bench, clean",
    "hatch_build.py": "builds `ui/` into the package; brings Node from the package index where there is none",
    "constraints.txt": "the pinned versions that make and CI install",
    "benchmarks/": "`make bench`: ratios measured in one run, with the bounds they have to keep",
    "tools/": "what make calls, and the generator of this tree",
    "docs/": "architecture, security, performance, log, decisions; cli and api are generated",
    "tests/": "mirrors `src/`; contract suites run over the fake and the real part",
    "ui/": "the page: Svelte 5 and TypeScript, built into `src/hanmo/web/static`",
    "ui/src/": "what is seen (`*.svelte`, one part a file) lies beside what it knows and does",
    "ui/src/article/": "an article's desk: what is written, by whom, how far",
    "ui/src/article/new/": "its brief",
    "ui/src/article/plan/": "its plan",
    "ui/src/article/section/": "one section: reading, editing, writing it otherwise",
    "ui/src/article/review/": "what was found, what is suggested, what it was before",
    "ui/src/article/manuscript/": "the whole text in the editor",
    "ui/src/conversation/": "the thread of questions and answers",
    "ui/src/editor/": "CodeMirror, loaded when it is first opened",
    "ui/src/files/": "files that are dropped, pasted or chosen",
    "ui/src/library/": "what there is, and what is found in it",
    "ui/src/markdown/": "from Markdown to nodes, while it streams",
    "ui/src/page/": "the frame: sign-in, status, keys, panels",
    "ui/src/parts/": "small parts that every room uses",
    "ui/src/prompt/": "what is being asked: fields, parameters, preview, price",
    "ui/src/state/": "what the whole page knows",
    "ui/src/templates/": "the library of templates",
    "ui/src/text/": "Pure: texts, places in them, and what differs.",
    "ui/src/wire/": "what goes to the server and comes from it",
    "ui/tests/": "the page in a real Chromium, and the pure parts without one",
    "src/hanmo/": "the package",
    "src/hanmo/core/": "Pure: no clock, random, file, socket or async.",
    "src/hanmo/work/": "The use cases; async; they talk only to the ports they own.",
    "src/hanmo/web/": "HTTP: the doors, the routes, the event stream, the built page.",
}
"""For what has no docstring to take it from."""

# Shapes from the headers of the files (docs/performance.md names the arithmetic): layers, width, heads, KV heads, head width.
SHAPES = {
    "qwen3-4b-instruct-2507": (36, 2560, 32, 8, 128),
    "qwen2.5-coder-1.5b": (28, 1536, 12, 2, 128),
    "qwen2.5-coder-0.5b": (24, 896, 14, 2, 64),
}
N_VOCAB = 151_936


def documents() -> dict[str, str]:
    """Path below the repository -> what has to stand there."""
    tree, mermaid = file_tree(), f"```mermaid\n{lifecycle()}\n```"
    return {
        "docs/cli.md": cli_reference(),
        "docs/api.md": api_reference(),
        "docs/architecture.md": marked("docs/architecture.md", lifecycle=mermaid),
        "README.md": marked("README.md", tree=tree, memory=memory_table("en"), hardware=hardware_table("en")),
        "README.zh-CN.md": marked("README.zh-CN.md", tree=tree, memory=memory_table("zh"), hardware=hardware_table("zh")),
    }


def marked(path: str, **parts: str) -> str:
    """The document with its marked parts written anew."""
    text = (ROOT / path).read_text("utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            sys.exit(f"{path} has no {begin} … {end}")
        text = f"{before}{begin}\n{part}\n{end}{after}"
    return text


def lifecycle() -> str:
    from hanmo.engine.lifecycle import mermaid

    return mermaid()


# ------------------------------------------------------------------------------------------------------------ the file tree


def file_tree() -> str:
    """What there is, with one line of purpose, which is the first sentence of the file itself."""
    rows = [(name, PURPOSES[name]) for name in (".ci/run", "Makefile", "hatch_build.py", "constraints.txt", "docs/", "tools/")]
    rows += [("src/hanmo/", PURPOSES["src/hanmo/"]), *_folder(SRC, "  ", _python_purpose)]
    rows += [("ui/", PURPOSES["ui/"]), ("  src/", PURPOSES["ui/src/"]), *_folder(ROOT / "ui/src", "    ", _script_purpose, 3)]
    rows += [("  tests/", PURPOSES["ui/tests/"]), ("tests/", PURPOSES["tests/"]), ("benchmarks/", PURPOSES["benchmarks/"])]
    width = max(len(name) for name, _ in rows) + 2
    return "```text\n" + "\n".join(f"{name:{width}}{_short(purpose)}".rstrip() for name, purpose in rows) + "\n```"


def _folder(folder: Path, indent: str, purpose: Callable[[Path], str], depth: int = 2) -> Iterator[tuple[str, str]]:
    paths = sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name))
    for path in paths:
        if path.name.startswith(("_", ".")) and path.name != "__main__.py":
            continue
        if path.is_dir() and any(path.glob("*.py")) | any(path.glob("*.ts")):
            yield f"{indent}{path.name}/", purpose(path)
            if depth > 1:
                yield from _folder(path, indent + "  ", purpose, depth - 1)
        elif path.suffix in {".py", ".ts"}:
            yield indent + path.name, purpose(path)


def _python_purpose(path: Path) -> str:
    file = path / "__init__.py" if path.is_dir() else path
    said = ast.get_docstring(ast.parse(file.read_text("utf-8"))) if file.exists() else None
    return said or PURPOSES.get(path.relative_to(ROOT).as_posix() + "/", "")


def _script_purpose(path: Path) -> str:
    """The comment that a script begins with."""
    if path.is_dir():
        return PURPOSES[path.relative_to(ROOT).as_posix() + "/"]
    found = re.match(r"\s*(?://(?P<line>[^\n]*)|/\*\s*(?P<block>.*?)\*/)", path.read_text("utf-8"), re.DOTALL)
    return re.sub(r"^\s*\* ?", "", (found["line"] or found["block"]), flags=re.MULTILINE) if found else ""


def _short(purpose: str) -> str:
    """Its first sentence, cut at a word where it is long."""
    sentence = re.split(r"(?<=[.。])\s", " ".join(purpose.split("\n\n")[0].split()), maxsplit=1)[0]
    if len(sentence) <= PURPOSE_CHARACTERS:
        return sentence
    return sentence[:PURPOSE_CHARACTERS].rsplit(" ", 1)[0].rstrip(",;:") + " …"


# ---------------------------------------------------------------------------------------------------------- the hardware table


def hardware_table(lang: str) -> str:
    """The rows of `core/hardware.py`, weakest first, in the words of `hanmo doctor`."""
    from hanmo.core.hardware import ROWS
    from hanmo.i18n import words

    said = words("zh" if lang == "zh" else "en")
    head = {
        "en": ("", "tokens of the 4B a second, from", "memory", "about", "context"),
        "zh": ("", "4B 每秒写的词元，不少于", "内存", "大约", "上下文"),
    }
    cores = {"en": "{} cores", "zh": "{} 核"}
    rows = [
        (
            said.text(f"hardware.{row.name}"),
            f"{row.tokens_per_second:g}",
            f"{row.memory_bytes / 1e9:.0f} GB",
            cores[lang].format(row.cores),
            f"{row.n_ctx:,}",
        )
        for row in reversed(ROWS)
    ]
    return table(head[lang], rows)


# ----------------------------------------------------------------------------------------------------------- the memory table


def memory_table(lang: str) -> str:
    """What `models/fit.py` reckons for the top and the last rung of each model's ladder."""
    from hanmo.models.catalog import load_catalog
    from hanmo.models.fit import rungs
    from hanmo.models.gguf import GgufFacts

    heads = {
        "en": ("model", "file", "memory it needs free", "the least it runs in"),
        "zh": ("模型", "文件", "需要的空闲内存", "最少要多少"),
    }
    cells = {
        "en": "{memory:.1f} GiB (context {n_ctx:,}, cache in {kv_type})",
        "zh": "{memory:.1f} GiB（上下文 {n_ctx:,}，缓存为 {kv_type}）",
    }
    rows = []
    for model_id, (layers, width, num_heads, kv_heads, head) in SHAPES.items():
        model = load_catalog().models[model_id]
        size = model.about_bytes
        facts = GgufFacts(
            "",
            "",
            layers,
            width,
            num_heads,
            (kv_heads,) * layers,
            head,
            head,
            model.n_ctx_train,
            N_VOCAB,
            0,
            size,
            size,
            has_chat_template=True,
        )
        ladder = list(rungs(facts, None))
        fits = [
            cells[lang].format(memory=rung.memory_bytes / 2**30, n_ctx=rung.n_ctx, kv_type=rung.kv_type)
            for rung in (ladder[0], ladder[-1])
        ]
        rows.append((f"`{model_id}`", f"{size / 1e9:.2f} GB", *fits))
    return table(heads[lang], rows)


# ------------------------------------------------------------------------------------------------------------ the command line


def commands(lang: str) -> list[dict[str, Any]]:
    """All commands as `hanmo` speaks of them in `lang`. A process of its own: help texts are chosen when the package is imported."""
    command = [sys.executable, __file__, "--commands"]
    said = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"HANMO_LANG": lang}).stdout
    found: list[dict[str, Any]] = json.loads(said)
    return found


def _walk(command: Any, path: str) -> Iterator[dict[str, Any]]:
    import typer

    context = typer.Context(command)
    params = [
        {
            "name": ", ".join(param.opts) if param.param_type_name == "option" else param.name.upper(),
            "value": "" if param.param_type_name == "argument" or param.is_flag else _value(param.display_type(context)),
            "help": param.help or "",
            "optional": not param.required,
        }
        for param in command.params
    ]
    yield {"path": path, "help": command.help or "", "params": params}
    for name, below in getattr(command, "commands", {}).items():
        yield from _walk(below, f"{path} {name}")


def _value(shown: str) -> str:
    """What an option takes, in a word: typer shows `<list[str]>`."""
    return {"str": "TEXT", "list[str]": "TEXT", "int": "N", "int range": "N"}.get(shown.strip("<>"), shown.strip("<>").upper())


def cli_reference() -> str:
    parts = [
        GENERATED + "# Command line · 命令行\n\n"
        "Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 it failed, 2 it was asked wrongly or this "
        "machine is not set up for it. The language is that of `HANMO_LANG`, else of the system.\n\n"
        "结果写到标准输出，其余写到标准错误。退出码：0 完成，1 失败，2 用法不对或本机条件不够。语言取自 `HANMO_LANG`，未设置时取自系统。"
    ]
    for english, chinese in zip(commands("en"), commands("zh"), strict=True):
        pairs = list(zip(english["params"], chinese["params"], strict=True))
        arguments = [f"[{en['name']}]" if en["optional"] else en["name"] for en, _ in pairs if not en["name"].startswith("-")]
        options = ["[OPTIONS]"] if any(en["name"].startswith("-") for en, _ in pairs) else []
        parts.append(f"## `{' '.join([english['path'], *options, *arguments])}`\n\n{english['help']}\n\n{chinese['help']}")
        if pairs:
            rows = [(f"`{en['name']} {en['value']}".strip() + "`", en["help"], zh["help"]) for en, zh in pairs]
            parts.append(table(("", "English", "中文"), rows))
    return "\n\n".join(parts) + "\n"


def main() -> None:
    if sys.argv[1:] == ["--commands"]:
        import typer.main

        from hanmo.cli import app

        sys.stdout.write(json.dumps(list(_walk(typer.main.get_command(app), "hanmo"))))
        return
    for path, text in documents().items():
        file = ROOT / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
