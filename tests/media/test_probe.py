"""What a file is, and what is wrong with it."""

import struct
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from mockserver.media.model import Clip, Trouble
from mockserver.media.probe import Limits, probe
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import RATE, Source

DEFECTS = (
    ("320x180-1s-empty", "empty"),
    ("320x180-1s-text", "not-media"),
    ("320x180-1s-truncated", "truncated"),
    ("320x180-1s-mov-truncated", "truncated"),
    ("320x180-1s-mkv-truncated", "truncated"),
    ("320x180-1s-webm-truncated", "truncated"),
    ("320x180-1s-avi-truncated", "truncated"),
    ("1s-wav-truncated", "truncated"),
    ("320x180-png-truncated", "truncated"),
    ("320x180-jpeg-truncated", "truncated"),
    ("320x180-webp-truncated", "unreadable"),
    ("320x180-1s-nomoov", "truncated"),
    ("320x180-1s-lying", "truncated"),
    ("320x180-1s-bomb", "too-large-picture"),
    ("320x180-1s-mov-hevc-bomb", "too-large-picture"),
)


def trouble(path: Path, limit: Limits | None = None) -> Trouble:
    """The trouble with a file, found within a second."""
    start = perf_counter()
    found = probe(path, limit=limit or Limits())
    assert perf_counter() - start < 1
    assert isinstance(found, Trouble), found
    assert found.detail.endswith(".")
    return found


def saved(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def patched(path: Path, folder: Path, kind: bytes, at: int, content: bytes) -> Path:
    """A copy of a file in which bytes behind a box's name are replaced."""
    whole = bytearray(path.read_bytes())
    place = whole.index(kind) + len(kind) + at
    whole[place : place + len(content)] = content
    return saved(folder, bytes(whole))


@pytest.mark.parametrize(("name", "kind"), DEFECTS)
def test_defect_is_found(name: str, kind: str, clip: Clips) -> None:
    assert trouble(clip(name)).kind == kind


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><html>404</html>", "markup"),
        (b"PK\x03\x04" + b"\0" * 100, "zip"),
        (b'{"error": "not found"}', "JSON"),
        (b"#EXTM3U\n#EXT-X-VERSION:3\nhttp://169.254.169.254/x.ts\n", "playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "text"),
        (b"1\n00:00:00,000 --> 00:00:02,000\nHello\n", "text"),
        (b"\0" * 1000, "no format"),
        (b"x", "text"),
    ],
)
def test_what_is_no_media_is_told_by_its_first_bytes(
    content: bytes, said: str, tmp_path: Path
) -> None:
    found = trouble(saved(tmp_path, content))
    assert found.kind == "not-media"
    assert said in found.detail


def test_missing_file_and_folder_are_trouble(tmp_path: Path) -> None:
    assert trouble(tmp_path / "nothing").kind == "unreadable"
    assert trouble(tmp_path).kind == "unreadable"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
def test_mp4_cut_anywhere_is_truncated(share: float, clip: Clips, tmp_path: Path) -> None:
    whole = clip("320x180-1s").read_bytes()
    assert trouble(saved(tmp_path, whole[: int(len(whole) * share)])).kind == "truncated"


def test_mp4_with_its_index_behind_a_hole_is_truncated(clip: Clips, tmp_path: Path) -> None:
    """An index that promises bytes which a shorter media box does not hold."""
    whole = clip("320x180-1s").read_bytes()
    at = whole.index(b"mdat") - 4
    cut = whole[:at] + struct.pack(">I", 1008) + b"mdat" + whole[at + 8 : at + 1008]
    assert trouble(saved(tmp_path, cut)).kind == "truncated"


