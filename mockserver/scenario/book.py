"""The rules in force in one world: for everything, for a call, or for one job; and their counts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mockserver.contract import pointer as at
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json
from mockserver.scenario.catalogue import Catalogue
from mockserver.scenario.load import Reader, shaped
from mockserver.scenario.model import Effect, Rule

MOST_JOBS = 20_000


class Use:
    """A rule in force, how often it matched, and how often it acted."""

    __slots__ = ("acted", "matched", "polls", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.matched = 0
        self.acted = 0
        self.polls: dict[str, int] = {}

    def acts(self, *, operation: str, owner: str, job: str, polled: bool, body: Json) -> bool:
        """Whether the rule acts on a call; counts it."""
        rule = self.rule
        if operation not in rule.on or (rule.owner and rule.owner != owner):
            return False
        if rule.fields and not all(_has(body, *field) for field in rule.fields.items()):
            return False
        self.matched += 1
        if polled:
            self.polls[job] = self.polls.get(job, 0) + 1
        if self.matched not in rule.nth or self.acted >= rule.times:
            return False
        if self.polls.get(job, 1) not in rule.poll:
            return False
        self.acted += 1
        return True


class Decision(NamedTuple):
    """What the rules do to one call, and which of them."""

    effect: Effect
    rules: tuple[str, ...]


NONE = Decision(Effect(), ())


class Book:
    """The rules of one world."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = contracts
        self.reset()

    def reset(self) -> None:
        """No rules, no counts."""
        self.catalogue = Catalogue()
        self.names: tuple[str, ...] = ()
        self.rows: tuple[Json, ...] = ()
        self._always: dict[str, list[Use]] = {}
        self._bound: OrderedDict[str, list[Use]] = OrderedDict()

    @property
    def idle(self) -> bool:
        """Whether no rule can act on a call that asks for none."""
        return not self._always and not self._bound

    def put(self, setup: Json, where: str) -> None:
        """Set the rules in force. SpecError when one names nothing real; then nothing changes.

        `setup` has `use` (names of scenarios), `rule` (rules) and `scenario` (further scenarios).
        """
        catalogue = Catalogue(setup.get("scenario", {}), where)
        names, rows = tuple(setup.get("use", ())), tuple(setup.get("rule", ()))
        for index, row in enumerate(rows):
            shaped(row, "rule", where, f"/rule/{index}")
        always = {name: self._uses(catalogue, names, rows, where, name) for name in self._contracts}
        for name in names:
            if not any(catalogue.knows(name, one) for one in self._contracts):
                known = {one for provider in self._contracts for one in catalogue.names(provider)}
                raise SpecError(where, "/use", name, known)
        self.catalogue, self.names, self.rows = catalogue, names, rows
        self._always = {name: uses for name, uses in always.items() if uses}
        self._bound.clear()

    def called(self, names: Iterable[str], provider: str) -> list[Use]:
        """The rules of scenarios that a call asks for. SpecError for a name that nobody knows."""
        contract = self._contracts[provider]
        return [Use(rule) for name in names for rule in self.catalogue.find(name, contract).rules]

    def bind(self, job: str, uses: list[Use]) -> None:
        """Have rules apply to whatever is done with a job."""
        self._bound[job] = uses
        if len(self._bound) > MOST_JOBS:
            self._bound.popitem(last=False)

    def decide(
        self,
        provider: str,
        operation: str,
        *,
        owner: str = "",
        job: str = "",
        polled: bool = False,
        body: Json = None,
        called: Iterable[Use] = (),
    ) -> Decision:
        """What happens to a call, or to a push. The first rule that says something counts."""
        uses = [*called, *self._bound.get(job, ()), *self._always.get(provider, ())]
        if not uses:
            return NONE
        acting = [
            one.rule
            for one in uses
            if one.acts(operation=operation, owner=owner, job=job, polled=polled, body=body)
        ]
        if not acting:
            return NONE
        effect = acting[0].effect
        for rule in acting[1:]:
            effect = _with(effect, rule.effect)
        return Decision(effect, tuple(rule.name for rule in acting))

    def _uses(
        self,
        catalogue: Catalogue,
        names: Iterable[str],
        rows: Iterable[Json],
        where: str,
        provider: str,
    ) -> list[Use]:
        contract = self._contracts[provider]
        rules = [*Reader(contract, "rule", where).rules(rows)]
        for name in names:
            if catalogue.knows(name, provider):
                rules += catalogue.find(name, contract).rules
        return [Use(rule) for rule in rules]


def _with(effect: Effect, more: Effect) -> Effect:
    """An effect, and another where it says nothing."""
    return Effect._make(mine or other for mine, other in zip(effect, more, strict=True))


def _has(body: Json, where: str, value: Json) -> bool:
    try:
        return bool(at.follow(body, where) == value)
    except (KeyError, TypeError):
        return False
