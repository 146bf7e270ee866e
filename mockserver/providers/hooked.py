"""Hooked: what it accepts, shows and refuses. Shapes, limits and wording: specs/hooked.yaml.

A call names a video by its media id and is polled or told by a webhook; the result is the source
and the new part in one file. Media ids come from the control API: the provider publishes no upload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Operation
from mockserver.jobs.chance import Chance
from mockserver.jobs.job import Job
from mockserver.jobs.timeline import Step
from mockserver.media.model import Clip, Trouble
from mockserver.providers import hooked_errors as errors
from mockserver.providers import hooked_notices as notices
from mockserver.providers import hooked_requests as requests
from mockserver.providers import hooked_rules as rules
from mockserver.providers import hooked_views as views
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
from mockserver.providers.hooked_list import list_videos

EXTRAS: Mapping[str, Extra] = {"listVideos": list_videos}

WORD = "abcdefghijklmnopqrstuvwxyz0123456789"
WORD_LENGTH = 12


def _new_media_id(chance: Chance) -> str:
    return f"media_{_word(chance)}"


# The first three are those of the requests on the provider's page.
LIBRARY: Library | None = Library(
    _new_media_id,
    {
        "media_video123": "1280x720-24fps-5s",
        "media_marketing_clip": "720x1280-25fps-5s",
        "media_story_video": "1280x720-30fps-8s",
        "media_silent_video": "640x360-25fps-4s-noaudio",
        "media_square_video": "720x720-25fps-4s",
        "media_image123": "1280x720-png",
        "media_sound123": "5s-mp3",
    },
)


def admit(operation: Operation, call: Call, here: Here) -> Problem | None:
    return requests.crowded(call, here)


def headers(operation: Operation | None, call: Call) -> Mapping[str, str]:
    return {}


def refuse(problem: Problem, call: Call, here: Here) -> Reply:
    return errors.reply(problem, call, here.contract)


def inputs(operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
    """The one video of a request, unless the request itself cannot be meant."""
    return requests.objection(call, here) or [requests.wanted(call.body["media"])]


def accept(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    source = found["source"]
    if isinstance(source, Trouble):
        return requests.unusable(source)
    if problem := rules.misfit(here.contract, source):
        return problem
    assert isinstance(source, Clip)
    return rules.extension(here.contract, requests.filled(here.contract, call.body), source)


def new_id(chance: Chance, contract: Contract) -> str:
    return f"{views.VIDEO}{_word(chance)}"


def files_of(job: Job, here: Here) -> Sequence[StoredFile]:
    """Decision A14: a finished video may be extended again only where the setting says so."""
    if here.contract.setting("chaining") == "refused" or job.failure:
        return ()
    return (StoredFile(job.id, job.owner, job.ends, job=job.id),)


def begun(job: Job, call: Call, here: Here) -> Reply:
    return Reply(200, views.created(job, here))


def show(job: Job, step: Step, call: Call, here: Here) -> Reply | Problem:
    return Reply(200, views.details(job, step, here), stays=not step.ended)


def notice(job: Job, step: Step, push: str, here: Here) -> Notice | None:
    return notices.notice(job, step, push, here)


def _word(chance: Chance) -> str:
    return "".join(chance.choice(WORD) for _ in range(WORD_LENGTH))
