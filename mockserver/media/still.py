"""Takes one displayed frame out of a video, as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.media import footage
from mockserver.media.model import PLACES, STILLS, Still
from mockserver.media.render import RenderError, explained

if TYPE_CHECKING:
    from PIL.Image import Image

MOST = 8192  # pixels on a side
QUALITY = 95  # of a JPEG: marks and small letters stay as clear as in the video


def still(video: Path, wanted: Still, out: Path) -> None:
    """Write the wanted frame, upright. Same video, same bytes. Raises RenderError."""
    if wanted.at not in PLACES or wanted.format not in STILLS:
        raise RenderError(f"a still is one of {PLACES}, written as one of {STILLS}")
    if not 0 <= wanted.width <= MOST:
        raise RenderError(f"a still of {wanted.width} pixels: allowed is 0 to {MOST}")
    with explained():
        _write(video, wanted, out)


def _write(video: Path, wanted: Still, out: Path) -> None:
    from PIL import Image

    source = footage.footage(video)
    wide, high = source.size
    place = {"first": 0, "middle": source.frames // 2, "last": source.frames - 1}[wanted.at]
    picture = image_of(footage.frame_at(source, place, wide, high))
    if wanted.width not in (0, wide):
        size = (wanted.width, max(1, round(high * wanted.width / wide)))
        if size[1] > MOST:
            raise RenderError(f"a still of {size[0]}x{size[1]}: sides are up to {MOST}")
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    picture.save(out, format=wanted.format, quality=QUALITY)


def image_of(frame: Any) -> "Image":
    """A video frame as a picture in red, green and blue."""
    picture: Image = frame.to_image()
    return picture
