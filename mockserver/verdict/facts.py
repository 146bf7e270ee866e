"""What a contract says that rules ask for: what a call does, what a refusal amounts to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from mockserver.contract import document
from mockserver.contract.model import Contract, Evidence, Operation
from mockserver.journal.entry import Entry

PASSING = frozenset({408, 425, 429, 455})  # besides 500 and above
KEYS = ("unauthenticated", "bad-key")
UNKNOWN = (404, 410, 422)  # what is said of a job that is not known, or not yet


class Pace(NamedTuple):
    """The pause between polls that nobody should go below, and who says so."""

    least: float
    evidence: Evidence | None


@lru_cache(maxsize=64)
def operations(contract: Contract) -> Mapping[str, Operation]:
    """The operations of a contract by their ids."""
    return {one.id: one for one in contract.operations}


@lru_cache(maxsize=64)
def polling(contract: Contract) -> Pace | None:
    """How often a job may be asked for; None where nobody says."""
    row = contract.document["x-mock"].get("polling")
    if row is None:
        return None
    return Pace(row["least"], document.evidence(contract.document, row["x-source"], "least"))


@lru_cache(maxsize=64)
def moderations(contract: Contract) -> frozenset[str]:
    """The rows of the catalogue by which moderation refuses."""
    rules = contract.document["x-mock"].get("cases", {}).get("content_policy", ())
    return frozenset(
        name
        for rule in rules
        for name in (rule.get("refuse"), rule.get("job", {}).get("fail"))
        if name
    )


@lru_cache(maxsize=64)
def results(contract: Contract) -> tuple[str, ...]:
    """The paths of results."""
    return tuple(contract.results().values())


def status(entry: Entry, contract: Contract) -> int:
    """The HTTP status that an answer amounts to, also where that stands in the body of a 200."""
    row = contract.errors.get(entry.problem)
    if entry.status >= 400 or row is None:
        return entry.status
    return int(row.code) if row.code.isdigit() else row.status


def passing(entry: Entry, contract: Contract) -> bool:
    """Whether an answer refuses for a reason that may have gone the next time."""
    told = status(entry, contract)
    return entry.refused and (told in PASSING or told >= 500)


def of_key(entry: Entry, contract: Contract) -> bool:
    """Whether a call was refused for the key it brought."""
    return entry.problem in KEYS or (entry.refused and status(entry, contract) == 401)


def of_credits(entry: Entry, contract: Contract) -> bool:
    """Whether a call was refused for want of credits."""
    return entry.problem == "no-credits" or (entry.refused and status(entry, contract) == 402)


def final(entry: Entry, contract: Contract) -> bool:
    """Whether an answer refuses for a reason that repeating does not change."""
    return entry.refused and not passing(entry, contract)


@lru_cache(maxsize=64)
def paths(contract: Contract) -> Mapping[str, re.Pattern[str]]:
    """What the targets of operations look like, by their ids."""
    return {
        one.id: re.compile(_shape(one.path) + r"(?:\?(?P<query_>.*))?$")
        for one in contract.operations
    }


def _shape(path: str) -> str:
    parts = re.split(r"\{(\w+)\}", path)
    return "".join(
        f"(?P<{part}>[^/?]+?)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
