"""Spoils finished files on purpose, each in one way that real files are spoilt."""

import io
import struct

from mockserver.media import boxes

INSTEAD = {"empty": b"", "text": b"This is a text file, whatever its name says.\n" * 40}
BOMB = 60_000  # pixels a side that a bomb declares
KEEP = 0.6  # of a truncated file


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
