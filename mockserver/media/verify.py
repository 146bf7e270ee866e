"""Says of a finished file which job made it, which of its frames are there, and where the seam is.

Reads the marks of all frames; believes nothing else about where a file comes from.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.media import boxes, mark, reel
from mockserver.media.mark import Mark
from mockserver.media.model import Clip, Trouble
from mockserver.media.probe import probe

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

AGREE = 0.05  # seconds by which picture and sound may differ
AROUND = 3  # frames on each side of a seam that are compared
THUMB = (64, 36)
STILL = 6.0  # grey levels (of 255) of difference that nobody calls a jump
JUMP = 3.0  # times the difference between neighbours


@dataclass(frozen=True, slots=True)
class Part:
    """The generated frames of one job and seed."""

    tag: str
    seed: int
    found: int
    first: int  # frame of the file with the lowest place, from 0
    last: int
    missing: tuple[int, ...]  # numbers up to the last found that no frame has
    repeated: tuple[int, ...]
    disordered: tuple[int, ...]  # numbers that stand behind a higher one


@dataclass(frozen=True, slots=True)
class Seam:
    """Where kept frames meet generated ones."""

    frame: int  # the first frame behind the seam
    seconds: float
    side: str  # "into" or "out of" the generated part
    step: float  # mean difference across the seam, in grey levels, without the mark's strip
    nearby: float  # the same between its neighbours
    smooth: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a file turned out to be. `findings` say in plain words what is wrong with it."""

    file: str
    clip: Clip
    parts: tuple[Part, ...]
    seams: tuple[Seam, ...]
    frames: int  # decoded
    corrupt: int
    seconds: float
    sound_seconds: float | None  # None: no sound
    faststart: bool | None  # None: the container knows no such thing
    findings: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return not self.findings

    def json(self) -> dict[str, object]:
        """The report in types that JSON knows."""
        plain: dict[str, object] = asdict(self)
        plain["clip"] = asdict(self.clip) | {"rate": str(self.clip.rate)}
        return plain | {"ok": self.ok}


def verify(path: Path, *, job: str | None = None) -> Report | Trouble:
    """Read a whole file. With `job`, its generated frames must be that job's."""
    clip = probe(path)
    if isinstance(clip, Trouble):
        return clip
    if clip.kind != "video":
        return Trouble("unreadable", f"The file is no video but {clip.kind} ({clip.container}).")
    seen = _watched(path, clip)
    report = Report(
        file=path.name,
        clip=clip,
        parts=_parts(seen.marks),
        seams=tuple(_seams(seen, clip.rate)),
        frames=len(seen.marks),
        corrupt=seen.corrupt,
        seconds=clip.seconds,
        sound_seconds=_sound_seconds(path) if clip.audio else None,
        faststart=_faststart(path) if clip.container in ("mp4", "mov") else None,
    )
    return replace(report, findings=tuple(_findings(report, job)))


@dataclass(slots=True)
class _Seen:
    """What reading all frames collects."""

    marks: list[Mark | None] = field(default_factory=list)
    thumbs: dict[int, bytes] = field(default_factory=dict)  # of frames near seams
    corrupt: int = 0


def _watched(path: Path, clip: Clip) -> _Seen:
    """Read every frame's mark, and keep small pictures of the frames around each change."""
    seen = _Seen()
    recent: deque[tuple[int, VideoFrame]] = deque(maxlen=AROUND)
    wanted = 0
    for frame in _frames(path, seen):
        place = len(seen.marks)
        found = mark.read(frame)
        if place and _owner(found) != _owner(seen.marks[-1]):
            wanted = place + AROUND
            seen.thumbs |= {at: _thumb(kept) for at, kept in recent if at not in seen.thumbs}
        if place < wanted:
            seen.thumbs[place] = _thumb(frame)
        recent.append((place, frame))
        seen.marks.append(found)
    seen.corrupt += max(0, clip.frames - len(seen.marks))
    return seen


def _frames(path: Path, seen: _Seen) -> "Iterator[VideoFrame]":
    import av

    with reel.open_reel(path) as opened:
        video = reel.video_of(opened)
        if video is None:
            return
        video.codec_context.thread_count = 1  # closing a threaded decoder early can deadlock
        for packet in reel.packets_of(opened, video):
            try:
                for frame in video.decode(packet):
                    seen.corrupt += frame.is_corrupt
                    yield frame
            except av.FFmpegError:
                continue  # `_watched` counts the frame that is missing


def _owner(found: Mark | None) -> tuple[str, int] | None:
    return (found.tag, found.seed) if found else None


def _thumb(frame: "VideoFrame") -> bytes:
    """A small grey picture of a frame without its strip."""
    from PIL import Image

    plain = frame.reformat(format="gray")
    plane = plain.planes[0]
    image = Image.frombuffer(
        "L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size, 1
    )
    place = mark.strip(frame.width, frame.height, 3)
    inside = (frame.width, place.across[0]) if place.wide else (place.across[0], frame.height)
    return image.crop((0, 0, *inside)).resize(THUMB, Image.Resampling.BOX).tobytes()


