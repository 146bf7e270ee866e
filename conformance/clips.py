"""Clips that the judge makes for itself, to have them extended: a moving pattern that changes all
the time, and a tone. Same recipe, same picture."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

RATE = 48_000
SAMPLES = 1024
HASTY = "libsvtav1"
TASKS = "/proc/self/task"
OPTIONS = {
    "libx264": {"preset": "ultrafast", "crf": "28", "threads": "1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:pools=1"},
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a clip shall be. `seconds` is rounded to whole frames; `codec` is an encoder's name and
    `container` a file format's."""

    width: int = 1280
    height: int = 720
    rate: int = 24
    seconds: float = 4.0
    audio: bool = True
    codec: str = "libx264"
    container: str = "mp4"

    @property
    def frames(self) -> int:
        return round(self.seconds * self.rate)

    @property
    def name(self) -> str:
        """A file name that tells what is in it."""
        sound = "" if self.audio else "-silent"
        codec = "" if self.codec == "libx264" else f"-{self.codec}"
        size = f"{self.width}x{self.height}-{self.rate}fps-{self.seconds:g}s"
        return f"{size}{sound}{codec}.{self.container}"


@lru_cache(maxsize=64)
def made(recipe: Recipe) -> bytes:
    """The clip; by default an MP4 with H.264 and AAC."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=recipe.container) as container:
        video = _stream(container, recipe)
        audio = container.add_stream("aac", rate=RATE) if recipe.audio else None
        for index in range(recipe.frames):
            container.mux(video.encode(_picture(recipe, index)))
        container.mux(video.encode())
        if audio is not None:
            for index in range(int(recipe.seconds * RATE / SAMPLES)):
                container.mux(audio.encode(_sound(index)))
            container.mux(audio.encode())
    return out.getvalue()


@lru_cache(maxsize=64)
def frozen(recipe: Recipe) -> bytes:
    """A silent clip in which nothing moves: quick to make, however large the picture."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=recipe.container) as container:
        video = _stream(container, recipe)
        first = [*video.encode(_picture(recipe, 0)), *video.encode()]
        for index in range(recipe.frames):
            for packet in first:
                packet.stream = video
                packet.pts = packet.dts = index
                packet.duration = 1
                packet.time_base = Fraction(1, recipe.rate)
                container.mux(packet)
    return out.getvalue()


def _stream(container: Any, recipe: Recipe) -> Any:
    """The picture's stream in a file that is written."""
    video = container.add_stream(recipe.codec, rate=recipe.rate)
    video.width, video.height, video.pix_fmt = recipe.width, recipe.height, "yuv420p"
    video.options = dict(OPTIONS.get(recipe.codec, {}))
    if recipe.codec == HASTY:
        os.environ.setdefault("SVT_LOG", "1")  # it writes to stderr on its own account
        _opened_calmly(video.codec_context)
    return video


def _opened_calmly(encoder: Any) -> None:
    """Open an encoder that takes the highest priority there is for its threads and for the one that
    calls it, where it may, and give that back: programs started from here would have it too."""
    if not os.path.isdir(TASKS):
        encoder.open()
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    encoder.open()
    for task in map(int, os.listdir(TASKS)):
        with suppress(ProcessLookupError):
            if os.sched_getscheduler(task) == os.SCHED_FIFO != before[0]:
                os.sched_setscheduler(task, *before)


def _picture(recipe: Recipe, index: int) -> av.VideoFrame:  # type: ignore[name-defined]  # noqa: F821
    """A grey ramp with a bar that moves a little from frame to frame."""
    import av

    width, height = recipe.width, recipe.height
    frame = av.VideoFrame(width, height, "yuv420p")
    bar = (index * 4) % max(1, width - 64)
    row = bytearray((40 + 160 * x // width) for x in range(width))
    row[bar : bar + 64] = bytes([235]) * len(row[bar : bar + 64])
    for plane, fill in zip(frame.planes, (None, 110, 150), strict=True):
        if fill is None:
            line = bytes(row) + bytes(plane.line_size - width)
            plane.update(line * plane.height)
        else:
            plane.update(bytes([fill]) * plane.buffer_size)
    frame.pts = index
    frame.time_base = Fraction(1, recipe.rate)
    return frame


def _sound(index: int) -> av.AudioFrame:  # type: ignore[name-defined]  # noqa: F821
    """A quiet square wave."""
    import struct

    import av

    frame = av.AudioFrame("fltp", "mono", SAMPLES)
    level = [0.05 if ((index * SAMPLES + n) // 109) % 2 else -0.05 for n in range(SAMPLES)]
    frame.planes[0].update(struct.pack(f"<{SAMPLES}f", *level))
    frame.sample_rate = RATE
    frame.pts = index * SAMPLES
    frame.time_base = Fraction(1, RATE)
    return frame
