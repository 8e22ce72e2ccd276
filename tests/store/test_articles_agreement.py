"""Articles in the fake and the real store side by side: whatever is done, in whatever order, both answer the same, and the past stays."""

from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from hanmo.core.articles import Edit, Plan, Section
from hanmo.core.flows.asks import Answer
from hanmo.core.values import Problem
from hanmo.work.article_ports import Begun, NewText, SectionCost
from tests.store.examples import ASSIGNMENT, PLAN, RAIN
from tests.store.side_by_side import Pair, SideBySide, any_of_them, texts

names = st.sampled_from(["s1", "s2", "s3"])
lengths = st.sampled_from([100, 120])
points = st.lists(st.sampled_from(["雨", "伞", "\x00"]), max_size=2).map(tuple)
sections = st.builds(Section, names, texts, points, lengths, note=texts, skipped=st.booleans())
plans = st.builds(
    Plan, texts, st.lists(sections, max_size=3, unique_by=lambda section: section.id).map(tuple), headed=st.booleans()
)
bodies = st.one_of(texts, st.just(RAIN))
new_texts = st.builds(
    NewText, names, bodies, lengths, points, st.sampled_from(["written", "edited"]), st.sampled_from(["", "repeats"])
)
answers = st.builds(
    Answer, texts, st.sampled_from(["stop", "enough", "skipped", "length"]), texts, st.none() | st.integers(0, 10**9)
)
edit_ids = st.sampled_from(["e1", "e2", "e3", "e4"])
keys = st.sampled_from(["k1", "k2"])
counts = st.integers(0, 10**9)
spent_on_sections = st.lists(st.builds(SectionCost, st.none() | names, st.floats(0, 1e9), counts, counts, counts), max_size=3)
kinds = st.sampled_from(["plan_edited", "written", "rewritten", "edited"])
first_states = st.sampled_from(["proposed", "proposed", "proposed", "rejected"])
states = st.sampled_from(["proposed", "accepted", "rejected", "stale"])


