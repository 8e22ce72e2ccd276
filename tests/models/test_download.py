"""Downloads from real HTTP servers on loopback that behave badly."""

import errno
import hashlib
import random
from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hanmo.core.errors import DownloadFailed, ModelError, ModelFileBad, NoRoom
from hanmo.models.part import Part
from tests.models.conftest import HUB_PATH, MODELSCOPE_PATH, Bench, MakeBench
from tests.models.hub import Hub, Plan, flipped

MIB = 1 << 20


def assert_whole(bench: Bench, body: bytes) -> None:
    assert bench.file.read_bytes() == body
    assert not bench.part.exists()
    assert bench.shelf.resolve("tiny").path == str(bench.file)


async def failure_of(bench: Bench) -> ModelError:
    with pytest.raises((DownloadFailed, ModelFileBad, NoRoom)) as caught:
        await bench.pull()
    return caught.value


async def test_a_sound_hub_gives_the_file_and_its_progress_grows(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub)
    steps = await there.pull()
    assert_whole(there, body)
    assert steps[0].state == "racing"
    assert (steps[-1].state, steps[-1].source, steps[-1].received_bytes, steps[-1].total_bytes) == (
        "done",
        "mirror",
        len(body),
        len(body),
    )
    received = [step.received_bytes for step in steps if step.state == "downloading"]
    assert received == sorted(received)


async def test_what_is_here_and_verified_is_neither_fetched_nor_hashed_again(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub)
    await there.pull()
    asked = len(hub.requests)
    assert [step.state for step in await there.pull()] == ["done"]
    assert len(hub.requests) == asked


async def test_a_lost_connection_goes_on_where_it_broke_with_the_etag_it_had(bench: MakeBench, hub: Hub, body: bytes) -> None:
    cuts = [Plan(body, cut_after=size) for size in (300_000, 1, 1_200_000)]
    hub.serve(HUB_PATH, *cuts, Plan(body))
    there = bench(hub)
    await there.pull()
    assert_whole(there, body)
    assert hub.reads[0].offset == 0
    assert all(request.offset > 0 and request.headers["if-range"] == '"one"' for request in hub.reads[1:])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 2 * MIB), max_size=3))
async def test_connections_lost_at_any_byte_still_give_the_same_file(
    bench: MakeBench, hub: Hub, body: bytes, cuts: list[int]
) -> None:
    hub.serve(HUB_PATH, *[Plan(body, cut_after=cut) for cut in cuts], Plan(body))
    there = bench(hub)
    there.shelf.remove("tiny")
    await there.pull()
    assert_whole(there, body)


async def test_a_stalled_source_is_left_for_the_other_which_goes_on_from_the_same_part(
    bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes
) -> None:
    hub.serve(HUB_PATH, Plan(body, stall_after=2 * MIB))
    second_hub.serve(MODELSCOPE_PATH, Plan(body), probe=Plan(silent=True))
    there = bench(hub, second_hub)
    steps = await there.pull()
    assert_whole(there, body)
    assert steps[-1].source == "modelscope"
    assert second_hub.reads[0].offset == 2 * MIB
    assert "if-range" not in second_hub.reads[0].headers


async def test_the_first_to_give_bytes_wins_the_race(bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body), probe=Plan(silent=True))
    second_hub.serve(MODELSCOPE_PATH, Plan(body))
    there = bench(hub, second_hub)
    steps = await there.pull()
    assert_whole(there, body)
    assert steps[-1].source == "modelscope"
    assert hub.reads == []


async def test_a_slow_source_gives_way_to_one_that_may_be_faster(bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body, drip=(1024, 0.1)))
    second_hub.serve(MODELSCOPE_PATH, Plan(body), probe=Plan(silent=True))
    there = bench(hub, second_hub)
    assert (await there.pull())[-1].source == "modelscope"
    assert_whole(there, body)


