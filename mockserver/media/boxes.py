"""The boxes of an MP4 or MOV file, read without a codec: what its header claims.

Bounded: reads a few kilobytes of tables, never the media. A decoder believes a header and allocates
what it asks for; this module is asked first.
"""

import os
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_BOXES = 20_000  # more than any real file has outside of its media
MOST_EDITS = 200  # each edit of a list costs a demuxer a copy of the index
MOST_SAMPLES = 5_000_000  # a demuxer keeps 24 bytes for each


class BrokenBoxes(ValueError):
    """The box structure contradicts itself; the text says how."""


@dataclass(frozen=True, slots=True)
class Box:
    kind: str
    start: int  # of the header
    body: int  # where the content begins
    end: int  # where the box says that it ends, which may lie behind the end of the file


@dataclass(frozen=True, slots=True)
class Track:
    """What a track's header claims."""

    handler: str  # "vide", "soun", ...
    width: int  # of the sample description: what a decoder would believe
    height: int
    samples: int
    seconds: float
    needs: int  # bytes that the samples take together
    last_chunk: int  # where the last chunk begins


@dataclass(frozen=True, slots=True)
class Layout:
    """What the boxes of one file say."""

    brand: str  # "mp4" or "mov"
    tracks: tuple[Track, ...]
    indexed: bool  # there is a moov box
    faststart: bool  # and it stands before the media
    cut_off: str  # the box that should go on behind the end of the file, or ""


def layout(file: BinaryIO) -> Layout:
    """What the boxes of `file` say. Raises BrokenBoxes where they contradict themselves."""
    size = file.seek(0, os.SEEK_END)
    brand, order, cut_off, tracks = "mov", [], "", []
    for box in walk(file, 0, size):
        order.append(box.kind)
        if box.end > size:
            cut_off = cut_off or box.kind
        if box.kind == "ftyp":
            brand = "mov" if _read(file, box.body, 4) == b"qt  " else "mp4"
        elif box.kind == "moov" and box.end <= size:
            tracks = [_track(file, trak) for trak in walk(file, box.body, box.end, {"trak"})]
        elif box.kind == "moof" and box.end <= size:
            _check_fragment(file, box)
    indexed = "moov" in order and cut_off != "moov"
    media = order.index("mdat") if "mdat" in order else len(order)
    return Layout(brand, tuple(tracks), indexed, indexed and order.index("moov") < media, cut_off)


def walk(file: BinaryIO, start: int, end: int, only: set[str] | None = None) -> Iterator[Box]:
    """The boxes between two offsets, in order; those of `only` if it is given."""
    for _ in range(MOST_BOXES):
        head = _read(file, start, 16) if start + 8 <= end else b""
        if len(head) < 8:
            return
        size, kind, body = int.from_bytes(head[:4]), head[4:8].decode("latin-1"), start + 8
        if size == 1 and len(head) == 16:
            size, body = int.from_bytes(head[8:]), start + 16
        stop = start + size if size else end
        if stop < body:
            raise BrokenBoxes(f"the box {kind!r} at byte {start} says that it is {size} bytes long")
        if only is None or kind in only:
            yield Box(kind, start, body, stop)
        start = stop
    raise BrokenBoxes(f"more than {MOST_BOXES} boxes in a row")


def inside(file: BinaryIO, box: Box, *path: str) -> Box | None:
    """The first box at `path` below `box`."""
    for kind in path:
        found = next(walk(file, box.body, box.end, {kind}), None)
        if found is None:
            return None
        box = found
    return box


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)


def _numbers(file: BinaryIO, box: Box | None, skip: int, count: int) -> tuple[int, ...]:
    """`count` big-endian 32-bit numbers of a box, zeros where it is too short or missing."""
    raw = _read(file, box.body + skip, 4 * count) if box else b""
    return struct.unpack(f">{count}I", raw.ljust(4 * count, b"\0"))


def _track(file: BinaryIO, trak: Box) -> Track:
    table = inside(file, trak, "mdia", "minf", "stbl")
    if table is None:
        return Track("", 0, 0, 0, 0.0, 0, 0)
    handler = inside(file, trak, "mdia", "hdlr")
    name = _read(file, handler.body + 8, 4).decode("latin-1") if handler else ""
    edits = inside(file, trak, "edts", "elst")
    if _numbers(file, edits, 4, 1)[0] > MOST_EDITS:
        raise BrokenBoxes(f"an edit list has more than {MOST_EDITS} entries")
    samples, needs = _samples(file, table)
    size = _numbers(file, inside(file, table, "stsd"), 8 + 8 + 24, 1)[0] if name == "vide" else 0
    return Track(
        name, size >> 16, size & 0xFFFF, samples, _seconds(file, trak), needs, _last(file, table)
    )


def _samples(file: BinaryIO, table: Box) -> tuple[int, int]:
    """How many samples a track claims, and how many bytes they take."""
    sizes = inside(file, table, "stsz")
    _, each, count = _numbers(file, sizes, 0, 3)
    ticks = _numbers(file, inside(file, table, "stts"), 4, 3)
    if count > MOST_SAMPLES and not (ticks[0] == 1 and ticks[2] == 1):  # PCM counts single values
        raise BrokenBoxes(f"the index claims {count} samples")
    if each or sizes is None:
        return count, each * count
    room = max(0, sizes.end - sizes.body - 12) // 4
    if count > room:
        raise BrokenBoxes(f"the index claims {count} samples and lists {room}")
    return count, sum(_table(file, sizes.body + 12, count, "I"))


def _last(file: BinaryIO, table: Box) -> int:
    """Where the last chunk begins."""
    for kind, code in (("stco", "I"), ("co64", "Q")):
        if box := inside(file, table, kind):
            width = array(code).itemsize
            room = max(0, box.end - box.body - 8) // width
            count = min(_numbers(file, box, 4, 1)[0], room)
            return max(_table(file, box.body + 8, count, code), default=0)
    return 0


def _table(file: BinaryIO, at: int, count: int, code: str) -> "array[int]":
    values = array(code)
    raw = _read(file, at, count * values.itemsize)
    values.frombytes(raw[: len(raw) // values.itemsize * values.itemsize])
    if struct.pack("=H", 1) == b"\1\0":
        values.byteswap()
    return values


def _seconds(file: BinaryIO, trak: Box) -> float:
    header = inside(file, trak, "mdia", "mdhd")
    if header is None:
        return 0.0
    if _read(file, header.body, 1) == b"\1":
        scale, high, low = _numbers(file, header, 20, 3)
        return ((high << 32) + low) / scale if scale else 0.0
    scale, ticks = _numbers(file, header, 12, 2)
    return ticks / scale if scale and ticks != 0xFFFFFFFF else 0.0


def _check_fragment(file: BinaryIO, moof: Box) -> None:
    for traf in walk(file, moof.body, moof.end, {"traf"}):
        for run in walk(file, traf.body, traf.end, {"trun"}):
            if (count := _numbers(file, run, 4, 1)[0]) > MOST_SAMPLES // 10:
                raise BrokenBoxes(f"a fragment claims {count} samples")
