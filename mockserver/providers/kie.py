"""kie.ai: what it accepts, shows, sends and refuses. Facts and evidence: specs/kie.yaml.

Everything is a task. An extension continues a task of the same account, and shows the new clip and
the whole video; an upgrade is a task too, begun by asking for its result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Operation
from mockserver.jobs.chance import Chance
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.providers import kie_envelope as envelope
from mockserver.providers import kie_notices as notices
from mockserver.providers import kie_orders as orders
from mockserver.providers import kie_records as records
from mockserver.providers import kie_tasks as tasks
from mockserver.providers.base import (
    Accepted,
    Extra,
    Found,
    Here,
    Input,
    Library,
    Notice,
    StoredFile,
)
from mockserver.providers.kie_files import EXTRAS as FILES
from mockserver.providers.kie_uploads import EXTRAS as UPLOADS

EXTRAS: Mapping[str, Extra] = {**FILES, **UPLOADS}
LIBRARY: Library | None = None
PREFIXES = {"hex": "", "prefixed": "veo_task_"}


def admit(operation: Operation, call: Call, here: Here) -> Problem | None:
    return None


def headers(operation: Operation | None, call: Call) -> Mapping[str, str]:
    """Nothing: the session cookie and the proxy's headers are not imitated."""
    return {}


def refuse(problem: Problem, call: Call, here: Here) -> Reply:
    return envelope.refusal(problem, call, here.contract)


def inputs(operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
    """The pictures of a generation; of anything else the task it begins with."""
    if problem := tasks.crowded(operation, call, here):
        return problem
    if operation.job == "generate":
        return orders.pictures(call.body)
    task = tasks.source(operation, call, here)
    if isinstance(task, Problem):
        return task
    return [Input("source", "/taskId", task.id)]


def accept(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    return orders.ORDERS[operation.job](operation, call, found, here)


def new_id(chance: Chance, contract: Contract) -> str:
    """32 hexadecimal digits, alone or behind a word (decision A26)."""
    style = contract.setting("task-id")
    return PREFIXES[style] + chance.hex(32)


def files_of(job: Job, here: Here) -> Sequence[StoredFile]:
    """The video, by the task's id: what extensions and upgrades begin with."""
    if job.failure or job.kind in tasks.UPGRADES:
        return ()
    return [StoredFile(job.id, job.owner, created=job.ends, job=job.id)]


def begun(job: Job, call: Call, here: Here) -> Reply:
    if job.kind in tasks.UPGRADES:
        return records.upgrade(job, job.at(here.now), here)
    return envelope.success({"taskId": job.id})


def show(job: Job, step: Step, call: Call, here: Here) -> Reply | Problem:
    """The record, unless it is too young (decision A8) or too old."""
    lag = here.contract.number("record-lag")
    if here.now < job.created + lag:
        say = f"a record is shown {lag:g} s after its task was made (setting record-lag)"
        return Problem("not-found", say=say)
    if tasks.too_old(step, job, here):
        return Problem("too-old", say=f"the record of task {job.id} has expired")
    shown = envelope.success(records.record(job, step, here))
    return shown._replace(stays=not step.ended)


def notice(job: Job, step: Step, push: str, here: Here) -> Notice | None:
    return notices.notice(job, push, here)
