"""docs/api.md: the routes from their OpenAPI schema, with the answers that they really give over the fakes of engine and store.

Deterministic: the fakes' clock stands still, ids are replaced by names, and nothing is generated while the examples are made.
"""

import ast
import asyncio
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

    from hanmo.core.errors import HanmoError
    from hanmo.core.speeds import Speeds
    from hanmo.store import MemoryStore

__all__ = ["GENERATED", "api_reference", "table"]

SRC = Path(__file__).parents[1] / "src" / "hanmo"
VERSION = version("hanmo")
GENERATED = "<!-- Written by tools/make_docs.py (`make docs`); do not edit. -->\n\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in (heads, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(heads), *lines[1:]])


def api_reference() -> str:
    from hanmo.web.login import PUBLIC_ROUTES

    schema, examples = asyncio.run(_schema_and_examples())
    public = ", ".join(sorted(f"`{method} {path}`" for method, path in PUBLIC_ROUTES))
    intro = (Path(__file__).parent / "api_intro.md").read_text("utf-8").rstrip()
    parts = [GENERATED + intro.replace("{public}", public)]
    routes = [(method.upper(), path, route) for path, methods in schema["paths"].items() for method, route in methods.items()]
    shown = {ref: name for name in reversed(examples) if (ref := _answer_ref(schema, *name.split(" ", 1)))}
    for tag in dict.fromkeys(route["tags"][0] for _, _, route in routes):
        parts.append(f"## {tag.capitalize()}")
        for method, path, route in routes:
            if route["tags"][0] == tag:
                parts.extend(_route_text(f"{method} {path}", route, schema, examples, shown))
    parts.append(_sampling_text())
    parts.append(
        "## Problem codes\n\nThe status is the one of an answer; a code without one stands in events, `/api/status` or on the command line."
    )
    parts.append(table(("code", "status", "title", "next step"), list(_problem_rows())))
    return "\n\n".join(parts) + "\n"


