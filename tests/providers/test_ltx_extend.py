"""LTX: what seconds become in frames, and what a video to extend has to be."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract.message import Problem
from mockserver.media import mark
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from mockserver.providers import ltx_rules as rules
from tests.conftest import MakeMock, Mock, only
from tests.providers.ltx_steps import CONTRACT, SOURCE, finished, made, refused, source, submit

ROOT = Path(__file__).resolve().parents[2]
VECTORS = orjson.loads((ROOT / "fixtures/requests/ltx/extend-vectors.json").read_bytes())["vectors"]


mock = only("ltx")


def vector_body(vector: Any) -> dict[str, Any]:
    """The request of a vector, with a source of exactly its frames."""
    seconds = -(-vector["frames"] * 1000 // vector["fps"]) / 1000
    body = {
        "video_uri": source(f"64x36-{vector['fps']}fps-{seconds:g}s-noaudio.mp4"),
        "duration": vector["duration"],
        "context": vector["context"],
    }
    return {name: value for name, value in body.items() if value is not None}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
async def test_an_extension_has_the_frames_of_its_vector(
    mock: Mock, tmp_path: Path, vector: Any
) -> None:
    """Dossier section 4: all twelve, through the whole application."""
    body, expect = vector_body(vector), vector["expect"]
    if "status" in expect:
        await refused(mock, "/ltx/v2/extend", body, status=expect["status"])
        assert f"#/x-mock/errors/{expect['error']}" in mock.last()["say"]
        return
    id = await submit(mock, "extend", **body)
    job = await mock.job(id)
    facts = job["facts"]
    assert (facts["added"], facts["context"]) == (expect["added"], expect["context"])
    assert facts["billed"] == expect["billed"]
    assert job["cost"] == pytest.approx(expect["billed"] / vector["fps"] * 0.10)
    await mock.advance(3600)
    view = (await mock.get(f"/ltx/v2/extend/{id}")).json()
    answer = await mock.get(view["result"]["video_url"], key="")
    file = tmp_path / "result.mp4"
    file.write_bytes(answer.content)
    clip = probe(file)
    assert isinstance(clip, Clip)
    assert (clip.frames, clip.rate) == (expect["output"], vector["fps"])


CLIPS = st.builds(
    lambda frames, rate: Clip(
        "", "video", "mp4", "h264", 1280, 720, 0, rate, False, frames, float(frames / rate), "", 0
    ),
    frames=st.integers(73, 20_000),
    rate=st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50)]),
)


@given(
    clip=CLIPS,
    duration=st.floats(2, 20),
    context=st.one_of(st.none(), st.floats(1, 20)),
)
def test_no_extension_leaves_its_bounds(clip: Clip, duration: float, context: float | None) -> None:
    """Decisions A4, A5, A6, A15, whatever is asked."""
    made = rules.extension(CONTRACT, clip, duration, context)
    if isinstance(made, Problem):
        assert (duration + (context or 0)) * clip.rate > 505 - 8
        return
    assert made.added % 8 == 0
    assert 0 <= made.added - round(duration * clip.rate) < 8
    assert 1 <= made.context <= clip.frames
    assert made.billed <= 505
    assert 0 < made.regenerated < clip.frames
    assert made.regenerated + made.blended <= clip.frames
    if context is None:
        assert made.context % 8 == 1
        assert made.context + made.added <= 505


async def test_new_frames_come_first_with_mode_start(mock: Mock) -> None:
    """The wish of the job says which frames of the source give way (dossier section 4, seam)."""
    cuts = {}
    for mode in ("start", "end"):
        id = await submit(mock, "extend", video_uri=SOURCE, duration=2, mode=mode)
        job = mock.app.world.jobs.get(id)
        assert job is not None
        cuts[mode] = (job.wish.cut, job.wish.frames, job.wish.blend)
    assert cuts == {"end": ((84, 96), 60, 16), "start": ((0, 12), 60, 16)}


async def test_the_mode_is_end_unless_it_is_said(mock: Mock) -> None:
    id = await submit(mock, "extend", video_uri=SOURCE, duration=2)
    job = mock.app.world.jobs.get(id)
    assert job is not None
    assert job.wish.cut == (84, 96)


@pytest.mark.parametrize(("mode", "first"), [("end", 84), ("start", 0)])
async def test_generated_frames_lie_where_the_mode_says(
    mock: Mock, tmp_path: Path, mode: str, first: int
) -> None:
    """Dossier section 4: half a second of the source beside the seam is made again."""
    view = await finished(mock, "extend", video_uri=SOURCE, duration=2, mode=mode)
    file = tmp_path / "result.mp4"
    file.write_bytes((await mock.get(view["result"]["video_url"], key="")).content)
    with av.open(file) as opened:
        marks = [mark.read(frame) for frame in opened.decode(video=0)]
    assert [index for index, one in enumerate(marks) if one] == list(range(first, first + 60))
    assert [one.index for one in marks if one] == list(range(60))
    assert {one.tag for one in marks if one} == {mark.tag_of(view["id"])}


async def test_a_silent_source_stays_silent(mock: Mock, tmp_path: Path) -> None:
    """Decision A24: sound only if the source has sound."""
    silent = source("320x180-24fps-4s-noaudio.mp4")
    assert (await made(mock, tmp_path, "extend", video_uri=silent, duration=2)).audio == ""
    assert (await made(mock, tmp_path, "extend", video_uri=SOURCE, duration=2)).audio == "aac"


async def test_size_and_rate_are_the_sources(mock: Mock, tmp_path: Path) -> None:
    """Decision A5: a fractional rate is kept as it is; portrait too."""
    clip = await made(
        mock,
        tmp_path,
        "extend",
        video_uri=source("180x320-30000_1001fps-3s-noaudio.mp4"),
        duration=2,
    )
    assert (clip.width, clip.height, clip.rate) == (180, 320, Fraction(30000, 1001))
    assert clip.frames == 90 + 64, "60 rounded up to 64 (decision A4)"
    assert (clip.container, clip.codec) == ("mp4", "h264")


@pytest.mark.parametrize("name", ["320x180-hevc.mp4", "320x180.mov", "320x180.mkv"])
async def test_every_listed_container_and_codec_is_taken(mock: Mock, name: str) -> None:
    await submit(mock, "extend", video_uri=source(name), duration=2)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("320x180-24fps-3s.mp4", "too-few-frames", "72 frames, at least 73"),
        ("320x240.mp4", "wrong-aspect", "320x240"),
        ("320x320.mp4", "wrong-aspect", "16:9 or 9:16"),
        ("320x180-vp9.webm", "bad-container", "webm"),
        ("320x180.avi", "bad-container", "avi"),
        ("320x180-av1.mp4", "bad-codec", "av1"),
        ("320x180-mpeg4.mp4", "bad-codec", "mpeg4"),
        ("320x180.png", "bad-container", "png"),
        ("3s.mp3", "bad-container", "mp3"),
        ("320x180-truncated.mp4", "unreadable-media", "cannot be read"),
        ("320x180-empty.mp4", "unreadable-media", "cannot be read"),
        ("320x180-text.mp4", "unreadable-media", "cannot be read"),
        ("320x180-nomoov.mp4", "unreadable-media", "cannot be read"),
        ("320x180-lying.mp4", "unreadable-media", "cannot be read"),
        ("320x180-bomb.mp4", "unreadable-media", "cannot be read"),
        ("50x28-24fps-4s-noaudio.mp4", "unreadable-media", "cannot be read"),
    ],
)
async def test_a_video_that_cannot_be_extended_is_refused(
    mock: Mock, name: str, error: str, words: str
) -> None:
    body = {"video_uri": source(name), "duration": 2}
    message = await refused(mock, "/ltx/v2/extend", body)
    assert words in message
    assert message.startswith("video_uri ")
    assert f"#/x-mock/errors/{error}" in mock.last()["say"]


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        (1366, 768, True),
        (1280, 720, True),
        (720, 1280, True),
        (1600, 912, False),
        (1600, 896, True),
        (4, 3, False),
        (1080, 1920, True),
    ],
)
def test_ratios_within_one_percent_are_taken(width: int, height: int, fits: bool) -> None:
    """Decision A11."""
    assert ("wrong-aspect" not in misfit_names(width=width, height=height)) is fits


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [
        (3840, 2160, True),
        (2160, 3840, True),
        (3842, 2160, False),
        (2162, 3840, False),
        (4096, 2304, False),
    ],
)
def test_the_largest_picture_holds_for_either_orientation(
    width: int, height: int, fits: bool
) -> None:
    """Decision A12."""
    assert ("too-large-picture" not in misfit_names(width=width, height=height)) is fits


def misfit_names(*, width: int, height: int) -> set[str]:
    clip = Clip(
        "", "video", "mp4", "h264", width, height, 0, Fraction(24), False, 96, 4.0, "aac", 1
    )
    found = rules.misfits(CONTRACT, clip, "video_uri", "MeasuredExtendVideo")
    return {one.name for one in found}


async def test_the_ratio_is_that_of_the_shown_picture(mock: Mock) -> None:
    """Decision A11: after rotation."""
    id = await submit(mock, "extend", video_uri=source("320x180-rot90.mp4"), duration=2)
    job = mock.app.world.jobs.get(id)
    assert job is not None
    assert (job.wish.width, job.wish.height) == (180, 320)


async def test_several_faults_of_a_video_are_all_explained(mock: Mock) -> None:
    await refused(
        mock, "/ltx/v2/extend", {"video_uri": source("320x240-av1-2s.mp4"), "duration": 2}
    )
    said = mock.last()["say"]
    assert "av1" in said
    assert "320x240" in said
    assert "frames" in said


async def test_context_beyond_the_source_is_cut_to_it(mock: Mock) -> None:
    """Decision A15."""
    id = await submit(mock, "extend", video_uri=SOURCE, duration=2, context=18)
    assert (await mock.job(id))["facts"]["context"] == 96


async def test_the_sum_of_seconds_is_compared_before_rounding(mock: Mock) -> None:
    """Decision A5: 505.0 frames fit, 505.2 do not."""
    name = source("320x180-24fps-22s-noaudio.mp4")
    body = {"video_uri": name, "duration": 20, "context": 505 / 24 - 20}
    await submit(mock, "extend", **body)
    message = await refused(mock, "/ltx/v2/extend", body | {"context": 1.05})
    assert "505.2 frames at 24 fps, at most 505" in message


async def test_a_variable_rate_counts_by_its_average(mock: Mock) -> None:
    id = await submit(mock, "extend", video_uri=source("320x180-vfr-6s.mp4"), duration=2)
    facts = (await mock.job(id))["facts"]
    assert facts["added"] % 8 == 0


async def test_integers_and_fractions_are_both_seconds(mock: Mock) -> None:
    """Decision A18."""
    for duration in (2, 2.0, 2.5):
        await submit(mock, "extend", video_uri=SOURCE, duration=duration, context=1.5)


async def test_the_removed_model_is_taken_where_it_is_switched_on(make_mock: MakeMock) -> None:
    """Decision A10."""
    body = {"video_uri": SOURCE, "duration": 2, "model": "ltx-2-pro"}
    async with make_mock(providers=("ltx",)) as mock:
        assert "model" in await refused(mock, "/ltx/v2/extend", body)
    async with make_mock(providers=("ltx",), chosen={"ltx": {"models": "legacy"}}) as mock:
        id = await submit(mock, "extend", **body)
        assert (await mock.job(id))["cost"] > 0


async def test_media_errors_can_fail_the_job_instead(make_mock: MakeMock) -> None:
    """Decision A13."""
    body = {"video_uri": source("320x180-24fps-3s.mp4"), "duration": 2}
    async with make_mock(providers=("ltx",), chosen={"ltx": {"media-errors": "job"}}) as mock:
        view = await finished(mock, "extend", **body)
        assert set(view) == {"status", "id", "created_at", "completed_at", "error"}
        assert view["status"] == "failed"
        assert view["error"]["type"] == "invalid_request_error"
        assert "72 frames" in view["error"]["message"]
        await refused(mock, "/ltx/v1/extend", body)
        await refused(mock, "/ltx/v2/extend", body | {"video_uri": "ftp://example.com/a.mp4"})


async def test_extending_costs_the_same_at_every_size(mock: Mock) -> None:
    """Decision A23: 0.10 USD per second of context and new frames."""
    for model_size in ((1280, 720), (1920, 1080), (2560, 1440), (3840, 2160), (320, 180)):
        assert rules.price(CONTRACT, "extend", "ltx-2-3-pro", model_size) == 0.10
