"""xAI's service Video: its messages, and the JSON of the HTTP API that they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.contract.model import Json
from mockserver.jobs.clock import iso
from mockserver.rpc.model import Ask, Plain, Procedure

STATES = {"done": 1, "expired": 2, "pending": 3, "failed": 4}  # DeferredStatus
UNKNOWN = 0
STRANGE = 5  # a number that no client has heard of, for a word that has none
RATIO = "VIDEO_ASPECT_RATIO_"
RESOLUTION = "VIDEO_RESOLUTION_"
UNSET = "UNSPECIFIED"


def generate(request: Json) -> Ask:
    """A generation; with a video, an edit."""
    body = _common(request)
    for name in ("duration", "generate_audio"):
        if name in request:
            body[name] = request[name]
    if ratio := _word(request.get("aspect_ratio", UNSET), RATIO):
        body["aspect_ratio"] = ratio.replace("_", ":")
    if lines := _word(request.get("resolution", UNSET), RESOLUTION):
        body["resolution"] = lines.lower()
    for name in ("image", "last_frame"):
        if name in request:
            body[name] = _image(request[name])
    if images := request.get("reference_images"):
        body["reference_images"] = [_image(one) for one in images]
    if audios := request.get("reference_audios"):
        body["reference_audios"] = audios
    if frames := request.get("keyframes"):
        body["keyframes"] = [_keyframe(one) for one in frames]
    if "video" in request:
        return Ask("POST", "/v1/videos/edits", {**body, "video": request["video"]})
    if not body["prompt"]:  # proto3 does not tell an empty text from none
        del body["prompt"]
    return Ask("POST", "/v1/videos/generations", body)


def extend(request: Json) -> Ask:
    """An extension. Without a video it is refused as one that names no source."""
    body = {**_common(request), "video": request.get("video", {})}
    if "duration" in request:
        body["duration"] = request["duration"]
    return Ask("POST", "/v1/videos/extensions", body)


def poll(request: Json) -> Ask:
    """A look at a job."""
    return Ask("GET", f"/v1/videos/{segment(request.get('request_id', ''))}")


def started(reply: Json) -> Json:
    """The id of a new job."""
    return {"request_id": text(reply, "request_id")}


def deferred(reply: Json) -> Json:
    """A job as a poll shows it. An empty body is a job that runs."""
    if reply is None:
        return {"status": STATES["pending"]}
    state = reply.get("status") if isinstance(reply, dict) else None
    if state is None:
        return {"status": UNKNOWN}
    view: Json = {"status": STATES.get(state, STRANGE) if isinstance(state, str) else STRANGE}
    response = _response(reply)
    if response:
        view["response"] = response
    return view


PROCEDURES: Mapping[str, Procedure] = {
    "xai_api.Video/GenerateVideo": Plain(generate, started),
    "xai_api.Video/ExtendVideo": Plain(extend, started),
    "xai_api.Video/GetDeferredVideo": Plain(poll, deferred),
}


def segment(id: str) -> str:
    """An id as a segment of a path, so that it cannot lead elsewhere."""
    return id.replace("/", "%2F") or "(empty)"


def text(holder: Json, name: str) -> str:
    """A text of a reply; empty where there is none."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else ""


def whole(holder: Json, name: str) -> int:
    """A number of a reply; 0 where there is none."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return int(value) if isinstance(value, int | float) else 0


def flag(holder: Json, name: str) -> bool:
    """Whether a reply says yes."""
    return isinstance(holder, dict) and holder.get(name) is True


def moments(holder: Json, names: Sequence[str]) -> dict[str, str]:
    """Those of some moments that a reply has, which are seconds since 1970, as protobuf has it."""
    return {name: iso(found) for name in names if (found := whole(holder, name))}


def filled(**fields: Any) -> dict[str, Any]:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value}


def _common(request: Json) -> dict[str, Any]:
    """What every request for a video may have."""
    body: dict[str, Any] = {"prompt": request.get("prompt", "")}
    if model := request.get("model"):
        body["model"] = model
    if "storage_options" in request:
        body["storage_options"] = _storage(request["storage_options"])
    return body


def _storage(options: Json) -> Json:
    """Where to keep a result. A public URL without a life of its own is `true`."""
    found: dict[str, Any] = {"filename": options.get("filename", "")}
    if "expires_after" in options:
        found["expires_after"] = int(options["expires_after"])
    if "public_url" in options:
        life = options["public_url"].get("expires_after")
        found["public_url"] = True if life is None else {"expires_after": int(life)}
    return found


def _word(value: str | int, prefix: str) -> str:
    """The end of an enum's name; of a number that has none, the number. Empty when it is unset."""
    word = str(value).removeprefix(prefix)
    return "" if word == UNSET else word


def _image(content: Json) -> Json:
    names = {"image_url": "url", "file_id": "file_id"}
    return {names[name]: value for name, value in content.items() if name in names}


def _keyframe(frame: Json) -> Json:
    image = _image(frame.get("image", {}))
    return {"image": image, "timestamp_s": frame.get("timestamp_s", 0.0)}


def _response(reply: Json) -> dict[str, Any]:
    """A VideoResponse, of what the reply has of it."""
    found = filled(model=text(reply, "model"), progress=whole(reply, "progress"))
    if isinstance(video := reply.get("video"), dict):
        found["video"] = _video(video)
    if isinstance(usage := reply.get("usage"), dict):
        found["usage"] = {"cost_in_usd_ticks": whole(usage, "cost_in_usd_ticks")}
    if isinstance(error := reply.get("error"), dict):
        found["error"] = filled(code=text(error, "code"), message=text(error, "message"))
    return found


def _video(video: Json) -> Json:
    found = filled(
        url=text(video, "url"),
        duration=whole(video, "duration"),
        respect_moderation=flag(video, "respect_moderation"),
        storage_error=text(video, "storage_error"),
    )
    if isinstance(kept := video.get("file_output"), dict):
        names = ("file_id", "filename", "public_url", "public_url_error")
        said = filled(**{name: text(kept, name) for name in names})
        found["file_output"] = said | moments(kept, ("expires_at", "public_url_expires_at"))
    return found
