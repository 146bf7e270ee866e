"""Files without a source."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import av
import pytest

from mockserver.media import motion
from mockserver.media.model import Clip, Wish
from mockserver.media.probe import probe
from mockserver.media.render import RenderError, render
from tests.media.conftest import Clips
from tests.media.media_steps import (
    apart,
    assert_even,
    frames,
    heard,
    image,
    numbers,
    rendered,
    steps,
    video_stream,
    whole,
    wish,
)


@pytest.mark.parametrize(
    ("wide", "high", "rate", "count"),
    [
        (320, 180, Fraction(24), 1),
        (320, 180, Fraction(24), 37),
        (180, 320, Fraction(25), 25),
        (426, 240, Fraction(30000, 1001), 31),
        (320, 320, Fraction(60), 61),
        (322, 182, Fraction(24000, 1001), 24),
    ],
)
def test_file_has_exactly_the_wished_frames(
    wide: int, high: int, rate: Fraction, count: int, tmp_path: Path
) -> None:
    made = rendered(tmp_path, wish(width=wide, height=high, rate=rate, frames=count))
    found = probe(made)
    assert isinstance(found, Clip)
    assert (found.width, found.height, found.rate, found.frames) == (wide, high, rate, count)
    assert (found.codec, found.audio, found.container) == ("h264", "aac", "mp4")
    assert_even(made, count, rate)
    assert numbers(frames(made)) == list(range(count))
    assert video_stream(made)[1] == "yuv420p"


def test_odd_sizes_are_rounded_down_to_even(tmp_path: Path) -> None:
    shown = frames(rendered(tmp_path, wish(width=321, height=181, frames=3)))
    assert (shown[0].width, shown[0].height) == (320, 180)


@pytest.mark.parametrize(
    "said",
    [
        wish(cut=(40, 48), blend=4),
        wish(cut=(48, 48), width=180, height=320, alone=True),
        wish(cut=(48, 48), width=640, height=360, frames=0),
        wish(cut=(48, 48), width=320, height=320, frames=0),
    ],
)
def test_same_wish_gives_the_same_bytes_in_any_thread(
    said: Wish, tmp_path: Path, clip: Clips
) -> None:
    inputs = {"source": clip("320x180-2s")}

    def make(at: int) -> bytes:
        render(said, inputs, tmp_path / f"{at}.mp4")
        return (tmp_path / f"{at}.mp4").read_bytes()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(make, range(6)))) == 1


def test_another_seed_or_prompt_gives_another_picture(tmp_path: Path) -> None:
    one, two, three = (
        frames(rendered(tmp_path, said))
        for said in (wish(frames=2), wish(frames=2, seed=8), wish(frames=2, prompt="Rain"))
    )
    assert apart(one[0], two[0]) > 5
    assert apart(one[0], three[0]) > 5


def test_picture_moves_all_the_time(tmp_path: Path) -> None:
    shown = frames(rendered(tmp_path, wish(frames=72)))
    assert min(apart(shown[at], shown[at + 12]) for at in range(0, 60, 12)) > 0.5
    assert apart(shown[0], shown[71]) > 2


def test_prompt_can_be_seen(tmp_path: Path) -> None:
    """Its letters are the lightest thing on a dark plate in the upper part of the picture."""
    shown = frames(rendered(tmp_path, wish(width=640, height=360, frames=2)))[0]
    plain = bytes(image(shown).crop((64, 30, 576, 100)).tobytes())
    assert max(plain) > 215
    assert sum(value < 80 for value in plain) > len(plain) / 4


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " ",
        "\0\n\t\u202e",
        "x" * 5000,
        "word " * 2000,
        "日本語 🦊 עברית العربية",
        "\ud800",
        "a\u0301" * 200,
    ],
)
def test_any_prompt_can_be_drawn(prompt: str, tmp_path: Path) -> None:
    assert len(frames(rendered(tmp_path, wish(prompt=prompt, frames=2, sound="none")))) == 2


@pytest.mark.parametrize(
    "picture", ["320x180-png-seed_a", "640x640-jpeg-seed_b", "200x400-webp-seed_c"]
)
def test_file_begins_at_the_first_picture(picture: str, clip: Clips, tmp_path: Path) -> None:
    from PIL import Image, ImageOps

    shown = frames(rendered(tmp_path, wish(frames=30), first=clip(picture)))
    with Image.open(clip(picture)) as opened:
        fitted = ImageOps.fit(opened.convert("L"), (320, 180)).resize((64, 36))
    first = image(shown[0]).resize((64, 36))
    left, right = fitted.crop((0, 0, 64, 30)).tobytes(), first.crop((0, 0, 64, 30)).tobytes()
    assert sum(abs(a - b) for a, b in zip(left, right, strict=True)) / len(left) < 14  # video range
    assert apart(shown[0], shown[29]) > 1


def test_file_goes_from_the_first_picture_to_the_last(clip: Clips, tmp_path: Path) -> None:
    first, last = clip("320x180-png-seed_a"), clip("320x180-png-seed_b")
    both = frames(rendered(tmp_path, wish(frames=48), first=first, last=last))
    begin = frames(rendered(tmp_path, wish(frames=2), first=first))[0]
    end = frames(rendered(tmp_path, wish(frames=2), first=last))[0]
    assert apart(both[0], begin) < 1
    assert apart(both[-1], end) < 4
    assert max(steps(both)) < 6  # never a jump
    assert numbers(both) == list(range(48))


def test_last_picture_is_shown_as_it_is_without_a_first(clip: Clips, tmp_path: Path) -> None:
    last = clip("320x180-png-seed_b")
    end = frames(rendered(tmp_path, wish(frames=2), first=last))[0]
    assert apart(frames(rendered(tmp_path, wish(frames=30), last=last))[-1], end) < 1


@pytest.mark.parametrize("count", [2, 3, 4])
def test_few_frames_begin_and_end_without_a_card(count: int, clip: Clips, tmp_path: Path) -> None:
    first, last = clip("320x180-png-seed_a"), clip("320x180-png-seed_b")
    shown = frames(rendered(tmp_path, wish(frames=count), first=first, last=last))
    for picture, frame in ((first, shown[0]), (last, shown[-1])):
        assert apart(frame, frames(rendered(tmp_path, wish(frames=9), first=picture))[0]) < 1


def test_blend_is_a_weighted_mean() -> None:
    pair = [av.VideoFrame(64, 64, "yuv420p") for _ in range(2)]
    for frame, level in zip(pair, (100, 200), strict=True):
        for plane in frame.planes:
            plane.update(bytes([level]) * plane.buffer_size)
    for share, level in ((0.0, 100), (0.25, 125), (1.0, 200)):
        assert abs(whole(motion.blended(pair[0], pair[1], share))[0] - level) <= 1


def test_sound_none_writes_no_audio_stream(tmp_path: Path) -> None:
    assert heard(rendered(tmp_path, wish(sound="none"))) is None
    assert heard(rendered(tmp_path, wish(sound="keep"))) is None


def test_frames_of_a_file_can_be_written_alone(tmp_path: Path) -> None:
    """A frame's memory is its own: what one shows does not leak into the next."""
    shown = frames(rendered(tmp_path, wish(frames=8)))
    assert len({whole(frame) for frame in shown}) == 8


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frames": 0}, "frames"),
        ({"frames": 10**9}, "frames"),
        ({"width": 8}, "sides"),
        ({"height": 20_000}, "sides"),
        ({"rate": Fraction(0)}, "frames a second"),
        ({"sound": "loud"}, "sound is one of"),
        ({"blend": -1}, "blend"),
        ({"picture": "keep"}, "no picture to keep"),
        ({"cut": (0, 1)}, "needs the input"),
    ],
)
def test_impossible_wish_is_refused(change: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=said):
        render(wish()._replace(**change), {}, tmp_path / "out.mp4")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["first", "last", "soundtrack"])
def test_input_of_the_wrong_kind_is_refused(name: str, clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        render(wish(), {name: clip("320x180-1s-text")}, tmp_path / "out.mp4")


def test_unknown_input_is_refused(clip: Clips, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="unknown input 'middle'"):
        render(wish(), {"middle": clip("320x180-png")}, tmp_path / "out.mp4")
