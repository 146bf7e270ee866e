"""Cuts a stretch of frames out of a video, with the sound that belongs to them."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.media import encode, footage, listen, sound, tracks
from mockserver.media.footage import Footage
from mockserver.media.model import Excerpt
from mockserver.media.render import RenderError, explained

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet


def excerpt(video: Path, wanted: Excerpt, out: Path) -> None:
    """Write the wanted frames as H.264 and AAC in an MP4, from time 0. Raises RenderError."""
    with explained():
        source = footage.footage(video)
        start, stop = span(wanted, source.frames)
        with encode.written(out, "mp4", movflags="+faststart") as output:
            wide, high = (side // 2 * 2 for side in source.size)
            frames = footage.frames(source, start, stop, wide, high)
            track = tracks.fresh(output, (wide, high), source.cadence.rate, frames)
            encode.mux(output, track, _heard(output, source, start, stop))


def span(wanted: Excerpt, frames: int) -> tuple[int, int]:
    """The first frame of an excerpt and the one behind its last. Raises RenderError."""
    start = wanted.start + frames if wanted.start < 0 else wanted.start
    stop = start + wanted.frames if wanted.frames else frames
    if not 0 <= start < stop <= frames:
        raise RenderError(f"the excerpt [{start}, {stop}) is not within {frames} frames")
    return start, stop


def _heard(
    output: "OutputContainer", source: Footage, start: int, stop: int
) -> "Iterator[Packet[Any]]":
    recording = listen.recording(source.path, source.start * source.base)
    if recording is None:
        return iter(())
    length = (stop - start) / source.cadence.rate
    parts = [("source", length, _moment(source, start))]
    copying = bool(recording.packets)
    score = sound.score(parts, recording.rate, recording.layout, "", copying=copying)
    return tracks.heard(output, score, recording)


def _moment(source: Footage, place: int) -> Fraction:
    """When a frame is shown, counted from the first."""
    times = sorted(row.pts for row in source.rows)
    return (times[place] - source.start) * source.base
