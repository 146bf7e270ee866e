"""What a refused value was probably meant to be. What is suggested is always allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import orjson

from mockserver.contract import lexicon
from mockserver.contract import pointer as at
from mockserver.contract.message import Suggestion, Violation
from mockserver.contract.model import Contract, Json, Operation
from mockserver.contract.remedies import remedies
from mockserver.contract.validate import Checker

MOST = 3
SHOWN = 32
MOST_MODELS = 24
CHOICE = "model"  # the field that says who makes it, at whoever lets one choose
NOWHERE = object()
# Rules about one value. The others are about what goes together.
ABOUT_VALUES = frozenset(
    "type enum const minimum maximum exclusiveMinimum exclusiveMaximum multipleOf pattern format "
    "minLength maxLength minItems maxItems".split()
)


class Fitting:
    """Tries values against the schemas of one contract."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    def allowed(self, value: Json, schema: str) -> bool:
        """Whether a value keeps a schema."""
        return not schema or not list(self._checker.value(value, schema, place="body"))

    def fits(self, value: Json, schema: str) -> bool:
        """Whether a value is allowed, or something is that it may stand for."""
        if self.allowed(value, schema):
            return True
        document = self._checker.contract.document
        node, _ = at.resolve(document, at.follow(document, schema), schema)
        return any(self.allowed(one, schema) for kind in remedies(value, node) for one in kind)


class Values:
    """Suggestions for the values that break a rule in one body."""

    def __init__(
        self,
        operation: Operation,
        schema: str,
        checker: Checker,
        body: Json,
        objects: Callable[[Json], bool],
    ) -> None:
        self._operation = operation
        self._contract: Contract = checker.contract
        self._schema = schema
        self._checker = checker
        self._body = body
        self._objects = objects

    def suggestions(self, violations: Sequence[Violation]) -> Iterator[Suggestion]:
        """What to send instead, with what it would be allowed, and whose value it is."""
        firsts: dict[str, Violation] = {}
        for one in violations:
            if one.place == "body" and one.keyword in ABOUT_VALUES:
                firsts.setdefault(one.pointer, one)
        for pointer, one in firsts.items():
            found = [*self._instead(pointer)]
            if pointer != f"/{CHOICE}":
                found += self.otherwise(pointer)
            yield from found
            if not found or pointer == f"/{CHOICE}":
                yield from self._foreign(one)

    def otherwise(self, pointer: str) -> Iterator[Suggestion]:
        """With which other models what is at a place would be allowed, and not objected to."""
        schema = self._schema_of(f"/{CHOICE}")
        if schema is None or not isinstance(self._body, dict):
            return
        better: list[Json] = []
        for one in self._models(schema):
            trial = {**self._body, CHOICE: one}
            if one != self._body.get(CHOICE) and self._mends(pointer, trial):
                better.append(one)
        if not better or len(better) > MOST:
            return
        value = value_at(self._body, pointer)
        what = name_of(pointer)
        if pointer == f"/{CHOICE}":
            say = f"{what}: {_either(better)} would do"
        elif value is NOWHERE:
            say = f"{what} may be left out with {CHOICE} {_either(better)}"
        else:
            say = f"{what} {shown(value)} is allowed with {CHOICE} {_either(better)}"
        yield Suggestion(f"body{pointer}", say, f"{self._contract.file}#{schema}")

    def _instead(self, pointer: str) -> Iterator[Suggestion]:
        value, schema = value_at(self._body, pointer), self._schema_of(pointer)
        if schema is None or value is NOWHERE:
            return
        if not pointer:
            if isinstance(value, list) and len(value) == 1 and self._mends("", value[0]):
                say = "send the one object without a list around it"
                yield Suggestion("body", say, f"{self._contract.file}#{schema}")
            return
        node = at.follow(self._contract.document, schema)
        source = f"{self._contract.file}#{schema}"
        for kind in remedies(value, node):
            good = [one for one in kind if self._mends(pointer, _with(self._body, pointer, one))]
            if good:
                say = f"{name_of(pointer)}: send {_either(good[:MOST])} instead of {shown(value)}"
                yield Suggestion(f"body{pointer}", say, source)
                return
        if value in (None, "") and self._mends(pointer, _without(self._body, pointer)):
            say = f"{name_of(pointer)}: leave it out instead of sending {shown(value)}"
            yield Suggestion(f"body{pointer}", say, source)

    def _foreign(self, one: Violation) -> Iterator[Suggestion]:
        """Where else exactly this value is one of those listed."""
        value = value_at(self._body, one.pointer)
        listed = one.pointer and one.keyword in ("enum", "type")
        if not listed or not isinstance(value, str) or not value:
            return
        name, own = at.split(one.pointer)[-1], self._contract.name
        places = [
            field.operation if field.provider == own else field.title
            for field in lexicon.all_fields().called(name)
            if (field.provider, field.operation) != (own, self._operation.id)
            and value in field.values
            and not field.deprecated
        ]
        if places := list(dict.fromkeys(places))[:MOST]:
            whose = " and ".join(f"{place}'s" for place in places)
            say = f"{name_of(one.pointer)}: {shown(value)} is one of {whose}"
            yield Suggestion(f"body{one.pointer}", say)

    def _models(self, schema: str) -> list[Json]:
        """The models there are: those listed, else those with a price."""
        values = at.follow(self._contract.document, schema).get("enum", ())
        names = [one for one in values if isinstance(one, str)]
        return (names or list(self._contract.rates))[:MOST_MODELS]

    def _schema_of(self, pointer: str) -> str | None:
        return lexicon.schema_at(self._contract.document, self._schema, at.split(pointer))

    def _mends(self, pointer: str, body: Json) -> bool:
        """Whether a body breaks no rule at a place, and none that the present one keeps.

        One that breaks none at all must not be objected to by the provider either.
        """
        after = self._broken(body)
        if not after:
            return not self._objects(body)
        return after <= self._before and not any(
            where == pointer or where.startswith(f"{pointer}/") for where, _ in after
        )

    @cached_property
    def _before(self) -> set[tuple[str, str]]:
        return self._broken(self._body)

    def _broken(self, body: Json) -> set[tuple[str, str]]:
        found = self._checker.value(body, self._schema, place="body")
        return {(one.pointer, one.schema) for one in found}


