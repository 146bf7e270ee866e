"""Pictures that the judge makes for itself, to be first frames: a ramp of colours, as PNG."""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@lru_cache(maxsize=16)
def picture(width: int = 1280, height: int = 720, hue: int = 0) -> bytes:
    """A PNG; another `hue`, another picture."""
    row = b"\0" + b"".join(
        bytes((255 * x // width, (hue + 128) % 256, hue % 256)) for x in range(width)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(row * height, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(*one) for one in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


@lru_cache(maxsize=4)
def padded(png: bytes, size: int) -> bytes:
    """The same picture in a file of at least so many bytes."""
    end = len(png) - len(_chunk(b"IEND", b""))
    return png[:end] + _chunk(b"juNk", bytes(size - len(png))) + png[end:]
