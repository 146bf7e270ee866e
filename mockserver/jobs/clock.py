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


class Clock(Protocol):
    """What reads time and waits for it."""

    kind: str
    speed: float

    def now(self) -> float:
        """The present, in seconds since 1970."""

    async def until(self, at: float) -> None:
        """Return when the clock reads `at` or later."""


class SystemClock:
    """Real time, run `speed` times as fast from the moment the clock was made."""

    kind = "real"

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"a clock's speed is above 0, not {speed}")
        self.speed = speed
        self._origin = time.time()
        self._started = time.monotonic()

    def now(self) -> float:
        return self._origin + (time.monotonic() - self._started) * self.speed

    async def until(self, at: float) -> None:
        while (left := at - self.now()) > 0:
            await asyncio.sleep(left / self.speed)


class VirtualClock:
    """Stands still until it is advanced. Who waits is woken in due order."""

    kind = "virtual"
    speed = 0.0

    def __init__(self, start: float = VIRTUAL_START) -> None:
        self._now = round(start, 5)
        self._order = itertools.count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    async def until(self, at: float) -> None:
        if at <= self._now:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (at, next(self._order), future))
        await future

    async def advance(self, seconds: float) -> None:
        """Move `seconds` on, waking whoever waits on the way, each at its own time.

        ValueError when time would run backwards.
        """
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"a clock advances by 0 or more seconds, not {seconds}")
        end = round(self._now + seconds, 5)  # so that two halves add up to the whole
        while self._waiting and self._waiting[0][0] <= end:
            at, _, future = heapq.heappop(self._waiting)
            self._now = max(self._now, at)
            if not future.done():
                future.set_result(None)
                await settle()
        self._now = end


async def settle(turns: int = 5) -> None:
    """Let the tasks that are ready run, without waiting for time."""
    for _ in range(turns):
        await asyncio.sleep(0)


def iso(at: float) -> str:
    """A reading as ISO 8601 in UTC with milliseconds and Z."""
    moment = datetime.fromtimestamp(int(at), UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(at % 1 * 1000):03d}Z"
