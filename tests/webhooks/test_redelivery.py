"""What a person sends by hand: again at any time, but never two at once."""

from __future__ import annotations

import asyncio

import pytest

from mockserver.jobs.clock import settle
from mockserver.webhooks.model import Answer
from mockserver.webhooks.pump import NotNow
from tests.webhooks.webhook_steps import policy, post


async def test_a_settled_delivery_can_be_sent_again_at_any_time() -> None:
    async with post() as here:
        here.receivers.script(200, 500, 200)
        id = here.send()
        await here.clock.advance(100)
        for states in (["delivered", "delivered"], ["delivered"] * 3):
            delivery = await here.pump.redeliver(id)
            assert delivery.state == states[-1]
        assert [one.status for one in delivery.attempts] == [200, 500, 200]
        assert [one.asked for one in delivery.attempts] == [False, True, True]
        assert [one.at for one in delivery.attempts] == [0, 100, 100]
        await here.clock.advance(10_000)
        assert len(here.receivers.got) == 3


async def test_an_attempt_asked_for_ends_the_retries_when_it_succeeds() -> None:
    async with post() as here:
        here.receivers.script(500, 200)
        id = here.send()
        await here.clock.advance(30)
        assert (await here.pump.redeliver(id)).state == "delivered"
        await here.clock.advance(10_000)
        assert len(here.receivers.got) == 2


async def test_an_attempt_asked_for_leaves_the_retries_alone_when_it_fails() -> None:
    async with post() as here:
        here.receivers.script(500, 500, 500, 200)
        id = here.send()
        await here.clock.advance(30)
        delivery = await here.pump.redeliver(id)
        assert (delivery.state, delivery.due) == ("waiting", 60)
        await here.clock.advance(10_000)
        assert [one.at for one in here.receivers.got] == [0, 30, 60, 360]


async def test_a_failed_delivery_can_be_mended_by_hand() -> None:
    async with post() as here:
        here.receivers.script(500, 500, 200)
        id = here.send(policy=policy(retries=()))
        await here.clock.advance(1)
        assert (await here.pump.redeliver(id)).state == "failed"
        assert (await here.pump.redeliver(id)).state == "delivered"
        assert here.pump.outcome("job-1") == "delivered"


async def test_a_delivery_whose_time_has_not_come_cannot_be_sent_by_hand() -> None:
    async with post() as here:
        id = here.send(due=10)
        with pytest.raises(NotNow, match="its time has not come"):
            await here.pump.redeliver(id)
        with pytest.raises(KeyError):
            await here.pump.redeliver("nope")


async def test_a_planned_attempt_can_be_hurried() -> None:
    """Then it is that attempt, not one more, and retries follow as ever."""
    async with post() as here:
        here.receivers.script(500)
        id = here.send(due=100)
        await here.pump.hurry(id)
        (attempt,) = here.shown(id).attempts
        assert (attempt.at, attempt.asked, here.shown(id).due) == (0, False, 60)
        await here.clock.advance(10_000)
        assert [one.at for one in here.receivers.got] == [0, 60]
        await here.pump.hurry(id)
        await here.pump.hurry("nope")
        assert len(here.receivers.got) == 2


async def test_what_is_due_but_was_not_sent_yet_can_be_sent_by_hand() -> None:
    async with post() as here:
        here.receivers.script(500)
        id = here.send(due=0)
        assert (await here.pump.redeliver(id)).state == "waiting"
        await here.clock.advance(0)
        assert [one.asked for one in here.shown(id).attempts] == [True, False]


async def test_at_most_one_attempt_of_a_delivery_is_in_flight() -> None:
    async with post(patience=5) as here:
        gate = asyncio.Event()

        async def wait() -> Answer:
            await gate.wait()
            return Answer(500)

        here.receivers.script(500, wait)
        id = here.send()
        await here.clock.advance(0)
        asked = asyncio.create_task(here.pump.redeliver(id))
        await settle()
        moving = asyncio.create_task(here.clock.advance(60))
        await settle(20)
        with pytest.raises(NotNow, match="being sent"):
            await here.pump.redeliver(id)
        assert len(here.receivers.got) == 2
        gate.set()
        await asked
        await moving
        assert [one.at for one in here.receivers.got] == [0, 0, 60]
