"""The fake and the real store side by side: whatever is done, in whatever order, both answer the same."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from hanmo.core.values import Problem, Timings
from hanmo.work.ports import NewTurn
from tests.store.examples import IDENTITY, SAMPLING, TEXTS
from tests.store.side_by_side import Call, Pair, SideBySide, any_of_them, texts

ids = st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5)
reasons = st.sampled_from(["stop", "length", "cancelled", "error"])


class BothStores(SideBySide):
    def __init__(self) -> None:
        super().__init__()
        self.conversations: list[Pair] = []
        self.messages: list[Pair] = []
        self.homes: dict[Pair, Pair] = {}
        self.generations: list[Pair] = []

    @initialize(text=st.sampled_from(TEXTS))
    def one_turn(self, text: str) -> None:
        self.create("")
        self.ask(0, text, None)

    @rule(title=texts)
    def create(self, title: str) -> None:
        answers = self.both(lambda store, _side: store.conversations.create(title))
        if answers is not None:
            self.keep(self.conversations, answers[0].id, answers[1].id)

    @rule(where=any_of_them, text=texts, under=st.none() | any_of_them)
    def ask(self, where: int, text: str, under: int | None) -> None:
        conversation = self.conversations[where % len(self.conversations)]
        parent = (None, None) if under is None else self.messages[under % len(self.messages)]
        self.turn(
            conversation,
            lambda store, side: store.conversations.add_turn(conversation[side], text, SAMPLING, parent_id=parent[side]),
        )

    def turn(self, home: Pair, call: Call) -> None:
        answers = self.both(call)
        if answers is not None:
            real, fake = answers
            self.keep(self.messages, real.user_message_id, fake.user_message_id)
            self.homes[self.messages[-1]] = home
            self.keep_answer(home, real, fake)

    def keep_answer(self, home: Pair, real: NewTurn, fake: NewTurn) -> None:
        self.keep(self.messages, real.message_id, fake.message_id)
        self.homes[self.messages[-1]] = home
        self.keep(self.generations, real.generation_id, fake.generation_id)

    def place(self, which: int) -> tuple[Pair, Pair]:
        """A conversation, mostly the one in which a message is, and the message."""
        message = self.messages[which % len(self.messages)]
        home = self.homes[message] if which % 5 else self.conversations[-1]
        return home, message

    @rule(which=any_of_them, text=texts)
    def ask_otherwise(self, which: int, text: str) -> None:
        home, message = self.place(which)
        self.turn(home, lambda store, side: store.conversations.add_turn(home[side], text, SAMPLING, beside_id=message[side]))

    @rule(which=any_of_them)
    def answer_again(self, which: int) -> None:
        home, message = self.place(which)
        answers = self.both(lambda store, side: store.conversations.add_answer(home[side], message[side], SAMPLING))
        if answers is not None:
            self.keep_answer(home, *answers)

    @rule(which=any_of_them)
    def choose(self, which: int) -> None:
        home, message = self.place(which)
        self.same(lambda store, side: store.conversations.choose(home[side], message[side]))

    @rule(which=any_of_them, cleared=st.booleans())
    def clear(self, which: int, cleared: bool) -> None:
        home, message = self.place(which)
        self.same(lambda store, side: store.conversations.clear(home[side], message[side], cleared))

    @rule(which=any_of_them, back=st.booleans())
    def delete_message(self, which: int, back: bool) -> None:
        home, message = self.place(which)
        self.same(lambda store, side: store.conversations.delete_message(home[side], message[side]))
        if back:
            self.same(lambda store, side: store.conversations.restore_message(home[side], message[side]))

    @rule(which=any_of_them)
    def restore_message(self, which: int) -> None:
        home, message = self.place(which)
        self.same(lambda store, side: store.conversations.restore_message(home[side], message[side]))

    @rule(where=any_of_them, back=st.booleans())
    def delete(self, where: int, back: bool) -> None:
        home = self.conversations[where % len(self.conversations)]
        self.same(lambda store, side: store.conversations.delete(home[side]))
        if back:
            self.same(lambda store, side: store.conversations.restore(home[side]))

    @rule(where=any_of_them, title=texts, pinned=st.booleans(), rounds=st.sampled_from([None, 1, 5]))
    def change(self, where: int, title: str, pinned: bool, rounds: int | None) -> None:
        home = self.conversations[where % len(self.conversations)]
        self.same(lambda store, side: store.conversations.rename(home[side], title))
        self.same(lambda store, side: store.conversations.pin(home[side], pinned))
        self.same(lambda store, side: store.conversations.set_rounds(home[side], rounds))

    def generation(self, which: int) -> Pair:
        return self.generations[-1 - which % len(self.generations)]

    @rule(which=any_of_them, prompt=ids, dropped=st.integers(0, 9))
    def begin(self, which: int, prompt: list[int], dropped: int) -> None:
        self.same(lambda store, side: store.generations.begin(self.generation(which)[side], IDENTITY, prompt, dropped))

    @rule(which=any_of_them, text=texts, tokens=ids)
    def append(self, which: int, text: str, tokens: list[int]) -> None:
        self.same(lambda store, side: store.generations.append(self.generation(which)[side], text, tokens))

    @rule(
        which=any_of_them, reason=reasons, speed=st.none() | st.floats(0, 1e6), problem=st.none() | st.sampled_from(["engine_lost"])
    )
    def finish(self, which: int, reason: Any, speed: float | None, problem: str | None) -> None:
        kept = None if problem is None else Problem(problem, {"after": 1})
        timings = Timings(tokens_per_second=speed)
        self.same(lambda store, side: store.generations.finish(self.generation(which)[side], reason, timings=timings, problem=kept))

    @rule(which=any_of_them)
    def continue_it(self, which: int) -> None:
        answers = self.both(lambda store, side: store.generations.add_continuation(self.generation(which)[side]))
        if answers is not None:
            self.keep(self.generations, *answers)

    @rule(stamp=st.sampled_from("ab"), token=st.sampled_from("xy"), seconds=st.floats(-5, 5))
    def sign_in(self, token: str, stamp: str, seconds: float) -> None:
        self.same(lambda store, _side: store.sessions.add(token, stamp, self.now + seconds))

    @rule(token=st.sampled_from("xy"))
    def sign_out(self, token: str) -> None:
        self.same(lambda store, _side: store.sessions.remove(token))

    @rule()
    def restart(self) -> None:
        self.reopen()
        self.same(lambda store, _side: store.generations.interrupt_unfinished())

    @invariant()
    def they_agree(self) -> None:
        self.now -= 1
        self.same(lambda store, _side: store.conversations.list())
        for conversation in self.conversations:
            self.same_conversation(conversation)
        for generation in self.generations[-3:]:
            self.same_generation(generation)
        for query in ("plain", "第", "drop tab", "e"):
            self.same_hits(query)
        for token, stamp in ("xa", "xb", "ya", "yb"):
            self.same_session(token, stamp)

    def same_hits(self, query: str) -> None:
        self.same(lambda store, _side: store.search.find(query, 20))

    def same_conversation(self, pair: Pair) -> None:
        self.same(lambda store, side: store.conversations.get(pair[side]))

    def same_generation(self, pair: Pair) -> None:
        self.same(lambda store, side: store.generations.get(pair[side]))
        self.same(lambda store, side: store.generations.path(pair[side]))
        self.same(lambda store, side: store.generations.conversation_of(pair[side]))
        self.same(lambda store, side: store.generations.rounds(pair[side]))

    def same_session(self, token: str, stamp: str) -> None:
        self.same(lambda store, _side: store.sessions.is_open(token, stamp, self.now))


BothStores.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestBothStores = BothStores.TestCase
