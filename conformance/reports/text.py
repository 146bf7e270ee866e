"""A run for people: progress while it goes, and what was found at the end."""

from __future__ import annotations

from collections import Counter
from typing import TextIO

from conformance.model import VERDICTS, CaseEnded, CaseStarted, Event, Result, RunEnded, RunStarted

WIDTH = 100
LEVEL = {"must": "MUST", "should": "SHOULD", "note": "NOTE"}


class Text:
    """Writes to a stream; on a terminal one line moves on, elsewhere there is one dot a case."""

    def __init__(self, out: TextIO, *, again: str) -> None:
        self._out = out
        self._again = again
        self._count = 0
        self._done = 0
        self._live = out.isatty()

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted(provider, about, cases, _):
                self._count = len(cases)
                self._say(f"{provider}: {len(cases)} cases against {about}\n")
            case CaseStarted(case):
                if self._live:
                    self._say(f"\r\x1b[K[{self._done}/{self._count}] {case.id}")
            case CaseEnded(result):
                self._done += 1
                if not self._live:
                    self._say(_sign(result) + ("\n" if self._done % WIDTH == 0 else ""))
            case RunEnded():
                self._say("\r\x1b[K" if self._live else "\n")
                self._end(event)

    def _end(self, ended: RunEnded) -> None:
        for result in ended.results:
            if result.verdict in ("fail", "engine-error"):
                self._say(told(result, self._again))
        undecided: dict[str, list[str]] = {}
        for result in ended.results:
            if result.verdict in ("blocked", "disabled"):
                undecided.setdefault(f"{result.verdict}: {result.why}", []).append(result.case.id)
        for why, ids in undecided.items():
            more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
            self._say(f"{why}\n    {', '.join(ids[:3])}{more}\n")
        counts = Counter(one.verdict for one in ended.results)
        summary = ", ".join(f"{counts[one]} {one}" for one in VERDICTS if counts[one])
        noted = sum(one.verdict == "fail" and not one.counts for one in ended.results)
        hint = f" ({noted} of the failed are inferred and only reported)" if noted else ""
        self._say(f"{summary}{hint} in {ended.seconds:.1f} s\n")
        if spent := sum(one["usd"] for one in ended.ledger):
            self._say(f"{len(ended.ledger)} jobs, about {spent:.2f} usd at the provider's prices\n")

    def _say(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


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
    lines.append(f"    again: {again} --case {case.id}")
    return "\n".join(lines) + "\n\n"


def _sign(result: Result) -> str:
    return {"pass": ".", "fail": "F", "engine-error": "E"}.get(result.verdict, "-")
