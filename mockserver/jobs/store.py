"""Where jobs are kept: found by id and by token, bounded, oldest finished ones dropped first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from mockserver.jobs.job import Job


class JobStore(Protocol):
    """Keeps jobs. The embedded one is in memory; a shared one would keep the same promises."""

    def add(self, job: Job, now: float) -> None:
        """Keep a job. A full store drops its oldest finished job, or else its oldest."""

    def get(self, id: str) -> Job | None:
        """The job of that id."""

    def by_token(self, token: str) -> Job | None:
        """The job whose result has that token."""

    def since(self, at: float) -> Iterator[Job]:
        """Jobs born after a reading of the clock, newest first."""

    def __iter__(self) -> Iterator[Job]:
        """All jobs, oldest first."""

    def __len__(self) -> int:
        """How many jobs are kept."""


class MemoryJobStore:
    """Jobs in memory, at most `limit` of them."""

    LOOK = 64

    def __init__(self, limit: int = 20_000) -> None:
        self.limit = limit
        self._jobs: dict[str, Job] = {}
        self._tokens: dict[str, str] = {}
        self._order: deque[str] = deque()
        self._soonest = float("-inf")  # before which none of those that are looked at has ended

    def add(self, job: Job, now: float) -> None:
        while len(self._jobs) >= self.limit:
            self._drop(now)
        self._jobs[job.id] = job
        self._tokens[job.token] = job.id
        self._order.append(job.id)

    def get(self, id: str) -> Job | None:
        return self._jobs.get(id)

    def by_token(self, token: str) -> Job | None:
        return self._jobs.get(self._tokens.get(token, ""))

    def since(self, at: float) -> Iterator[Job]:
        for id in reversed(self._order):
            job = self._jobs[id]
            if job.created <= at:
                return
            yield job

    def __iter__(self) -> Iterator[Job]:
        return iter([self._jobs[id] for id in self._order])

    def __len__(self) -> int:
        return len(self._jobs)

    def _drop(self, now: float) -> None:
        """Forget the oldest finished job among the first few, or else the oldest of all."""
        index = 0 if now < self._soonest else self._ended(now)
        id = self._order[index]
        del self._order[index]
        self._tokens.pop(self._jobs.pop(id).token, None)
        if len(self._order) < self.LOOK:  # whatever comes is looked at
            self._soonest = float("-inf")
        elif self._soonest > now:  # another one is looked at from now on
            self._soonest = min(self._soonest, self._jobs[self._order[self.LOOK - 1]].ends)

    def _ended(self, now: float) -> int:
        """The place of the oldest finished job among the first few, or else 0."""
        soonest = float("inf")
        for index, id in enumerate(islice(self._order, self.LOOK)):
            ends = self._jobs[id].ends
            if ends <= now:
                self._soonest = float("-inf")
                return index
            soonest = min(soonest, ends)
        self._soonest = soonest
        return 0
