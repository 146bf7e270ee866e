"""A run for people: progress while it goes, and what was found at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from conformance.model import VERDICTS, CaseEnded, CaseStarted, Event, Result, RunStarted

if TYPE_CHECKING:
    from conformance.estimate import Line
    from conformance.reports.account import Account

WIDTH = 100
FEW = 3
LEVEL = {"must": "MUST", "should": "SHOULD", "note": "NOTE"}
SIGNS = {"pass": ".", "fail": "F", "engine-error": "E"}


class Progress:
    """Writes to a stream; on a terminal one line moves on, elsewhere there is one sign a case."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._count = 0
        self._done = 0
        self._live = out.isatty()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted(provider, about, cases):
                self._count = len(cases)
                self._say(f"{provider}: {len(cases)} cases against {about}\n")
            case CaseStarted(case):
                if self._live:
                    self._say(f"\r\x1b[K[{self._done}/{self._count}] {case.id}")
            case CaseEnded(result):
                self._done += 1
                if not self._live:
                    end = "\n" if self._done % WIDTH == 0 else ""
                    self._say(SIGNS.get(result.verdict, "-") + end)

    def end(self) -> None:
        """End the line."""
        self._say("\r\x1b[K" if self._live else "\n")

    def _say(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def text(account: Account) -> str:
    """What was found, what was not decided, what was spent, and what it comes to."""
    return "".join(_parts(account))


def _parts(account: Account) -> Iterator[str]:
    for result in account.results:
        if result.verdict in ("fail", "engine-error") and not result.known:
            yield told(result, account.again(result.case.id))
    yield from _undecided(account.results)
    counts = ", ".join(f"{account.counts[one]} {one}" for one in VERDICTS if account.counts[one])
    reported = sum(
        one.verdict == "fail" and not one.counts and not one.known for one in account.results
    )
    hint = f" ({reported} of the failed are inferred and only reported)" if reported else ""
    yield f"{counts or 'no case'}{hint} in {account.seconds:.1f} s\n"
    if account.ledger:
        yield ledger(account)
    yield f"{account.provider} {account.outcome.says}\n"


def _undecided(results: Sequence[Result]) -> Iterator[str]:
    """Cases by the reason why they do not count."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in results:
        if one.known:
            found[f"known: {one.known}"].append(one.case.id)
        elif one.verdict in ("blocked", "disabled"):
            found[f"{one.verdict}: {one.why}"].append(one.case.id)
    for why, ids in found.items():
        more = f" and {len(ids) - FEW} more" if len(ids) > FEW else ""
        yield f"{why}\n    {', '.join(ids[:FEW])}{more}\n"


def told(result: Result, again: str) -> str:
    """A case that failed, in lines."""
    case = result.case
    lines = [f"{LEVEL[case.level]} {case.id}: {case.says}"]
    lines += [
        f"    {one.says} ({one.evidence.where}, {one.evidence.date})" for one in case.requirements
    ]
    for finding in result.findings:
        lines += [f"    expected: {finding.expected}", f"    actual:   {finding.actual}"]
        lines += [f"    #{one.number} {one.told()}" for one in finding.exchanges]
    if result.why:
        lines += [f"    {line}" for line in result.why.splitlines()]
    lines.append(f"    again: {again}")
    return "\n".join(lines) + "\n\n"


def ledger(account: Account) -> str:
    """What was spent, by kind of job."""
    jobs = Counter((one["mode"], one["usd"], one["planned"]) for one in account.ledger)
    budget = "" if account.budget is None else f" of a budget of {account.budget:.2f}"
    lines = [
        f"ledger: {len(account.ledger)} jobs, about {account.spent:.2f} usd{budget} "
        "at the provider's prices"
    ]
    for (mode, usd, planned), count in sorted(jobs.items()):
        said = " refused" if not usd else "" if planned else " that should have been refused"
        lines.append(f"    {count} x {mode}{said}, {usd:.2f} usd each")
    return "\n".join(lines) + "\n"


def plan(provider: str, about: str, lines: Sequence[Line], budget: float | None) -> str:
    """What a run would cost, for people."""
    said = [f"estimate for {provider} at {about}"]
    for one in lines:
        what = f"own of {one.of}" if one.of else "shared by all cases"
        said.append(f"    {one.jobs} x {one.mode:12} {one.usd:6.2f} usd  {what}")
    total = sum(one.sum for one in lines)
    said.append(f"    at most {total:.2f} usd in {sum(one.jobs for one in lines)} jobs")
    if budget is not None and total > budget:
        said.append(f"    more than the budget of {budget:.2f} usd: what would pass it is left out")
    return "\n".join(said) + "\n"
