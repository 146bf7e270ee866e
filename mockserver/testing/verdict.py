"""What the journal of a test says against its calls, in lines, and what they would have cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mockserver.contract.model import Contract, Json
from mockserver.journal.entry import Entry
from mockserver.verdict.breaches import breaks


def breach(entry: Entry) -> str:
    """A line on a call that broke a contract."""
    hints = "".join(f"; hint: {one.say}" for one in entry.suggestions[:2])
    return f"{_call(entry)}: {entry.say}{hints} [journal {entry.number}]"


def bug(entry: Entry) -> str:
    """A line on what the simulator itself did wrong."""
    return f"{_call(entry)}: the simulator's own fault: {entry.bug} [journal {entry.number}]"


def tally(
    entries: Iterable[Entry], costs: Mapping[str, float], contracts: Iterable[Contract]
) -> dict[str, Json]:
    """Calls, violations and cost by provider, where there were calls; as JSON."""
    found: dict[str, Json] = {}
    units = {one.name: one.unit for one in contracts}
    for entry in entries:
        if entry.kind == "call" and entry.provider in units:
            name = entry.provider
            row = found.setdefault(
                name,
                {"calls": 0, "violations": 0, "cost": costs.get(name, 0.0), "unit": units[name]},
            )
            row["calls"] += 1
            row["violations"] += breaks(entry)
    return found


def _call(entry: Entry) -> str:
    return (
        f"{entry.method} /{entry.provider}{_short(entry.target, entry.provider)} → {entry.status}"
    )


def _short(target: str, provider: str) -> str:
    """A target without the world and provider that it begins with."""
    path, found, rest = target.partition(f"/{provider}/")
    return f"/{rest}" if found and (not path or path.startswith("/w/")) else target
