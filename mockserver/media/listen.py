"""A source's sound: its packets, and any stretch of its samples, counted from its first picture."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.media import reel, tone
from mockserver.media.encode import FRAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.packet import Packet

RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
COPIED_RATES = (96000, 88200, 64000, 48000, 44100, 32000)  # a packet's grid is fine enough
WARM = 3  # packets that a decoder hears before what it says counts
DRIFT = 0.015  # seconds by which packets may stray from their grid


@dataclass(frozen=True, slots=True)
class Recording:
    """What is known about a source's sound before any of it is decoded."""

    path: Path
    rate: int
    layout: str  # "mono" or "stereo": others are mixed down to stereo
    zero: Fraction  # the time in the file that counts as 0
    start: int  # when the first packet begins, in samples
    packets: dict[int, bytes] = field(repr=False)  # by when they begin; none if not to be copied


def recording(path: Path, zero: Fraction | None = None) -> Recording | None:
    """Read a file's sound; None if it has none. `zero`: which time counts as 0, else the first."""
    with reel.open_reel(path) as opened:
        stream = reel.audio_of(opened)
        if stream is None:
            return None
        base = stream.time_base or Fraction(1, 1000)
        times, kept = [], []
        plain = _plain(stream)
        for packet in reel.packets_of(opened, stream):
            if packet.size and packet.pts is not None:
                times.append(packet.pts)
                kept.append(bytes(packet) if plain else b"")
        if not times:
            return None
        begin = times[0] * base
        zero = max(Fraction(0), begin) if zero is None else zero
        own = stream.rate if stream.rate in RATES else 48000
        start = round((begin - zero) * own)
        layout = "mono" if stream.codec_context.layout.nb_channels == 1 else "stereo"
        even = plain and _even(times, float(base), own)
        packets = {start + at * FRAME: data for at, data in enumerate(kept)} if even else {}
        return Recording(path, own, layout, zero, start, packets)


def _plain(stream: "AudioStream") -> bool:
    """Whether our encoder's packets can stand between this stream's: plain AAC, alike in all."""
    context = stream.codec_context
    config = context.extradata or b""
    return (
        reel.sound_name(stream) == "aac"
        and len(config) >= 2
        and config[0] >> 3 == 2  # low complexity
        and not config[1] & 4  # 1024 samples a packet
        and config[1] >> 3 & 15 in (1, 2)  # mono or stereo, said in the plain way
        and context.layout.name in ("mono", "stereo")
        and stream.rate in COPIED_RATES
    )


def _even(times: list[int], base: float, rate: int) -> bool:
    step = FRAME / rate
    return all(abs((time - times[0]) * base - at * step) <= DRIFT for at, time in enumerate(times))


class Listener:
    """Reads a recording's samples forward, as floats at one rate, silence where there are none.

    Keeps no more than it was last asked for.
    """

    def __init__(self, source: Recording, rate: int, layout: str) -> None:
        self._source, self._rate, self._layout = source, rate, layout
        self._channels = 1 if layout == "mono" else 2
        self._held = [bytearray() for _ in range(self._channels)]
        self._begin = 0  # the sample with which what is held begins
        self._frames: Iterator[AudioFrame] | None = None

    def heard(self, start: int, stop: int) -> list[bytes]:
        """The samples [start, stop) of each channel. Later calls must not ask for earlier ones."""
        if self._frames is None:
            self._begin = start
            self._frames = self._decoded(start)
        self._drop(start - self._begin)
        while self._begin + len(self._held[0]) // tone.WIDTH < stop:
            frame = next(self._frames, None)
            if frame is None:
                break
            self._hold(frame)
        low, size = (start - self._begin) * tone.WIDTH, (stop - start) * tone.WIDTH
        return [bytes(held[low : low + size]).ljust(size, b"\0") for held in self._held]

    def _drop(self, samples: int) -> None:
        if samples > 0:
            for held in self._held:
                del held[: samples * tone.WIDTH]
            self._begin += samples

    def _hold(self, frame: "AudioFrame") -> None:
        """Put a frame where its time says, over silence where the source has a gap."""
        at = round((frame.pts or 0) * (frame.time_base or 1) * self._rate)
        at -= round(self._source.zero * self._rate)
        gap = at - self._begin - len(self._held[0]) // tone.WIDTH
        gap = gap if abs(gap) > self._rate // 50 else 0  # rounding is no gap
        size = frame.samples * tone.WIDTH
        for held, plane in zip(self._held, frame.planes, strict=True):
            sound = bytes(memoryview(plane)[:size])
            held += tone.silence(gap) if gap > 0 else b""
            held += sound[-gap * tone.WIDTH :] if gap < 0 else sound

    def _decoded(self, start: int) -> "Iterator[AudioFrame]":
        import av

        wanted = self._source.zero + Fraction(start, self._rate)
        resampler = av.AudioResampler(format="fltp", layout=self._layout, rate=self._rate)
        with reel.open_reel(self._source.path) as opened:
            stream = reel.audio_of(opened)
            if stream is None:
                return
            soon = int(wanted / (stream.time_base or Fraction(1, 1000)))
            for packet in reel.packets_of(opened, stream):
                if (
                    packet.size
                    and (packet.pts or 0) + (WARM + 1) * (packet.duration or FRAME) < soon
                ):
                    continue
                for frame in _tolerant(stream, packet):
                    yield from resampler.resample(frame)
            yield from resampler.resample(None)


def _tolerant(stream: "AudioStream", packet: "Packet[Any]") -> "list[AudioFrame]":
    import av

    try:
        return list(stream.decode(packet))
    except av.FFmpegError:
        return []  # what is missing is silence
