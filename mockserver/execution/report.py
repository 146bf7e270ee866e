"""What a run was: calls, violations, what was refused, what it would have cost."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from mockserver.contract.model import Json
from mockserver.execution.child import Ended
from mockserver.journal.entry import Entry
from mockserver.proxy.gate import Gate
from mockserver.testing import verdict
from mockserver.verdict.breaches import breaks

MOST = 12  # lines of one kind
SILENT = (
    "no call reached the simulator: the command made none, or does not heed HTTPS_PROXY and none "
    "of the variables that are set for it; then point its base URL at $MOCKSERVER_URL/PROVIDER"
)
DISTRUSTED = (
    "{host}: {times} ended before TLS was agreed on; whoever called does not trust what "
    "SSL_CERT_FILE and NODE_EXTRA_CA_CERTS name"
)


class Run(NamedTuple):
    """A run that is over. `entries` are those that the journals kept, oldest first.

    `dropped` is how many they could not keep.
    """

    command: Sequence[str]
    ended: Ended
    seconds: float
    dropped: int
    seed: int
    entries: Sequence[Entry]
    tally: Mapping[str, Json]
    gate: Gate

    @property
    def calls(self) -> list[Entry]:
        """The calls of providers."""
        return [one for one in self.entries if one.kind == "call" and one.provider]

    @property
    def violations(self) -> list[str]:
        """A line on every call that broke its provider's contract."""
        return [verdict.breach(one) for one in self.calls if breaks(one)]

    @property
    def bugs(self) -> list[str]:
        """A line on everything that the simulator itself did wrong."""
        return [verdict.bug(one) for one in self.entries if one.bug]

    @property
    def notes(self) -> list[str]:
        """What the simulator decided on the way, once each, and what it could not deliver."""
        said = [note for one in self.calls for note in one.notes]
        lost = [
            one.say
            for one in self.entries
            if one.kind == "delivery" and not 200 <= one.status < 300
        ]
        return list(dict.fromkeys((*said, *lost)))


def lines(run: Run) -> Iterator[str]:
    """The report for people."""
    yield f"{shlex.join(run.command)[:200]} {run.ended.say} after {run.seconds:.1f} s"
    for name, row in run.tally.items():
        yield (
            f"  {name}: {_many(row['calls'], 'call')}, {_many(row['violations'], 'violation')}; "
            f"this would have cost {_cost(row)}"
        )
    if not run.calls:
        yield f"  {SILENT}"
    if run.dropped:
        yield f"  these are the last {len(run.entries)} entries; {run.dropped} before were dropped"
    yield from _some("violation", run.violations)
    yield from _some("fault of the simulator", run.bugs)
    yield from _some("note", run.notes)
    yield from _some("refused", map(_refusal, run.gate.refused))
    yield from _some("not trusted", _distrusted(run.gate))
    if run.ended.left:
        count = _many(len(run.ended.left), "process", "es")
        yield f"  it left {count} running, now ended: {', '.join(run.ended.left[:MOST])}"


def as_json(run: Run) -> Json:
    """The report for programs."""
    return {
        "command": list(run.command),
        "status": run.ended.status,
        "ended": run.ended.say,
        "seconds": round(run.seconds, 3),
        "seed": run.seed,
        "dropped": run.dropped,
        "providers": dict(run.tally),
        "calls": [one.show() for one in run.calls],
        "violations": run.violations,
        "bugs": run.bugs,
        "notes": run.notes,
        "refused": [one._asdict() for one in run.gate.refused],
        "distrusted": dict(run.gate.distrusted),
        "left": list(run.ended.left),
    }


def _distrusted(gate: Gate) -> Iterator[str]:
    for host, times in gate.distrusted.items():
        yield DISTRUSTED.format(host=host, times=_many(times, "connection"))


def _refusal(one: tuple[str, int, str, int]) -> str:
    host, port, reason, times = one
    return f"{host}:{port} ({_many(times, 'time')}): {reason}"


def _cost(row: Mapping[str, Json]) -> str:
    return f"{row['cost']:.2f} {row['unit']}" if row["cost"] else "nothing"


def _some(kind: str, said: Iterable[str]) -> Iterator[str]:
    """Lines of one kind, not too many."""
    found = list(said)
    for one in found[:MOST]:
        yield f"  {kind}: {one}"
    if len(found) > MOST:
        yield f"  {kind}: … and {len(found) - MOST} more (--json FILE has them all)"


def _many(count: int, noun: str, ending: str = "s") -> str:
    return f"{count} {noun}{'' if count == 1 else ending}"
