"""Moving pictures out of still ones: a slow camera pan, a change from one to the other, a card.

All per-frame work is libavfilter's; a frame of the size 1280x720 costs a third of a millisecond.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.filter import Graph
    from av.filter.context import FilterContext
    from av.video.frame import VideoFrame
    from PIL.Image import Image

SWAY = 0.35  # of the width: how far the camera goes before it comes back
PERIOD = 7.0  # seconds of going there and coming back
FADE = 0.4  # seconds in which the card appears
STEPS = 8  # of the card's fading


def frame_of(image: "Image", format: str = "yuv420p") -> "VideoFrame":
    """A Pillow picture as a video frame, its transparency kept where the format has any."""
    import av

    plain = image if image.mode == "RGBA" else image.convert("RGBA")
    frame = av.VideoFrame.from_bytes(plain.tobytes(), plain.width, plain.height, "rgba")
    return frame.reformat(format=format)


def moving(
    first: "VideoFrame | None",
    last: "VideoFrame | None",
    count: int,
    rate: Fraction,
    card: "Image",
    *,
    fade: bool = True,
    low: bool = False,
) -> "Iterator[VideoFrame]":
    """`count` frames that begin at `first` and end at `last`, whichever are given, and move.

    The camera starts from `first` without a jerk and comes to rest at `last`; with both, one
    turns into the other halfway. The card fades in after a first picture (without `fade` it is
    there at once) and out before a last. It lies above, or `low`.
    Every frame is its own memory: a caller may write into it.
    """
    import av

    graph = av.filter.Graph()
    graph.threads = 1
    stills = [still for still in (first, last) if still is not None]
    wide, high = stills[0].width, stills[0].height
    if first is not None and last is not None:
        picture, sources = _both(graph, wide, high, count, rate)
    else:
        source = _still(graph, wide, high, rate)
        picture, sources = (
            _pan(graph, source, wide, high, count, rate, home=first is None),
            [source],
        )
    plate = _plate(graph, picture, card, wide, high, rate, low=low)
    for source, still in zip(sources, stills, strict=True):
        _push(source, still, 0, rate)
        source.push(None)
    clear = frame_of(card, "yuva420p")
    for at, level in _fading(fade and first is not None, last is not None, count, rate):
        _push(plate, _faded(clear, level), at, rate)
    plate.push(None)
    for _ in range(count):
        yield graph.vpull()


def place_of(card: "Image", wide: int, high: int, *, low: bool = False) -> tuple[int, int]:
    """Where a card's corner lies: in the upper part of a picture, or in the lower."""
    y = high * 7 // 8 - card.height if low else high // 12
    return (wide - card.width) // 4 * 2, max(0, y // 2 * 2)


def recoloured(
    frames: "Iterator[VideoFrame]", wide: int, high: int, rate: Fraction, card: "Image"
) -> "Iterator[VideoFrame]":
    """The same frames with their colours turned, under a card."""
    import av

    graph = av.filter.Graph()
    graph.threads = 1
    source = _source(graph, wide, high, "yuv420p", rate)
    hue = graph.add("hue", "h=150:s=1.15")
    source.link_to(hue)
    plate = _plate(graph, hue, card, wide, high, rate)
    _push(plate, frame_of(card, "yuva420p"), 0, rate)
    plate.push(None)
    for at, frame in enumerate(frames):
        _push(source, frame, at, rate)
        yield graph.vpull()


def blended(one: "VideoFrame", other: "VideoFrame", share: float) -> "VideoFrame":
    """One frame with `share` (0 to 1) of another of the same size over it."""
    import av

    graph = av.filter.Graph()
    graph.threads = 1
    rate = Fraction(24)
    sources = [_source(graph, one.width, one.height, "yuv420p", rate) for _ in range(2)]
    blend = graph.add("blend", f"all_mode=normal:all_opacity={share:.4f}")
    blend.link_to(graph.add("buffersink"))
    for at, source in enumerate(sources):
        source.link_to(blend, 0, at)
    graph.configure()
    for source, frame in zip(sources, (other, one), strict=True):
        _push(source, frame, 0, rate)
        source.push(None)
    return graph.vpull()


