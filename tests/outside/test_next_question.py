"""The next question of a conversation, where the history limit gives its prompt another beginning: on the real engine it is read before it is
typed, and what the conversation had read is not lost by it."""

import time
from pathlib import Path

from tests.outside.conftest import staying_up
from tests.outside.test_conversations import Talk
from tests.running import whole_answer

PASSAGE = "河边的老人每天清晨都来，他带着一把旧椅子和一只茶壶，坐下来看水，一看就是一个上午。" * 8
ASKED = "只回答一个字：好。"
NEXT = "再说一次。"
READ_AHEAD_LIMIT_S = 60.0


def test_what_will_stand_before_it_is_read_when_the_answer_is_whole(tmp_path: Path) -> None:
    with staying_up(tmp_path / "data") as hanmo, hanmo.wait_ready().client() as client:
        talk = Talk(client)
        talk.do("PATCH", "", {"rounds": 1})
        for i in range(3):
            last = talk.ask(f"{i}。{PASSAGE}{ASKED}", sampling={"max_new_tokens": 200, "temperature": 0.0})
        draft = {"conversation_id": talk.id, "text": NEXT}
        ended = time.monotonic()
        while (shown := client.post("/api/prompt/preview", json=draft).json())["tokens"] - shown["cached_tokens"] > 16:
            assert time.monotonic() - ended < READ_AHEAD_LIMIT_S, "it was not read ahead"
            time.sleep(0.2)
        asked = talk.ask(NEXT)
        again = talk.again(last["message_id"])
        written = talk.now()["messages"][-2]["generations"][-1]
        assert (written["id"], written["left_out_messages"]) == (asked["generation_id"], 4)
        for turn, new in ((asked, 8), (again, 0)):
            timings = whole_answer(client, turn["generation_id"])["timings"]
            assert timings["prompt_tokens"] - timings["cached_tokens"] <= new + 16, timings
