"""A media file opened within limits, and the table of its video packets. Decodes nothing itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.media import sniff

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

MOST_PIXELS = 8192 * 8192
JITTER = Fraction(1, 1000)  # what a container that counts milliseconds does to an even rate
STANDARD = tuple(
    Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120, 8, 10, 12, 15, 20)
) + tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120))


OLD_PYAV = re.compile(r"1[0-8]\.")  # from 19 on, metadata that cannot be decoded does not raise


class NotMedia(ValueError):
    """A file that no demuxer is asked about; the text says which."""


def open_reel(path: Path, *, pixels: int = MOST_PIXELS) -> "InputContainer":
    """Open with the one demuxer its first bytes name. No frame beyond `pixels` is ever decoded."""
    import av

    with path.open("rb") as file:
        name = sniff.family(file.read(16))
    if name not in sniff.DEMUXERS:
        raise NotMedia(f"{path.name} is no video or sound")
    options = {"max_pixels": str(pixels), "protocol_whitelist": "file", "threads": "1"}
    kind = sniff.DEMUXERS[name]
    lenient: Any = {"metadata_errors": "replace"} if OLD_PYAV.match(av.__version__) else {}
    reel: InputContainer = av.open(str(path), "r", format=kind, options=options, **lenient)
    for stream in reel.streams.video:
        if stream.codec_context:  # the options above only hold while the file is opened
            stream.codec_context.options = {"max_pixels": str(pixels)}
    return reel


def packets_of(reel: "InputContainer", stream: "Stream") -> "Iterator[Packet[Any]]":
    """One stream's packets; what belongs to others is not even read. At the end the flush."""
    from av.stream import Discard

    for other in reel.streams:
        other.discard = Discard.default if other.index == stream.index else Discard.all
    return reel.demux(stream)


def video_of(reel: "InputContainer") -> "VideoStream | None":
    """The first moving picture; cover art is none."""
    from av.stream import Disposition

    for stream in reel.streams.video:
        if not stream.disposition & Disposition.attached_pic and stream.codec_context:
            return stream
    return None


def audio_of(reel: "InputContainer") -> "AudioStream | None":
    return next((stream for stream in reel.streams.audio if stream.codec_context), None)


def sound_name(stream: "AudioStream") -> str:
    """The sound codec's name; the high-efficiency AAC kinds are told apart from plain AAC."""
    name = stream.codec_context.codec.canonical_name
    if name != "aac":
        return name
    profile = stream.profile or ""
    return "he-aac" if "HE" in profile or _spectral(stream.codec_context.extradata or b"") else name


def _spectral(config: bytes) -> bool:
    """Whether an AudioSpecificConfig announces spectral band replication, openly or appended."""
    kind = config[0] >> 3 if config else 0
    appended = config[2:4] == b"\x56\xe5" and len(config) > 4 and config[4] & 0x80
    return kind in (5, 29) or bool(appended)


@dataclass(frozen=True, slots=True)
class Row:
    """One video packet: where it stands in time, and how it is stored."""

    pts: int
    dts: int
    size: int
    key: bool
    span: int  # its duration as the container tells it, 0 if it does not


@dataclass(frozen=True, slots=True)
class Cadence:
    """How the frames of a track lie in time."""

    rate: Fraction
    variable: bool
    seconds: Fraction


def row_of(packet: "Packet[Any]") -> Row:
    pts = packet.pts if packet.pts is not None else packet.dts or 0
    dts = packet.dts if packet.dts is not None else pts
    return Row(pts, dts, packet.size, packet.is_keyframe, packet.duration or 0)


def real(packets: "Iterator[Packet[Any]]") -> "Iterator[Packet[Any]]":
    """The packets that show a frame: not the flush, not what an edit list hides."""
    return (packet for packet in packets if packet.size and not packet.is_discard)


def cadence(times: list[int], base: Fraction, last: int, hints: list[Fraction]) -> Cadence:
    """The rate of frames shown at `times` (sorted, in units of `base`); `last`: the last's span.

    Constant means: every frame stands within a tick or a millisecond of where an even rate puts
    it. `hints` are rates that a header claims; they are believed only if the frames agree.
    """
    count, start = len(times), times[0]
    span = (times[-1] - start) * base
    if count == 1 or not span:
        rate = next((hint for hint in hints if hint), 1 / (last * base) if last else Fraction(24))
        return Cadence(rate, False, count / rate)
    slack = min(max(base, JITTER), span / (count - 1) / 4)
    measured = (count - 1) / span
    near = [rate for rate in STANDARD if abs(rate - measured) < measured / 100]
    for rate in [*(hint for hint in hints if hint), *near, measured]:
        if _even(times, rate, base, slack):
            return Cadence(rate, False, count / rate)
    whole = span + (last * base or span / (count - 1))
    average = (count / whole).limit_denominator(1001)
    claimed = next((hint for hint in hints if abs(hint - average) < average / 50), average)
    return Cadence(claimed, True, whole)


def _even(times: list[int], rate: Fraction, base: Fraction, slack: Fraction) -> bool:
    step, room = float(1 / (rate * base)), float(slack / base) + 1e-6
    start = times[0]
    return all(abs(time - start - at * step) <= room for at, time in enumerate(times))


def beat_of(stream: "VideoStream") -> Fraction:
    """What the stream counts time in; a millisecond where it does not say."""
    base = stream.time_base
    return Fraction(base.numerator, base.denominator) if base else Fraction(1, 1000)


def hints_of(stream: "VideoStream") -> list[Fraction]:
    """What the header and the codec claim the rate to be."""
    claims = (stream.average_rate, stream.guessed_rate, stream.base_rate)
    # PyAV 19 has a rational type of its own.
    rates = [Fraction(claim.numerator, claim.denominator) for claim in claims if claim]
    return [rate for rate in rates if 1 <= rate <= 1000]
