"""Stretches of a source's frames."""

import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from mockserver.media import footage, reel
from mockserver.media.footage import NoFootage
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import Source, frames, rendered, whole, wish

KINDS = {
    "b-frames": Source("fast", "bframes=3:keyint=12", sound=0),
    "open groups": Source("fast", "bframes=3:keyint=12:open-gop=1", sound=0),
    "mkv": Source("fast", "bframes=2:keyint=12", sound=0, container="matroska"),
    "all key": Source("fast", "keyint=1", sound=0),
    "avi": Source("fast", "bframes=0", sound=0, container="avi"),
    "hidden start": Source("fast", "bframes=2", sound=0, late=-5),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_stretch_is_the_same_as_in_the_whole(kind: str, source: Sources) -> None:
    path = source(KINDS[kind])
    every = [whole(frame) for frame in frames(path)]
    known = footage.footage(path)
    assert known.frames == len(every)
    for start, stop in ((0, 1), (0, 5), (11, 14), (23, 24), (30, len(every)), (7, 7)):
        found = [whole(frame) for frame in footage.frames(known, start, stop, 320, 180)]
        assert found == every[start:stop]


def damaged(path: Path, folder: Path, start: float, stop: float) -> Path:
    """A copy of a source with a part of its media spoilt."""
    content = bytearray(path.read_bytes())
    begin = content.index(b"mdat") + 4
    low, high = (begin + int((len(content) - begin) * share) for share in (start, stop))
    content[low:high] = b"\x77" * (high - low)
    spoilt = folder / "spoilt.mp4"
    spoilt.write_bytes(content)
    return spoilt


@pytest.mark.parametrize("part", [(0.4, 0.6), (0.9, 1.0)])
def test_damaged_frames_are_replaced_so_that_counts_hold(
    part: tuple[float, float], source: Sources, tmp_path: Path
) -> None:
    options = (("movflags", "+faststart"),)
    path = damaged(source(replace(KINDS["all key"], options=options)), tmp_path, *part)
    known = footage.footage(path)
    assert len(list(footage.frames(known, 0, 48, 320, 180))) == 48
    shrunk = rendered(tmp_path, wish(cut=(40, 48), width=160, height=90), source=path)
    assert len(frames(shrunk)) == 64


def test_source_of_which_nothing_can_be_decoded_is_no_footage(
    source: Sources, tmp_path: Path
) -> None:
    options = (("movflags", "+faststart"),)
    path = damaged(source(replace(KINDS["all key"], options=options)), tmp_path, 0, 1)
    with pytest.raises(NoFootage):
        footage.footage(path)


def test_sound_alone_is_no_footage(clip: Clips) -> None:
    with pytest.raises(NoFootage, match="no picture"):
        footage.footage(clip("1s-mp3"))


@pytest.mark.parametrize(
    "rate", [Fraction(24), Fraction(30000, 1001), Fraction(25, 2), Fraction(60)]
)
@pytest.mark.parametrize("base", [Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 12800)])
def test_even_times_are_constant_in_any_time_base(rate: Fraction, base: Fraction) -> None:
    times = [round(at / rate / base) for at in range(100)]
    assert reel.cadence(times, base, 0, [rate]) == reel.Cadence(rate, False, 100 / rate)
    assert reel.cadence(times, base, 0, []).variable is False


def test_header_that_lies_about_the_rate_is_not_believed() -> None:
    found = reel.cadence([at * 40 for at in range(50)], Fraction(1, 1000), 40, [Fraction(60)])
    assert (found.rate, found.variable) == (Fraction(25), False)


def test_one_frame_has_a_rate() -> None:
    assert reel.cadence([0], Fraction(1, 1000), 40, []).rate == Fraction(25)
    assert reel.cadence([0], Fraction(1, 1000), 0, []).rate == Fraction(24)


def test_uneven_times_are_variable() -> None:
    times = [at * 40 + (at % 2) * 15 for at in range(50)]
    found = reel.cadence(times, Fraction(1, 1000), 25, [])
    assert found.variable
    assert found.seconds == Fraction(2)


def test_nothing_warns(clip: Clips) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert footage.footage(clip("320x180-1s")).frames == 24
