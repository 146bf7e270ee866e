"""The part of the control API about what goes wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.contract.errors import SpecError
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json
from mockserver.providers.base import Desk, Extra
from mockserver.scenario.model import Scenario
from mockserver.world.world import World


class Scenarios:
    """The rules in force in one world, and the scenarios there are."""

    def __init__(self, world: World, contracts: Mapping[str, Contract]) -> None:
        self._world = world
        self._contracts = contracts
        self.EXTRAS: Mapping[str, Extra] = {
            "read_scenario": self.read,
            "put_scenario": self.put,
            "delete_scenario": self.delete,
            "list_scenarios": self.list,
        }

    async def read(self, desk: Desk, call: Call) -> Reply:
        return self._shown()

    async def put(self, desk: Desk, call: Call) -> Reply | Problem:
        try:
            self._world.book.put(call.body, "body")
        except SpecError as error:
            return Problem("invalid", say=str(error))
        return self._shown()

    async def delete(self, desk: Desk, call: Call) -> Reply:
        self._world.book.clear()
        return self._shown()

    async def list(self, desk: Desk, call: Call) -> Reply | Problem:
        wanted = call.query.get("provider")
        if wanted is not None and wanted not in self._contracts:
            say = f"there is no provider {wanted}; there are {', '.join(self._contracts)}"
            return Problem("not-found", say=say)
        chosen = [one for one in self._contracts.values() if wanted in (None, one.name)]
        shown = [
            shown_scenario(self._world.book.catalogue.find(name, contract), contract.name)
            for contract in chosen
            for name in self._world.book.catalogue.names(contract.name)
        ]
        return Reply(200, {"scenarios": shown})

    def _shown(self) -> Reply:
        book = self._world.book
        return Reply(200, {"use": list(book.names), "rule": list(book.rows)})


def shown_scenario(scenario: Scenario, provider: str) -> Json:
    """A scenario as JSON, as one provider plays it."""
    view: Json = {
        "name": scenario.name,
        "provider": provider,
        "common": not scenario.provider,
        "what": scenario.what,
        "client": scenario.client,
        "rules": len(scenario.rules),
    }
    return view | ({"evidence": scenario.evidence} if scenario.evidence else {})
