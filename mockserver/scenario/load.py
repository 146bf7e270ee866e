"""Rules and scenarios out of TOML or JSON, checked against the contracts they are about.

What names nothing real is refused with its place and the nearest match.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from mockserver.contract import document, files
from mockserver.contract.errors import SpecError
from mockserver.contract.keys import fingerprint
from mockserver.contract.model import Contract, Json, Operation
from mockserver.scenario.model import (
    ALWAYS,
    FOREVER,
    Effect,
    Fate,
    Patch,
    PushFault,
    Rule,
    Span,
    Wire,
)
from mockserver.scenario.sense import contradiction

Switches: TypeAlias = tuple[tuple[str, str], ...]
"""Switches of a provider and their values, sorted."""

KINDS = ("create", "wait", "show", "download", "extra")
LAST = "last"
PUSH = "push"


def tables(path: Path) -> Json:
    """The tables of a TOML file. SpecError says where it is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(str(path), "", "", say=error.strerror or str(error)) from None
    except ValueError as error:
        raise SpecError(str(path), "", "", say=f"not TOML: {error}") from None


def shaped(value: Json, kind: str, where: str, pointer: str = "") -> Json:
    """The value, if it has the shape of a `rule` or a `scenario`; else SpecError."""
    from mockserver.contract.check import misshapen

    for problem in misshapen(value, kind, where, pointer, files.vocabulary()):
        raise problem
    return value


class Reader:
    """Makes the rules of one scenario for one provider. For errors, `where` is a file and `pointer`
    leads to the list of rules in it."""

    def __init__(self, contract: Contract, scenario: str, where: str, pointer: str) -> None:
        self._contract = contract
        self._scenario = scenario
        self._where = where
        self._pointer = pointer
        self._place = ""

    def rules(self, rows: Iterable[Json], start: int = 0) -> Iterator[Rule]:
        """The rules that concern this provider, their cases filled in from its contract."""
        number = start
        for index, row in enumerate(rows, start):
            self._place = f"{self._pointer}/{index}"
            if row.get("provider", self._contract.name) != self._contract.name:
                continue
            for one in self._cases(row):
                number += 1
                yield self._rule(one, number)

    def _cases(self, row: Json) -> list[Json]:
        """The row itself, or what the contract says this provider does in that case."""
        name = row.get("case")
        if name is None:
            return [row]
        known = self._contract.document["x-mock"].get("cases", {})
        if name not in known:
            self._refuse("case", name, known)
        rest = {key: value for key, value in row.items() if key != "case"}
        return [{**one, **rest} for one in known[name]]

    def _rule(self, row: Json, number: int) -> Rule:
        on = self._on(row)
        does = {one.does for one in self._contract.operations if one.id in on}
        if found := contradiction(row, does):
            place = f"{self._place}/{found.key}".rstrip("/")
            raise SpecError(self._where, place, "", say=found.say)
        return Rule(
            scenario=self._scenario,
            number=number,
            effect=self._effect(row),
            provider=self._contract.name,
            on=on,
            nth=_span(row.get("nth")),
            poll=_span(row.get("poll")),
            times=row.get("times", FOREVER),
            owner=fingerprint(row["key"]) if "key" in row else "",
            fields=row.get("fields", {}),
        )

    def _on(self, row: Json) -> frozenset[str]:
        """The ids of the operations that a rule is about; `push` for what is sent."""
        named = row.get("on", "create" if "job" in row else ())
        words = [named] if isinstance(named, str) else list(named)
        if "push" in row:
            return frozenset({PUSH})
        operations = {one.id: one for one in self._contract.operations}
        for word in words:
            if word not in operations and word not in KINDS:
                self._refuse("on", word, [*KINDS, *operations])
        chosen = [
            one for one in operations.values() if not words or one.id in words or one.does in words
        ]
        if not chosen:
            say = f"{self._contract.name} has no operation that does {' or '.join(words)}"
            raise SpecError(self._where, f"{self._place}/on", "", say=say)
        if status := self._status(row):
            able = [one for one in chosen if _declares(one, status)]
            if not able:
                say = f"no operation meant here declares {status}"
                raise SpecError(self._where, f"{self._place}/refuse", "", say=say)
            chosen = able
        return frozenset(one.id for one in chosen)

    def _status(self, row: Json) -> int:
        """The status that a refusal has; 0 where nothing is refused."""
        name = row.get("refuse")
        return self._contract.errors[self._error("refuse", name)].status if name else 0

    def _effect(self, row: Json) -> Effect:
        chosen = {name: str(value) for name, value in row.get("settings", {}).items()}
        try:
            switched(self._contract.name, merged({}, chosen))
        except SpecError as error:
            self._refuse("settings", error.found, error.allowed)
        return Effect(
            refuse=self._error("refuse", row["refuse"]) if "refuse" in row else "",
            headers=row.get("headers", {}),
            delay=row.get("delay", 0.0),
            wire=Wire(**row["wire"]) if "wire" in row else None,
            job=self._fate(row["job"]) if "job" in row else None,
            reply=tuple(
                Patch(one["at"], one.get("value"), one.get("remove", False))
                for one in row.get("reply", ())
            ),
            push=PushFault(**row["push"]) if "push" in row else None,
            media=row.get("media", ""),
            settings=chosen,
        )

    def _fate(self, row: Json) -> Fate:
        if "fail" in row:
            self._error("job/fail", row["fail"])
        states = {state for kind in self._contract.jobs.values() for state, _ in kind.running}
        if row.get("stuck", LAST) not in {LAST, *states}:
            self._refuse("job/stuck", row["stuck"], {LAST, *states})
        return Fate(**row)

    def _error(self, key: str, name: str) -> str:
        if name not in self._contract.errors:
            self._refuse(key, name, self._contract.errors)
        return name

    def _refuse(self, key: str, found: str, allowed: Iterable[str]) -> None:
        raise SpecError(self._where, f"{self._place}/{key}", found, allowed)


def _declares(operation: Operation, status: int) -> bool:
    return str(status) in operation.responses or "default" in operation.responses


def _span(value: int | str | None) -> Span:
    """A number, or `from-to`, or `from-`."""
    if value is None:
        return ALWAYS
    if isinstance(value, int):
        return Span(value, value)
    first, dash, last = value.partition("-")
    return Span(int(first), int(last) if last else FOREVER if dash else int(first))


@lru_cache
def switched(name: str, chosen: Switches) -> Contract:
    """A provider's contract with switches set."""
    return document.load(name, dict(chosen))


def merged(base: Mapping[str, str], more: Mapping[str, str]) -> Switches:
    """Switches and further ones that go before them, in an order that can be remembered."""
    return tuple(sorted({**base, **more}.items()))