def test_header_that_claims_a_longer_film_is_not_believed(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-1s-noaudio")
    for kind in (b"mvhd", b"mdhd"):
        lying = patched(path, tmp_path, kind, 16, struct.pack(">I", 10_000_000))
        found = probe(lying)
        assert isinstance(found, Clip)
        assert (found.frames, found.seconds, found.rate) == (24, 1.0, RATE)


def test_index_with_absurd_counts_costs_nothing(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-1s-noaudio")
    for frames, kind in ((400_000, "too-long"), (2_000_000_000, "unreadable")):
        each = struct.pack(">II", 1, frames)  # every sample is a byte long
        assert trouble(patched(path, tmp_path, b"stsz", 4, each)).kind == kind
    count = struct.pack(">II", 0, 200_000)
    assert trouble(patched(path, tmp_path, b"stsz", 4, count)).kind == "unreadable"


def test_fragment_with_an_absurd_count_costs_nothing(source: Sources, tmp_path: Path) -> None:
    options = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)
    path = source(Source(options=options, sound=0))
    found = probe(path)
    assert isinstance(found, Clip)
    assert found.frames == 48
    lying = patched(path, tmp_path, b"trun", 4, struct.pack(">I", 1_900_000_000))
    assert trouble(lying).kind == "unreadable"


def test_bomb_hidden_in_the_codec_is_never_decoded(clip: Clips, tmp_path: Path) -> None:
    """A VP9 keyframe of 16000x16000 in a container that says 320x180."""
    whole = bytearray(clip("320x180-1s-webm").read_bytes())
    at = whole.index(b"\x49\x83\x42") + 3  # a keyframe's sync code; sizes follow 4 bits later
    bits = int.from_bytes(whole[at : at + 5])
    size = (16000 - 1) << 16 | (16000 - 1)
    whole[at : at + 5] = (bits & ~(0xFFFFFFFF << 4) | size << 4).to_bytes(5)
    before = getrusage(RUSAGE_SELF).ru_maxrss
    assert trouble(saved(tmp_path, bytes(whole))).kind in ("unreadable", "too-large-picture")
    assert getrusage(RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # one such frame takes 384 MB


@pytest.mark.parametrize(
    ("name", "limit", "kind"),
    [
        ("320x180-1s", Limits(pixels=320 * 179), "too-large-picture"),
        ("320x180-png", Limits(pixels=320 * 179), "too-large-picture"),
        ("321x181-1s-webm", Limits(pixels=320 * 179), "too-large-picture"),
        ("320x180-1s", Limits(frames=23), "too-long"),
        ("320x180-1s-mkv", Limits(frames=23), "too-long"),
        ("320x180-1s", Limits(seconds=0.9), "too-long"),
        ("2s-mp3", Limits(seconds=1.9), "too-long"),
    ],
)
def test_limits_hold(name: str, limit: Limits, kind: str, clip: Clips) -> None:
    assert trouble(clip(name), limit).kind == kind


def test_png_bomb_is_told_by_its_header(clip: Clips, tmp_path: Path) -> None:
    size = struct.pack(">II", 60_000, 60_000)
    bomb = patched(clip("320x180-png"), tmp_path, b"IHDR", 0, size)
    assert trouble(bomb).kind == "too-large-picture"


def test_undecodable_frames_are_trouble(clip: Clips, tmp_path: Path) -> None:
    whole = bytearray(clip("320x180-1s-noaudio").read_bytes())
    at = whole.index(b"mdat") + 4
    whole[at:] = b"\xff" * (len(whole) - at)
    assert trouble(saved(tmp_path, bytes(whole))).kind == "unreadable"


def test_high_efficiency_aac_is_told_apart(clip: Clips, tmp_path: Path) -> None:
    path = clip("2s-m4a")
    plain = probe(path)
    assert isinstance(plain, Clip)
    assert (plain.kind, plain.audio, plain.container) == ("audio", "aac", "mp4")
    config = path.read_bytes()
    at = config.index(b"\x56\xe5\x00")
    whole = config[: at + 2] + b"\x80" + config[at + 3 :]  # "and bands are replicated"
    found = probe(saved(tmp_path, whole))
    assert isinstance(found, Clip)
    assert found.audio == "he-aac"


@pytest.mark.parametrize(("late", "shown"), [(0, 48), (12, 48), (-5, 43)])
def test_clip_may_begin_at_any_time(late: int, shown: int, source: Sources) -> None:
    """What an edit list hides, before time 0, is not counted."""
    found = probe(source(Source(late=late, params="bframes=2")))
    assert isinstance(found, Clip)
    assert (found.frames, found.seconds, found.variable) == (shown, shown / 24, False)


@pytest.mark.parametrize("container", ["mp4", "mov", "matroska", "avi"])
def test_frames_are_counted_in_every_container(container: str, source: Sources) -> None:
    found = probe(source(Source(container=container, params="bframes=0", sound=0)))
    assert isinstance(found, Clip)
    assert (found.container, found.frames, found.rate) == (container, 48, RATE)


def test_key_is_the_hash_of_the_bytes(clip: Clips, tmp_path: Path) -> None:
    path = clip("320x180-1s")
    one, other = probe(path), probe(saved(tmp_path, path.read_bytes()))
    assert one == other
    assert isinstance(one, Clip)
    assert len(one.key) == 64
    assert one.bytes == path.stat().st_size


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=some.data())
def test_spoilt_bytes_never_raise(data: some.DataObject, clip: Clips, tmp_path: Path) -> None:
    name = data.draw(some.sampled_from(["320x180-1s", "320x180-1s-mkv", "320x180-png", "2s-mp3"]))
    whole = bytearray(clip(name).read_bytes())
    spots = some.integers(0, min(len(whole) - 1, 3000))
    for at, value in data.draw(some.lists(some.tuples(spots, some.integers(0, 255)), max_size=20)):
        whole[at] = value
    assert isinstance(probe(saved(tmp_path, bytes(whole))), Clip | Trouble)


def test_probe_leaves_no_file_open_for_writing(clip: Clips) -> None:
    path = clip("320x180-1s")
    before = path.stat().st_mtime_ns
    probe(path)
    assert path.stat().st_mtime_ns == before
    with av.open(str(path)) as opened:
        assert opened.streams.video[0].frames == 24
