"""Runs cases against a target and yields what happens. Knows no report."""

from __future__ import annotations

import time
import traceback
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from conformance.model import (
    COSTS,
    Blocked,
    CannotRun,
    Case,
    CaseEnded,
    CaseStarted,
    Disabled,
    Event,
    Finding,
    Result,
    RunEnded,
    RunStarted,
)
from conformance.target import log

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.target import Target


async def run(target: Target, cases: Sequence[Case], seed: int = 0) -> AsyncIterator[Event]:
    """Judge a target. What is free comes first, and what must be refused before what is paid."""
    began = time.monotonic()
    ordered = sorted(cases, key=lambda one: (COSTS.index(one.cost), one.own > 0))
    provider = target.dialect.NAME
    yield RunStarted(provider, target.connection.about, tuple(ordered), seed)
    results = []
    for one in ordered:
        yield CaseStarted(one)
        result = await judged(target, one)
        results.append(result)
        yield CaseEnded(result)
    ledger = tuple(one.show() for one in target.purse.ledger)
    yield RunEnded(tuple(results), time.monotonic() - began, ledger)


async def judged(target: Target, case: Case) -> Result:
    """How a case turns out. A failure of the judge itself is an engine error."""
    began = time.monotonic()
    exchanges: list[Exchange] = []
    token = log.set(exchanges)
    findings: list[Finding] = []
    why = ""
    try:
        findings = [_backed(one, exchanges) async for one in case.run(target)]
        verdict = "fail" if findings else "pass"
    except Blocked as blocked:
        verdict, why = "blocked", str(blocked)
    except Disabled as disabled:
        verdict, why = "disabled", str(disabled)
    except CannotRun:
        raise
    except Exception as error:  # the one catch-all: a fault of the judge's own, told as such
        told = "".join(traceback.format_exception(error)[-3:])
        verdict, why = "engine-error", target.secrets.text(told)
    finally:
        log.reset(token)
    if findings:
        verdict = "fail"
    return Result(
        case,
        verdict,  # type: ignore[arg-type]
        tuple(findings),
        why,
        time.monotonic() - began,
        tuple(exchanges),
    )


def _backed(finding: Finding, exchanges: Sequence[Exchange]) -> Finding:
    """A finding with the exchange it rests on."""
    if finding.exchanges or not exchanges:
        return finding
    return Finding(finding.expected, finding.actual, (exchanges[-1],), finding.level)
