"""The one door to time: what a world's clock reads, and how to wait for it.

Readings are seconds since 1970, as floats. Nothing else in the program reads a clock or sleeps.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime
from typing import Protocol

VIRTUAL_START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
LONGEST_TIMER = 86_400.0  # real seconds; a loop refuses timers of many years


class Agenda(Protocol):
    """Work that falls due by itself, and is begun by the clock it attends to."""

    def due(self) -> float | None:
        """When the next of it is due; None when nothing is."""

    def begin(self) -> None:
        """Begin everything that is due by now. Raises nothing."""

    async def done(self) -> None:
        """Return when what was begun has come to an end, whatever that takes in real time."""


class Clock(Protocol):
    """What reads time and waits for it."""

    kind: str
    speed: float

    def now(self) -> float:
        """The present, in seconds since 1970."""

    def wall(self) -> float:
        """The present as a partner outside would read it: what a signature is dated with."""

    async def until(self, at: float) -> None:
        """Return when the clock reads `at` or later."""

    async def pause(self, seconds: float) -> None:
        """Keep a partner outside waiting, who has no clock but the real one."""

    def attend(self, agenda: Agenda) -> None:
        """From now on, begin the work of an agenda when it is due."""

    def leave(self, agenda: Agenda) -> None:
        """Leave an agenda alone again."""

    def note(self, agenda: Agenda) -> None:
        """Hear that what an agenda has due may have changed."""


class SystemClock:
    """Real time, run `speed` times as fast from the moment the clock was made."""

    kind = "real"

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"a clock's speed is above 0, not {speed}")
        self.speed = speed
        self._origin = time.time()
        self._started = time.monotonic()
        self._timers: dict[Agenda, tuple[float, asyncio.TimerHandle] | None] = {}

    def now(self) -> float:
        return self._origin + (time.monotonic() - self._started) * self.speed

    def wall(self) -> float:
        return time.time()

    async def until(self, at: float) -> None:
        while (left := at - self.now()) > 0:
            await asyncio.sleep(left / self.speed)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    def attend(self, agenda: Agenda) -> None:
        self._timers[agenda] = None
        self.note(agenda)

    def leave(self, agenda: Agenda) -> None:
        if timer := self._timers.pop(agenda, None):
            timer[1].cancel()

    def note(self, agenda: Agenda) -> None:
        """Set the one timer of an agenda to what it has due next."""
        if agenda not in self._timers:
            return
        at, timer = agenda.due(), self._timers[agenda]
        if timer is not None:
            if timer[0] == at:
                return
            timer[1].cancel()
        if at is None:
            self._timers[agenda] = None
            return
        left = min(max(0.0, at - self.now()) / self.speed, LONGEST_TIMER)
        handle = asyncio.get_running_loop().call_later(left, self._ring, agenda)
        self._timers[agenda] = at, handle

    def _ring(self, agenda: Agenda) -> None:
        """Begin what is due. A timer may be a little early: then nothing is, and it is set anew."""
        self._timers[agenda] = None
        agenda.begin()
        self.note(agenda)


class VirtualClock:
    """Stands still until it is advanced. Who waits is woken in due order."""

    kind = "virtual"
    speed = 0.0

    def __init__(self, start: float = VIRTUAL_START) -> None:
        self._now = round(start, 5)
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._agendas: list[Agenda] = []
        self._moving = asyncio.Lock()

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._now

    async def until(self, at: float) -> None:
        if at <= self._now:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (at, next(self._order), future))
        await future

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def advance(self, seconds: float) -> None:
        """Move `seconds` on, and have everything done that falls due on the way, at its own time.

        Who waits is woken first, then agendas are worked off; time moves on when they are done.
        A second call waits for the first. ValueError when time would run backwards.
        """
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"a clock advances by 0 or more seconds, not {seconds}")
        async with self._moving:
            await self._rest()
            end = round(self._now + seconds, 5)  # so that two halves add up to the whole
            while (at := self.upcoming()) is not None and at <= end:
                self._now = max(self._now, at)
                await self._wake()
                await self._work()
            self._now = end

    def upcoming(self) -> float | None:
        """The reading at which something happens next; None when nothing is going to."""
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        due = [at for agenda in self._agendas if (at := agenda.due()) is not None]
        if self._waiting:
            due.append(self._waiting[0][0])
        return min(due, default=None)

    def attend(self, agenda: Agenda) -> None:
        self._agendas.append(agenda)

    def leave(self, agenda: Agenda) -> None:
        if agenda in self._agendas:
            self._agendas.remove(agenda)

    def note(self, agenda: Agenda) -> None:
        """Nothing to do: every agenda is asked again before time moves."""

    async def _wake(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._now:
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(None)
                await settle()

    async def _work(self) -> None:
        due = [one for one in self._agendas if (at := one.due()) is not None and at <= self._now]
        for agenda in due:
            agenda.begin()
        await self._rest()

    async def _rest(self) -> None:
        """Return when no agenda is at work, be it that it was begun by somebody else."""
        for agenda in list(self._agendas):
            await agenda.done()


async def settle(turns: int = 5) -> None:
    """Let the tasks that are ready run, without waiting for time."""
    for _ in range(turns):
        await asyncio.sleep(0)


def uptime() -> float:
    """Real seconds since some moment before the program started. For what no world sees."""
    return time.monotonic()


def iso(at: float) -> str:
    """A reading as ISO 8601 in UTC with milliseconds and Z."""
    moment = datetime.fromtimestamp(int(at), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(at % 1 * 1000):03d}Z"
