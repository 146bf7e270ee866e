"""LTX: what seconds become in frames, which lengths go together, what a file has to be. Pure.

The numbers stand in specs/ltx.yaml: those of requests in the request schemas, those of media in
the schemas named Measured…, ExtensionFrames and LongClipSeconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from mockserver.contract import pointer as at
from mockserver.contract.message import Problem
from mockserver.contract.model import Contract, Json, Operation
from mockserver.media.model import Clip

ROUNDING = 1e-6  # decision A5: what a sum of seconds may be off
# Ids that were served by their successors before they were removed (changelog, 2026-07-15).
SUCCESSORS = {"ltx-2-fast": "ltx-2-3-fast", "ltx-2-pro": "ltx-2-3-pro"}
TIERS = {720: "720p", 1080: "1080p", 1440: "1440p"}  # by short side; "4K" above


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension in frames of the source's rate.

    `regenerated` frames of the source beside the seam are made again, so that `added` plus these
    are generated; `blended` more are cross-faded; `billed` is what is paid for.
    """

    added: int
    context: int
    regenerated: int
    blended: int
    billed: int


def limit(contract: Contract, shape: str, name: str, keyword: str = "maximum") -> Json:
    """A number or list that the spec has on a measured thing. KeyError when it has none."""
    schema = contract.document["components"]["schemas"][shape]
    if name in schema["properties"]:
        return schema["properties"][name][keyword]
    above = schema["allOf"][0]["$ref"].rpartition("/")[2]
    return limit(contract, above, name, keyword)


def filled(contract: Contract, operation: Operation, body: Mapping[str, Json]) -> dict[str, Json]:
    """A request body with the contract's defaults where it says nothing."""
    where = operation.bodies["application/json"]
    schema, _ = at.resolve(contract.document, at.follow(contract.document, where), where)
    found = {
        name: at.resolve(contract.document, one, where)[0].get("default")
        for name, one in schema["properties"].items()
    }
    return {name: value for name, value in found.items() if value is not None} | dict(body)