def _parts(marks: Sequence[Mark | None]) -> tuple[Part, ...]:
    places: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for place, found in enumerate(marks):
        if found:
            places.setdefault((found.tag, found.seed), []).append((place, found.index))
    return tuple(
        _part(tag, seed, found, begun=len(places) > 1 and found[0][0] == 0)
        for (tag, seed), found in places.items()
    )


def _part(tag: str, seed: int, found: list[tuple[int, int]], *, begun: bool) -> Part:
    """A part by its frames' places and numbers. `begun`: an excerpt may begin amid it."""
    numbers = [number for _, number in found]
    have = set(numbers)
    lowest = numbers[0] if begun else 0
    highest, disordered = -1, []
    for number in numbers:
        if number < highest:
            disordered.append(number)
        highest = max(highest, number)
    return Part(
        tag=tag,
        seed=seed,
        found=len(have),
        first=found[0][0],
        last=found[-1][0],
        missing=tuple(number for number in range(lowest, highest) if number not in have),
        repeated=tuple(sorted({number for number in have if numbers.count(number) > 1})),
        disordered=tuple(disordered),
    )


def _seams(seen: _Seen, rate: Fraction) -> Iterator[Seam]:
    owners = _owners(seen.marks)
    for place in range(1, len(owners)):
        before, after = owners[place - 1], owners[place]
        if before == after:
            continue
        step = _difference(seen.thumbs, place)
        near = [_difference(seen.thumbs, place + by) for by in (-2, -1, 1, 2)]
        nearby = max([value for value in near if value is not None], default=0.0)
        smooth = step is None or step <= max(STILL, JUMP * nearby)
        side = "into" if after else "out of"
        seconds = float(place / rate) if rate else 0.0
        yield Seam(place, seconds, side, round(step or 0.0, 2), round(nearby, 2), smooth)


def _owners(marks: Sequence[Mark | None]) -> list[tuple[str, int] | None]:
    """Whose each frame is; a short run of unreadable marks amid one part is no seam."""
    owners = [_owner(found) for found in marks]
    for place, owner in enumerate(owners):
        later = owners[place + 1 : place + 1 + AROUND]
        if place and owner is None and owners[place - 1] in later:
            owners[place] = owners[place - 1]
    return owners


def _difference(thumbs: dict[int, bytes], place: int) -> float | None:
    """The mean difference between a frame and the one before it."""
    if place not in thumbs or place - 1 not in thumbs:
        return None
    one, other = thumbs[place - 1], thumbs[place]
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _sound_seconds(path: Path) -> float:
    """Where the sound ends, by its packets."""
    with reel.open_reel(path) as opened:
        stream = reel.audio_of(opened)
        if stream is None:
            return 0.0
        base = stream.time_base or Fraction(1, 1000)
        ends = [
            (packet.pts or 0) + (packet.duration or 0)
            for packet in reel.packets_of(opened, stream)
            if packet.size
        ]
        return float(max(ends, default=0) * base)


def _faststart(path: Path) -> bool:
    with path.open("rb") as file:
        return boxes.layout(file).faststart


def _findings(report: Report, job: str | None) -> Iterator[str]:
    """What is wrong, in plain sentences."""
    if report.corrupt:
        yield f"{report.corrupt} of {report.clip.frames} frames do not decode cleanly."
    if not report.parts:
        yield "No frame carries a mark: nothing in this file was generated here."
    for part in report.parts:
        yield from _part_findings(part)
    if job is not None and mark.tag_of(job) not in {part.tag for part in report.parts}:
        yield f"No frame was generated by job {job} (tag {mark.tag_of(job)})."
    for seam in report.seams:
        if not seam.smooth:
            yield (
                f"The picture jumps at frame {seam.frame} ({seam.seconds:.2f} s): "
                f"{seam.step:.1f} grey levels, {seam.nearby:.1f} nearby."
            )
    sound = report.sound_seconds
    if sound is not None and abs(sound - report.seconds) > AGREE:
        yield f"The picture lasts {report.seconds:.3f} s, the sound {sound:.3f} s."
    if report.faststart is False:
        yield "The index stands behind the media: the file does not start before it is loaded."


def _part_findings(part: Part) -> Iterator[str]:
    for what, numbers in (
        ("missing", part.missing),
        ("repeated", part.repeated),
        ("out of order", part.disordered),
    ):
        if numbers:
            are = "frame is" if len(numbers) == 1 else "frames are"
            yield f"Of job {part.tag}, {len(numbers)} generated {are} {what}: {_ranges(numbers)}."


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in short: 3-7, 9."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = [f"{low}" if low == high else f"{low}-{high}" for low, high in spans[:8]]
    return ", ".join(shown) + (", ..." if len(spans) > 8 else "")
