"""Hooked end to end in virtual time: a video's life, its details, the list, its files."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from mockserver.media.verify import Report, verify
from tests.conftest import MakeMock, Mock, only
from tests.providers.hooked_steps import (
    DAY,
    KEY,
    LONG,
    TINY,
    ask,
    asked,
    born,
    done,
    downloaded,
    listing,
    measured,
    poll,
    post,
    registered,
    submit,
)

WEEK = 7 * DAY


mock = only("hooked")


async def test_an_extension_goes_through_every_state_to_a_file_that_expires(
    mock: Mock, tmp_path: Path
) -> None:
    media = await registered(mock, "320x180-24fps-4s.mp4")
    answer = await post(mock, asked(media=media, targetDuration=8, name="Tide"))
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert data["status"] == "STARTED"
    assert answer.json() == {"success": True, "data": data}

    seen = [await poll(mock, data["videoId"])]
    while seen[-1]["status"] != "COMPLETED":
        await mock.advance(5)
        seen.append(await poll(mock, data["videoId"]))
    states = [one["status"] for one in seen]
    assert list(dict.fromkeys(states)) == ["STARTED", "PROCESSING", "COMPLETED"]
    assert all(one["projectId"] == data["projectId"] for one in seen)
    assert all(one["url"] is None and one["thumbnail"] is None for one in seen[:-1])
    video = seen[-1]
    assert (video["id"], video["name"], video["type"]) == (data["videoId"], "Tide", "extend_video")
    assert (video["durationInFrames"], video["durationInSeconds"]) == (96 + 192, 12)

    file = await downloaded(mock, video["url"], tmp_path)
    clip = measured(file)
    assert (clip.width, clip.height, clip.rate, clip.frames) == (320, 180, Fraction(24), 96 + 192)
    assert (clip.container, clip.codec, clip.audio) == ("mp4", "h264", "aac")
    report = verify(file, job=video["id"])
    assert isinstance(report, Report)
    assert report.findings == ()
    assert [seam.seconds for seam in report.seams] == [4]

    await mock.advance(WEEK)
    for url in (video["url"], video["thumbnail"]):
        gone = await mock.get(url, key="")
        assert gone.status_code == 403
        assert "<Code>AccessDenied</Code>" in gone.text
    assert (await poll(mock, video["id"]))["status"] == "COMPLETED", "the record stays"


async def test_the_thumbnail_is_a_real_picture_of_the_video(mock: Mock, tmp_path: Path) -> None:
    media = await registered(mock, "180x320-24fps-3s.mp4")
    video = await done(mock, asked(media=media))
    picture = measured(await downloaded(mock, video["thumbnail"], tmp_path, "thumbnail.jpg"))
    assert (picture.kind, picture.container) == ("image", "jpeg")
    assert (picture.width, picture.height) == (180, 320)


async def test_ids_look_as_in_the_provider_s_examples(mock: Mock) -> None:
    """A repeated request is a second video: there is no idempotency (client rule 15)."""
    answers = [(await post(mock, asked())).json()["data"] for _ in range(2)]
    assert answers[0]["videoId"] != answers[1]["videoId"]
    for one in answers:
        assert re.fullmatch(r"vid_extend_[a-z0-9]{12}", one["videoId"])
        assert one["projectId"] == one["videoId"].replace("vid_", "proj_")
    assert re.fullmatch(r"media_[a-z0-9]{12}", await registered(mock, f"{TINY}.mp4"))


async def test_details_say_everything_the_page_shows(mock: Mock) -> None:
    hook = "https://shop.example.com/hook"
    id = await submit(mock, asked(webhook=hook, media="media_marketing_clip", metadata={"a": 1}))
    video = await poll(mock, id)
    assert video == {
        "id": id,
        "name": "Extended video",
        "type": "extend_video",
        "status": "STARTED",
        "url": None,
        "thumbnail": None,
        "progress": 0,
        "message": "Video generation started",
        "durationInFrames": None,
        "durationInSeconds": None,
        "avatarId": None,
        "voiceId": None,
        "musicId": None,
        "videoSettings": {
            "aspectRatio": "ratio_9_16",
            "caption": {"disabled": True, "preset": None},
        },
        "script": None,
        "projectId": id.replace("vid_", "proj_"),
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "usedCredits": None,
        "webhook": hook,
    }


@pytest.mark.parametrize(
    ("media", "ratio"),
    [
        ("media_video123", "ratio_16_9"),
        ("media_marketing_clip", "ratio_9_16"),
        ("media_square_video", "ratio_1_1"),
    ],
)
async def test_the_ratio_is_the_nearest_of_the_provider_s_three(
    mock: Mock, media: str, ratio: str
) -> None:
    video = await poll(mock, await submit(mock, asked(media=media)))
    assert video["videoSettings"]["aspectRatio"] == ratio


async def test_a_registered_file_is_media_of_every_key(mock: Mock) -> None:
    content = (await mock.get(f"/_mock/sources/{TINY}.mp4")).content
    answer = await mock.post("/_mock/hooked/media", files={"file": ("own.mp4", content)})
    media = answer.json()["id"]
    assert answer.json()["kind"] == "video"
    for key in ("one", "another"):
        await submit(mock, asked(media=media), key=key)


async def test_the_list_is_of_one_key_and_newest_first(mock: Mock) -> None:
    ids = [await submit(mock) for _ in range(3)]
    await submit(mock, key="another")
    listed = await listing(mock)
    assert [one["id"] for one in listed["videos"]] == ids[::-1]
    assert (listed["total"], listed["limit"], listed["offset"]) == (3, 50, 0)
    assert (await listing(mock, key="nobody"))["videos"] == []


async def test_the_list_comes_in_pages(mock: Mock) -> None:
    """The effective limit is echoed, unlike in the provider's slip (dossier 1.6)."""
    ids = [await submit(mock) for _ in range(5)]
    newest = ids[::-1]
    for offset, expected in ((0, newest[:2]), (2, newest[2:4]), (4, newest[4:]), (6, [])):
        page = await listing(mock, limit="2", offset=str(offset))
        assert [one["id"] for one in page["videos"]] == expected
        assert (page["total"], page["limit"], page["offset"]) == (5, 2, offset)


