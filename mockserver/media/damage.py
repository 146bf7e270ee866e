"""Spoils finished files on purpose, each in one way that real files are spoilt."""

import io
import struct
from pathlib import Path

from mockserver.media import boxes

INSTEAD = {"empty": b"", "text": b"This is a text file, whatever its name says.\n" * 40}
BOMB = 60_000  # pixels a side that a bomb declares
KEEP = 0.6  # of a truncated file


def spoil(path: Path, how: str, out: Path) -> None:
    """Write a file with a defect: zero (bytes), corrupt (without an index) or silent."""
    if how == "silent":
        _mute(path, out)
    else:
        out.write_bytes(b"" if how == "zero" else damaged(path.read_bytes(), "nomoov"))


def _mute(path: Path, out: Path) -> None:
    """Copy a video's picture and leave its sound out."""
    import av

    with av.open(str(path)) as source, av.open(str(out), "w", format="mp4") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)


def damaged(whole: bytes, defect: str) -> bytes:
    """The file with one defect: cut off, without index, with a lying index, or of absurd size."""
    if defect == "truncated":
        return whole[: int(len(whole) * KEEP)]
    spoilt = bytearray(whole)
    if defect == "nomoov":
        for box in boxes.walk(io.BytesIO(whole), 0, len(whole), {"moov"}):
            spoilt[box.start + 4 : box.end] = b"free".ljust(box.end - box.start - 4, b"\0")
    elif defect == "lying":
        _lie(spoilt, whole)
    elif defect == "bomb":
        _swell(spoilt, whole)
    return bytes(spoilt)


def _tables(whole: bytes, *path: str) -> list[boxes.Box]:
    """The box at `path` of every track."""
    file = io.BytesIO(whole)
    found = []
    for moov in boxes.walk(file, 0, len(whole), {"moov"}):
        for trak in boxes.walk(file, moov.body, moov.end, {"trak"}):
            if box := boxes.inside(file, trak, *path):
                found.append(box)
    return found


def _lie(spoilt: bytearray, whole: bytes) -> None:
    """Let the index point behind the end of the file."""
    for box in _tables(whole, "mdia", "minf", "stbl", "stco"):
        for at in range(box.body + 8, box.end, 4):
            offset = struct.unpack_from(">I", spoilt, at)[0]
            struct.pack_into(">I", spoilt, at, offset + len(whole))


def _swell(spoilt: bytearray, whole: bytes) -> None:
    """Declare a picture that nobody can hold in memory."""
    for box in _tables(whole, "mdia", "minf", "stbl", "stsd"):
        if spoilt[box.body + 12 : box.body + 16] != b"mp4a":
            struct.pack_into(">HH", spoilt, box.body + 8 + 8 + 24, BOMB, BOMB)
    for box in _tables(whole, "tkhd"):
        struct.pack_into(">II", spoilt, box.end - 8, BOMB << 16, BOMB << 16)
