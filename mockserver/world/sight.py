"""What of a world one provider may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mockserver.contract import hosts
from mockserver.contract.message import Call
from mockserver.contract.model import Contract
from mockserver.contract.pointer import fill
from mockserver.jobs.job import Job
from mockserver.providers.base import Balance, Here
from mockserver.world.world import World


class WorldSight:
    """The Sight of one provider in one world."""

    def __init__(self, world: World, contract: Contract) -> None:
        self._world = world
        self._contract = contract
        self._paths = contract.results()
        self._strict = world.settings.sources == "strict"
        self._limited = world.settings.limits == "documented"

    def here(self, now: float, base: str) -> Here:
        """What the provider may know at a reading, of a caller that knows us by a base URL."""
        return Here(self._contract, now, self._strict, self, base, self._limited)

    def link(self, base: str, job: Job, name: str) -> str:
        path = fill(self._paths.get(name, ""), job.words)
        return hosts.address(self._contract, base, path) if path else base

    def recent(self, owner: str, since: float) -> Iterator[Job]:
        return self._world.recent(self._contract.name, owner, since)

    def calls(self, call: Call, since: float) -> Sequence[float]:
        name = self._contract.name
        return self._world.traffic.before(name, call.owner, call.number, since)

    def pushed(self, job: Job) -> str:
        return self._world.pushed(job.id)

    def balance(self, owner: str, now: float) -> Balance:
        return self._world.ledger(self._contract).balance(owner, now)
