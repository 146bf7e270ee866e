"""Stretches of videos as videos of their own."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from mockserver.media.excerpt import excerpt
from mockserver.media.model import Clip, Excerpt
from mockserver.media.probe import probe
from mockserver.media.render import RenderError
from mockserver.media.verify import Report, verify
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import (
    BEEP,
    Source,
    apart,
    assert_even,
    frames,
    heard,
    numbers,
    rendered,
    video_stream,
    wish,
)

PLAIN = Source("veryfast", "bframes=2:keyint=24")
KINDS = {
    "plain": PLAIN,
    "begins late": replace(PLAIN, late=12),
    "sound begins later": replace(PLAIN, sound_late=0.3),
    "mono": replace(PLAIN, layout="mono", sound=48000),
    "low rate": replace(PLAIN, sound=22050),
    "mkv": replace(PLAIN, container="matroska"),
}


def taken(video: Path, folder: Path, wanted: Excerpt) -> Path:
    out = folder / f"{wanted.start}-{wanted.frames}.mp4"
    excerpt(video, wanted, out)
    return out


@pytest.mark.parametrize(
    ("start", "count", "span"),
    [
        (0, 0, (0, 48)),
        (0, 1, (0, 1)),
        (-1, 0, (47, 48)),
        (-30, 0, (18, 48)),
        (-30, 7, (18, 25)),
        (-48, 48, (0, 48)),
        (13, 0, (13, 48)),
        (24, 12, (24, 36)),
    ],
)
def test_excerpt_has_exactly_the_wanted_frames(
    start: int, count: int, span: tuple[int, int], source: Sources, tmp_path: Path
) -> None:
    path = source(PLAIN)
    made = taken(path, tmp_path, Excerpt(start=start, frames=count))
    assert_even(made, span[1] - span[0])
    own, shown = frames(path)[slice(*span)], frames(made)
    assert len(shown) == len(own)
    assert max(map(apart, own, shown)) < 1.5
    found = probe(made)
    assert isinstance(found, Clip)
    assert (found.codec, found.audio, found.container) == ("h264", "aac", "mp4")
    assert video_stream(made)[1] == "yuv420p"


@pytest.mark.parametrize("start", [9, 20, 23])
@pytest.mark.parametrize("kind", KINDS)
def test_sound_stays_with_its_picture(
    kind: str, start: int, source: Sources, tmp_path: Path
) -> None:
    """The source beeps at its second 1, which is frame 24; within 5 ms."""
    made = taken(source(KINDS[kind]), tmp_path, Excerpt(start=start, frames=25))
    found = heard(made)
    assert found is not None
    late = KINDS[kind].sound_late
    assert found.beeps() == pytest.approx([BEEP + late - start / 24], abs=0.005)
    assert 0 <= found.start < 0.001
    report = verify(made)
    assert isinstance(report, Report)
    assert report.sound_seconds == pytest.approx(25 / 24, abs=0.001)


def test_sound_is_copied(source: Sources, tmp_path: Path) -> None:
    path = source(PLAIN)
    made = taken(path, tmp_path, Excerpt(start=7, frames=30))
    with av.open(str(path)) as one, av.open(str(made)) as other:
        own = {bytes(packet) for packet in one.demux(audio=0) if packet.size}
        kept = [bytes(packet) in own for packet in other.demux(audio=0) if packet.size]
    assert sum(kept) == len(kept) > 50


def test_excerpt_of_a_silent_video_is_silent(clip: Clips, tmp_path: Path) -> None:
    assert heard(taken(clip("320x180-2s-noaudio"), tmp_path, Excerpt(frames=5))) is None


def test_marks_are_intact(clip: Clips, tmp_path: Path) -> None:
    """The last 32 frames of an extension: 8 of the source's, and all generated ones."""
    whole = rendered(tmp_path, wish(cut=(48, 48)), source=clip("320x180-2s"))
    made = taken(whole, tmp_path, Excerpt(start=-32))
    assert numbers(frames(made)) == [None] * 8 + list(range(24))
    found = verify(made, job="job-1")
    assert isinstance(found, Report)
    assert found.findings == ()
    assert [(seam.frame, seam.smooth) for seam in found.seams] == [(8, True)]


@pytest.mark.parametrize(
    ("name", "size", "rate", "count"),
    [
        ("320x180-2s-hevc", (320, 180), Fraction(24), 48),
        ("320x180-2s-rot90", (180, 320), Fraction(24), 48),
        ("321x181-2s-webm", (320, 180), Fraction(24), 48),
        ("320x180-30000_1001fps-2s", (320, 180), Fraction(30000, 1001), 60),
        ("320x180-2s-mov-prores", (320, 180), Fraction(24), 48),
    ],
)
def test_every_kind_of_video_has_excerpts(
    name: str, size: tuple[int, int], rate: Fraction, count: int, clip: Clips, tmp_path: Path
) -> None:
    made = taken(clip(name), tmp_path, Excerpt(start=-25))
    found = probe(made)
    assert isinstance(found, Clip)
    assert (found.width, found.height, found.rate, found.frames) == (*size, rate, 25)
    assert_even(made, 25, rate)
    whole = frames(taken(clip(name), tmp_path, Excerpt()))
    assert len(whole) == count
    assert apart(whole[-25], frames(made)[0]) < 1.5


def test_same_excerpt_has_the_same_bytes(clip: Clips, tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        excerpt(clip("320x180-2s"), Excerpt(start=-20), tmp_path / name)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "wanted", [Excerpt(start=48), Excerpt(start=-49), Excerpt(frames=49), Excerpt(frames=-1)]
)
def test_impossible_excerpt_is_refused(wanted: Excerpt, clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="not within 48 frames"):
        taken(clip("320x180-2s"), tmp_path, wanted)


def test_excerpt_of_no_video_is_refused(clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        taken(clip("2s-mp3"), tmp_path, Excerpt())
