"""Before a message is sent, over HTTP: the preview is the prompt, questions, presets; and messages that are made of fields."""

import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fakes.running import FakeHanmo, fake_staying_up
from tests.outside.conftest import check_refused
from tests.running import whole_answer

BRIEF = {
    "role": "资深编辑",
    "task": "写一段龙井茶的介绍",
    "requirements": "语气正式\n不超过 300 字",
    "words": 200,
    "text": "给“新茶”的客人看。",
}
TEXT = (
    "角色：资深编辑\n任务：写一段龙井茶的介绍\n要求（按优先次序，有冲突时以前面的为准）：\n1. 语气正式\n2. 不超过 300 字\n"
    "篇幅：约 200 字\n\n给“新茶”的客人看。"
)
PHONE = "13912345670"
NOBODY = "0" * 32
SEAS = iter("两三四")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHanmo]:
    with fake_staying_up(tmp_path_factory.mktemp("prompt") / "data") as running:
        yield running
        assert PHONE not in running.log and "龙井" not in running.log


@pytest.fixture(scope="module")
def client(server: FakeHanmo) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


def new(client: httpx2.Client) -> str:
    return str(client.post("/api/conversations", json={}).json()["id"])


def preview(client: httpx2.Client, lang: str = "zh", **body: Any) -> dict[str, Any]:
    answer = client.post("/api/prompt/preview", json=body, headers={"Accept-Language": lang})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def codes(shown: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in shown["warnings"]]


def test_a_preview_counts_what_the_generation_then_counts(server: FakeHanmo, client: httpx2.Client) -> None:
    conversation = new(client)
    for message in ({"brief": BRIEF}, {"text": "再短一点。"}, {"brief": {"task": "换一个开头"}}):
        shown = preview(client, conversation_id=conversation, sampling={"max_new_tokens": 60}, **message)
        turn = client.post(f"/api/conversations/{conversation}/messages", json=message | {"sampling": {"max_new_tokens": 60}})
        timings = whole_answer(client, turn.json()["generation_id"])["timings"]
        assert (shown["tokens"], shown["cached_tokens"]) == (timings["prompt_tokens"], timings["cached_tokens"])
    stored = client.get(f"/api/conversations/{conversation}").json()["messages"]
    assert [said["text"] for said in shown["messages"][1:]] == [message["text"] for message in stored[:-1]]
    assert shown["seconds_to_first_token"] > 0


def test_a_changed_question_is_read_ahead_where_it_will_stand(client: httpx2.Client) -> None:
    conversation, room = new(client), {"sampling": {"max_new_tokens": 60}}
    turns = []
    for text in ("讲一座山，" * 40, "再讲一条河，" * 40):
        turns.append(client.post(f"/api/conversations/{conversation}/messages", json={"text": text} | room).json())
        whole_answer(client, turns[-1]["generation_id"])
    first = turns[0]["user_message_id"]
    changed = {"conversation_id": conversation, "text": "讲一片海，" * 40, "beside_id": first} | room
    assert client.post("/api/prompt/warm", json=changed).status_code == 202
    until = time.monotonic() + 30
    while (shown := preview(client, **changed))["tokens"] - shown["cached_tokens"] > 16:
        assert time.monotonic() < until, shown
    body = {"text": changed["text"], "beside_id": first} | room
    turn = client.post(f"/api/conversations/{conversation}/messages", json=body).raise_for_status().json()
    timings = whole_answer(client, turn["generation_id"])["timings"]
    assert timings["prompt_tokens"] == shown["tokens"]
    assert timings["prompt_tokens"] - timings["cached_tokens"] <= 16


