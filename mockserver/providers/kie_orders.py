"""kie.ai: what each kind of request becomes: size, length, files, price. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Contract, Json, Operation
from mockserver.jobs.job import Failure
from mockserver.media.model import Clip, Excerpt, Still, Trouble, Wish
from mockserver.providers import kie_tasks as tasks
from mockserver.providers.base import Accepted, Found, Here, Input

RATE = Fraction(24)
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4k": (3840, 2160)}
REFERENCES = "REFERENCE_2_VIDEO"
TEXT = "TEXT_2_VIDEO"
FRAMES = ("first", "last")
SECONDS_TO_FETCH = 30.0
REDIRECTS = 3


def pictures(body: Mapping[str, Json]) -> Sequence[Input]:
    """The pictures of a generation: frames of the video, or what it shall refer to."""
    kind = body.get("generationType")
    urls = () if kind == TEXT else body.get("imageUrls", ())
    return [
        Input(
            f"reference-{index}" if kind == REFERENCES else FRAMES[index],
            f"/imageUrls/{index}",
            url,
            kind="image",
            seconds_limit=SECONDS_TO_FETCH,
            redirects=REDIRECTS,
        )
        for index, url in enumerate(urls)
    ]


def _generate(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    contract, body = here.contract, call.body
    trouble = _bad_picture(found)
    if trouble and contract.setting("image-errors") == "submit":
        return Problem("image-unreachable", say=trouble, pointer="/imageUrls")
    asked = {**_defaults(contract, "GenerateRequest"), **body}
    ratio = _ratio(body.get("aspect_ratio") or body.get("aspectRatio"), asked, found)
    width, height = SIZES[asked["resolution"]]
    if ratio == "9:16":
        width, height = height, width
    seconds = asked["duration"]
    frames = round(seconds * RATE)
    return Accepted(
        Wish("", 0, asked["prompt"], width, height, RATE, frames, sound="generate"),
        seconds=seconds,
        cost=contract.rates[asked["model"]][asked["resolution"]],
        facts={"request": body, "ratio": ratio, "resolution": asked["resolution"]},
        failure=_failure("image-unreachable", contract) if trouble else None,
    )


def _extend(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    """The whole video, and its last seconds as a clip that repeats a little (decision A3)."""
    contract, body = here.contract, call.body
    clip = _source(found)
    if isinstance(clip, Problem):
        return clip
    source = tasks.known(body["taskId"], call.owner, here)
    if source is None:  # dropped while its video was fetched
        return Problem("unknown-source", say="the task is not kept any more", pointer="/taskId")
    asked = {**_defaults(contract, "ExtendRequest"), **body}
    length = contract.number("segment-seconds")
    new = max(1.0, length - contract.number("overlap-seconds"))
    added, shown = round(new * clip.rate), round(length * clip.rate)
    size, end = (clip.width, clip.height), (clip.frames, clip.frames)
    return Accepted(
        Wish("", 0, asked["prompt"], *size, clip.rate, added, cut=end),
        seconds=new,
        cost=contract.rates["extend"][asked["model"]],
        facts={
            "request": body,
            "ratio": source.facts["ratio"],
            "resolution": source.facts["resolution"],
            "source": source.id,
        },
        others={"clip": Excerpt(start=-min(shown, clip.frames + added))},
    )


def _upgrade(operation: Operation, call: Call, found: Found, here: Here) -> Accepted | Problem:
    """The same video in another size. A second call meets the first one's task."""
    clip = _source(found)
    if isinstance(clip, Problem):
        return clip
    resolution = tasks.UPGRADES[operation.job]
    width, height = SIZES[resolution]
    if clip.height > clip.width:
        width, height = height, width
    id, which = tasks.wanted(call), tasks.index(call)
    end = (clip.frames, clip.frames)
    request = {"taskId": id, "index": which} if call.body is None else call.body
    return Accepted(
        Wish("", 0, "", width, height, clip.rate, 0, cut=end),
        seconds=0,
        cost=here.contract.rates["upgrade"][resolution],
        facts={"request": request, "ratio": "", "resolution": resolution, "source": id},
        repeat=f"{resolution} {id} {which}",
        others={"image": Still(at="first")} if resolution == "4k" else {},
    )


ORDERS: Mapping[str, Callable[[Operation, Call, Found, Here], Accepted | Problem]] = {
    "generate": _generate,
    "extend": _extend,
    "upgrade_1080p": _upgrade,
    "upgrade_4k": _upgrade,
}


def _source(found: Found) -> Clip | Problem:
    """The video of the task that is continued; it may have been dropped to make room."""
    clip = found["source"]
    if isinstance(clip, Trouble):
        return Problem("empty-result-data", say=clip.detail, pointer="/taskId")
    return clip


def _bad_picture(found: Found) -> str:
    """Why a picture cannot be used; "" when all can."""
    for clip in found.values():
        if isinstance(clip, Trouble):
            return clip.detail
        if clip.kind != "image":
            return f"the file is no picture but {clip.kind}"
    return ""


def _ratio(given: str | None, asked: Mapping[str, Json], found: Found) -> str:
    """The shape of the video; Auto follows the first picture."""
    ratio = given or asked["aspect_ratio"]
    if ratio != "Auto":
        return str(ratio)
    first = next(iter(found.values()), None)
    upright = isinstance(first, Clip) and first.height > first.width
    return "9:16" if upright else "16:9"


def _failure(name: str, contract: Contract) -> Failure:
    return Failure(name, contract.errors[name].message)


def _defaults(contract: Contract, schema: str) -> dict[str, Json]:
    """What the contract says of fields that a request leaves out."""
    rows = contract.document["components"]["schemas"][schema]["properties"]
    return {
        name: row["default"]
        for name, row in rows.items()
        if isinstance(row, dict) and "default" in row
    }
