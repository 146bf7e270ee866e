"""kie.ai's wire, as the judge reads it: an envelope {code, msg, data} whose code counts, and errors
that ride in an HTTP 200. Facts: the provider's dossier and specs/kie.yaml."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING

from conformance.contract import Contract
from conformance.dialects.base import Mode, Note, Problem, Promise, Push, View, dearest
from conformance.exchange import Ask, post
from conformance.model import Blocked
from conformance.stills import picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.dialects.base import Rate
    from conformance.exchange import Answer
    from conformance.listener import Delivery
    from conformance.model import Json
    from conformance.probe import Probe
    from conformance.target import Target

NAME = "kie"
INPUTS: Mapping[str, str] = {}
HOST = "https://api.kie.ai"
UPLOADS = "https://kieai.redpandaai.co"
STATUSES: Mapping[str, Sequence[int]] = {
    "missing-key": (401,),
    "wrong-key": (401,),
    "unknown-job": (422, 404),
    "no-route": (404,),
    "no-method": (405, 404),
    "malformed": (422, 400, 500),
    "not-an-object": (422, 400, 500),
    "media-type": (422, 400, 500),
    "empty": (422, 500),
    "running": (200,),
    "done": (200,),
}
UNKNOWN = "0123456789abcdef0123456789abcdef"
RATE: Rate | None = None
LIVES: Mapping[str, float] = {"record": 14 * 86_400.0, "url": 14 * 86_400.0}
STATES = {0: "running", 1: "done", 2: "failed", 3: "failed"}
MADE = 4  # seconds of the clip that everything else is made of
ADDED = 7  # seconds that an extension adds
CREDIT = 0.005  # US dollars
KEYS = {"code", "msg", "data"}
NOWHERE = "https://conformance.invalid/nothing.png"


def credentials(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def wrong_schemes(key: str) -> Mapping[str, dict[str, str]]:
    return {"the key without Bearer": {"authorization": key}, "X-Api-Key": {"x-api-key": key}}


def create(mode: Mode, body: Json) -> Ask:
    paths = {"extend": "extend", "4k": "get-4k-video"}
    return post(f"/api/v1/veo/{paths.get(mode.name, 'generate')}", body)


def job_of(answer: Answer) -> str:
    told = told_of(answer)
    data = told.get("data")
    if told.get("code") != 200 or not isinstance(data, dict):
        return ""
    return str(data.get("taskId") or "")


def poll(mode: Mode, job: str) -> Ask:
    return Ask("GET", f"/api/v1/veo/record-info?taskId={job}")


def view(answer: Answer) -> View:
    told = told_of(answer)
    record = told.get("data")
    if told.get("code") != 200 or not isinstance(record, dict):
        return View("unknown", f"HTTP {answer.status}, code {told.get('code')}")
    flag = record.get("successFlag")
    return View(
        STATES.get(flag, "unknown") if isinstance(flag, int) else "unknown",  # type: ignore[arg-type]
        f"successFlag {flag}",
        id=str(record.get("taskId") or ""),
        urls=urls_of(record),
        error=str(record.get("errorMessage") or ""),
    )


def urls_of(record: Json) -> dict[str, str]:
    """The addresses in a record: the video is the whole of an extension, where there is one."""
    response = record.get("response")
    response = response if isinstance(response, dict) else {}
    whole, made = _first(response.get("fullResultUrls")), _first(response.get("resultUrls"))
    named = {
        "video": whole or made,
        "clip": made if whole else "",
        "origin": _first(response.get("originUrls")),
        "image": _first(response.get("imageUrls")),
    }
    return {name: url for name, url in named.items() if url}


def problem(answer: Answer) -> Problem | None:
    told = told_of(answer)
    code = told.get("code")
    if isinstance(code, int) and (code != 200 or answer.status < 400):
        whole = set(told) >= KEYS or told.get("success") is False
        refusal = Problem(code, "", str(told.get("msg", "")), whole)
        return None if code == 200 else refusal
    if answer.status >= 400:
        return Problem(answer.status, "", answer.text, envelope=False)
    return None


def ping() -> Ask:
    return Ask("GET", "/api/v1/chat/credit")


def told_of(answer: Answer) -> dict[str, Json]:
    """The body; empty when it is no JSON object."""
    told = answer.json()
    return told if isinstance(told, dict) else {}


def read(delivery: Delivery) -> Note:
    """What a callback says. A failure has a code other than 200."""
    told = told_by(delivery)
    data = told.get("data") or {}
    info = data.get("info") or {}
    code = told.get("code")
    state = "unknown" if not isinstance(code, int) else "done" if code == 200 else "failed"
    return Note(str(data.get("taskId") or ""), state, _first(info.get("resultUrls")))  # type: ignore[arg-type]


def told_by(delivery: Delivery) -> dict[str, Json]:
    """The body of a callback; empty when it is no JSON object."""
    told = delivery.json()
    return told if isinstance(told, dict) else {}


def signed(delivery: Delivery, secret: str) -> str:
    """What is wrong with a callback's signature, over the task's id and the time it was sent."""
    stamp = delivery.headers.get("x-webhook-timestamp", "")
    given = delivery.headers.get("x-webhook-signature", "")
    if not (stamp and given):
        return "X-Webhook-Timestamp or X-Webhook-Signature is missing"
    if not stamp.isdigit():
        return f"X-Webhook-Timestamp is {stamp!r}, no count of seconds"
    wanted = signature(secret, read(delivery).id, stamp)
    return "" if hmac.compare_digest(wanted, given) else f"the signature is {given}, not {wanted}"


def signature(secret: str, task: str, stamp: str) -> str:
    """Base64 of HMAC-SHA256 over `<task>.<stamp>`."""
    made = hmac.digest(secret.encode(), f"{task}.{stamp}".encode(), "sha256")
    return base64.b64encode(made).decode()


PUSH: Push | None = Push(
    field="/callBackUrl",
    retries=(1, 5, 15),
    timeout=15,
    accepted=lambda status: status == 200,
    read=read,
    signed=signed,
    callbacks=("notify_generated", "notify_extended"),
)


def uploads(target: Target) -> str:
    """What the paths of the upload host are put behind."""
    return UPLOADS if target.connection.base.startswith(HOST) else ""


async def put_up(target: Target, name: str, content: bytes) -> str:
    """The URL of a picture kept at the upload host, which is free. Blocked when it is refused."""
    encoded = base64.b64encode(content).decode()
    body = {"base64Data": encoded, "uploadPath": "conformance", "fileName": name}
    ask = post(f"{uploads(target)}/api/file-base64-upload", body)
    exchange = await target.once(("kept", name), lambda: target.call(ask))
    data = told_of(exchange.answer).get("data")
    if not isinstance(data, dict) or not data.get("downloadUrl"):
        raise Blocked(f"a picture could not be put up: {exchange.told()}")
    return str(data["downloadUrl"])


async def _generate(target: Target) -> Json:
    return {
        "prompt": "A tram climbs a steep street.",
        "model": "veo3_lite",
        "duration": MADE,
        "aspect_ratio": "16:9",
        "resolution": "720p",
    }


async def _frames(target: Target) -> Json:
    first = await put_up(target, "first.png", picture())
    last = await put_up(target, "last.png", picture(hue=90))
    kind = "FIRST_AND_LAST_FRAMES_2_VIDEO"
    return {**await _generate(target), "generationType": kind, "imageUrls": [first, last]}


async def _references(target: Target) -> Json:
    first = await put_up(target, "first.png", picture())
    kind = "REFERENCE_2_VIDEO"
    return {
        **await _generate(target),
        "generationType": kind,
        "imageUrls": [first],
        "duration": 8,
    }


async def _doomed(target: Target) -> Json:
    """A generation that cannot come to a good end: its picture is nowhere."""
    return {**await _generate(target), "imageUrls": [NOWHERE]}


async def _extend(target: Target) -> Json:
    source = await target.story("generate")
    return {"taskId": source.job, "prompt": "It reaches the top.", "model": "lite", "seeds": 12345}


async def _upgrade(target: Target) -> Json:
    source = await target.story("generate")
    return {"taskId": source.job, "index": 0}


def _generated(body: Json, source: Probe | None) -> Promise:
    return Promise(float(body["duration"]), width=1280, height=720)


def _extended(body: Json, source: Probe | None) -> Promise:
    return Promise(
        float(MADE + ADDED), width=1280, height=720, audio=True, joined=True, seam=float(MADE)
    )


def _upgraded(body: Json, source: Probe | None) -> Promise:
    return Promise(float(MADE), width=3840, height=2160)


def _first(urls: Json) -> str:
    """The first of a list of addresses; empty when it is none."""
    return str(urls[0]) if isinstance(urls, list) and urls and isinstance(urls[0], str) else ""


def _price(body: Json) -> float:
    """By model and size, as the spec lists them."""
    rates = Contract(NAME).prices["rates"]
    if "taskId" in body:
        return CREDIT * dearest(rates["extend"], body.get("model") or "fast")
    tiers = rates.get(body.get("model") or "veo3_fast", rates["veo3"])
    return CREDIT * dearest(tiers, body.get("resolution") or "720p")


LITE = {"model": "veo3_lite", "resolution": "720p"}
MODES = {
    "extend": Mode(
        "extend",
        "extend",
        "record_info",
        _extend,
        _extended,
        usd=15 * CREDIT,
        price=_price,
        asks={"taskId": "", "model": "lite"},
        builds_on="generate",
    ),
    "generate": Mode(
        "generate",
        "generate",
        "record_info",
        _generate,
        _generated,
        usd=15 * CREDIT,
        price=_price,
        asks=LITE,
    ),
    "frames": Mode(
        "frames",
        "generate",
        "record_info",
        _frames,
        _generated,
        usd=15 * CREDIT,
        price=_price,
        asks=LITE,
    ),
    "references": Mode(
        "references",
        "generate",
        "record_info",
        _references,
        _generated,
        usd=15 * CREDIT,
        price=_price,
        asks=LITE,
    ),
    "doomed": Mode(
        "doomed",
        "generate",
        "record_info",
        _doomed,
        _generated,
        usd=15 * CREDIT,
        price=_price,
        asks=LITE,
    ),
    "4k": Mode(
        "4k",
        "get_4k_video",
        "record_info",
        _upgrade,
        _upgraded,
        usd=120 * CREDIT,
        builds_on="generate",
    ),
}
