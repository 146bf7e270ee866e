"""What media tests share: sources of every kind, strict decoding, and measures of what came out."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import pi, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av

from mockserver.media import boxes, encode, mark, motion, picture, render
from mockserver.media.model import Wish

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from PIL.Image import Image

RATE = Fraction(24)
BEEP = 1.0  # second at which an encoded source beeps
STRICT = {"err_detect": "explode"}


def wish(**said: Any) -> Wish:
    """A small wish; what a test is about is said, the rest is usual."""
    usual: dict[str, Any] = {
        "job": "job-1",
        "seed": 7,
        "prompt": "A red fox runs through fresh snow",
        "width": 320,
        "height": 180,
        "rate": RATE,
        "frames": 24,
    }
    return Wish(**usual | said)


def rendered(folder: Path, said: Wish, **inputs: Path) -> Path:
    """Render into a file of its own."""
    out = folder / f"{said.key({name: str(path) for name, path in inputs.items()})[:16]}.mp4"
    render.render(said, inputs, out)
    return out


def frames(path: Path) -> "list[VideoFrame]":
    """Every frame of a file; raises at the first thing a strict decoder dislikes."""
    with av.open(str(path)) as opened:
        video = opened.streams.video[0]
        video.codec_context.options = STRICT
        video.codec_context.thread_count = 1
        found = list(opened.decode(video))
    assert not any(frame.is_corrupt for frame in found)
    return found


def image(frame: "VideoFrame") -> "Image":
    """A frame's brightness, as a picture in its own size."""
    from PIL import Image

    plain = frame.reformat(format="gray")
    plane = plain.planes[0]
    size = (plane.width, plane.height)
    return Image.frombuffer("L", size, bytes(plane), "raw", "L", plane.line_size, 1)


def grey(frame: "VideoFrame") -> bytes:
    """A frame's brightness, as a picture of 64x36 without the strip of marks."""
    from PIL import Image

    size = (frame.width, frame.height)
    strip = mark.strip(*size)
    inside = (size[0], strip.across[0]) if strip.wide else (strip.across[0], size[1])
    small = image(frame).crop((0, 0, *inside)).resize((64, 36), Image.Resampling.BOX)
    return small.tobytes()


def whole(frame: "VideoFrame") -> bytes:
    """All three planes of a frame."""
    return b"".join(bytes(plane) for plane in frame.planes)


def apart(one: "VideoFrame", other: "VideoFrame") -> float:
    """The mean difference of two frames in grey levels."""
    left, right = grey(one), grey(other)
    return sum(abs(a - b) for a, b in zip(left, right, strict=True)) / len(left)


def steps(found: "list[VideoFrame]") -> list[float]:
    """The mean differences between neighbouring frames."""
    pictures = [grey(frame) for frame in found]
    return [
        sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)
        for one, other in pairwise(pictures)
    ]


def numbers(found: "list[VideoFrame]") -> list[int | None]:
    """What the marks of frames say they are."""
    marks = [mark.read(frame) for frame in found]
    return [one.index if one else None for one in marks]


def assert_even(path: Path, count: int, rate: Fraction = RATE) -> None:
    """The file has `count` frames at exactly even times from 0, and starts fast."""
    with av.open(str(path)) as opened:
        video = opened.streams.video[0]
        base = video.time_base or Fraction(0)
        times = sorted((packet.pts or 0) * base for packet in opened.demux(video) if packet.size)
    assert times == [at / rate for at in range(count)]
    with path.open("rb") as file:
        assert boxes.layout(file).faststart


def stored(path: Path) -> list[bytes]:
    """The video packets of a file, as stored."""
    with av.open(str(path)) as opened:
        return [bytes(packet) for packet in opened.demux(video=0) if packet.size]


@dataclass(frozen=True)
class Heard:
    """A file's sound, its first channel."""

    samples: "array[float]"
    rate: int
    start: float

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / self.rate

    def loudness(self, begin: float, end: float) -> float:
        """Root mean square between two moments, 1 is full scale."""
        part = self.between(begin, end)
        return sqrt(sum(value * value for value in part) / max(1, len(part)))

    def between(self, begin: float, end: float) -> "array[float]":
        low, high = (round((at - self.start) * self.rate) for at in (begin, end))
        return self.samples[max(0, low) : max(0, high)]

    def beeps(self) -> list[float]:
        """When it becomes loud, to 2 ms."""
        step = self.rate // 500
        levels = [
            max(map(abs, self.samples[at : at + step])) for at in range(0, len(self.samples), step)
        ]
        return [
            self.start + at * step / self.rate
            for at in range(1, len(levels))
            if levels[at] > 0.15 and max(levels[max(0, at - 40) : at]) <= 0.15
        ]


