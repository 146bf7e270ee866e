"""Hooked: what a request becomes: segments, frames, sound, time and credits. Pure.

The numbers stand in specs/hooked.yaml, in the schemas named Measured….
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from mockserver.contract.message import Problem
from mockserver.contract.model import Contract, Json
from mockserver.media.model import Clip, Still, Wish
from mockserver.providers.base import Accepted

FOUR = 4  # seconds that the price is for
DIGITS = 3  # of seconds that are shown


def limit(contract: Contract, shape: str, name: str, keyword: str) -> Json:
    """A number that the spec has on a measured thing. KeyError when it has none."""
    schemas = contract.document["components"]["schemas"]
    return schemas[f"Measured{shape}"]["properties"][name][keyword]


def segments(contract: Contract, seconds: int) -> list[int]:
    """The lengths an extension is made in: eight seconds each, the last one the rest (A8)."""
    longest = limit(contract, "Extension", "segment_seconds", "const")
    whole, rest = divmod(seconds, longest)
    return [longest] * whole + ([rest] if rest else [])


def misfit(contract: Contract, clip: Clip) -> Problem | None:
    """Why a file cannot be extended: it is no video, or none that any renderer takes."""
    if clip.kind != "video":
        say = f"the file is {clip.kind} ({clip.container})"
        return Problem("not-a-video", say=say, pointer="/media")
    for name, value in (
        ("side", min(clip.width, clip.height)),
        ("side", max(clip.width, clip.height)),
        ("rate", clip.rate or _usual_rate(contract)),
    ):
        least, most = (limit(contract, "Source", name, end) for end in ("minimum", "maximum"))
        if not least <= value <= most:
            say = f"the video's {name} is {float(value):g}, the simulator takes {least} to {most}"
            return Problem("not-a-video", say=say, pointer="/media")
    return None


def extension(contract: Contract, asked: Mapping[str, Json], clip: Clip) -> Accepted:
    """The job of a filled-in body and its video: the source, then every segment."""
    added = int(asked["targetDuration"])
    rate = clip.rate or _usual_rate(contract)
    frames = round(added * rate)
    wish = Wish(
        job="",
        seed=0,
        prompt=asked["prompt"],
        width=clip.width,
        height=clip.height,
        rate=rate,
        frames=frames,
        cut=(clip.frames, clip.frames),
        sound=_sound(contract, clip, generated=asked["generateAudio"]),
    )
    facts = {
        "name": asked.get("name", ""),
        "webhook": asked.get("webhook"),
        "metadata": asked.get("metadata", {}),
        "segments": segments(contract, added),
        "source_seconds": _seconds(clip.frames, rate),
        "total_seconds": _seconds(clip.frames + frames, rate),
        "total_frames": clip.frames + frames,
    }
    share = limit(contract, "Extension", "silent_share", "const")
    return Accepted(
        wish,
        seconds=added if asked["generateAudio"] else added * share,
        cost=contract.number("credits-per-4s") * added / FOUR,
        facts=facts,
        others={"thumbnail": Still(at="first")},
    )


def _sound(contract: Contract, clip: Clip, *, generated: bool) -> str:
    """What is heard. A silent source has no sound to keep, so all of the file gets some."""
    if generated:
        return "follow" if clip.audio else "generate"
    return "keep" if contract.setting("source-audio") == "kept" else "none"


def _usual_rate(contract: Contract) -> Fraction:
    return Fraction(limit(contract, "Extension", "usual_rate", "const"))


def _seconds(frames: int, rate: Fraction) -> float:
    return plain(round(float(frames / rate), DIGITS))


def plain(number: float) -> float:
    """A number as JSON shows it: whole ones without a point."""
    return int(number) if number == int(number) else number
