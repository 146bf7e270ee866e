"""Which cases look at which requirement: conformance/MATRIX.md, by `python -m tests.tables`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from conformance.contract import Contract
from conformance.dialects import NAMES
from conformance.model import Requirement
from conformance.registry import cases_of, requirements_of, rows_by_id

PATH = Path(__file__).resolve().parents[1] / "conformance" / "MATRIX.md"
HEAD = """# What is required, and what looks at it

Written by `python -m tests.tables` from `conformance/requirements/`; a test keeps it up to date.
Levels: what a provider documents is a must, what was observed a should, what is inferred a note.
Cases called `reject` and `accept` are rows of data: a create with one thing changed.
What nobody can look at from outside has no cases; it stands at the end, with the reason.
"""


def matrix() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for name in NAMES for line in _provider(name))])


def _provider(name: str) -> Iterator[str]:
    requirements = requirements_of(name)
    cases, rows = cases_of(name), rows_by_id(name)
    yield f"## {Contract(name).title}\n"
    unseen = [one for one in requirements if one.unseen]
    looked = len(requirements) - len(unseen)
    yield f"{looked} requirements, {len(cases)} cases, {len(rows)} of them rows.\n"
    yield "| requirement | level | what is required | cases |"
    yield "|---|---|---|---|"
    for one in requirements:
        if not one.unseen:
            yield f"| {_told(one)} | {_cases(one)} |"
    yield ""
    if unseen:
        yield "| not looked at | level | what is required | because |"
        yield "|---|---|---|---|"
        yield from (f"| {_told(one)} | {one.unseen} |" for one in unseen)
        yield ""


def _told(one: Requirement) -> str:
    says = one.says.replace("|", "\\|")
    return f"{one.id} | {one.evidence.level} | {says}"


def _cases(requirement: Requirement) -> str:
    """The ids, those with one beginning told together."""
    groups: dict[str, list[str]] = {}
    for id in requirement.cases:
        base, _, last = id.rpartition(".")
        groups.setdefault(base, []).append(last)
    return "; ".join(f"`{base}.` {', '.join(last)}" for base, last in groups.items())
