"""Hooked: how a video is shown: created, looked at, listed. Pure."""

from __future__ import annotations

from typing import NamedTuple

from mockserver.contract.model import Json
from mockserver.jobs.clock import iso
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.providers import hooked_rules as rules
from mockserver.providers.base import Here

VIDEO, PROJECT = "vid_extend_", "proj_extend_"
UNNAMED = "Extended video"
MESSAGES = {
    "STARTED": "Video generation started",
    "PROCESSING": "Video is processing",
    "COMPLETED": "Video completed",
}
# What the filter of the list, the general webhook and the skill call the states.
LOWER = {
    "STARTED": "processing",
    "PROCESSING": "processing",
    "COMPLETED": "completed",
    "FAILED": "failed",
}
RATIOS = {"ratio_16_9": 16 / 9, "ratio_9_16": 9 / 16, "ratio_1_1": 1.0}


class Links(NamedTuple):
    """The addresses of a finished video."""

    url: str
    share: str
    thumbnail: str


def created(job: Job, here: Here) -> Json:
    """The answer to the request that made a video."""
    state = job.timeline.steps[0].state
    if flat(here):
        estimate = round(job.timeline.end.at)
        return {"videoId": job.id, "status": LOWER[state], "estimatedSeconds": estimate}
    data = {"videoId": job.id, "projectId": project(job), "status": written(state, here)}
    return {"success": True, "data": data}


def details(job: Job, step: Step, here: Here) -> Json:
    """One video."""
    if flat(here):
        return _flat(job, step, here)
    done = _done(job, step)
    data = _common(job, step, here) | {
        "type": job.kind,
        "durationInSeconds": job.facts["total_seconds"] if done else None,
        "avatarId": None,
        "voiceId": None,
        "musicId": None,
        "videoSettings": {
            "aspectRatio": ratio(job),
            "caption": {"disabled": True, "preset": None},
        },
        "script": None,
        "usedCredits": _used_credits(job, step, here),
        "webhook": job.facts["webhook"],
    }
    message = "Video details retrieved successfully"
    return {"success": True, "message": message, "data": data}


def listed(job: Job, step: Step, here: Here, size: int | None) -> Json:
    """One video of the list."""
    return _flat(job, step, here) if flat(here) else _common(job, step, here) | {"size": size}


def flat(here: Here) -> bool:
    """Whether the skill's shapes are asked for (decision A19)."""
    return here.contract.setting("envelope") == "flat"


def written(state: str, here: Here) -> str:
    """A state in the letters that the setting asks for."""
    return LOWER[state] if here.contract.setting("state-case") == "lower" else state


def project(job: Job) -> str:
    """The id of a video's project: the provider's examples share the word."""
    return PROJECT + job.id.removeprefix(VIDEO)


def links(job: Job, here: Here) -> Links:
    """Where a finished video is. The two addresses of the file differ in their path only."""
    url = here.link(job)
    path, share = (
        here.contract.operation(name).path.replace("{token}", job.token)
        for name in ("download_video", "download_shared")
    )
    return Links(url, url.removesuffix(path) + share, here.link(job, "thumbnail"))


def message(job: Job, step: Step) -> str:
    """What is said of a state; of a failure, why."""
    failure = job.failure if step.ended else None
    return failure.message if failure else MESSAGES[step.state]


def ratio(job: Job) -> str:
    """The provider's ratio that is nearest to the picture."""
    shown = job.wish.width / job.wish.height
    return min(RATIOS, key=lambda name: abs(RATIOS[name] / shown - 1))


def _common(job: Job, step: Step, here: Here) -> Json:
    """What details and list have in common."""
    done = _done(job, step)
    where = links(job, here) if done else None
    return {
        "id": job.id,
        "name": job.facts["name"] or UNNAMED,
        "status": written(step.state, here),
        "url": where.url if where else None,
        "thumbnail": where.thumbnail if where else None,
        "progress": _progress(job, step),
        "message": message(job, step),
        "durationInFrames": job.facts["total_frames"] if done else None,
        "projectId": project(job),
        "createdAt": iso(job.created),
        "updatedAt": iso(job.created + step.at),
    }


def _flat(job: Job, step: Step, here: Here) -> Json:
    view = {"videoId": job.id, "status": LOWER[step.state], "progress": _progress(job, step)}
    if _done(job, step):
        view |= {"downloadUrl": here.link(job), "duration": job.facts["total_seconds"]}
    return view


def _done(job: Job, step: Step) -> bool:
    return step.ended and job.failure is None


def _progress(job: Job, step: Step) -> int:
    """Where a failure shows none, the last one before it (A11)."""
    shown = [one.progress for one in job.timeline.steps if one.at <= step.at]
    return next((one for one in reversed(shown) if one is not None), 0)


def _used_credits(job: Job, step: Step, here: Here) -> float | None:
    """Decision A16. A failure gives back what was charged."""
    charged = rules.plain(job.cost)
    if step.ended:
        return 0 if job.failure else charged
    return {"null": None, "zero": 0, "charged": charged}[here.contract.setting("used-credits")]
