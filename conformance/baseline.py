"""What an earlier run found: only new findings count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from conformance.model import CannotRun

if TYPE_CHECKING:
    from conformance.model import Result

Known: TypeAlias = "frozenset[tuple[str, str]]"
"""Findings by case and what was expected there. What happened instead may hold an id or a time."""


def load(path: Path, provider: str) -> Known:
    """The findings of a JSON report. CannotRun for what is none, or another provider's."""
    try:
        told = json.loads(path.read_text("utf-8"))
        found = frozenset(
            (case["id"], finding["expected"])
            for case in told["cases"]
            for finding in case["findings"]
        )
        of = told["provider"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CannotRun(
            f"the baseline {path} is no JSON report of a run: {error or type(error).__name__}"
        ) from None
    if of != provider:
        raise CannotRun(f"the baseline {path} is of {of}, not of {provider}")
    return found


def judged(results: Sequence[Result], known: Known) -> tuple[Result, ...]:
    """Results in the light of a baseline."""
    return tuple(_judged(one, known) for one in results)


def _judged(result: Result, known: Known) -> Result:
    if result.verdict != "fail" or result.known:
        return result
    if all((result.case.id, one.expected) in known for one in result.findings):
        return replace(result, known="in the baseline")
    return result
