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


class Errands:
    """An agenda of errands, each with a reading at which it is due. Each takes a few turns."""

    def __init__(self, clock: SystemClock | VirtualClock, *dues: float) -> None:
        self.clock = clock
        self.dues = sorted(dues)
        self.begun: list[tuple[float, float]] = []
        self.ended: list[float] = []
        self.again = 0.0
        self._running: set[asyncio.Task[None]] = set()
        self.finished = asyncio.Event()

    def due(self) -> float | None:
        return self.dues[0] if self.dues else None

    def begin(self) -> None:
        while self.dues and self.dues[0] <= self.clock.now():
            at = self.dues.pop(0)
            self.begun.append((at, self.clock.now()))
            self._running.add(asyncio.create_task(self._run(at)))

    def busy(self) -> bool:
        return bool(self._running)

    async def done(self) -> None:
        await asyncio.gather(*self._running)
        self._running.clear()

    async def _run(self, at: float) -> None:
        await settle(50)  # longer than whoever is only woken is waited for
        self.ended.append(self.clock.now())
        if self.again:
            self.dues.append(round(self.clock.now() + self.again, 5))
            self.again = 0.0
        if not self.dues:
            self.finished.set()


async def test_work_on_an_agenda_is_done_before_a_virtual_clock_moves_on() -> None:
    clock = VirtualClock(0)
    errands = Errands(clock, 10, 20, 20, 99)
    clock.attend(errands)
    await clock.advance(30)
    assert errands.begun == [(10, 10), (20, 20), (20, 20)]
    assert errands.ended == [10, 20, 20]
    assert clock.upcoming() == 99


async def test_work_that_falls_due_within_a_span_is_done_within_it() -> None:
    clock = VirtualClock(0)
    errands = Errands(clock, 1)
    errands.again = 60
    clock.attend(errands)
    await clock.advance(60)
    assert errands.ended == [1]
    await clock.advance(1)
    assert errands.ended == [1, 61]


async def test_two_who_advance_at_once_add_up() -> None:
    clock = VirtualClock(0)
    clock.attend(Errands(clock, 1, 2, 3))
    await asyncio.gather(clock.advance(2), clock.advance(3))
    assert clock.now() == 5


async def test_an_agenda_that_left_is_left_alone() -> None:
    for clock in (VirtualClock(0), SystemClock(100_000)):
        errands = Errands(clock, clock.now() + 1)
        clock.attend(errands)
        clock.leave(errands)
        clock.leave(errands)
        clock.note(errands)
        await (
            clock.advance(5) if isinstance(clock, VirtualClock) else clock.until(clock.now() + 5)
        )
        await settle()
        assert errands.begun == []


async def test_a_real_clock_begins_work_when_it_is_due_and_hears_of_earlier_work() -> None:
    clock = SystemClock(1000)
    start = clock.now()
    errands = Errands(clock, start + 10**9)
    clock.attend(errands)
    errands.dues = [start + 5, start + 20]
    clock.note(errands)
    clock.note(errands)
    await asyncio.wait_for(errands.finished.wait(), 5)
    assert [at for at, _ in errands.begun] == [start + 5, start + 20]
    assert all(at <= now for at, now in errands.begun)
    clock.note(errands)
    clock.leave(errands)


async def test_what_nobody_waits_for_any_more_is_not_upcoming() -> None:
    clock = VirtualClock(0)
    gone = asyncio.create_task(clock.until(1))
    await settle()
    assert clock.upcoming() == 1
    gone.cancel()
    await settle()
    assert clock.upcoming() is None


async def test_the_wall_reads_real_time_or_the_clock_that_stands_still() -> None:
    assert VirtualClock(5).wall() == 5
    fast = SystemClock(1_000_000)
    await fast.until(fast.now() + 10_000)
    assert fast.now() - fast.wall() > 5_000


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
