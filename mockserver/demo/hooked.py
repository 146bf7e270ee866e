"""The demo through Hooked: put the clip into the library, extend it by its id, poll for the end.

The provider publishes no upload, so the clip is registered through the simulator's control API.
"""

from __future__ import annotations

from pathlib import Path

from mockserver.contract.model import Json
from mockserver.demo.wire import KEY, Refused, Wire

EVERY = 10.0  # seconds between polls: the provider warns of its limits, and takes minutes
STEP, MOST = 4, 60  # seconds that can be added


async def extend(wire: Wire, clip: Path, seconds: int, prompt: str) -> str:
    """The URL of the extended clip: source and new part in one file."""
    media = await _registered(wire, clip)
    wire.saw("registered")
    added = min(MOST, -(-seconds // STEP) * STEP)
    body = {"media": media, "prompt": prompt, "targetDuration": added}
    made = await _json(wire, "POST", "/v1/project/create/extend-video", body)
    while True:
        answer = await _json(wire, "GET", f"/v1/video/{made['data']['videoId']}")
        video = answer["data"]
        running = video["status"] not in ("COMPLETED", "FAILED")
        wire.saw(f"{video['status']} {video['progress']} %" if running else video["status"])
        if video["status"] == "COMPLETED":
            return str(video["url"])
        if video["status"] == "FAILED":
            raise Refused(f"the job failed: {video['message']}")
        await wire.pause(EVERY)


async def _registered(wire: Wire, clip: Path) -> str:
    """The media id under which the clip is now in the library."""
    from aiohttp import FormData

    root, _, name = wire.base.rpartition("/")
    with clip.open("rb") as body:
        form = FormData()
        form.add_field("file", body, filename=clip.name, content_type="video/mp4")
        async with wire.session.post(f"{root}/_mock/{name}/media", data=form) as answer:
            text = await answer.text()
            if answer.status >= 400:
                raise Refused(f"POST /_mock/{name}/media → {answer.status}: {text[:300]}")
            return str((await answer.json())["id"])


async def _json(wire: Wire, method: str, path: str, body: Json = None) -> Json:
    """The JSON of an answer; Refused when its status is 400 or more, or it says so itself."""
    headers = {"x-api-key": KEY}
    call = wire.session.request(method, wire.base + path, json=body, headers=headers)
    async with call as answer:
        text = await answer.text()
        if answer.status >= 400:
            raise Refused(f"{method} {path} → {answer.status}: {text[:300]}")
        found = await answer.json()
        if not found["success"]:
            raise Refused(f"{method} {path}: {found['message']}")
        return found
