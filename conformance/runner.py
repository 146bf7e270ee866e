"""Runs cases against a target and yields what happens. Knows no report."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from itertools import groupby
from typing import TYPE_CHECKING

from conformance.connection import scope
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
    NoAnswer,
    NotApplicable,
    Result,
    RunEnded,
    RunStarted,
    Verdict,
)
from conformance.target import log

if TYPE_CHECKING:
    from conformance.dialects.base import Dialect
    from conformance.exchange import Exchange
    from conformance.target import Target

ANSWER = "an answer"


async def run(
    target: Target, cases: Sequence[Case], seed: int = 0, workers: int = 1
) -> AsyncGenerator[Event]:
    """Judge a target, with so many cases at a time. What is free comes first, and what must be
    refused before what is paid. Events come in that order, whichever case ends first."""
    began = time.monotonic()
    ordered = in_order(target.dialect, cases)
    provider = target.dialect.NAME
    yield RunStarted(provider, target.connection.about, tuple(ordered), seed, time.time())
    results: list[Result] = []
    stopped = ""
    for group in together(target.dialect, ordered):
        async with aclosing(_side_by_side(target, group, workers)) as events:
            async for event in events:
                if isinstance(event, CaseEnded):
                    results.append(event.result)
                    stopped = await _gone(target, event.result)
                yield event
                if stopped:
                    break
        if stopped:
            break
    ledger = tuple(one.show() for one in target.purse.ledger)
    yield RunEnded(tuple(results), time.monotonic() - began, ledger, stopped)


def in_order(dialect: Dialect, cases: Iterable[Case]) -> list[Case]:
    """Free reads, what must be refused, what looks at a job that all share, what makes its own;
    at last what lets days pass, after which nothing is as it was."""
    return sorted(cases, key=lambda one: _place(dialect, one))


def together(dialect: Dialect, ordered: Sequence[Case]) -> list[list[Case]]:
    """Cases in groups that may run side by side."""

    def group(one: Case) -> object:
        return (*_place(dialect, one), one.id if one.alone else "")

    return [list(found) for _, found in groupby(ordered, key=group)]


def _place(dialect: Dialect, case: Case) -> tuple[bool, int, bool, bool]:
    """Where in a run a case comes. What has to be refused may build on a job, which costs money."""
    mode = dialect.MODES.get(case.mode) or next(iter(dialect.MODES.values()))
    builds = case.cost == "free-reject" and bool(mode.builds_on)
    return case.leaps, COSTS.index(case.cost), builds, case.own > 0


async def _side_by_side(
    target: Target, cases: Sequence[Case], workers: int
) -> AsyncGenerator[CaseStarted | CaseEnded]:
    """Run cases, so many at a time, and tell of them in order."""
    turn = asyncio.Semaphore(workers)

    async def one(case: Case) -> Result:
        async with turn:
            return await judged(target, case)

    tasks = [(case, asyncio.create_task(one(case))) for case in cases]
    try:
        for case, task in tasks:
            yield CaseStarted(case)
            yield CaseEnded(await task)
    finally:
        for _, task in tasks:
            task.cancel()
        await asyncio.gather(*(task for _, task in tasks), return_exceptions=True)


async def judged(target: Target, case: Case) -> Result:
    """How a case turns out. A failure of the judge itself is an engine error."""
    began = time.monotonic()
    exchanges: list[Exchange] = []
    scope.set(case.id)
    if case.leaps:
        target = target.apart(case.id)
    token = log.set(exchanges)
    findings: list[Finding] = []
    verdict: Verdict = "pass"
    why = ""
    try:
        target.connection.door.beat()
        async for one in case.run(target):
            findings.append(_backed(one, exchanges))
    except Blocked as blocked:
        verdict, why = "blocked", target.secrets.text(str(blocked))
    except Disabled as disabled:
        verdict, why = "disabled", str(disabled)
    except NotApplicable as error:
        verdict, why = "not-applicable", str(error)
    except NoAnswer as error:
        findings.append(Finding(ANSWER, target.secrets.text(str(error))))
    except CannotRun:
        raise
    except Exception as error:  # the one catch-all: a fault of the judge's own, told as such
        told = "".join(traceback.format_exception(error)[-3:])
        verdict, why = "engine-error", target.secrets.text(told)
    finally:
        log.reset(token)
    if findings and verdict != "engine-error":
        verdict = "fail"
    return Result(case, verdict, tuple(findings), why, time.monotonic() - began, tuple(exchanges))


async def _gone(target: Target, result: Result) -> str:
    """Why the run has to end here: the target does not answer at all any more. Else empty."""
    if not any(one.expected == ANSWER for one in result.findings):
        return ""
    scope.set(f"after {result.case.id}")
    try:
        await target.call(target.dialect.ping(), hurried=True)
    except NoAnswer as error:
        return target.secrets.text(f"the target stopped answering at {result.case.id}: {error}")
    return ""


def _backed(finding: Finding, exchanges: Sequence[Exchange]) -> Finding:
    """A finding with the exchange it rests on."""
    if finding.exchanges or not exchanges:
        return finding
    return Finding(finding.expected, finding.actual, (exchanges[-1],), finding.level)
