"""Pictory's wire, as the judge reads it. Facts: the provider's dossier and specs/pictory.yaml."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.clips import Recipe
from conformance.dialects.base import (
    Mode,
    Note,
    Problem,
    Promise,
    Push,
    View,
    dearest,
    seconds_of,
)
from conformance.exchange import Ask, post
from conformance.model import Blocked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.dialects.base import Rate
    from conformance.exchange import Answer
    from conformance.listener import Delivery
    from conformance.model import Json
    from conformance.probe import Probe
    from conformance.target import Target

NAME = "pictory"
INPUTS = {"source": "the URL of a short MP4 that the provider can fetch"}
SOURCE = Recipe(360, 640, 24, 2.0)
STATUSES = {
    "missing-key": (401,),
    "wrong-key": (401,),
    "unknown-job": (404,),
    "malformed": (400,),
    "not-an-object": (400,),
    "empty": (400,),
    "running": (200,),
    "done": (200,),
}
UNKNOWN = "00000000-0000-4000-8000-000000000000"
RATE: Rate | None = None
LIVES: Mapping[str, float] = {}
ROOT = "/pictoryapis/v1"
STATES = {
    "in-progress": "running",
    "completed": "done",
    "failed": "failed",
    "cleaned": "failed",
}
FILES = {
    "video": "url",
    "thumbnail": "thumbnailImageUrl",
    "preview": "previewImageUrl",
    "last-frame": "lastFrameImageUrl",
}
NOT_FOUND = "5000"
PIXVERSE = "pixverse5.5"
PER_SECOND = {"veo3.1": 20.0, "veo3.1_fast": 10.0, PIXVERSE: 1.6}  # AI credits
LONGEST = 10.0  # seconds of any model
DEFAULTS = {PIXVERSE: "5s", "veo3.1": "4s", "veo3.1_fast": "4s"}
CREDIT = 0.02  # US dollars, on the safe side: the price of an AI credit is not published


def credentials(key: str) -> dict[str, str]:
    return {"authorization": key}


def wrong_schemes(key: str) -> Mapping[str, dict[str, str]]:
    return {"Bearer": {"authorization": f"Bearer {key}"}, "X-Api-Key": {"x-api-key": key}}


def create(mode: Mode, body: Json) -> Ask:
    return post(f"{ROOT}/aistudio/{'images' if mode.operation == IMAGE else 'videos'}", body)


def job_of(answer: Answer) -> str:
    told = answer.json()
    data = told.get("data") if answer.status == 200 and isinstance(told, dict) else None
    return str(data.get("jobId", "")) if isinstance(data, dict) else ""


def poll(mode: Mode, job: str) -> Ask:
    return Ask("GET", f"{ROOT}/jobs/{job}")


def view(answer: Answer) -> View:
    told = answer.json()
    data = told.get("data") if isinstance(told, dict) else None
    if answer.status != 200 or not isinstance(data, dict):
        return View("unknown", f"HTTP {answer.status}")
    word = str(data.get("status", ""))
    return View(
        STATES.get(word, "unknown"),  # type: ignore[arg-type]
        word,
        id=str(told.get("job_id", "")),
        urls={name: data[field] for name, field in FILES.items() if data.get(field)},
        error=str(data.get("error_message", "")),
    )


def problem(answer: Answer) -> Problem | None:
    """A refusal. That a job is unknown may ride in a 200, and counts as a 404."""
    told = answer.json()
    if not isinstance(told, dict):
        return Problem(answer.status, "", answer.text, False) if answer.status >= 400 else None
    if isinstance(data := told.get("data"), dict) and "status" not in data and "error_code" in data:
        code = str(data["error_code"])
        status = 404 if answer.status == 200 and code == NOT_FOUND else answer.status
        return Problem(
            status, code, str(data.get("error_message", "")), told.get("success") is False
        )
    if answer.status < 400:
        return None
    if isinstance(legacy := told.get("error"), dict):  # the calls of the older API
        code, message = str(legacy.get("error_code", "")), legacy.get("error_message")
        return Problem(answer.status, code, str(message), isinstance(message, str))
    message = told.get("message")
    return Problem(answer.status, str(told.get("code", "")), str(message), isinstance(message, str))


def ping() -> Ask:
    return Ask("GET", f"{ROOT}/quota")


def _read(delivery: Delivery) -> Note:
    """What a poll would say."""
    told = delivery.json()
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, dict):
        return Note("", "unknown")
    state = STATES.get(str(data.get("status", "")), "unknown")
    return Note(
        str(told.get("job_id", "")),
        state if state != "running" else "unknown",  # type: ignore[arg-type]
        str(data.get("url", "")),
    )


PUSH: Push | None = Push(
    "/webhook",
    retries=(),
    timeout=30.0,
    accepted=lambda status: 200 <= status < 300,
    read=_read,
    callbacks=("video_ended",),
)


async def _extend(target: Target) -> Json:
    return {
        "prompt": "The bar moves on.",
        "extendVideoUrl": await target.clip(SOURCE),
        "model": PIXVERSE,
        "aspectRatio": "9:16",
        "duration": "5s",
    }


async def _again(target: Target) -> Json:
    """An extension of an extension, by its address."""
    body = await _extend(target)
    return {**body, "extendVideoUrl": await _url(target, "video")}


async def _doomed(target: Target) -> Json:
    """An extension of a video that is not there."""
    return {**await _extend(target), "extendVideoUrl": target.nowhere()}


async def _text(target: Target) -> Json:
    """Nothing but a prompt: all else is the provider's default."""
    return {"prompt": "A kite climbs over a beach."}


