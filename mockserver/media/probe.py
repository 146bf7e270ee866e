"""What a file on disk is: a clip, or the trouble with it. Never raises for a bad file.

Bounded in time and memory whatever the file claims: its boxes are checked before a demuxer
believes them, no frame above the limit is decoded, and of the frames only the first is.
"""

from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mockserver.media import boxes, reel, sniff
from mockserver.media.model import Clip, Trouble

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

PATIENCE = 100  # packets that may fail to decode before the first frame
PICTURE_HEAD = 1 << 20  # a JPEG may carry this much before it tells its size


@dataclass(frozen=True, slots=True)
class Limits:
    """What is still taken for a clip."""

    pixels: int = reel.MOST_PIXELS
    seconds: float = 3600.0
    frames: int = 300_000


class _Trouble(Exception):
    """Carries a Trouble out of this module's own depths; never leaves it."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.trouble = Trouble(kind, detail)


def probe(path: Path, *, limit: Limits = Limits()) -> Clip | Trouble:
    """What the file is. Hashes all of it, reads its packets, decodes its first frame."""
    try:
        with path.open("rb") as file:
            return _examined(path, file, limit)
    except _Trouble as found:
        return found.trouble
    except OSError as error:
        return Trouble("unreadable", f"The file cannot be read: {error.strerror or error}.")
    except boxes.BrokenBoxes as error:
        return Trouble("unreadable", f"The file's structure contradicts itself: {error}.")


def _examined(path: Path, file: BinaryIO, limit: Limits) -> Clip:
    head = file.read(sniff.HEAD)
    if not head:
        raise _Trouble("empty", "The file has no bytes.")
    name = sniff.family(head)
    if not name:
        raise _Trouble("not-media", f"The file is no media: it seems to be {sniff.guess(head)}.")
    size = file.seek(0, 2)
    if name in sniff.PICTURES:
        return _picture(path, file, name, _digest(file), size, limit)
    container = _container(file, name, head, size, limit)
    return _moving(path, container, _digest(file), size, limit)


def _digest(file: BinaryIO) -> str:
    hashed = sha256()
    file.seek(0)
    while block := file.read(1 << 20):
        hashed.update(block)
    return hashed.hexdigest()


def _container(file: BinaryIO, name: str, head: bytes, size: int, limit: Limits) -> str:
    """The container's word, after its header has been found to fit the file."""
    if name == "mov":
        layout = boxes.layout(file)
        _check_layout(layout, size, limit)
        return layout.brand
    end = sniff.declared_end(head)
    if end is not None and end > size + 1:  # RIFF pads to even
        missing = f"The file ends at byte {size}, its header says {end}."
        raise _Trouble("truncated", missing)
    return sniff.doc_type(head) if name == "matroska" else name


def _check_layout(layout: boxes.Layout, size: int, limit: Limits) -> None:
    if layout.cut_off:
        raise _Trouble("truncated", f"The file ends inside its {layout.cut_off} box.")
    if not layout.indexed:
        raise _Trouble("truncated", "The file has no index (moov box): it was never finished.")
    for track in layout.tracks:
        if track.handler == "vide":
            _check_size(track.width, track.height, limit)
            if track.samples > limit.frames:
                raise _Trouble("too-long", f"The file claims {track.samples} frames.")
        if track.needs > size or track.last_chunk >= size > 0 < track.samples:
            raise _Trouble("truncated", f"The index points behind the file's end at byte {size}.")


def _check_size(width: int, height: int, limit: Limits) -> None:
    if width * height > limit.pixels:
        detail = f"The picture is {width}x{height}, above the limit of {limit.pixels} pixels."
        raise _Trouble("too-large-picture", detail)


def _picture(path: Path, file: BinaryIO, name: str, key: str, bytes_: int, limit: Limits) -> Clip:
    file.seek(0)
    size = sniff.picture_size(name, file.read(PICTURE_HEAD))
    if size is None or size.width < 1 or size.height < 1:
        raise _Trouble("unreadable", f"The {name} header tells no size.")
    _check_size(size.width, size.height, limit)
    turn = _loaded(path, name)
    wide, high = (size.height, size.width) if turn % 180 else (size.width, size.height)
    return Clip(key, "image", name, name, wide, high, turn, Fraction(0), False, 1, 0.0, "", bytes_)


def _loaded(path: Path, name: str) -> int:
    """Decode a picture whose size is known to be harmless; how far a viewer turns it."""
    import struct

    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=[name.upper()]) as image:
            image.load()
            exif = image.getexif()
            return {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}.get(exif.get(0x0112, 1), 0)
    except UnidentifiedImageError:
        raise _Trouble("unreadable", f"The {name} picture cannot be decoded.") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        kind = "truncated" if "truncat" in str(error) else "unreadable"
        raise _Trouble(kind, f"The {name} picture cannot be decoded: {error}.") from None