def heard(path: Path) -> Heard | None:
    """Decode a file's sound; None if it has none."""
    with av.open(str(path)) as opened:
        if not opened.streams.audio:
            return None
        stream = opened.streams.audio[0]
        samples, start = array("f"), None
        for frame in opened.decode(stream):
            start = frame.time if start is None else start
            samples.frombytes(bytes(frame.planes[0])[: frame.samples * 4])
        return Heard(samples, stream.rate, float(start or 0.0))


@dataclass(frozen=True)
class Source:
    """A source that no recipe can make: how x264 is to encode it, and when it begins."""

    preset: str = "veryfast"
    params: str = ""
    frames: int = 48
    size: tuple[int, int] = (320, 180)
    pixels: str = "yuv420p"
    container: str = "mp4"
    options: tuple[tuple[str, str], ...] = ()
    sound: int = 44100  # rate; 0: none
    layout: str = "stereo"
    late: int = 0  # frames before the first
    sound_late: float = 0.0  # seconds by which the sound begins after the picture

    def write(self, path: Path) -> None:
        with encode.written(path, self.container, **dict(self.options)) as output:
            video = output.add_stream(
                "libx264",
                rate=RATE,
                options={"preset": self.preset, "x264-params": self.params},
            )
            video.width, video.height = self.size
            video.pix_fmt = self.pixels
            video.codec_context.time_base = 1 / RATE
            video.thread_count = 1
            audio = output.add_stream("aac", rate=self.sound) if self.sound else None
            heard = self._heard(audio) if audio else []
            shown: list[Packet[Any]] = []
            for frame in self._shown():
                shown += video.encode(frame)
            shown += video.encode(None)
            for packet in encode.in_time_order(iter(shown), iter(heard)):
                output.mux(packet)

    def _shown(self) -> "Iterator[VideoFrame]":
        image = picture.backdrop(self.params + self.preset, *self.size)
        card = picture.card(self.params or self.preset, "source", *self.size)
        still = motion.frame_of(image)
        for at, frame in enumerate(motion.moving(still, None, self.frames, RATE, card, low=True)):
            shown = frame if self.pixels == "yuv420p" else frame.reformat(format=self.pixels)
            shown.pts, shown.time_base, shown.pict_type = at + self.late, 1 / RATE, 0
            yield shown

    def _heard(self, stream: "AudioStream") -> "list[Packet[Any]]":
        rate, count = self.sound, int(self.frames / RATE * self.sound)
        stream.layout = self.layout
        stream.codec_context.open()
        sound = array("f", [0.003 * sin(2 * pi * 150 * at / rate) for at in range(count)])
        first = round(BEEP * rate)
        for at in range(first, first + rate // 20):
            sound[at] = 0.5 * sin(2 * pi * 1000 * at / rate)
        channels = 1 if self.layout == "mono" else 2
        packets = encode.encode_aac(stream.codec_context, [sound.tobytes()] * channels)
        shift = round((float(self.late / RATE) + self.sound_late) * rate)
        for packet in packets:
            packet.stream = stream
            packet.pts = (packet.pts or 0) + shift
            packet.dts = packet.pts
        return packets


def encoded_again(
    source: "list[VideoFrame]", path: Path, *, bits: int, shrink: bool = False
) -> None:
    """Encode frames again, at a bit rate, in full or in half size."""
    wide, high = source[0].width, source[0].height
    size = (wide // 4 * 2, high // 4 * 2) if shrink else (wide, high)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"preset": "veryfast"})
        stream.width, stream.height = size
        stream.bit_rate = bits
        for frame in source:
            small = frame.reformat(*size) if shrink else frame
            small.pict_type = 0
            output.mux(stream.encode(small))
        output.mux(stream.encode(None))


def bit_rate(path: Path, count: int) -> int:
    return int(path.stat().st_size * 8 * RATE / count)


def video_stream(path: Path) -> Any:
    """What a file's video header says."""
    with av.open(str(path)) as opened:
        context = opened.streams.video[0].codec_context
        return cast("Any", (context.name, context.pix_fmt, context.profile))
