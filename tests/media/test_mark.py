"""The mark on generated frames."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mockserver.media import mark, motion, picture
from mockserver.media.mark import Mark
from tests.media.media_steps import bit_rate, encoded_again, frames, rendered, wish

marks = some.builds(
    Mark,
    tag=some.integers(0, 2**40 - 1).map(lambda number: f"{number:010x}"),
    index=some.integers(0, 2**16 - 1),
    seed=some.integers(0, 2**32 - 1),
)
SIZES = ((320, 180), (180, 320), (854, 480), (1280, 720), (720, 1280), (720, 720))


@given(marks)
def test_cells_of_a_mark_give_it_back(made: Mark) -> None:
    assert mark.mark_of(int(mark.digits_of(made), 16)) == made


@given(marks, some.integers(0, mark.CELLS - 1))
def test_mark_with_a_wrong_cell_is_none(made: Mark, at: int) -> None:
    assert mark.mark_of(int(mark.digits_of(made), 16) ^ (1 << at)) is None


@settings(max_examples=40, deadline=None)
@given(marks, some.sampled_from([*SIZES, (3840, 2160), (322, 182), (640, 362), (64, 64)]))
def test_mark_written_into_a_frame_is_read_back(made: Mark, size: tuple[int, int]) -> None:
    frame = av.VideoFrame(*size, "yuv420p")
    mark.write(frame, made)
    assert mark.read(frame) == made


def test_strip_takes_little_of_a_picture() -> None:
    for size, share in (((320, 180), 0.14), ((640, 360), 0.06), ((1280, 720), 0.016)):
        strip = mark.strip(*size)
        assert (size[1] - strip.across[0]) / size[1] <= share
        assert all(b - a >= 4 for a, b in pairwise(strip.along))


def test_picture_without_a_mark_has_none() -> None:
    for seed in "abcdef":
        assert mark.read(motion.frame_of(picture.backdrop(seed, 640, 360))) is None


def test_tag_depends_on_the_job_alone() -> None:
    assert mark.tag_of("job-1") == mark.tag_of("job-1") != mark.tag_of("job-2")
    assert len(mark.tag_of("")) == 10


def test_seed_beyond_32_bits_is_read_modulo() -> None:
    frame = av.VideoFrame(320, 180, "yuv420p")
    mark.write(frame, Mark("00000000ff", 70_000, 2**40 + 5))
    assert mark.read(frame) == Mark("00000000ff", 70_000 - 2**16, 5)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(("half_bits", "half_size"), [(True, False), (False, True), (True, True)])
def test_every_mark_survives(
    size: tuple[int, int], half_bits: bool, half_size: bool, tmp_path: Path
) -> None:
    """Half the bit rate, half the size, both at once."""
    count = 24
    said = wish(width=size[0], height=size[1], frames=count, sound="none", rate=Fraction(24))
    made = rendered(tmp_path, said)
    bits = bit_rate(made, count) // (2 if half_bits else 1)
    again = tmp_path / "again.mp4"
    encoded_again(frames(made), again, bits=bits, shrink=half_size)
    found = [mark.read(frame) for frame in frames(again)]
    assert found == [Mark(mark.tag_of("job-1"), at, 7) for at in range(count)]
