"""What a run spends, and the budget it must not pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.model import Disabled, Json

if TYPE_CHECKING:
    from conformance.dialects.base import Mode


@dataclass(slots=True)
class Spent:
    """One job in the ledger."""

    mode: str
    usd: float
    at: float
    job: str = ""
    planned: bool = True

    def show(self) -> Json:
        return {
            "mode": self.mode,
            "job": self.job,
            "usd": self.usd,
            "at": round(self.at, 3),
            "planned": self.planned,
        }


@dataclass(slots=True)
class Purse:
    """Books each job before it is started. `budget` is in US dollars; None: there is no limit,
    because nothing costs anything."""

    budget: float | None
    now: Callable[[], float]
    ledger: list[Spent] = field(default_factory=list)

    @property
    def spent(self) -> float:
        return sum(one.usd for one in self.ledger)

    def spend(self, mode: Mode, body: Json = None) -> Spent:
        """Book a job. Disabled when it would pass the budget."""
        usd = mode.costs(body)
        if self.budget is not None and self.spent + usd > self.budget + 1e-9:
            raise Disabled(
                f"a job of {mode.name} costs about {usd:.2f} usd, and "
                f"{self.budget - self.spent:.2f} of the budget are left"
            )
        entry = Spent(mode.name, usd, self.now())
        self.ledger.append(entry)
        return entry

    def risk(self, mode: Mode, body: Json = None) -> Spent:
        """Book a create that should be refused, as it costs a job when it is accepted all the
        same. Disabled when that would pass the budget."""
        entry = self.spend(mode, body)
        entry.planned = False
        return entry

    def booked(self, entry: Spent, job: str) -> None:
        """Note which job it became. One that was not accepted costs nothing, and is no entry when
        it was not planned."""
        entry.job = job
        if not job:
            entry.usd = 0.0
            if not entry.planned:
                self.ledger[:] = [one for one in self.ledger if one is not entry]