async def _veo(target: Target) -> Json:
    return {"prompt": "A kite climbs over a beach.", "model": "veo3.1_fast"}


async def _frame(target: Target) -> Json:
    return {
        "prompt": "The bar moves on.",
        "firstFrameImageUrl": await _url(target, "last-frame"),
        "model": PIXVERSE,
        "aspectRatio": "9:16",
        "duration": "5s",
    }


async def _references(target: Target) -> Json:
    return {
        "prompt": "The bar is shown from all sides.",
        "referenceImageUrls": [await _url(target, "last-frame")] * 3,
        "duration": "5s",
    }


async def _image(target: Target) -> Json:
    """Nothing but a prompt, again."""
    return {"prompt": "An empty square at dawn."}


async def _lost(target: Target) -> Json:
    """An image after a picture that is not there."""
    return {**await _image(target), "referenceImageUrl": target.nowhere()}


async def _flux(target: Target) -> Json:
    return {"prompt": "An empty square at dawn.", "model": "flux-schnell"}


async def _url(target: Target, name: str) -> str:
    """A file of a finished extension: the provider names them as sources of others."""
    story = await target.story("extend")
    url = story.end.view.urls.get(name, "")
    if not url:
        raise Blocked(f"the finished extension names no {name}")
    return url


def _segment(body: Json, source: Probe | None) -> Promise:
    """A segment of its own, without its source. Sizes but one are not documented."""
    tall = body.get("aspectRatio") == "9:16"
    return Promise(
        float(str(body.get("duration", DEFAULTS[body.get("model", PIXVERSE)])).removesuffix("s")),
        width=720 if tall else None,
        height=1280 if tall else None,
    )


def _continued(body: Json, source: Probe | None) -> Promise:
    return replace(_segment(body, source), continues=True)


def _still(body: Json, source: Probe | None) -> Promise:
    return Promise()


def _price(body: Json) -> float:
    """US dollars; of what is not known, the most there can be."""
    seconds = seconds_of(str(body.get("duration")).removesuffix("s"), LONGEST)
    return CREDIT * dearest(PER_SECOND, body.get("model", PIXVERSE)) * seconds


VIDEO, IMAGE, POLL = "create_video", "create_image", "get_job"
LEAST = 8 * CREDIT  # five seconds of the cheapest model
MOST, VEO, PICTURE = 16 * CREDIT, 80 * CREDIT, 14 * CREDIT  # the dearest that cases ask of a mode

MODES = {
    "extend": Mode(
        "extend",
        VIDEO,
        POLL,
        _extend,
        _continued,
        usd=MOST,
        source=SOURCE,
        price=_price,
        asks={"model": PIXVERSE, "duration": "5s"},
    ),
    "again": Mode("again", VIDEO, POLL, _again, _segment, usd=LEAST, builds_on="extend"),
    "doomed": Mode("doomed", VIDEO, POLL, _doomed, _still, usd=LEAST),
    "veo": Mode("veo", VIDEO, POLL, _veo, _segment, usd=VEO),
    "text": Mode("text", VIDEO, POLL, _text, _segment, usd=LEAST),
    "frame": Mode("frame", VIDEO, POLL, _frame, _segment, usd=LEAST, builds_on="extend"),
    "references": Mode(
        "references", VIDEO, POLL, _references, _segment, usd=LEAST, builds_on="extend"
    ),
    "image": Mode("image", IMAGE, POLL, _image, _still, usd=PICTURE),
    "doomed-image": Mode("doomed-image", IMAGE, POLL, _lost, _still, usd=2 * CREDIT),
    "flux": Mode("flux", IMAGE, POLL, _flux, _still, usd=0.6 * CREDIT),
}
