"""kie.ai: the tasks of an account, and what may be made of them (decisions A7 and A9)."""

from __future__ import annotations

from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Operation
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.providers.base import Here

MADE = ("generate", "extend")  # kinds of tasks that make new video
UPGRADES = {"upgrade_1080p": "1080p", "upgrade_4k": "4k"}  # kind → resolution
LIMITED = 10.0  # seconds that the rate limit counts: documented
EVER = float("inf")


def source(operation: Operation, call: Call, here: Here) -> Job | Problem:
    """The task that an extension or an upgrade begins with."""
    if operation.job == "extend":
        return _extendable(call.body["taskId"], call.owner, here)
    return _upgradable(wanted(call), index(call), call.owner, here)


def wanted(call: Call) -> str:
    """The task that a call names, in its body or its query."""
    return str(call.body["taskId"] if call.method == "POST" else call.query["taskId"])


def index(call: Call) -> int:
    """Which of a task's videos a call names."""
    given = call.body if call.method == "POST" else call.query
    return int(given.get("index", 0))


def crowded(operation: Operation, call: Call, here: Here) -> Problem | None:
    """Whether the account asks for more than it may in ten seconds. It is not queued."""
    limit = here.contract.number("rate-limit")
    if not here.limited or not limit or operation.job not in MADE:
        return None
    lately = sum(job.kind in MADE for job in here.recent(call.owner, LIMITED))
    if lately < limit:
        return None
    say = f"this key made {lately} tasks in {LIMITED:g} s, allowed are {limit:g}"
    return Problem("rate-limit", say=say)


def too_old(step: Step, job: Job, here: Here) -> bool:
    """Whether a task's record has passed its time."""
    return step.state == here.contract.jobs[job.kind].after


def known(id: str, owner: str, here: Here) -> Job | None:
    """A task of that account that makes new video, old or young."""
    return _found(id, owner, here)[0]


def _extendable(id: str, owner: str, here: Here) -> Job | Problem:
    """Decision A7."""
    job, upgraded = _found(id, owner, here)
    if job is None:
        say = f"this key has no task {id[:80]} that made a video"
        return Problem("unknown-source", say=say, pointer="/taskId")
    step = job.at(here.now)
    if too_old(step, job, here):
        return Problem("source-too-old", say=f"task {id} has expired", pointer="/taskId")
    if not step.ended or job.failure:
        return Problem("source-not-success", say=_not_success(step), pointer="/taskId")
    if upgraded:
        say = f"the 1080P version of task {id} was asked for"
        return Problem("source-upgraded", say=say, pointer="/taskId")
    return job


def _upgradable(id: str, which: int, owner: str, here: Here) -> Job | Problem:
    job, _ = _found(id, owner, here)
    if job is None:
        say = f"this key has no task {id[:80]} that made a video"
        return Problem("unknown-record", say=say, pointer="/taskId")
    step = job.at(here.now)
    if too_old(step, job, here):
        return Problem("too-old", say=f"task {id} has expired", pointer="/taskId")
    if not step.ended or job.failure:
        return Problem("not-success", say=_not_success(step), pointer="/taskId")
    if which:
        return Problem("no-result-data", say="a task has one video, index 0", pointer="/index")
    return job


def _found(id: str, owner: str, here: Here) -> tuple[Job | None, bool]:
    """A task that makes new video, and whether its 1080P version was asked for since."""
    upgraded = False
    for job in here.recent(owner, EVER):  # newest first, hence upgrades before their source
        if job.id == id:
            return (job, upgraded) if job.kind in MADE else (None, False)
        upgraded = upgraded or (job.kind == "upgrade_1080p" and job.facts["source"] == id)
    return None, False


def _not_success(step: Step) -> str:
    return f"the task stands at {step.state}"
