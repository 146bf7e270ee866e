"""Sound tracks that the judge makes for itself: a steady tone."""

from __future__ import annotations

import io
import math
import struct
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    import av

RATE = 48_000
SAMPLES = 1024
WAVES = 5  # in a block of samples, so that one follows another without a click
STEADY = 8  # blocks until the coder has heard that nothing changes
NOT_REPLICATED, REPLICATED = b"\x56\xe5\x00", b"\x56\xe5\x98"  # of AAC: no bands, bands to 48 kHz
FILLED = 14  # bytes in a fill element
FILL, END = f"110{FILLED:04b}", "111"  # elements of a packet, in bits
BANDS = "1101" + "1" + "0" + "0101" + "1001"  # bands are replicated; header; fine steps; from; to
BLOCK = struct.pack(
    f"<{SAMPLES}f", *(0.1 * math.sin(math.tau * WAVES * n / SAMPLES) for n in range(SAMPLES))
)


@lru_cache(maxsize=16)
def track(seconds: float = 2.0, codec: str = "aac", container: str = "mp4") -> bytes:
    """A tone in a file: by default an M4A with AAC-LC. Vorbis is made in stereo alone."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        layout = "stereo" if codec == "vorbis" else "mono"
        stream = cast("av.AudioStream", file.add_stream(codec, rate=RATE, layout=layout))
        stream.codec_context.options = {"strict": "experimental"}
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=RATE)
        for index in range(round(seconds * RATE / SAMPLES)):
            for frame in resampler.resample(_tone(index)):
                file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return out.getvalue()


@lru_cache(maxsize=16)
def held(seconds: float) -> bytes:
    """A tone in an M4A with AAC-LC that is quick to make, however long: its packets are the same
    over and over."""
    return _repeated(seconds, RATE)


@lru_cache(maxsize=1)
def replicated(seconds: float) -> bytes:
    """A tone in an M4A with HE-AAC: AAC-LC at half the rate, and in each packet how the upper bands
    are made of the lower."""
    plain = _repeated(seconds, RATE // 2, _with_bands)
    assert plain.count(NOT_REPLICATED) == 1
    return plain.replace(NOT_REPLICATED, REPLICATED)


def _repeated(seconds: float, rate: int, change: Callable[[bytes], bytes] = bytes) -> bytes:
    """An M4A of one packet of a tone, changed, over and over."""
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=rate, layout="mono")
        tones = (_tone(index, rate) for index in range(STEADY))
        *_, last = (packet for tone in tones for packet in stream.encode(tone))
        stream.encode()
        content = change(bytes(last))
        for index in range(round(seconds * rate / SAMPLES)):
            packet = av.Packet(content)
            packet.stream = stream
            packet.pts = packet.dts = index * SAMPLES
            packet.duration = SAMPLES
            packet.time_base = Fraction(1, rate)
            packet.is_keyframe = True
            file.mux(packet)
    return out.getvalue()


def _with_bands(packet: bytes) -> bytes:
    """A packet with a fill element before its end that replicates bands (ISO/IEC 14496-3, 4.4.2.8):
    a header with their range, and then zeros, which add silence."""
    bits = "".join(f"{byte:08b}" for byte in packet).rstrip("0").removesuffix(END)
    bits += f"{FILL}{BANDS.ljust(8 * FILLED, '0')}{END}"
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


def _tone(index: int, rate: int = RATE) -> av.AudioFrame:
    import av

    frame = av.AudioFrame("fltp", "mono", SAMPLES)
    frame.planes[0].update(BLOCK)
    frame.sample_rate = rate
    frame.pts = index * SAMPLES
    frame.time_base = Fraction(1, rate)
    return frame
