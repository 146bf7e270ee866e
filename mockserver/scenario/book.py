"""The rules in force in one world: for everything, for a call, or for one job; and their counts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mockserver.contract import pointer as at
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json
from mockserver.scenario.model import Effect, Rule

if TYPE_CHECKING:
    from mockserver.scenario.catalogue import Catalogue

MOST_NAMES = 20_000


class Tally:
    """Counts by name, of the names counted last."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def __getitem__(self, name: str) -> int:
        return self._counts.get(name, 0)

    def add(self, name: str) -> int:
        """Count once more. The count after that."""
        count = self._counts[name] = self[name] + 1
        self._counts.move_to_end(name)
        if len(self._counts) > MOST_NAMES:
            self._counts.popitem(last=False)
        return count


class Use:
    """A rule in force, how often it matched, and how often it acted: for each job by itself, and
    for all calls that are about none."""

    __slots__ = ("acted", "matched", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.matched = Tally()
        self.acted = Tally()

    def acts(self, *, operation: str, owner: str, job: str, poll: int, body: Json) -> bool:
        """Whether the rule acts on a call; counts it."""
        rule = self.rule
        if operation not in rule.on or (rule.owner and rule.owner != owner):
            return False
        if rule.fields and not all(_has(body, *field) for field in rule.fields.items()):
            return False
        if self.matched.add(job) not in rule.nth or self.acted[job] >= rule.times:
            return False
        if poll and poll not in rule.poll:
            return False
        self.acted.add(job)
        return True


class Index:
    """Rules found by their operation and by the value of a field, in the order of their making.

    So that a hundred rules which do not apply cost next to nothing.
    """

    def __init__(self) -> None:
        self._count = 0
        self._plain: dict[str, list[tuple[int, Use]]] = {}
        self._keyed: dict[str, dict[str, dict[Json, list[tuple[int, Use]]]]] = {}

    def add(self, use: Use) -> None:
        """Keep a rule behind those there are."""
        self._count += 1
        field = next(iter(use.rule.fields.items()), None)
        for operation in use.rule.on:
            if field is None or field[1] is None or isinstance(field[1], dict | list):
                rows = self._plain.setdefault(operation, [])
            else:
                where, value = field
                values = self._keyed.setdefault(operation, {}).setdefault(where, {})
                rows = values.setdefault(value, [])
            rows.append((self._count, use))

    def of(self, operation: str, body: Json) -> list[Use]:
        """The rules that may apply to a call."""
        found = self._plain.get(operation, [])
        keyed = self._keyed.get(operation)
        if keyed is None:
            return [use for _, use in found]
        for where, values in keyed.items():
            value = _value(body, where)
            if value is not None and not isinstance(value, dict | list):
                found = found + values.get(value, [])
        return [use for _, use in sorted(found, key=lambda one: one[0])]


class Decision(NamedTuple):
    """What the rules do to one call, and which of them."""

    effect: Effect
    rules: tuple[str, ...]


NONE = Decision(Effect(), ())


class Book:
    """The rules of one world."""

    def __init__(
        self, contracts: Mapping[str, Contract], setup: Json = None, world: str = "default"
    ) -> None:
        self._contracts = contracts
        self._world = world
        self._setup = setup or {}
        self.reset()

    def reset(self) -> None:
        """The rules of the beginning, and no counts."""
        self.clear()
        if self._setup:
            self.put(self._setup, "the rules from the start")

    def clear(self) -> None:
        """No rules."""
        self._catalogue: Catalogue | None = None
        self.names: tuple[str, ...] = ()
        self.rows: tuple[Json, ...] = ()
        self._always: dict[str, Index] = {}
        self._bound: OrderedDict[str, Sequence[Use]] = OrderedDict()
        self._asked: OrderedDict[tuple[str, str, str], list[Use]] = OrderedDict()
        self.polls = Tally()

    @property
    def catalogue(self) -> Catalogue:
        """The scenarios that may be asked for."""
        if self._catalogue is None:
            from mockserver.scenario.catalogue import Catalogue

            self._catalogue = Catalogue()
        return self._catalogue

    @property
    def idle(self) -> bool:
        """Whether no rule can act on a call that asks for none."""
        return not self._always and not self._bound

    def put(self, setup: Json, where: str) -> None:
        """Set the rules in force. SpecError when one names nothing real; then nothing changes.

        `setup` has `use` (names of scenarios), `rule` (rules) and `scenario` (further scenarios).
        """
        from mockserver.scenario.catalogue import Catalogue
        from mockserver.scenario.load import shaped

        catalogue = Catalogue(setup.get("scenario", {}), where)
        names, rows = tuple(setup.get("use", ())), tuple(setup.get("rule", ()))
        for index, row in enumerate(rows):
            shaped(row, "rule", where, f"/rule/{index}")
        rules = self._rules(rows, where, "/rule")
        for name, one in setup.get("scenario", {}).items():
            self._rules(one["rules"], where, f"/scenario/{name}/rules")
        for name in names:
            rules += self._scenario(catalogue, name, where)
        self._catalogue, self.names, self.rows = catalogue, names, rows
        self._always = {}
        for rule in rules:
            self._always.setdefault(rule.provider, Index()).add(Use(rule))
        self._bound.clear()
        self._asked.clear()
        self.polls = Tally()

    def called(self, names: Iterable[str], provider: str, owner: str) -> list[Use]:
        """The rules of scenarios that a call of a key asks for. SpecError for an unknown name.

        They go on counting where the key asked for them before.
        """
        found: list[Use] = []
        for name in names:
            key = provider, owner, name
            if key not in self._asked:
                rules = self.catalogue.find(name, self._contracts[provider]).rules
                self._asked[key] = [Use(rule) for rule in rules]
                if len(self._asked) > MOST_NAMES:
                    self._asked.popitem(last=False)
            found += self._asked[key]
        return found

    def bind(self, job: str, uses: Sequence[Use]) -> None:
        """Have rules apply to whatever is done with a job."""
        self._bound[job] = uses
        if len(self._bound) > MOST_NAMES:
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
        index = self._always.get(provider)
        always = index.of(operation, body) if index else ()
        uses = dict.fromkeys([*called, *self._bound.get(job, ()), *always])
        if not uses:
            return NONE
        poll = self.polls.add(job) if polled and job else 0
        acting = [
            one.rule
            for one in uses
            if one.acts(operation=operation, owner=owner, job=job, poll=poll, body=body)
        ]
        if not acting:
            return NONE
        effect = acting[0].effect
        for rule in acting[1:]:
            effect = _with(effect, rule.effect)
        return Decision(effect, tuple(rule.name for rule in acting))

    def _rules(self, rows: Sequence[Json], where: str, pointer: str) -> list[Rule]:
        """What rules are at every provider where they mean something."""
        numbered = enumerate(rows)
        return [one for n, row in numbered for one in self._everywhere(row, n, where, pointer)]

    def _everywhere(self, row: Json, index: int, where: str, pointer: str) -> list[Rule]:
        from mockserver.scenario.load import Reader

        named = row.get("provider")
        if named is not None and named not in self._contracts:
            raise SpecError(where, f"{pointer}/{index}/provider", named, self._contracts)
        found: list[Rule] = []
        refused: list[SpecError] = []
        chosen = [one for one in self._contracts.values() if named in (None, one.name)]
        for contract in chosen:
            try:
                found += Reader(contract, "rule", where, pointer).rules([row], index)
            except SpecError as error:
                refused.append(error)
        if not found:
            raise refused[0]
        return found if row.get("world", self._world) == self._world else []

    def _scenario(self, catalogue: Catalogue, name: str, where: str) -> list[Rule]:
        """The rules of a scenario at every provider that has it."""
        able = [one for one in self._contracts.values() if catalogue.knows(name, one.name)]
        if not able:
            known = {one for provider in self._contracts for one in catalogue.names(provider)}
            raise SpecError(where, "/use", name, known)
        return [rule for one in able for rule in catalogue.find(name, one).rules]


def _with(effect: Effect, more: Effect) -> Effect:
    """An effect, and another where it says nothing."""
    return Effect._make(mine or other for mine, other in zip(effect, more, strict=True))


def _has(body: Json, where: str, value: Json) -> bool:
    return bool(_value(body, where) == value)


def _value(body: Json, where: str) -> Json:
    """The value at a pointer; None where nothing is."""
    try:
        return at.follow(body, where)
    except (KeyError, TypeError):
        return None
