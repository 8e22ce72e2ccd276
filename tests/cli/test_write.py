"""`hanmo write`, on the fake engine: the whole long form in one command, and the same command again."""

import json
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hanmo.instance import running_at
from tests.cli.commands import Said, assert_refused, free_of_rights, hanmo, has_han, processes_of, tracebacks
from tests.fakes.running import FakeHanmo
from tests.fakes.watched import FAKE, ROOT, Watched, path_with
from tests.running import RunningHanmo

BOTH = pytest.mark.parametrize("lang", ["zh", "en"])
BRIEF = "写一篇 450 字的散文，讲江南的山水。"
LONG = "写一篇 2000 字的散文，讲江南的山水。"
RESUMED, ALREADY = "接着上次的写", "已经写完"


def write(*arguments: str, data_dir: Path, **options: Any) -> Said:
    options = {"HANMO_LANG": "zh", "PYTHONPATH": path_with(ROOT)} | options
    return hanmo("write", *arguments, data_dir=data_dir, module=FAKE, **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    """Most tests go through one server that runs already: the command is quicker then."""
    with FakeHanmo(tmp_path_factory.mktemp("write") / "data") as running:
        yield running.wait_ready()


def articles(server: RunningHanmo) -> list[dict[str, Any]]:
    with server.client() as client:
        rows: list[dict[str, Any]] = client.get("/api/articles").json()["articles"]
        return [client.get(f"/api/articles/{row['id']}").json() for row in rows]


# ------------------------------------------------------------------------------------------------------------- the whole way


def test_it_writes_the_text_alone_to_standard_output_and_leaves_nothing_running(tmp_path: Path) -> None:
    said = write(BRIEF, data_dir=tmp_path / "data")
    assert said.code == 0, said.err
    assert said.out.startswith("# 山水之间\n\n") and said.out.endswith("。\n")
    assert 400 < sum("\u4e00" <= letter <= "\u9fff" for letter in said.out) < 500
    assert not tracebacks(said.err)
    assert running_at(tmp_path / "data") is None
    assert processes_of(tmp_path / "data") == []
    again = write(BRIEF, data_dir=tmp_path / "data")
    assert (again.code, again.out) == (0, said.out)
    assert ALREADY in again.err and "--fresh" in again.err


def test_through_a_running_server_it_writes_the_same_and_the_server_runs_on(server: FakeHanmo) -> None:
    said = write(BRIEF, data_dir=server.data_dir)
    assert said.code == 0, said.err
    assert said.out == articles(server)[0]["text"]
    address = running_at(server.data_dir)
    assert address is not None and address.pid == server.pid


def test_into_a_file(server: FakeHanmo, tmp_path: Path) -> None:
    output = tmp_path / "文稿.md"
    output.write_text("旧的")
    said = write(BRIEF, "--fresh", "-o", str(output), data_dir=server.data_dir)
    assert (said.code, said.out) == (0, ""), said.err
    article = articles(server)[0]
    assert output.read_text("utf-8") == article["text"]
    assert str(output) in said.err and f"{article['words']} / 450" in said.err
    assert list(tmp_path.iterdir()) == [output]


def test_as_json(server: FakeHanmo, tmp_path: Path) -> None:
    said = write(BRIEF, "--fresh", "--json", "-o", str(tmp_path / "a.md"), data_dir=server.data_dir)
    assert said.code == 0, said.err
    report, article = json.loads(said.out), articles(server)[0]
    assert set(report) == {"id", "title", "state", "words", "target", "sections", "findings", "timings", "path", "text"}
    assert (report["id"], report["title"], report["state"], report["target"]) == (article["id"], article["title"], "done", 450)
    assert (report["path"], report["text"]) == (str(tmp_path / "a.md"), None)
    figures = {"seconds", "prompt_tokens", "cached_tokens", "generated_tokens"}
    for section, kept in zip(report["sections"], article["sections"], strict=True):
        assert set(section) == {"id", "heading", "target", "length", "state"} | figures
        assert {key: section[key] for key in section.keys() - figures} == {key: kept[key] for key in section.keys() - figures}
        assert section["generated_tokens"] >= section["length"] > 0 and section["seconds"] > 0
    assert report["timings"]["seconds"] >= sum(section["seconds"] for section in report["sections"]) - 0.1
    assert report["timings"]["generated_tokens"] > sum(section["generated_tokens"] for section in report["sections"])
    assert report["findings"] == [
        {key: f[key] for key in ("code", "section", "text", "start", "end", "other")} for f in article["findings"]
    ]
    again = json.loads(write(BRIEF, "--json", data_dir=server.data_dir).out)
    assert (again["text"], again["path"], again["sections"]) == (article["text"], None, report["sections"]), "costs are kept"


def test_words_language_seed_and_material_are_handed_on(server: FakeHanmo, tmp_path: Path) -> None:
    for name in ("style", "glossary", "characters", "facts"):
        (tmp_path / name).write_text(f"{name}：水", "utf-8")
    files = [word for name in ("style", "glossary", "characters", "facts") for word in (f"--{name}", str(tmp_path / name))]
    said = write("写江南的山水。", "--words", "120", "--lang", "zh", "--seed", "9", *files, data_dir=server.data_dir)
    assert said.code == 0, said.err
    brief = articles(server)[0]["brief"]
    assert (brief["words"], brief["lang"], brief["seed"], brief["text"]) == (120, "zh", 9, "写江南的山水。")
    assert [brief[name] for name in ("style", "glossary", "characters", "facts")] == [
        "style：水",
        "glossary：水",
        "characters：水",
        "facts：水",
    ]


# ----------------------------------------------------------------------------------------------------------------- the brief


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_brief_may_stand_in_a_file(encoding: str, server: FakeHanmo, tmp_path: Path) -> None:
    text = f"写一篇 60 字的短文，讲讲用 {encoding} 写的字：𠀀。\n要写水。\n"
    (tmp_path / "brief.txt").write_bytes(text.encode(encoding))
    assert write("brief.txt", data_dir=server.data_dir, cwd=tmp_path).code == 0
    assert articles(server)[0]["brief"]["text"] == text


def test_the_brief_may_come_from_standard_input(server: FakeHanmo) -> None:
    assert write("-", data_dir=server.data_dir, stdin="写一篇 60 字的短文，讲讲水管。").code == 0
    assert articles(server)[0]["brief"]["text"] == "写一篇 60 字的短文，讲讲水管。"


@pytest.mark.parametrize("length", [100, 300, 1100])
def test_a_brief_longer_than_a_file_name_is_a_brief(length: int, server: FakeHanmo) -> None:
    brief = "写一篇 60 字的短文，讲江南。" + "要写水" * (length // 3)
    said = write(brief, data_dir=server.data_dir)
    assert said.code == 0, said.err
    assert articles(server)[0]["brief"]["text"] == brief


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("missing.md",), "missing.md"),
        (("folder/missing.txt",), "missing.txt"),
        (("picture.txt",), "picture.txt"),
        ((BRIEF, "--style", "missing"), "missing"),
        ((BRIEF, "--facts", "."), "."),
        ((BRIEF, "--lang", "fr"), "fr"),
        ((BRIEF, "--format", "poem"), "poem"),
        ((BRIEF, "-o", "."), "."),
        ((BRIEF, "-o", "no/such/folder/a.md"), "a.md"),
        ((BRIEF, "--words", "0"), "20"),
        ((BRIEF, "--words", "200000"), "60000"),
        (("写一篇山水，不少于 900 字，不超过 300 字",), "900"),
        (("800 字",), ""),
        (("",), ""),
        (("   ",), ""),
    ],
    ids=lambda each: " ".join(each)[:40],
)
def test_what_is_asked_wrongly_ends_with_2_and_nothing_is_made(
    arguments: tuple[str, ...], named: str, server: FakeHanmo, tmp_path: Path
) -> None:
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\xff\xff\x00\xff")
    before = len(articles(server))
    with ThreadPoolExecutor(2) as pool:
        heard = [pool.submit(write, *arguments, data_dir=server.data_dir, cwd=tmp_path, HANMO_LANG=lang) for lang in ("zh", "en")]
    for said in (each.result() for each in heard):
        assert_refused(said, 2)
        assert said.out == ""
        assert named in said.err.replace(",", "")
    assert [has_han(each.result().err.replace(BRIEF, "")) for each in heard] == [True, False]
    assert len(articles(server)) == before
    assert list(tmp_path.iterdir()) == [tmp_path / "picture.txt"]