def shown(value: Json) -> str:
    """A value as JSON that is short, its texts too."""
    text = orjson.dumps(_shortened(value, 0)).decode()
    return text if len(text) <= 3 * SHOWN else f"{text[: 3 * SHOWN]}…"


def name_of(pointer: str) -> str:
    """A pointer as the name of a field."""
    return ".".join(at.split(pointer))[: 2 * SHOWN] or "the body"


def value_at(body: Json, pointer: str) -> Json:
    """The value at a place; NOWHERE when there is none."""
    try:
        return at.follow(body, pointer)
    except KeyError:
        return NOWHERE


def _either(values: Sequence[Json]) -> str:
    return " or ".join(shown(one) for one in values)


def _shortened(value: Json, depth: int) -> Json:
    if isinstance(value, str):
        return value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
    if isinstance(value, dict | list) and depth > 2:
        return "…"
    if isinstance(value, dict):
        return {_shortened(k, 0): _shortened(v, depth + 1) for k, v in list(value.items())[:MOST]}
    if isinstance(value, list):
        return [_shortened(one, depth + 1) for one in value[:MOST]]
    return value


def _with(body: Json, pointer: str, value: Json) -> Json:
    """A body with another value at a place. Only what is on the way is copied."""
    steps = at.split(pointer)
    if not steps:
        return value
    first, rest = steps[0], at.write(steps[1:])
    if isinstance(body, dict):
        return {**body, first: _with(body[first], rest, value)}
    index = int(first)
    return [*body[:index], _with(body[index], rest, value), *body[index + 1 :]]


def _without(body: Json, pointer: str) -> Json:
    """A body without the field at a place; elements of lists stay."""
    above, _, last = pointer.rpartition("/")
    holder = value_at(body, above)
    if not isinstance(holder, dict):
        return body
    name = at.split(f"/{last}")[0]
    return _with(body, above, {key: one for key, one in holder.items() if key != name})
