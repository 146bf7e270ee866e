"""The demo through LTX: upload the clip, submit to version 2, poll as often as its pages allow."""

from __future__ import annotations

from pathlib import Path

from mockserver.demo.wire import Refused, Wire

EVERY = 5.0  # seconds between polls, as the provider asks for


async def extend(wire: Wire, clip: Path, seconds: int, prompt: str) -> str:
    """The URL of the extended clip. Without `context`, whatever length fits is taken."""
    ticket = await wire.json("POST", "/v1/upload")
    headers = {**ticket["required_headers"], "Content-Type": "video/mp4"}
    await wire.put(ticket["upload_url"], clip, headers)
    wire.saw("uploaded")
    body = {"video_uri": ticket["storage_uri"], "duration": seconds, "prompt": prompt}
    job = await wire.json("POST", "/v2/extend", json=body)
    while True:
        view = await wire.json("GET", f"/v2/extend/{job['id']}")
        wire.saw(view["status"])
        if view["status"] == "completed":
            return str(view["result"]["video_url"])
        if view["status"] == "failed":
            raise Refused(f"the job failed: {view['error']['message']}")
        await wire.pause(EVERY)
