"""The clock of a world, which may be exchanged for one of another kind while work waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from mockserver.contract.model import Json
from mockserver.jobs.clock import Agenda, SteppedClock, SystemClock, VirtualClock, iso, settle
from mockserver.jobs.job import DIGITS
from mockserver.settings import Settings

Kind: TypeAlias = SystemClock | VirtualClock


class NotMoved(Exception):
    """The clock moves by itself and not on demand."""


def started(settings: Settings) -> Kind:
    """The clock that a new world begins with."""
    if settings.clock == "real":
        return SystemClock(settings.speed)
    return SteppedClock(settings.step) if settings.clock == "stepped" else VirtualClock()


class WorldClock:
    """One of the other clocks, and another one later: who waits goes on waiting."""

    def __init__(self, clock: Kind) -> None:
        self._clock = clock
        self._agendas: list[Agenda] = []
        self._turn = asyncio.Lock()

    @property
    def kind(self) -> str:
        return self._clock.kind

    @property
    def speed(self) -> float:
        return self._clock.speed

    @property
    def step(self) -> float:
        """The seconds that a call to a provider moves it; 0 when calls do not."""
        return self._clock.step

    def now(self) -> float:
        return self._clock.now()

    def wall(self) -> float:
        return self._clock.wall()

    async def until(self, at: float) -> None:
        while at > self._clock.now():
            await self._clock.until(at)

    async def linger(self, at: float) -> None:
        while self._clock.speed and at > self._clock.now():
            await self._clock.linger(at)

    async def pause(self, seconds: float) -> None:
        await self._clock.pause(seconds)

    async def called(self) -> None:
        """Hear of a call to a provider before it is read."""
        await self._clock.called()

    def attend(self, agenda: Agenda) -> None:
        self._agendas.append(agenda)
        self._clock.attend(agenda)

    def leave(self, agenda: Agenda) -> None:
        if agenda in self._agendas:
            self._agendas.remove(agenda)
        self._clock.leave(agenda)

    def note(self, agenda: Agenda) -> None:
        self._clock.note(agenda)

    async def advance(self, seconds: float) -> None:
        """Move on as a virtual clock does. NotMoved when it moves by itself."""
        async with self._turn:
            await self._movable().advance(seconds)

    async def reach(self, at: float) -> None:
        """Move on to a reading. NotMoved when it moves by itself."""
        async with self._turn:
            await self._movable().reach(at)

    def upcoming(self) -> float | None:
        """The reading at which something happens next, where that waits for the clock."""
        return self._clock.upcoming() if isinstance(self._clock, VirtualClock) else None

    def awaited(self) -> list[float]:
        """The readings that somebody waits for until the clock is moved."""
        return self._clock.awaited() if isinstance(self._clock, VirtualClock) else []

    async def become(self, make: Callable[[float], Kind], at: float = 0.0) -> None:
        """Go on as another clock, made for the present reading.

        With `at` from that reading: what falls due until then is done on the way.
        """
        async with self._turn:
            if at > self.now():
                if not isinstance(self._clock, VirtualClock):
                    await self._exchange(VirtualClock)
                await self._movable().reach(at)
            await self._exchange(make)

    async def _exchange(self, make: Callable[[float], Kind]) -> None:
        """Hand over everything that waits, in the order in which it is due."""
        old = self._clock
        async with old.still():
            self._clock = new = make(_not_before(old.now()))
            for agenda in self._agendas:
                old.leave(agenda)
                new.attend(agenda)
            old.retire()
        await settle()  # until everybody waits for the new one

    def _movable(self) -> VirtualClock:
        if isinstance(self._clock, VirtualClock):
            return self._clock
        raise NotMoved("the clock is real and moves by itself")


def _not_before(now: float) -> float:
    """A reading as exact as a virtual clock has it, and not before one that was seen."""
    start = round(now, DIGITS)
    return start if start >= now else round(start + 10**-DIGITS, DIGITS)


def reading(clock: WorldClock) -> Json:
    """What a clock reads, and which it is."""
    now = clock.now()
    view: Json = {"kind": clock.kind, "now": now, "at": iso(now), "speed": clock.speed}
    return view | ({"step": clock.step} if clock.step else {})
