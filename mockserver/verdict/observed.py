"""What a world saw of a client, frozen: all that rules may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.contract.model import Contract
from mockserver.jobs.job import Job
from mockserver.journal.entry import Entry
from mockserver.webhooks.model import Delivery

OUTCOMES = ("success", "failure", "timeout")


@dataclass(frozen=True, slots=True)
class Observed:
    """Entries, jobs and deliveries of one world, at the reading `now`.

    `pace` is how many of the world's seconds are one of the client's: the speed of a clock that
    moves by itself, as a client that sleeps does so in real time; 1 where it sleeps on the world's
    clock. `outcome` is how the client ended, where it is known, and `allowed` and `tolerated` are
    the outcomes that a case leaves it. With `single` it was asked for one video only. `file` is
    the SHA-256 of what it handed over, `files` those of the results by job.
    """

    contracts: Mapping[str, Contract]
    entries: tuple[Entry, ...]
    jobs: tuple[Job, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    now: float = 0.0
    pace: float = 1.0
    outcome: str = ""
    allowed: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    single: bool = False
    file: str = ""
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)
