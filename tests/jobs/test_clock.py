"""Time stands still until it is moved, runs as fast as it is told, and never backwards."""

from __future__ import annotations

import asyncio

import pytest

from mockserver.jobs.clock import VIRTUAL_START, SystemClock, VirtualClock, iso, settle


async def test_a_virtual_clock_stands_still_until_it_is_advanced() -> None:
    clock = VirtualClock()
    assert clock.now() == clock.now() == VIRTUAL_START
    await clock.advance(90)
    assert clock.now() == VIRTUAL_START + 90


async def test_who_waits_is_woken_in_due_order_each_at_its_own_time() -> None:
    clock, seen = VirtualClock(0), []

    async def wait(at: float) -> None:
        await clock.until(at)
        seen.append((at, clock.now()))

    tasks = [asyncio.create_task(wait(at)) for at in (30, 10, 20, 99)]
    await settle()
    await clock.advance(30)
    await settle()
    assert seen == [(10, 10), (20, 20), (30, 30)]
    assert not tasks[3].done()
    await clock.advance(69)
    await asyncio.gather(*tasks)
    assert seen[-1] == (99, 99)


async def test_who_is_woken_may_wait_again_within_the_same_advance() -> None:
    clock, seen = VirtualClock(0), []

    async def twice() -> None:
        for at in (1, 2):
            await clock.until(at)
            seen.append(clock.now())

    task = asyncio.create_task(twice())
    await settle()
    await clock.advance(10)
    await task
    assert seen == [1, 2]


async def test_who_gave_up_waiting_does_not_hold_up_the_others() -> None:
    clock = VirtualClock(0)
    gone = asyncio.create_task(clock.until(1))
    stays = asyncio.create_task(clock.until(2))
    await settle()
    gone.cancel()
    await settle()
    await clock.advance(2)
    await stays


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
async def test_a_clock_does_not_run_backwards_or_forever(seconds: float) -> None:
    clock = VirtualClock()
    with pytest.raises(ValueError, match="0 or more seconds"):
        await clock.advance(seconds)
    assert clock.now() == VIRTUAL_START


async def test_the_past_is_not_waited_for() -> None:
    await VirtualClock(5).until(5)
    await SystemClock().until(0)


async def test_a_faster_clock_waits_shorter() -> None:
    clock = SystemClock(speed=100_000)
    before = clock.now()
    await clock.until(before + 500)
    assert clock.now() >= before + 500


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_clock_without_speed_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        SystemClock(speed)


def test_a_reading_is_shown_in_utc_with_milliseconds() -> None:
    assert iso(VIRTUAL_START) == "2026-01-01T00:00:00.000Z"
    assert iso(VIRTUAL_START + 1.25) == "2026-01-01T00:00:01.250Z"
