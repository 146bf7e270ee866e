"""A reset and a stop cut off what is under way, and what they leave undone is told."""

from __future__ import annotations

import asyncio

import pytest

from mockserver.jobs.clock import settle
from mockserver.webhooks.model import Answer, Parcel
from mockserver.webhooks.pump import NotNow
from tests.webhooks.webhook_steps import post


async def test_a_reset_forgets_what_waits_and_nothing_of_it_is_sent_later() -> None:
    async with post() as here:
        here.send(due=10)
        here.send(due=0)
        await here.clock.advance(1)
        assert here.pump.reset() == 1
        assert len(here.pump.outbox) == 0
        again = here.send(due=2, job="job-2")
        await here.clock.advance(10_000)
        assert len(here.receivers.got) == 2
        assert here.shown(again).state == "delivered"


async def test_a_reset_cuts_off_what_is_being_sent_or_made() -> None:
    async with post(patience=5) as here:
        reached = asyncio.Event()

        async def stuck() -> Answer:
            reached.set()
            await asyncio.Event().wait()
            raise AssertionError

        making = asyncio.Event()

        async def slow() -> Parcel | None:
            making.set()
            await asyncio.Event().wait()
            raise AssertionError

        here.receivers.script(stuck)
        here.send()
        here.send(make=slow, url="http://mock.test/other")
        moving = asyncio.create_task(here.clock.advance(1))
        await asyncio.gather(reached.wait(), making.wait())
        assert here.pump.reset() == 2
        await moving
        assert len(here.receivers.got) == 1
        assert (len(here.pump.outbox), here.told) == (0, [])


async def test_whoever_waits_for_a_redelivery_is_let_go_by_a_reset() -> None:
    async with post(patience=5) as here:

        async def reset() -> Answer:
            here.pump.reset()
            return Answer(200)

        here.receivers.script(200, reset)
        id = here.send()
        await here.clock.advance(0)
        with pytest.raises(KeyError):
            await here.pump.redeliver(id)


@pytest.mark.parametrize("ending", ["reset", "close"])
async def test_a_receiver_may_reset_or_stop_what_delivers_to_it(ending: str) -> None:
    """As a webhook may be pointed at our own control API."""
    async with post(patience=5) as here:
        ended: list[object] = []

        async def end() -> Answer:
            answer = here.pump.reset() if ending == "reset" else await here.pump.close(0.01)
            ended.append(answer)
            await settle()
            return Answer(200)

        here.receivers.script(end)
        here.send()
        here.send(due=5)
        await here.clock.advance(10)
        assert len(ended) == len(here.receivers.got) == 1


async def test_a_stop_says_what_it_left_undone() -> None:
    async with post(patience=5) as here:
        here.receivers.script(500)
        tried = here.send()
        await here.clock.advance(0)
        later = here.send(due=100)

        async def stuck() -> Answer:
            await asyncio.Event().wait()
            raise AssertionError

        here.receivers.script(stuck)
        flying = here.send(due=0)
        moving = asyncio.create_task(here.clock.advance(0))
        await settle(20)
        dropped = await here.pump.close(grace=0.01)
        await moving
        assert {one.id: one.why for one in dropped} == {
            tried: "the server stopped before it was tried again",
            later: "the server stopped before its time came",
            flying: "the server stopped while it was being sent; whether it arrived is not known",
        }
        assert [one.state for one, _ in here.told][-3:] == ["dropped"] * 3
        assert here.shown(later).state == "dropped"
        await here.clock.advance(10_000)
        assert len(here.receivers.got) == 2
        assert await here.pump.close() == []


async def test_a_stop_waits_a_moment_for_what_is_on_its_way() -> None:
    async with post(patience=5) as here:

        async def slow() -> Answer:
            await settle(30)
            return Answer(200)

        here.receivers.script(slow)
        id = here.send()
        moving = asyncio.create_task(here.clock.advance(0))
        await settle(10)
        assert await here.pump.close() == []
        await moving
        assert here.shown(id).state == "delivered"


async def test_after_a_stop_nothing_is_taken_any_more() -> None:
    async with post() as here:
        id = here.send()
        await here.clock.advance(0)
        await here.pump.close()
        with pytest.raises(NotNow, match="stopping"):
            await here.pump.redeliver(id)
        here.send(due=0)
        assert here.told[-1][0].state == "dropped"
