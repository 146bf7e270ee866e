"""A run that is over, as a value that every report reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from conformance.model import VERDICTS
from conformance.outcome import Outcome, outcome

if TYPE_CHECKING:
    from conformance.estimate import Line
    from conformance.model import Finding, Json, Requirement, Result


@dataclass(frozen=True, slots=True)
class Account:
    """What was judged, how each case turned out, what was spent. `again` makes the command that
    runs a case alone; `budget` is in US dollars, None where nothing costs anything."""

    provider: str
    about: str
    seed: int
    at: float
    results: Sequence[Result]
    seconds: float
    ledger: Sequence[Json]
    estimate: Sequence[Line]
    budget: float | None
    again: Callable[[str], str]
    stopped: str = ""

    @property
    def outcome(self) -> Outcome:
        return outcome(self.results, self.stopped)

    @property
    def counts(self) -> Counter[str]:
        """How many cases have which verdict."""
        return Counter(one.verdict for one in self.results)

    @property
    def spent(self) -> float:
        return float(sum(one["usd"] for one in self.ledger))

    def show(self) -> Json:
        """As report.schema.json has it."""
        counts = self.counts
        return {
            "format": 1,
            "tool": {"name": "conformance", "version": version("mockserver")},
            "provider": self.provider,
            "target": self.about,
            "seed": self.seed,
            "started": round(self.at, 3),
            "seconds": round(self.seconds, 3),
            "outcome": {"status": self.outcome.status, "says": self.outcome.says},
            "counts": {one: counts[one] for one in VERDICTS},
            "cost": {
                "budget": self.budget,
                "estimate": [one.show() for one in self.estimate],
                "spent": round(self.spent, 6),
                "ledger": list(self.ledger),
            },
            "cases": [self.case(one) for one in self.results],
        }

    def case(self, result: Result) -> Json:
        """One case."""
        case = result.case
        return {
            "id": case.id,
            "chapter": case.chapter,
            "says": case.says,
            "level": case.level,
            "cost": case.cost,
            "verdict": result.verdict,
            "counts": result.counts,
            "known": result.known,
            "why": result.why,
            "requirements": [_requirement(one) for one in case.requirements],
            "findings": [_finding(one, case.level) for one in result.findings],
            "exchanges": [one.number for one in result.exchanges],
            "seconds": round(result.seconds, 3),
            "again": self.again(case.id),
        }


def _requirement(one: Requirement) -> Json:
    source = {"kind": one.evidence.kind, "where": one.evidence.where, "date": one.evidence.date}
    return {
        "id": one.id,
        "says": one.says,
        "level": one.evidence.level,
        "source": source,
        "dossier": one.dossier,
        "facts": list(one.facts),
    }


def _finding(one: Finding, level: str) -> Json:
    return {
        "level": one.level or level,
        "expected": one.expected,
        "actual": one.actual,
        "exchanges": [each.show() for each in one.exchanges],
    }
