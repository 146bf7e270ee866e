"""Files around a source: what is copied, what continues, what is encoded again."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from mockserver.media import render
from mockserver.media.render import RenderError
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import (
    Source,
    apart,
    assert_even,
    frames,
    image,
    numbers,
    rendered,
    steps,
    stored,
    whole,
    wish,
)

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

CUTS = {
    "at the end": ((36, 48), 20, 8),
    "after the end": ((48, 48), 12, 0),
    "at the start": ((0, 8), 20, 8),
    "before the start": ((0, 0), 12, 0),
    "in the middle": ((20, 28), 14, 4),
}
SILENT = Source("medium", "bframes=3", sound=0)
COPIED = {
    "b-frames": SILENT,
    "pyramid": replace(SILENT, preset="medium", params="bframes=8:b-pyramid=normal:keyint=30"),
    "open groups": replace(SILENT, preset="medium", params="open-gop=1:keyint=20"),
    "baseline": replace(SILENT, preset="ultrafast", params=""),
    "short groups": replace(SILENT, preset="medium", params="keyint=6:min-keyint=1"),
    "all key": replace(SILENT, preset="veryfast", params="keyint=1"),
    "rolling refresh": replace(SILENT, preset="medium", params="intra-refresh=1:keyint=20"),
    "sets in band": replace(SILENT, preset="medium", params="aud=1:repeat-headers=1"),
    "high level": replace(SILENT, preset="medium", params="cabac=0:level=51"),
    "slices": replace(SILENT, preset="medium", params="slices=4"),
    "begins late": replace(SILENT, preset="medium", params="bframes=2", late=12),
    "mkv": replace(SILENT, preset="medium", params="bframes=2:keyint=24", container="matroska"),
    "mov": replace(SILENT, preset="medium", params="bframes=2:keyint=24", container="mov"),
}
THOROUGH = ("b-frames", "open groups", "short groups")  # at every cut
AGAIN = {
    "interlaced": replace(SILENT, preset="medium", params="interlaced=1"),
    "other colours": replace(SILENT, preset="medium", params="", pixels="yuv444p"),
    "ten bits": replace(SILENT, preset="medium", params="", pixels="yuv420p10le"),
    "full range": replace(SILENT, preset="medium", params="", pixels="yuvj420p"),
    "hidden start": replace(SILENT, preset="medium", params="bframes=2", late=-5),
    "other size": replace(SILENT, preset="medium", params="", size=(640, 360)),
    "avi": replace(SILENT, preset="medium", params="bframes=0", container="avi"),
}


def assert_whole(path: Path, cut: tuple[int, int], count: int, of: int) -> "list[VideoFrame]":
    """Even, decodable, and marked exactly where it was generated; the frames."""
    total = of - (cut[1] - cut[0]) + count
    assert_even(path, total)
    shown = frames(path)
    kept: list[int | None] = [None]
    assert numbers(shown) == kept * cut[0] + list(range(count)) + kept * (of - cut[1])
    return shown


@pytest.mark.parametrize("kind", COPIED)
def test_what_stays_is_copied_byte_by_byte(kind: str, source: Sources, tmp_path: Path) -> None:
    """At either end, and inside: the copied packets are the source's, the frames identical."""
    path = source(COPIED[kind])
    packets, pictures = stored(path), [whole(frame) for frame in frames(path)]
    for place in CUTS if kind in THOROUGH else ("at the end", "before the start", "in the middle"):
        cut, count, blend = CUTS[place]
        said = wish(cut=cut, frames=count, blend=blend, sound="none")
        join = render.plan(said, {"source": path}).join
        made = rendered(tmp_path, said, source=path)
        shown = [whole(frame) for frame in assert_whole(made, cut, count, of=48)]
        found, tail, kept = stored(made), len(packets) - join.tail, len(pictures) - join.resume
        assert found[: join.head] == packets[: join.head]
        assert not tail or found[-tail:] == packets[-tail:]
        assert shown[: join.head] == pictures[: join.head]
        assert not kept or shown[-kept:] == pictures[-kept:]
        assert join.head == 48 or cut[0] < 48
        assert join.tail == 0 or cut[1] > 0


