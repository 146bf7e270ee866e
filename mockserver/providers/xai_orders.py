"""The job that a create at xAI becomes: what is made, how large, how long, at what price."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from mockserver.contract.message import Call
from mockserver.contract.model import Contract, Json
from mockserver.jobs.job import Failure
from mockserver.media.model import Clip, Trouble, Wish
from mockserver.providers import xai_facts as facts
from mockserver.providers.base import Accepted, Found, Here, Input

GRID = 3  # places for keyframes in a second: specs/xai.yaml#/components/schemas/Keyframe
UNFETCHED = frozenset(
    "not-allowed unresolved unreachable status redirected too-large timed-out".split()
)


def extension(call: Call, inputs: Sequence[Input], found: Found, here: Here) -> Accepted:
    """Source, then new part, in one file."""
    clip = found["source"]
    rules = facts.limits(here.contract, "ExtensionSource")
    if failure := _unfit(clip, rules, here.contract):
        return _doomed(call, failure, here)
    assert isinstance(clip, Clip), "a source that is fit is a clip"
    default = facts.limits(here.contract, "ExtendVideoRequest")["duration"]["default"]
    added = call.body.get("duration") or default
    numerator, denominator = clip.rate.as_integer_ratio()
    frames = max(1, round(added * numerator / denominator))
    return _from_video(call, here, clip, seconds=added, frames=frames, start=clip.frames)


def edit(call: Call, inputs: Sequence[Input], found: Found, here: Here) -> Accepted:
    """The whole source, made anew."""
    clip = found["source"]
    rules = facts.limits(here.contract, "EditSource")
    if failure := _unfit(clip, rules, here.contract):
        return _doomed(call, failure, here)
    assert isinstance(clip, Clip), "a source that is fit is a clip"
    return _from_video(call, here, clip, seconds=clip.seconds, frames=clip.frames, start=0)


def generation(call: Call, inputs: Sequence[Input], found: Found, here: Here) -> Accepted:
    """A video from text, with pictures and voices to go by."""
    contract, body = here.contract, call.body
    for one in inputs:
        if failure := _unfit_reference(one, found[one.name], contract):
            return _doomed(call, failure, here)
    lines, seconds = _lines(body, contract), facts.seconds(body, contract)
    width, height = _shape(_ratio(body, found.get("first"), contract), lines)
    rate = Fraction(facts.limits(contract, "MadeFromNothing")["rate"]["const"])
    pictures = sum(one.kind == "image" for one in inputs)
    return _accepted(
        call,
        here,
        Wish(
            job="",
            seed=0,
            prompt=body.get("prompt", ""),
            width=width,
            height=height,
            rate=rate,
            frames=round(seconds * rate),
            sound="none" if body.get("generate_audio") is False else "generate",
            pins=_pins(body, seconds, rate),
        ),
        seconds=seconds,
        total=seconds,
        price={f"{lines}p": seconds, "image": pictures},
    )


ORDERS: Mapping[str, Callable[[Call, Sequence[Input], Found, Here], Accepted]] = {
    "extension": extension,
    "edit": edit,
    "generation": generation,
}


def _pins(body: Json, seconds: int, rate: Fraction) -> tuple[int, ...]:
    """The frames that show the keyframes: of the grid's points inside the video the nearest."""
    places = (int(one["timestamp_s"] * GRID + 0.5) for one in body.get("keyframes", ()))
    inside = (min(max(1, place), seconds * GRID - 1) for place in places)
    return tuple(round(place * rate / GRID) for place in inside)


def _unfit(clip: Clip | Trouble, rules: Mapping[str, Json], contract: Contract) -> Failure | None:
    """Why a video fails the job that was to be made of it."""
    if isinstance(clip, Trouble):
        name = "job-unreachable" if clip.kind in UNFETCHED else "job-not-mp4"
        return _failure(name, contract, detail=clip.detail)
    length = rules["seconds"]
    minimum = length.get("minimum", 0)
    if clip.kind != "video" or clip.container not in rules["container"]["enum"]:
        return _failure("job-not-mp4", contract)
    if clip.codec not in rules["codec"]["enum"]:
        return _failure("job-wrong-codec", contract, codec=clip.codec)
    if clip.seconds < minimum:
        seconds = facts.shown(clip.seconds)
        return _failure("job-too-short", contract, seconds=seconds, minimum=minimum)
    if clip.seconds > length["maximum"]:
        seconds = facts.shown(clip.seconds)
        return _failure("job-too-long", contract, seconds=seconds, limit=length["maximum"])
    if detail := _unworkable(clip, rules):
        return _failure("job-invalid", contract, detail=f"the input video has {detail}")
    return None


def _unworkable(clip: Clip, rules: Mapping[str, Json]) -> str:
    """What of a video goes beyond anything that could be made of it."""
    numerator, denominator = clip.rate.as_integer_ratio()
    if numerator > rules["rate"]["maximum"] * denominator:
        return f"{facts.shown(float(clip.rate))} frames per second"
    short, long = sorted((clip.width, clip.height))
    if short < rules["short_side"]["minimum"] or long > rules["long_side"]["maximum"]:
        return f"{clip.width}x{clip.height} points"
    return ""


