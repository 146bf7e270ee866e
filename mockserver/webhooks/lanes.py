"""Who may be served at the same time: so many deliveries per receiver, so many per origin.

A receiver that is slow holds up its own lane only; lanes of one origin share its connections.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

W = TypeVar("W")

PER_RECEIVER = 100
PER_ORIGIN = 200


class _Lane(Generic[W]):
    """What waits for one receiver. `listed`: it stands in line for a task."""

    __slots__ = ("busy", "listed", "name", "queue")

    def __init__(self, name: str) -> None:
        self.name = name
        self.queue: deque[W] = deque()
        self.busy = 0
        self.listed = False


class _Origin(Generic[W]):
    """The lanes of one origin, and in line those that could use another task."""

    __slots__ = ("busy", "lanes", "line", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.lanes: dict[str, _Lane[W]] = {}
        self.line: deque[_Lane[W]] = deque()
        self.busy = 0


class Lanes(Generic[W]):
    """Does what is put in, in the order put in, with as many tasks as may be. Idle lanes vanish.

    `do` must not raise.
    """

    def __init__(
        self,
        do: Callable[[W], Awaitable[None]],
        *,
        per_receiver: int = PER_RECEIVER,
        per_origin: int = PER_ORIGIN,
    ) -> None:
        self._do = do
        self._per_receiver = per_receiver
        self._per_origin = per_origin
        self._origins: dict[str, _Origin[W]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, origin: str, receiver: str, work: W) -> None:
        """Have something done for a receiver as soon as there is a place."""
        at = self._origins.get(origin)
        if at is None:
            at = self._origins[origin] = _Origin(origin)
        lane = at.lanes.get(receiver)
        if lane is None:
            lane = at.lanes[receiver] = _Lane(receiver)
        lane.queue.append(work)
        if lane.busy >= self._per_receiver:
            return
        if at.busy >= self._per_origin:
            self._line_up(at, lane)
            return
        at.busy += 1
        lane.busy += 1
        task = asyncio.create_task(self._serve(at, lane))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Return when nothing is being done any more, besides what waits for this itself."""
        while others := self._others():
            await asyncio.wait(others)

    def cancel(self) -> None:
        """Stop what is being done, besides what asks for this, and forget what waits."""
        self._origins.clear()
        for task in self._others():
            task.cancel()

    def __len__(self) -> int:
        """How many tasks are at work."""
        return len(self._tasks)

    def _others(self) -> set[asyncio.Task[None]]:
        """All tasks but the present one, which may be a receiver in this process."""
        return {one for one in self._tasks if one is not asyncio.current_task()}

    async def _serve(self, at: _Origin[W], lane: _Lane[W]) -> None:
        """Work off one lane after the other, as long as there are any in line."""
        serving: _Lane[W] | None = lane
        while serving is not None:
            while serving.queue:
                await self._do(serving.queue.popleft())
            serving.busy -= 1
            if not serving.busy and at.lanes.get(serving.name) is serving:
                del at.lanes[serving.name]
            serving = self._next(at)
        at.busy -= 1
        if not at.busy and self._origins.get(at.name) is at:
            del self._origins[at.name]

    def _next(self, at: _Origin[W]) -> _Lane[W] | None:
        """The next lane in line that still has something to do."""
        while at.line:
            lane = at.line.popleft()
            lane.listed = False
            if lane.queue:
                lane.busy += 1
                if len(lane.queue) > 1 and lane.busy < self._per_receiver:
                    self._line_up(at, lane)
                return lane
        return None

    def _line_up(self, at: _Origin[W], lane: _Lane[W]) -> None:
        if not lane.listed:
            lane.listed = True
            at.line.append(lane)
