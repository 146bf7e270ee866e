"""Videos made anew with something wrong in them: a picture, the sound, the length, the rate."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from tests.mutants.bends import Change, content

Frames: TypeAlias = list[Any]
Cut: TypeAlias = Callable[[Frames], Frames]

WHOLE = Fraction(1)
NEGATIVE = bytes(range(255, -1, -1))


def film(
    cut: Cut | None = None,
    *,
    rate: Fraction = WHOLE,
    size: float = 1.0,
    codec: str = "libx264",
    audio: bool = True,
) -> Change:
    """The video with its frames changed by `cut`, at so many times its rate and its size."""
    return content(lambda body: _remade(body, cut, rate, size, codec, audio))


def inverted(first: float, last: float = 1.0) -> Cut:
    """Light is dark between two shares of the time."""

    def cut(frames: Frames) -> Frames:
        where = range(int(first * len(frames)), int(last * len(frames)))
        return [_negative(one) if n in where else one for n, one in enumerate(frames)]

    return cut


def frozen(first: float) -> Cut:
    """The picture stands still from there on."""

    def cut(frames: Frames) -> Frames:
        at = int(first * len(frames))
        return [*frames[:at], *[frames[at]] * (len(frames) - at)]

    return cut


def shortened(share: float) -> Cut:
    """The end is missing."""
    return lambda frames: frames[: int(share * len(frames))]


def thinned(nth: int) -> Cut:
    """Only each nth frame."""
    return lambda frames: frames[::nth]


@lru_cache(maxsize=64)
def _remade(
    body: bytes, cut: Cut | None, rate: Fraction, size: float, codec: str, audio: bool
) -> bytes:
    import av

    with av.open(io.BytesIO(body), "r") as old:
        picture = old.streams.video[0]
        pace = Fraction(picture.average_rate or 24) * rate
        width, height = (int(side * size) // 2 * 2 for side in (picture.width, picture.height))
        frames: Frames = [
            one.reformat(width=width, height=height, format="yuv420p")
            for one in old.decode(picture)
        ]
    sound: Frames = []
    if audio:
        with av.open(io.BytesIO(body), "r") as old:
            if old.streams.audio:
                sound = list(old.decode(old.streams.audio[0]))
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as new:
        video: Any = new.add_stream(codec, rate=pace)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        if codec == "libx264":
            video.options = {"preset": "ultrafast", "crf": "23"}
        else:
            video.bit_rate = 4_000_000
        heard = new.add_stream("aac", rate=sound[0].sample_rate) if sound else None
        for index, one in enumerate(cut(frames) if cut else frames):
            copy = _copy(one)
            copy.pts, copy.time_base = index, 1 / pace
            new.mux(video.encode(copy))
        new.mux(video.encode())
        if heard is not None:
            for one in sound:
                new.mux(heard.encode(one))
            new.mux(heard.encode())
    return out.getvalue()


def _copy(frame: Any, table: bytes | None = None) -> Any:
    """A frame that may be encoded again, its values replaced by those of a table."""
    import av

    made = av.VideoFrame(frame.width, frame.height, "yuv420p")
    for old, new in zip(frame.planes, made.planes, strict=True):
        rows, was, now = bytes(old), old.line_size, new.line_size
        kept = [rows[y * was : y * was + old.width] for y in range(old.height)]
        lines = b"".join(one.ljust(now, b"\0")[:now] for one in kept)
        new.update(lines.translate(table) if table else lines)
    return made


def _negative(frame: Any) -> Any:
    return _copy(frame, NEGATIVE)
