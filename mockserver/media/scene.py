"""The frames that a render encodes, one after the other: kept, blended, generated and marked."""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.media import footage, mark, motion, picture
from mockserver.media.footage import Footage
from mockserver.media.model import Wish

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from PIL.Image import Image

LABEL = "synthetic"


def alone(
    wish: Wish, first: Path | None, last: Path | None, pinned: Sequence[Path] = ()
) -> "Iterator[VideoFrame]":
    """Frames without a source: from picture to picture, or from a backdrop of their own."""
    begin = motion.frame_of(loaded(first, wish) if first else _backdrop(wish, bool(last)))
    end = motion.frame_of(loaded(last, wish)) if last else None
    between = sorted(dict(zip(wish.pins, pinned, strict=True)).items())
    stops = [(at, motion.frame_of(loaded(path, wish))) for at, path in between]
    made = _legs(wish, [(0, begin), *stops, (wish.frames - 1, end)], fade=bool(first))
    yield from _marked(made, wish)


def _legs(
    wish: Wish, stops: "list[tuple[int, VideoFrame | None]]", *, fade: bool
) -> "Iterator[VideoFrame]":
    """From stop to stop. Where a leg begins the one before has ended: that frame is one frame."""
    card = _card(wish)
    for (start, here), (stop, there) in pairwise(stops):
        enters = fade or start > 0
        leg = motion.moving(here, there, stop - start + 1, wish.rate, card, fade=enters)
        yield from islice(leg, min(start, 1), None)


def around(wish: Wish, source: Footage, begin: int, end: int) -> "Iterator[VideoFrame]":
    """The source's frames from `begin` to `end`, with the cut between them replaced."""
    wide, high = wish.width, wish.height
    start, stop = wish.cut or (0, 0)
    if wish.picture == "keep":
        yield from footage.frames(source, begin, end, wide, high)
    elif wish.resizes:
        yield from _resized(wish, source, begin, end)
    elif start == 0 and stop == source.frames:
        yield from _marked(_altered(wish, source), wish)
    elif wish.alone:
        made = motion.moving(*_sides(wish, source), wish.frames, wish.rate, _card(wish))
        yield from _marked(made, wish)
    else:
        before, after = _sides(wish, source)
        kept = enumerate(footage.frames(source, begin, start, wide, high), begin)
        yield from _towards(kept, before, start - wish.blend, 1 / (wish.blend + 1))
        made = motion.moving(before, after, wish.frames, wish.rate, _card(wish))
        yield from _marked(made, wish)
        kept = enumerate(footage.frames(source, stop, end, wide, high), stop)
        yield from _away(kept, after, stop + wish.blend, 1 / (wish.blend + 1))


def _sides(wish: Wish, source: Footage) -> "tuple[VideoFrame | None, VideoFrame | None]":
    """The source's frames that adjoin the cut, if there are any."""
    start, stop = wish.cut or (0, 0)
    before, after = (
        footage.frame_at(source, place, wish.width, wish.height, cover=wish.alone)
        if 0 <= place < source.frames
        else None
        for place in (start - 1, stop)
    )
    return before, after


def _resized(wish: Wish, source: Footage, begin: int, end: int) -> "Iterator[VideoFrame]":
    """The source's frames in another size. Where they get bars their marks are drawn again."""
    size = (wish.width, wish.height)
    if footage.alike(source.size, size):
        yield from footage.frames(source, begin, end, *size)
        return
    shape = footage.Shape(*size)
    for frame in footage.frames(source, begin, end, *source.size):
        fitted = shape.fitted(frame)
        if found := mark.read(frame):
            mark.write(fitted, found)
        yield fitted


def loaded(path: Path, wish: Wish) -> "Image":
    """An input picture, upright, filling the wished size."""
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return ImageOps.fit(upright, (wish.width, wish.height), Image.Resampling.BICUBIC)


def _backdrop(wish: Wish, other: bool) -> "Image":
    return picture.backdrop(f"{wish.prompt}:{wish.seed}:{other}", wish.width, wish.height)


def _card(wish: Wish) -> "Image":
    return picture.card(wish.prompt, LABEL, wish.width, wish.height)


def _marked(frames: "Iterator[VideoFrame]", wish: Wish) -> "Iterator[VideoFrame]":
    tag = mark.tag_of(wish.job)
    for at, frame in enumerate(frames):
        mark.write(frame, mark.Mark(tag, at, wish.seed))
        yield frame


def _altered(wish: Wish, source: Footage) -> "Iterator[VideoFrame]":
    """The whole source in other colours, stretched or shortened to the wished count."""
    shown = _spread(source.frames, wish.frames)
    size = (wish.width, wish.height)
    pictures = enumerate(footage.frames(source, 0, source.frames, *size, cover=wish.alone))
    repeated = (frame for at, frame in pictures for _ in range(shown.get(at, 0)))
    yield from motion.recoloured(repeated, wish.width, wish.height, wish.rate, _card(wish))


def _spread(frames: int, wished: int) -> dict[int, int]:
    """How often each of `frames` is shown so that there are `wished`."""
    times: dict[int, int] = {}
    for at in range(wished):
        place = at * frames // wished
        times[place] = times.get(place, 0) + 1
    return times


def _towards(
    kept: "Iterator[tuple[int, VideoFrame]]", still: "VideoFrame | None", start: int, step: float
) -> "Iterator[VideoFrame]":
    """Kept frames; from `start` on, more and more of the picture that the new part begins with."""
    for at, frame in kept:
        if still is None or at < start:
            yield frame
        else:
            yield motion.blended(frame, still, (at - start + 1) * step)


def _away(
    kept: "Iterator[tuple[int, VideoFrame]]", still: "VideoFrame | None", stop: int, step: float
) -> "Iterator[VideoFrame]":
    """Kept frames; up to `stop`, less and less of the picture that the new part ends with."""
    for at, frame in kept:
        if still is None or at >= stop:
            yield frame
        else:
            yield motion.blended(frame, still, (stop - at) * step)
