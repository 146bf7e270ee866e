"""Known deviations of a target, each with its reason and the day until which it is put up with."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.model import LEVELS, CannotRun, Finding
from conformance.registry import chosen

if TYPE_CHECKING:
    from conformance.model import Case, Json, Result

FIELDS = {"case", "reason", "until"}


@dataclass(frozen=True, slots=True)
class Deviation:
    """Cases that are known to fail, by a glob over their ids."""

    case: str
    reason: str
    until: date

    def names(self, result: Result) -> bool:
        return fnmatchcase(result.case.id, self.case)


def load(path: Path, cases: Sequence[Case]) -> tuple[Deviation, ...]:
    """Read a profile. CannotRun for one that is not well-formed, or names no case."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotRun(f"the profile {path} cannot be read: {error}") from None
    if unknown := set(told) - {"deviation"}:
        raise CannotRun(f"{path}: {min(unknown)!r} is unknown; there are [[deviation]] tables")
    found = tuple(_deviation(path, row) for row in told.get("deviation", ()))
    for one in found:
        try:
            chosen(cases, [one.case], LEVELS)
        except LookupError as error:
            raise CannotRun(f"{path}: {error.args[0]}") from None
    return found


def _deviation(path: Path, row: Json) -> Deviation:
    if not isinstance(row, dict) or set(row) != FIELDS:
        raise CannotRun(f"{path}: a deviation has case, reason and until, and no more: {row}")
    until = row["until"]
    if not isinstance(until, date) or isinstance(until, datetime):
        raise CannotRun(f"{path}: until is a date such as 2027-01-31, not {until!r}")
    if not str(row["reason"]).strip():
        raise CannotRun(f"{path}: {row['case']} has no reason")
    return Deviation(str(row["case"]), str(row["reason"]).strip(), until)


def judged(
    results: Sequence[Result], profile: Sequence[Deviation], today: date
) -> tuple[Result, ...]:
    """Results in the light of a profile: what fails as expected does not count, unless that has
    expired; what was expected to fail and passes does."""
    idle = [
        one
        for one in profile
        if (met := [each.verdict for each in results if one.names(each)])
        and "pass" in met
        and "fail" not in met
    ]
    return tuple(_judged(one, profile, idle, today) for one in results)


def _judged(
    result: Result, profile: Sequence[Deviation], idle: Sequence[Deviation], today: date
) -> Result:
    for one in profile:
        if not one.names(result):
            continue
        if result.verdict == "fail" and today <= one.until:
            return replace(result, known=f"{one.reason} (until {one.until})")
        if result.verdict == "fail":
            return replace(result, why=f"the profile put up with it until {one.until}")
        if result.verdict == "pass" and one in idle:
            expected = f"a failure, as the profile says: {one.reason}"
            finding = Finding(
                expected, f"it passes: take {one.case} out of the profile", (), "must"
            )
            return replace(result, verdict="fail", findings=(finding,))
    return result
