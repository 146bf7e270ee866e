"""LTX: what it accepts, shows and refuses. Envelope, limits and wording: specs/ltx.yaml.

Version 2 accepts a job and is polled; version 1 waits and answers with the file. Both are the same
job. A ticket from the API leads to one PUT on a storage host, which speaks XML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json, Operation
from mockserver.jobs.chance import Chance
from mockserver.jobs.clock import iso
from mockserver.jobs.job import Failure, Job
from mockserver.jobs.timeline import Step
from mockserver.media.model import Clip, Wish
from mockserver.providers import ltx_errors as errors
from mockserver.providers import ltx_jobs as jobs
from mockserver.providers import ltx_media as media
from mockserver.providers import ltx_rules as rules
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
from mockserver.providers.ltx_uploads import create_upload, put_upload

LIBRARY: Library | None = None
EXTRAS: Mapping[str, Extra] = {"create_upload": create_upload, "put_upload": put_upload}

RETIRED = {"retired-404": "retired", "retired-410": "retired-gone"}
SYNCHRONOUS = "synchronous"  # the fact that a job was made by a version 1 call
LONGEST = 3600.0  # no job runs for more seconds
CONTENT_TYPES = {"mp4": "video/mp4", "octet-stream": "application/octet-stream"}


def admit(operation: Operation, call: Call, here: Here) -> Problem | None:
    ended = RETIRED.get(here.contract.setting("v1"))
    if ended is None or not operation.deprecated:
        return None
    endpoint = call.path.rpartition("/")[2]
    say = f"version 1 has ended (setting v1); POST /v2/{endpoint} and poll"
    return Problem(ended, {"endpoint": endpoint}, say=say)


def headers(operation: Operation | None, call: Call) -> Mapping[str, str]:
    """Nothing: only the API sends an x-request-id, not the storage host, nor a proxy its 413."""
    return {}


def refuse(problem: Problem, call: Call, here: Here) -> Reply:
    return errors.reply(problem, call, here.contract)


def inputs(operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
    if problem := _crowded(operation, call, here):
        return problem
    if operation.job in ("text_to_video", "image_to_video"):
        asked = rules.filled(here.contract, operation, call.body)
        if problem := rules.misfit_length(here.contract, asked):
            return problem
    return media.references(operation, call, here)


def accept(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    if problem := _crowded(operation, call, here):  # others may have come while files were fetched
        return problem
    asked = rules.filled(here.contract, operation, call.body)
    outcome: Accepted | Problem | None = media.trouble(operation, call, found, here)
    if outcome is None:
        clips = {name: clip for name, clip in found.items() if isinstance(clip, Clip)}
        outcome = jobs.outcome(operation.job, asked, clips, here.contract)
    if isinstance(outcome, Problem):
        later = _later(outcome, operation, here)
        return _doomed(outcome, asked, here.contract) if later else outcome
    if operation.does == "wait":
        facts = {**outcome.facts, SYNCHRONOUS: True}
        return outcome._replace(facts=facts, patience=here.contract.number("v1-limit"))
    return outcome


def _crowded(operation: Operation, call: Call, here: Here) -> Problem | None:
    """Whether this key has as much under way as it may: calls at once, or queued jobs (A7)."""
    waits = operation.does == "wait"
    limit = here.contract.number("v1-concurrency" if waits else "queue-limit")
    if not here.limited or not limit:
        return None
    held = here.contract.number("v1-limit") if waits else LONGEST
    running = [
        job
        for job in here.recent(call.owner, held)
        if job.ends > here.now and job.facts.get(SYNCHRONOUS, False) == waits
    ]
    if len(running) < limit:
        return None
    ends = sorted(job.ends for job in running)
    retry = max(1, ceil(ends[len(running) - int(limit)] - here.now))
    what = "version 1 calls" if waits else "version 2 jobs"
    say = f"this key has {len(running)} unfinished {what}, allowed are {limit:g}"
    name = "concurrency-limit" if waits else "rate-limit"
    return Problem(name, {"retry": retry}, say=say)


def _later(problem: Problem, operation: Operation, here: Here) -> bool:
    """Whether the job fails of it instead of the submit (A13). A proxy's 413 cannot wait."""
    entry = here.contract.errors[problem.name]
    chosen = here.contract.setting("media-errors") == "job"
    return chosen and operation.does == "create" and entry.media_type == "application/json"


def _doomed(problem: Problem, asked: Json, contract: Contract) -> Accepted:
    """A job that is accepted and fails of its media."""
    wish = Wish("", 0, asked.get("prompt", ""), 0, 0, Fraction(0), 0)
    message = errors.message(contract.errors[problem.name], problem, contract)
    seconds = float(asked.get("duration") or 0)
    return Accepted(wish, seconds=seconds, failure=Failure(problem.name, message))


def new_id(chance: Chance, contract: Contract) -> str:
    return chance.uuid()


def notice(job: Job, step: Step, push: str, here: Here) -> Notice | None:
    raise LookupError(push)  # nothing is pushed here


def files_of(job: Job, here: Here) -> Sequence[StoredFile]:
    return ()


def begun(job: Job, call: Call, here: Here) -> Reply:
    return errors.answer(202, {"id": job.id, "created_at": iso(job.created)}, call)


def show(job: Job, step: Step, call: Call, here: Here) -> Reply | Problem:
    failure = job.failure if step.ended else None
    if call.method == "POST":  # version 1, which waited for this
        return _file(job, failure, call, here.contract)
    view: Json = {"status": step.state, "id": job.id, "created_at": iso(job.created)}
    if step.ended:
        view["completed_at"] = iso(job.created + step.at)
        if failure:
            code = here.contract.errors[failure.name].code
            view["error"] = {"type": code, "message": failure.message}
        else:
            view["result"] = {"video_url": here.link(job)}
    return errors.answer(200, view, call)


def _file(job: Job, failure: Failure | None, call: Call, contract: Contract) -> Reply:
    if failure:
        return errors.wrapped(contract.errors[failure.name], failure.message, call)
    media_type = CONTENT_TYPES[contract.setting("v1-content-type")]
    identity = {"x-request-id": call.id}
    return Reply(200, media_type=media_type, headers=identity, result=job.id)
