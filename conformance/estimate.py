"""What a run would cost, before it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.registry import rows_by_id
from conformance.target import changed

if TYPE_CHECKING:
    from conformance.dialects.base import Dialect, Mode
    from conformance.model import Case, Json


@dataclass(frozen=True, slots=True)
class Line:
    """Jobs of a mode: the one that cases share (`of` is then empty), or those a case makes."""

    mode: str
    jobs: int
    usd: float
    of: str = ""

    @property
    def sum(self) -> float:
        return self.jobs * self.usd

    def show(self) -> Json:
        return {"mode": self.mode, "jobs": self.jobs, "usd": self.usd, "case": self.of}


def estimate(dialect: Dialect, cases: Sequence[Case]) -> tuple[Line, ...]:
    """The most that cases will spend, by shared job and by case."""
    shared: dict[str, Mode] = {}
    for case in cases:
        for mode in _shared(dialect, case):
            shared.setdefault(mode.name, mode)
    own = [(mode_of(dialect, one), one) for one in cases if one.own]
    return (
        *(Line(name, 1, mode.usd) for name, mode in shared.items()),
        *(Line(mode.name, case.own, price(dialect, case), case.id) for mode, case in own),
    )


def _shared(dialect: Dialect, case: Case) -> Iterator[Mode]:
    """The shared jobs that a case looks at or builds on. What must be refused builds on one too."""
    if case.cost == "free-read":
        return
    mode = mode_of(dialect, case)
    if case.cost == "paid" and not case.id.startswith("accept."):
        yield mode
    while mode.builds_on:
        mode = dialect.MODES[mode.builds_on]
        yield mode


def price(dialect: Dialect, case: Case) -> float:
    """What a job of a case's own costs: a row may ask for a dearer one than is usual."""
    mode = mode_of(dialect, case)
    row = rows_by_id(dialect.NAME).get(case.id)
    return mode.costs(changed(dict(mode.asks), row.change())) if row else max(mode.usd, case.usd)


def mode_of(dialect: Dialect, case: Case) -> Mode:
    """What kind of job a case is about."""
    return dialect.MODES.get(case.mode) or next(iter(dialect.MODES.values()))
