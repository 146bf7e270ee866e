"""What stands against a create at xAI: in its words, its model, its rate, the media it names."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from mockserver.contract.message import Call, Problem
from mockserver.contract.model import Contract, Json, Operation
from mockserver.media.model import Clip, Trouble
from mockserver.providers import xai_facts as facts
from mockserver.providers.base import Found, Here, Input

MINUTE = 60.0
REDIRECTS = 5  # ours: xAI does not say how many it follows
BOUNDS = Input("", "", "")[4:-1]  # the usual ones
PICTURES = (("first", "image"), ("first", "input_reference"), ("last", "last_frame"))

# Decision A7: what can be seen in the request is refused at once; the rest fails the job.
AT_ONCE = {
    "bad-url": "bad-url",
    "bad-data-uri": "bad-data-uri",
    "unknown-file": "unknown-file",
    "expired-file": "unknown-file",
    "unfilled-file": "unknown-file",
}


class Mention(NamedTuple):
    """A place in a request that names media: by `url`, or by its other key."""

    name: str
    pointer: str
    holder: Json
    kind: str
    other: str = "file_id"


def objection(operation: Operation, call: Call, here: Here) -> Problem | None:
    """What a schema cannot say against a create, before any media is looked at."""
    body = call.body
    model = facts.model(here.contract, body.get("model"))
    if model is None:
        fields = {"model": body["model"], "team": facts.team(call.owner)}
        return Problem("unknown-model", fields, say="names no model", pointer="/model")
    if operation.job != "generation" and "video" not in model["input_modalities"]:
        say = f"{model['id']} takes {', '.join(model['input_modalities'])}"
        return Problem("model-cannot-extend", {"model": model["id"]}, say=say, pointer="/model")
    if not body.get("output") and here.contract.setting("retention") == "zero":
        say = "there is no output.upload_url (setting retention)"
        return Problem("zdr", say=say, pointer="/output")
    problem = facts.fraction(operation, body)
    if problem is None and operation.job == "generation":
        problem = _against_generation(body, model, here.contract)
    return problem or _over_rate(model["id"], call.owner, here)


def wanted(operation: Operation, body: Json) -> list[Input] | Problem:
    """The media a create names, or the first name that cannot be one."""
    inputs = []
    for one in _mentions(operation, body):
        asked = _input(one)
        if isinstance(asked, Problem):
            return asked
        if asked is not None:
            inputs.append(asked)
    return inputs


def is_sound(video: Json, clip: Clip | Trouble) -> bool:
    """Whether nothing of a video can be refused at once: it has a URL, and a clip is there."""
    return video.get("file_id") is None and isinstance(clip, Clip)


def unusable(inputs: Iterable[Input], found: Found) -> Problem | None:
    """What is refused at once of the media that was found."""
    for one in inputs:
        clip = found[one.name]
        if isinstance(clip, Trouble) and clip.kind in AT_ONCE:
            field = facts.dotted(one.pointer)
            known = {"field": field, "id": one.reference, "url": one.reference[:80]}
            return Problem(AT_ONCE[clip.kind], known, say=clip.detail, pointer=one.pointer)
        if one.pointer.endswith("/file_id") and (what := _wrong_type(one, clip)):
            known = {"field": facts.dotted(one.pointer), "id": one.reference, "found": what}
            say = f"{what} where a {one.kind} is wanted"
            return Problem("wrong-file-type", known, say=say, pointer=one.pointer)
    return None


def _mentions(operation: Operation, body: Json) -> list[Mention]:
    if operation.job != "generation":
        return [Mention("source", "/video", body["video"], "video")]
    found = [
        Mention(name, f"/{key}", body[key], "image")
        for name, key in PICTURES
        if body.get(key) is not None
    ]
    for index, one in enumerate(body.get("keyframes", ())):
        pointer = f"/keyframes/{index}/image"
        found.append(Mention(f"pin-{index}", pointer, one["image"], "image"))
    for index, one in enumerate(body.get("reference_images", ())):
        found.append(Mention(f"reference-{index}", f"/reference_images/{index}", one, "image"))
    for index, one in enumerate(body.get("reference_audios", ())):
        pointer = f"/reference_audios/{index}"
        found.append(Mention(f"voice-{index}", pointer, one, "audio", other="voice_id"))
    return found


def _input(one: Mention) -> Input | Problem | None:
    """What to fetch for a mention; None for a voice of xAI's own."""
    key = "image_url" if "image_url" in one.holder else "url"
    url, other = one.holder.get(key), one.holder.get(one.other)
    if (url is None) is (other is None):
        known = {"field": facts.dotted(one.pointer), "first": key, "second": one.other}
        if other is None:
            say = f"sets neither {key} nor {one.other}"
            return Problem("no-source", known, say=say, pointer=one.pointer)
        say = f"sets {key} and {one.other}"
        return Problem("both-sources", known, say=say, pointer=one.pointer)
    if url is not None:
        return _by_url(one, f"{one.pointer}/{key}", url)
    if one.other != "file_id":
        return None
    pointer = f"{one.pointer}/file_id"
    if "://" in other or other[:5].lower() == "data:":
        known = {"field": facts.dotted(pointer), "id": other[:80]}
        return Problem("unknown-file", known, say="is no id of a file", pointer=pointer)
    return Input(one.name, pointer, other, one.kind)


