"""What a media file is, why one is none, and what a finished one shall be.

Values only: nothing here opens a file or imports a codec. Containers are named by one word each:
``mp4`` and ``mov`` (told apart by the ``ftyp`` brand), ``matroska`` and ``webm`` (told apart by the
EBML doc type), ``avi``, ``mpegts``, ``flv``, ``ogg``, ``wav``, ``mp3``, ``aac``, ``flac``; pictures
are ``png``, ``jpeg``, ``webp``, ``gif``, ``bmp``. Nothing else counts as media.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # costs the start of whoever only passes clips and wishes on
    from fractions import Fraction

# What `Wish.key` hashes first. Raise it when the same wish is drawn differently: old files in a
# shelf are then never mistaken for new ones.
EDITION = 1

KINDS = ("video", "image", "audio")
TROUBLES = ("empty", "not-media", "truncated", "too-large-picture", "too-long", "unreadable")
PINS = ("pin-0", "pin-1", "pin-2", "pin-3")
INPUTS = ("source", "first", "last", "soundtrack", *PINS)
SOUNDS = ("none", "follow", "keep", "generate")
PICTURES = ("replace", "keep")
PLACES = ("first", "middle", "last")
STILLS = ("jpeg", "png")


@dataclass(frozen=True, slots=True)
class Clip:
    """What is known about a media file: video, still picture or sound."""

    key: str  # sha256 (hex) of the bytes; of the recipe's text where no bytes exist
    kind: str  # one of KINDS
    container: str  # one word, see the module's docstring
    codec: str  # video or picture codec: "h264", "hevc", "av1", "vp9", "png", ...; "" if none
    width: int  # as displayed, after rotation
    height: int
    rotation: int  # clockwise turn a player applies: 0, 90, 180 or 270
    rate: Fraction  # average frame rate; 0 for stills and sound
    variable: bool  # the frames' durations differ
    frames: int  # counted from packets, never from a header; 1 for stills, 0 for sound
    seconds: float  # frames / rate; real duration for variable rate and for sound; 0 for stills
    audio: str  # audio codec, "" if none; "aac" and "he-aac" are told apart
    bytes: int  # size of the file


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a file is no clip."""

    kind: str  # one of TROUBLES
    detail: str  # one plain sentence


class Wish(NamedTuple):
    """What a finished file shall be. Same wish, same inputs: same bytes.

    `cut` names the source frames [a, b) which the `frames` generated ones replace: (S - r, S)
    extends at the end and regenerates the last r, (0, r) extends at the start, anything between
    is a retake, (0, S) alters the whole source. None: there is no source. `blend` further kept
    frames on each side of the cut are cross-faded with generated picture; they stay the source's
    frames and carry no mark.

    `sound`: "none" writes no audio stream; "follow" is the source's own sound outside the cut
    and generated sound inside it, and no audio stream if the source has none; "keep" is the
    source's own (or the soundtrack's) throughout; "generate" is generated sound throughout.
    `picture`: "keep" leaves the source's picture alone and only replaces the sound of the cut.

    `alone`: only the generated part is written, without the source, beginning where the source's
    frame before the cut ends (or ending where the frame behind it begins); its size may be
    another one. "follow" then is generated sound if the source has sound.

    No frames, nothing cut and not alone: the whole source in another size. Its marks stay.

    `pins` are frames between the first and the last, in any order, that show the pictures `pin-0`,
    `pin-1` and so on as they are; of two at one frame the later is shown. Only without a source.
    """

    job: str  # the provider's job id
    seed: int
    prompt: str
    width: int
    height: int
    rate: Fraction
    frames: int
    cut: tuple[int, int] | None = None
    blend: int = 0
    sound: str = "follow"
    picture: str = "replace"
    alone: bool = False
    pins: tuple[int, ...] = ()

    @property
    def resizes(self) -> bool:
        """Whether nothing is added or cut: the source only changes its size."""
        return not self.frames and not self.alone and self.cut is not None

    def of(self, job: str, seed: int) -> Wish:
        """The same wish, of a job and with a seed."""
        return Wish(job, seed, *self[2:])

    def key(self, inputs: Mapping[str, str]) -> str:
        """A stable sha256 of this wish and of its inputs' keys: where a cache keeps the file."""
        parts = [f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True)]
        parts += [f"{name}:{inputs[name]!r}" for name in sorted(inputs)]
        return _hashed(parts)


class Still(NamedTuple):
    """One displayed frame of a result, as a picture."""

    of: str = "video"  # which result of the same job
    at: str = "last"  # one of PLACES
    format: str = "jpeg"  # one of STILLS
    width: int = 0  # 0: the video's own size

    def key(self, of_key: str) -> str:
        """A stable sha256 of this still of the file with that key."""
        return _hashed([repr(self), of_key])


class Excerpt(NamedTuple):
    """Some frames of a result with their sound, as a video of their own."""

    of: str = "video"  # which result of the same job
    start: int = 0  # negative: counted from the end
    frames: int = 0  # 0: up to the end

    def key(self, of_key: str) -> str:
        """A stable sha256 of this excerpt of the file with that key."""
        return _hashed([repr(self), of_key])


def _hashed(parts: list[str]) -> str:
    text = "\n".join([f"edition={EDITION}", *parts])
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
