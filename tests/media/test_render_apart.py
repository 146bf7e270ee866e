"""Parts that stand alone, without the source they continue."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mockserver.media import footage, render
from mockserver.media.render import RenderError
from mockserver.media.verify import Report, verify
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import (
    Heard,
    Source,
    apart,
    assert_even,
    frames,
    heard,
    image,
    numbers,
    rendered,
    steps,
    wish,
)

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

BEEPING = Source("veryfast", "bframes=2:keyint=24")


def covering(frame: "VideoFrame", wide: int, high: int) -> "VideoFrame":
    """A frame of the source, scaled to cover a size and cropped, by other means than the mock's."""
    from PIL import ImageOps

    from mockserver.media import motion

    return motion.frame_of(ImageOps.fit(image(frame), (wide, high)))


@pytest.mark.parametrize(
    "name",
    ["320x180-2s", "320x180-2s-hevc", "320x180-2s-vfr", "321x181-2s-webm", "320x180-2s-noaudio"],
)
def test_only_the_new_part_is_written(name: str, clip: Clips, tmp_path: Path) -> None:
    path = clip(name)
    made = rendered(tmp_path, wish(cut=(48, 48), frames=30, alone=True), source=path)
    assert_even(made, 30)
    shown = frames(made)
    assert numbers(shown) == list(range(30))
    assert apart(shown[0], frames(path)[-1]) < 3
    assert max(steps(shown)) < 5
    assert apart(shown[0], shown[29]) > 0.5


@pytest.mark.parametrize(
    ("wide", "high"), [(640, 360), (180, 320), (320, 320), (400, 180), (1080, 1920), (426, 240)]
)
def test_part_of_another_size_begins_at_the_frame_that_covers_it(
    wide: int, high: int, clip: Clips, tmp_path: Path
) -> None:
    said = wish(width=wide, height=high, cut=(48, 48), frames=4, alone=True)
    shown = frames(rendered(tmp_path, said, source=clip("320x180-2s")))
    assert (shown[0].width, shown[0].height, len(shown)) == (wide, high, 4)
    own = frames(clip("320x180-2s"))
    near = [apart(shown[0], covering(own[at], wide, high)) for at in (47, 40, 30, 0)]
    assert near.index(min(near)) == 0
    assert near[0] < 3


def test_part_continues_a_rotated_source_upright(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-2s-rot90")
    said = wish(width=180, height=320, cut=(48, 48), frames=2, alone=True)
    shown = frames(rendered(tmp_path, said, source=path))
    source = footage.footage(path)
    assert apart(shown[0], footage.frame_at(source, 47, 180, 320)) < 2


def test_part_before_a_source_ends_at_its_first_frame(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-2s")
    shown = frames(rendered(tmp_path, wish(cut=(0, 0), alone=True), source=path))
    assert numbers(shown) == list(range(24))
    assert apart(shown[-1], frames(path)[0]) < 3


def test_part_in_the_middle_goes_from_frame_to_frame(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-2s")
    own = frames(path)
    shown = frames(rendered(tmp_path, wish(cut=(10, 40), frames=30, alone=True), source=path))
    assert numbers(shown) == list(range(30))
    assert apart(shown[0], own[9]) < 3
    assert apart(shown[-1], own[40]) < 4


def test_whole_source_can_be_altered_alone_in_another_shape(clip: Clips, tmp_path: Path) -> None:
    said = wish(width=180, height=320, cut=(0, 48), frames=20, alone=True)
    shown = frames(rendered(tmp_path, said, source=clip("320x180-2s")))
    assert numbers(shown) == list(range(20))
    assert min(image(shown[0]).crop((0, 0, 150, 20)).tobytes()) > 20  # no bar


def test_part_has_a_rate_of_its_own(clip: Clips, tmp_path: Path) -> None:
    said = wish(cut=(60, 60), rate=Fraction(24), frames=12, alone=True)
    made = rendered(tmp_path, said, source=clip("320x180-30fps-2s"))
    assert_even(made, 12)


@pytest.mark.parametrize(
    ("sound", "own", "audible"),
    [
        ("generate", True, True),
        ("generate", False, True),
        ("follow", True, True),
        ("follow", False, False),
        ("keep", True, False),
        ("none", True, False),
    ],
)
def test_part_is_heard_as_wished(
    sound: str, own: bool, audible: bool, source: Sources, tmp_path: Path
) -> None:
    """What is heard is generated: soft, without the source's beep, as long as the part."""
    path = source(BEEPING if own else replace(BEEPING, sound=0))
    said = wish(cut=(20, 20), frames=48, sound=sound, alone=True)
    found = heard(rendered(tmp_path, said, source=path))
    assert isinstance(found, Heard) == audible
    if found is not None:
        assert found.beeps() == []
        assert found.loudness(0.1, 1.9) > 0.0005
        assert found.end == pytest.approx(2.0, abs=0.05)


def test_part_may_have_a_soundtrack(source: Sources, clip: Clips, tmp_path: Path) -> None:
    said = wish(cut=(48, 48), frames=24, sound="keep", alone=True)
    made = rendered(tmp_path, said, source=source(BEEPING), soundtrack=clip("2s-mp3"))
    found = heard(made)
    assert found is not None
    assert found.loudness(0.1, 0.9) > 0.001
    assert found.end == pytest.approx(1.0, abs=0.05)


def test_part_verifies(clip: Clips, tmp_path: Path) -> None:
    said = wish(width=640, height=360, cut=(48, 48), alone=True)
    found = verify(rendered(tmp_path, said, source=clip("320x180-2s")), job="job-1")
    assert isinstance(found, Report)
    assert (found.findings, found.seams) == ((), ())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"picture": "keep"}, "keeps and blends nothing"),
        ({"blend": 2}, "keeps and blends nothing"),
        ({"frames": 0}, "0 frames"),
        ({"cut": (49, 49)}, "not within 48 frames"),
    ],
)
def test_impossible_part_is_refused(
    change: dict[str, object], said: str, clip: Clips, tmp_path: Path
) -> None:
    asked = wish(cut=(48, 48), alone=True)._replace(**change)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match=said):
        render.render(asked, {"source": clip("320x180-2s")}, tmp_path / "out.mp4")


def test_nothing_can_be_continued_without_a_source(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="to continue"):
        render.render(wish(alone=True), {}, tmp_path / "out.mp4")
