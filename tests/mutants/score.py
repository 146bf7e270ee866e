"""How many mutants there are, by provider and by chapter. That each is found out, a test says."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from importlib.util import find_spec

from conformance.dialects import NAMES
from conformance.registry import CHAPTERS, cases_of, rows_by_id
from tests.mutants.model import Mutant

MUTANTS: tuple[Mutant, ...] = tuple(
    one
    for name in NAMES
    if find_spec(f"tests.mutants.{name}")
    for one in import_module(f"tests.mutants.{name}").MUTANTS
)
OWN = "own"


def table() -> str:
    """Mutants by chapter of the cases that find them and by provider; all of them are found."""
    lines = [f"| found by | {' | '.join(NAMES)} |", "|---|" + "--:|" * len(NAMES)]
    counts = {name: Counter(_chapters(name)) for name in NAMES}
    for chapter in (*CHAPTERS, OWN):
        if any(counts[name][chapter] for name in NAMES):
            told = " | ".join(str(counts[name][chapter]) for name in NAMES)
            lines.append(f"| {chapter} | {told} |")
    rows = " | ".join(str(len(rows_by_id(name))) for name in NAMES)
    lines.append(f"| rows, each ignored in turn | {rows} |")
    total = len(MUTANTS) + sum(len(rows_by_id(name)) for name in NAMES)
    cases = sum(len(cases_of(name)) for name in NAMES)
    lines.append(f"\n{total:,} mutants, {len(MUTANTS)} of them by hand, against {cases:,} cases.")
    return "\n".join(lines)


def _chapters(provider: str) -> list[str]:
    """The chapter of each mutant: where the first of the cases stands that find it."""
    rows = rows_by_id(provider)
    found = []
    for one in MUTANTS:
        if one.provider == provider:
            chapters = {id.partition(".")[0] for id in one.fires if id not in rows}
            known = [name for name in CHAPTERS if name in chapters]
            found.append(known[0] if known else OWN)
    return found
