"""The names of fields, here and at every other provider, and when two of them are alike.

Made from the specs when somebody first asks, and kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from mockserver.contract import document as documents
from mockserver.contract import files
from mockserver.contract import pointer as at
from mockserver.contract.model import Contract, Json, Operation

DEEPEST = 4
LONGEST_NAME = 64
# Words that say in what form a value comes, and not what it means.
FORMS = frozenset({"url", "uri", "id"})
FILLERS = frozenset(
    "a an and are as at be begin by can for from has have how in is it its no not of on one or "
    "that the their there this to up what where which who whose will with get gets make makes "
    "api new".split()
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Field(NamedTuple):
    """A field of requests: where it is, where the spec has it, and what is said of it.

    `push` is what is sent to the address it holds, where it is one: a media type.
    """

    provider: str
    title: str
    operation: str
    place: str
    path: tuple[str, ...]
    schema: str
    required: bool
    deprecated: bool
    push: str
    words: frozenset[str]
    told: frozenset[str]
    description: str
    values: tuple[Json, ...]

    @property
    def name(self) -> str:
        """The innermost name."""
        return self.path[-1]

    @property
    def shown(self) -> str:
        """The whole path, as people write it."""
        return ".".join(self.path)


def plain(name: str) -> str:
    """A name without case and signs between words."""
    return re.sub(r"[^a-z0-9]", "", name[:LONGEST_NAME].lower())


@lru_cache(maxsize=4096)
def words(*names: str) -> frozenset[str]:
    """What names are made of, without their form where that leaves anything."""
    found = frozenset(one for name in names for one in _parts(name))
    return found - FORMS or found


@lru_cache(maxsize=4096)
def stem(name: str) -> str:
    """A name without its form, in one word: two names of one stem differ in spelling only."""
    parts = _parts(name)
    return "".join(one for one in parts if one not in FORMS) or "".join(parts)


def told(text: str) -> frozenset[str]:
    """The words of a description that mean something."""
    found = {_single(one) for one in re.findall(r"[a-z]+", text.lower())}
    return frozenset(found - FILLERS)


def distance(one: str, other: str, most: int) -> int:
    """How many letters were mistyped, left out, added or swapped; above `most`, about how many."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row, older = row, [i], before
        before = last
        for j, its in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == its:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def mistyped(one: str, other: str) -> bool:
    """Whether one plain name can be the other with few letters wrong."""
    if one == other or len(other) < 3 or one[:1] != other[:1]:
        return False
    most = 1 if len(other) <= 5 else 2 if len(other) <= 10 else 3
    return distance(one, other, most) <= most


class Lexicon:
    """All fields of one contract, by operation; and of several, by how they are called."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._fields: dict[tuple[str, str], tuple[Field, ...]] = {}
        self._by_name: dict[str, list[Field]] = {}
        for contract in contracts:
            for operation in contract.operations:
                found = tuple(_fields(contract, operation))
                self._fields[contract.name, operation.id] = found
                for one in found:
                    self._by_name.setdefault(one.name, []).append(one)

    def of(self, operation: Operation) -> tuple[Field, ...]:
        """The fields of an operation's body and query."""
        return self._fields.get((operation.provider, operation.id), ())

    def beside(self, field: Field) -> tuple[Field, ...]:
        """All fields of the operation that a field is of."""
        return self._fields.get((field.provider, field.operation), ())

    def called(self, name: str) -> Sequence[Field]:
        """Every field of exactly that name."""
        return self._by_name.get(name, ())

    def meaning(self, name: str) -> Iterator[Field]:
        """Every field whose name is of the same stem."""
        for other, fields in self._by_name.items():
            if stem(other) == stem(name):
                yield from fields


@lru_cache
def everybody() -> tuple[Contract, ...]:
    """The contracts of all providers, with nothing set."""
    contracts = (documents.load(name) for name in files.names())
    return tuple(one for one in contracts if not one.own)


@lru_cache
def all_fields() -> Lexicon:
    """The fields of all providers."""
    return Lexicon(everybody())


@lru_cache(maxsize=32)
def fields_of(contract: Contract) -> Lexicon:
    """The fields of one contract, as its settings have made it."""
    return Lexicon([contract])


def schema_at(document: Json, schema: str, steps: Sequence[str]) -> str | None:
    """Where the schema of a value inside of another is; None where the spec has none by itself."""
    node, where = at.resolve(document, at.follow(document, schema), schema)
    if not steps:
        return where
    if not isinstance(node, dict):
        return None
    first, rest = steps[0], steps[1:]
    if first in node.get("properties", {}):
        return schema_at(document, at.write([*at.split(where), "properties", first]), rest)
    if first.isdigit() and "items" in node:
        return schema_at(document, f"{where}/items", rest)
    for index in range(len(node.get("allOf", ()))):
        if found := schema_at(document, f"{where}/allOf/{index}", steps):
            return found
    return None


def _fields(contract: Contract, operation: Operation) -> Iterator[Field]:
    pushes = {one.target: one.media for one in operation.pushes}
    make = _Maker(contract, operation, pushes)
    for parameter in operation.parameters:
        if parameter.place == "query":
            yield make.field("query", (parameter.name,), parameter.schema, parameter.required)
    schema = operation.bodies.get("application/json") or next(iter(operation.bodies.values()), "")
    if schema:
        yield from make.below((), schema, 0)


class _Maker:
    """Walks through the schema of one operation's body."""

    def __init__(self, contract: Contract, operation: Operation, pushes: Mapping[str, str]) -> None:
        self._contract = contract
        self._operation = operation
        self._pushes = pushes

    def field(
        self, place: str, path: tuple[str, ...], schema: str, required: bool, row: Json = None
    ) -> Field:
        document = self._contract.document
        full: Json = {}
        if schema:
            full, _ = at.resolve(document, at.follow(document, schema), schema)
        rows = [one for one in (row, full) if isinstance(one, dict)]
        description = next((one["description"] for one in rows if "description" in one), "")
        return Field(
            provider=self._contract.name,
            title=self._contract.title,
            operation=self._operation.id,
            place=place,
            path=path,
            schema=schema,
            required=required,
            deprecated=self._operation.deprecated or any(one.get("deprecated") for one in rows),
            push=self._pushes.get(at.write(path), "") if place == "body" else "",
            words=words(*path),
            told=told(description),
            description=" ".join(description.split()),
            values=tuple(next((one["enum"] for one in rows if "enum" in one), ())),
        )

    def below(self, path: tuple[str, ...], schema: str, depth: int) -> Iterator[Field]:
        """The fields of an object schema and of the objects in it."""
        node, where = at.resolve(
            self._contract.document, at.follow(self._contract.document, schema), schema
        )
        if not isinstance(node, dict) or depth > DEEPEST:
            return
        for index in range(len(node.get("allOf", ()))):
            yield from self.below(path, f"{where}/allOf/{index}", depth + 1)
        for name, row in node.get("properties", {}).items():
            inner = at.write([*at.split(where), "properties", name])
            required = name in node.get("required", ())
            yield self.field("body", (*path, name), inner, required, row)
            yield from self.below((*path, name), inner, depth + 1)


def _parts(name: str) -> list[str]:
    return [_single(one.lower()) for one in WORD.findall(name[:LONGEST_NAME])]


def _single(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