def _by_url(one: Mention, pointer: str, url: str) -> Input | Problem:
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if colon and (scheme == "data" or (scheme in ("http", "https") and rest.startswith("//"))):
        return Input(one.name, pointer, url, one.kind, *BOUNDS, REDIRECTS)
    known = {"field": facts.dotted(pointer), "url": url[:80]}
    say = f"is {url[:80]!r}, neither an http or https URL nor a data URL"
    return Problem("bad-url", known, say=say, pointer=pointer)


def _against_generation(body: Json, model: Json, contract: Contract) -> Problem | None:
    """What a generation cannot combine, and what its model does not offer."""
    image = any(body.get(key) is not None for name, key in PICTURES if name == "first")
    references = body.get("reference_images") or body.get("reference_audios")
    if "prompt" not in body and not image:
        return Problem("no-prompt", say="there is neither prompt nor image", pointer="/prompt")
    if image and references:
        say = "is given beside references"
        return Problem("image-with-references", say=say, pointer="/image")
    return (
        _lacking(body, model, contract)
        or (_reference_too_long(body, model, contract) if references else None)
        or _keyframe_outside(body, contract)
    )


def _lacking(body: Json, model: Json, contract: Contract) -> Problem | None:
    lines = body.get("resolution")
    if lines and lines not in contract.rates[model["id"]]:
        pointer, feature = "/resolution", lines
    elif body.get("keyframes") and not _takes_keyframes(model, contract):
        pointer, feature = "/keyframes", "keyframes"
    elif body.get("reference_audios") and "audio" not in model["input_modalities"]:
        pointer, feature = "/reference_audios", "reference audio"
    else:
        return None
    known = {"model": model["id"], "feature": feature}
    return Problem("model-lacks", known, say=f"{model['id']} has no {feature}", pointer=pointer)


def _takes_keyframes(model: Json, contract: Contract) -> bool:
    return model["id"] in facts.limits(contract, "KeyframedVideo")["model"]["enum"]


def _reference_too_long(body: Json, model: Json, contract: Contract) -> Problem | None:
    rules, seconds = facts.limits(contract, "ReferenceVideo"), facts.seconds(body, contract)
    limit = rules["seconds"]["maximum"]
    if model["id"] not in rules["limited_models"]["enum"] or seconds <= limit:
        return None
    known = {"seconds": seconds, "limit": limit}
    say = f"is {seconds}, with references at most {limit} on {model['id']}"
    return Problem("reference-too-long", known, say=say, pointer="/duration")


def _keyframe_outside(body: Json, contract: Contract) -> Problem | None:
    limit = facts.seconds(body, contract)
    for index, one in enumerate(body.get("keyframes", ())):
        if one["timestamp_s"] >= limit:
            pointer = f"/keyframes/{index}/timestamp_s"
            seconds = facts.shown(one["timestamp_s"])
            known = {"field": facts.dotted(pointer), "seconds": seconds, "limit": limit}
            say = f"is {seconds}, must be below {limit}"
            return Problem("keyframe-outside", known, say=say, pointer=pointer)
    return None


def _over_rate(model: str, owner: str, here: Here) -> Problem | None:
    """Decision A19: creates that became jobs count, per minute, key and model."""
    if not here.limited or not (limit := int(here.contract.number("rate"))):
        return None
    born = [job.created for job in here.recent(owner, MINUTE) if job.facts["model"] == model]
    if len(born) < limit:
        return None
    known = {
        "team": facts.team(owner),
        "model": model,
        "actual": len(born) + 1,
        "limit": limit,
        "retry": ceil(born[limit - 1] + MINUTE - here.now),
    }
    say = f"{len(born)} jobs within a minute, allowed {limit} (setting rate)"
    return Problem("rate-limited", known, say=say)


def _wrong_type(one: Input, clip: Clip | Trouble) -> str:
    """What an uploaded file is instead of what it should be; "" where it is right."""
    if isinstance(clip, Trouble):
        return "not media" if clip.kind in ("not-media", "empty") else ""
    right = clip.kind == one.kind and (one.kind != "video" or clip.container == "mp4")
    return "" if right else f"{clip.kind} ({clip.container})"