@pytest.mark.parametrize("kind", AGAIN)
def test_what_cannot_be_copied_is_encoded_again(kind: str, source: Sources, tmp_path: Path) -> None:
    path = source(AGAIN[kind])
    of = len(frames(path))
    for cut, count, blend in (((of - 12, of), 24, 4), ((0, 8), 20, 0)):
        said = wish(cut=cut, frames=count, blend=blend, sound="none")
        join = render.plan(said, {"source": path}).join
        assert (join.head, join.tail) == (0, of)
        assert_whole(rendered(tmp_path, said, source=path), cut, count, of=of)


@pytest.mark.parametrize(
    ("name", "size", "rate"),
    [
        ("320x180-2s-hevc", (320, 180), 24),
        ("320x180-2s-av1", (320, 180), 24),
        ("320x180-2s-mpeg4-mp3", (320, 180), 24),
        ("320x180-2s-mov-prores", (320, 180), 24),
        ("320x180-2s-vfr", (320, 180), 24),
        ("320x180-2s-mkv-vfr", (320, 180), 24),
        ("320x180-2s-rot90", (180, 320), 24),
        ("320x180-2s-mov-rot180", (320, 180), 24),
        ("320x180-2s-rot270", (180, 320), 24),
        ("321x181-2s-webm", (321, 181), 24),
        ("320x180-30000_1001fps-2s", (320, 180), Fraction(30000, 1001)),
        ("320x180-12.5fps-2s-hevc", (320, 180), Fraction(25, 2)),
        ("180x320-2s-hevc", (180, 320), 24),
    ],
)
def test_every_kind_of_source_is_extended(
    name: str, size: tuple[int, int], rate: Fraction, clip: Clips, tmp_path: Path
) -> None:
    path = clip(name)
    of = round(2 * rate)
    said = wish(width=size[0], height=size[1], rate=Fraction(rate), cut=(of - 5, of), frames=20)
    made = rendered(tmp_path, said, source=path)
    assert_even(made, of + 15, Fraction(rate))
    shown = frames(made)
    assert numbers(shown)[of - 5 :] == list(range(20))
    assert apart(shown[of - 6], shown[of - 5]) < 3


def test_rotated_source_comes_out_upright(clip: Clips, tmp_path: Path) -> None:
    """The test picture's card lies below; turned by 90 degrees it lies at the left."""
    path = clip("320x180-2s-rot90")
    shown = frames(rendered(tmp_path, wish(width=180, height=320, cut=(48, 48)), source=path))[0]
    turned = image(frames(path)[0]).rotate(-90, expand=True).resize((64, 36))
    upright = image(shown).resize((64, 36))
    pairs = zip(turned.tobytes(), upright.tobytes(), strict=True)
    assert sum(abs(a - b) for a, b in pairs) / (64 * 36) < 4


def test_another_shape_gets_bars_not_a_distortion(clip: Clips, tmp_path: Path) -> None:
    said = wish(width=320, height=320, cut=(48, 48), frames=4)
    shown = frames(rendered(tmp_path, said, source=clip("320x180-2s")))[0]
    bars = image(shown).crop((0, 0, 320, 60))
    assert max(bars.tobytes()) < 30 < max(image(shown).tobytes())


