"""What happened to jobs between two readings: told by their timelines, by nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mockserver.jobs.job import DIGITS, Job
from mockserver.jobs.timeline import Step

NOWHERE = Step(0.0, "", None, ended=False)


class Happening(NamedTuple):
    """Something that time did to a job. `order` is its place among what happened to that job."""

    at: float
    number: int
    order: int
    what: str
    job: Job
    step: Step = NOWHERE


def happened(jobs: Iterable[Job], after: float, until: float) -> Iterator[Happening]:
    """Everything that happened to jobs after a reading until another, job by job."""
    for number, job in enumerate(jobs):
        if _over(job) > after and job.created <= until:
            yield from _life(job, number, after, until)


def _over(job: Job) -> float:
    """The reading after which nothing happens to a job."""
    life = job.timeline
    record = life.record_until if life.record_until != float("inf") else 0.0
    return round(job.created + max(life.steps[-1].at, life.url_until, record), DIGITS)


def _life(job: Job, number: int, after: float, until: float) -> Iterator[Happening]:
    before, order = NOWHERE, 0
    for step in job.timeline.steps:
        at = round(job.created + step.at, DIGITS)
        if after < at <= until:
            order += 1
            what = "progress" if step.state == before.state else "state"
            yield Happening(at, number, order, what, job, step)
        before = step
    life = job.timeline
    for what, moment in (
        ("result-expired", float("inf") if job.failure else life.url_until),
        ("record-gone", life.record_until),
    ):
        at = round(job.created + moment, DIGITS)
        if after < at <= until:
            order += 1
            yield Happening(at, number, order, what, job)
