"""Sources in another size, with nothing added."""

from pathlib import Path
from typing import Any

import av
import pytest

from mockserver.media import render
from mockserver.media.model import Clip, Wish
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
    image,
    numbers,
    rendered,
    stored,
    wish,
)

BEEPING = Source("veryfast", "bframes=2:keyint=24")


def resize(of: int, wide: int, high: int, **said: Any) -> Wish:
    return wish(frames=0, cut=(of, of), width=wide, height=high, **said)


@pytest.mark.parametrize(
    ("wide", "high"), [(1920, 1080), (3840, 2160), (1280, 720), (160, 90), (854, 480), (320, 180)]
)
def test_every_frame_is_shown_in_the_other_size_with_its_mark(
    wide: int, high: int, clip: Clips, tmp_path: Path
) -> None:
    small = rendered(tmp_path, wish(cut=(6, 6), frames=18), source=clip("320x180-0.25s"))
    made = rendered(tmp_path, resize(24, wide, high), source=small)
    assert_even(made, 24)
    own, shown = frames(small), frames(made)
    assert {(frame.width, frame.height) for frame in shown} == {(wide, high)}
    assert numbers(shown) == [None] * 6 + list(range(18))
    assert max(map(apart, own, [frame.reformat(320, 180) for frame in shown])) < 3
    found = verify(made, job="job-1")
    assert isinstance(found, Report)
    assert found.findings == ()
    assert [(seam.frame, seam.smooth) for seam in found.seams] == [(6, True)]


@pytest.mark.parametrize(("wide", "high"), [(320, 320), (180, 320), (640, 180)])
def test_marks_survive_bars(wide: int, high: int, clip: Clips, tmp_path: Path) -> None:
    small = rendered(tmp_path, wish(cut=(6, 6), frames=18), source=clip("320x180-0.25s"))
    shown = frames(rendered(tmp_path, resize(24, wide, high), source=small))
    assert numbers(shown) == [None] * 6 + list(range(18))
    assert max(image(shown[10]).crop((0, 0, wide // 8, high // 8)).tobytes()) < 30


@pytest.mark.parametrize("sound", ["follow", "keep"])
def test_sound_is_copied(sound: str, source: Sources, tmp_path: Path) -> None:
    path = source(BEEPING)
    made = rendered(tmp_path, resize(48, 640, 360, sound=sound), source=path)
    with av.open(str(path)) as one, av.open(str(made)) as other:
        own = [bytes(packet) for packet in one.demux(audio=0) if packet.size]
        kept = [bytes(packet) for packet in other.demux(audio=0) if packet.size]
    assert kept == own[: len(kept)]
    assert len(kept) >= len(own) - 1
    found = heard(made)
    assert found is not None
    assert found.beeps() == pytest.approx([BEEP], abs=0.005)
    assert found.end == pytest.approx(2.0, abs=0.05)


def test_silent_source_stays_silent(clip: Clips, tmp_path: Path) -> None:
    assert (
        heard(rendered(tmp_path, resize(48, 640, 360), source=clip("320x180-2s-noaudio"))) is None
    )


def test_same_size_is_copied(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-2s")
    assert stored(rendered(tmp_path, resize(48, 320, 180), source=path)) == stored(path)


@pytest.mark.parametrize(
    "name", ["320x180-2s-hevc", "320x180-2s-vfr", "320x180-2s-mov-prores", "321x181-2s-webm"]
)
def test_every_kind_of_source_is_resized(name: str, clip: Clips, tmp_path: Path) -> None:
    made = rendered(tmp_path, resize(48, 640, 360), source=clip(name))
    found = probe(made)
    assert isinstance(found, Clip)
    assert (found.width, found.height, found.frames, found.codec) == (640, 360, 48, "h264")
    assert_even(made, 48)


def test_rotated_source_is_resized_upright(clip: Clips, tmp_path: Path) -> None:
    shown = frames(rendered(tmp_path, resize(48, 360, 640), source=clip("320x180-2s-rot90")))
    small = frames(rendered(tmp_path, resize(48, 180, 320), source=clip("320x180-2s-rot90")))
    assert {(frame.width, frame.height) for frame in shown} == {(360, 640)}
    assert max(map(apart, small, [frame.reformat(180, 320) for frame in shown])) < 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cut": (40, 48)}, "none only for none"),
        ({"cut": (0, 48)}, "none only for none"),
        ({"cut": (48, 48), "rate": 25}, "the source runs at 24"),
    ],
)
def test_impossible_resize_is_refused(
    change: dict[str, object], said: str, clip: Clips, tmp_path: Path
) -> None:
    asked = resize(48, 640, 360)._replace(**change)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match=said):
        render.render(asked, {"source": clip("320x180-2s")}, tmp_path / "out.mp4")