@pytest.mark.parametrize("kind", ["b-frames", "short groups"])
def test_new_part_continues_the_adjoining_frame(kind: str, source: Sources, tmp_path: Path) -> None:
    """Measured at each seam: no larger a step than between the source's own frames nearby."""
    path = source(COPIED[kind])
    usual = max(steps(frames(path)))
    for cut, count, blend in CUTS.values():
        said = wish(cut=cut, frames=count, blend=blend, sound="none")
        shown = frames(rendered(tmp_path, said, source=path))
        changes = steps(shown)
        seams = [cut[0]] if cut[0] else []
        seams += [cut[0] + count] if cut[1] < 48 else []
        for at in seams:
            assert changes[at - 1] < max(2.0, 1.5 * usual)
        assert max(changes) < 5
        assert apart(shown[cut[0]], shown[cut[0] + count // 2]) > 0.5  # and it moves


def test_blended_frames_turn_into_the_still_that_moves_on(source: Sources, tmp_path: Path) -> None:
    path = source(COPIED["b-frames"])
    own, cut = frames(path), (40, 48)
    shown = frames(rendered(tmp_path, wish(cut=cut, blend=16), source=path))
    assert max(apart(own[at], shown[at]) for at in range(24)) < 1.5
    assert numbers(shown)[24:40] == [None] * 16  # they stay the source's
    before = sum(apart(own[at], own[39]) for at in range(26, 38))
    assert sum(apart(shown[at], own[39]) for at in range(26, 38)) < before


def test_whole_edit_alters_every_frame_and_keeps_what_happens(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-2s")
    shown, own = frames(rendered(tmp_path, wish(cut=(0, 48), frames=48), source=path)), frames(path)
    assert numbers(shown) == list(range(48))
    for at in (0, 20, 47):
        assert apart(own[at], shown[at]) < 25  # still that picture
        one, other = (bytes(frame.planes[1]) for frame in (own[at], shown[at]))
        assert sum(abs(a - b) for a, b in zip(one, other, strict=False)) / len(one) > 3


@pytest.mark.parametrize("count", [20, 48, 90])
def test_whole_edit_may_be_longer_or_shorter(count: int, clip: Clips, tmp_path: Path) -> None:
    made = rendered(tmp_path, wish(cut=(0, 48), frames=count), source=clip("320x180-2s"))
    assert numbers(frames(made)) == list(range(count))


def test_kept_picture_is_copied_whole(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-2s")
    said = wish(cut=(10, 30), frames=20, picture="keep")
    assert stored(rendered(tmp_path, said, source=path)) == stored(path)
    again = frames(rendered(tmp_path, said, source=clip("320x180-2s-hevc")))
    assert numbers(again) == [None] * 48


def test_extension_can_be_extended_again(clip: Clips, tmp_path: Path) -> None:
    once = rendered(tmp_path, wish(cut=(36, 48), frames=36, blend=4), source=clip("320x180-2s"))
    said = wish(job="job-2", cut=(60, 72), frames=36, blend=4)
    assert render.plan(said, {"source": once}).join.head > 40
    twice = rendered(tmp_path, said, source=once)
    assert_even(twice, 96)
    assert numbers(frames(twice))[60:] == list(range(36))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=some.data())
def test_frames_add_up(data: some.DataObject, source: Sources, tmp_path: Path) -> None:
    """Whatever the cut: frames = source - cut + generated, each at its place."""
    path = source(COPIED[data.draw(some.sampled_from(["short groups", "pyramid", "open groups"]))])
    start = data.draw(some.integers(0, 48))
    stop = data.draw(some.integers(start, 48))
    count, blend = data.draw(some.integers(1, 12)), data.draw(some.integers(0, 20))
    said = wish(cut=(start, stop), frames=count, blend=blend, sound="none")
    assert_whole(rendered(tmp_path, said, source=path), (start, stop), count, of=48)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cut": (10, 5)}, "not within 48 frames"),
        ({"cut": (0, 49)}, "not within 48 frames"),
        ({"cut": (-1, 4)}, "not within 48 frames"),
        ({"rate": Fraction(25)}, "the source runs at 24"),
        ({"picture": "keep", "frames": 3}, "as many frames as its cut"),
        ({"cut": None}, "a cut needs"),
    ],
)
def test_impossible_cut_is_refused(
    change: dict[str, object], said: str, clip: Clips, tmp_path: Path
) -> None:
    asked = wish(cut=(40, 48))._replace(**change)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match=said):
        render.render(asked, {"source": clip("320x180-2s")}, tmp_path / "out.mp4")


@pytest.mark.parametrize(
    "name",
    ["320x180-1s-text", "320x180-1s-empty", "320x180-1s-nomoov", "1s-mp3", "320x180-png"],
)
def test_source_that_is_no_video_is_refused(name: str, clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        render.render(wish(cut=(0, 0)), {"source": clip(name)}, tmp_path / "out.mp4")


def test_nominal_rate_is_taken_for_the_exact_one(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-30000_1001fps-2s")
    said = wish(rate=Fraction("29.97"), cut=(60, 60), frames=10)
    assert len(frames(rendered(tmp_path, said, source=path))) == 70
