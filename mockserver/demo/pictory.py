"""The demo through Pictory: put the clip to a signed URL, extend its address, poll for the end.

The result is the new segment alone. Lengths are words, and each model has its own.
"""

from __future__ import annotations

from pathlib import Path

from mockserver.contract.model import Json
from mockserver.demo.wire import KEY, Refused, Wire
from mockserver.media.model import Clip

API = "/pictoryapis/v1"
EVERY = 15.0  # seconds between polls, as in the provider's own sample
MADE = {"pixverse5.5": (5, 8, 10), "veo3.1_fast": (4, 6, 8)}  # seconds; the cheaper model first
RATIOS = ("16:9", "9:16")


async def extend(wire: Wire, clip: Path, seconds: int, prompt: str) -> str:
    """The URL of the segment that continues the clip."""
    media = "video/mp4"
    ticket = await _call(wire, "POST", "/media/generateurl", fileName=clip.name, contentType=media)
    await wire.put(ticket["data"]["signedUrl"], clip, {"Content-Type": media})
    wire.saw("uploaded")
    model, length = fitting(seconds)
    asked = {"model": model, "duration": f"{length}s", "aspectRatio": _ratio(clip)}
    source = ticket["data"]["url"]
    job = await _call(
        wire, "POST", "/aistudio/videos", prompt=prompt, extendVideoUrl=source, **asked
    )
    while True:
        view = (await _call(wire, "GET", f"/jobs/{job['data']['jobId']}"))["data"]
        wire.saw(view["status"])
        if view["status"] == "completed":
            return str(view["url"])
        if view["status"] != "in-progress":
            raise Refused(f"the job ended as {view['status']}: {view.get('error_message', '')}")
        await wire.pause(EVERY)


def fitting(seconds: int) -> tuple[str, int]:
    """The model and its length that come nearest: not shorter, if that can be."""
    options = [(model, length) for model, lengths in MADE.items() for length in lengths]
    enough = [one for one in options if one[1] >= seconds]
    longest = max(length for _, length in options)
    return min(enough, key=lambda one: one[1], default=("pixverse5.5", longest))


def _ratio(clip: Path) -> str:
    """Upright or across, as the clip is: the provider advises to keep its ratio."""
    from mockserver.media.probe import probe

    found = probe(clip)
    return RATIOS[isinstance(found, Clip) and found.height > found.width]


async def _call(wire: Wire, method: str, path: str, **body: str) -> Json:
    """The JSON of an answer. The key stands bare in the header."""
    headers = {"Authorization": KEY}
    async with wire.session.request(
        method, wire.base + API + path, json=body or None, headers=headers
    ) as answer:
        if answer.status >= 400:
            raise Refused(f"{method} {path} → {answer.status}: {(await answer.text())[:300]}")
        return await answer.json()