def _answer_ref(schema: Mapping[str, Any], method: str, path: str) -> str:
    """Names the shape of a route's answer; "" where it has none of its own."""
    responses = schema["paths"][path][method.lower()]["responses"].items()
    told = next(told for status, told in responses if status < "400")
    return str(told.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", ""))


def _answers_with_a_file(schema: Mapping[str, Any], method: str, path: str) -> bool:
    return "application/octet-stream" in schema["paths"][path][method.lower()]["responses"].get("200", {}).get("content", {})


def _answer_text(name: str, schema: Mapping[str, Any], examples: Mapping[str, str], shown: Mapping[str, str]) -> str:
    if name in examples:
        return f":\n\n{examples[name]}"
    ref = _answer_ref(schema, *name.split(" ", 1))
    if ref in shown:
        return f" as `{shown[ref]}` does."
    if not ref:
        return " with a file." if _answers_with_a_file(schema, *name.split(" ", 1)) else " without a body."
    return (
        " with " + ", ".join(f"`{field}`" for field in schema["components"]["schemas"][ref.rsplit("/", 1)[-1]]["properties"]) + "."
    )


def _route_text(
    name: str, route: Mapping[str, Any], schema: Mapping[str, Any], examples: Mapping[str, str], shown: Mapping[str, str]
) -> Iterator[str]:
    yield f"### `{name}`\n\n{route['description']}"
    body = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    ref = next((str(one["$ref"]) for one in (body, *body.get("anyOf", ())) if "$ref" in one), "")
    model = schema["components"]["schemas"][ref.rsplit("/", 1)[-1]] if ref else {}
    if model.get("properties"):
        required = model.get("required", ())
        rows = [
            (f"`{field}`", _type_words(told), "yes" if field in required else "") for field, told in model["properties"].items()
        ]
        yield "\n\n".join(
            filter(None, [f"Body. {model.get('description', '')}".strip(), table(("field", "type", "required"), rows)])
        )
    statuses = [status for status in route["responses"] if status < "400"]
    yield f"Answers {', '.join(statuses)}" + _answer_text(name, schema, examples, shown)


def _type_words(told: Mapping[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "anyOf" in told:
        return " or ".join(dict.fromkeys(_type_words(one) for one in told["anyOf"]))
    if "enum" in told:
        return ", ".join(f"`{value}`" for value in told["enum"])
    limits = [f"{word} {told[key]:,}" for key, word in (("minLength", "at least"), ("maxLength", "at most")) if key in told]
    word = str(told.get("type", "any"))
    if isinstance(inner := told.get("additionalProperties"), dict):
        word += f" ({_type_words(inner)})"
    return word + (f" ({', '.join(limits)} characters)" if limits else "")


async def _schema_and_examples() -> tuple[dict[str, Any], dict[str, str]]:
    """The schema of the routes, and what they answer."""
    import httpx2

    examples: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as directory:
        app, names = await _routes_over_fakes(Path(directory))
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers={"Accept-Language": "en"}
        ) as client:
            for method, route, body in EXAMPLES:
                path = route.format(**names, number=2)
                sent = {key: names.get(str(value)[1:-1], value) for key, value in body.items()} if body else body
                answer = await client.request(method, path, params=PARAMS.get(path.rsplit("/", 1)[-1]), json=sent)
                examples[f"{method} {route}"] = _example(answer.text, names)
        return dict(app.openapi()), examples


async def _routes_over_fakes(directory: Path) -> tuple["FastAPI", dict[str, str]]:
    """The application without its doors, one finished turn in its store, and the turn's ids by their names in paths."""
    from hanmo.core.values import EngineIdentity, Sampling, Timings
    from hanmo.engine import FakeEngine
    from hanmo.export import DocumentExporter
    from hanmo.models import ModelShelf
    from hanmo.store import MemoryStore
    from hanmo.templates import PackagedTemplates
    from hanmo.web.app import create_routes
    from hanmo.web.credentials import Credentials
    from hanmo.web.doors import Doors
    from hanmo.web.login import Entrance
    from hanmo.web.services import Services
    from hanmo.work.article_costs import ArticleCosts
    from hanmo.work.article_preview import ArticlePreviewer
    from hanmo.work.articles import ArticleDesk
    from hanmo.work.bringup import Bringup
    from hanmo.work.conversations import Talk
    from hanmo.work.costs import ConversationCosts
    from hanmo.work.downloads import Downloads
    from hanmo.work.drafts import Drafts
    from hanmo.work.exports import Exports
    from hanmo.work.generations import Runner
    from hanmo.work.lanes import Lanes
    from hanmo.work.preview import Previewer
    from hanmo.work.speeds import SpeedBook
    from hanmo.work.templates import TemplateLibrary
    from hanmo.work.warmup import WarmUp

    store, engine, models = MemoryStore(clock=lambda: 1_790_000_000.0), FakeEngine(), ModelShelf(directory, environ={})
    runner, downloads = Runner(engine, store.generations, queue_limit=8), Downloads(models)
    drafts = Drafts(store.conversations, store.generations)
    article_previewer = ArticlePreviewer(engine, store.articles)
    bringup = Bringup(models, downloads, engine, "qwen3-4b-instruct-2507")
    bringup.step, bringup.model_id = "ready", "qwen2.5-coder-1.5b"
    book = SpeedBook()
    book.keep(engine.status(), _measured())

    def speeds() -> "Speeds":
        return book.of(engine.status())

    services = Services(
        version=VERSION,
        engine=engine,
        conversations=store.conversations,
        generations=store.generations,
        search=store.search,
        models=models,
        runner=runner,
        talk=Talk(store.conversations, store.generations, runner),
        previewer=Previewer(engine, drafts),
        speed_book=book,
        speeds=speeds,
        conversation_costs=ConversationCosts(engine, drafts, speeds),
        article_costs=ArticleCosts(engine, store.articles, speeds),
        article_previewer=article_previewer,
        warm_up=WarmUp(engine, drafts, article_previewer.brief_ids, free=lambda: True, allowed=lambda: True),
        desk=ArticleDesk(engine, store.articles, Lanes(lambda: False)),
        exports=Exports(store.articles, store.conversations, DocumentExporter()),
        templates=TemplateLibrary(PackagedTemplates(), store.templates),
        downloads=downloads,
        bringup=bringup,
        resident_bytes=lambda: 100_000_000,
        closing=asyncio.Event(),
    )
    entrance = Entrance(Credentials(directory / "credentials.json"), store.sessions)
    conversation = (await store.conversations.create()).id
    turn = await store.conversations.add_turn(conversation, "写一句江南的春天。", Sampling())
    done = turn.generation_id
    await store.generations.begin(done, EngineIdentity("qwen2.5-coder-1.5b", "0" * 64, "fake 1", 8192), (1, 2, 3), 0)
    await store.generations.append(done, "江南的春天，", (4, 5))
    await store.generations.append(done, "是从一声燕语里开始的", (6, 7, 8))
    await store.generations.finish(done, "length", timings=Timings(61, 48, 16, 0.4, 180.0, 95.0, 11.5))
    names = {"conversation_id": conversation, "generation_id": done, "message_id": turn.message_id}
    names["article_id"] = await _half_written_article(store)
    names["template_id"] = await _own_template(store)
    return create_routes(services, Doors(host="127.0.0.1", entrance=entrance)), names


def _measured() -> "Speeds":
    """One run read and one written, by a machine of the middle sort."""
    from hanmo.core.speeds import Reading, Speeds, Writing

    return Speeds((Reading(600, 600, 0, 22.0),), (Writing(300, 600, 30.0),), 1.3, 0.75)


async def _half_written_article(store: "MemoryStore") -> str:
    """Two sections are planned, one is written, and an edit of it is proposed; the article's id."""
    from hanmo.core.articles import Edit, Plan, Section
    from hanmo.core.briefs import make_assignment
    from hanmo.work.article_ports import NewText

    spring = Section("s1", "春", ("燕子", "新茶"), 60)
    plan = Plan("江南两季", (spring, Section("s2", "秋", ("桂花",), 60)), headed=True)
    text = "江南的春天，是从一声燕语里开始的。茶山上的雾还没有散，采茶的人已经在唱了。"
    made = await store.articles.create(make_assignment("写一篇 120 字的短文，讲江南的春和秋。", seed=7))
    await store.articles.revise(made.id, "planned", plan=plan)
    await store.articles.revise(
        made.id, "written", texts=[NewText("s1", text, spring.words, spring.points, "written")], section_id="s1"
    )
    before, after = "采茶的人已经在唱了", "采茶的人已经唱起来了"
    start = text.index(before)
    edit = Edit("0-polish-1", "s1", 1, start, start + len(before), before, after, "polish", reason="")
    await store.articles.propose(made.id, [edit])
    return made.id


async def _own_template(store: "MemoryStore") -> str:
    from hanmo.core.brief_fields import BriefFields
    from hanmo.core.templates import Template, Variable, checked_template

    fields = BriefFields(role="You write for children.", task="Explain {{topic}} to a {{age}}-year-old.", words=200)
    variables = (Variable("topic", hint="one thing"), Variable("age", default="nine"))
    template = Template("For children", fields, "Something explained.", "Teaching", "en", "conversation", "qa", variables)
    (record,) = await store.templates.add([checked_template(template)])
    return record.id


PARAMS: dict[str, dict[str, str | int]] = {"events": {"after": 1}, "search": {"q": "春天"}}
"""What is asked for in the address, by its last word."""
EXAMPLES: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/healthz", None),
    ("GET", "/readyz", None),
    ("GET", "/api/status", None),
    ("GET", "/api/session", None),
    ("GET", "/api/conversations", None),
    ("GET", "/api/conversations/{conversation_id}", None),
    ("GET", "/api/search", None),
    ("GET", "/api/generations/{generation_id}", None),
    ("DELETE", "/api/generations/{generation_id}", None),
    ("GET", "/api/generations/{generation_id}/events", None),
    ("POST", "/api/generations/{generation_id}/continue", None),
    ("POST", "/api/conversations", {}),
    ("POST", "/api/conversations/{conversation_id}/messages", {"text": "再写一句。"}),
    (
        "POST",
        "/api/prompt/preview",
        {"brief": {"task": "写一段龙井茶的介绍", "requirements": "语气正式\n口语化", "text": "给“新茶客看。"}},
    ),
    (
        "POST",
        "/api/costs/turn",
        {"action": "regenerate", "conversation_id": "{conversation_id}", "message_id": "{message_id}"},
    ),
    ("POST", "/api/costs/work", {"action": "write", "article_id": "{article_id}"}),
    ("POST", "/api/prompt/questions", {"text": "写一篇 3000 字的小说，讲一座灯塔。"}),
    ("GET", "/api/presets", None),
    ("GET", "/api/models", None),
    ("GET", "/api/articles", None),
    ("GET", "/api/articles/{article_id}", None),
    ("GET", "/api/articles/{article_id}/revisions/{number}", None),
    ("POST", "/api/checks", {"text": "江南的春天,是从一声燕语里开始的。茶山上的雾还没有散，采茶的人", "finish_reason": "length"}),
    ("POST", "/api/articles", {"text": "写一篇 800 字的散文，讲惊蛰。"}),
    ("GET", "/api/templates", None),
    ("GET", "/api/templates/{template_id}", None),
    ("POST", "/api/templates/{template_id}/fill", {"values": {"topic": "how a lock on a canal works"}, "partly": True}),
    ("GET", "/api/templates/export", None),
)


def _example(said: str, names: Mapping[str, str]) -> str:
    """An answer as a fenced block: ids by name, lists of models cut to their first entry."""
    for name, value in names.items():
        said = said.replace(value, name[0] + "1")
    for number, value in enumerate(dict.fromkeys(re.findall(r'"([0-9a-f]{32})"', said)), start=2):
        said = said.replace(value, f"x{number}")
    if not said.startswith("{"):
        return f"```text\n{said.strip()}\n```"
    body = {
        key: value[:1] if key in ("models", "presets", "parameters", "templates") else value
        for key, value in json.loads(said).items()
    }
    return f"```json\n{json.dumps(body, ensure_ascii=False, indent=2)}\n```"


def _sampling_text() -> str:
    from hanmo.core.presets import LIMITS, PRESETS
    from hanmo.core.values import Sampling

    names = list(LIMITS)
    limits = [(f"`{name}`", f"{low:,}", f"{high:,}", _shown(getattr(Sampling(), name))) for name, (low, high) in LIMITS.items()]
    changes = [
        (
            f"`{preset}`",
            ", ".join(
                f"{name} {_shown(getattr(values, name))}" for name in names if getattr(values, name) != getattr(Sampling(), name)
            ),
        )
        for preset, values in PRESETS.items()
    ]
    return "\n\n".join(
        [
            "## Sampling",
            "The parameters of `sampling`, under Qwen's names. A `seed` of null is a random one.",
            table(("parameter", "least", "most", "default"), limits),
            "A preset is the defaults with some values changed; `sampling` changes single values of the preset.",
            table(("preset", "changes"), changes),
        ]
    )


def _shown(value: object) -> str:
    return "null" if value is None else str(value)


def _problem_rows() -> Iterator[tuple[str, str, str, str]]:
    """Every code of the catalogues with the statuses it is raised with."""
    from hanmo.i18n import words

    catalogue = words("en")
    keys = json.loads((SRC / "i18n" / "en.json").read_text("utf-8"))
    raised = sorted(set(_raised_statuses()))
    for code in sorted({key.split(".")[1] for key in keys if key.startswith("error.")}):
        statuses = ", ".join(status for name, status in raised if name == code)
        yield f"`{code}`", statuses, catalogue.text(f"error.{code}.title"), catalogue.text(f"error.{code}.next")


def _raised_statuses() -> Iterator[tuple[str, str]]:
    """Code and status, read off the places where errors are made: `NotFound("message_not_found", …)`, `(Problem("malformed_json"), 400)`."""
    kinds = {kind.__name__: str(kind.status) for kind in _kinds()}
    for file in sorted(SRC.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[code, *_]) if name in kinds:
                    yield from ((value, kinds[name]) for value in _strings(code))
                case (
                    ast.Tuple(elts=[ast.Call(func=ast.Name(id="Problem"), args=[code, *_]), ast.Constant(value=int(status))])
                    | ast.Call(args=[_, ast.Call(func=ast.Name(id="Problem"), args=[code, *_]), ast.Constant(value=int(status))])
                ):
                    yield from ((value, str(status)) for value in _strings(code))
                case ast.Dict(keys=[ast.Constant(value=int()), *_] as statuses, values=codes):
                    pairs = zip(statuses, codes, strict=True)
                    yield from (
                        (value, str(key.value)) for key, code in pairs if isinstance(key, ast.Constant) for value in _strings(code)
                    )


def _kinds() -> Iterator["type[HanmoError]"]:
    """All errors that can become an answer, those of modules that the application has imported by now too."""
    from hanmo.core.errors import HanmoError, SetupError

    below = [HanmoError]
    while below:
        kind = below.pop()
        if kind is not SetupError:
            yield kind
            below += kind.__subclasses__()


def _strings(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_strings(node.body), *_strings(node.orelse))
