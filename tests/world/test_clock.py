"""Whoever waits is woken once and in turn, whatever clock the world has by then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.jobs.clock import SteppedClock, SystemClock, VirtualClock, settle
from mockserver.settings import Settings
from mockserver.world.clock import Kind, NotMoved, WorldClock, started

SLOW = 1e-6  # a real clock that gets nowhere during a test
FAST = 1e6
MAKES: dict[str, Callable[[float], Kind]] = {
    "virtual": VirtualClock,
    "stepped": lambda start: SteppedClock(3.0, start),
    "real": lambda start: SystemClock(SLOW, start),
}


class Wait(NamedTuple):
    seconds: float


class Due(NamedTuple):
    seconds: float


class Advance(NamedTuple):
    seconds: float


class Become(NamedTuple):
    kind: str
    ahead: float


class Called(NamedTuple):
    pass


Deed = Wait | Due | Advance | Become | Called
spans = st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.0, 7.5, 30.0])
deeds = st.lists(
    st.one_of(
        st.builds(Wait, spans),
        st.builds(Due, spans),
        st.builds(Advance, spans),
        st.builds(Become, st.sampled_from(sorted(MAKES)), st.sampled_from([0.0, 0.0, 4.0])),
        st.builds(Called),
    ),
    max_size=30,
)


class Errands:
    """An agenda: what is due at a reading, each begun once."""

    def __init__(self, clock: WorldClock) -> None:
        self._clock = clock
        self.dues: list[float] = []
        self.begun: list[tuple[float, float]] = []
        self.calls = 0
        clock.attend(self)

    def plan(self, at: float) -> None:
        self.dues = sorted([*self.dues, at])
        self._clock.note(self)

    def due(self) -> float | None:
        return self.dues[0] if self.dues else None

    def begin(self) -> None:
        self.calls += 1
        while self.dues and self.dues[0] <= self._clock.now():
            self.begun.append((self.dues.pop(0), self._clock.now()))

    def busy(self) -> bool:
        return False

    async def done(self) -> None:
        await settle(1)


@settings(deadline=None, max_examples=300)
@given(deeds)
@example([Wait(0.5), Wait(1), Wait(2), Become("stepped", 0), Wait(0.5), Wait(0)])
def test_nothing_is_lost_doubled_or_out_of_turn_whatever_the_clock_becomes(
    story: list[Deed],
) -> None:
    asyncio.run(_played(story))


async def _played(story: list[Deed]) -> None:
    clock = WorldClock(VirtualClock(0))
    errands = Errands(clock)
    woken: list[tuple[float, float]] = []
    tasks: list[asyncio.Task[None]] = []
    readings: list[float] = []
    expected = 0

    async def wait(seconds: float) -> None:
        at = round(clock.now() + seconds, 5)  # read as the wait begins: a stepped clock may move
        await clock.until(at)
        woken.append((at, clock.now()))

    for deed in story:
        before = clock.now()
        if isinstance(deed, Wait):
            tasks.append(asyncio.create_task(wait(deed.seconds)))
            await settle()
        elif isinstance(deed, Due):
            errands.plan(round(before + deed.seconds, 5))
            expected += 1
        elif isinstance(deed, Called):
            await clock.called()
        elif isinstance(deed, Become):
            await clock.become(MAKES[deed.kind], before + deed.ahead if deed.ahead else 0.0)
            assert clock.kind == deed.kind
        elif clock.kind == "real":
            with pytest.raises(NotMoved):
                await clock.advance(deed.seconds)
        else:
            await clock.advance(deed.seconds)
            if clock.kind == "virtual":  # a stepped one is moved by those who wait as well
                assert clock.now() == pytest.approx(before + deed.seconds, abs=1e-4)
        readings.append(clock.now())
        await settle()
        assert all(at > clock.now() - 1e-3 for at in clock.awaited())
    await clock.become(VirtualClock)
    await clock.advance(1_000)
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert readings == sorted(readings)
    assert len(woken) == len(tasks)
    assert len(errands.begun) == expected
    for at, seen in (*woken, *errands.begun):
        assert seen >= at
        assert seen == pytest.approx(at, abs=1e-3), "woken at its own moment"
    assert [seen for _, seen in woken] == sorted(seen for _, seen in woken)


async def test_who_waits_on_a_real_clock_is_woken_by_the_next_one_in_due_order() -> None:
    clock, seen = WorldClock(SystemClock(SLOW, 100.0)), []

    async def wait(at: float) -> None:
        await clock.until(at)
        seen.append((at, clock.now()))

    tasks = [asyncio.create_task(wait(at)) for at in (130, 110, 120)]
    await settle()
    await clock.become(VirtualClock)
    assert len(clock.awaited()) == 3
    await clock.advance(50)
    await asyncio.gather(*tasks)
    assert seen == [(110, 110), (120, 120), (130, 130)]


async def test_a_wait_for_a_moving_clock_ends_when_it_stands_still() -> None:
    clock = WorldClock(SystemClock(SLOW, 0.0))
    lingers = asyncio.create_task(clock.linger(50))
    await settle()
    assert not lingers.done()
    await clock.become(lambda start: SystemClock(2 * SLOW, start))
    await settle()
    assert not lingers.done()
    await clock.become(VirtualClock)
    await asyncio.wait_for(lingers, 1)
    assert clock.now() < 50
    await clock.linger(100)


async def test_a_reading_never_goes_back_however_often_clocks_are_exchanged() -> None:
    clock = WorldClock(SystemClock(FAST))
    readings = [clock.now()]
    for _ in range(200):
        for make in (VirtualClock, lambda start: SystemClock(0.5, start)):
            await clock.become(make)
            readings.append(clock.now())
    assert readings == sorted(readings)


async def test_a_clock_that_was_exchanged_begins_nothing_any_more() -> None:
    clock = WorldClock(SystemClock(1000.0, 0.0))
    errands = Errands(clock)
    errands.plan(10)
    await clock.become(VirtualClock)
    late = errands.calls
    await SystemClock(1000.0, 0.0).until(50)
    assert errands.calls == late
    await clock.advance(10)
    assert errands.begun[0][0] == 10


async def test_an_agenda_that_left_is_left_alone_by_the_next_clock_too() -> None:
    clock = WorldClock(VirtualClock(0))
    errands = Errands(clock)
    errands.plan(5)
    clock.leave(errands)
    clock.leave(errands)
    await clock.become(MAKES["stepped"])
    await clock.advance(10)
    assert errands.begun == []


@pytest.mark.parametrize(
    ("chosen", "kind", "speed", "step"),
    [
        ("real", SystemClock, 4.0, 0.0),
        ("virtual", VirtualClock, 0, 0),
        ("stepped", SteppedClock, 0, 6),
    ],
)
def test_a_world_begins_with_the_clock_that_was_chosen(
    chosen: str, kind: type[Kind], speed: float, step: float
) -> None:
    clock = started(Settings(clock=chosen, speed=4.0, step=6.0))
    assert type(clock) is kind
    assert (clock.kind, clock.speed, clock.step) == (chosen, speed, step)


@pytest.mark.parametrize("step", [0, -1, float("inf"), float("nan")])
def test_a_clock_without_a_step_is_refused(step: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        SteppedClock(step)


async def test_a_stepped_clock_does_what_is_due_on_its_step() -> None:
    clock = WorldClock(SteppedClock(3.0, 0))
    errands = Errands(clock)
    for at in (1, 3, 4):
        errands.plan(at)
    await clock.called()
    assert (clock.now(), errands.begun) == (3, [(1, 1), (3, 3)])
    assert clock.upcoming() == 4
    await clock.until(10)
    assert (clock.now(), errands.begun[-1]) == (10, (4, 4))
