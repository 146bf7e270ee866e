"""What there is to know of a case: what it requires, who says so, what it sends, what it costs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import indent
from typing import TYPE_CHECKING

from conformance.dialects import dialect_of
from conformance.estimate import mode_of, price
from conformance.registry import drafts, rows_by_id
from conformance.target import REMOVED

if TYPE_CHECKING:
    from conformance.dialects.base import Dialect
    from conformance.model import Case, Json
    from conformance.rows import Row

COSTS = {
    "free-read": "nothing: it only reads",
    "free-reject": "nothing: what it sends has to be refused before it is billed",
}


def shown(case: Case) -> Json:
    """A case as `list --json` has it."""
    return {
        "id": case.id,
        "provider": case.provider,
        "chapter": case.chapter,
        "says": case.says,
        "level": case.level,
        "cost": case.cost,
        "mode": case.mode,
        "own_jobs": case.own,
        "requirements": [one.id for one in case.requirements],
    }


def grouped(cases: Sequence[Case]) -> Iterator[list[Case]]:
    """Cases of one id together, for all providers they apply to."""
    for _, group in groupby(sorted(cases, key=lambda one: one.id), key=lambda one: one.id):
        yield list(group)


def text(cases: Sequence[Case]) -> str:
    """One id, as it applies to providers."""
    first = cases[0]
    parts = [f"{first.id}\n  {first.says}\n"]
    for case in cases:
        parts.append(f"\n  {case.provider}: {case.level}, costs {_cost(case)}\n")
        for one in case.requirements:
            source = f"{one.evidence.kind}, {one.evidence.where}, {one.evidence.date}"
            parts.append(f"    {one.says}\n      {source}\n")
            parts += [f"      specs/{case.provider}.yaml{fact}\n" for fact in one.facts]
        if row := rows_by_id(case.provider).get(case.id):
            parts.append(f"    sends {_sent(case, row)}\n")
    if code := _code(first):
        parts.append(f"\n  how it looks:\n{indent(code, '    ')}")
    return "".join(parts)


def provider(dialect: Dialect) -> str:
    """What there is to know of a provider before it is judged."""
    lines = [f"{dialect.NAME}\n", "  modes, each with a job that its cases share:\n"]
    for mode in dialect.MODES.values():
        builds = f", extends a {mode.builds_on}" if mode.builds_on else ""
        lines.append(f"    {mode.name}: about {mode.usd:.2f} usd a job{builds}\n")
    lines.append("  what an account has to give, with --input NAME=VALUE:\n")
    lines += [f"    {name}: {what}\n" for name, what in dialect.INPUTS.items()]
    return "".join(lines if dialect.INPUTS else lines[:-1])


def _cost(case: Case) -> str:
    if case.cost != "paid":
        return COSTS[case.cost]
    dialect = dialect_of(case.provider)
    mode, usd = mode_of(dialect, case), case.own * price(dialect, case)
    own = f"{case.own} of its own, about {usd:.2f} usd" if case.own else ""
    shared = "" if case.id.startswith("accept.") else f"the {mode.name} that cases share"
    return " and ".join(one for one in (shared, own) if one)


def _sent(case: Case, row: Row) -> str:
    """What a row changes in a valid create."""
    ask = dialect_of(case.provider).create(dialect_of(case.provider).MODES[row.mode], {})
    changes = [
        f"without {pointer}" if value is REMOVED else f"{pointer} = {json.dumps(value)}"
        for pointer, value in row.change().items()
    ]
    return f"{ask.method} {ask.url}, a valid {row.mode} with {', '.join(changes)}"


def _code(case: Case) -> str:
    """The case itself, which is short; empty for a row of data."""
    known = drafts(case.provider)
    draft = known.get(case.id) or known.get(case.id.rpartition(".")[0])
    return inspect.getsource(draft.run) if draft else ""
