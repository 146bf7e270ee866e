"""Cases that are rows of data: one change of a valid create, and whether it must be refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.model import Finding, Json, Level, Run

if TYPE_CHECKING:
    from conformance.target import Target


@dataclass(frozen=True, slots=True)
class Row:
    """A create with some fields changed. `set` gives values by JSON pointer, `null` makes fields
    null, `long` makes them texts of so many characters, `drop` takes them out. A refusal has one
    of these `status`es (those that count: in the body at some) and, where given, one of these
    `codes` and these words in its message. `answers` is the level of that."""

    id: str
    says: str
    mode: str
    accept: bool
    set: Mapping[str, Json]
    null: Sequence[str]
    long: Mapping[str, int]
    drop: Sequence[str]
    status: Sequence[int]
    codes: Sequence[str]
    words: str
    answers: Level | None

    def change(self) -> dict[str, Json]:
        """The change, as `Target.create` takes it."""
        from conformance.target import REMOVED

        return {
            **self.set,
            **dict.fromkeys(self.null),
            **{pointer: "x" * count for pointer, count in self.long.items()},
            **dict.fromkeys(self.drop, REMOVED),
        }


def rows_of(requirement: Mapping[str, Json]) -> Iterator[Row]:
    """The rows of a requirement as it is written. What they leave out is the requirement's."""
    for kind in ("reject", "accept"):
        for row in requirement.get(f"{kind}s", ()):
            told = {**requirement, **row}
            yield Row(
                f"{kind}.{told['mode']}.{row['name']}",
                requirement["says"],
                told["mode"],
                kind == "accept",
                told.get("set", {}),
                tuple(told.get("null", ())),
                told.get("long", {}),
                tuple(told.get("drop", ())),
                tuple(told.get("status", ())),
                tuple(told.get("codes", ())),
                str(told.get("words", "")),
                told.get("answers"),
            )


def reject_row(row: Row) -> Run:
    """A case: the create is refused, in the provider's way, and no job is made."""

    async def run(target: Target) -> AsyncIterator[Finding]:
        exchange = await target.create(target.dialect.MODES[row.mode], row.change())
        problem = target.dialect.problem(exchange.answer)
        if problem is None:
            yield Finding(f"a refusal: {row.says}", f"accepted: {exchange.told()}")
            return
        if row.status and problem.status not in row.status:
            wanted = " or ".join(map(str, row.status))
            yield Finding(
                f"status {wanted}", f"{problem.status}: {problem.message}", level=row.answers
            )
        if row.codes and problem.code not in row.codes:
            wanted = " or ".join(row.codes)
            yield Finding(f"code {wanted}", problem.code or "no code", level=row.answers)
        if row.words and row.words not in problem.message:
            yield Finding(f"a message with {row.words!r}", problem.message, level=row.answers)

    return run


def accept_row(row: Row) -> Run:
    """A case: the create is accepted."""

    async def run(target: Target) -> AsyncIterator[Finding]:
        mode = target.dialect.MODES[row.mode]
        exchange = await target.submit(mode, row.change())
        if problem := target.dialect.problem(exchange.answer):
            yield Finding(
                f"accepted: {row.says}", f"refused with {problem.status}: {problem.message}"
            )

    return run
