"""What a request's head asks, worked out once for all requests whose heads are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mockserver.contract.message import Problem, Reply
from mockserver.jobs.job import Job
from mockserver.journal.entry import Entry

if TYPE_CHECKING:
    from mockserver.web.exchange import Exchange
    from mockserver.web.routes import Route
    from mockserver.world.world import World

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


Caller: TypeAlias = tuple[str, Problem | None]
"""The fingerprint of who calls, and what is wrong with the credentials."""


class Way(NamedTuple):
    """Who answers a call, as which operation, and where the caller knows the place to be."""

    exchange: Exchange
    route: Route
    base: str


class Asked:
    """A head that was read: whom it is for, in which world, and what it wants there.

    `told` is the last answer to a request with this head, where it holds for a while; `way` is
    where it led the last time, and in which world; `caller` is who calls there, where neither key
    nor header asks for a scenario.
    """

    __slots__ = (
        "caller",
        "headers",
        "method",
        "path",
        "place",
        "query",
        "target",
        "told",
        "way",
        "world",
    )

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
        self.way: tuple[World, Way] | None = None
        self.caller: Caller | None = None

    def lead(self, world: World, way: Way) -> None:
        """Remember where the head leads in a world, and forget what was known in another."""
        self.way = world, way
        self.caller = None
