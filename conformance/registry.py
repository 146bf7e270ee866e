"""The cases: what the chapters declare, and what of it applies to a provider."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING

from conformance.contract import Contract
from conformance.dialects import dialect_of
from conformance.model import Case, Cost, Finding, Json, Requirement, Run
from conformance.rows import Row, accept_row, reject_row, rows_of

if TYPE_CHECKING:
    from conformance.target import Target

CHAPTERS = (
    "authentication",
    "submit",
    "poll",
    "finish",
    "media",
    "webhook",
    "limits",
    "errors",
    "method",
    "isolation",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A case before it is known which providers it is for. With `each` it becomes one case for
    each mode, its id ending in the mode's name, and `run` is called with that name too."""

    id: str
    says: str
    cost: Cost
    run: Callable[..., AsyncIterator[Finding]]
    own: int = 0
    each: bool = False
    usd: float = 0.0
    leaps: bool = False
    alone: bool = False


_drafts: dict[str, Draft] = {}


def case(
    id: str,
    says: str,
    *,
    cost: Cost,
    own: int = 0,
    each: bool = False,
    usd: float = 0.0,
    leaps: bool = False,
    alone: bool = False,
) -> Callable[[Callable[..., AsyncIterator[Finding]]], Callable[..., AsyncIterator[Finding]]]:
    """Declare a case: a stable id, the requirement in a sentence, and what it costs. `usd` is what
    one of its own jobs costs where that is more than usual. What `leaps` over days comes last; what
    counts what all others do runs `alone`."""

    def declared(
        run: Callable[..., AsyncIterator[Finding]],
    ) -> Callable[..., AsyncIterator[Finding]]:
        assert id not in _drafts, f"two cases are called {id}"
        _drafts[id] = Draft(id, says, cost, run, own, each, usd, leaps, alone)
        return run

    return declared


def drafts(provider: str) -> Mapping[str, Draft]:
    """The cases of the chapters, and those peculiar to a provider."""
    for chapter in CHAPTERS:
        import_module(f"conformance.cases.{chapter}")
    import_module(f"conformance.cases.providers.{provider}")
    return _drafts


@cache
def requirements_of(provider: str) -> tuple[Requirement, ...]:
    """What an endpoint of a provider has to keep, in the order of its file."""
    contract = Contract(provider)
    found = []
    for row in _written(provider):
        rows = tuple(one.id for one in rows_of(row))
        found.append(
            Requirement(
                row["id"],
                row["says"],
                contract.evidence(row["source"]),
                (*row.get("cases", ()), *rows),
                tuple(row.get("facts", ())),
                str(row.get("dossier", "")),
                str(row.get("unseen", "")),
            )
        )
    return tuple(found)


@cache
def cases_of(provider: str) -> tuple[Case, ...]:
    """Every case that applies to a provider, by cost and then in the order of its requirements."""
    known = drafts(provider)
    by_case: dict[str, list[Requirement]] = {}
    for requirement in requirements_of(provider):
        for id in requirement.cases:
            by_case.setdefault(id, []).append(requirement)
    rows = rows_by_id(provider)
    return tuple(_bound(provider, id, tuple(found), known, rows) for id, found in by_case.items())


@cache
def rows_by_id(provider: str) -> Mapping[str, Row]:
    """The cases of a provider that are rows of data."""
    return {one.id: one for row in _written(provider) for one in rows_of(row)}


def _bound(
    provider: str,
    id: str,
    found: tuple[Requirement, ...],
    known: Mapping[str, Draft],
    rows: Mapping[str, Row],
) -> Case:
    """A case for a provider."""
    if row := rows.get(id):
        cost: Cost = "paid" if row.accept else "free-reject"
        run = accept_row(row) if row.accept else reject_row(row)
        return Case(id, row.says, cost, run, provider, found, row.mode, int(row.accept))
    modes = dialect_of(provider).MODES
    base, _, mode = id.rpartition(".")
    if id in known and not known[id].each:
        one = known[id]
        name = next(iter(modes)) if one.cost == "paid" else ""
        return _case(id, one, one.run, provider, found, name)
    if base in known and known[base].each and mode in modes:
        one = known[base]
        return _case(id, one, _in_mode(one, mode), provider, found, mode)
    raise LookupError(f"{provider}'s requirements name {id!r}, which is no case")


def _case(
    id: str, draft: Draft, run: Run, provider: str, found: tuple[Requirement, ...], mode: str
) -> Case:
    return Case(
        id,
        draft.says,
        draft.cost,
        run,
        provider,
        found,
        mode,
        own=draft.own,
        usd=draft.usd,
        leaps=draft.leaps,
        alone=draft.alone or draft.leaps,
    )


def _in_mode(draft: Draft, mode: str) -> Run:
    def run(target: Target) -> AsyncIterator[Finding]:
        return draft.run(target, mode)

    return run


@cache
def _written(provider: str) -> Sequence[Mapping[str, Json]]:
    folder = resources.files("conformance") / "requirements"
    told = tomllib.loads((folder / f"{provider}.toml").read_text())
    return list(told["requirement"])


def chosen(cases: Iterable[Case], patterns: Sequence[str], levels: Sequence[str]) -> list[Case]:
    """The cases that a run is about. LookupError for a pattern that selects nothing, with the
    nearest id."""
    import difflib
    from fnmatch import fnmatchcase

    known = list(cases)
    for pattern in patterns:
        if not any(fnmatchcase(one.id, pattern) for one in known):
            near = difflib.get_close_matches(pattern, [one.id for one in known], 1, 0.4)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise LookupError(f"no case is called {pattern!r}{hint}")
    return [
        one
        for one in known
        if one.level in levels and (not patterns or any(fnmatchcase(one.id, p) for p in patterns))
    ]
