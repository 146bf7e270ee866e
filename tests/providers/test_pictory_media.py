"""Pictory: what feeds what. Pictures are decoded and compared: a segment begins where it shall."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from av.video.frame import VideoFrame

from mockserver.media.verify import Report, verify
from tests.conftest import MakeMock, Mock, only
from tests.media.media_steps import apart, frames, numbers
from tests.providers.pictory_steps import (
    IMAGES,
    PICTURE,
    downloaded,
    made,
    source,
)

SAME = 1.5  # grey levels that two pictures of the same may differ by, through two encoders
PRINTED = 4.0  # the same, when one of them is a JPEG
OTHER = 8.0  # and that different ones at least do
SMALL = source("180x320-25fps-2s.mp4")
LATER = {"model": "veo3.1_fast", "duration": "4s", "aspectRatio": "9:16"}


mock = only("pictory")


async def shown(mock: Mock, url: str, into: Path) -> list[VideoFrame]:
    """All frames of a file; each is decoded without a complaint."""
    return frames(await downloaded(mock, url, into))


def pictured(file: Path) -> VideoFrame:
    """A picture, as a frame to be compared."""
    return frames(file)[0].reformat(format="rgb24").reformat(format="yuv420p")


def differ(one: VideoFrame, other: VideoFrame) -> float:
    """How far two pictures are apart, whatever their sizes."""
    return apart(one.reformat(other.width, other.height), other)


async def test_a_segment_begins_where_the_source_ends_and_leaves_it_out(
    mock: Mock, tmp_path: Path
) -> None:
    before = await shown(mock, SMALL, tmp_path / "source.mp4")
    data = await made(mock, extendVideoUrl=SMALL, **LATER)
    after = await shown(mock, data["url"], tmp_path / "segment.mp4")
    assert len(after) == 4 * 24
    assert numbers(after) == list(range(4 * 24)), "every frame is new"
    assert differ(before[-1], after[0]) < SAME
    assert differ(before[0], after[0]) > 3 * SAME, "the measure tells its ends apart"
    assert differ(after[0], after[-1]) > SAME, "it goes on"


async def test_segments_chain_through_their_urls(mock: Mock, tmp_path: Path) -> None:
    """Dossier 2: data.url back as extendVideoUrl."""
    url, ends = SMALL, []
    for number in range(2):
        data = await made(mock, extendVideoUrl=url, **LATER)
        url = data["url"]
        found = await shown(mock, url, tmp_path / f"{number}.mp4")
        ends.append((found[0], found[-1]))
    for (_, end), (begin, _) in pairwise(ends):
        assert differ(end, begin) < SAME


async def test_a_last_frame_is_the_next_first_frame(mock: Mock, tmp_path: Path) -> None:
    """Dossier 2: lastFrameImageUrl as firstFrameImageUrl."""
    one = await made(mock, aspectRatio="9:16")
    before = await shown(mock, one["url"], tmp_path / "one.mp4")
    still = pictured(await downloaded(mock, one["lastFrameImageUrl"], tmp_path / "last.png"))
    assert differ(still, before[-1]) < SAME
    two = await made(mock, firstFrameImageUrl=one["lastFrameImageUrl"], **LATER)
    after = await shown(mock, two["url"], tmp_path / "two.mp4")
    assert differ(before[-1], after[0]) < SAME
    other = await made(mock, prompt="Something else altogether.", **LATER)
    elsewhere = await shown(mock, other["url"], tmp_path / "other.mp4")
    assert differ(before[-1], elsewhere[0]) > OTHER, "the measure tells pictures apart"


async def test_the_pictures_of_a_video_are_frames_of_it(mock: Mock, tmp_path: Path) -> None:
    data = await made(mock)
    found = await shown(mock, data["url"], tmp_path / "v.mp4")
    for name, at in (
        ("previewImageUrl", 0),
        ("thumbnailImageUrl", len(found) // 2),
        ("lastFrameImageUrl", -1),
    ):
        still = pictured(await downloaded(mock, data[name], tmp_path / name))
        assert differ(still, found[at]) < PRINTED, name


async def test_an_image_feeds_a_first_frame(mock: Mock, tmp_path: Path) -> None:
    image = await made(mock, IMAGES, aspectRatio="16:9")
    still = pictured(await downloaded(mock, image["url"], tmp_path / "i.png"))
    video = await made(mock, firstFrameImageUrl=image["url"])
    assert differ(still, (await shown(mock, video["url"], tmp_path / "v.mp4"))[0]) < SAME


async def test_an_image_begins_with_its_reference(mock: Mock, tmp_path: Path) -> None:
    first = await made(mock, IMAGES, prompt="One", referenceImageUrl=PICTURE, aspectRatio="16:9")
    still = pictured(await downloaded(mock, first["url"], tmp_path / "1.png"))
    reference = pictured(await downloaded(mock, PICTURE, tmp_path / "2.png"))
    assert differ(still, reference) < OTHER


@pytest.mark.parametrize(
    "name",
    [
        "640x360-30fps-2s.mp4",  # across, for an upright segment
        "320x180-60fps-2s-noaudio.mp4",
        "320x180-24fps-2s-hevc-vfr.mp4",
        "180x320-24fps-2s-rot90.mp4",
        "320x180-24fps-1s.webm",
    ],
)
async def test_any_video_can_be_extended_in_any_ratio(
    mock: Mock, tmp_path: Path, name: str
) -> None:
    """Dossier 2: keeping model and ratio is advice; limits of the source were not seen."""
    data = await made(mock, extendVideoUrl=source(name), **LATER)
    report = verify(await downloaded(mock, data["url"], tmp_path / "v.mp4"))
    assert isinstance(report, Report)
    assert (report.findings, report.frames) == ((), 4 * 24)
    assert (report.clip.width, report.clip.height, report.clip.audio) == (720, 1280, "aac")


async def test_the_same_request_after_the_same_seed_gives_the_same_bytes(
    make_mock: MakeMock, tmp_path: Path
) -> None:
    files = []
    for number in range(2):
        async with make_mock(providers=("pictory",), seed=11) as mock:
            data = await made(mock, extendVideoUrl=SMALL, **LATER)
            files.append(await downloaded(mock, data["url"], tmp_path / f"{number}.mp4"))
    assert files[0].read_bytes() == files[1].read_bytes()
