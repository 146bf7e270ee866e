"""What bends of LTX's wire share: its calls, what an error says, and which upload is which."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from conformance.connection import KEYS
from tests.mutants.bends import Change, at, status, whole
from tests.mutants.model import maker
from tests.mutants.wire import Ahead, Bend, Call, Reply

mutant = maker("ltx")
EXTEND = "POST /ltx/v2/extend"
TEXT = "POST /ltx/v2/text-to-video"
IMAGE = "POST /ltx/v2/image-to-video"
AUDIO = "POST /ltx/v2/audio-to-video"
RETAKE = "POST /ltx/v2/retake"
WAITS = "POST /ltx/v1/extend"
TICKET = "POST /ltx/v1/upload"
PUT = "PUT /ltx/ltx-uploads/*"
POLL = "GET /ltx/v2/extend/*"
FILE = "GET /ltx/ltx-results/*"
UNKNOWN = "GET /ltx/v2/extend/00000000-0000-4000-8000-000000000000"
BEARER = f"Bearer {KEYS[0]}"
JOB = {"id": "a3c1f0de-5b7a-4f29-8a64-0d2be7c91f35", "created_at": "2026-09-20T12:00:00.000Z"}


def keyless(call: Call) -> bool:
    return "authorization" not in call.headers


def other_key(call: Call) -> bool:
    return call.headers.get("authorization") == f"Bearer {KEYS[1]}"


def empty(call: Call) -> bool:
    return call.body == b"{}"


def says(words: str) -> Callable[[Call, Reply], bool]:
    """Whether these words are in an error's message."""
    return lambda call, reply: words in str(at(reply.json(), "/error/message"))


def begins(field: str, words: str) -> Callable[[Call], bool]:
    """Whether a request's field begins so and is no short one."""
    return lambda call: len(found := str(at(call.json(), field))) > 200 and found.startswith(words)


def accepted(reply: Reply) -> Reply:
    """As if the call had been accepted."""
    return status(202)(whole(JOB)(reply))


def refused(message: str = "No.") -> Change:
    """As if the call had been refused."""
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": message}}
    return lambda reply: status(400)(whole(error)(reply))


async def remembers(call: Call, ahead: Ahead) -> Reply:
    """Keep what was put up under which URI, for `uses`."""
    answer = await ahead(call)
    place = f"{call.method} {call.path}"
    if place == TICKET and answer.status == 200:
        told = answer.json()
        path = urlsplit(told["upload_url"]).path
        call.kept.setdefault("places", {})[path] = told["storage_uri"]
    elif call.method == "PUT" and answer.status == 200:
        uri = call.kept.get("places", {}).get(call.path)
        call.kept.setdefault("contents", {})[uri] = call.body
    return answer


def uses(field: str, content: Callable[[], bytes]) -> Callable[[Call], bool]:
    """Whether a request's field names an upload of these bytes."""

    def held(call: Call) -> bool:
        body = call.json()
        uri = body.get(field) if isinstance(body, dict) else None
        contents = call.kept.get("contents", {})
        return isinstance(uri, str) and uri in contents and contents[uri] == content()

    return held


def watches(on: str, label: str) -> Bend:
    """Remember the addresses of results that were made under a segment, but for lead-ins."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        answer = await ahead(call)
        if call.path.endswith(f"/v2/{on}") and answer.status == 202:
            if at(call.json(), "/mode") != "start":
                call.kept.setdefault(f"jobs {label}", set()).add(answer.json()["id"])
            return answer
        job = call.path.rpartition("/")[2]
        url = at(answer.json(), "/result/video_url")
        if job in call.kept.get(f"jobs {label}", ()) and isinstance(url, str):
            call.kept.setdefault(label, set()).add(urlsplit(url).path)
        return answer

    return bend


def watched(label: str) -> Callable[[Call], bool]:
    """Whether a path was remembered."""
    return lambda call: call.path in call.kept.get(label, ())
