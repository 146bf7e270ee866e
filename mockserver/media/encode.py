"""Encoders, set so that the same frames give the same bytes, and files written in one pass."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

# x264 gives the same bytes for the same number of threads, so the number is not left to the
# machine. Two also suit it best: more are slower for pictures of this kind.
THREADS = 2
BITEXACT = 0x0400  # av.container.Flags.bitexact; `flags` takes the number
FRAME = 1024  # samples of an AAC packet
THREADS_OF_OURS = "/proc/self/task"


@contextmanager
def written(path: Path, format: str, **options: str) -> "Iterator[OutputContainer]":
    """A container to mux into. Nothing in it tells when or by what version it was written."""
    import av

    with av.open(str(path), "w", format=format, options=options) as output:
        output.flags |= BITEXACT
        yield output


@contextmanager
def unhurried() -> Iterator[None]:
    """Have no thread come before everything else on the machine that did not before.

    SVT-AV1 takes the highest priority there is for its threads and for the one that calls it, where
    it may, and never gives that back; every program started from there would have it too.
    """
    if not Path(THREADS_OF_OURS).is_dir():
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    yield
    for thread in map(int, os.listdir(THREADS_OF_OURS)):
        with suppress(ProcessLookupError):
            if os.sched_getscheduler(thread) == os.SCHED_FIFO != before[0]:
                os.sched_setscheduler(thread, *before)


def key_interval(rate: Fraction) -> int:
    """A keyframe every second: players seek well, and a later cut decodes little before it."""
    return max(1, round(rate))


def x264_options(rate: Fraction, **more: object) -> dict[str, str]:
    """Fast, without B-frames, in bytes that only depend on the frames.

    A fixed quantizer spares x264 the look ahead that a rate control needs: a third of its time.
    """
    params = {"keyint": key_interval(rate)} | more
    joined = ":".join(f"{name}={value}" for name, value in params.items())
    return {"preset": "ultrafast", "qp": "24", "x264-params": joined}


def share(encoder: "VideoCodecContext") -> None:
    """Let x264 work on two frames at once: unlike slices of one frame, that costs no quality."""
    encoder.thread_type, encoder.thread_count = "FRAME", THREADS


def aac_encoder(rate: int, layout: str) -> "AudioCodecContext":
    import av

    encoder = av.CodecContext.create("aac", "w")
    encoder.sample_rate, encoder.layout, encoder.format = rate, layout, "fltp"
    encoder.time_base = Fraction(1, rate)
    encoder.bit_rate = 64_000 * encoder.channels
    encoder.options = {"aac_coder": "fast"}  # a third of the default's time; tones need no more
    return encoder


def encode_aac(encoder: "AudioCodecContext", channels: list[bytes]) -> "list[Packet[Any]]":
    """All packets of a sound whose first sample is at time 0. The first packet begins before it."""
    import av

    packets: list[Packet[Any]] = []
    total = len(channels[0]) // 4
    for at in range(0, total, FRAME):
        size = min(FRAME, total - at)
        frame = av.AudioFrame("fltp", encoder.layout.name, size)
        frame.sample_rate, frame.pts, frame.time_base = (
            encoder.sample_rate,
            at,
            Fraction(1, encoder.sample_rate),
        )
        for plane, sound in zip(frame.planes, channels, strict=True):
            memoryview(plane)[: size * 4] = sound[at * 4 : (at + size) * 4]
        packets += encoder.encode(frame)
    return packets + encoder.encode(None)


def encoded(
    encoder: "VideoCodecContext", frames: "Iterable[VideoFrame]"
) -> "Iterator[Packet[Any]]":
    """The packets of frames that are numbered 0, 1, 2, ... in the encoder's time base."""
    at = -1
    for at, frame in enumerate(frames):
        frame.pts, frame.time_base = at, encoder.time_base
        frame.pict_type = 0
        yield from encoder.encode(frame)
    if at >= 0:
        yield from encoder.encode(None)


def mux(
    output: "OutputContainer", video: "Iterator[Packet[Any]]", audio: "Iterator[Packet[Any]]"
) -> None:
    """Write both streams to their ends."""
    for packet in in_time_order(video, audio):
        output.mux(packet)


def in_time_order(
    video: "Iterator[Packet[Any]]", audio: "Iterator[Packet[Any]]"
) -> "Iterator[Packet[Any]]":
    """Two streams of packets as one, the earlier first: what a player reads without seeking."""
    waiting = next(audio, None)
    beat = float(waiting.time_base) if waiting else 0.0  # all packets of a stream share one
    step = 0.0
    for packet in video:
        step = step or float(packet.time_base)
        now = (packet.dts or 0) * step
        while waiting is not None and (waiting.dts or 0) * beat <= now:
            yield waiting
            waiting = next(audio, None)
        yield packet
    if waiting is not None:
        yield waiting
        yield from audio
