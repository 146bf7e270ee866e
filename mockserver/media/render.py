"""Writes the file that a wish describes: H.264 and AAC in an MP4 that starts fast.

Cost follows what is added. Where a source's packets can stay, they are copied byte by byte; the
new part alone is encoded, with the frames between it and the nearest place to join. Where they
cannot (another codec, size, rotation, uneven rate, ...), all frames are encoded again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.media import encode, footage, listen, reel, scene, sound, splice, tracks
from mockserver.media.footage import Footage
from mockserver.media.listen import Recording
from mockserver.media.model import INPUTS, PICTURES, PINS, SOUNDS, Wish

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame

SIDES = (32, 8192)
MOST_FRAMES = 36_000
RATE_SLACK = Fraction(1, 1000)  # 23.976 for 24000/1001 is meant the same


class RenderError(ValueError):
    """A wish that cannot be fulfilled from these inputs; the text says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A wish with its source looked at: what is copied, and what is heard."""

    wish: Wish
    inputs: Mapping[str, Path]
    source: Footage | None
    join: splice.Join
    recording: Recording | None
    score: sound.Score | None


def render(wish: Wish, inputs: Mapping[str, Path], out: Path) -> None:
    """Write the wished file. Same wish, same inputs: same bytes. Raises RenderError."""
    with explained():
        made = plan(wish, inputs)
        with encode.written(out, "mp4", movflags="+faststart") as output:
            _write(output, made)


@contextmanager
def explained() -> Iterator[None]:
    """Raise as a RenderError, in one plain sentence, what goes wrong with a file."""
    import av
    from PIL import UnidentifiedImageError

    try:
        yield
    except (footage.NoFootage, reel.NotMedia, UnidentifiedImageError) as error:
        raise RenderError(str(error)) from error
    except av.FFmpegError as error:
        raise RenderError(f"an input cannot be used: {error.strerror}") from error
    except OSError as error:
        raise RenderError(f"a file cannot be read or written: {error}") from error


def plan(wish: Wish, inputs: Mapping[str, Path]) -> Plan:
    """Look at the inputs and decide what is copied. Raises RenderError for the impossible."""
    wish = wish._replace(width=wish.width // 2 * 2, height=wish.height // 2 * 2)
    _check(wish, inputs)
    if wish.cut is None:
        recording = _soundtrack(inputs)
        return Plan(
            wish, inputs, None, splice.Join(0, 0, 0, 0), recording, _score(wish, 0, recording)
        )
    source = footage.footage(inputs["source"])
    _check_cut(wish, source)
    zero = source.start * source.base
    own = None if wish.sound in ("none", "generate") else listen.recording(source.path, zero)
    recording = (_soundtrack(inputs) if wish.sound == "keep" else None) or own
    score = _score(wish, source.frames, recording, given="soundtrack" in inputs)
    return Plan(wish, inputs, source, _join(wish, source), recording, score)


def _check(wish: Wish, inputs: Mapping[str, Path]) -> None:
    least, most = SIDES
    if not (least <= wish.width <= most and least <= wish.height <= most):
        raise RenderError(f"{wish.width}x{wish.height}: sides are {least} to {most}")
    if not (1 <= wish.frames <= MOST_FRAMES or wish.resizes):
        raise RenderError(f"{wish.frames} frames: allowed is 1 to {MOST_FRAMES}")
    if not 1 <= wish.rate <= 240:
        raise RenderError(f"{wish.rate} frames a second: allowed is 1 to 240")
    if wish.sound not in SOUNDS or wish.picture not in PICTURES or wish.blend < 0:
        raise RenderError(f"sound is one of {SOUNDS}, picture one of {PICTURES}, blend 0 or more")
    if unknown := set(inputs) - set(INPUTS):
        raise RenderError(f"unknown input {sorted(unknown)[0]!r}; allowed: {', '.join(INPUTS)}")
    if (wish.cut is None) != ("source" not in inputs):
        raise RenderError("a cut needs the input 'source', and 'source' a cut")
    if wish.cut is None and (wish.picture == "keep" or wish.alone):
        raise RenderError("without a source there is no picture to keep or to continue")
    if wish.alone and (wish.picture == "keep" or wish.blend):
        raise RenderError("a part that stands alone keeps and blends nothing")
    _check_pins(wish, inputs)


def _check_pins(wish: Wish, inputs: Mapping[str, Path]) -> None:
    if set(inputs) & set(PINS) != {f"pin-{at}" for at in range(len(wish.pins))}:
        raise RenderError(f"{len(wish.pins)} pins need as many pictures, from 'pin-0' on")
    if wish.pins and wish.cut is not None:
        raise RenderError("pins are for videos without a source")
    if not all(0 < pin < wish.frames - 1 for pin in wish.pins):
        raise RenderError(f"pins {wish.pins} are not between the first frame and the last")


def _check_cut(wish: Wish, source: Footage) -> None:
    start, stop = wish.cut or (0, 0)
    if not 0 <= start <= stop <= source.frames:
        raise RenderError(f"the cut [{start}, {stop}) is not within {source.frames} frames")
    if wish.resizes and start != stop:
        raise RenderError(f"{wish.frames} frames for a cut of {stop - start}: none only for none")
    if not wish.alone and abs(source.cadence.rate - wish.rate) > source.cadence.rate * RATE_SLACK:
        raise RenderError(f"the source runs at {source.cadence.rate}, the wish at {wish.rate}")
    if wish.picture == "keep" and wish.frames != stop - start:
        raise RenderError("a kept picture has as many frames as its cut")


def _join(wish: Wish, source: Footage) -> splice.Join:
    """What can be copied: nothing, unless every packet fits the finished track as it is."""
    start, stop = wish.cut or (0, 0)
    none = splice.Join(0, source.frames, source.frames, 0)
    if wish.alone:
        return none
    fits = (source.wide, source.high, source.turn) == (wish.width, wish.height, 0)
    if source.avc is None or source.hidden or source.cadence.variable or not fits:
        return none
    if 0 not in source.closed:
        return none
    if wish.picture == "keep":
        return splice.join(source.shown, source.closed, source.frames, source.frames)
    return splice.join(source.shown, source.closed, start - wish.blend, stop + wish.blend)


def _soundtrack(inputs: Mapping[str, Path]) -> Recording | None:
    return listen.recording(inputs["soundtrack"]) if "soundtrack" in inputs else None


def _score(
    wish: Wish, frames: int, recording: Recording | None, *, given: bool = True
) -> sound.Score | None:
    """What is heard, or None for a file without sound."""
    parts = _parts(wish, frames, recording is not None, given)
    if not parts:
        return None
    seed = f"{wish.prompt}:{wish.seed}"
    if recording is None:
        return sound.score(parts, 48000, "stereo", seed, copying=False)
    copying = bool(recording.packets)
    return sound.score(parts, recording.rate, recording.layout, seed, copying=copying)


def _parts(
    wish: Wish, frames: int, heard: bool, given: bool
) -> list[tuple[str, Fraction, Fraction]]:
    """Kind, seconds, and where in the source, of what is heard one after the other."""
    rate, zero = wish.rate, Fraction(0)
    start, stop = wish.cut or (0, 0)
    new, tail = wish.frames / rate, (frames - stop) / rate
    if wish.alone:
        kind = "source" if wish.sound == "keep" else "tone"
        wanted = wish.sound == "generate" or (heard and (given or kind == "tone"))
        return [(kind, new, zero)] if wanted else []
    whole = start / rate + new + tail
    if wish.sound == "generate" or (wish.sound == "follow" and wish.cut is None and not heard):
        return [("tone", whole, zero)]
    if wish.sound == "none" or not heard:
        return []
    if wish.cut is None or (wish.sound == "keep" and given):
        return [("source", whole, zero)]
    rest = ("source", tail, stop / rate)
    if wish.sound == "follow":
        return [("source", start / rate, zero), ("tone", new, zero), rest]
    inside = min(new, (stop - start) / rate)
    return [("source", start / rate + inside, zero), ("silence", new - inside, zero), rest]


def _write(output: "OutputContainer", made: Plan) -> None:
    source = made.source
    if source is None or (made.join.head == 0 and made.join.tail == source.frames):
        wish = made.wish
        track = tracks.fresh(output, (wish.width, wish.height), wish.rate, _frames(made))
        return encode.mux(output, track, _heard(output, made))
    with reel.open_reel(source.path) as opened:
        track = tracks.joined(output, opened, made.wish, source, made.join, _frames(made))
        return encode.mux(output, track, _heard(output, made))


def _frames(made: Plan) -> "Iterator[VideoFrame]":
    """The frames to encode: all, or those between what is copied."""
    if made.source is None:
        first, last = made.inputs.get("first"), made.inputs.get("last")
        pinned = [made.inputs[name] for name in PINS if name in made.inputs]
        return scene.alone(made.wish, first, last, pinned)
    return scene.around(made.wish, made.source, made.join.head, made.join.resume)


def _heard(output: "OutputContainer", made: Plan) -> "Iterator[Packet[Any]]":
    if made.score is None:
        return iter(())
    return tracks.heard(output, made.score, made.recording)
