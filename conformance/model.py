"""What is judged and how it turned out, as values. Knows no network and no provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.target import Target

Json: TypeAlias = Any

Level: TypeAlias = Literal["must", "should", "note"]
LEVELS: tuple[Level, ...] = ("must", "should", "note")
LEVEL_OF: Mapping[str, Level] = {"documented": "must", "observed": "should", "inferred": "note"}
"""What the kind of evidence makes of a requirement."""

Cost: TypeAlias = Literal["free-read", "free-reject", "paid"]
COSTS: tuple[Cost, ...] = ("free-read", "free-reject", "paid")
"""In the order in which cases run: reads, then what must be refused before billing, then jobs."""

Verdict: TypeAlias = Literal[
    "pass", "fail", "not-applicable", "disabled", "blocked", "engine-error"
]
VERDICTS: tuple[Verdict, ...] = (
    "pass",
    "fail",
    "not-applicable",
    "disabled",
    "blocked",
    "engine-error",
)


class Blocked(Exception):
    """A case could not be decided, because something it builds on did not happen."""


class NeverEnded(Blocked):
    """A job did not end in the time that the run has for it."""


class Disabled(Exception):
    """A case was not tried: what it needs was not given. The text says what that is."""


class NotApplicable(Exception):
    """A case has nothing to ask of this target: nothing is promised there."""


class CannotRun(Exception):
    """Nothing can be judged. The text says why in a sentence, and what to do."""


class NoAnswer(CannotRun):
    """A request was not answered. In a case that is a finding, before the first it is the end."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who says so: `documented`, `observed` or `inferred`, where, and when."""

    kind: str
    where: str
    date: str

    @property
    def level(self) -> Level:
        return LEVEL_OF[self.kind]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One sentence that an endpoint of a provider has to keep, and the cases that look.

    `facts` are JSON pointers into the provider's spec for which the sentence stands. What nobody
    can look at from outside has no cases: `unseen` says why.
    """

    id: str
    says: str
    evidence: Evidence
    cases: tuple[str, ...]
    facts: tuple[str, ...] = ()
    dossier: str = ""
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between what was expected and what happened.

    `level` is set where it differs from that of the case; without `exchanges` the last one of the
    case stands for it.
    """

    expected: str
    actual: str
    exchanges: tuple[Exchange, ...] = ()
    level: Level | None = None


Run: TypeAlias = "Callable[[Target], AsyncIterator[Finding]]"


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it applies to one provider.

    `own` is how many jobs it makes for itself, besides the one of its `mode` that all cases share;
    `usd` is what one of them costs where that is more than usual. What `leaps` lets days pass;
    nothing runs beside what is to be `alone`.
    """

    id: str
    says: str
    cost: Cost
    run: Run
    provider: str
    requirements: tuple[Requirement, ...]
    mode: str = ""
    own: int = 0
    usd: float = 0.0
    leaps: bool = False
    alone: bool = False

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]

    @property
    def level(self) -> Level:
        """The level of the strongest of its requirements."""
        return min((one.evidence.level for one in self.requirements), key=LEVELS.index)


@dataclass(frozen=True, slots=True)
class Result:
    """How a case turned out. `why` says in a sentence why it was not decided; `known` why a failure
    was expected: a profile or a baseline has it."""

    case: Case
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    why: str = ""
    seconds: float = 0.0
    exchanges: tuple[Exchange, ...] = ()
    known: str = ""

    @property
    def counts(self) -> bool:
        """Whether it stands against the endpoint: what is inferred is only reported."""
        if self.verdict != "fail" or self.known:
            return False
        return any((one.level or self.case.level) != "note" for one in self.findings)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Before the first case. `about` describes the target, without secrets; `at` is when, in
    seconds since 1970."""

    provider: str
    about: str
    cases: tuple[Case, ...]
    seed: int
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class CaseStarted:
    case: Case


@dataclass(frozen=True, slots=True)
class CaseEnded:
    result: Result


@dataclass(frozen=True, slots=True)
class RunEnded:
    """After the last case. `ledger` is what was spent, by job; `stopped` says why it was the last
    before its time."""

    results: tuple[Result, ...]
    seconds: float
    ledger: tuple[Json, ...] = field(default=())
    stopped: str = ""


Event: TypeAlias = RunStarted | CaseStarted | CaseEnded | RunEnded
