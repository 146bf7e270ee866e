"""Hooked: the three documented bodies of its webhook, of which a setting chooses one. Pure."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.contract.model import Json
from mockserver.jobs.clock import iso
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.providers import hooked_views as views
from mockserver.providers.base import Here, Notice


def notice(job: Job, step: Step, push: str, here: Here) -> Notice | None:
    """The body of a push; None for the bodies that are not chosen (decision A1)."""
    if push != f"notice_{here.contract.setting('webhook-body')}":
        return None
    return Notice(BODIES[push](job, step, here), id=job.id)


def _of_this_endpoint(job: Job, step: Step, here: Here) -> Json:
    """V1. The client's own keys stand beside the provider's, which win (decision A4)."""
    metadata = dict(job.facts["metadata"]) | {
        "projectId": views.project(job),
        "originalDuration": f"{job.facts['source_seconds']:g}s",
        "extendedDuration": f"{job.facts['total_seconds']:g}s",
    }
    state = views.written(step.state, here)
    data: Json = {"videoId": job.id, "status": state}
    if job.failure is None:
        where = views.links(job, here)
        data |= {"url": where.url, "shareUrl": where.share}
    data["metadata"] = metadata
    return {"status": state, "data": data, "message": views.message(job, step)}


def _general(job: Job, step: Step, here: Here) -> Json:
    """V2. The client's object goes along, as another page says it does."""
    status = views.LOWER[step.state]
    body: Json = {"event": f"project.{status}", "projectId": views.project(job), "status": status}
    if job.failure is None:
        where = views.links(job, here)
        body["video"] = {
            "id": job.id,
            "url": where.url,
            "thumbnail": where.thumbnail,
            "duration": job.facts["total_seconds"],
            "aspectRatio": views.ratio(job).removeprefix("ratio_").replace("_", ":"),
            "resolution": f"{job.wish.width}x{job.wish.height}",
        }
    else:
        body["message"] = views.message(job, step)
    if job.facts["metadata"]:
        body["metadata"] = job.facts["metadata"]
    body["createdAt"] = iso(job.created)
    if job.failure is None:
        body["completedAt"] = iso(job.created + step.at)
    return body


def _of_the_skill(job: Job, step: Step, here: Here) -> Json:
    """V3."""
    status = views.LOWER[step.state]
    body: Json = {"event": f"video.{status}", "videoId": job.id, "status": status}
    if job.failure is None:
        return body | {"downloadUrl": here.link(job), "duration": job.facts["total_seconds"]}
    return body | {"message": views.message(job, step)}


BODIES: dict[str, Callable[[Job, Step, Here], Json]] = {
    "notice_v1": _of_this_endpoint,
    "notice_v2": _general,
    "notice_v3": _of_the_skill,
}
