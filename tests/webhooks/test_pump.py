"""What is due is sent, again if need be, and never without need."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mockserver.jobs.clock import SystemClock
from mockserver.webhooks.model import Answer, Parcel
from mockserver.webhooks.outbox import MemoryOutbox
from tests.webhooks.webhook_steps import URL, parcels, policy, post


async def test_a_delivery_is_sent_when_it_is_due_and_not_before() -> None:
    async with post() as here:
        id = here.send(due=30)
        await here.clock.advance(29.9)
        assert here.receivers.got == []
        assert here.shown(id).state == here.pump.outcome("job-1") == "waiting"
        await here.clock.advance(0.1)
        assert [one.at for one in here.receivers.got] == [30]
        assert here.shown(id).state == here.pump.outcome("job-1") == "delivered"
        await here.clock.advance(10_000)
        assert len(here.receivers.got) == 1


async def test_a_refused_delivery_is_sent_again_at_the_documented_distance() -> None:
    async with post() as here:
        here.receivers.script(500, 503, 201, 200)
        id = here.send(due=10)
        await here.clock.advance(10_000)
        assert [one.at for one in here.receivers.got] == [10, 70, 370, 1270]
        assert len({one.body for one in here.receivers.got}) == 1
        delivery = here.shown(id)
        assert delivery.state == "delivered"
        assert [one.why for one in delivery.attempts] == [
            "answered 500, which is not 200",
            "answered 503, which is not 200",
            "answered 201, which is not 200",
            "",
        ]
        assert [one.number for one in delivery.attempts] == [1, 2, 3, 4]


async def test_after_the_last_retry_a_delivery_has_failed_for_good() -> None:
    async with post() as here:
        here.receivers.script(*[500] * 9)
        id = here.send(due=0)
        await here.clock.advance(100_000)
        assert len(here.receivers.got) == 4
        assert here.shown(id).state == here.pump.outcome("job-1") == "failed"
        assert here.shown(id).why == "answered 500, which is not 200"
        assert here.clock.upcoming() is None


async def test_a_policy_without_retries_tries_once() -> None:
    async with post() as here:
        here.receivers.script(404)
        here.send(policy=policy(retries=()))
        await here.clock.advance(100_000)
        assert len(here.receivers.got) == 1


async def test_a_receiver_that_takes_too_long_failed_when_its_time_was_over() -> None:
    async with post() as here:
        here.receivers.script(Answer(200, delay=11), Answer(200, delay=9))
        id = here.send(due=5)
        await here.clock.advance(10_000)
        first, second = here.shown(id).attempts
        assert (first.at, first.ended, first.status) == (5, 15, 0)
        assert first.why == "did not answer within 10 s"
        assert (second.at, second.ended, second.status) == (75, 84, 200)


async def test_a_receiver_that_never_answers_costs_the_patience_and_no_more() -> None:
    async with post(patience=0.05) as here:

        async def never() -> Answer:
            await asyncio.Event().wait()
            raise AssertionError

        here.receivers.script(never)
        id = here.send()
        await here.clock.advance(60 + 10)
        assert [one.status for one in here.shown(id).attempts] == [0, 200]
        assert here.shown(id).attempts[1].at == 70


async def test_what_is_due_at_one_moment_is_sent_in_the_order_planned() -> None:
    async with post() as here:
        for number in range(5):
            here.send(due=1, job=f"job-{number}", make=parcels(b"%d" % number))
        here.send(due=0.5, make=parcels(b"first"))
        await here.clock.advance(1)
        assert [one.body for one in here.receivers.got] == [b"first", b"0", b"1", b"2", b"3", b"4"]


async def test_what_turns_out_to_be_nothing_is_not_sent_and_not_shown() -> None:
    async def nothing() -> Parcel | None:
        return None

    async with post() as here:
        id = here.send(make=nothing)
        await here.clock.advance(1)
        assert here.receivers.got == []
        assert here.pump.outbox.get(id) is None
        assert here.pump.outcome("job-1") == ""
        with pytest.raises(KeyError):
            await here.pump.redeliver(id)


async def test_a_failure_of_ours_is_told_and_harms_no_other_delivery() -> None:
    async def broken() -> Parcel | None:
        raise RuntimeError("no such file")

    async with post() as here:
        bad, good = here.send(make=broken, job="bad"), here.send(job="good")
        await here.clock.advance(1)
        assert here.shown(bad).state == "failed"
        assert here.shown(good).state == "delivered"
        assert [bug for one, bug in here.told if one.id == bad] == ["RuntimeError: no such file"]


async def test_a_receiver_of_ours_that_breaks_is_a_bug_of_ours() -> None:
    async def broken() -> Answer:
        raise ZeroDivisionError("oh")

    async with post() as here:
        here.receivers.script(broken)
        id = here.send()
        await here.clock.advance(1)
        assert here.shown(id).why == "the simulator failed: ZeroDivisionError: oh"


async def test_the_bytes_of_a_file_are_made_again_for_each_attempt(tmp_path: Path) -> None:
    made: list[Path] = []

    async def make() -> Parcel | None:
        path = tmp_path / f"{len(made)}.mp4"
        path.write_bytes(b"movie")
        made.append(path)
        return Parcel(file=path, media_type="video/mp4")

    async with post() as here:
        here.receivers.script(500)
        id = here.send(make=make, method="PUT")
        await here.clock.advance(60)
        assert len(made) == 2
        assert here.receivers.got[0].headers == {
            "Content-Type": "video/mp4",
            "Content-Length": "5",
        }
        assert (here.shown(id).size, here.shown(id).body) == (5, b"")


async def test_a_large_file_has_more_time_than_a_small_one(tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"

    async def make() -> Parcel | None:
        return Parcel(file=path, media_type="video/mp4")

    async def slow() -> Answer:
        await SystemClock().pause(0.1)
        return Answer(200)

    async with post(patience=0.05) as here:
        for size, state in ((0, "failed"), (1, "delivered")):
            path.write_bytes(b"z" * size)
            here.receivers.script(slow)
            id = here.send(due=here.clock.now(), make=make, policy=policy(retries=()))
            await here.clock.advance(1)
            assert here.shown(id).state == state


async def test_what_the_egress_policy_refuses_is_not_sent_but_shown_with_its_body() -> None:
    async with post() as here:
        id = here.send(url="https://example.com/hook", make=parcels(b'{"a":1}'))
        await here.clock.advance(10_000)
        delivery = here.shown(id)
        assert (delivery.state, delivery.attempts, delivery.body) == ("refused", (), b'{"a":1}')
        assert "the egress policy is loopback" in delivery.why
        assert here.pump.outcome("job-1") == "failed"
        assert [one.state for one, _ in here.told] == ["refused"]


async def test_the_reason_of_a_refusal_shows_no_secret_of_the_url() -> None:
    async with post() as here:
        id = here.send(url="ftp://example.com/hook?token=hunter2")
        await here.clock.advance(0)
        assert "has a scheme other than http and https" in here.shown(id).why
        assert "hunter2" not in here.shown(id).why


@pytest.mark.parametrize(
    "url", ["", "x", "http://", "http://[", "http://[::1", "http://a b/", "http://u:p@h/", "/x"]
)
async def test_what_is_no_url_is_refused_and_is_no_bug(url: str) -> None:
    async with post(own=lambda url: urlsplit(url) and None) as here:
        id = here.send(url=url)
        await here.clock.advance(0)
        assert here.shown(id).state == "refused"
        assert here.told[-1][1] == ""


async def test_a_full_outbox_says_which_waiting_delivery_it_drops() -> None:
    async with post(outbox=lambda: MemoryOutbox(2)) as here:
        first = here.send(due=1)
        here.send(due=2)
        here.send(due=3)
        assert [(one.id, one.state) for one, _ in here.told] == [(first, "dropped")]
        await here.clock.advance(10)
        assert [one.at for one in here.receivers.got] == [2, 3]


async def test_the_same_seed_gives_the_same_ids() -> None:
    ids = []
    for _ in range(2):
        async with post(seed=7) as here:
            ids.append([here.send(due=1), here.send(due=1)])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


async def test_attempts_are_kept_in_bounds() -> None:
    async with post() as here:
        id = here.send()
        await here.clock.advance(0)
        for _ in range(120):
            delivery = await here.pump.redeliver(id)
        assert len(delivery.attempts) == 100
        assert delivery.attempts[-1].number == 121
        assert here.receivers.got[0].url == URL
