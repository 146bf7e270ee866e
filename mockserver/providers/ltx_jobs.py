"""LTX: what each kind of request becomes: frames, size, sound, price. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from mockserver.contract.message import Problem
from mockserver.contract.model import Contract, Json
from mockserver.media.model import Clip, Wish
from mockserver.providers import ltx_rules as rules
from mockserver.providers.base import Accepted


def outcome(
    kind: str, asked: Json, clips: Mapping[str, Clip], contract: Contract
) -> Accepted | Problem:
    """The job of a kind that a filled-in body and its measured files make."""
    return KINDS[kind](asked, clips, contract)


def _extend(asked: Json, clips: Mapping[str, Clip], contract: Contract) -> Accepted | Problem:
    """The whole video, with the last half second beside the seam made again and a blend before."""
    clip = clips["source"]
    made = rules.extension(contract, clip, asked["duration"], asked.get("context"))
    if isinstance(made, Problem):
        return made
    at_end = asked["mode"] == "end"
    cut = (clip.frames - made.regenerated, clip.frames) if at_end else (0, made.regenerated)
    wish = _wish(
        asked,
        size=(clip.width, clip.height),
        rate=clip.rate,
        frames=made.added + made.regenerated,
        cut=cut,
        blend=made.blended,
    )
    per_second = rules.price(contract, "extend", asked["model"], (clip.width, clip.height))
    return Accepted(
        wish,
        seconds=float(made.added / clip.rate),
        cost=float(made.billed / clip.rate) * per_second,
        facts={"added": made.added, "context": made.context, "billed": made.billed},
    )


def _retake(asked: Json, clips: Mapping[str, Clip], contract: Contract) -> Accepted | Problem:
    """A section made anew; like its price, its size does not follow the video's but is 1080p."""
    clip = clips["source"]
    first, end = (
        round(min(moment, clip.seconds) * clip.rate)
        for moment in (asked["start_time"], asked["start_time"] + asked["duration"])
    )
    if first >= end:
        seconds = f"{clip.seconds:g}"
        fields = {"value": f"{asked['start_time']:g}", "seconds": seconds}
        say = f"the video ends at {seconds} s"
        return Problem("empty-range", fields, say=say, pointer="/start_time")
    upright = clip.height > clip.width
    size = rules.size_of(asked.get("resolution") or ("1080x1920" if upright else "1920x1080"))
    wish = _wish(
        asked,
        size=size,
        rate=clip.rate,
        frames=end - first,
        cut=(first, end),
        sound="keep" if asked["mode"] == "replace_video" else "follow",
        picture="keep" if asked["mode"] == "replace_audio" else "replace",
    )
    per_second = rules.price(contract, "retake", asked["model"], size)
    return Accepted(wish, seconds=float((end - first) / clip.rate), cost=clip.seconds * per_second)


def _generate(asked: Json, clips: Mapping[str, Clip], contract: Contract) -> Accepted | Problem:
    size, rate = rules.size_of(asked["resolution"]), Fraction(asked["fps"])
    seconds = asked["duration"] or rules.automatic_seconds(contract, asked)
    sound = "generate" if asked["generate_audio"] else "none"
    wish = _wish(asked, size=size, rate=rate, frames=round(seconds * rate), sound=sound)
    kind = "image_to_video" if clips else "text_to_video"
    per_second = rules.price(contract, kind, asked["model"], size)
    return Accepted(wish, seconds=seconds, cost=seconds * per_second)


def _from_audio(asked: Json, clips: Mapping[str, Clip], contract: Contract) -> Accepted | Problem:
    sound, first = clips["soundtrack"], clips.get("first")
    upright = first is not None and first.height > first.width
    size = rules.size_of(asked.get("resolution") or ("1080x1920" if upright else "1920x1080"))
    least = rules.limit(contract, "MeasuredAudio", "seconds", "minimum")
    most = rules.most_audio_seconds(contract, rules.served(asked["model"]), size)
    if not least <= sound.seconds <= most:
        seconds = f"{sound.seconds:g}"
        fields = {"field": "audio_uri", "seconds": seconds, "need": f"{most:g}"}
        say = f"the sound lasts {seconds} s"
        return Problem("bad-length", fields, say=say, pointer="/audio_uri")
    rate = Fraction(asked["fps"])
    wish = _wish(asked, size=size, rate=rate, frames=round(sound.seconds * rate), sound="keep")
    per_second = rules.price(contract, "audio_to_video", asked["model"], size)
    return Accepted(wish, seconds=sound.seconds, cost=sound.seconds * per_second)


KINDS = {
    "extend": _extend,
    "retake": _retake,
    "text_to_video": _generate,
    "image_to_video": _generate,
    "audio_to_video": _from_audio,
}


def _wish(
    asked: Json,
    *,
    size: tuple[int, int],
    rate: Fraction,
    frames: int,
    cut: tuple[int, int] | None = None,
    blend: int = 0,
    sound: str = "follow",
    picture: str = "replace",
) -> Wish:
    width, height = size
    prompt = asked.get("prompt", "")
    return Wish("", 0, prompt, width, height, rate, frames, cut, blend, sound, picture)
