"""The scenarios there are: some for every provider, some for one. Read when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from mockserver.contract import document
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json
from mockserver.scenario.load import Reader, shaped, tables
from mockserver.scenario.model import Scenario

PACKAGED = Path(__file__).resolve().parent.parent / "_scenarios"
CHECKOUT = Path(__file__).resolve().parents[2] / "fixtures" / "scenarios"
COMMON = "common"
OF_PUSHES = "webhook_"  # what the names begin with of those that need a push


class Catalogue:
    """What is shipped, and what a user adds. `more` maps names to scenarios as TOML has them."""

    def __init__(self, more: Mapping[str, Json] | None = None, where: str = "") -> None:
        self._more = {spelt(name): row for name, row in (more or {}).items()}
        self._where = where
        self._found: dict[tuple[str, str], Scenario] = {}
        for name, row in self._more.items():
            shaped(row, "scenario", where, f"/scenario/{name}")

    def names(self, provider: str) -> list[str]:
        """The names that mean something at a provider, sorted."""
        common = {one for one in shipped(COMMON) if not one.startswith(OF_PUSHES)}
        if _pushes(provider):
            common |= set(shipped(COMMON))
        return sorted({*self._more, *common, *shipped(provider)})

    def find(self, name: str, contract: Contract) -> Scenario:
        """The scenario of that name, as this provider plays it. SpecError when there is none."""
        home, colon, short = name.rpartition(":")
        wanted = spelt(short)
        if colon and home != contract.name:
            raise SpecError("scenario", "", name, self.names(contract.name))
        key = contract.name, wanted
        if key not in self._found:
            self._found[key] = self._made(wanted, contract)
        return self._found[key]

    def knows(self, name: str, provider: str) -> bool:
        """Whether there is a scenario of that name for a provider."""
        home, colon, short = name.rpartition(":")
        return (not colon or home == provider) and spelt(short) in self.names(provider)

    def _made(self, name: str, contract: Contract) -> Scenario:
        provider = ""
        if name in self._more:
            row, where, place = self._more[name], self._where, "/scenario"
        elif name in shipped(contract.name):
            provider, row = contract.name, shipped(contract.name)[name]
            where, place = f"fixtures/scenarios/{contract.name}.toml", ""
        elif name in shipped(COMMON):
            row, where, place = shipped(COMMON)[name], f"fixtures/scenarios/{COMMON}.toml", ""
        else:
            raise SpecError("scenario", "", name, self.names(contract.name))
        reader = Reader(contract, name, where, f"{place}/{name}/rules")
        rules = tuple(reader.rules(row["rules"]))
        return Scenario(name, provider, row["what"], row["client"], row.get("evidence", ""), rules)


@lru_cache
def _pushes(provider: str) -> bool:
    """Whether a provider sends anything by itself."""
    return any(one.pushes for one in document.load(provider).operations)


def spelt(name: str) -> str:
    """A name in the spelling of the catalogue: `poll-500-once` is `poll_500_once`."""
    return name.strip().lower().replace("-", "_")


@lru_cache
def shipped(home: str) -> Mapping[str, Json]:
    """The scenarios of one file: a provider's, or those that all share."""
    folder = PACKAGED if PACKAGED.is_dir() else CHECKOUT
    path = folder / f"{home}.toml"
    if not path.is_file():
        return {}
    found: Mapping[str, Json] = tables(path)
    for name, row in found.items():
        shaped(row, "scenario", f"fixtures/scenarios/{path.name}", f"/{name}")
    return found
