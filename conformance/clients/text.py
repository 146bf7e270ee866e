"""What came of a client, for people: a line for each case, and each finding once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from conformance.clients.asked import counting
from conformance.model import LEVELS, Level

if TYPE_CHECKING:
    from conformance.clients.run import Judged

MARKS = {"pass": "ok", "not-applicable": "–"}
LONGEST = 3  # cases that are named for one rule
TAIL = 6  # lines of what a command said


def line(one: Judged) -> str:
    """A case in one line."""
    word = one.result["result"]
    rules = ", ".join(dict.fromkeys(found["rule"] for found in one.findings))
    mark = MARKS.get(word, word.upper())
    took = f"{one.result['seconds']:5.1f} s"
    return f"{mark:<7}{one.case:<34} {_end(one):<10}{took}  {rules}".rstrip()


def lines(results: Sequence[Judged], level: Level) -> Iterator[str]:
    """The whole: every rule that was broken, with one example, and the count."""
    found: dict[str, list[tuple[Judged, Any]]] = {}
    for one in sorted(results, key=lambda each: each.case):
        for finding in one.findings:
            found.setdefault(finding["rule"], []).append((one, finding))
    order = sorted(found.values(), key=lambda rows: LEVELS.index(_worst(rows)))
    for rows in order:
        yield from ("", *_rule(rows))
    yield ""
    yield _count(results, level)


def failing(one: Judged, level: Level) -> bool:
    """Whether a case found something of a level or above it."""
    return any(found["level"].lower() in counting(level) for found in one.findings)


def silent(results: Sequence[Judged]) -> bool:
    """Whether no command made a single call."""
    return bool(results) and not any(one.result["verdict"]["calls"] for one in results)


def _rule(rows: list[tuple[Judged, Any]]) -> Iterator[str]:
    judged, finding = rows[0]
    cases = [one.case for one, _ in rows]
    more = f" and {len(cases) - LONGEST} more" if len(cases) > LONGEST else ""
    yield f"{_worst(rows).upper()}  {finding['rule']}: {finding['sentence']}"
    yield f"    in {', '.join(dict.fromkeys(cases[:LONGEST]))}{more}"
    yield f"    {finding['say']}"
    for call in finding["calls"]:
        yield f"      {call['at']:>8.2f} s  #{call['number']:<4} {call['call']}"
    if finding["more_calls"]:
        yield f"      … and {finding['more_calls']} more"
    yield f"    to do: {finding['advice']}"
    yield f"    seen: {finding['evidence']}"
    for words in judged.ended.said.strip().splitlines()[-TAIL:]:
        yield f"    it said: {words[:160]}"


def _worst(rows: list[tuple[Judged, Any]]) -> Level:
    levels: list[Level] = [finding["level"].lower() for _, finding in rows]
    return min(levels, key=LEVELS.index)


def _count(results: Sequence[Judged], level: Level) -> str:
    words = [one.result["result"] for one in results]
    told = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(sorted(words)))
    failed = sum(failing(one, level) for one in results)
    left = sum(one.ended.left for one in results)
    end = f"; {left} processes it left behind were ended" if left else ""
    verdict = f"{failed} have findings of level {level} or above" if failed else "It passes"
    return f"{len(results)} cases: {told}. {verdict}{end}"


def _end(one: Judged) -> str:
    if one.ended.late:
        return "stopped"
    if one.ended.status < 0:
        return f"signal {-one.ended.status}"
    return f"exit {one.ended.status}"
