"""Time limits on many things at once, with one timer for all that have the same limit.

As `asyncio.timeout`, whose timer of its own for each would cost a tenth of a delivery.
"""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType


class Limit:
    """A block that ends with TimeoutError when it takes too long."""

    __slots__ = ("_cancelling", "_late", "_task", "at")

    def __init__(self, at: float) -> None:
        self.at = at
        self._late = False

    @property
    def over(self) -> bool:
        """Whether the block has ended."""
        return self._task is None

    def expire(self) -> None:
        """Its time is up."""
        if self._task is not None:
            self._late = True
            self._task.cancel()

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None, "a limit is set on what a task does"
        self._task: asyncio.Task[object] | None = task
        self._cancelling = task.cancelling()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if self._late and task is not None:
            cancelled = task.uncancel() > self._cancelling  # by somebody else as well
            if kind is asyncio.CancelledError and not cancelled:
                raise TimeoutError from error


class Limits:
    """Makes limits. Those of one length run out in the order they were made."""

    def __init__(self) -> None:
        self._queues: dict[float, deque[Limit]] = {}

    def within(self, seconds: float) -> Limit:
        """A limit of real seconds from now on, to be entered at once."""
        loop = asyncio.get_running_loop()
        limit = Limit(loop.time() + seconds)
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = deque()
            loop.call_later(seconds, self._ring, loop, seconds)
        while queue and queue[0].over:
            queue.popleft()
        queue.append(limit)
        return limit

    def _ring(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """End what is over its time, and wait for what is next to be."""
        queue, now = self._queues[seconds], loop.time()
        while queue and (queue[0].over or queue[0].at <= now):
            queue.popleft().expire()
        if queue:
            loop.call_later(queue[0].at - now, self._ring, loop, seconds)
        else:
            del self._queues[seconds]
