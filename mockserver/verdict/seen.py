"""What was observed, arranged as rules ask for it: by job, in order, in the client's seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple
from urllib.parse import parse_qs

import orjson

from mockserver.contract.model import Contract, Json
from mockserver.contract.pointer import fill
from mockserver.jobs.job import Job
from mockserver.journal.entry import KEPT_BYTES, PLAYED, Entry
from mockserver.verdict import facts
from mockserver.verdict.observed import Observed
from mockserver.webhooks.model import Attempt, Delivery

LOST = frozenset("reset cut length malformed html".split())
"""What may happen to an answer so that the client does not have it."""
SPOILT = LOST | frozenset("truncated zero wrong-type corrupt".split())
"""What may happen to a file so that it is none."""
MAKING = ("create", "wait")
OURS = "/_mock/inbox/"


class Try(NamedTuple):
    """One attempt at a delivery, with what it is an attempt at."""

    delivery: Delivery
    attempt: Attempt
    job: Job | None


class Seen:
    """One client as one world saw it. Entries are in the order in which their calls began."""

    def __init__(self, observed: Observed) -> None:
        self.observed = observed
        self.jobs: Mapping[str, Job] = {one.id: one for one in observed.jobs}
        known = observed.contracts
        self.calls: Sequence[Entry] = sorted(
            (one for one in observed.entries if one.kind == "call" and one.provider in known),
            key=lambda one: one.number,
        )
        self.start = self.calls[0].at if self.calls else observed.now

    @property
    def outcome(self) -> str:
        """How the client ended; empty where nobody knows."""
        return self.observed.outcome

    def contract(self, entry: Entry) -> Contract:
        """The contract that a call is about."""
        return self.observed.contracts[entry.provider]

    def at(self, reading: float) -> float:
        """The client's seconds since its first call."""
        return round((reading - self.start) / self.observed.pace, 2)

    def between(self, one: Entry, other: Entry) -> float:
        """The client's seconds between two calls."""
        return (other.at - one.at) / self.observed.pace

    def does(self, entry: Entry) -> str:
        """What the operation of a call does; empty where there is none."""
        operation = facts.operations(self.contract(entry)).get(entry.operation)
        return operation.does if operation else ""

    def doing(self, *kinds: str) -> list[Entry]:
        """The calls that do one of these."""
        return [one for one in self.calls if self.does(one) in kinds]

    @cached_property
    def creates(self) -> list[Entry]:
        """The calls that ask for a video."""
        return self.doing(*MAKING)

    @cached_property
    def polls(self) -> Mapping[str, list[Entry]]:
        """The calls that ask for a job, by its id."""
        return self._by_job("show")

    @cached_property
    def downloads(self) -> Mapping[str, list[Entry]]:
        """The calls that fetch a result, by the id of its job."""
        return self._by_job("download")

    @cached_property
    def made(self) -> Mapping[str, list[Entry]]:
        """The calls that asked for a video and got a job, by its id."""
        found: dict[str, list[Entry]] = {}
        for one in self.creates:
            if one.job:
                found.setdefault(one.job, []).append(one)
        return found

    @cached_property
    def orders(self) -> Sequence[list[Entry]]:
        """The calls that ask for the same: by key, operation and body, each list in order."""
        return self._grouped(with_body=True)

    @cached_property
    def pieces(self) -> Sequence[list[Entry]]:
        """As `orders`; where one video was asked for, whatever the body says."""
        return self._grouped(with_body=not self.observed.single)

    @cached_property
    def tries(self) -> Sequence[Try]:
        """Every attempt at a delivery, in order of time."""
        found = [
            Try(delivery, attempt, self.jobs.get(delivery.job))
            for delivery in self.observed.deliveries
            for attempt in delivery.attempts
        ]
        return sorted(found, key=lambda one: one.attempt.at)

    @cached_property
    def told(self) -> Mapping[str, list[Try]]:
        """The attempts at deliveries about each job."""
        found: dict[str, list[Try]] = {}
        for one in self.tries:
            found.setdefault(one.delivery.job, []).append(one)
        return found

    def refused(self, entry: Entry) -> bool:
        """Whether a call was not granted, or its answer was lost."""
        return entry.refused or entry.fault in LOST

    def played(self, entry: Entry) -> bool:
        """Whether a scenario had its hand in a call."""
        return any(note.startswith(PLAYED) for note in entry.notes)

    def links(self, entry: Entry, job: Job) -> bool:
        """Whether an answer holds the address of a result of a job."""
        paths = facts.results(self.contract(entry))
        words = (fill(one, job.words).rpartition("/")[2] for one in paths)
        return entry.fault not in LOST and any(one.encode() in entry.reply for one in words)

    def shown_link(self, job: Job) -> Entry | None:
        """The first answer that held the address of a job's result."""
        looked = (*self.polls.get(job.id, ()), *self.made.get(job.id, ()))
        return next((one for one in looked if self.links(one, job)), None)

    def pushed_link(self, job: Job) -> bool:
        """Whether a delivery told of a job's result."""
        return any(
            not one.attempt.why and one.attempt.at >= job.ends for one in self.told.get(job.id, ())
        )

    def forestalled(self, job: Job) -> list[Try]:
        """The deliveries that somebody took which said before its end that a job had ended."""
        told = self.told.get(job.id, ())
        return [one for one in told if not one.attempt.why and one.attempt.at < job.ends]

    def shown_end(self, job: Job) -> Entry | None:
        """The first answer to a poll in which the client could see that a job had ended."""
        for one in self.polls.get(job.id, ()):
            if self.refused(one) or one.at < job.ends:
                continue
            if self.links(one, job) or (job.failure and not self.played(one)):
                return one
        return None

    def whole(self, job: Job) -> bool:
        """Whether the client got a result of a job, and all of it."""
        fetched = any(
            not one.refused and one.fault not in SPOILT and one.status in (200, 206)
            for one in self.downloads.get(job.id, ())
        )
        waited = any(
            self.does(one) == "wait" and not one.refused and one.fault not in SPOILT
            for one in self.made.get(job.id, ())
        )
        put = any(
            one.delivery.media_type.startswith("video/") and not one.attempt.why
            for one in self.told.get(job.id, ())
        )
        return fetched or waited or put

    def parts(self, job: Job) -> set[str]:
        """Which results of a job were fetched, by name; the main one without a download."""
        fetched = self.downloads.get(job.id, ())
        named = (facts.operations(self.contract(one))[one.operation].result for one in fetched)
        return set(named) or {"video"}

    def ordered(self) -> list[Job]:
        """The jobs that the client's calls made, in order."""
        return [self.jobs[id] for id in self.made if id in self.jobs]

    def _by_job(self, kind: str) -> Mapping[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for one in self.doing(kind):
            found.setdefault(one.job or self._named(one), []).append(one)
        return found

    def _named(self, entry: Entry) -> str:
        """The job that a call names which was refused before anybody looked; else its target."""
        contract = self.contract(entry)
        match = facts.paths(contract)[entry.operation].search(entry.target)
        operation = facts.operations(contract)[entry.operation]
        if match is None:
            return entry.target
        named = {name: text for name, text in match.groupdict().items() if text}
        query = parse_qs(named.pop("query_", ""))
        id = named.get(operation.job_id or "id") or "".join(query.get(operation.job_id, ()))
        if "token" in named:
            tokens = (one.id for one in self.observed.jobs if one.token == named["token"])
            id = next(tokens, "")
        return id or entry.target

    def _grouped(self, *, with_body: bool) -> Sequence[list[Entry]]:
        found: dict[tuple[str, ...], list[Entry]] = {}
        for one in self.creates:
            body = _plain(one) if with_body else ""
            found.setdefault((one.provider, one.owner, one.operation, body), []).append(one)
        return list(found.values())


def _plain(entry: Entry) -> str:
    """A body so that two that say the same are equal."""
    if entry.request_bytes > KEPT_BYTES:
        return f"{entry.request_bytes} {entry.request!r}"
    try:
        value: Json = orjson.loads(entry.request)
    except orjson.JSONDecodeError:
        return repr(entry.request)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