class BothStores(SideBySide):
    def __init__(self) -> None:
        super().__init__()
        self.articles: list[Pair] = []
        self.jobs: list[Pair] = []
        self.assignments = [ASSIGNMENT]
        self.past: dict[tuple[Pair, int], Any] = {}

    @initialize()
    def one_written_article(self) -> None:
        self.create(ASSIGNMENT.brief, 1)
        self.revise(0, "planned", PLAN, [], None)
        self.revise(0, "written", None, [NewText("s1", RAIN, 100, PLAN.sections[0].points, "written")], "s1")

    @rule(plan=plans, written=st.lists(new_texts, max_size=2))
    def open(self, plan: Plan, written: list[NewText]) -> None:
        made = self.both(lambda store, _side: store.articles.create(ASSIGNMENT, plan=plan, texts=written))
        if made is not None:
            self.keep(self.articles, made[0].id, made[1].id)

    @rule(brief=texts, seed=st.sampled_from([1, 2, 2**60]))
    def create(self, brief: str, seed: int) -> None:
        assignment = replace(ASSIGNMENT, brief=brief, seed=seed)
        made = self.both(lambda store, _side: store.articles.create(assignment))
        if made is not None:
            self.keep(self.articles, made[0].id, made[1].id)
            self.assignments.append(assignment)

    def article(self, which: int) -> Pair:
        return self.articles[which % len(self.articles)]

    @rule(
        where=any_of_them,
        kind=kinds,
        plan=st.none() | plans,
        made=st.lists(new_texts, max_size=2),
        section_id=st.none() | names,
    )
    def revise(self, where: int, kind: Any, plan: Plan | None, made: list[NewText], section_id: str | None) -> None:
        pair = self.article(where)
        self.same(lambda store, side: store.articles.revise(pair[side], kind, plan=plan, texts=made, section_id=section_id))

    @rule(where=any_of_them, number=st.integers(-1, 9))
    def restore(self, where: int, number: int) -> None:
        self.same(lambda store, side: store.articles.restore(self.article(where)[side], number))

    @rule(
        where=any_of_them, section_id=names, chosen=st.lists(st.tuples(edit_ids, st.data()), max_size=3), state=states, after=texts
    )
    def propose(self, where: int, section_id: str, chosen: list[tuple[str, Any]], state: Any, after: str) -> None:
        """Edits that fit the text, and now and then one that does not."""
        pair = self.article(where)
        there = self.both(lambda store, side: store.articles.get(pair[side]))
        text = there[1].texts.get(section_id) if there else None
        body, number = (text.text, text.number) if text else (RAIN, 1)
        edits = []
        for name, data in chosen:
            start = data.draw(st.integers(0, len(body)))
            end = data.draw(st.integers(start, len(body)))
            off = data.draw(st.sampled_from([0, 0, 0, 1]))
            edits.append(Edit(name, section_id, number + off, start, end, body[start:end], after, "polish", state))
        self.same(lambda store, side: store.articles.propose(pair[side], edits))

    @rule(where=any_of_them, edit_id=edit_ids)
    def accept_edit(self, where: int, edit_id: str) -> None:
        self.same(lambda store, side: store.articles.accept_edit(self.article(where)[side], edit_id))

    @rule(where=any_of_them, chosen=st.lists(edit_ids, max_size=3), state=states)
    def settle_edits(self, where: int, chosen: list[str], state: Any) -> None:
        self.same(lambda store, side: store.articles.settle_edits(self.article(where)[side], chosen, state))

    @rule(where=any_of_them, titles=st.lists(texts, max_size=2), summary=texts)
    def set_titles(self, where: int, titles: list[str], summary: str) -> None:
        self.same(lambda store, side: store.articles.set_titles(self.article(where)[side], titles, summary))

    @rule(where=any_of_them, name=texts)
    def rename(self, where: int, name: str) -> None:
        self.same(lambda store, side: store.articles.rename(self.article(where)[side], name))

    @rule(where=any_of_them, pinned=st.booleans())
    def pin(self, where: int, pinned: bool) -> None:
        self.same(lambda store, side: store.articles.pin(self.article(where)[side], pinned))

    @rule(where=any_of_them)
    def delete(self, where: int) -> None:
        self.same(lambda store, side: store.articles.delete(self.article(where)[side]))

    @rule(where=any_of_them)
    def undelete(self, where: int) -> None:
        self.same(lambda store, side: store.articles.undelete(self.article(where)[side]))

    @rule(where=any_of_them, key=keys, answer=answers, begun=st.none() | st.builds(Begun, names, texts))
    def keep_partial(self, where: int, key: str, answer: Answer, begun: Begun | None) -> None:
        self.same(lambda store, side: store.articles.keep_partial(self.article(where)[side], key, answer, begun=begun))

    @rule(where=any_of_them, key=keys, answer=answers)
    def finish_step(self, where: int, key: str, answer: Answer) -> None:
        self.same(lambda store, side: store.articles.finish_step(self.article(where)[side], key, answer))

    @rule(where=any_of_them, kind=st.sampled_from(["plan", "write", "title"]))
    def add_job(self, where: int, kind: Any) -> None:
        made = self.both(lambda store, side: store.articles.add_job(self.article(where)[side], kind))
        if made is not None:
            self.keep(self.jobs, made[0].id, made[1].id)

    @rule(which=any_of_them, reason=st.sampled_from(["stop", "cancelled", "error"]), after=st.none() | texts)
    def finish_job(self, which: int, reason: Any, after: str | None) -> None:
        if self.jobs:
            pair = self.jobs[which % len(self.jobs)]
            problem = None if after is None else Problem("engine_lost", {"after": after})
            self.same(lambda store, side: store.articles.finish_job(pair[side], reason, problem))

    @rule(which=any_of_them, spent=spent_on_sections)
    def keep_costs(self, which: int, spent: list[SectionCost]) -> None:
        if self.jobs:
            pair = self.jobs[which % len(self.jobs)]
            self.same(lambda store, side: store.articles.keep_costs(pair[side], spent))

    @rule()
    def restart(self) -> None:
        self.reopen()
        self.same(lambda store, _side: store.articles.interrupt_jobs())

    @invariant()
    def they_agree(self) -> None:
        self.now -= 1
        self.same(lambda store, _side: store.articles.summaries())
        for assignment in self.assignments:
            self.same(lambda store, _side, wanted=assignment: store.articles.find(wanted))  # type: ignore[misc]
        for pair in self.articles:
            self.same_article(pair)
        for pair in self.jobs:
            self.same_job(pair)

    def same_article(self, pair: Pair) -> None:
        self.same(lambda store, side: store.articles.get(pair[side]))
        self.same(lambda store, side: store.articles.revisions(pair[side]))
        self.same(lambda store, side: store.articles.steps(pair[side]))
        self.same(lambda store, side: store.articles.last_job(pair[side]))
        self.same(lambda store, side: store.articles.costs(pair[side]))
        for key in ("k1", "k2"):
            self.same_step(pair, key)
        there = self.both(lambda store, side: store.articles.get(pair[side]))
        for number in range(1, there[0].revision + 1 if there else 1):
            self.same_past(pair, number)

    def same_step(self, pair: Pair, key: str) -> None:
        self.same(lambda store, side: store.articles.partial(pair[side], key))

    def same_job(self, pair: Pair) -> None:
        self.same(lambda store, side: store.articles.job(pair[side]))

    def same_past(self, pair: Pair, number: int) -> None:
        """A revision reads as it did when it was made."""
        self.same(lambda store, side: store.articles.at(pair[side], number))
        then = self.runner.run(self.real.articles.at(pair[0], number))
        assert self.past.setdefault((pair, number), (then.plan, then.texts)) == (then.plan, then.texts)


BothStores.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestBothStores = BothStores.TestCase
