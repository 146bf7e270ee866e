"""What is heard in finished files."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import log10
from pathlib import Path
from typing import Any

import av
import pytest

from mockserver.media import listen, render
from mockserver.media.model import Wish
from mockserver.media.sound import score
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import BEEP, Heard, Source, heard, rendered, wish

SIZE = (64, 64)  # pictures do not matter here
PLAIN = Source("veryfast", "keyint=24", size=SIZE)
KINDS = {
    "aac": PLAIN,
    "aac 48000": replace(PLAIN, sound=48000),
    "mono": replace(PLAIN, layout="mono"),
    "low rate": replace(PLAIN, sound=22050),
    "sound begins later": replace(PLAIN, sound_late=0.3),
    "sound begins earlier": replace(PLAIN, late=12, sound_late=-0.25),
    "begins late": replace(PLAIN, late=12),
    "mkv": replace(PLAIN, container="matroska"),
}


PLACES = (  # cut, frames, and by how many frames it shifts the beep at frame 24
    ((42, 48), 30, 0),
    ((0, 6), 30, 24),
    ((0, 0), 24, 24),
    ((36, 40), 20, 0),
    ((4, 10), 20, 14),
)


def small(**said: Any) -> Wish:
    """A wish for a small picture."""
    return wish(**{"width": SIZE[0], "height": SIZE[1]} | said)


def listened(path: Path) -> Heard:
    found = heard(path)
    assert found is not None
    return found


@cache
def beep_of(path: Path) -> float:
    """When the source beeps, counted from its first picture."""
    with av.open(str(path)) as opened:
        video = opened.streams.video[0]
        first = next(iter(opened.decode(video))).time
    return listened(path).beeps()[0] - float(first or 0)


def copied(path: Path, folder: Path, **said: object) -> tuple[Path, int]:
    """A rendered file, and how many of the source's sound packets are in it."""
    made = rendered(folder, small(**said), source=path)
    packets = {bytes(packet) for packet in _packets(path)}
    return made, sum(bytes(packet) in packets for packet in _packets(made))


def _packets(path: Path) -> "list[bytes]":
    with av.open(str(path)) as opened:
        return [bytes(packet) for packet in opened.demux(audio=0) if packet.size]


@pytest.mark.parametrize(
    ("kind", "cut", "count", "shift"),
    [
        (kind, *place)
        for kind in KINDS
        for place in (PLACES if kind in ("aac", "sound begins later") else PLACES[:2])
    ],
)
def test_kept_sound_stays_with_its_picture(
    kind: str, cut: tuple[int, int], count: int, shift: int, source: Sources, tmp_path: Path
) -> None:
    """Within 30 ms, and the whole within 50 ms of the picture's length."""
    path = source(KINDS[kind])
    made = rendered(tmp_path, small(cut=cut, frames=count), source=path)
    found = listened(made)
    assert found.beeps() == pytest.approx([beep_of(path) + shift / 24], abs=0.03)
    total = (48 - (cut[1] - cut[0]) + count) / 24
    assert found.end == pytest.approx(total, abs=0.05)


def test_sound_is_copied_where_it_stays(source: Sources, tmp_path: Path) -> None:
    path = source(PLAIN)
    _, at_end = copied(path, tmp_path, cut=(48, 48))
    _, at_start = copied(path, tmp_path, cut=(0, 0))
    _, inside = copied(path, tmp_path, cut=(20, 28), frames=8)
    whole = len(_packets(path))
    assert at_end >= whole - 4
    assert at_start >= whole - 4
    assert inside > whole / 2


@pytest.mark.parametrize("cut", [(42, 48), (48, 48), (0, 6), (0, 0), (28, 34)])
def test_seam_does_not_click(cut: tuple[int, int], source: Sources, tmp_path: Path) -> None:
    """Near the seam no two samples differ more than a quiet tone makes them differ."""
    made = rendered(tmp_path, small(cut=cut, frames=24), source=source(PLAIN))
    found = listened(made)
    for frame in {cut[0], cut[0] + 24} - {0, 48 - cut[1] + cut[0] + 24}:
        near = found.between(frame / 24 - 0.05, frame / 24 + 0.05)
        assert max(abs(near[at] - near[at + 1]) for at in range(len(near) - 1)) < 0.01


def test_generated_sound_is_quiet_and_never_silent_for_long(tmp_path: Path) -> None:
    found = listened(rendered(tmp_path, small(frames=24 * 9)))
    levels = [found.loudness(at / 2, at / 2 + 0.5) for at in range(18)]
    assert max(20 * log10(level) for level in levels) < -30
    assert max(map(abs, found.samples)) < 10 ** (-30 / 20)
    assert min(20 * log10(level) for level in levels) > -60
    steps = [abs(a - b) for a, b in zip(found.samples, found.samples[1:], strict=False)]
    assert max(steps) < 0.005  # and where tones are repeated nothing clicks


def test_generated_sound_differs_by_seed(tmp_path: Path) -> None:
    sounds = {listened(rendered(tmp_path, small(seed=seed))).samples.tobytes() for seed in range(5)}
    assert len(sounds) > 1