@BOTH
def test_a_place_that_cannot_be_written_is_refused_before_anything_is_written(lang: str, server: FakeHanmo, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    before = len(articles(server))
    output = str(tmp_path / "closed" / "a.md")
    said = write(BRIEF, "-o", output, data_dir=server.data_dir, HANMO_LANG=lang, preexec_fn=free_of_rights)
    assert_refused(said, 2)
    assert output in said.err and has_han(said.err) == (lang == "zh")
    assert len(articles(server)) == before


def test_a_command_line_without_a_brief_names_the_help(tmp_path: Path) -> None:
    said = write(data_dir=tmp_path / "data")
    assert (said.code, said.out) == (2, "")
    assert "write --help" in said.err.replace("\n", " ") or "write -h" in said.err
    assert not (tmp_path / "data").exists()


@BOTH
def test_a_brief_longer_than_the_context_ends_with_1_and_a_reason(lang: str, server: FakeHanmo) -> None:
    said = write("写一篇讲江南的短文。" + "要写水，要写桥，要写船，" * 800, data_dir=server.data_dir, HANMO_LANG=lang)
    assert said.code == 1
    assert said.out == "" and "--ctx" in said.next_step
    assert not tracebacks(said.err)


@BOTH
def test_help_explains_every_option(lang: str, tmp_path: Path) -> None:
    said = write("--help", data_dir=tmp_path, HANMO_LANG=lang)
    assert (said.code, said.err) == (0, "")
    assert has_han(said.out) == (lang == "zh")
    options = (
        "--output",
        "--words",
        "--lang",
        "--model",
        "--seed",
        "--format",
        "--style",
        "--glossary",
        "--fresh",
        "--json",
        "--ctx",
    )
    assert [name for name in options if name not in said.out] == []


# ------------------------------------------------------------------------------------------------------------------ go on


def interrupted(data_dir: Path, *arguments: str, pieces: int = 900) -> Said:
    """The command after Ctrl-C when the engine had written so much."""
    with Watched("write", *arguments, data_dir=data_dir, HANMO_LANG="zh", FAKE_STEP_S="0.002") as run:
        run.pieces(pieces)
        run.process.send_signal(signal.SIGINT)
        return run.end()


def test_ctrl_c_pauses_and_the_same_call_goes_on(tmp_path: Path) -> None:
    data_dir, output = tmp_path / "data", tmp_path / "a.md"
    said = interrupted(data_dir, LONG, "-o", str(output))
    assert (said.code, said.out) == (130, "")
    assert "再次运行同一条命令" in said.err and not tracebacks(said.err)
    assert not output.exists()
    assert processes_of(data_dir) == []
    with FakeHanmo(data_dir) as server:
        (article,) = articles(server)
        assert (article["state"], article["sections"][0]["state"], article["sections"][1]["state"]) == (
            "paused",
            "written",
            "waiting",
        )
    again = write(LONG, "-o", str(output), data_dir=data_dir)
    assert again.code == 0 and RESUMED in again.err, again.err
    assert article["sections"][0]["text"].strip() in output.read_text()
    whole = tmp_path / "whole.md"
    assert write(LONG, "-o", str(whole), data_dir=tmp_path / "other").code == 0
    assert output.read_text() == whole.read_text()


def test_ctrl_c_before_the_first_word_is_written(tmp_path: Path) -> None:
    with Watched("write", LONG, data_dir=tmp_path / "data", HANMO_LANG="zh", FAKE_STEP_S="1") as run:
        next(run.told())
        run.process.send_signal(signal.SIGINT)
        said = run.end()
    assert (said.code, said.out) == (130, "")
    assert "再次运行同一条命令" in said.err and not tracebacks(said.err)


def test_ctrl_c_pauses_what_a_running_server_writes(tmp_path: Path) -> None:
    with FakeHanmo(tmp_path / "data", step_s=0.01) as server:
        server.wait_ready()
        with Watched("write", LONG, data_dir=server.data_dir, HANMO_LANG="zh") as run:
            while not [article for article in articles(server) if article["words"] > 20]:
                assert run.process.poll() is None
                time.sleep(0.02)
            run.process.send_signal(signal.SIGINT)
            assert run.end().code == 130
        (article,) = articles(server)
        assert (article["state"], article["job"]) == ("paused", None)


def test_an_article_that_is_deleted_in_the_page_ends_the_command_in_words(tmp_path: Path) -> None:
    output = tmp_path / "out.md"
    with FakeHanmo(tmp_path / "data", step_s=0.01) as server:
        server.wait_ready()
        with (
            Watched("write", LONG, "-o", str(output), data_dir=server.data_dir, HANMO_LANG="zh") as run,
            server.client() as client,
        ):
            while not (there := [article for article in articles(server) if article["words"] > 20]):
                assert run.process.poll() is None
                time.sleep(0.02)
            client.delete(f"/api/articles/{there[0]['id']}").raise_for_status()
            said = run.end()
        assert (said.code, said.out) == (1, "")
        assert "找不到这篇文稿" in said.err and not tracebacks(said.err)
        assert not output.exists() and articles(server) == []


def test_what_another_writes_already_is_followed_to_its_end(tmp_path: Path) -> None:
    with FakeHanmo(tmp_path / "data", step_s=0.002) as server:
        server.wait_ready()
        with Watched("write", BRIEF, data_dir=server.data_dir, HANMO_LANG="zh") as first:
            while not articles(server) or articles(server)[0]["state"] != "writing":
                assert first.process.poll() is None
                time.sleep(0.02)
            second = write(BRIEF, data_dir=server.data_dir)
            assert first.end().out == second.out != ""
        assert len(articles(server)) == 1


def test_fresh_begins_anew_and_keeps_the_old_one(server: FakeHanmo) -> None:
    brief = "写一篇 80 字的短文，讲新的开始。"
    first = write(brief, data_dir=server.data_dir)
    before = len(articles(server))
    again = write(brief, "--fresh", data_dir=server.data_dir)
    assert first.code == again.code == 0
    assert len(articles(server)) == before + 1
    assert not any(word in again.err for word in (RESUMED, ALREADY))


def test_another_length_is_another_article(server: FakeHanmo) -> None:
    brief = "写一篇讲石头的短文。"
    write(brief, "--words", "80", data_dir=server.data_dir)
    before = len(articles(server))
    write(brief, "--words", "100", data_dir=server.data_dir)
    assert len(articles(server)) == before + 1


def test_a_server_that_dies_under_it_is_one_clear_error(tmp_path: Path) -> None:
    with FakeHanmo(tmp_path / "data", step_s=0.01) as dying:
        dying.wait_ready()
        with Watched("write", LONG, data_dir=dying.data_dir) as run:
            while not [article for article in articles(dying) if article["words"] > 20]:
                assert run.process.poll() is None
                time.sleep(0.02)
            dying.kill()
            said = run.end()
    assert_refused(said, 1)
    assert said.out == ""


def test_what_cannot_be_finished_is_said_and_leaves_no_half_file(server: FakeHanmo, tmp_path: Path) -> None:
    brief, output = "写一篇 80 字的短文，讲写不完的事。", tmp_path / "a.md"
    assert write(brief, data_dir=server.data_dir).code == 0
    with server.client() as client:
        article = articles(server)[0]
        longer = {"heading": "太长", "points": [], "words": 9000}
        plan = article["plan"] | {"sections": [*article["plan"]["sections"], longer]}
        assert client.put(f"/api/articles/{article['id']}/plan", json=plan).status_code == 200
    said = write(brief, "-o", str(output), "--json", data_dir=server.data_dir)
    assert said.code == 1
    assert "第 2 节要写 9000 字" in said.err and "在提纲里把它分成几节" in said.err
    report = json.loads(said.out)
    assert (report["path"], report["text"]) == (None, article["text"]), "what is there is told"
    assert not output.exists()


def test_output_to_a_pipe_is_written_there(server: FakeHanmo) -> None:
    said = write(BRIEF, "-o", "/dev/stdout", data_dir=server.data_dir)
    assert said.code == 0, said.err
    assert said.out == articles(server)[-1]["text"] or said.out in {article["text"] for article in articles(server)}
    assert Path("/dev/stdout").is_symlink()


def test_nothing_of_the_text_is_changed_on_its_way_out(server: FakeHanmo, tmp_path: Path) -> None:
    brief = "写一篇 60 字的短文，讲记号。"
    write(brief, data_dir=server.data_dir)
    with server.client() as client:
        article = articles(server)[0]
        text = ":fire: [bold]不是粗体[/] \\n \t<b>水</b>"
        client.put(f"/api/articles/{article['id']}/sections/s1", json={"text": text}).raise_for_status()
    assert write(brief, data_dir=server.data_dir).out.rstrip("\n").endswith(text)
    assert text in json.loads(write(brief, "--json", data_dir=server.data_dir).out)["text"]


def test_a_long_prompt_is_told_of_while_it_is_read_and_a_short_one_is_not() -> None:
    from hanmo.cli.write import _doing

    state = {"queue_place": None, "words": 120, "target": 800, "prompt_progress": None}
    writing = _doing(state)
    assert "120" in writing
    assert "800" in writing
    reading = _doing(state | {"prompt_progress": {"done": 640, "total": 2010, "cached": 0, "seconds_left": 14.0}})
    assert "640" in reading
    assert "2010" in reading
    for over in ({"done": 2010, "total": 2010, "cached": 0}, {"done": 1990, "total": 2010, "cached": 1960}):
        assert _doing(state | {"prompt_progress": over}) == writing
