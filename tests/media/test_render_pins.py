"""Files that show pictures on their way."""

from pathlib import Path

import pytest

from mockserver.media.render import RenderError, render
from tests.media.conftest import Clips
from tests.media.media_steps import apart, frames, numbers, rendered, steps, whole, wish

LIKE = 1.0  # a picture and a frame that shows it, coded twice
PICTURES = tuple(f"320x180-png-seed_{seed}" for seed in "abcd")


@pytest.mark.parametrize(
    "pins",
    [
        pytest.param((16,), id="one"),
        pytest.param((40, 8), id="in-any-order"),
        pytest.param((16, 8, 24, 32), id="close"),
        pytest.param((1, 46), id="beside-the-ends"),
        pytest.param((9, 8, 10, 11), id="one-after-the-other"),
    ],
)
@pytest.mark.parametrize("ends", [(), ("first",), ("last",), ("first", "last")])
def test_pins_and_ends_are_the_pictures_as_they_are(
    pins: tuple[int, ...], ends: tuple[str, ...], clip: Clips, tmp_path: Path
) -> None:
    pictures = {f"pin-{at}": clip(PICTURES[at]) for at in range(len(pins))}
    pictures |= {end: clip(f"320x180-png-seed_{end}") for end in ends}
    said = wish(frames=48, pins=pins, sound="none")
    shown = frames(rendered(tmp_path, said, **pictures))
    assert numbers(shown) == list(range(48))
    places = dict(zip(pictures, pins, strict=False)) | {"first": 0, "last": 47}
    for name, picture in pictures.items():
        own = frames(rendered(tmp_path, wish(frames=2, sound="none"), first=picture))[0]
        assert apart(shown[places[name]], own) < LIKE, name


def test_pins_are_come_to_and_left_without_a_jump(clip: Clips, tmp_path: Path) -> None:
    said = wish(frames=96, pins=(32, 64), sound="none")
    pictures = {f"pin-{at}": clip(PICTURES[at]) for at in range(2)}
    assert max(steps(frames(rendered(tmp_path, said, **pictures)))) < 6


def test_of_two_pins_at_one_frame_the_later_is_shown(clip: Clips, tmp_path: Path) -> None:
    one, other = clip(PICTURES[0]), clip(PICTURES[1])
    twice = wish(frames=12, pins=(6, 6), sound="none")
    shown = rendered(tmp_path, twice, **{"pin-0": one, "pin-1": other})
    alone = rendered(tmp_path, twice._replace(pins=(6,)), **{"pin-0": other})
    assert [whole(frame) for frame in frames(shown)] == [whole(frame) for frame in frames(alone)]


def test_same_pins_make_the_same_bytes(clip: Clips, tmp_path: Path) -> None:
    said, pictures = wish(pins=(8, 16)), {"pin-0": clip(PICTURES[0]), "pin-1": clip(PICTURES[1])}
    for name in ("one.mp4", "other.mp4"):
        render(said, pictures, tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()


def test_pinned_pictures_fill_the_size_that_is_made(clip: Clips, tmp_path: Path) -> None:
    said = wish(width=180, height=320, frames=12, pins=(6,), sound="none")
    shown = frames(rendered(tmp_path, said, **{"pin-0": clip(PICTURES[0])}))
    own = frames(rendered(tmp_path, said._replace(pins=()), first=clip(PICTURES[0])))
    assert apart(shown[6], own[0]) < LIKE


@pytest.mark.parametrize(
    ("pins", "names", "said"),
    [
        pytest.param((0,), ("pin-0",), "not between", id="first-frame"),
        pytest.param((23,), ("pin-0",), "not between", id="last-frame"),
        pytest.param((-1,), ("pin-0",), "not between", id="before"),
        pytest.param((24,), ("pin-0",), "not between", id="behind"),
        pytest.param((8, 9), ("pin-0",), "2 pins need", id="picture-missing"),
        pytest.param((), ("pin-0",), "0 pins need", id="pin-missing"),
        pytest.param((8,), ("pin-1",), "1 pins need", id="wrong-picture"),
        pytest.param((4, 5, 6, 7, 8), ("pin-0", "pin-1", "pin-2", "pin-3"), "5 pins", id="many"),
    ],
)
def test_impossible_pins_are_refused(
    pins: tuple[int, ...], names: tuple[str, ...], said: str, clip: Clips, tmp_path: Path
) -> None:
    pictures = {name: clip(PICTURES[0]) for name in names}
    with pytest.raises(RenderError, match=said):
        render(wish(pins=pins), pictures, tmp_path / "out.mp4")


def test_pins_beside_a_source_are_refused(clip: Clips, tmp_path: Path) -> None:
    inputs = {"source": clip("320x180-2s"), "pin-0": clip(PICTURES[0])}
    with pytest.raises(RenderError, match="without a source"):
        render(wish(cut=(48, 48), pins=(8,)), inputs, tmp_path / "out.mp4")
