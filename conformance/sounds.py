"""Sound tracks that the judge makes for itself: a steady tone."""

from __future__ import annotations

import io
import math
import struct
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import av

RATE = 48_000
SAMPLES = 1024
WAVES = 5  # in a block of samples, so that one follows another without a click
BLOCK = struct.pack(
    f"<{SAMPLES}f", *(0.1 * math.sin(math.tau * WAVES * n / SAMPLES) for n in range(SAMPLES))
)


@lru_cache(maxsize=16)
def track(seconds: float = 2.0, codec: str = "aac", container: str = "mp4") -> bytes:
    """A tone in a file: by default an M4A with AAC-LC."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        stream = cast("av.AudioStream", file.add_stream(codec, rate=RATE, layout="mono"))
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=RATE)
        for index in range(round(seconds * RATE / SAMPLES)):
            for frame in resampler.resample(_tone(index)):
                file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return out.getvalue()


def _tone(index: int) -> av.AudioFrame:
    import av

    frame = av.AudioFrame("fltp", "mono", SAMPLES)
    frame.planes[0].update(BLOCK)
    frame.sample_rate = RATE
    frame.pts = index * SAMPLES
    frame.time_base = Fraction(1, RATE)
    return frame
