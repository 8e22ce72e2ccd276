"""What both stores find: every text as soon as it is stored, nothing that was deleted, the same in the same order."""

from dataclasses import replace

import pytest

from hanmo.store import MemoryStore, Store
from tests.store.examples import ASSIGNMENT, FIRST, IDENTITY, PLAN, RAIN, SAMPLING, SECOND, TIMINGS, edit_of, new_text

AnyStore = Store | MemoryStore


async def asked(store: AnyStore, text: str, answer: str, conversation_id: str | None = None) -> tuple[str, str]:
    """A turn that is over; the conversation's id and the answer's generation's."""
    conversation_id = conversation_id or (await store.conversations.create()).id
    turn = await store.conversations.add_turn(conversation_id, text, SAMPLING)
    await store.generations.begin(turn.generation_id, IDENTITY, [1], 0)
    await store.generations.append(turn.generation_id, answer, [2])
    await store.generations.finish(turn.generation_id, "length", timings=TIMINGS)
    return conversation_id, turn.generation_id


async def kinds(store: AnyStore, query: str) -> list[str]:
    return [hit.kind for hit in await store.search.find(query, 50)]


async def texts(store: AnyStore, query: str) -> list[str]:
    return [hit.snippet.text for hit in await store.search.find(query, 50)]


async def test_a_word_is_found_in_title_question_and_answer(store: AnyStore) -> None:
    conversation_id, _ = await asked(store, "江南的春天", "春天来了。")
    title, question, answer = await store.search.find("春天", 50)
    assert [hit.kind for hit in (title, question, answer)] == ["conversation", "message", "message"]
    assert {hit.owner_id for hit in (title, question, answer)} == {conversation_id}
    messages = (await store.conversations.get(conversation_id)).messages
    assert [hit.part for hit in (title, question, answer)] == ["", messages[0].id, messages[1].id]
    assert {hit.title for hit in (title, question, answer)} == {"江南的春天"}
    assert [(hit.start, hit.end) for hit in (title, question, answer)] == [(3, 5), (3, 5), (0, 2)]
    assert (answer.snippet.text, answer.snippet.spans) == ("春天来了。", ((0, 2),))
    assert (title.at, question.at) == ((await store.conversations.list())[0].updated_at, messages[0].created_at)


@pytest.mark.parametrize(
    "query", ["雨", "大雨", "伞骨", "GRE", "green tea", "绿 伞", "c++", "50%", '"大雨"', "大雨*", "ＧＲＥＥＮ", "café"]
)
async def test_each_of_these_finds_the_text(store: AnyStore, query: str) -> None:
    await asked(store, "x", "大雨，绿伞骨断了。Green tea at the Café, C++, 50% off.")
    assert await kinds(store, query) == ["message"]


@pytest.mark.parametrize(
    "query", ["", " ", "*", '"', "。", "大雨 AND 伞", "NEAR(大雨)", "reen", "雨大", "伞骨断裂", "\x00", "大雨 OR 风", "-大雨"]
)
async def test_none_of_these_does(store: AnyStore, query: str) -> None:
    await asked(store, "x", "大雨，绿伞骨断了。Green tea.")
    assert await kinds(store, query) == []


async def test_an_answer_is_found_as_far_as_it_is_finished(store: AnyStore) -> None:
    _, first = await asked(store, "问", "上半句，")
    more = await store.generations.add_continuation(first)
    await store.generations.begin(more, IDENTITY, [1], 0)
    await store.generations.append(more, "下半句。", [3])
    assert (await kinds(store, "上半句"), await kinds(store, "下半句")) == (["message"], [])
    await store.generations.finish(more, "stop", timings=TIMINGS)
    assert await texts(store, "下半句") == ["上半句，下半句。"]
    assert await kinds(store, "句，下") == ["message"]


async def test_what_an_interruption_left_is_found(store: AnyStore) -> None:
    made = await store.conversations.create()
    turn = await store.conversations.add_turn(made.id, "问", SAMPLING)
    await store.generations.append(turn.generation_id, "写到一半", [1])
    await store.generations.interrupt_unfinished()
    assert await texts(store, "一半") == ["写到一半"]


