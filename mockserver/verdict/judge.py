"""From what was observed to the verdict: every rule is asked, each finding told with its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from mockserver.contract.model import Contract
from mockserver.journal.entry import Entry
from mockserver.verdict.catalogue import evidence
from mockserver.verdict.model import SHOWN, Finding, Found, Level, Moment, Rule, Verdict
from mockserver.verdict.observed import Observed
from mockserver.verdict.rules import auth, download, finish, poll, submit, webhook
from mockserver.verdict.seen import Seen

CHAPTERS = (submit, poll, finish, download, auth, webhook)
LONGEST = 140


def rules(contracts: Mapping[str, Contract]) -> list[Rule]:
    """Every rule, in the order of its chapter; those made from contracts at the end."""
    return [*_common(), *(one for contract in contracts.values() for one in _own(contract))]


def judge(observed: Observed) -> Verdict:
    """What is to be said about a client, the worst first."""
    seen = Seen(observed)
    book = rules(observed.contracts)
    findings = [one for rule in book if not rule.last for one in _found(rule, seen)]
    if not any(one.level > Level.NOTE for one in findings):
        findings += [one for rule in book if rule.last for one in _found(rule, seen)]
    findings.sort(key=lambda one: -one.level)
    return Verdict(tuple(findings), len(seen.calls), len(book))


@lru_cache
def _common() -> Sequence[Rule]:
    """The rules that know no provider, each with who has seen it broken."""
    who = evidence()
    found = [one for chapter in CHAPTERS for one in chapter.CHAPTER]
    return tuple(one._replace(evidence=who[one.id]) for one in found)


@lru_cache(maxsize=64)
def _own(contract: Contract) -> Sequence[Rule]:
    return tuple(auth.of(contract))


def _found(rule: Rule, seen: Seen) -> Iterator[Finding]:
    for one in rule.find(seen):
        yield _finding(rule, one, seen)


def _finding(rule: Rule, found: Found, seen: Seen) -> Finding:
    calls = list(dict.fromkeys(one.number for one in found.calls))
    entries = {one.number: one for one in found.calls}
    kept = [*calls[: SHOWN // 2], *calls[-SHOWN // 2 :]] if len(calls) > SHOWN else calls
    return Finding(
        rule=rule,
        level=rule.level if found.level is None else found.level,
        provider=next((one.provider for one in found.calls), ""),
        say=found.say,
        moments=tuple(_moment(entries[number], seen) for number in kept),
        more=len(calls) - len(kept),
    )


def _moment(entry: Entry, seen: Seen) -> Moment:
    path = entry.target.partition(f"/{entry.provider}/")[2]
    target = f"/{path}" if path else entry.target
    told = f"{entry.method} {target[:LONGEST]} → {entry.status or 'no answer'}"
    if entry.problem:
        told += f" {entry.problem}"
    if entry.pause:
        told += f", Retry-After {entry.pause:g}"
    if entry.fault:
        told += f", {entry.fault}"
    return Moment(entry.number, seen.at(entry.at), told)