def _moving(path: Path, container: str, key: str, size: int, limit: Limits) -> Clip:
    import av

    try:
        with reel.open_reel(path, pixels=limit.pixels) as opened:
            return _measured(opened, container, key, size, limit)
    except av.FFmpegError as error:
        raise _Trouble("unreadable", f"The file cannot be demuxed: {error.strerror}.") from None


def _measured(opened: "InputContainer", container: str, key: str, size: int, limit: Limits) -> Clip:
    video, audio = reel.video_of(opened), reel.audio_of(opened)
    sound = reel.sound_name(audio) if audio else ""
    if video is None:
        if audio is None:
            raise _Trouble("unreadable", "The file has neither picture nor sound.")
        seconds = _sound_length(opened, audio, limit)
        return Clip(
            key, "audio", container, "", 0, 0, 0, Fraction(0), False, 0, seconds, sound, size
        )
    if not video.width * video.height:  # the decoder's library strikes out what is too large
        detail = f"The picture claims more than {limit.pixels} pixels, or no size at all."
        raise _Trouble("too-large-picture", detail)
    _check_size(video.width, video.height, limit)
    rows, frame = _scan(opened, video, size, limit)
    paced = _paced(video, rows, limit)
    turn = -round(frame.rotation / 90) * 90 % 360
    wide, high = (frame.height, frame.width) if turn % 180 else (frame.width, frame.height)
    return Clip(
        key,
        "video",
        container,
        video.codec_context.codec.canonical_name,
        wide,
        high,
        turn,
        paced.rate,
        paced.variable,
        len(rows),
        float(paced.seconds),
        sound,
        size,
    )


def _paced(video: "VideoStream", rows: list[reel.Row], limit: Limits) -> reel.Cadence:
    shown = sorted(rows, key=lambda row: row.pts)
    base = reel.beat_of(video)
    paced = reel.cadence([row.pts for row in shown], base, shown[-1].span, reel.hints_of(video))
    if paced.seconds > limit.seconds:
        raise _Trouble("too-long", f"The clip lasts {float(paced.seconds):.0f} s.")
    return paced


def _scan(
    opened: "InputContainer", video: "VideoStream", size: int, limit: Limits
) -> "tuple[list[reel.Row], VideoFrame]":
    """Every video packet's row, and the first frame."""
    rows: list[reel.Row] = []
    frame: VideoFrame | None = None
    for packet in reel.packets_of(opened, video):
        if packet.is_corrupt or (packet.pos or 0) + packet.size > size:
            raise _Trouble("truncated", f"Frame {len(rows)} goes on behind the file's end.")
        if frame is None and len(rows) < PATIENCE:
            frame = _first(packet)
        if packet.size and not packet.is_discard:
            rows.append(reel.row_of(packet))
        if len(rows) > limit.frames:
            raise _Trouble("too-long", f"The clip has more than {limit.frames} frames.")
    if len(rows) < min(video.frames, limit.frames) and not _edited(video, len(rows)):
        raise _Trouble("truncated", f"The index promises {video.frames} frames, {len(rows)} exist.")
    if frame is None:
        raise _Trouble("unreadable", "No frame of the video can be decoded.")
    _check_size(frame.width, frame.height, limit)
    return rows, frame


def _edited(video: "VideoStream", found: int) -> bool:
    """Whether an edit list explains that fewer frames are shown than are stored."""
    return sum(1 for entry in video.index_entries if not entry.is_discard) <= found


def _first(packet: "Packet[Any]") -> "VideoFrame | None":
    import av

    try:
        return next(iter(packet.decode()), None)
    except av.FFmpegError:
        return None  # the next packets may do; if none does, that is the trouble


def _sound_length(opened: "InputContainer", audio: "AudioStream", limit: Limits) -> float:
    base = audio.time_base or Fraction(1, 1000)
    start, end = 0, 0
    for packet in reel.packets_of(opened, audio):
        if packet.is_corrupt:
            raise _Trouble("truncated", "The sound ends inside a packet.")
        if packet.size and packet.pts is not None:
            start = min(start, packet.pts) if end else packet.pts
            end = max(end, packet.pts + (packet.duration or 0))
        if end * base > limit.seconds:
            raise _Trouble("too-long", f"The sound is longer than {limit.seconds:.0f} s.")
    if end <= max(0, start):
        raise _Trouble("unreadable", "The file holds no sound that can be measured.")
    return float((end - max(0, start)) * base)  # what lies before 0 primes the decoder
