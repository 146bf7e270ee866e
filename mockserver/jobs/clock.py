"""The one door to time: what a world's clock reads, and how to wait for it.

Readings are seconds since 1970, as floats. Nothing else in the program reads a clock or sleeps.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Protocol

VIRTUAL_START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
LONGEST_TIMER = 86_400.0  # real seconds; a loop refuses timers of many years
DIGITS = 5  # so that two halves of a span add up to the whole


class Agenda(Protocol):
    """Work that falls due by itself, and is begun by the clock it attends to."""

    def due(self) -> float | None:
        """When the next of it is due; None when nothing is."""

    def begin(self) -> None:
        """Begin everything that is due by now. Raises nothing."""

    def busy(self) -> bool:
        """Whether anything that was begun has not come to an end."""

    async def done(self) -> None:
        """Return when what was begun has come to an end, whatever that takes in real time."""


class Clock(Protocol):
    """What reads time and waits for it."""

    @property
    def speed(self) -> float:
        """How many of its seconds pass in a real one; 0 when it does not move by itself."""

    def now(self) -> float:
        """The present, in seconds since 1970."""

    def wall(self) -> float:
        """The present as a partner outside would read it: what a signature is dated with."""

    async def until(self, at: float) -> None:
        """Return when the clock reads `at` or later."""

    async def linger(self, at: float) -> None:
        """Return at `at`, or at once when the clock does not move by itself."""

    async def pause(self, seconds: float) -> None:
        """Keep a partner outside waiting, who has no clock but the real one."""

    def attend(self, agenda: Agenda) -> None:
        """From now on, begin the work of an agenda when it is due."""

    def leave(self, agenda: Agenda) -> None:
        """Leave an agenda alone again."""

    def note(self, agenda: Agenda) -> None:
        """Hear that what an agenda has due may have changed."""


class SystemClock:
    """Real time, run `speed` times as fast from the moment the clock was made.

    `start` is what it reads then, where that is not the present.
    """

    kind = "real"
    step = 0.0

    def __init__(self, speed: float = 1.0, start: float | None = None) -> None:
        if not speed > 0:
            raise ValueError(f"a clock's speed is above 0, not {speed}")
        self.speed = speed
        self._origin = time.time() if start is None else start
        self._started = time.monotonic()
        self._timers: dict[Agenda, tuple[float, asyncio.TimerHandle] | None] = {}
        self._retired = asyncio.Event()

    def now(self) -> float:
        return self._origin + (time.monotonic() - self._started) * self.speed

    def wall(self) -> float:
        return time.time()

    async def until(self, at: float) -> None:
        while (left := at - self.now()) > 0 and not self._retired.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left / self.speed, LONGEST_TIMER)):
                    await self._retired.wait()

    async def linger(self, at: float) -> None:
        await self.until(at)

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    async def called(self) -> None:
        """Nothing to do: it moves by itself."""

    @contextlib.asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        yield

    def retire(self) -> None:
        """Let everybody go who waits: another clock takes over."""
        self._retired.set()

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
    """Stands still until it is advanced. Who waits is woken in due order.

    `_end` is the reading that it shall reach. Whoever moves it goes on until that is reached, also
    when it is put off meanwhile.
    """

    kind = "virtual"
    speed = 0.0
    step = 0.0

    def __init__(self, start: float = VIRTUAL_START) -> None:
        self._now = self._end = round(start, DIGITS)
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._agendas: list[Agenda] = []
        self._moving = asyncio.Lock()
        self._retired = False

    def now(self) -> float:
        return self._now

    def wall(self) -> float:
        return self._now

    async def until(self, at: float) -> None:
        if at <= self._now or self._retired:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (at, next(self._order), future))
        await future

    async def linger(self, at: float) -> None:
        return

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
            await self._travel(self._end + seconds)

    async def reach(self, at: float) -> None:
        """Move on to a reading. Nothing happens when that is past."""
        async with self._moving:
            await self._travel(at)

    def upcoming(self) -> float | None:
        """The reading at which something happens next; None when nothing is going to."""
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        due = [at for agenda in self._agendas if (at := agenda.due()) is not None]
        if self._waiting:
            due.append(self._waiting[0][0])
        return min(due, default=None)

    def awaited(self) -> list[float]:
        """The readings that somebody waits for, in no order."""
        return [at for at, _, future in self._waiting if not future.done()]

    async def called(self) -> None:
        """Hear of a call to a provider: this clock does not mind."""

    @contextlib.asynccontextmanager
    async def still(self) -> AsyncIterator[None]:
        """A time in which nobody moves the clock."""
        async with self._moving:
            yield

    def retire(self) -> None:
        """Let everybody go who waits: another clock takes over."""
        self._retired = True
        for _, _, future in sorted(self._waiting, key=lambda one: one[:2]):
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    def attend(self, agenda: Agenda) -> None:
        self._agendas.append(agenda)

    def leave(self, agenda: Agenda) -> None:
        if agenda in self._agendas:
            self._agendas.remove(agenda)

    def note(self, agenda: Agenda) -> None:
        """Nothing to do: every agenda is asked again before time moves."""

    async def _travel(self, end: float) -> None:
        self._put_off(end)
        await self._rest()
        while (at := self.upcoming()) is not None and at <= self._end:
            self._now = max(self._now, at)
            await self._wake()
            await self._work()
        self._now = self._end

    def _put_off(self, end: float) -> None:
        self._end = max(self._end, round(end, DIGITS))

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


class SteppedClock(VirtualClock):
    """Moves `step` seconds on with every call to a provider, and for a call that has to wait.

    A call that comes while it moves or while something is being delivered may come from a receiver
    that answers only after it. It does not wait: its step is taken by whoever moves the clock.
    """

    kind = "stepped"

    def __init__(self, step: float = 1.0, start: float = VIRTUAL_START) -> None:
        if not 0 < step < float("inf"):
            raise ValueError(f"a clock's step is above 0, not {step}")
        super().__init__(start)
        self.step = step
        self._moves: set[asyncio.Task[None]] = set()

    async def called(self) -> None:
        self._put_off(self._end + self.step)
        if self._busy():
            await settle()  # what is over may not have been cleared away
        if not self._busy():
            await self.reach(self._end)

    async def until(self, at: float) -> None:
        while at > self._now and not self._retired:
            self._put_off(at)
            if not self._moving.locked():
                move = asyncio.create_task(self.reach(at))
                self._moves.add(move)
                move.add_done_callback(self._moves.discard)
            await super().until(at)

    def _busy(self) -> bool:
        return self._moving.locked() or any(one.busy() for one in self._agendas)


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
