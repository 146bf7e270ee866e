"""Results extended again and again: each new part after the ones before it, by copied packets."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from mockserver.media import avc, mark, render
from mockserver.media.excerpt import excerpt
from mockserver.media.model import Clip, Excerpt
from mockserver.media.probe import probe
from mockserver.media.verify import Report, verify
from tests.media.conftest import Clips, Sources
from tests.media.media_steps import (
    RATE,
    Source,
    apart,
    assert_even,
    frames,
    heard,
    numbers,
    rendered,
    steps,
    stored,
    wish,
)

FIRST, ADDED, TIMES = 192, 168, 3  # 8 s at 24 frames a second, then 7 s three times: 15, 22, 29 s
SECOND = 24
SOURCES: dict[str, str | Source] = {
    "h264": "320x180-8s",
    "hevc": "320x180-8s-hevc",
    "b-frames": Source("medium", "bframes=3:keyint=30", frames=FIRST),
    "rotated": "180x320-8s-rot90-mov-pcm",
}
COPIED = ("h264", "b-frames")  # from the first extension on


@dataclass(frozen=True)
class Chain:
    """A source and what became of it, extension by extension."""

    files: tuple[Path, ...]

    @property
    def last(self) -> Path:
        return self.files[-1]


Chains = Callable[[str], Chain]


@pytest.fixture(scope="module")
def chain(clip: Clips, source: Sources, tmp_path_factory: pytest.TempPathFactory) -> Chains:
    """Three extensions in a row, each by another job, made once."""
    folder = tmp_path_factory.mktemp("chains")
    made: dict[str, Chain] = {}

    def extended(name: str) -> Chain:
        if name not in made:
            wanted = SOURCES[name]
            files = [source(wanted) if isinstance(wanted, Source) else clip(wanted)]
            for at in range(TIMES):
                length = FIRST + at * ADDED
                said = wish(job=f"job-{at}", seed=at, frames=ADDED, cut=(length, length))
                files.append(rendered(folder, said, source=files[-1]))
            made[name] = Chain(tuple(files))
        return made[name]

    return extended


@pytest.mark.parametrize("name", SOURCES)
def test_every_frame_decodes_and_every_mark_is_in_its_place(name: str, chain: Chains) -> None:
    path = chain(name).last
    total = FIRST + TIMES * ADDED
    assert_even(path, total)
    shown = frames(path)
    expected: list[int | None] = [None] * FIRST
    assert numbers(shown) == expected + list(range(ADDED)) * TIMES
    tags = [mark.read(shown[FIRST + at * ADDED]) for at in range(TIMES)]
    assert [tag and tag.tag for tag in tags] == [mark.tag_of(f"job-{at}") for at in range(TIMES)]
    assert max(steps(shown)) < 5


@pytest.mark.parametrize("name", SOURCES)
def test_seams_verify(name: str, chain: Chains) -> None:
    found = verify(chain(name).last, job="job-2")
    assert isinstance(found, Report)
    assert found.findings == ()
    assert [seam.frame for seam in found.seams] == [FIRST + at * ADDED for at in range(TIMES)]
    assert found.seconds == 29.0
    assert found.sound_seconds == pytest.approx(29.0, abs=0.001)


@pytest.mark.parametrize("name", SOURCES)
def test_what_was_there_is_copied_from_link_to_link(name: str, chain: Chains) -> None:
    """But for the first, where a source of another kind is encoded once."""
    files = chain(name).files[0 if name in COPIED else 1 :]
    for before, after in pairwise(files):
        packets = stored(before)
        assert stored(after)[: len(packets)] == packets


@pytest.mark.parametrize("name", SOURCES)
def test_each_part_has_parameter_sets_of_its_own(name: str, chain: Chains) -> None:
    """In the header and in the band, so that a player may start or seek anywhere."""
    with av.open(str(chain(name).last)) as opened:
        config = avc.config_of(opened.streams.video[0].codec_context.extradata or b"")
        held = [bytes(packet) for packet in opened.demux(video=0) if packet.size]
    used = [avc.sequence(unit).number for unit in config.sps]
    assert len(used) == len(set(used)) == len(config.pps) == (4 if name in COPIED else 3)
    begins = [FIRST + at * ADDED for at in range(TIMES)][-(len(used) - 1) :]
    for frame, unit in zip(begins, config.sps[1:], strict=True):
        assert unit in held[frame]


@pytest.mark.parametrize("name", ["h264", "hevc"])
def test_decoding_may_begin_at_any_keyframe(name: str, chain: Chains) -> None:
    path = chain(name).last
    whole = frames(path)
    with av.open(str(path)) as opened:
        video = opened.streams.video[0]
        video.codec_context.thread_count = 1
        base = video.time_base or Fraction(0)
        for second in (27, 22, 21, 15, 14, 8, 7, 3, 0):
            opened.seek(int(second / base), stream=video)
            frame = next(iter(opened.decode(video)))
            place = round((frame.pts or 0) * base * SECOND)
            assert second * SECOND - SECOND < place <= second * SECOND
            assert apart(frame, whole[place]) == 0


@pytest.mark.parametrize("name", SOURCES)
def test_sound_goes_on_without_gap_click_or_drift(name: str, chain: Chains) -> None:
    found = heard(chain(name).last)
    assert found is not None
    assert found.end == pytest.approx(29.0, abs=0.03)
    assert abs(found.start) < 0.03
    jumps = [abs(one - other) for one, other in pairwise(found.between(2, 29))]
    assert max(jumps) < 0.01
    for seam in (8, 15, 22):
        quiet = [found.loudness(seam + at / 20, seam + at / 20 + 0.05) for at in (-2, -1, 0, 1)]
        assert min(quiet) > 0
    with av.open(str(chain(name).last)) as opened:
        sound = opened.streams.audio[0]
        times = [packet.pts or 0 for packet in opened.demux(sound) if packet.size]
    assert {after - before for before, after in pairwise(times)} == {1024}


def test_sound_of_each_link_stays_as_it_was(chain: Chains) -> None:
    files = chain("h264").files
    last = heard(files[-1])
    assert last is not None
    for path, seconds in zip(files, (8, 15, 22), strict=False):
        own = heard(path)
        assert own is not None
        for at in range(seconds - 1):
            assert last.between(at, at + 1) == own.between(at, at + 1)


@pytest.mark.parametrize("name", ["h264", "hevc"])
def test_last_eight_seconds_begin_with_a_second_of_what_was_there(
    name: str, chain: Chains, tmp_path: Path
) -> None:
    """192 frames: 24 of the part before, then the 168 new ones."""
    whole = chain(name).last
    out = tmp_path / "excerpt.mp4"
    excerpt(whole, Excerpt(start=-FIRST), out)
    assert_even(out, FIRST)
    shown = frames(out)
    assert numbers(shown) == [*range(ADDED - SECOND, ADDED), *range(ADDED)]
    assert max(map(apart, frames(whole)[-FIRST:], shown)) < 1.5
    found = verify(out, job="job-2")
    assert isinstance(found, Report)
    assert found.findings == ()
    assert [(seam.frame, seam.smooth) for seam in found.seams] == [(SECOND, True)]
    one, other = heard(whole), heard(out)
    assert one is not None
    assert other is not None
    assert other.loudness(0, 8) == pytest.approx(one.loudness(21, 29), rel=0.02)


def test_excerpts_can_be_extended_in_turn(clip: Clips, tmp_path: Path) -> None:
    """As a provider does that only hands on the last seconds: always 8 s, 7 of them new."""
    path = clip("320x180-8s")
    for at in range(TIMES):
        said = wish(job=f"job-{at}", frames=ADDED, cut=(FIRST, FIRST))
        longer = rendered(tmp_path, said, source=path)
        path = tmp_path / f"excerpt-{at}.mp4"
        excerpt(longer, Excerpt(start=-FIRST), path)
    report = verify(path, job="job-2")
    assert isinstance(report, Report)
    assert report.findings == ()
    assert [part.found for part in report.parts] == [SECOND, ADDED]
    assert render.plan(wish(cut=(FIRST, FIRST)), {"source": path}).join.head == FIRST


def test_chain_is_still_one_plain_video(chain: Chains) -> None:
    found = probe(chain("hevc").last)
    assert isinstance(found, Clip)
    assert (found.codec, found.audio, found.frames) == ("h264", "aac", 696)
    assert (found.rate, found.variable, found.seconds) == (RATE, False, 29.0)
