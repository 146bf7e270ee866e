"""Single frames as pictures."""

from pathlib import Path
from typing import Any

import pytest
from av import VideoFrame
from PIL import Image

from mockserver.media import mark, motion, picture, scene
from mockserver.media.model import Clip, Still
from mockserver.media.probe import probe
from mockserver.media.render import RenderError
from mockserver.media.still import image_of, still
from tests.media.conftest import Clips
from tests.media.media_steps import frames, rendered, wish

PLACES = {"first": 0, "middle": 24, "last": 47}


def taken(video: Path, folder: Path, wanted: Still) -> Image.Image:
    """A still as a reader of pictures sees it."""
    out = folder / "still"
    still(video, wanted, out)
    with Image.open(out) as picture:
        picture.load()
        assert picture.format == wanted.format.upper()
        return picture.copy()


def difference(one: Image.Image, other: Image.Image) -> float:
    """In grey levels, on average."""
    pair = zip(one.convert("L").tobytes(), other.convert("L").tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pair) / (one.width * one.height)


@pytest.mark.parametrize("name", ["320x180-2s", "320x180-2s-hevc-noaudio", "320x180-2s-vfr"])
@pytest.mark.parametrize("at", PLACES)
def test_png_is_exactly_the_displayed_frame(
    at: str, name: str, clip: Clips, tmp_path: Path
) -> None:
    picture = taken(clip(name), tmp_path, Still(at=at, format="png"))
    shown = frames(clip(name))
    assert picture.tobytes() == image_of(shown[PLACES[at]]).tobytes()
    assert picture.tobytes() != image_of(shown[PLACES[at] - 1]).tobytes()


@pytest.mark.parametrize("at", PLACES)
def test_jpeg_shows_the_same_frame(at: str, clip: Clips, tmp_path: Path) -> None:
    picture = taken(clip("320x180-2s"), tmp_path, Still(at=at))
    near = [difference(picture, image_of(frame)) for frame in frames(clip("320x180-2s"))]
    assert near.index(min(near)) == PLACES[at]
    assert min(near) < 1.5


@pytest.mark.parametrize("at", PLACES)
def test_video_of_one_frame_has_one_still(at: str, tmp_path: Path) -> None:
    video = rendered(tmp_path, wish(frames=1))
    picture = taken(video, tmp_path, Still(at=at, format="png"))
    assert picture.tobytes() == image_of(frames(video)[0]).tobytes()


@pytest.mark.parametrize(("turn", "size"), [(90, (180, 320)), (180, (320, 180)), (270, (180, 320))])
def test_still_is_upright(turn: int, size: tuple[int, int], clip: Clips, tmp_path: Path) -> None:
    name = f"320x180-2s-rot{turn}"
    picture = taken(clip(name), tmp_path, Still(at="first", format="png"))
    assert picture.size == size
    upright = image_of(frames(clip(name))[0]).rotate(-turn, expand=True)
    assert difference(picture, upright) < 1.5


def test_width_scales_in_proportion(clip: Clips, tmp_path: Path) -> None:
    for width, size in ((160, (160, 90)), (640, (640, 360)), (320, (320, 180)), (1, (1, 1))):
        picture = taken(clip("320x180-2s"), tmp_path, Still(width=width))
        assert picture.size == size


def test_still_is_a_picture_that_can_be_sent_again(clip: Clips, tmp_path: Path) -> None:
    still(clip("320x180-2s"), Still(), tmp_path / "a")
    found = probe(tmp_path / "a")
    assert isinstance(found, Clip)
    assert (found.kind, found.container, found.width, found.height) == ("image", "jpeg", 320, 180)


def test_same_still_has_the_same_bytes(clip: Clips, tmp_path: Path) -> None:
    for name in ("a", "b"):
        still(clip("320x180-2s"), Still(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Still(at="end"), "one of"),
        (Still(format="gif"), "one of"),
        (Still(width=-1), "allowed is"),
        (Still(width=10**6), "allowed is"),
    ],
)
def test_impossible_still_is_refused(wanted: Still, said: str, clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=said):
        still(clip("320x180-2s"), wanted, tmp_path / "out")


def test_still_of_a_tall_video_is_not_scaled_beyond_reason(clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="sides are up to"):
        still(clip("32x640-1s"), Still(width=4096), tmp_path / "out")


@pytest.mark.parametrize("name", ["320x180-1s-text", "320x180-1s-nomoov", "1s-mp3"])
def test_still_of_no_video_is_refused(name: str, clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        still(clip(name), Still(), tmp_path / "out")


@pytest.mark.parametrize("size", [(1024, 1024), (1080, 1920), (1920, 1080), (512, 512)])
def test_still_of_one_generated_frame_shows_the_prompt(
    size: tuple[int, int], tmp_path: Path
) -> None:
    """Where the prompt's letters belong it is light, around them dark: not so for another text."""
    said = wish(width=size[0], height=size[1], frames=1, sound="none")
    shown = taken(rendered(tmp_path, said), tmp_path, Still())
    assert shown.size == size
    assert contrast(shown, said.prompt) > 180
    assert contrast(shown, "Rain falls on an empty harbour, day") < 80
    frame: Any = VideoFrame
    assert mark.read(frame.from_image(shown)) == mark.Mark(mark.tag_of(said.job), 0, said.seed)


def contrast(shown: Image.Image, prompt: str) -> float:
    """How much lighter a picture is under the letters of a prompt than between them."""
    card = picture.card(prompt, scene.LABEL, *shown.size)
    x, y = motion.place_of(card, *shown.size)
    under = shown.convert("L").crop((x, y, x + card.width, y + card.height)).tobytes()
    letters = card.convert("L").tobytes()
    plate = card.getchannel("A").tobytes()
    light = [value for value, ink in zip(under, letters, strict=True) if ink > 230]
    dark = [
        value
        for value, ink, opaque in zip(under, letters, plate, strict=True)
        if ink < 60 and opaque > 100
    ]
    return sum(light) / len(light) - sum(dark) / len(dark)
