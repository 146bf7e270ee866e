"""Acme, an invented provider: one call that extends a clip, one poll, one callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json, Operation
from mockserver.jobs.chance import Chance
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.media.model import Trouble, Wish
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

EXTRAS: Mapping[str, Extra] = {}
LIBRARY: Library | None = None


def admit(operation: Operation, call: Call, here: Here) -> Problem | None:
    return None


def headers(operation: Operation | None, call: Call) -> Mapping[str, str]:
    return {}


def refuse(problem: Problem, call: Call, here: Here) -> Reply:
    row = here.contract.errors[problem.name]
    detail = "; ".join(one.sentence for one in problem.violations) or problem.say
    fields = {"cost": "", "balance": "", "detail": detail, **problem.fields}
    return Reply(row.status, {"reason": row.message.format_map(fields)})


def inputs(operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
    return [Input("source", "/video", call.body["video"])]


def accept(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    clip, seconds = found["source"], call.body["seconds"]
    if isinstance(clip, Trouble) or clip.kind != "video" or clip.variable:
        return Problem("bad-source", say="a video of even frame rate is needed")
    frames = max(1, round(seconds * clip.rate))
    cut = (clip.frames, clip.frames)
    wish = Wish("", 0, call.body["prompt"], clip.width, clip.height, clip.rate, frames, cut)
    return Accepted(wish, seconds, cost=seconds * here.contract.rates["clip"]["second"])


def new_id(chance: Chance, contract: Contract) -> str:
    return f"clip-{chance.hex(12)}"


def files_of(job: Job, here: Here) -> Sequence[StoredFile]:
    return ()


def begun(job: Job, call: Call, here: Here) -> Reply:
    return Reply(202, _clip(job, job.at(here.now), here))


def show(job: Job, step: Step, call: Call, here: Here) -> Reply | Problem:
    return Reply(200, _clip(job, step, here))


def notice(job: Job, step: Step, push: str, here: Here) -> Notice | None:
    return Notice(_clip(job, step, here), job.id)


def _clip(job: Job, step: Step, here: Here) -> Json:
    view: Json = {"clip": job.id, "state": step.state}
    if step.progress is not None:
        view["progress"] = step.progress
    if step.ended and job.failure:
        view["reason"] = job.failure.message
    elif step.ended:
        view["url"] = here.link(job)
    return view