@pytest.mark.parametrize(("path", "empty"), [("", {"text": " \n"}), ("", {"brief": {}}), ("/article", {"text": ""})])
def test_a_draft_that_is_emptied_is_read_no_further(
    server: FakeHanmo, client: httpx2.Client, path: str, empty: dict[str, Any]
) -> None:
    draft = {"text": f"讲{next(SEAS)}片海，写浪，写船，写守灯塔的人。" * 40}

    def unread() -> int:
        shown = client.post(f"/api/prompt/preview{path}", json=draft).json()
        return int(shown["tokens"] - shown["cached_tokens"])

    until, whole = time.monotonic() + 30, unread()
    with server.still_after(0):
        assert client.post(f"/api/prompt/warm{path}", json=draft).status_code == 202
        while unread() == whole:
            assert time.monotonic() < until
        assert client.post(f"/api/prompt/warm{path}", json=empty).status_code == 202
        left = unread()
    assert [unread() for _ in range(20)] == [left] * 20


def test_a_message_of_fields_keeps_them(client: httpx2.Client) -> None:
    conversation = new(client)
    turn = client.post(f"/api/conversations/{conversation}/messages", json={"brief": BRIEF}).raise_for_status().json()
    whole_answer(client, turn["generation_id"])
    question, answer = client.get(f"/api/conversations/{conversation}").json()["messages"]
    assert question["text"] == TEXT
    assert {name: value for name, value in question["brief"].items() if value not in ("", None)} == BRIEF
    assert answer["brief"] is None


def test_a_brief_that_is_only_text_is_a_text(client: httpx2.Client) -> None:
    for brief in ({"text": "写一句。"}, "写一句。"):
        conversation = new(client)
        turn = client.post(f"/api/conversations/{conversation}/messages", json={"brief": brief}).raise_for_status().json()
        whole_answer(client, turn["generation_id"])  # else its end changes what the next test is told of lengths
        question = client.get(f"/api/conversations/{conversation}").json()["messages"][0]
        assert (question["text"], question["brief"]) == ("写一句。", None)


@pytest.mark.parametrize(("lang", "word"), [("zh", "不能同时"), ("en", "cannot both")])
def test_constraints_and_warnings_are_told_in_the_readers_language(client: httpx2.Client, lang: str, word: str) -> None:
    shown = preview(client, lang, text="写一段龙井茶的介绍，语气正式，又要口语化，2000 字。")
    assert [each["text"] for each in shown["constraints"]] == ["语气正式", "要口语化", "2000 字"]
    assert [each["conflicts_with"] for each in shown["constraints"]] == [[1], [0], []]
    conflict = next(warning for warning in shown["warnings"] if warning["code"] == "conflict")
    assert word in conflict["text"]
    tokens = next(warning for warning in shown["warnings"] if warning["code"] == "length_over_tokens")
    (mend,) = tokens["mends"]
    enough = mend["sampling"]["max_new_tokens"]
    assert str(enough) in mend["label"]
    assert ["语气正式" in keep["label"] for keep in conflict["mends"]] == [True, False]
    again = preview(client, text="写一段龙井茶的介绍，语气正式，又要口语化，2000 字。", sampling={"max_new_tokens": enough})
    assert "length_over_tokens" not in codes(again)


def test_what_is_private_is_told_and_not_repeated(client: httpx2.Client) -> None:
    shown = preview(client, text=f"给 {PHONE} 写一条短信。")
    (warning,) = [one for one in shown["warnings"] if one["code"] == "private_phone_number"]
    assert PHONE not in warning["text"]
    assert "不会离开这台电脑" in warning["text"]
    assert warning["mends"][0]["fields"] == {"text": "给 *** 写一条短信。"}


def test_a_preview_stores_nothing(client: httpx2.Client) -> None:
    conversation = new(client)
    preview(client, conversation_id=conversation, text="写一句。")
    assert client.get(f"/api/conversations/{conversation}").json()["messages"] == []


def test_a_preview_of_a_changed_question_is_the_prompt_of_its_other_version(server: FakeHanmo, client: httpx2.Client) -> None:
    conversation, path = new(client), "/api/conversations/{}/messages"
    for text in ("写一句。", "再写一句。"):
        turn = client.post(path.format(conversation), json={"text": text}).raise_for_status().json()
        whole_answer(client, turn["generation_id"])
    body = {"text": "换一句。", "beside_id": turn["user_message_id"]}
    shown = preview(client, conversation_id=conversation, **body)
    assert [said["text"] for said in shown["messages"]][1::2] == ["写一句。", "换一句。"]
    sent = client.post(path.format(conversation), json=body).raise_for_status().json()
    assert whole_answer(client, sent["generation_id"])["timings"]["prompt_tokens"] == shown["tokens"]


