"""Hooked's wire, as the judge reads it. Facts: the provider's dossier and specs/hooked.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.clips import Recipe
from conformance.dialects.base import Mode, Note, Problem, Promise, Push, Rate, View
from conformance.exchange import Ask, post
from conformance.model import Disabled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.exchange import Answer
    from conformance.listener import Delivery
    from conformance.model import Json
    from conformance.probe import Probe
    from conformance.target import Target

NAME = "hooked"
INPUTS = {
    "media": "the id of a short video in the account's library",
    "still": "the id of a picture there, to see it refused; may be left out",
}
SOURCE = Recipe(640, 360, 25, 3.0)
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
UNKNOWN = "vid_extend_000000000000"
LIST = "/v1/video/list"
CREATE = "/v1/project/create/extend-video"
STATES = {
    "STARTED": "running",
    "PROCESSING": "running",
    "COMPLETED": "done",
    "FAILED": "failed",
}
USUAL = 4  # seconds that are added where nothing is said
CREDIT = 39 / 150  # US dollars, in the smallest plan
CREDITS = 5  # of the one example, taken for four seconds: no price of an extension is published


def credentials(key: str) -> dict[str, str]:
    return {"x-api-key": key}


def wrong_schemes(key: str) -> Mapping[str, dict[str, str]]:
    bearer = {"authorization": f"Bearer {key}"}
    return {"Bearer": bearer, "the bare key in Authorization": {"authorization": key}}


def create(mode: Mode, body: Json) -> Ask:
    return post(CREATE, body)


def job_of(answer: Answer) -> str:
    data = _data(answer)
    return str(data.get("videoId", "")) if answer.status == 200 else ""


def poll(mode: Mode, job: str) -> Ask:
    return Ask("GET", f"/v1/video/{job}")


def view(answer: Answer) -> View:
    data = _data(answer)
    if answer.status != 200 or not data:
        return View("unknown", f"HTTP {answer.status}")
    word = str(data.get("status", ""))
    urls = {"video": data.get("url"), "thumbnail": data.get("thumbnail")}
    return View(
        STATES.get(word.upper(), "unknown"),  # type: ignore[arg-type]
        word,
        id=str(data.get("id", "")),
        progress=_number(data.get("progress")),
        urls={name: url for name, url in urls.items() if url},
        error=str(data.get("message", "")),
    )


def problem(answer: Answer) -> Problem | None:
    told = answer.json()
    fine = isinstance(told, dict) and told.get("success") is True
    if answer.status < 400 and (fine or not _says_no(told)):
        return None
    if not isinstance(told, dict):
        return Problem(answer.status, "", answer.text, envelope=False)
    envelope = told.get("success") is False and isinstance(told.get("message"), str)
    return Problem(answer.status, str(told.get("code", "")), str(told.get("message", "")), envelope)


def ping() -> Ask:
    return Ask("GET", f"{LIST}?limit=1")


RATE: Rate | None = Rate(60, 60.0, ping)
LIVES: Mapping[str, float] = {"url": 7 * 86_400.0}


def _says_no(told: Json) -> bool:
    return isinstance(told, dict) and told.get("success") is False


def _number(told: Json) -> float | None:
    fine = isinstance(told, int | float) and not isinstance(told, bool)
    return told if fine else None


def _data(answer: Answer) -> dict[str, Json]:
    told = answer.json()
    data = told.get("data") if isinstance(told, dict) else None
    return data if isinstance(data, dict) else {}


def _read(delivery: Delivery) -> Note:
    """Any of the three bodies that the provider documents."""
    told = delivery.json()
    if not isinstance(told, dict):
        return Note("", "unknown")
    data, video = told.get("data"), told.get("video")
    data, video = (one if isinstance(one, dict) else {} for one in (data, video))
    state = STATES.get(str(told.get("status", "")).upper(), "unknown")
    return Note(
        str(data.get("videoId") or video.get("id") or told.get("videoId") or ""),
        state if state != "running" else "unknown",  # type: ignore[arg-type]
        str(data.get("url") or video.get("url") or told.get("downloadUrl") or ""),
    )


PUSH: Push | None = Push(
    "/webhook",
    retries=(60.0, 300.0, 900.0),
    timeout=10.0,
    accepted=lambda status: status == 200,
    read=_read,
    callbacks=("notice_v1", "notice_v2", "notice_v3"),
)


async def _extend(target: Target) -> Json:
    """As little as there has to be."""
    media = target.connection.inputs.get("media")
    if not media:
        raise Disabled("the target needs a video of the account: give --input media=ID")
    return {"media": media, "prompt": "The bar moves on."}


async def _full(target: Target) -> Json:
    """Every field there is."""
    return {
        **await _extend(target),
        "targetDuration": 8,
        "generateAudio": False,
        "name": "Spring campaign",
        "metadata": {"campaign": "spring", "cut": 3},
    }


async def _long(target: Target) -> Json:
    return {**await _extend(target), "targetDuration": 60}


def _extended(body: Json, source: Probe | None) -> Promise:
    """The source and the new part in one file, in the source's size and frame rate."""
    if source is None:
        return Promise(joined=True)
    return Promise(
        source.seconds + body.get("targetDuration", USUAL),
        width=source.width,
        height=source.height,
        rate=source.rate,
        audio=body.get("generateAudio", True) or None,
        joined=True,
        seam=source.seconds,
    )


MODES = {
    "extend": Mode(
        "extend",
        "extendVideo",
        "getVideo",
        _extend,
        _extended,
        usd=CREDITS * CREDIT,
        source=SOURCE,
    ),
    "full": Mode(
        "full",
        "extendVideo",
        "getVideo",
        _full,
        _extended,
        usd=2 * CREDITS * CREDIT,
        source=SOURCE,
    ),
    "long": Mode(
        "long",
        "extendVideo",
        "getVideo",
        _long,
        _extended,
        usd=15 * CREDITS * CREDIT,
        source=SOURCE,
    ),
}