async def test_the_list_is_filtered_by_state_and_type(mock: Mock) -> None:
    """Decision A10: the filter is in lower case, the answer in upper case."""
    older = await submit(mock, asked(media=await registered(mock, f"{TINY}.mp4")))
    await mock.advance(LONG)
    newer = await submit(mock)
    by_state = {
        state: [one["id"] for one in (await listing(mock, status=state))["videos"]]
        for state in ("draft", "processing", "completed", "failed")
    }
    assert by_state == {"draft": [], "processing": [newer], "completed": [older], "failed": []}
    assert (await listing(mock, type="extend_video"))["total"] == 2
    assert (await listing(mock, type="ugc_ads"))["total"] == 0
    both = await listing(mock, type="extend_video", status="completed")
    assert [one["status"] for one in both["videos"]] == ["COMPLETED"]


async def test_a_listed_video_has_its_size_and_not_its_credits(mock: Mock) -> None:
    """Dossier 1.6: no durationInSeconds, no usedCredits, but the bytes of the file."""
    media = await registered(mock, f"{TINY}.mp4")
    video = await done(mock, asked(media=media))
    await submit(mock, asked(media=media))
    unfinished, finished = (await listing(mock))["videos"]
    file = await mock.get(video["url"], key="")
    assert finished["size"] == len(file.content)
    assert unfinished["size"] is None
    assert set(finished) == {
        "id",
        "name",
        "status",
        "url",
        "durationInFrames",
        "projectId",
        "thumbnail",
        "size",
        "progress",
        "message",
        "createdAt",
        "updatedAt",
    }
    assert all(finished[name] == video[name] for name in set(finished) & set(video))


async def test_a_list_need_not_measure(make_mock: MakeMock) -> None:
    async with make_mock(providers=("hooked",), chosen={"hooked": {"list-size": "null"}}) as mock:
        await done(mock)
        assert (await listing(mock))["videos"][0]["size"] is None


async def test_url_and_record_live_as_long_as_each_is_set(make_mock: MakeMock) -> None:
    chosen = {"hooked": {"url-life": "60", "record-life": "7200"}}
    async with make_mock(providers=("hooked",), chosen=chosen) as mock:
        video = await done(mock)
        assert (await mock.get(video["url"], key="")).status_code == 403
        await mock.advance(7200)
        gone = await ask(mock, "GET", f"/v1/video/{video['id']}")
        assert gone.status_code == 404
        assert (await listing(mock))["total"] == 0


async def test_the_shared_address_serves_the_same_bytes(mock: Mock) -> None:
    video = await done(mock, asked(media=await registered(mock, f"{TINY}.mp4")))
    whole = await mock.get(video["url"], key="")
    shared = await mock.get(video["url"].replace("/videos/", "/shared/"), key="")
    assert (shared.status_code, shared.content) == (200, whole.content)


async def test_ranges_and_validators_of_a_result(mock: Mock) -> None:
    video = await done(mock, asked(media=await registered(mock, f"{TINY}.mp4")))
    url = video["url"]
    whole = await mock.get(url, key="")
    assert whole.headers["content-type"] == "video/mp4"
    part = await mock.get(url, key="", headers={"Range": "bytes=0-99"})
    assert (part.status_code, part.content) == (206, whole.content[:100])
    same = await mock.get(url, key="", headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    outside = await mock.get(url, key="", headers={"Range": "bytes=99999999-"})
    assert outside.status_code == 416
    assert "<Code>InvalidRange</Code>" in outside.text


async def test_an_unfinished_result_and_an_unknown_one_are_not_there(mock: Mock) -> None:
    job = born(mock, await submit(mock))
    for path in (
        f"/videos/{job.token}.mp4",
        f"/shared/{job.token}.mp4",
        f"/thumbnails/{job.token}.jpg",
        "/videos/0123456789abcdef0123456789abcdef.mp4",
        "/videos/nothing",
        "/thumbnails/a/b",
    ):
        answer = await mock.get(f"/hooked{path}", key="")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/xml"
        assert "<Code>NoSuchKey</Code>" in answer.text


async def test_the_delivery_host_speaks_xml_where_it_takes_nothing(mock: Mock) -> None:
    answer = await mock.request("DELETE", "/hooked/videos/x.mp4", key="")
    assert answer.status_code == 405
    assert "<Code>MethodNotAllowed</Code>" in answer.text


async def test_the_api_is_at_the_root_of_its_hosts(mock: Mock) -> None:
    """Client rules 2 and 3: no /api in front, two older hosts."""
    for host in ("api.hooked.so", "api.tryhooked.ai", "api.hooked.ai"):
        headers = {"Host": host, "x-api-key": KEY}
        path = "/v1/project/create/extend-video"
        answer = await mock.post(path, key="", json=asked(), headers=headers)
        assert answer.status_code == 200
    assert (await ask(mock, "POST", "/api/v1/project/create/extend-video")).status_code == 404


async def test_the_same_seed_gives_the_same_ids_times_and_bytes(make_mock: MakeMock) -> None:
    seen = []
    for _ in range(2):
        async with make_mock(providers=("hooked",), seed=11) as mock:
            video = await done(mock, asked(media=await registered(mock, f"{TINY}.mp4")))
            file = await mock.get(video["url"], key="")
            seen.append((video, file.content))
    assert seen[0] == seen[1]