def _unfit_reference(one: Input, clip: Clip | Trouble, contract: Contract) -> Failure | None:
    """Why a picture or a voice fails the job that was to be made with it."""
    field = facts.dotted(one.pointer)
    good = isinstance(clip, Clip) and clip.kind == one.kind
    if one.kind == "image":
        containers = facts.limits(contract, "ImageSource")["container"]["enum"]
        if good and isinstance(clip, Clip) and clip.container in containers:
            return None
        return _failure("job-bad-image", contract, field=field)
    limit = facts.limits(contract, "VoiceSource")["seconds"]["maximum"]
    if good and isinstance(clip, Clip) and clip.seconds <= limit:
        return None
    detail = f"{field} is not audio of at most {limit} seconds"
    return _failure("job-invalid", contract, detail=detail)


def _failure(name: str, contract: Contract, **known: object) -> Failure:
    return Failure(name, facts.filled(contract.errors[name].message, known))


def _from_video(
    call: Call, here: Here, clip: Clip, *, seconds: float, frames: int, start: int
) -> Accepted:
    """The job that makes `frames` new ones of a source, from its frame `start` on."""
    most = facts.limits(here.contract, "MadeFromVideo")["short_side"]["maximum"]
    scale = min(1.0, most / min(clip.width, clip.height))
    width, height = _even(clip.width * scale), _even(clip.height * scale)
    cut = start, clip.frames
    wish = Wish("", 0, call.body["prompt"], width, height, clip.rate, frames, cut)
    numerator, denominator = clip.rate.as_integer_ratio()
    total = (start + frames) * denominator / numerator
    lines = _tier(min(width, height), call, here)
    price = {lines: seconds, "source-second": clip.seconds}
    return _accepted(call, here, wish, seconds=seconds, total=total, price=price)


def _tier(lines: int, call: Call, here: Here) -> str:
    """The price group of a picture with so many lines on its shorter side (decision A17)."""
    model = facts.model(here.contract, call.body.get("model"))
    assert model is not None, "objection let an unknown model pass"
    tiers = facts.tiers(here.contract, model["id"])
    place = min(bisect_left(tiers, lines), len(tiers) - 1)
    return f"{tiers[place]}p"


def _accepted(
    call: Call,
    here: Here,
    wish: Wish,
    *,
    seconds: float,
    total: float,
    price: Mapping[str, float],
) -> Accepted:
    known = _kept(call, here)
    rates = here.contract.rates[known["model"]]
    return Accepted(
        wish,
        seconds=seconds,
        cost=sum([count * rates.get(name, 0.0) for name, count in price.items()]),
        facts={**known, "added_seconds": seconds, "total_seconds": int(total + 0.5)},
        repeat=_repeat(known, here),
    )


def _doomed(call: Call, failure: Failure, here: Here) -> Accepted:
    """A job that is accepted and fails, having made and cost nothing."""
    wish = Wish("", 0, call.body.get("prompt", ""), 0, 0, Fraction(0), 0, sound="none")
    known = _kept(call, here)
    return Accepted(wish, 0.0, facts=known, failure=failure, repeat=_repeat(known, here))


def _kept(call: Call, here: Here) -> dict[str, Json]:
    """What is remembered of a request."""
    body = call.body
    model = facts.model(here.contract, body.get("model"))
    assert model is not None, "objection let an unknown model pass"
    headers = call.headers
    known = {
        "model": model["id"],
        "storage_options": body.get("storage_options"),
        "upload_url": (body.get("output") or {}).get("upload_url"),
        "idempotency_key": headers.get("idempotency-key") or headers.get("x-idempotency-key"),
    }
    return {name: value for name, value in known.items() if value is not None}


def _repeat(known: Mapping[str, Json], here: Here) -> str:
    """Decision A13: a repeated key makes one job only where the setting says so."""
    dedupe = here.contract.setting("idempotency") == "dedupe"
    return str(known.get("idempotency_key", "")) if dedupe else ""


def _lines(body: Json, contract: Contract) -> int:
    """The shorter side of a generation, in references mode capped."""
    default = facts.limits(contract, "GenerateVideoRequest")["resolution"]["default"]
    lines = int((body.get("resolution") or default).removesuffix("p"))
    if body.get("reference_images") or body.get("reference_audios"):
        lines = min(lines, facts.limits(contract, "ReferenceVideo")["short_side"]["maximum"])
    return lines


def _ratio(body: Json, first: Clip | Trouble | None, contract: Contract) -> float:
    """Width to height: of the first picture within what may be asked for, or as asked for."""
    rule = facts.limits(contract, "GenerateVideoRequest")["aspect_ratio"]
    if not isinstance(first, Clip):
        return _parsed(body.get("aspect_ratio") or rule["default"])
    known = [_parsed(one) for one in rule["enum"] if one]
    return min(max(first.width / first.height, min(known)), max(known))


def _parsed(ratio: str) -> float:
    width, _, height = ratio.partition(":")
    return int(width) / int(height)


def _shape(ratio: float, lines: int) -> tuple[int, int]:
    if ratio >= 1:
        return _even(lines * ratio), _even(lines)
    return _even(lines), _even(lines / ratio)


def _even(side: float) -> int:
    return max(2, 2 * round(side / 2))
