"""A case: what happens to a client on purpose, and how it may end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.contract.model import Json


class Case(NamedTuple):
    """One situation for a client of one provider.

    `setup` are the rules of the world (see scenario.book.Book.put). `allowed` and `tolerated` are
    the outcomes that are right, and those that are worse than need be. `speed` is how many times
    faster than the client the provider lives. With `needs_push` it says something only about
    clients that ask for webhooks.
    """

    id: str
    provider: str
    what: str
    client: str
    evidence: str
    setup: Json
    allowed: frozenset[str]
    tolerated: frozenset[str]
    speed: float
    needs_push: bool = False

    def show(self) -> Json:
        """As JSON."""
        return {
            "id": self.id,
            "provider": self.provider,
            "what": self.what,
            "client": self.client,
            "evidence": self.evidence,
            "allowed": sorted(self.allowed),
            "tolerated": sorted(self.tolerated),
            "speed": self.speed,
            "needs_push": self.needs_push,
        }


class Preparation(NamedTuple):
    """A call that makes what a client is given: a path of the world, and where the answer has it.

    With `wait` the clock is moved on until the job that it made has ended.
    """

    path: str
    body: Json
    answer: str
    wait: bool


class Ready(NamedTuple):
    """What a client of a provider is given to extend: a clip of ours, or what calls make of it."""

    clip: str
    speed: float
    calls: Sequence[Preparation]