async def test_a_slow_source_that_is_alone_is_waited_for(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body, drip=(len(body) // 8, 0.1)))
    there = bench(hub)
    await there.pull()
    assert_whole(there, body)
    assert len(hub.reads) == 1


async def test_a_flipped_byte_of_the_same_size_is_refused_and_a_retry_works(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(flipped(body, len(body) // 2)), probe=Plan(body))
    there = bench(hub)
    failure = await failure_of(there)
    assert failure.code == "model_hash_wrong"
    assert failure.params["expected"] == hashlib.sha256(body).hexdigest()
    assert not there.file.exists()
    assert there.part.stat().st_size == 0
    hub.serve(HUB_PATH, Plan(body))
    await there.pull()
    assert_whole(there, body)


async def test_wrong_bytes_of_one_source_do_not_keep_the_other_from_giving_the_right_ones(
    bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes
) -> None:
    hub.serve(HUB_PATH, Plan(flipped(body, 5000)), probe=Plan(body))
    second_hub.serve(MODELSCOPE_PATH, Plan(body), probe=Plan(silent=True))
    there = bench(hub, second_hub)
    assert (await there.pull())[-1].source == "modelscope"
    assert_whole(there, body)


async def test_where_several_gave_bytes_and_the_hash_is_wrong_each_is_asked_again_alone(
    bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes
) -> None:
    wrong = flipped(body, 5000)
    hub.serve(HUB_PATH, Plan(wrong, cut_after=MIB), Plan(wrong), probe=Plan(body))
    second_hub.serve(MODELSCOPE_PATH, Plan(body), probe=Plan(silent=True))
    there = bench(hub, second_hub)
    await there.pull()
    assert_whole(there, body)
    assert second_hub.reads[-1].offset == 0


async def test_a_server_without_ranges_starts_again_and_gives_up_where_it_never_gets_farther(
    bench: MakeBench, hub: Hub, body: bytes
) -> None:
    hub.serve(HUB_PATH, Plan(body, ranges=False, cut_after=MIB), Plan(body, ranges=False))
    there = bench(hub)
    await there.pull()
    assert_whole(there, body)
    there.shelf.remove("tiny")
    hub.serve(HUB_PATH, Plan(body, ranges=False, cut_after=MIB))
    assert (await failure_of(there)).code == "download_failed"


async def test_a_changed_etag_starts_again(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(flipped(body, 9), etag='"old"', cut_after=MIB), Plan(body, etag='"new"'))
    there = bench(hub)
    await there.pull()
    assert_whole(there, body)
    assert hub.reads[1].headers["if-range"] == '"old"'


async def test_a_server_that_sends_another_range_than_asked_is_out(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body, cut_after=MIB), Plan(body, lie_about_range=7))
    failure = await failure_of(bench(hub))
    assert (failure.code, failure.params["tried"]) == ("download_failed", "wrong_range")


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_refusal_is_final_and_not_asked_again(bench: MakeBench, hub: Hub, status: int) -> None:
    hub.serve(HUB_PATH, Plan(status=status), probe=Plan(status=status))
    failure = await failure_of(bench(hub))
    assert (failure.code, failure.params["tried"]) == ("no_source_answers", f"http_{status}")
    assert len(hub.requests) == 1


async def test_an_overloaded_server_is_asked_again(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(status=503), Plan(body))
    there = bench(hub)
    await there.pull()
    assert_whole(there, body)


async def test_redirects_are_followed_to_the_store(bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes) -> None:
    second_hub.serve("/store/x?sig=1", Plan(body))
    hub.serve(HUB_PATH, Plan(redirect=f"{second_hub.url}/store/x?sig=1"), probe=Plan(redirect=f"{second_hub.url}/store/x?sig=1"))
    there = bench(hub)
    await there.pull()
    assert_whole(there, body)


async def test_redirects_without_end_put_a_source_out(bench: MakeBench, hub: Hub) -> None:
    hub.serve(HUB_PATH, Plan(redirect=HUB_PATH), probe=Plan(redirect=HUB_PATH))
    failure = await failure_of(bench(hub))
    assert (failure.code, failure.params["tried"]) == ("no_source_answers", "too_many_redirects")
    assert len(hub.requests) == 6


async def test_a_sign_in_page_is_no_model(bench: MakeBench, hub: Hub) -> None:
    page = b"<html>Sign in to this network</html>"
    hub.serve(HUB_PATH, Plan(page, ranges=False))
    failure = await failure_of(bench(hub))
    assert (failure.code, failure.params["tried"]) == ("no_source_answers", "not_a_model")


async def test_a_file_of_another_size_or_hash_is_out_before_a_byte_is_kept(
    bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes
) -> None:
    hub.serve(HUB_PATH, Plan(body + b"more"))
    second_hub.serve(MODELSCOPE_PATH, Plan(body, headers={"X-Linked-Etag": f'"{"0" * 64}"'}))
    failure = await failure_of(bench(hub, second_hub))
    assert (failure.code, failure.params["tried"]) == ("no_source_answers", "other_file, other_size")


async def test_without_a_pinned_hash_the_hubs_word_is_taken_checked_and_remembered(bench: MakeBench, hub: Hub, body: bytes) -> None:
    named = {"X-Linked-Etag": f'"{hashlib.sha256(body).hexdigest()}"'}
    hub.serve(HUB_PATH, Plan(flipped(body, MIB), headers=named), probe=Plan(body, headers=named))
    there = bench(hub, pinned=False)
    assert (await failure_of(there)).code == "model_hash_wrong"
    hub.serve(HUB_PATH, Plan(body, headers=named))
    await there.pull()
    assert_whole(there, body)
    assert '"checked": "hub"' in there.file.with_name("tiny.gguf.json").read_text()
    there.file.write_bytes(flipped(body, MIB))
    with pytest.raises(ModelFileBad):
        [step async for step in there.shelf.verify("tiny")]


async def test_a_file_whose_hash_nobody_names_is_not_fetched(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body))
    assert (await failure_of(bench(hub, pinned=False))).code == "model_hash_unknown"


async def test_a_hash_from_a_plain_url_is_nobodys_word(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve("/x.gguf", Plan(body, headers={"X-Linked-Etag": f'"{hashlib.sha256(body).hexdigest()}"'}))
    there = bench(pinned=False, urls={"tiny": [f"{hub.url}/x.gguf"]})
    assert (await failure_of(there)).code == "model_hash_unknown"


async def test_a_plain_url_gives_a_pinned_model(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve("/x.gguf", Plan(body))
    there = bench(urls={"tiny": [f"{hub.url}/x.gguf"]})
    assert (await there.pull())[-1].source == "url"
    assert_whole(there, body)


async def test_a_file_on_this_computer_is_taken_before_the_network(bench: MakeBench, hub: Hub, body: bytes, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "tiny.gguf").write_bytes(body)
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub, near=[stick])
    assert (await there.pull())[-1].source == "file"
    assert_whole(there, body)
    assert hub.requests == []


async def test_a_bad_copy_on_this_computer_is_refused_and_the_network_helps(
    bench: MakeBench, hub: Hub, body: bytes, tmp_path: Path
) -> None:
    (tmp_path / "tiny.gguf").write_bytes(flipped(body, MIB))
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub, near=[tmp_path])
    assert (await there.pull())[-1].source == "mirror"
    assert_whole(there, body)


async def test_a_right_hash_over_what_is_no_model_is_refused(bench: MakeBench, hub: Hub) -> None:
    junk = b"GGUF" + random.Random(1).randbytes(5000)
    hub.serve(HUB_PATH, Plan(junk, headers={"X-Linked-Etag": f'"{hashlib.sha256(junk).hexdigest()}"'}))
    there = bench(hub, pinned=False)
    assert (await failure_of(there)).code == "model_damaged"
    assert not there.file.exists() and not there.part.exists()


async def test_closing_a_pull_keeps_what_was_received_and_the_next_goes_on(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body, stall_after=2 * MIB + 77))
    there = bench(hub)
    async with aclosing(there.shelf.pull("tiny")) as steps:
        async for step in steps:
            if step.received_bytes >= MIB:
                break
    kept = there.part.stat().st_size
    assert kept >= MIB
    assert there.part.read_bytes() == body[:kept]
    hub.serve(HUB_PATH, Plan(body))
    await there.pull()
    assert_whole(there, body)
    assert hub.reads[-1].offset == kept


async def test_two_do_not_write_one_part(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body, stall_after=MIB))
    there = bench(hub)
    async with aclosing(there.shelf.pull("tiny")) as steps:
        async for step in steps:
            if step.state == "downloading":
                break
        assert (await failure_of(there)).code == "download_elsewhere"


async def test_a_part_that_went_bad_while_it_lay_is_fetched_again_and_nobody_is_blamed(
    bench: MakeBench, hub: Hub, body: bytes
) -> None:
    hub.serve(HUB_PATH, Plan(body, cut_after=2 * MIB), Plan(status=404), probe=Plan(body))
    there = bench(hub)
    await failure_of(there)
    there.part.write_bytes(flipped(there.part.read_bytes(), 12345))
    hub.serve(HUB_PATH, Plan(body))
    await there.pull()
    assert_whole(there, body)
    assert [request.offset for request in hub.reads[-2:]] == [2 * MIB, 0]


async def test_too_little_disk_is_said_before_a_byte_is_kept(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub, free_bytes=lambda path: 5 * MIB)
    failure = await failure_of(there)
    assert failure.code == "disk_too_small"
    assert int(failure.params["needed_bytes"]) > len(body)
    assert failure.params["free_bytes"] == 5 * MIB
    assert there.part.stat().st_size == 0


async def test_a_disk_that_fills_on_the_way_keeps_the_part(
    bench: MakeBench, hub: Hub, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub)
    flush = Part._flush

    def full(part: Part) -> None:
        if part.size > 2 * MIB:
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(part)

    with monkeypatch.context() as patch:
        patch.setattr(Part, "_flush", full)
        assert (await failure_of(there)).code == "disk_too_small"
    assert there.part.stat().st_size >= MIB
    await there.pull()
    assert_whole(there, body)
    assert hub.reads[-1].offset >= MIB


async def test_a_directory_that_cannot_be_made_is_said(bench: MakeBench, hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(body))
    there = bench(hub)
    there.directory.write_text("in the way")
    assert (await failure_of(there)).code == "download_not_writable"


async def test_no_network_at_all_fails_soon_and_by_name(bench: MakeBench, hub: Hub) -> None:
    there = bench(urls={"tiny": ["http://127.0.0.1:9/x.gguf", "http://no-such-host.invalid/x.gguf"]})
    failure = await failure_of(there)
    assert (failure.code, failure.params["tried"]) == ("no_source_answers", "no_connection")


@pytest.mark.parametrize("plan", [Plan(silent=True), Plan(status=500), Plan(status=404), Plan(b"<html>", ranges=False)])
async def test_a_hub_that_gives_no_bytes_does_not_answer(bench: MakeBench, hub: Hub, plan: Plan) -> None:
    hub.serve(HUB_PATH, plan, probe=plan)
    assert not await bench(hub).shelf.hub_answers("tiny", 0.4)


async def test_names_that_do_not_resolve_and_closed_ports_do_not_answer(bench: MakeBench) -> None:
    there = bench(urls={"tiny": ["http://127.0.0.1:9/x.gguf", "http://no-such-host.invalid/x.gguf"]})
    assert not await there.shelf.hub_answers("tiny", 5)


async def test_one_hub_that_gives_bytes_is_an_answer(bench: MakeBench, hub: Hub, second_hub: Hub, body: bytes) -> None:
    hub.serve(HUB_PATH, Plan(silent=True), probe=Plan(silent=True))
    second_hub.serve(MODELSCOPE_PATH, Plan(body))
    assert await bench(hub, second_hub).shelf.hub_answers("tiny", 5)
