"""Pictory: how jobs and what they made look on the wire."""

from __future__ import annotations

from datetime import UTC, datetime

from mockserver.contract.model import Json
from mockserver.jobs.clock import iso
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.providers import pictory_errors as errors
from mockserver.providers.base import Here

SENT = ("style", "firstFrameImageUrl", "extendVideoUrl", "referenceImageUrls", "referenceImageUrl")
DIGITS = 10  # of the hexadecimal part of an item's id


def job(job: Job, step: Step, here: Here) -> Json:
    """A job as the poll shows it; its id is called job_id here (A6)."""
    success, view = data(job, step, here)
    return {"job_id": job.id, "success": success, "data": view}


def data(job: Job, step: Step, here: Here) -> tuple[bool, Json]:
    """Whether all is well with a job, and what is shown of it."""
    kind = here.contract.jobs[job.kind]
    if step.state == kind.done:
        return True, {"status": step.state, **_made(job, here)}
    if step.state == kind.failed and job.failure:
        entry = here.contract.errors[job.failure.name]
        failure = {
            "error_code": errors.code(entry.code, here.contract),
            "error_message": job.failure.message,
        }
        return False, {"status": step.state, **failure}
    return not step.ended, {"status": step.state}


def item(job: Job, here: Here) -> Json:
    """A finished job as the AI Studio lists show it, without its job id."""
    asked = job.facts
    shown = {
        "id": f"{datetime.fromtimestamp(int(job.created), UTC):%Y%m%d%H%M%S}{_word(job)}",
        "prompt": asked["prompt"],
        "aspectRatio": asked["aspectRatio"],
        "createdDate": iso(job.created),
        "model": asked["model"],
    }
    made = {name: value for name, value in _made(job, here).items() if name != "aiCreditsUsed"}
    return {**made, **shown, **{name: asked[name] for name in SENT if name in asked}}


def _made(job: Job, here: Here) -> Json:
    size = {"width": job.wish.width, "height": job.wish.height}
    if job.kind == "image":
        return {"url": here.link(job, "image"), **size, "aiCreditsUsed": job.cost}
    return {
        "url": here.link(job),
        "duration": job.facts["duration"],
        **size,
        "thumbnailImageUrl": here.link(job, "thumbnail"),
        "lastFrameImageUrl": here.link(job, "last-frame"),
        "previewImageUrl": here.link(job, "preview"),
        "aiCreditsUsed": job.cost,
    }


def _word(job: Job) -> str:
    """Something that tells items of the same second apart and leads nowhere."""
    return job.id.replace("-", "")[-DIGITS:]
