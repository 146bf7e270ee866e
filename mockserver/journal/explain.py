"""From a problem to a sentence somebody can act on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from mockserver.contract.message import Problem, Violation
from mockserver.contract.model import Contract

HEADER_LENGTH = 400
HINT_LENGTH = 160
UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def refusal(problem: Problem, contract: Contract) -> str:
    """Why a call was refused: every violation with its rule and evidence, or our own words."""
    if problem.violations:
        return "; ".join(violation.explain(contract.file) for violation in problem.violations)
    entry = contract.errors.get(problem.name)
    where = f"{problem.pointer} " if problem.pointer else ""
    text = f"{where}{problem.say or problem.name}"
    if entry is None or contract.own:
        return text
    rule = f"{contract.file}#/x-mock/errors/{problem.name}"
    who = f"; {entry.evidence.kind}: {entry.evidence.where}" if entry.evidence else ""
    return f"{text} ({rule}{who})"


def detail(violations: Sequence[Violation]) -> str:
    """The violations as a provider would word them: field and rule, without our pointers."""
    return "; ".join(
        f"{violation.pointer.lstrip('/').replace('/', '.') or violation.place} {violation.sentence}"
        for violation in violations
    )


def header(number: int, say: str, hint: str = "") -> str:
    """The diagnosis as a header value: printable ASCII, short, with the journal's number.

    A `hint` says what may have been meant.
    """
    if not hint:
        return f"{_printable(say, HEADER_LENGTH)} [journal {number}]"
    hint = _printable(hint, HINT_LENGTH)
    return f"{_printable(say, HEADER_LENGTH - len(hint))}; hint: {hint} [journal {number}]"


@lru_cache(maxsize=256)  # the same is said again and again
def _printable(say: str, length: int) -> str:
    text = UNPRINTABLE.sub(" ", say.encode("ascii", "backslashreplace").decode())
    return text if len(text) <= length else text[: length - 3] + "..."
