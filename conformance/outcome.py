"""What a run comes to: whether the endpoint conforms, does not, or could not be judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.model import Result

CONFORMS, FINDINGS, COULD_NOT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """The exit status of a run, and why in a sentence."""

    status: int
    says: str


def outcome(results: Sequence[Result], stopped: str = "") -> Outcome:
    """What results come to. What was not decided is never taken for conforming."""
    counting = sum(one.counts for one in results)
    faults = sum(one.verdict == "engine-error" for one in results)
    blocked = sum(one.verdict == "blocked" for one in results)
    failed = any(one.verdict == "fail" for one in results)
    if stopped:
        return Outcome(COULD_NOT, f"could not run to the end: {stopped}")
    if counting:
        return Outcome(FINDINGS, f"does not conform: {_cases(counting)} failed")
    if faults:
        return Outcome(COULD_NOT, f"could not be judged: {_cases(faults)} met a fault of ours")
    if not failed and not any(one.verdict == "pass" for one in results):
        return Outcome(COULD_NOT, "could not be judged: no case was decided")
    if blocked and not failed:
        return Outcome(COULD_NOT, f"could not be judged: {_cases(blocked)} could not be decided")
    return Outcome(CONFORMS, "conforms")


def _cases(count: int) -> str:
    return f"{count} case" if count == 1 else f"{count} cases"
