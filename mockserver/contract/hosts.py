"""A provider's own hosts, and at which of them a path is. Knows no network."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from mockserver.contract.model import Contract

HTTPS = "https://"


@lru_cache(maxsize=64)
def of(contract: Contract) -> tuple[str, ...]:
    """Every host of a provider, those of its API first."""
    others = (host for one in contract.operations for host in one.hosts)
    return tuple(dict.fromkeys((*contract.hosts, *others)))


def owners(contracts: Iterable[Contract]) -> dict[str, str]:
    """The provider of each host."""
    return {host: contract.name for contract in contracts for host in of(contract)}


def home(contract: Contract, host: str) -> str:
    """The base URL of the API for whoever called one of the provider's hosts, port or not."""
    name = host.partition(":")[0].lower()
    return HTTPS + (name if name in contract.hosts else contract.hosts[0])


def address(contract: Contract, base: str, path: str) -> str:
    """The URL of a path for whoever knows the provider by a base URL.

    It begins with that base, unless the base is a host of the provider's API and the path is at
    another: results and uploads are at hosts of their own.
    """
    if base.removeprefix(HTTPS) not in contract.hosts:
        return base + path
    host = _elsewhere(contract).get(path.split("/", 2)[1])
    return f"{HTTPS}{host}{path}" if host else base + path


@lru_cache(maxsize=64)
def _elsewhere(contract: Contract) -> dict[str, str]:
    """The hosts of what is not at the API's, by the first segment of the path."""
    own = {_first(one.path) for one in contract.operations if one.hosts == contract.hosts}
    found: dict[str, str] = {}
    for one in contract.operations:
        if _first(one.path) not in own:
            found.setdefault(_first(one.path), one.hosts[0])
    return found


def _first(path: str) -> str:
    return path.split("/", 2)[1]
