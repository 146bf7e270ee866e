"""kie.ai end to end in virtual time: generate, extend, extend again, download, expire."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import orjson
import pytest

from mockserver.media.verify import Report, verify
from tests.conftest import BASE, MakeMock, Mock, only
from tests.providers.kie_steps import (
    DAY,
    LONG,
    TEXT,
    asked,
    born,
    done,
    downloaded,
    extend,
    extended,
    failed,
    generate,
    posted,
    record,
    source,
)

RESULT = re.compile(rf"{BASE}/kie/v/[0-9a-f]{{32}}_\d{{10}}\.mp4")
CLIP = re.compile(rf"{BASE}/kie/v/clip/[0-9a-f]{{32}}_\d{{10}}\.mp4")


mock = only("kie")


async def test_a_video_is_made_extended_downloaded_and_expires(mock: Mock, tmp_path: Path) -> None:
    base = await generate(mock, {"prompt": "A tram climbs a steep street"})
    assert (await record(mock, base))["successFlag"] == 0
    await mock.advance(LONG)
    view = await record(mock, base)
    (url,) = view["response"]["resultUrls"]
    assert view["response"]["fullResultUrls"] is None
    assert RESULT.fullmatch(url)
    first = await downloaded(mock, url, tmp_path)
    assert (first.container, first.codec, first.audio) == ("mp4", "h264", "aac")
    assert (first.width, first.height, first.rate) == (1280, 720, Fraction(24))
    assert first.seconds == 8

    new = await extended(mock, base)
    result = (await record(mock, new))["response"]
    (clip_url,), (whole_url,) = result["resultUrls"], result["fullResultUrls"]
    assert CLIP.fullmatch(clip_url)
    assert RESULT.fullmatch(whole_url)
    clip = await downloaded(mock, clip_url, tmp_path)
    whole = await downloaded(mock, whole_url, tmp_path)
    assert (clip.seconds, whole.seconds) == (8, 15)
    assert (whole.width, whole.height, whole.rate) == (1280, 720, Fraction(24))
    assert (clip.audio, whole.audio) == ("aac", "aac")
    report = verify(tmp_path / whole_url.rpartition("/")[2], job=new)
    assert isinstance(report, Report), report
    assert report.ok, report.findings
    assert [(seam.frame, seam.smooth) for seam in report.seams] == [(8 * 24, True)]

    await mock.advance(14 * DAY)
    assert (await mock.get(whole_url, key="")).status_code == 404
    answer = await asked(mock, f"veo/record-info?taskId={new}")
    assert (answer["code"], answer["data"]) == (422, None)
    assert "14 days" in answer["msg"]


async def test_extensions_are_chained_to_29_seconds(make_mock: MakeMock, tmp_path: Path) -> None:
    """Decision A3: 8, 15, 22 and 29 seconds, each extending the id of the one before."""
    async with make_mock(providers=("kie",)) as mock:
        id, seconds = await done(mock, {"prompt": "A tram"}), []
        for _ in range(3):
            id = await extended(mock, id)
            (url,) = (await record(mock, id))["response"]["fullResultUrls"]
            seconds.append((await downloaded(mock, url, tmp_path)).seconds)
        assert seconds == [15, 22, 29]
        (url,) = (await record(mock, id))["response"]["resultUrls"]
        assert (await downloaded(mock, url, tmp_path)).seconds == 8


@pytest.mark.parametrize(
    ("segment", "overlap", "clip", "whole"), [(3, 1, 3, 6), (2, 0, 2, 6), (2, 2, 2, 5)]
)
async def test_the_lengths_of_extensions_are_settings(
    make_mock: MakeMock, tmp_path: Path, segment: int, overlap: int, clip: int, whole: int
) -> None:
    """Decision A3; at least one second is new."""
    chosen = {"segment-seconds": str(segment), "overlap-seconds": str(overlap)}
    async with make_mock(providers=("kie",), chosen={"kie": chosen}) as mock:
        id = await extended(mock, await done(mock))
        result = (await record(mock, id))["response"]
        for name, seconds in (("resultUrls", clip), ("fullResultUrls", whole)):
            found = await downloaded(mock, result[name][0], tmp_path)
            assert found.seconds == seconds


@pytest.mark.parametrize(
    ("body", "size", "seconds", "resolution"),
    [
        ({"resolution": "1080p", "duration": 4}, (1920, 1080), 4, "1080p"),
        ({"aspect_ratio": "9:16", "duration": 6}, (720, 1280), 6, "720p"),
        ({"aspectRatio": "9:16", "duration": 4}, (720, 1280), 4, "720p"),
        ({"aspect_ratio": "Auto", "duration": 4}, (1280, 720), 4, "720p"),
    ],
)
async def test_shape_resolution_and_length_are_as_asked(
    mock: Mock,
    tmp_path: Path,
    body: dict[str, object],
    size: tuple[int, int],
    seconds: int,
    resolution: str,
) -> None:
    result = (await record(mock, await done(mock, {**TEXT, **body})))["response"]
    clip = await downloaded(mock, result["resultUrls"][0], tmp_path)
    assert ((clip.width, clip.height), clip.seconds) == (size, seconds)
    assert result["resolution"] == resolution
    upright = size[1] > size[0]
    assert result["originUrls"] == (result["resultUrls"] if upright else None)


async def test_pictures_are_the_first_and_the_last_frame(mock: Mock, tmp_path: Path) -> None:
    urls = [source("90x160-png.png"), source("90x160-jpeg.jpg")]
    body = {**TEXT, "imageUrls": urls, "aspect_ratio": "Auto"}
    id = await done(mock, body)
    assert set(born(mock, id).inputs) == {"first", "last"}
    (url,) = (await record(mock, id))["response"]["resultUrls"]
    clip = await downloaded(mock, url, tmp_path)
    assert (clip.width, clip.height) == (720, 1280), "Auto follows the first picture"


async def test_pictures_to_refer_to_are_no_frames(mock: Mock) -> None:
    urls = [source("90x160-png.png")] * 3
    body = {"prompt": "Toys meet", "imageUrls": urls, "generationType": "REFERENCE_2_VIDEO"}
    assert not born(mock, await generate(mock, body)).inputs


async def test_pictures_of_a_text_to_video_are_not_fetched(mock: Mock) -> None:
    urls = [source("no-such-recipe.png")]
    body = {**TEXT, "imageUrls": urls, "generationType": "TEXT_2_VIDEO"}
    job = born(mock, await generate(mock, body))
    assert (dict(job.inputs), job.failure) == ({}, None)


async def test_an_extension_inherits_size_and_shape(mock: Mock, tmp_path: Path) -> None:
    base = await done(mock, {**TEXT, "aspect_ratio": "9:16"})
    result = (await record(mock, await extended(mock, base)))["response"]
    assert (result["resolution"], result["originUrls"]) == ("720p", result["resultUrls"])
    clip = await downloaded(mock, result["resultUrls"][0], tmp_path)
    assert (clip.width, clip.height) == (720, 1280)


async def test_two_identical_requests_make_two_tasks(mock: Mock) -> None:
    assert await generate(mock) != await generate(mock)


async def test_a_task_is_known_to_its_own_key_alone(mock: Mock) -> None:
    id = await done(mock)
    answer = await asked(mock, f"veo/record-info?taskId={id}", key="other")
    assert (answer["code"], answer["data"]) == (422, None)
    body = {"taskId": id, "prompt": "On"}
    assert (await posted(mock, "veo/extend", body, key="other"))["code"] == 404


async def test_a_record_of_a_task_under_way_has_no_result(mock: Mock) -> None:
    body = {**TEXT, "watermark": "Harbour Films"}
    id = await generate(mock, body)
    view = await record(mock, id)
    assert view == {
        "taskId": id,
        "paramJson": view["paramJson"],
        "completeTime": None,
        "response": None,
        "successFlag": 0,
        "errorCode": None,
        "errorMessage": None,
        "createTime": round(born(mock, id).created * 1000),
        "fallbackFlag": False,
    }
    assert orjson.loads(view["paramJson"]) == {**TEXT, "waterMark": "Harbour Films"}


async def test_a_record_of_a_task_that_is_done_has_its_result(mock: Mock) -> None:
    id = await done(mock)
    view, job = await record(mock, id), born(mock, id)
    assert set(view["response"]) == {
        "taskId",
        "resultUrls",
        "fullResultUrls",
        "originUrls",
        "resolution",
    }
    assert (view["successFlag"], view["errorCode"], view["errorMessage"]) == (1, None, "")
    assert view["completeTime"] == round(job.ends * 1000)
    assert view["response"]["taskId"] == id


@pytest.mark.parametrize(
    ("name", "flag", "code"),
    [
        ("flagged", 2, 400),
        ("not-english", 2, 400),
        ("image-unreachable", 2, 400),
        ("unsafe-image", 2, 400),
        ("rejected-by-flow", 2, 400),
        ("failed-internally", 3, 500),
        ("failed-in-time", 3, 500),
        ("failed", 3, 501),
        ("extension-failed", 3, 501),
    ],
)
async def test_a_record_of_a_task_that_failed_says_why(
    mock: Mock, name: str, flag: int, code: int
) -> None:
    """Decision A6; the envelope's code stays 200."""
    id = failed(mock, await generate(mock), name)
    assert (await record(mock, id))["successFlag"] == 0
    await mock.advance(LONG)
    view = await record(mock, id)
    assert (view["successFlag"], view["errorCode"]) == (flag, code)
    assert view["errorMessage"]
    assert view["response"] is None
    assert isinstance(view["completeTime"], int)


