"""One world and the exchanges that answer for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver import providers
from mockserver.contract.model import Contract
from mockserver.contract.validate import Checker
from mockserver.media.shelf import Shelf
from mockserver.providers.base import Voice
from mockserver.scenario.book import Book
from mockserver.scenario.load import Switches, merged, switched
from mockserver.settings import Settings
from mockserver.web.control import Control
from mockserver.web.exchange import Exchange
from mockserver.web.routes import Router
from mockserver.world.material import Material
from mockserver.world.material import Own as OwnFile
from mockserver.world.sight import WorldSight
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.web.worlds import Worlds
    from mockserver.webhooks.inbox import Pushes as Known
    from mockserver.webhooks.model import Own


@dataclass(frozen=True, slots=True)
class Shared:
    """What all worlds of one server have in common. None of it remembers a call.

    Contracts, validators and routes are made when they are first needed: so the server starts as
    fast with many providers as with one.
    """

    control: Contract
    providers: Mapping[str, Contract]
    uploads: Shelf
    renders: Shelf
    incoming: Path
    file_of: OwnFile
    receiver_of: Own
    known: Known
    _checkers: dict[Contract, Checker] = field(default_factory=dict)
    _routers: dict[str, Router] = field(default_factory=dict)

    def contract(self, place: str) -> Contract:
        """The contract at the first segment of a path."""
        return self.control if place == self.control.name else self.providers[place]

    def checker(self, contract: Contract) -> Checker:
        """What checks messages of a contract."""
        found = self._checkers.get(contract)
        if found is None:
            found = self._checkers[contract] = Checker(contract)
        return found

    def router(self, name: str) -> Router:
        """The routes of a place."""
        found = self._routers.get(name)
        if found is None:
            found = self._routers[name] = Router(self.contract(name))
        return found


class Site:
    """A world, and who answers for it at each place. `prefix` is where it is under the root."""

    def __init__(self, name: str, prefix: str, settings: Settings, shared: Shared) -> None:
        self.prefix = prefix
        self.used = 0.0
        self._shared = shared
        self._settings = settings
        self._exchanges: dict[str, Exchange] = {}
        self._variants: dict[tuple[str, Switches], Exchange] = {}
        material = Material(
            shared.uploads,
            shared.incoming,
            policy=settings.policy,
            strict=settings.sources == "strict",
            own=shared.file_of,
        )
        self.world = World(
            name,
            settings,
            uploads=shared.uploads,
            renders=shared.renders,
            material=material,
            book=Book(shared.providers, settings.setup, name),
            own=shared.receiver_of,
            known=shared.known,
        )

    def at(self, place: str, worlds: Worlds) -> tuple[Exchange, Router]:
        """Who answers at a place, and its routes."""
        exchange = self._exchanges.get(place)
        if exchange is None:
            contract = self._shared.contract(place)
            control = self._control(contract, worlds) if contract.own else None
            exchange = self._exchanges[place] = self._exchange(contract, control)
        return exchange, self._shared.router(place)

    def _control(self, contract: Contract, worlds: Worlds) -> Control:
        return Control(self.world, contract, self._shared.providers, worlds)

    def _exchange(self, contract: Contract, control: Control | None = None) -> Exchange:
        world, checker = self.world, self._shared.checker(contract)
        sight = WorldSight(world, contract)
        voice: Voice
        work = None
        if control is not None:
            voice = control
        else:
            from mockserver.web.work import Work
            from mockserver.world.pushes import Pushes

            voice = provider = providers.get(contract.name)
            pushes = Pushes(world, contract, provider, checker, sight)
            work = Work(world, contract, provider, pushes)
        return Exchange(
            world,
            contract,
            voice,
            work,
            checker=checker,
            sight=sight,
            folder=self._shared.incoming,
            variant=self._variant_of(contract.name),
        )

    def _variant_of(self, name: str) -> Callable[[Mapping[str, str]], Exchange]:
        """Makes the exchange of a provider with some of its switches set otherwise."""

        def variant(switches: Mapping[str, str]) -> Exchange:
            chosen = merged(self._settings.chosen.get(name, {}), switches)
            if (name, chosen) not in self._variants:
                self._variants[name, chosen] = self._exchange(switched(name, chosen))
            return self._variants[name, chosen]

        return variant
