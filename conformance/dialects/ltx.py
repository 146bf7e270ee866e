"""LTX's wire, as the judge reads it: jobs of version 2 under a segment each, calls of version 1
that answer with the file, and uploads by a signed PUT. Facts: the dossier and specs/ltx.yaml."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from conformance.clips import Recipe, made
from conformance.contract import Contract
from conformance.dialects.base import Mode, Problem, Promise, View, dearest, seconds_of
from conformance.exchange import Ask, post
from conformance.model import Blocked, Disabled
from conformance.sounds import track
from conformance.stills import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.dialects.base import Body, Push, Rate
    from conformance.exchange import Answer, Exchange
    from conformance.model import Json
    from conformance.probe import Probe
    from conformance.target import Target

NAME = "ltx"
PUSH: Push | None = None
INPUTS: Mapping[str, str] = {}
STATUSES: Mapping[str, Sequence[int]] = {
    "missing-key": (401,),
    "wrong-key": (401,),
    "unknown-job": (404,),
    "no-route": (404,),
    "no-method": (405, 404),
    "malformed": (400,),
    "not-an-object": (400,),
    "media-type": (400, 415),
    "empty": (400,),
    "running": (200,),
    "done": (200,),
}
UNKNOWN = "00000000-0000-4000-8000-000000000000"
RATE: Rate | None = None
LIVES: Mapping[str, float] = {"record": 86_400.0, "url": 86_400.0}
STATES = {
    "pending": "running",
    "processing": "running",
    "completed": "done",
    "failed": "failed",
}
SOURCE = Recipe(320, 180, 24, 4.0)
UPRIGHT = Recipe(180, 320, 24, 73 / 24)
TALL = (720, 1280)
HUES = 21  # how far pictures are apart whose names differ by a letter
LEAST_SECONDS, MOST_SECONDS = 6.0, 20.0
SIZES = {
    f"{long}x{short}" if wide else f"{short}x{long}": tier
    for long, short, tier in (
        (1280, 720, "720p"),
        (1920, 1080, "1080p"),
        (2560, 1440, "1440p"),
        (3840, 2160, "4K"),
    )
    for wide in (True, False)
}
NOTHING: Mapping[str, Json] = {}
ADDS: Mapping[str, Json] = {"duration": 2, "model": "ltx-2-3-pro"}
SMALL: Mapping[str, Json] = {"resolution": "1280x720", "model": "ltx-2-3-pro"}
TALLEST: Mapping[str, Json] = {"resolution": "1080x1920", "model": "ltx-2-3-pro"}
FAST: Mapping[str, Json] = {"resolution": "1280x720", "model": "ltx-2-3-fast", "duration": 6}
STEP = 8  # added frames are rounded up to a multiple of so many
SYNCHRONOUS = "-v1"  # how the modes of version 1 are called
VARIANTS = ("-start", "-upright")  # how modes are called that go by the segment of another


def credentials(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def wrong_schemes(key: str) -> Mapping[str, dict[str, str]]:
    return {
        "the key without Bearer": {"authorization": key},
        "Basic": {"authorization": f"Basic {key}"},
        "X-Api-Key": {"x-api-key": key},
    }


def segment(mode: Mode) -> str:
    """The path segment of a mode."""
    name = mode.name.removesuffix(SYNCHRONOUS)
    for variant in VARIANTS:
        name = name.removesuffix(variant)
    return name


def create(mode: Mode, body: Json) -> Ask:
    return post(f"/v{1 if mode.waits else 2}/{segment(mode)}", body)


def job_of(answer: Answer) -> str:
    told = answer.json()
    if answer.status != 202 or not isinstance(told, dict):
        return ""
    return str(told.get("id") or "")


def poll(mode: Mode, job: str) -> Ask:
    return Ask("GET", f"/v2/{segment(mode)}/{job}")


def view(answer: Answer) -> View:
    told = answer.json()
    if answer.status != 200 or not isinstance(told, dict):
        return View("unknown", f"HTTP {answer.status}")
    word = str(told.get("status", ""))
    result, error = told.get("result"), told.get("error")
    urls = dict(result) if isinstance(result, dict) else {}
    if video := urls.pop("video_url", None):
        urls = {"video": video, **urls}
    return View(
        STATES.get(word, "unknown"),  # type: ignore[arg-type]
        word,
        id=str(told.get("id") or ""),
        urls=urls,
        error=str(error.get("message", "")) if isinstance(error, dict) else "",
    )


def problem(answer: Answer) -> Problem | None:
    if answer.status < 400:
        return None
    told = answer.json()
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        return Problem(answer.status, "", answer.text, envelope=answer.status == 413)
    whole = told.get("type") == "error" and {"type", "message"} <= set(error)
    return Problem(answer.status, str(error.get("type", "")), str(error.get("message", "")), whole)


def ping() -> Ask:
    return Ask("GET", f"/v2/extend/{UNKNOWN}")


async def ticket(target: Target) -> dict[str, Json]:
    """A place for one upload. Blocked when none is given."""
    exchange = await target.call(Ask("POST", "/v1/upload"))
    told = exchange.answer.json()
    if exchange.answer.status != 200 or not isinstance(told, dict) or "upload_url" not in told:
        raise Blocked(f"no place for an upload was given: {exchange.told()}")
    return told


async def put(
    target: Target, place: Mapping[str, Json], content: bytes, kind: str, **other: str
) -> Exchange:
    """The PUT that a ticket is good for; `other` headers stand in for the required ones."""
    required = place.get("required_headers") or {}
    headers = {"content-type": kind, **required, **other}
    return await target.call(Ask("PUT", str(place["upload_url"]), headers, content), key=None)


async def uploaded(target: Target, name: str, content: bytes, kind: str) -> str:
    """The URI of a file put up under a name, once. Blocked when it is refused."""

    async def run() -> str:
        place = await ticket(target)
        exchange = await put(target, place, content, kind)
        if exchange.answer.status not in (200, 201):
            raise Blocked(f"an upload was not taken: {exchange.told()}")
        return str(place["storage_uri"])

    return await target.once(("uploaded", name), run)


async def video(target: Target, recipe: Recipe = SOURCE) -> str:
    return await uploaded(target, recipe.name, made(recipe), "video/mp4")


def still(name: str = "first", width: int = 1280, height: int = 720) -> bytes:
    """A picture that looks unlike one of a name of another length."""
    return picture(width, height, hue=HUES * len(name) % 256)


async def image(target: Target, name: str = "first", width: int = 1280, height: int = 720) -> str:
    content = still(name, width, height)
    return await uploaded(target, f"{name}-{width}x{height}", content, "image/png")


async def _extend(target: Target) -> Json:
    body = {"video_uri": await video(target), "duration": 2, "context": 1}
    return {**body, "prompt": "The bar moves on.", "model": "ltx-2-3-pro"}


async def _lead_in(target: Target) -> Json:
    return {**await _extend(target), "mode": "start"}


async def _from_text(target: Target) -> Json:
    return {
        "prompt": "A tram climbs a steep street.",
        "model": "ltx-2-3-fast",
        "duration": 6,
        "resolution": "1280x720",
    }


async def _from_image(target: Target) -> Json:
    """With what text to video leaves out: all of it is other than usual."""
    body = {**await _from_text(target), "image_uri": await image(target, "first", *TALL)}
    return {**body, "resolution": "720x1280", "fps": 25, "generate_audio": False}


async def _from_audio(target: Target) -> Json:
    sound = await uploaded(target, "tone", track(), "audio/mp4")
    return {
        "audio_uri": sound,
        "prompt": "A host speaks.",
        "model": "ltx-2-3-pro",
        "resolution": "1280x720",
    }


async def _stands(target: Target) -> Json:
    """To a sound track and an upright picture, and as large as that makes it."""
    return {
        "audio_uri": await uploaded(target, "tone", track(), "audio/mp4"),
        "image_uri": await image(target, "first", *TALL),
        "prompt": "A host speaks.",
    }


async def _retake(target: Target) -> Json:
    body = {"video_uri": await video(target, UPRIGHT), "start_time": 0.5, "duration": 2}
    return {**body, "prompt": "The bar stops.", "mode": "replace_video"}


def _extended(body: Json, source: Probe | None) -> Promise:
    """The whole video. How frames are rounded is not documented: eight either way will do."""
    assert source is not None
    added = STEP * ceil(round(body["duration"] * source.rate) / STEP) / source.rate
    leads_in = body.get("mode") == "start"
    return Promise(
        source.seconds + added,
        slack=STEP / source.rate + 0.05,
        width=source.width,
        height=source.height,
        rate=source.rate,
        audio=bool(source.audio),
        joined=True,
        leads_in=leads_in,
        seam=added if leads_in else source.seconds,
    )


def _generated(body: Json, source: Probe | None) -> Promise:
    return Promise(float(body["duration"]), width=1280, height=720, rate=24.0, audio=True)


def _shown(body: Json, source: Probe | None) -> Promise:
    return Promise(float(body["duration"]), width=720, height=1280, rate=25.0, audio=False)


def _to_sound(body: Json, source: Probe | None) -> Promise:
    return Promise(2.0, width=1280, height=720, rate=24.0, audio=True)


def _upright(body: Json, source: Probe | None) -> Promise:
    return Promise(2.0, width=1080, height=1920, rate=24.0, audio=True)


def _retaken(body: Json, source: Probe | None) -> Promise:
    assert source is not None
    return Promise(source.seconds, width=1080, height=1920, rate=source.rate, audio=True)


def _priced(stem: str) -> Callable[[Json], float]:
    """By model, size and length, as the spec lists them; what is left out is as usual."""

    def price(body: Json) -> float:
        rates = Contract(NAME).prices["rates"]
        known = {name: tiers for name, tiers in rates.items() if name.startswith(f"{stem}.")}
        model = f"{stem}.{body.get('model', 'ltx-2-3-pro')}"
        tiers = known.get(model) or max(known.values(), key=_most)
        length = seconds_of(body.get("duration", LEAST_SECONDS), MOST_SECONDS)
        return length * dearest(tiers, SIZES.get(str(body.get("resolution", "1920x1080"))))

    return price


def _most(tiers: Mapping[str, float]) -> float:
    return max(tiers.values())


def _pair(
    name: str,
    body: Body,
    promise: Callable[[Json, Probe | None], Promise],
    usd: float,
    source: Recipe | None = None,
    asks: Mapping[str, Json] = NOTHING,
) -> tuple[Mode, Mode]:
    """A way of version 2, and its twin of version 1."""
    stem = name.replace("-", "_")
    price = _priced(stem)
    jobs = Mode(
        name, f"{stem}_v2", f"get_{stem}_v2", body, promise, usd, source, price=price, asks=asks
    )
    twin = f"{name}{SYNCHRONOUS}"
    served = _still_served(body)
    waits = Mode(
        twin, f"{stem}_v1", "", served, promise, usd, source, waits=True, price=price, asks=asks
    )
    return jobs, waits


def _still_served(body: Body) -> Body:
    """The same body, but none for the provider itself, where version 1 has come to its end."""

    async def made(target: Target) -> Json:
        if target.connection.live:
            raise Disabled("version 1 was announced to end on 2026-10-26")
        return await body(target)

    return made


EXTEND = _pair("extend", _extend, _extended, 0.30, SOURCE, ADDS)
TEXT = _pair("text-to-video", _from_text, _generated, 6 * 0.03, asks=FAST)
IMAGE = _pair("image-to-video", _from_image, _shown, 6 * 0.03, asks=FAST)
AUDIO = _pair("audio-to-video", _from_audio, _to_sound, 6 * 0.06, asks=SMALL)
RETAKE = _pair("retake", _retake, _retaken, 4 * 0.10, UPRIGHT, ADDS)
LEAD_IN = Mode(
    "extend-start",
    "extend_v2",
    "get_extend_v2",
    _lead_in,
    _extended,
    0.30,
    SOURCE,
    price=_priced("extend"),
    asks=ADDS,
)
STANDING = Mode(
    "audio-to-video-upright",
    "audio_to_video_v2",
    "get_audio_to_video_v2",
    _stands,
    _upright,
    6 * 0.10,
    price=_priced("audio_to_video"),
    asks=TALLEST,
)
WAYS = (EXTEND, TEXT, IMAGE, AUDIO, RETAKE)
OTHERS = (LEAD_IN, STANDING)
MODES = {one.name: one for one in (*(way[0] for way in WAYS), *OTHERS, *(way[1] for way in WAYS))}
