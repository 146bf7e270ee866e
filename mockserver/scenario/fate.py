"""What a rule makes of a job's life. The life is still fixed at birth, only another one."""

from __future__ import annotations

import re

from mockserver.contract.model import ErrorEntry, JobKind
from mockserver.jobs.job import Failure
from mockserver.jobs.timeline import Step, Timeline
from mockserver.scenario.model import Fate

NEVER = 3650 * 86400.0  # seconds after which a job that is stuck would end


def fated(life: Timeline, kind: JobKind, fate: Fate) -> Timeline:
    """The life of a job of this kind under a fate. Whether it fails was decided before."""
    if fate.slow != 1:
        life = _delayed(life, life.end.at * (fate.slow - 1), fate.slow)
    if fate.stuck:
        life = _stuck(life, kind, fate.stuck)
    if fate.expire:
        life = _expired(life)
    return life


def failure(row: ErrorEntry, why: str) -> Failure:
    """The end of a job that a rule lets fail with an error of the catalogue."""
    words = re.sub(r"\{\w+\}", why, row.message)
    return Failure(row.name, words)


def _delayed(life: Timeline, by: float, factor: float) -> Timeline:
    """Every step before the end so many times as late, everything after it later by as much."""
    end = life.end.at
    steps = tuple(
        one._replace(at=round(one.at * factor if one.at <= end else one.at + by, 3))
        for one in life.steps
    )
    return Timeline(steps, round(life.url_until + by, 3), round(life.record_until + by, 3))


def _stuck(life: Timeline, kind: JobKind, state: str) -> Timeline:
    """What runs stays in a state, with the progress it has there."""
    running = [one for one in life.steps if not one.ended]
    states = [one.state for one in running]
    last = (
        len(states) - 1
        if state not in states
        else max(index for index, one in enumerate(states) if one == state)
    )
    end = Step(NEVER, kind.done, life.end.progress, ended=True)
    after = NEVER + life.url_until - life.end.at
    return Timeline((*running[: last + 1], end), after, max(after, life.record_until))


def _expired(life: Timeline) -> Timeline:
    """The result goes the moment it is there; where a state follows, it shows at once."""
    end = life.end.at
    steps = tuple(one._replace(at=min(one.at, end)) for one in life.steps)
    return Timeline(steps, end, life.record_until)
