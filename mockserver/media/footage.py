"""A source's moving picture: its packet table, and any stretch of its frames, ready to use.

Frames are counted as shown, from 0. A frame that cannot be decoded is replaced by the one before
it, so that counts always hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.media import avc, reel

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.filter import Graph
    from av.filter.context import FilterContext
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


MOST_SETS = 16  # parameter sets in one track: as often a file has been extended, and one
TURNS = {  # against the clock: the filters that turn a frame
    0: (),
    90: (("transpose", "cclock"),),
    180: (("hflip", ""), ("vflip", "")),
    270: (("transpose", "clock"),),
}


class NoFootage(ValueError):
    """A file whose pictures cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What is known about a source's picture before any frame is decoded."""

    path: Path
    rows: tuple[reel.Row, ...]  # in stored order
    shown: tuple[int, ...]  # for each of them: as which frame it is shown
    closed: frozenset[int]  # the rows from which a decoder may start afresh (H.264 only)
    base: Fraction
    start: int  # when the first frame is shown, in units of `base`
    cadence: reel.Cadence
    wide: int  # as stored
    high: int
    turn: int  # as Clip.rotation
    hidden: bool  # an edit list hides packets, or a packet has no time
    avc: avc.Config | None  # None where packets cannot be copied whatever the wish

    @property
    def frames(self) -> int:
        return len(self.rows)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as displayed."""
        return (self.high, self.wide) if self.turn % 180 else (self.wide, self.high)


def footage(path: Path) -> Footage:
    """Read the packet table of a source."""
    with reel.open_reel(path) as opened:
        video = reel.video_of(opened)
        if video is None:
            raise NoFootage("the source has no picture")
        rows, closed, first = _table(opened, video)
        if not rows or first is None:
            raise NoFootage("the source has no frame that can be decoded")
        order = sorted(range(len(rows)), key=lambda at: rows[at].pts)
        times = [rows[at].pts for at in order]
        shown = [0] * len(rows)
        for place, at in enumerate(order):
            shown[at] = place
        base = reel.beat_of(video)
        return Footage(
            path=path,
            rows=tuple(rows),
            shown=tuple(shown),
            closed=closed.places,
            base=base,
            start=times[0],
            cadence=reel.cadence(times, base, rows[order[-1]].span, reel.hints_of(video)),
            wide=first.width,
            high=first.height,
            turn=-round(first.rotation / 90) * 90 % 360,
            hidden=closed.hidden or len(set(times)) < len(times),
            avc=_config(video),
        )


@dataclass(slots=True)
class _Seen:
    """What stands out among the packets."""

    places: frozenset[int] = frozenset()  # rows that a decoder may start from
    hidden: bool = False


def _table(
    opened: "InputContainer", video: "VideoStream"
) -> "tuple[list[reel.Row], _Seen, VideoFrame | None]":
    rows: list[reel.Row] = []
    closed, hidden = set(), False
    first: VideoFrame | None = None
    coded = video.codec_context.codec.canonical_name == "h264"
    for packet in reel.packets_of(opened, video):
        if first is None:
            first = next(iter(_tolerant(video, packet)), None)
        if not packet.size:
            continue
        hidden = hidden or packet.is_discard or packet.pts is None
        if packet.is_discard:
            continue
        if coded and packet.is_keyframe and avc.IDR in avc.kinds(memoryview(packet)):
            closed.add(len(rows))
        rows.append(reel.row_of(packet))
    return rows, _Seen(frozenset(closed), hidden), first


def _config(video: "VideoStream") -> avc.Config | None:
    """The H.264 configuration, if it is of the plain kind that can be joined with ours."""
    context = video.codec_context
    if context.codec.canonical_name != "h264" or context.pix_fmt != "yuv420p":
        return None
    try:
        config = avc.config_of(context.extradata or b"")
        sequences = [avc.sequence(unit) for unit in config.sps]
        avc.free_number(config)
    except (avc.NotAvc, IndexError):
        return None
    plain = all(one.plain for one in sequences) and len({one.blocks for one in sequences}) == 1
    usual = config.profile in (66, 77, 100) and len(sequences) <= MOST_SETS
    square = (video.sample_aspect_ratio or 1) == 1
    return config if plain and usual and square else None


def frames(
    source: Footage, start: int, stop: int, wide: int, high: int, *, cover: bool = False
) -> "Iterator[VideoFrame]":
    """The frames [start, stop) as they are shown, upright, in the given size, as yuv420p."""
    if start >= stop:
        return
    at, last, fitted = start, None, Shape(wide, high, cover=cover).fitted
    for place, frame in _decoded(source, start):
        if place < at:
            last = frame
            continue
        while at < min(place, stop):  # a frame is missing
            yield fitted(last or frame)
            at += 1
        if at >= stop:
            return
        last = frame
        yield fitted(frame)
        at += 1
        if at >= stop:
            return
    if last is None:
        raise NoFootage("no frame of the source can be decoded")
    for _ in range(at, stop):
        yield fitted(last)


def frame_at(
    source: Footage, place: int, wide: int, high: int, *, cover: bool = False
) -> "VideoFrame":
    return next(iter(frames(source, place, place + 1, wide, high, cover=cover)))


def _decoded(source: Footage, start: int) -> "Iterator[tuple[int, VideoFrame]]":
    """Frames with their places, from a place at or before `start` on, in shown order."""
    key = _entry(source, start)
    places = {row.pts: place for row, place in zip(source.rows, source.shown, strict=True)}
    if key and not source.hidden:
        found = _run(source, places, source.rows[key].dts)
        first = next(found, None)
        if first is not None and first[0] <= start:
            yield first
            yield from found
            return
    yield from _run(source, places, None)


def _entry(source: Footage, start: int) -> int:
    """The last row at or before frame `start` from which decoding can begin."""
    for at in range(len(source.rows) - 1, 0, -1):
        if source.rows[at].key and source.shown[at] <= start:
            return at
    return 0


def _run(
    source: Footage, places: dict[int, int], seek: int | None
) -> "Iterator[tuple[int, VideoFrame]]":
    with reel.open_reel(source.path) as opened:
        video = reel.video_of(opened)
        if video is None:
            raise NoFootage("the source has no picture")
        # one thread: closing a threaded decoder early can deadlock with PyAV's logging
        video.codec_context.thread_count = 1
        if seek is not None:
            opened.seek(seek, stream=video)
        count = 0
        for packet in reel.packets_of(opened, video):
            for frame in _tolerant(video, packet):
                place = count if source.hidden or frame.pts is None else places.get(frame.pts, -1)
                count += 1
                if place >= 0:
                    yield place, frame


def _tolerant(stream: "VideoStream", packet: "Packet[Any]") -> "list[VideoFrame]":
    import av

    try:
        return list(stream.decode(packet))
    except av.FFmpegError:
        return []  # `frames` fills the gap with the frame before


class Shape:
    """Brings frames into one shape: upright, one size, yuv420p.

    Where the ratio differs a frame gets bars, or it covers the size and loses what stands over.
    """

    def __init__(self, wide: int, high: int, *, cover: bool = False) -> None:
        self._size = wide, high
        self._cover = cover
        self._graphs: dict[tuple[int, int, int, str], Graph] = {}

    def fitted(self, frame: "VideoFrame") -> "VideoFrame":
        turn = round(frame.rotation / 90) * 90 % 360
        now = (turn, frame.width, frame.height, frame.format.name)
        if now == (0, *self._size, "yuv420p"):
            return frame
        graph = self._graphs.get(now) or self._graphs.setdefault(now, self._built(turn, frame))
        graph.vpush(frame)
        return graph.vpull()

    def _built(self, turn: int, frame: "VideoFrame") -> "Graph":
        import av

        graph = av.filter.Graph()
        graph.threads = 1
        size = f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}"
        last: FilterContext = graph.add("buffer", f"{size}:time_base=1/1000:pixel_aspect=1/1")
        shape = (frame.height, frame.width) if turn % 180 else (frame.width, frame.height)
        for name, args in (*TURNS[turn], *_steps(shape, self._size, self._cover)):
            step = graph.add(name, args)
            last.link_to(step)
            last = step
        last.link_to(graph.add("buffersink"))
        graph.configure()
        return graph


def alike(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two sizes have the same ratio, but for what nobody sees."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= one[1] * other[0] // 50


def _steps(shape: tuple[int, int], size: tuple[int, int], cover: bool) -> Iterator[tuple[str, str]]:
    """The filters that bring an upright frame to a size."""
    inner = size if alike(shape, size) else _scaled(shape, size, cover)
    yield "scale", f"{inner[0]}:{inner[1]}:flags=bilinear+accurate_rnd+bitexact"
    yield "format", "yuv420p"
    if inner != size:
        name = "crop" if cover else "pad"
        yield name, f"{size[0]}:{size[1]}" + ("" if cover else ":(ow-iw)/2:(oh-ih)/2")
    yield "setsar", "1"


def _scaled(shape: tuple[int, int], size: tuple[int, int], cover: bool) -> tuple[int, int]:
    """A shape in its own ratio, just inside a size, or just covering it; in even numbers."""
    scales = [Fraction(to, now) for to, now in zip(size, shape, strict=True)]
    if cover:
        wide, high = (ceil(side * max(scales) / 2) * 2 for side in shape)
    else:
        wide, high = (max(2, int(side * min(scales)) // 2 * 2) for side in shape)
    return wide, high
