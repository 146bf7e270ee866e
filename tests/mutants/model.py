"""What a mutant is, and which cases fail on one. Knows no provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from conformance.contract import Contract
from conformance.dialects import dialect_of
from conformance.listener import Delivery, Hook
from conformance.model import CaseEnded, Result
from conformance.purse import Purse
from conformance.registry import cases_of, drafts
from conformance.runner import run
from conformance.target import Target
from conformance.targets.ours import ours
from tests.mutants.shelf import renders
from tests.mutants.wire import Bend, wrapped

if TYPE_CHECKING:
    from conformance.connection import Connection
    from conformance.listener import Listener

Take = Callable[[Delivery], int]
Catch = Callable[[Delivery, Take], int]
"""Bends what a receiver of webhooks gets. Called with each delivery and with what takes one; gives
the status that the sender is answered with."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A simulator that does one thing wrong, and the ids of the cases that must fail on it: these
    and no others.

    Wrong it goes by any of: `bend` (of calls and replies, see bends), `catch` (of webhooks on their
    way), `rules` (as in a scenario), `chosen` (switches of the provider).
    """

    name: str
    provider: str
    fires: frozenset[str]
    bend: Bend | None = None
    catch: Catch | None = None
    rules: Sequence[Mapping[str, Any]] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.provider}-{self.name}"


def maker(provider: str) -> Callable[..., Mutant]:
    """Makes mutants of one provider: name, the cases that fire, and what is bent."""

    def mutant(name: str, *fires: str, **bent: Any) -> Mutant:
        return Mutant(name, provider, frozenset(fires), **bent)

    return mutant


class BentHook(Hook):
    """An address for webhooks where they arrive bent."""

    __slots__ = ("_catch",)

    def __init__(self, catch: Catch, url: str, answers: Sequence[int] = (200,)) -> None:
        super().__init__(url, answers)
        self._catch = catch

    def take(self, delivery: Delivery) -> int:
        return self._catch(delivery, super().take)


async def results(mutant: Mutant, listener: Listener) -> list[Result]:
    """How every case of its provider turns out on a mutant."""
    listener.make = partial(BentHook, mutant.catch) if mutant.catch else Hook
    bent = ours(
        mutant.provider,
        wrap=wrapped(mutant.bend) if mutant.bend else None,
        chosen={mutant.provider: mutant.chosen},
        rules=mutant.rules,
        listener=listener,
        renders=renders(),
    )
    async with bent as connection:
        target = judged(mutant.provider, connection)
        events = run(target, cases_of(mutant.provider))
        return [one.result async for one in events if isinstance(one, CaseEnded)]


def judged(provider: str, connection: Connection) -> Target:
    """An endpoint as cases use it, without a limit to what they spend."""
    purse = Purse(None, connection.door.now)
    return Target(dialect_of(provider), Contract(provider), connection, purse)


def base_of(id: str, provider: str) -> str:
    """A case's id without the mode that it is looked at in."""
    known = drafts(provider)
    base = id.rpartition(".")[0]
    return base if id not in known and base in known else id


def fired(results: Sequence[Result]) -> frozenset[str]:
    """The ids of the cases that failed."""
    return frozenset(one.case.id for one in results if one.verdict == "fail")