def test_follow_without_source_sound_has_no_audio_stream(clip: Clips, tmp_path: Path) -> None:
    silent = clip("64x64-2s-noaudio")
    for sound in ("follow", "keep", "none"):
        assert heard(rendered(tmp_path, small(cut=(48, 48), sound=sound), source=silent)) is None


def test_none_drops_the_sources_sound(clip: Clips, tmp_path: Path) -> None:
    made = rendered(tmp_path, small(cut=(48, 48), sound="none"), source=clip("64x64-2s"))
    assert heard(made) is None


def test_generate_replaces_all_sound(source: Sources, clip: Clips, tmp_path: Path) -> None:
    for path in (source(PLAIN), clip("64x64-2s-noaudio")):
        found = listened(rendered(tmp_path, small(cut=(48, 48), sound="generate"), source=path))
        assert found.beeps() == []
        assert found.end == pytest.approx(3.0, abs=0.05)
        assert found.loudness(0, 1) > 0.0005


def test_follow_replaces_the_sound_of_the_cut(source: Sources, tmp_path: Path) -> None:
    """The source beeps at 1 s, which is frame 24."""
    path = source(PLAIN)
    gone = listened(rendered(tmp_path, small(cut=(20, 30), frames=10), source=path))
    assert gone.beeps() == []


def test_keep_keeps_the_sound_of_the_cut(source: Sources, tmp_path: Path) -> None:
    path = source(PLAIN)
    kept = listened(rendered(tmp_path, small(cut=(20, 30), frames=10, sound="keep"), source=path))
    assert kept.beeps() == pytest.approx([BEEP], abs=0.03)
    longer = listened(rendered(tmp_path, small(cut=(48, 48), sound="keep"), source=path))
    assert longer.beeps() == pytest.approx([BEEP], abs=0.03)
    assert longer.end == pytest.approx(3.0, abs=0.05)
    assert longer.loudness(2.2, 2.9) < 1e-4
    late = listened(rendered(tmp_path, small(cut=(0, 0), sound="keep"), source=path))
    assert late.beeps() == pytest.approx([BEEP + 1], abs=0.03)


def test_picture_kept_with_new_sound(source: Sources, tmp_path: Path) -> None:
    said = small(cut=(20, 30), frames=10, picture="keep")
    assert listened(rendered(tmp_path, said, source=source(PLAIN))).beeps() == []


@pytest.mark.parametrize("name", ["2s-mp3", "2s-wav", "2s-m4a", "2s-ogg", "2s-flac", "64x64-2s"])
def test_soundtrack_is_heard(name: str, clip: Clips, tmp_path: Path) -> None:
    for sound in ("follow", "keep"):
        found = listened(rendered(tmp_path, small(frames=60, sound=sound), soundtrack=clip(name)))
        assert found.end == pytest.approx(2.5, abs=0.05)
        assert found.loudness(0.2, 1.8) > 0.001
        assert found.loudness(2.2, 2.45) < 1e-4


def test_soundtrack_replaces_the_sources_sound(
    source: Sources, clip: Clips, tmp_path: Path
) -> None:
    made = rendered(
        tmp_path,
        small(cut=(0, 48), frames=48, sound="keep"),
        source=source(PLAIN),
        soundtrack=clip("2s-mp3"),
    )
    assert listened(made).beeps() == []


@pytest.mark.parametrize("name", ["64x64-2s-mp3", "64x64-2s-mkv-opus", "64x64-2s-mov-pcm"])
def test_other_sound_is_encoded_as_aac(name: str, clip: Clips, tmp_path: Path) -> None:
    made = rendered(tmp_path, small(cut=(48, 48)), source=clip(name))
    with av.open(str(made)) as opened:
        assert opened.streams.audio[0].codec_context.name == "aac"
        assert opened.streams.audio[0].profile == "LC"
    assert listened(made).loudness(0.3, 1.7) > 0.001


def test_high_efficiency_aac_is_never_copied(clip: Clips, tmp_path: Path) -> None:
    whole = clip("64x64-2s").read_bytes()
    at = whole.index(b"\x56\xe5\x00")
    path = tmp_path / "he.mp4"
    path.write_bytes(whole[: at + 2] + b"\x80" + whole[at + 3 :])
    found = listen.recording(path)
    assert found is not None
    assert found.packets == {}


def test_pieces_of_a_score_meet_without_gap() -> None:
    third = Fraction(1, 3)
    made = score(
        [("source", third, Fraction(0)), ("tone", third, Fraction(0)), ("source", third, third)],
        44100,
        "stereo",
        "seed",
        copying=False,
    )
    assert [piece.start for piece in made.pieces[1:]] == [piece.stop for piece in made.pieces[:-1]]
    assert made.samples == 44100
    first, new, last = made.pieces
    assert (first.enter, last.leave) == (0, 0)
    assert min(first.leave, new.enter, new.leave, last.enter) > 0


def test_sound_of_a_long_source_is_not_decoded(clip: Clips, tmp_path: Path) -> None:
    """Only what stands next to the seam is: the rest is copied."""
    path = clip("64x64-20s")
    said = small(cut=(480, 480))
    made, count = copied(path, tmp_path, cut=(480, 480))
    assert count > 0.95 * len(_packets(path))
    assert render.plan(said, {"source": path}).join.head == 480
    assert listened(made).end == pytest.approx(21.0, abs=0.05)
