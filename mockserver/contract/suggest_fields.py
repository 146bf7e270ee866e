"""What a field that nobody knows here was probably meant to be.

Found by comparing names and descriptions in the specs; where two fields are as likely as each
other, or the value would not fit, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mockserver.contract import lexicon
from mockserver.contract.lexicon import Field, Lexicon
from mockserver.contract.message import Suggestion
from mockserver.contract.model import Contract, Json, Operation
from mockserver.contract.suggest_values import Fitting

MOST_UNKNOWN = 30
MOST_LIKELY = 3
SHOWN = 60


class Unknown(NamedTuple):
    """A field that was sent and is not declared: where, and what it holds."""

    place: str
    path: tuple[str, ...]
    value: Json

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def about(self) -> str:
        """As explanations write it."""
        return f"{self.place}/{'/'.join(self.path)}"[: SHOWN * 2]


class Guess(NamedTuple):
    """A field that may have been meant, and how to say so with `{field}` and `{meant}`."""

    meant: Sequence[Field]
    say: str


def unknown(fields: Sequence[Field], query: Mapping[str, str], body: Json) -> list[Unknown]:
    """The fields of a call that are not among those, outermost first."""
    declared = {one.path for one in fields if one.place == "query"}
    found = [
        Unknown("query", (name,), value) for name, value in query.items() if (name,) not in declared
    ]
    known = {one.path for one in fields if one.place == "body"}
    layer: list[tuple[tuple[str, ...], Json]] = [((), body)] if known else []
    while layer and len(found) < MOST_UNKNOWN:
        inner: list[tuple[tuple[str, ...], Json]] = []
        for path, value in layer:
            if not isinstance(value, dict):
                continue
            described = any(len(one) == len(path) + 1 and one[:-1] == path for one in known)
            for name, below in value.items() if described else ():
                if (*path, name) in known:
                    inner.append(((*path, name), below))
                else:
                    found.append(Unknown("body", (*path, name), below))
        layer = inner
    return found[:MOST_UNKNOWN]


class Fields:
    """Guesses for the unknown fields of one call."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        own: Lexicon,
        fitting: Fitting,
        *,
        query: Mapping[str, str],
        body: Json,
    ) -> None:
        self._contract = contract
        self._operation = operation
        self._fields = own.of(operation)
        self._all = lexicon.all_fields()
        self._fitting = fitting
        self._given: Mapping[str, set[tuple[str, ...]]] = {
            "body": _paths(body),
            "query": {(name,) for name in query},
        }
        self._unknown = unknown(self._fields, query, body)

    def suggestions(self) -> Iterator[Suggestion]:
        """One for each unknown field that is like a known one."""
        for one in self._unknown:
            guess = self._guess(one)
            if guess is not None:
                yield self._suggestion(one, guess)

    def _guess(self, one: Unknown) -> Guess | None:
        free = self._free(one)
        ways = (self._spelt, self._inside, self._misspelt, self._pushed, self._alike, self._only)
        return next((guess for look in ways if (guess := look(one, free))), None)

    def _free(self, one: Unknown) -> list[Field]:
        """The fields that were not given, those still recommended before all others."""
        free = [
            field
            for field in self._fields
            if field.place == one.place and field.path not in self._given[one.place]
        ]
        current = [field for field in free if not field.deprecated]
        spelt = {lexicon.plain(field.name) for field in current}
        return current + [field for field in free if lexicon.plain(field.name) not in spelt]

    def _spelt(self, one: Unknown, free: Sequence[Field]) -> Guess | None:
        """The same name beside it, written otherwise; or where the other place has it."""
        for field in _beside(one, free):
            if lexicon.plain(field.name) == lexicon.plain(one.name):
                return Guess([field], "is spelt {meant} here")
        for field in self._fields:
            elsewhere = field.place != one.place and field.path == one.path
            if elsewhere and one.path not in self._given[field.place]:
                return Guess([field], f"belongs into the {field.place}")
        return None

    def _inside(self, one: Unknown, free: Sequence[Field]) -> Guess | None:
        """The same name, or both names in one, further in or out."""
        found = [
            field
            for field in free
            if len(field.path) != len(one.path)
            and (
                lexicon.plain(field.name) == lexicon.plain(one.name)
                or lexicon.plain("".join(field.path)) == lexicon.plain("".join(one.path))
            )
            and self._fits(one, field)
        ]
        return Guess(found, "belongs at {meant}") if len(found) == 1 else None

    def _misspelt(self, one: Unknown, free: Sequence[Field]) -> Guess | None:
        """A name with a few letters wrong; of one that means something elsewhere, if it fits."""
        name = lexicon.plain(one.name)
        close = [
            field
            for field in _beside(one, free)
            if lexicon.mistyped(name, lexicon.plain(field.name))
            and (
                not self._all.called(one.name)
                or (lexicon.words(one.name) & lexicon.words(field.name) and self._fits(one, field))
            )
        ]
        ranked = sorted(close, key=lambda f: lexicon.distance(name, lexicon.plain(f.name), 4))
        return Guess(ranked[:1], "looks like {meant}") if ranked else None

    def _pushed(self, one: Unknown, free: Sequence[Field]) -> Guess | None:
        """What another provider calls the address that is told of the end."""
        media = {field.push for field in self._all.meaning(one.name) if field.push}
        found = [field for field in free if field.push and field.push in media]
        return Guess(found, "is called {meant} here") if len(found) == 1 else None

    def _alike(self, one: Unknown, free: Sequence[Field]) -> Guess | None:
        """A name that shares words, and with its description has all of this one's."""
        wanted = lexicon.words(*one.path)
        around = lexicon.words(self._operation.id)
        scored: list[tuple[int, bool, Field]] = []
        for field in free:
            shared = wanted & field.words
            if shared and wanted <= field.words | field.told | around and self._fits(one, field):
                scored.append((len(shared), field.words <= wanted, field))
        best = max((score[:2] for score in scored), default=None)
        found = [field for *score, field in scored if tuple(score) == best]
        found = [field for field in found if not any(_holds(field, other) for other in found)]
        likely = 0 < len(found) <= MOST_LIKELY
        return Guess(found, "may be meant as {meant}") if likely else None

    def _only(self, one: Unknown, free: Sequence[Field]) -> Guess | None:
        """The one field that is missing, where this one is what others need in its stead."""
        missing = [field for field in free if field.required and len(field.path) == 1]
        if len(missing) != 1 or len(one.path) != 1:
            return None
        needed = [other for other in self._unknown if self._needed(other, missing[0])]
        short = lexicon.plain(missing[0].name).endswith(lexicon.plain(one.name) or "-")
        if needed != [one] and not short:
            return None
        return Guess(missing, "may be meant as {meant}, which is missing")

    def _needed(self, one: Unknown, missing: Field) -> bool:
        """Whether others need a field of that meaning, beside none called like the missing one."""
        name = lexicon.plain(missing.name)
        if one.place != "body" or isinstance(one.value, bool | int | float | None):
            return False
        for field in self._all.meaning(one.name):
            if field.required and len(field.path) == 1 and field.place == "body":
                beside = self._all.beside(field)
                if all(lexicon.plain(other.name) != name for other in beside):
                    return True
        return False

    def _fits(self, one: Unknown, field: Field) -> bool:
        return one.place == "query" or self._fitting.fits(one.value, field.schema)

    def _suggestion(self, one: Unknown, guess: Guess) -> Suggestion:
        meant = " or ".join(field.shown for field in guess.meant)
        say = f"{'.'.join(one.path)[:SHOWN]} {guess.say.format(meant=meant)}"
        first = guess.meant[0]
        if first.name != one.name and (others := self._elsewhere(one)):
            calls = "calls" if len(others) == 1 else "call"
            say += f" ({' and '.join(others)} {calls} it {one.name})"
        if "missing" in guess.say and first.description:
            say += f"; {first.name}: {first.description}"
        return Suggestion(one.about, say, f"{self._contract.file}#{first.schema}")

    def _elsewhere(self, one: Unknown) -> list[str]:
        """The other providers that have a field of exactly that name."""
        titles = {
            field.title: None
            for field in self._all.called(one.name)
            if field.title != self._contract.title and len(field.path) == 1
        }
        return list(titles)


def _beside(one: Unknown, fields: Iterable[Field]) -> list[Field]:
    """The fields in the same object."""
    return [field for field in fields if field.path[:-1] == one.path[:-1]]


def _holds(outer: Field, other: Field) -> bool:
    """Whether another field is inside of this one."""
    return len(other.path) > len(outer.path) and other.path[: len(outer.path)] == outer.path


def _paths(body: Json, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every path of names in a body, as deep as fields are known."""
    found: set[tuple[str, ...]] = set()
    if isinstance(body, dict) and len(above) <= lexicon.DEEPEST:
        for name, value in list(body.items())[:200]:
            found.add((*above, name))
            found |= _paths(value, (*above, name))
    return found