async def test_a_picture_that_cannot_be_had_fails_the_task(mock: Mock) -> None:
    for name in ("no-such-recipe.png", "64x64-8fps-1s-noaudio.mp4"):
        id = await done(mock, {**TEXT, "imageUrls": [source(name)]})
        view = await record(mock, id)
        assert (view["successFlag"], view["errorCode"]) == (2, 400)
        assert view["errorMessage"].startswith("Failed to fetch the image")


async def test_a_picture_that_cannot_be_had_is_told_at_once_where_the_setting_says_so(
    make_mock: MakeMock,
) -> None:
    chosen = {"kie": {"image-errors": "submit"}}
    async with make_mock(providers=("kie",), chosen=chosen) as mock:
        body = {**TEXT, "imageUrls": [source("no-such-recipe.png")]}
        answer = await posted(mock, "veo/generate", body)
        assert (answer["code"], answer["data"]) == (400, None)
        assert answer["msg"].startswith("Failed to fetch the image")


async def test_a_result_is_there_for_everybody_and_only_from_the_end_on(mock: Mock) -> None:
    id = await generate(mock)
    job = born(mock, id)
    path = f"/kie/v/{job.token}_{int(job.created)}.mp4"
    assert (await mock.get(path, key="")).status_code == 404
    await mock.advance(LONG)
    part = await mock.get(path, key="", headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    assert (await mock.get(path, key="", headers={"Range": "bytes=99999999-"})).status_code == 416
    assert (await mock.get(path.replace(".mp4", "9.mp4"), key="")).status_code == 404
    other = await mock.get(f"/kie/v/clip/{job.token}_{int(job.created)}.mp4", key="")
    assert other.status_code == 404, "a generation has no clip beside the video"


async def test_the_host_name_of_the_provider_leads_to_the_same_place(mock: Mock) -> None:
    headers = {"Host": "api.kie.ai", "Authorization": "Bearer test-key"}
    answer = await mock.post(f"{BASE}/api/v1/veo/generate", json=TEXT, headers=headers)
    assert answer.json()["code"] == 200


async def test_an_extension_of_an_extension_under_way_is_refused(mock: Mock) -> None:
    id = await extend(mock, await done(mock))
    answer = await posted(mock, "veo/extend", {"taskId": id, "prompt": "On"})
    assert (answer["code"], answer["msg"]) == (422, "record status is not success")
