"""How many mutants there are, and that each is found out: `python -m tests.mutants` writes it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from conformance.dialects import NAMES
from conformance.registry import cases_of, rows_by_id
from tests.mutants.model import Mutant, base_of

MUTANTS: tuple[Mutant, ...] = tuple(
    one
    for name in NAMES
    if find_spec(f"tests.mutants.{name}")
    for one in import_module(f"tests.mutants.{name}").MUTANTS
)


def table() -> str:
    """The mutants by provider, as README has them."""
    lines = [
        "| provider | cases | of them rows | mutants by hand | found out |",
        "|---|--:|--:|--:|--:|",
    ]
    for name in NAMES:
        mutants = [one for one in MUTANTS if one.provider == name]
        cases, rows = len(cases_of(name)), len(rows_by_id(name))
        lines.append(f"| {name} | {cases} | {rows} | {len(mutants)} |")
    chapters = {one.partition(".")[0] for mutant in MUTANTS for one in mutant.fires}
    caught = {base_of(id, one.provider) for one in MUTANTS for id in one.fires}
    lines.append(
        f"\n{len(MUTANTS)} mutants over {len(chapters)} chapters, {len(caught)} cases caught."
    )
    return "\n".join(lines)
