"""xAI: what it accepts, shows and refuses. Facts and evidence: specs/xai.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from mockserver.contract.message import Call, Problem, Reply, Violation
from mockserver.contract.model import Contract, ErrorEntry, Json, Operation
from mockserver.jobs.chance import Chance, uuid4_of
from mockserver.jobs.job import Failure, Job
from mockserver.jobs.timeline import Step
from mockserver.providers import xai_facts as facts
from mockserver.providers import xai_file_calls as calls
from mockserver.providers import xai_files as files
from mockserver.providers import xai_orders as orders
from mockserver.providers import xai_requests as requests
from mockserver.providers.base import (
    Accepted,
    Desk,
    Extra,
    Found,
    Here,
    Input,
    Library,
    Notice,
    StoredFile,
)

TICKS = 10**10  # to the dollar: documented, MediaUsage.cost_in_usd_ticks
FORM = "multipart/form-data"
MODERATED = ("moderated", "moderated-legacy")

# What serde cannot read is 422 in plain text, what it reads and xAI forbids is 400 (decision A1).
# The phrases are serde's, as observed (SAID-TEXT).
UNREADABLE = {
    "required": "missing field `{name}`",
    "type": "invalid type: {found}, expected {allowed}",
    "enum": "unknown variant {found}, expected one of {allowed}",
    "falseSchema": "duplicate field `{name}`",
    "additionalProperties": "unknown field: {sentence}",
    "pattern": "invalid digit found in string {found}",
}


async def list_models(desk: Desk, call: Call) -> Reply | Problem:
    return Reply(200, {"models": facts.models(desk.here.contract)})


async def get_model(desk: Desk, call: Call) -> Reply | Problem:
    name = call.params["model_id"]
    if model := facts.model(desk.here.contract, name):
        return Reply(200, model)
    fields = {"model": name, "team": facts.team(call.owner)}
    return Problem("unknown-model", fields, say=f"there is no model {name}")


LIBRARY: Library | None = None
EXTRAS: Mapping[str, Extra] = {
    **calls.EXTRAS,
    "list_video_generation_models": list_models,
    "get_video_generation_model": get_model,
}


def admit(operation: Operation, call: Call, here: Here) -> Problem | None:
    """Only forms where a form is wanted, and no key where the files are."""
    keyed = operation.does == "download" and "authorization" in call.headers
    if keyed and here.contract.setting("result-key") == "refuse":
        return Problem("key-at-result", say="the download brings an Authorization header")
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if FORM in operation.bodies and media != FORM:
        return Problem("not-a-form", say=f"content-type is {media or 'missing'}, taken: {FORM}")
    return None


def refuse(problem: Problem, call: Call, here: Here) -> Reply:
    """Flat JSON, plain text or XML, as the row of the catalogue says."""
    row = here.contract.errors[_row(problem, call)]
    fields = {"team": facts.team(call.owner), **problem.fields}
    if row.name == "unprocessable" and problem.violations:
        fields["detail"] = "; ".join(_unreadable(one) for one in problem.violations)
    message = facts.filled(row.message, fields)
    headers = {name: facts.filled(text, fields) for name, text in row.headers}
    return Reply(row.status, _envelope(row, message, fields), row.media_type, headers)


def headers(operation: Operation | None, call: Call) -> Mapping[str, str]:
    """The API names every call; the hosts of results, open to everybody, do not."""
    if operation is not None and not operation.security:
        return {}
    return {"x-request-id": uuid4_of(call.id)}


def inputs(operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
    """The media a create names, unless something stands against it before."""
    return requests.objection(operation, call, here) or requests.wanted(operation, call.body)


def accept(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    """The job of a create, be it one that fails (decision A7)."""
    if operation.job != "generation" and requests.is_sound(call.body["video"], found["source"]):
        return orders.ORDERS[operation.job](call, (), found, here)
    asked = requests.wanted(operation, call.body)
    assert not isinstance(asked, Problem), "inputs let it pass"
    if problem := requests.unusable(asked, found):
        return problem
    return orders.ORDERS[operation.job](call, asked, found, here)


def new_id(chance: Chance, contract: Contract) -> str:
    return chance.uuid()


def files_of(job: Job, here: Here) -> Sequence[StoredFile]:
    """The file that `storage_options` ask for."""
    file = files.kept(job)
    return [file] if file else []


def begun(job: Job, call: Call, here: Here) -> Reply:
    return Reply(200, {"request_id": job.id})


def show(job: Job, step: Step, call: Call, here: Here) -> Reply | Problem:
    """Pending, done, failed or expired, each as the settings say."""
    if not step.ended:
        return _pending(step, here)._replace(stays=True)
    if step.state == here.contract.jobs[job.kind].after:
        return _expired(job, step, here)
    if job.failure is None:
        return _finished(job, step, call, here)
    if job.failure.name in MODERATED:
        return _moderated(job, job.failure, here)
    return Reply(200, _failed(job.failure, step, here))


def _row(problem: Problem, call: Call) -> str:
    """The row of the catalogue for a problem: the core knows fewer kinds than xAI."""
    if problem.name == "malformed" and FORM in call.headers.get("content-type", "").lower():
        return "bad-form"
    if problem.name != "invalid":
        return problem.name
    body = [one for one in problem.violations if one.place == "body"]
    if any(one.schema.endswith("/requestBody/required") for one in body):
        return "media-type"  # an empty body: documented as 415
    return "unprocessable" if any(map(_is_unreadable, body)) else "invalid"


def _is_unreadable(violation: Violation) -> bool:
    """Whether serde fails. A text that is a number out of range is read, and forbidden."""
    if violation.keyword == "pattern":
        return not violation.found.strip('"-').isdecimal()
    return violation.keyword in UNREADABLE


def _unreadable(violation: Violation) -> str:
    """A violation in the words of the layer that reads the body."""
    if not _is_unreadable(violation):
        return f"{facts.dotted(violation.pointer)} {violation.sentence}"
    known = {
        "name": violation.field,
        "found": violation.found,
        "allowed": violation.allowed.strip("[]").replace(",", ", ").replace('"', "`"),
        "sentence": violation.sentence,
    }
    path = violation.pointer
    if violation.keyword == "required":
        known["name"] = violation.allowed.strip('"')
    elif violation.keyword == "falseSchema":
        path = path.rpartition("/")[0]
    place = f"{facts.dotted(path)}: " if path else ""
    return place + facts.filled(UNREADABLE[violation.keyword], known)


def _envelope(row: ErrorEntry, message: str, fields: Mapping[str, object]) -> Json:
    if row.media_type == "text/plain":
        return message
    if row.media_type == "application/xml":
        inside = f"<Code>{row.code}</Code><Message>{escape(message)}</Message>"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inside}</Error>'
    body: Json = {"code": row.code, "error": message}
    return body | {"usage": fields["usage"]} if "usage" in fields else body


def _pending(step: Step, here: Here) -> Reply:
    """Decision A2."""
    how = here.contract.setting("pending")
    if how == "empty":
        return Reply(202)
    body = {"status": step.state, "progress": step.progress}
    return Reply(200 if how == "ok" else 202, body)


def _expired(job: Job, step: Step, here: Here) -> Reply | Problem:
    """Decision A3."""
    if here.contract.setting("expired") == "not-found":
        return Problem("not-found", {"id": job.id}, say=f"the record of job {job.id} has expired")
    return Reply(200, {"status": step.state})


def notice(job: Job, step: Step, push: str, here: Here) -> Notice | None:
    """The bytes, to the signed URL of the request. What failed has none."""
    return Notice(id=job.id, result="video") if job.failure is None else None


def _finished(job: Job, step: Step, call: Call, here: Here) -> Reply:
    """A job is not done before its video is put where the request said (decision A14)."""
    delivery = here.pushed(job)
    if delivery == "waiting":
        before = next(one for one in reversed(job.timeline.steps) if not one.ended)
        return _pending(before, here)
    if delivery == "failed":
        row = here.contract.errors["job-upload-refused"]
        message = facts.filled(row.message, {"detail": "the PUT was not accepted"})
        failed = step._replace(state=here.contract.jobs[job.kind].failed)
        return Reply(200, _failed(Failure(row.name, message), failed, here))
    body = _done(job, step, call, here)
    if delivery and here.contract.setting("uploaded") == "no-url":
        del body["video"]["url"]
    return Reply(200, body)


def _done(job: Job, step: Step, call: Call, here: Here) -> Json:
    video: Json = {
        "url": here.link(job),
        "duration": job.facts["total_seconds"],
        "respect_moderation": True,
    }
    if file := files.kept(job):
        video["file_output"] = files.output(job, file, call, here)
    return {
        "status": step.state,
        "progress": step.progress,
        "model": job.facts["model"],
        "video": video,
        "usage": _usage(job),
    }


def _failed(failure: Failure, step: Step, here: Here) -> Json:
    """Decision A4: what went wrong, and in the older shape what there is not."""
    code = here.contract.errors[failure.name].code
    body: Json = {"status": step.state, "error": {"code": code, "message": failure.message}}
    if here.contract.setting("failed") == "legacy":
        stub = {"duration": 0, "respect_moderation": True}
        body |= {"video": stub, "model": "", "progress": 0}
    return body


def _moderated(job: Job, failure: Failure, here: Here) -> Reply | Problem:
    """Decision A5: made and billed, and not handed out."""
    how = here.contract.setting("moderated")
    if how == "error":
        say = f"moderation blocked the video of job {job.id}"
        return Problem(failure.name, {"usage": _usage(job)}, say=say)
    video: Json = {"duration": job.facts["total_seconds"], "respect_moderation": False}
    if how == "done-empty-url":
        video["url"] = ""
    return Reply(
        200,
        {
            "status": here.contract.jobs[job.kind].done,
            "progress": 100,
            "model": job.facts["model"],
            "video": video,
            "usage": _usage(job),
        },
    )


def _usage(job: Job) -> Json:
    return {"cost_in_usd_ticks": round(job.cost * TICKS)}