def extension(
    contract: Contract, clip: Clip, duration: float, context: float | None
) -> Extension | Problem:
    """What a request to extend a clip comes to. Decisions A4, A5, A6 and A15."""
    most = limit(contract, "ExtensionFrames", "context_and_added")
    step = limit(contract, "ExtensionFrames", "added", "multipleOf")
    added = -(-round(duration * clip.rate) // step) * step
    if context is not None:
        asked = (context + duration) * clip.rate
        if asked > most + ROUNDING:
            return _too_many(asked, clip, most, f"{context:g} s and {duration:g} s")
        used = min(clip.frames, round(context * clip.rate))
    elif added >= most:
        return _too_many(added, clip, most, f"{duration:g} s, before any context,")
    else:
        used = _default_context(contract, clip, most - added)
    half = round(limit(contract, "ExtensionFrames", "regenerated_seconds", "const") * clip.rate)
    again = min(half, clip.frames - 1)
    blended = min(limit(contract, "ExtensionFrames", "blended"), clip.frames - again)
    return Extension(added, used, again, blended, billed=min(most, used + added))


def _default_context(contract: Contract, clip: Clip, room: int) -> int:
    """As much context as fits, cut to one more than a multiple of eight."""
    seconds = limit(contract, "ExtensionFrames", "context_seconds")
    step = limit(contract, "ExtensionFrames", "context", "multipleOf")
    fits = min(clip.frames, room, int(seconds * clip.rate))
    return int((fits - 1) // step * step + 1)


def _too_many(asked: float, clip: Clip, most: int, what: str) -> Problem:
    frames, fps = f"{float(asked):g}", f"{float(clip.rate):g}"
    return Problem(
        "too-many-frames",
        {"frames": frames, "fps": fps, "need": most},
        say=f"{what} are {frames} frames at {fps} fps, more than fit into {most} with context",
        pointer="/duration",
    )


def misfits(contract: Contract, clip: Clip, field: str, shape: str) -> Iterator[Problem]:
    """Everything about a measured file that keeps it from being used as this field."""
    if clip.kind == "video" and "Video" in shape:
        yield from _video_misfits(contract, clip, field, shape)
    elif clip.kind == "image" and "Image" in shape:
        if clip.container not in limit(contract, shape, "container", "enum"):
            yield _misfit("bad-picture", field, f"the picture is {clip.container}")
    elif clip.kind == "audio" and "Audio" in shape:
        yield from _audio_misfits(contract, clip, field, shape)
    elif "Image" in shape:
        yield _misfit("bad-picture", field, f"the file is no picture but {clip.kind}")
    else:
        found = f"{clip.container} ({clip.kind})"
        yield _misfit("bad-container", field, f"the file is {clip.kind}", format=found)


def _video_misfits(contract: Contract, clip: Clip, field: str, shape: str) -> Iterator[Problem]:
    size = {"width": clip.width, "height": clip.height}
    seen = f"the picture is {clip.width}x{clip.height} as shown"
    if clip.container not in limit(contract, shape, "container", "enum"):
        say = f"the container is {clip.container}"
        yield _misfit("bad-container", field, say, format=clip.container)
    if clip.codec not in limit(contract, shape, "codec", "enum"):
        yield _misfit("bad-codec", field, f"the codec is {clip.codec}", codec=clip.codec)
    longest, shortest = (limit(contract, shape, f"{side}_side") for side in ("long", "short"))
    if max(clip.width, clip.height) > longest or min(clip.width, clip.height) > shortest:
        yield _misfit("too-large-picture", field, seen, **size)
    if shape == "MeasuredExtendVideo" and not _fits_aspect(contract, clip, shape):
        yield _misfit("wrong-aspect", field, seen, **size)
    if say := _unusual(contract, clip, shape):
        yield _misfit("unreadable-media", field, say)
    need = limit(contract, shape, "frames", "minimum")
    if clip.frames < need:
        say = f"the video has {clip.frames} frames"
        yield _misfit("too-few-frames", field, say, frames=clip.frames, need=need)


def _unusual(contract: Contract, clip: Clip, shape: str) -> str:
    """What no provider states and none can mean: tiny pictures, absurd rates, endless length."""
    slowest, fastest = (limit(contract, shape, "rate", end) for end in ("minimum", "maximum"))
    least, most = limit(contract, shape, "short_side", "minimum"), limit(contract, shape, "frames")
    if min(clip.width, clip.height) < least:
        return f"a side of the picture has fewer than {least} pixels"
    if not slowest <= clip.rate <= fastest:
        return f"the video runs at {float(clip.rate):g} fps, not {slowest} to {fastest}"
    return f"the video has more than {most} frames" if clip.frames > most else ""


def _audio_misfits(contract: Contract, clip: Clip, field: str, shape: str) -> Iterator[Problem]:
    if clip.container not in limit(contract, shape, "container", "enum"):
        say = f"the container is {clip.container}"
        yield _misfit("bad-container", field, say, format=clip.container)
    if clip.audio not in limit(contract, shape, "codec", "enum"):
        yield _misfit("bad-audio", field, f"the sound is {clip.audio}", codec=clip.audio)


def _fits_aspect(contract: Contract, clip: Clip, shape: str) -> bool:
    """Whether the shown picture is within the tolerance of a ratio that is taken (A11)."""
    tolerance = limit(contract, shape, "aspect_tolerance", "const")
    for ratio in limit(contract, shape, "aspect_ratio", "enum"):
        wide, high = map(int, ratio.split(":"))
        if abs(Fraction(clip.width, clip.height) / Fraction(wide, high) - 1) <= tolerance:
            return True
    return False


def _misfit(name: str, field: str, say: str, **fields: object) -> Problem:
    return Problem(name, {"field": field, **fields}, say=say, pointer=f"/{field}")


def clip_seconds(contract: Contract, model: str, size: tuple[int, int], fps: int) -> list[int]:
    """The lengths a model makes at a size and frame rate: the provider's tables, in one rule."""
    listed = contract.document["components"]["schemas"]["ClipSeconds"]["enum"]
    slow = fps <= limit(contract, "LongClipSeconds", "fps")
    long = model.endswith("-fast") and tier(*size) in ("720p", "1080p") and slow
    most = limit(contract, "LongClipSeconds", "elsewhere")
    return [one for one in listed if one is not None and (long or one <= most)]


def misfit_length(contract: Contract, asked: Mapping[str, Json]) -> Problem | None:
    """Why a model does not make a clip of that length, size and frame rate (text and image)."""
    model, resolution, fps = served(asked["model"]), asked["resolution"], asked["fps"]
    wanted = asked["duration"]
    if wanted is None:
        automatic = model.startswith("ltx-2-5-") and "last_frame_uri" not in asked
        say = "an automatic length is for LTX-2.5 models, and not together with a last frame"
    else:
        lengths = clip_seconds(contract, model, size_of(resolution), fps)
        automatic = wanted in lengths
        say = f"{model} makes {', '.join(map(str, lengths))} s at {resolution} and {fps} fps"
    if automatic:
        return None
    fields = {"model": asked["model"], "resolution": resolution, "fps": fps}
    value = "null" if wanted is None else wanted
    fields |= {"field": "duration", "value": value}
    return Problem("unsupported-combination", fields, say=say, pointer="/duration")


def automatic_seconds(contract: Contract, asked: Mapping[str, Json]) -> int:
    """The length a model chooses by itself: the more is told, the longer. A choice of ours."""
    lengths = clip_seconds(contract, asked["model"], size_of(asked["resolution"]), asked["fps"])
    usual = [one for one in lengths if one >= lengths[-1] // 2] or lengths
    return usual[min(len(asked["prompt"].split()) // 12, len(usual) - 1)]


def most_audio_seconds(contract: Contract, model: str, size: tuple[int, int]) -> float:
    """How long a sound track may be: less above 1080p, and with the one model."""
    if tier(*size) in ("720p", "1080p") and model != "ltx-2-5-pro":
        return float(limit(contract, "MeasuredAudio", "seconds"))
    return float(limit(contract, "LongClipSeconds", "elsewhere"))


def price(contract: Contract, kind: str, model: str, size: tuple[int, int]) -> float:
    """US dollars per second; at a size without a price, that of the nearest listed one below."""
    rates = contract.rates[f"{kind}.{served(model)}"]
    return rates.get(tier(*size), next(iter(rates.values())))


def served(model: str) -> str:
    """The model that answers to an id."""
    return SUCCESSORS.get(model, model)


def tier(width: int, height: int) -> str:
    """What the price list and the tables call a size."""
    short = min(width, height)
    return next((name for most, name in TIERS.items() if short <= most), "4K")


def size_of(resolution: str) -> tuple[int, int]:
    """Width and height of a resolution as requests write it."""
    width, _, height = resolution.partition("x")
    return int(width), int(height)
