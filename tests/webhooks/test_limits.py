"""A limit ends what takes too long, and nothing else."""

from __future__ import annotations

import asyncio

import pytest

from mockserver.jobs.clock import settle
from mockserver.webhooks.limits import Limits


async def forever() -> None:
    await asyncio.Event().wait()


async def test_what_is_over_in_time_is_left_alone() -> None:
    limits = Limits()
    for _ in range(3):
        with limits.within(0.02):
            await settle()
    later = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.05, later.set_result, None)
    await later
    assert limits._queues == {}


async def test_what_takes_too_long_ends_with_a_timeout_and_may_go_on() -> None:
    limits = Limits()
    for _ in range(2):
        with pytest.raises(TimeoutError), limits.within(0.01):
            await forever()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await settle()


async def test_each_has_its_own_time() -> None:
    limits, ended = Limits(), []

    async def one(name: str, seconds: float) -> None:
        try:
            with limits.within(seconds):
                await forever()
        except TimeoutError:
            ended.append(name)

    first = asyncio.create_task(one("first", 0.03))
    await settle()
    await asyncio.gather(first, one("second", 0.03), one("short", 0.01), one("long", 0.06))
    assert ended == ["short", "first", "second", "long"]


async def test_who_is_cancelled_by_somebody_else_stays_cancelled() -> None:
    limits = Limits()

    async def stuck() -> None:
        with limits.within(0.01):
            await forever()

    task = asyncio.create_task(stuck())
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    both = asyncio.create_task(stuck())
    await settle()
    both.cancel()
    limits._queues[0.01][-1].expire()  # in the same turn
    with pytest.raises(asyncio.CancelledError):
        await both


async def test_an_error_of_the_block_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), Limits().within(10):
        raise ZeroDivisionError

    async def turned() -> None:
        with Limits().within(0.01):
            try:
                await forever()
            except asyncio.CancelledError:
                raise KeyError from None

    with pytest.raises(KeyError):
        await turned()


async def test_limits_that_were_kept_leave_nothing_behind() -> None:
    limits = Limits()
    for _ in range(1000):
        with limits.within(60):
            pass
    assert len(limits._queues[60]) == 1
