"""What a request's head asks, worked out once for all requests whose heads are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from mockserver.contract.message import Reply
from mockserver.jobs.job import Job
from mockserver.journal.entry import Entry

RECENT = 256  # heads that are remembered; each is bounded by the server


class Told(NamedTuple):
    """The answer to a poll, which the same poll gets until its job is `until` seconds old.

    `line` is what the journal kept of it, behind number and reading.
    """

    job: Job
    until: float
    reply: Reply
    body: bytes
    line: tuple[object, ...]

    def again(self, number: int, at: float) -> Entry:
        """The journal's line about a poll that gets the answer again."""
        return Entry._make((number, at, *self.line))


class Asked:
    """A head that was read: whom it is for, in which world, and what it wants there.

    `told` is the last answer to a request with this head, where it holds for a while.
    """

    __slots__ = ("headers", "method", "path", "place", "query", "target", "told", "world")

    def __init__(
        self,
        method: str,
        path: str,
        target: str,
        *,
        world: str | None,
        place: str,
        headers: Mapping[str, str],
        query: Mapping[str, str],
    ) -> None:
        self.method = method
        self.path = path
        self.target = target
        self.world = world
        self.place = place
        self.headers = headers
        self.query = query
        self.told: Told | None = None
