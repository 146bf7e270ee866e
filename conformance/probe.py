"""What a file is, found by decoding it whole: the judge's own eyes."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av import VideoFrame
    from av.video.reformatter import VideoReformatter

    from conformance.model import Json

WIDTH, HEIGHT = 32, 18
REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Probe:
    """A decoded file. `frames` are small grey pictures of every frame, row by row; `trouble` says
    why it could not be decoded to its end."""

    sha256: str
    size: int
    width: int = 0
    height: int = 0
    rate: float = 0.0
    seconds: float = 0.0
    codec: str = ""
    audio: str = ""
    audio_seconds: float = 0.0
    frames: tuple[bytes, ...] = ()
    trouble: str = ""

    def show(self) -> Json:
        """As reports and cassettes have it; pictures as hex."""
        return {**asdict(self), "frames": [one.hex() for one in self.frames]}


def read(told: Json) -> Probe:
    """A probe out of what `show` gave."""
    frames = tuple(bytes.fromhex(one) for one in told["frames"])
    return Probe(**{**told, "frames": frames})


def probe(body: bytes) -> Probe:
    """Decode a file; what was decoded before is remembered by its hash."""
    return _probed(_Body(body))


class _Body:
    """Bytes that are compared by their hash."""

    def __init__(self, body: bytes) -> None:
        self.bytes = body
        self.sha256 = sha256(body).hexdigest()

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Body) and other.sha256 == self.sha256


@lru_cache(maxsize=REMEMBERED)
def _probed(body: _Body) -> Probe:
    import av
    from av.video.reformatter import VideoReformatter

    reformatter = VideoReformatter()  # of a frame's own there would be one each, which costs more
    found: dict[str, Json] = {"sha256": body.sha256, "size": len(body.bytes)}
    frames: list[bytes] = []
    try:
        with av.open(io.BytesIO(body.bytes), "r") as container:
            if not container.streams.video:
                return Probe(**found, trouble="there is no video in it")
            video = container.streams.video[0]
            found |= {
                "width": video.codec_context.width,
                "height": video.codec_context.height,
                "rate": float(video.average_rate or 0),
                "codec": video.codec_context.name,
            }
            if container.streams.audio:
                sound = container.streams.audio[0]
                found["audio"] = sound.codec_context.name
            for frame in container.decode(video):
                frames.append(_small(reformatter, frame))
                last = float(frame.time or 0.0)
                found["seconds"] = last + (1 / found["rate"] if found["rate"] else 0.0)
        if "audio" in found:
            found["audio_seconds"] = _heard(body.bytes)
    except (av.FFmpegError, ValueError) as error:
        return Probe(**found, frames=tuple(frames), trouble=f"it does not decode: {error}")
    return Probe(**found, frames=tuple(frames))


def _heard(body: bytes) -> float:
    """Seconds of sound."""
    import av

    with av.open(io.BytesIO(body), "r") as container:
        heard = 0.0
        for frame in container.decode(container.streams.audio[0]):
            heard += frame.samples / frame.sample_rate
        return heard


def _small(reformatter: VideoReformatter, frame: VideoFrame) -> bytes:
    """A frame as WIDTH x HEIGHT grey values."""
    small = reformatter.reformat(frame, width=WIDTH, height=HEIGHT, format="gray")
    plane = small.planes[0]
    rows = bytes(plane)
    return b"".join(rows[y * plane.line_size : y * plane.line_size + WIDTH] for y in range(HEIGHT))


def difference(one: bytes, other: bytes) -> float:
    """How far two small pictures are apart: the mean of the differences, 0 to 255."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def steps(frames: Sequence[bytes]) -> list[float]:
    """How far each picture is from the one before."""
    return [difference(one, other) for one, other in pairwise(frames)]