async def test_titles_come_first_then_the_newest(store: AnyStore) -> None:
    await asked(store, "旧的茶", "茶一")
    conversation_id, _ = await asked(store, "新的茶", "茶二")
    assert await texts(store, "茶") == ["新的茶", "旧的茶", "新的茶", "茶二", "旧的茶", "茶一"]
    await asked(store, "又一问", "茶三", conversation_id)
    assert await texts(store, "茶") == ["新的茶", "旧的茶", "茶三", "新的茶", "茶二", "旧的茶", "茶一"]
    assert [hit.snippet.text for hit in await store.search.find("茶", 3)] == ["新的茶", "旧的茶", "茶三"]


async def test_a_new_title_is_found_and_the_old_one_no_more(store: AnyStore) -> None:
    made = await store.conversations.create("旧名")
    await store.conversations.rename(made.id, "新名")
    assert (await kinds(store, "旧名"), await kinds(store, "新名")) == ([], ["conversation"])


async def test_what_was_deleted_is_not_found_until_it_is_back(store: AnyStore) -> None:
    conversation_id, _ = await asked(store, "江南", "水乡")
    question = (await store.conversations.get(conversation_id)).messages[0].id
    await store.conversations.delete_message(conversation_id, question)
    assert (await kinds(store, "江南"), await kinds(store, "水乡")) == (["conversation"], [])
    await store.conversations.delete(conversation_id)
    assert await kinds(store, "江南") == []
    await store.conversations.restore(conversation_id)
    await store.conversations.restore_message(conversation_id, question)
    assert (await kinds(store, "江南"), await kinds(store, "水乡")) == (["conversation", "message"], ["message"])


async def test_articles_are_found_by_title_brief_and_the_current_text_of_their_sections(store: AnyStore) -> None:
    article = await store.articles.create(ASSIGNMENT)
    assert (await kinds(store, "写一篇关于伞"), await kinds(store, "第一人称")) == (["article", "brief"], ["brief"])
    await store.articles.revise(article.id, "planned", plan=PLAN)
    assert (await kinds(store, "写一篇关于伞"), await kinds(store, "一把伞")) == (["brief"], ["article"])
    texts = [new_text(FIRST, RAIN), new_text(SECOND, "伞修好了。")]
    await store.articles.revise(article.id, "written", texts=texts)
    (hit,) = await store.search.find("断了两根", 50)
    assert (hit.kind, hit.owner_id, hit.part, hit.title) == ("section", article.id, "s1", "一把伞")
    assert RAIN[hit.start : hit.end] == "断了两根"
    found = [(hit.kind, hit.part) for hit in await store.search.find("伞", 50)]
    assert found == [("article", ""), ("brief", ""), ("section", "s1"), ("heading", "s2"), ("section", "s2")]


async def test_headings_are_found_as_the_plan_has_them_now(store: AnyStore) -> None:
    article = await store.articles.create(ASSIGNMENT)
    await store.articles.revise(article.id, "planned", plan=PLAN)
    (hit,) = await store.search.find("晴", 50)
    assert (hit.kind, hit.owner_id, hit.part, hit.title, hit.start, hit.end) == ("heading", article.id, "s3", "一把伞", 0, 1)
    renamed = replace(PLAN, sections=(FIRST, replace(SECOND, heading="修补")))
    await store.articles.revise(article.id, "plan_edited", plan=renamed)
    assert (await kinds(store, "晴"), await kinds(store, "修补")) == ([], ["heading"])


async def test_an_article_is_found_as_it_is_now_and_not_as_it_was(store: AnyStore) -> None:
    article = await store.articles.create(ASSIGNMENT)
    await store.articles.revise(article.id, "planned", plan=PLAN, texts=[new_text(FIRST, RAIN)])
    await store.articles.propose(article.id, [edit_of("e", RAIN, "断了两根", "完好")])
    await store.articles.accept_edit(article.id, "e")
    assert (await kinds(store, "断了两根"), await kinds(store, "完好")) == ([], ["section"])
    await store.articles.restore(article.id, 1)
    assert (await kinds(store, "断了两根"), await kinds(store, "完好")) == (["section"], [])
    without = type(PLAN)(PLAN.title, PLAN.sections[1:], PLAN.headed)
    await store.articles.revise(article.id, "plan_edited", plan=without)
    assert await kinds(store, "断了两根") == []