def look(client: httpx2.Client, lang: str = "zh", **order: Any) -> dict[str, Any]:
    answer = client.post("/api/prompt/preview/article", json=order, headers={"Accept-Language": lang})
    return dict(answer.raise_for_status().json())


def test_the_preview_of_an_article_is_what_its_plan_asks_for_and_of_one_piece_what_its_text_asks_for(client: httpx2.Client) -> None:
    shown = look(client, brief={"task": "写一篇讲龙井茶的文章", "role": "茶农"}, words=1500, facts="龙井：八十度的水")
    system, user = shown["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    assert "任务：写一篇讲龙井茶的文章" in user["text"] and "龙井：八十度的水" in user["text"]
    assert user["text"] in shown["prompt"]
    assert shown["tokens"] > 100 and shown["warnings"] == []
    piece = look(client, text="你是茶农。写一篇 200 字的短文，讲龙井茶。")
    assert "200" in piece["messages"][-1]["text"]
    assert look(client, text="你是作家。写一篇小说，讲一座灯塔。")["preset"] == "creative"
    assert client.get("/api/articles").json()["articles"] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_an_article_would_be_refused_for_is_a_warning(client: httpx2.Client, lang: str) -> None:
    shown = look(client, lang, text="你是茶农。写一篇 300 字的文章，讲龙井茶。", words=5000)
    assert (codes(shown), shown["messages"], shown["tokens"]) == (["lengths_contradict"], [], None)
    assert "5000" in shown["warnings"][0]["text"]
    assert "vague_task" in codes(look(client, lang, text="写一篇文章。"))
    assert "brief_without_task" not in codes(look(client, lang, text="写一篇文章。"))
    assert "brief_too_long" in codes(look(client, lang, text="你是茶农。写一篇讲龙井茶的文章。" + "茶" * 20_000))


def ask(client: httpx2.Client, lang: str = "zh", **body: Any) -> list[dict[str, Any]]:
    answer = client.post("/api/prompt/questions", json=body, headers={"Accept-Language": lang})
    return list(answer.raise_for_status().json()["questions"])


def test_questions_are_in_the_readers_language_and_answers_in_that_of_the_brief(client: httpx2.Client) -> None:
    first, *_ = ask(client, "en", text="写一篇 3000 字的小说。")
    assert (first["code"], first["text"], first["label"], first["field"]) == (
        "story.genre",
        "Of what genre?",
        "题材：",
        "requirements",
    )
    assert "悬疑" in first["answers"]
    first, *_ = ask(client, text="Write a 3,000-word story.")
    assert (first["text"], first["label"]) == ("什么题材？", "Genre: ")


def test_quick_questions_are_never_held_up_and_articles_are_asked_about(client: httpx2.Client) -> None:
    assert ask(client, text="什么是茶？") == ask(client, text="写一篇小说。") == []
    assert [one["field"] for one in ask(client, text="茶的历史", article=True)] == ["audience", "words", "requirements"]
    assert [one["code"] for one in ask(client, text="茶的历史", article=True, words=900)] == ["article.audience", "article.angle"]
    assert ask(client, text="记账工具", article=True, format="code")[0]["code"] == "code.language"
    assert [one["code"] for one in ask(client, text="写一篇小说。", anyway=True)] == ["any.subject", "story.genre", "story.hero"]


def test_an_article_may_be_asked_for_in_fields(client: httpx2.Client) -> None:
    order = {"brief": {"task": "写一篇讲茶的短文", "words": 400, "language": "en"}}
    made = client.post("/api/articles", json=order).raise_for_status().json()["id"]
    brief = client.get(f"/api/articles/{made}").json()["brief"]
    assert (brief["text"], brief["words"], brief["lang"]) == ("任务：写一篇讲茶的短文\n语言：英文\n篇幅：约 400 字", 400, "en")


@pytest.mark.parametrize(("lang", "name"), [("zh", "问答"), ("en", "Q&A")])
def test_presets_and_parameters_are_told_with_their_safe_ranges(client: httpx2.Client, lang: str, name: str) -> None:
    told = client.get("/api/presets", headers={"Accept-Language": lang}).json()
    presets = {preset["id"]: preset for preset in told["presets"]}
    assert presets["qa"]["name"] == name
    assert presets["qa"]["sampling"]["max_new_tokens"] == 512
    assert told["default"] in presets
    knobs = {knob["name"]: knob for knob in told["parameters"]}
    assert set(knobs) == set(presets["chat"]["sampling"])
    assert (knobs["temperature"]["safe_low"], knobs["temperature"]["safe_high"]) == (0.2, 1.0)
    assert all(knob["text"] and not knob["text"].startswith("parameter.") for knob in knobs.values())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/prompt/preview", {}, 422, "missing_field"),
        ("/api/prompt/preview", {"text": " "}, 422, "text_empty"),
        ("/api/prompt/preview", {"brief": {}}, 422, "text_empty"),
        ("/api/prompt/preview", {"text": "a", "brief": {"task": "b"}}, 422, "text_or_brief"),
        ("/api/prompt/preview", {"brief": {"rol": "b"}}, 422, "unknown_field"),
        ("/api/prompt/preview", {"brief": {"words": 0}}, 422, "invalid_field"),
        ("/api/prompt/preview", {"brief": {"words": "many"}}, 422, "invalid_field"),
        ("/api/prompt/preview", {"brief": {"role": "a" * 2_001}}, 422, "invalid_field"),
        ("/api/prompt/preview", {"brief": 7}, 422, "invalid_field"),
        ("/api/prompt/preview", {"text": "a", "sampling": {"temprature": 1}}, 422, "unknown_parameter"),
        ("/api/prompt/preview", {"text": "a", "preset": "creativ"}, 422, "invalid_field"),
        ("/api/prompt/preview", {"text": "a", "conversation_id": NOBODY}, 404, "conversation_not_found"),
        ("/api/prompt/preview", {"text": "a", "parent_id": NOBODY}, 404, "message_not_found"),
        ("/api/prompt/preview", {"text": "a", "conversation_id": "../x"}, 422, "invalid_field"),
        ("/api/prompt/preview", {"text": "a", "beside_id": NOBODY}, 404, "message_not_found"),
        ("/api/prompt/preview/article", {}, 422, "missing_field"),
        ("/api/prompt/preview/article", {"text": " "}, 422, "text_empty"),
        ("/api/prompt/preview/article", {"text": "a", "wrods": 3}, 422, "unknown_field"),
        ("/api/prompt/questions", {"article": True}, 422, "missing_field"),
        ("/api/prompt/questions", {"text": "a", "words": -1}, 422, "invalid_field"),
        ("/api/prompt/questions", {"text": "a", "artcle": True}, 422, "unknown_field"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_what_cannot_be_looked_at_is_refused(
    client: httpx2.Client, path: str, body: dict[str, Any], status: int, code: str, lang: str
) -> None:
    check_refused(client.post(path, json=body, headers={"Accept-Language": lang}), status, code, lang)


def test_the_nearest_name_is_told_inside_of_a_brief_too(client: httpx2.Client) -> None:
    answer = client.post("/api/prompt/preview", json={"brief": {"rol": "b"}})
    assert answer.json()["params"] == {"field": "brief.rol", "nearest": "role"}


def test_half_a_surrogate_pair_in_a_field_is_refused(client: httpx2.Client) -> None:
    for path in ("/api/prompt/preview", f"/api/conversations/{new(client)}/messages"):
        answer = client.post(path, content=b'{"brief": {"task": "\\ud800"}}', headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "text_not_unicode")
