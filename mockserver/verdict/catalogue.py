"""The cases there are: some for every provider, some for one. And who has seen rules broken.

They stand in fixtures/cases, in TOML: `[case.NAME]` with `use` (scenarios) or `rule` (rules),
`allowed`, and where no scenario says it, `what` and `client`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json
from mockserver.scenario.catalogue import Catalogue
from mockserver.scenario.load import tables
from mockserver.verdict.case import Case, Preparation, Ready
from mockserver.verdict.observed import OUTCOMES

PACKAGED = Path(__file__).resolve().parent.parent / "_cases"
CHECKOUT = Path(__file__).resolve().parents[2] / "fixtures" / "cases"
COMMON = "common"
KEYS = frozenset("use rule allowed tolerated what client speed needs_push".split())


@lru_cache(maxsize=64)
def cases(contract: Contract) -> Sequence[Case]:
    """Every case of a provider: those of all first. SpecError where a file is wrong."""
    rows = {**_shipped(COMMON).get("case", {}), **_shipped(contract.name).get("case", {})}
    known, ready = Catalogue(), prepared(contract)
    pushes = any(push.schema for one in contract.operations for push in one.pushes)
    able = {name: row for name, row in rows.items() if pushes or not row.get("needs_push")}
    return tuple(_case(name, row, contract, known, ready) for name, row in able.items())


def prepared(contract: Contract) -> Ready:
    """What a client of a provider is given."""
    row = _shipped(contract.name)["source"]
    calls = (
        Preparation(one["path"], one["body"], one["answer"], bool(one.get("wait")))
        for one in row.get("call", ())
    )
    return Ready(row["clip"], float(row["speed"]), tuple(calls))


@lru_cache
def evidence() -> Mapping[str, str]:
    """Who has seen a client break a rule, by the rule's id."""
    found: Mapping[str, str] = _shipped("evidence")
    return found


def _case(name: str, row: Json, contract: Contract, known: Catalogue, ready: Ready) -> Case:
    where = f"fixtures/cases#/case/{name}"
    for key in row:
        if key not in KEYS:
            raise SpecError(where, f"/{key}", key, KEYS)
    allowed, tolerated = row["allowed"], row.get("tolerated", [])
    for one in (*allowed, *tolerated):
        if one not in OUTCOMES[:2]:
            raise SpecError(where, "/allowed", one, OUTCOMES[:2])
    uses = [_named(one, contract) for one in row.get("use", ())]
    told = [known.find(one, contract) for one in uses]
    return Case(
        id=f"{contract.name}.{name}",
        provider=contract.name,
        what=row.get("what") or told[0].what,
        client=row.get("client") or told[0].client,
        evidence=told[0].evidence if told else "",
        setup={
            "use": uses,
            "rule": [{"provider": contract.name, **one} for one in row.get("rule", ())],
        },
        allowed=frozenset(allowed),
        tolerated=frozenset(tolerated),
        speed=ready.speed * float(row.get("speed", 1)),
        needs_push=bool(row.get("needs_push")),
    )


def _named(scenario: str, contract: Contract) -> str:
    return scenario if ":" in scenario else f"{contract.name}:{scenario}"


@lru_cache
def _shipped(home: str) -> Json:
    folder = PACKAGED if PACKAGED.is_dir() else CHECKOUT
    path = folder / f"{home}.toml"
    return tables(path) if path.is_file() else {}
