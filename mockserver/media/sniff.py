"""What kind of file this is, told from its first bytes alone.

A demuxer that guesses can be led to playlists and subtitles, which open further files. Nothing is
opened here that this module did not name.
"""

import struct
from dataclasses import dataclass

HEAD = 64 * 1024  # bytes that are enough to tell

DEMUXERS = {
    "mov": "mov",
    "matroska": "matroska",
    "avi": "avi",
    "ogg": "ogg",
    "wav": "wav",
    "mp3": "mp3",
    "aac": "aac",
    "flac": "flac",
}
PICTURES = ("png", "jpeg", "webp", "gif", "bmp")

MOV_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"pnot", b"styp"}
STARTS = (
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
    (b"\xff\xf1", "aac"),
    (b"\xff\xf9", "aac"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"BM", "bmp"),
)
RIFF = {b"AVI ": "avi", b"WAVE": "wav", b"WEBP": "webp"}
OTHERS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"<", "markup (HTML or XML)"),
    (b"{", "JSON text"),
    (b"#EXTM3U", "a playlist"),
)


@dataclass(frozen=True, slots=True)
class Size:
    width: int
    height: int


def family(head: bytes) -> str:
    """The family of a file that begins with `head`: a demuxer, a picture format, or ""."""
    if head[4:8] in MOV_BOXES:
        return "mov"
    if head[:4] in (b"RIFF", b"RF64"):
        return RIFF.get(head[8:12], "")
    for start, name in STARTS:
        if head.startswith(start):
            return name
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:  # layer III
        return "mp3"
    return ""


def guess(head: bytes) -> str:
    """In words, what a file that is no media seems to be."""
    stripped = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for start, name in OTHERS:
        if stripped.startswith(start):
            return name
    printable = sum(byte >= 32 or byte in b"\t\r\n" for byte in head[:512])
    return "text" if printable == len(head[:512]) else "of no format known here"


def doc_type(head: bytes) -> str:
    """ "webm" or "matroska", from an EBML header."""
    at = head.find(b"\x42\x82", 0, 128)
    return "webm" if at >= 0 and head[at + 3 : at + 7] == b"webm" else "matroska"


def declared_end(head: bytes) -> int | None:
    """Where a RIFF or Matroska file says that it ends; None if it does not say."""
    if head[:4] == b"RIFF" and len(head) >= 12:
        size = int.from_bytes(head[4:8], "little")
        return None if size in (0, 0xFFFFFFFF) else size + 8
    at = head.find(b"\x18\x53\x80\x67", 0, 512)
    if not head.startswith(b"\x1a\x45\xdf\xa3") or at < 0 or len(head) < at + 12:
        return None
    first = head[at + 4]
    width = 9 - first.bit_length() if first else 0
    if not width:
        return None
    raw = int.from_bytes(head[at + 4 : at + 4 + width]) - (1 << 7 * width)
    return None if raw == (1 << 7 * width) - 1 else at + 4 + width + raw


def picture_size(name: str, head: bytes) -> Size | None:
    """The size a picture file declares, read before anybody decodes it."""
    try:
        if name == "png":
            return Size(*struct.unpack(">II", head[16:24]))
        if name == "gif":
            return Size(*struct.unpack("<HH", head[6:10]))
        if name == "bmp":
            wide, high = struct.unpack("<ii", head[18:26])
            return Size(wide, abs(high))
        return _jpeg_size(head) if name == "jpeg" else _webp_size(head)
    except (struct.error, IndexError):
        return None


def _jpeg_size(head: bytes) -> Size | None:
    at = 2
    while at + 9 < len(head):
        if head[at] != 0xFF:
            return None
        mark, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4])
        if 0xC0 <= mark <= 0xCF and mark not in (0xC4, 0xC8, 0xCC):
            high, wide = struct.unpack(">HH", head[at + 5 : at + 9])
            return Size(wide, high)
        at += 1 if mark == 0xFF else 2 + length
    return None


def _webp_size(head: bytes) -> Size | None:
    kind = head[12:16]
    if kind == b"VP8X":
        wide, high = int.from_bytes(head[24:27], "little"), int.from_bytes(head[27:30], "little")
        return Size(wide + 1, high + 1)
    if kind == b"VP8 ":
        wide, high = struct.unpack("<HH", head[26:30])
        return Size(wide & 0x3FFF, high & 0x3FFF)
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return Size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return None
