"""Which way a host leads: to the simulator, out into the world, or nowhere. Keeps the tally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mockserver import egress
from mockserver.egress.places import bracketed

MOST = 200  # hosts that are told apart; more are counted together
REST = "other hosts", 0, f"were refused too; only {MOST} are told apart"


class Ours(NamedTuple):
    """A host of a provider that the simulator stands in for."""

    provider: str


class Shut(NamedTuple):
    """A host that is not let through, and the sentence that explains it."""

    reason: str


Way = Ours | Shut | egress.Pinned


class Refusal(NamedTuple):
    """What was refused, and how often."""

    host: str
    port: int
    reason: str
    times: int


@dataclass(slots=True)
class Gate:
    """Judges hosts. `served` and `idle` map the hosts of providers, played in this run or not.

    A provider's host leads to the simulator or nowhere, whatever the policy says. `tunnels` are
    connections to the simulator and `distrusted` those that the client gave up because of our
    certificate, by host.
    """

    served: Mapping[str, str]
    idle: Mapping[str, str]
    policy: egress.Policy
    resolver: egress.Resolver = egress.system_resolver
    tunnels: dict[str, int] = field(default_factory=dict)
    distrusted: dict[str, int] = field(default_factory=dict)
    _refused: dict[tuple[str, int, str], int] = field(default_factory=dict)

    async def way(self, host: str, port: int) -> Way:
        """Where a connection to a host leads. A refusal is kept."""
        if provider := self.served.get(host):
            self.tunnels[host] = self.tunnels.get(host, 0) + 1
            return Ours(provider)
        if name := self.idle.get(host):
            reason = f"{host} is a host of {name}, which this run leaves out: --provider {name}"
            return self.refuse(host, port, reason)
        url = f"https://{bracketed(host)}:{port}/"
        found = await egress.pin(self.policy, url, resolver=self.resolver)
        if isinstance(found, egress.Refused):
            return self.refuse(host, port, _advice(found, host))
        return found

    def refuse(self, host: str, port: int, reason: str) -> Shut:
        """Let nobody through to a host, and keep in mind that somebody wanted to."""
        key = host, port, reason
        if key not in self._refused and len(self._refused) >= MOST:
            key = REST
        self._refused[key] = self._refused.get(key, 0) + 1
        return Shut(reason)

    def distrust(self, host: str) -> None:
        """Keep in mind that a client did not take our certificate for a host."""
        self.distrusted[host] = self.distrusted.get(host, 0) + 1

    @property
    def refused(self) -> list[Refusal]:
        """What was refused, in the order in which it was first asked for."""
        return [Refusal(*key, times) for key, times in self._refused.items()]


def _advice(refused: egress.Refused, host: str) -> str:
    """Why a host is refused, and what would open it where anything does."""
    if refused.kind != "not-allowed":
        return refused.reason
    try:
        egress.Policy(allow=frozenset({bracketed(host)}))
    except egress.PolicyError:
        return refused.reason
    return f"{host} belongs to no provider; --egress {bracketed(host)} opens it"
