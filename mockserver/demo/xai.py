"""The demo through xAI: upload the clip as a file, extend it by its id, poll as its pages show."""

from __future__ import annotations

from pathlib import Path

from mockserver.contract.model import Json
from mockserver.demo.wire import Refused, Wire

EVERY = 5.0  # seconds between polls, as in the provider's own sample
KEPT = "3600"  # seconds, the shortest life a file may have


async def extend(wire: Wire, clip: Path, seconds: int, prompt: str) -> str:
    """The URL of the extended clip: source and new part in one file."""
    file = await _upload(wire, clip)
    wire.saw("uploaded")
    body = {"prompt": prompt, "video": {"file_id": file["id"]}, "duration": seconds}
    job = await wire.json("POST", "/v1/videos/extensions", json=body)
    while True:
        view = await wire.json("GET", f"/v1/videos/{job['request_id']}")
        state = view["status"] if view else "pending"  # a 202 may come without a body
        progress = view.get("progress") if view else None
        wire.saw(state if progress in (None, 100) else f"{state} {progress} %")
        if state == "done":
            return str(view["video"]["url"])
        if state != "pending":
            raise Refused(f"the job ended as {state}: {view.get('error')}")
        await wire.pause(EVERY)


async def _upload(wire: Wire, clip: Path) -> Json:
    """The stored file. Its life must stand before it: the form is read from front to back."""
    from aiohttp import FormData

    with clip.open("rb") as body:
        form = FormData()
        form.add_field("expires_after", KEPT)
        form.add_field("file", body, filename=clip.name, content_type="video/mp4")
        return await wire.json("POST", "/v1/files", form=form)