def _source(graph: "Graph", wide: int, high: int, format: str, rate: Fraction) -> "FilterContext":
    size = f"video_size={wide}x{high}:pix_fmt={format}"
    return graph.add("buffer", f"{size}:time_base={1 / rate}:frame_rate={rate}:pixel_aspect=1/1")


def _still(graph: "Graph", wide: int, high: int, rate: Fraction) -> "FilterContext":
    return _source(graph, wide, high, "yuv420p", rate)


def _pan(
    graph: "Graph",
    source: "FilterContext",
    wide: int,
    high: int,
    count: int,
    rate: Fraction,
    *,
    home: bool,
) -> "FilterContext":
    """A camera that sways over a still and its mirror image, from rest, or home to rest."""
    split, flip, stack = graph.add("split", "2"), graph.add("hflip"), graph.add("hstack")
    source.link_to(split)
    split.link_to(stack, 0, 0)
    split.link_to(flip, 1, 0)
    flip.link_to(stack, 0, 1)
    place = f"({count - 1}-n)" if home else "n"
    angle = f"2*PI*{place}/{float(PERIOD * rate):.6f}"
    crop = f"w={wide}:h={high}:x='{wide * SWAY:.3f}*(1-cos({angle}))/2':y=0"
    graph.link_nodes(
        stack,
        graph.add("loop", f"loop={count - 1}:size=1"),
        graph.add("setpts", "N"),
        last := graph.add("crop", crop),
    )
    return last


def _both(
    graph: "Graph", wide: int, high: int, count: int, rate: Fraction
) -> "tuple[FilterContext, list[FilterContext]]":
    """Away from one still and home to another, which fades in during the middle third."""
    here, there = _still(graph, wide, high, rate), _still(graph, wide, high, rate)
    start, length = count // 3, max(1, count // 3)
    away = _pan(graph, here, wide, high, count, rate, home=False)
    home = _pan(graph, there, wide, high, count - start, rate, home=True)
    period = 1 / rate
    times = f"duration={float(length * period):.6f}:offset={float(start * period):.6f}"
    fade = graph.add("xfade", f"transition=fade:{times}")
    for at, side in enumerate((away, home)):
        even = graph.add("settb", f"expr={period}")
        paced = graph.add("fps", f"fps={rate}")
        side.link_to(even)
        even.link_to(paced)
        paced.link_to(fade, 0, at)
    return fade, [here, there]


def _plate(
    graph: "Graph",
    picture: "FilterContext",
    card: "Image",
    wide: int,
    high: int,
    rate: Fraction,
    *,
    low: bool = False,
) -> "FilterContext":
    """Lay a card over the picture and end the graph; the card's source."""
    plate = _source(graph, card.width, card.height, "yuva420p", rate)
    x, y = place_of(card, wide, high, low=low)
    over = graph.add("overlay", f"x={x}:y={y}:eof_action=repeat:format=yuv420")
    picture.link_to(over, 0, 0)
    plate.link_to(over, 0, 1)
    over.link_to(graph.add("buffersink"))
    graph.configure()
    return plate


def _push(source: "FilterContext", frame: "VideoFrame", at: int, rate: Fraction) -> None:
    frame.pts, frame.time_base = at, 1 / rate
    source.push(frame)


def _fading(enter: bool, leave: bool, count: int, rate: Fraction) -> list[tuple[int, float]]:
    """From which frame on the card is how visible."""
    length = min(round(FADE * rate), (count - 1) // 2)
    steps: dict[int, float] = {0: 0.0 if enter else 1.0}
    for step in range(STEPS + 1) if enter else ():
        steps.setdefault(length * step // STEPS, step / STEPS)  # nothing of it on the first frame
    for step in range(STEPS + 1) if leave else ():
        steps[count - 1 - length + length * step // STEPS] = 1 - step / STEPS
    return sorted(steps.items())


def _faded(card: "VideoFrame", level: float) -> "VideoFrame":
    """A card, less visible."""
    import av

    faded = av.VideoFrame(card.width, card.height, "yuva420p")
    scale = bytes(round(value * level) for value in range(256))
    for plane, own in zip(faded.planes[:3], card.planes[:3], strict=True):
        plane.update(bytes(own))
    faded.planes[3].update(bytes(card.planes[3]).translate(scale))
    return faded
