"""Pictory end to end in virtual time: a video's life, its files, lists, images, other ways."""

from __future__ import annotations

import re
from base64 import b64decode
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from mockserver.contract.model import Json
from mockserver.media.verify import Report, verify
from tests.conftest import MakeMock, Mock, only
from tests.providers.pictory_steps import (
    API,
    IMAGES,
    JOBS,
    KEY,
    LONG,
    PICTURE,
    PROMPT,
    SOURCE,
    VIDEOS,
    ask,
    asked,
    downloaded,
    ended,
    listing,
    made,
    measured,
    poll,
    submit,
)

DAY = 86400.0
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SHOWN = {
    "status",
    "url",
    "duration",
    "width",
    "height",
    "thumbnailImageUrl",
    "lastFrameImageUrl",
    "previewImageUrl",
    "aiCreditsUsed",
}


mock = only("pictory")


async def test_an_extension_goes_from_in_progress_to_a_file_that_expires(
    mock: Mock, tmp_path: Path
) -> None:
    """The request of the guide. The file is the new segment alone: the source is not in it."""
    id = await submit(
        mock, extendVideoUrl=SOURCE, model="pixverse5.5", aspectRatio="9:16", duration="8s"
    )
    assert UUID.fullmatch(id)
    seen = [await poll(mock, id)]
    while seen[-1]["data"]["status"] != "completed":
        assert seen[-1] == {"job_id": id, "success": True, "data": {"status": "in-progress"}}
        await mock.advance(15)
        seen.append(await poll(mock, id))
    assert len(seen) > 2
    data = seen[-1]["data"]
    assert seen[-1]["success"] is True
    assert set(data) == SHOWN
    assert (data["duration"], data["width"], data["height"]) == ("8s", 720, 1280)
    assert data["aiCreditsUsed"] == 12.8

    file = await downloaded(mock, data["url"], tmp_path / "segment.mp4")
    clip = measured(file)
    assert (clip.width, clip.height, clip.rate, clip.frames) == (720, 1280, Fraction(24), 8 * 24)
    assert (clip.container, clip.codec, clip.audio) == ("mp4", "h264", "aac")
    report = verify(file, job=id)
    assert isinstance(report, Report)
    assert (report.findings, report.seams) == ((), ())

    await mock.advance(30 * DAY)
    answer = await mock.request("GET", data["url"], key="")
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


@pytest.mark.parametrize(
    ("model", "duration", "ratio", "credits", "size"),
    [
        (None, None, None, 8, (1280, 720)),
        ("pixverse5.5", "10s", "1:1", 16, (720, 720)),
        ("pixverse5.5", "5s", "3:4", 8, (720, 960)),
        ("pixverse5.5", "8s", "4:3", 12.8, (960, 720)),
        ("veo3.1_fast", None, None, 40, (1280, 720)),
        ("veo3.1_fast", "6s", "9:16", 60, (720, 1280)),
        ("veo3.1_fast", "8s", None, 80, (1280, 720)),
        ("veo3.1", None, None, 80, (1280, 720)),
        ("veo3.1", "6s", "9:16", 120, (720, 1280)),
        ("veo3.1", "8s", "16:9", 160, (1280, 720)),
    ],
)
async def test_model_ratio_and_length_make_size_and_price(
    mock: Mock,
    model: str | None,
    duration: str | None,
    ratio: str | None,
    credits: float,
    size: tuple[int, int],
) -> None:
    """Dossier 1.1: the first of a model's ratios and lengths is its default; worked costs."""
    chosen = {"model": model, "duration": duration, "aspectRatio": ratio}
    data = await made(mock, **{name: value for name, value in chosen.items() if value})
    usual = "4s" if model and model.startswith("veo") else "5s"
    assert data["duration"] == (duration or usual)
    assert (data["width"], data["height"]) == size
    assert data["aiCreditsUsed"] == credits


@pytest.mark.parametrize(
    ("model", "duration", "frames"),
    [("pixverse5.5", "5s", 120), ("veo3.1", "4s", 96)],
)
async def test_a_file_is_as_long_as_asked(
    mock: Mock, tmp_path: Path, model: str, duration: str, frames: int
) -> None:
    data = await made(mock, model=model, duration=duration)
    clip = measured(await downloaded(mock, data["url"], tmp_path / "v.mp4"))
    assert (clip.frames, clip.width, clip.height) == (frames, data["width"], data["height"])


async def test_the_three_pictures_are_of_their_types_and_sizes(mock: Mock, tmp_path: Path) -> None:
    """Dossier 1.2: thumbnail and preview are JPEG, the last frame is PNG."""
    data = await made(mock, aspectRatio="1:1")
    for name, kind, size in (
        ("thumbnailImageUrl", "JPEG", (320, 320)),
        ("previewImageUrl", "JPEG", (720, 720)),
        ("lastFrameImageUrl", "PNG", (720, 720)),
    ):
        answer = await mock.request("GET", data[name], key="")
        assert answer.headers["content-type"] == f"image/{kind.lower()}"
        file = tmp_path / name
        file.write_bytes(answer.content)
        with Image.open(file) as picture:
            assert (picture.format, picture.size) == (kind, size)


async def test_files_need_no_key_and_can_be_had_in_part(mock: Mock) -> None:
    data = await made(mock)
    answer = await mock.request("GET", data["url"], key="", headers={"Range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, b"ftyp")
    answer = await mock.request("GET", data["url"], key="", headers={"Range": "bytes=999999999-"})
    assert answer.status_code == 416
    assert "<Code>InvalidRange</Code>" in answer.text


async def test_a_file_is_not_there_before_the_end(mock: Mock) -> None:
    id = await submit(mock)
    job = mock.app.world.jobs.get(id)
    assert job is not None
    for name in ("video.mp4", "thumbnail.jpg", "preview.jpg", "last-frame.png", "image.png"):
        answer = await mock.request("GET", f"/pictory/results/{job.token}/{name}", key="")
        assert answer.status_code == 404
        assert "<Code>NoSuchKey</Code>" in answer.text


async def test_another_keys_job_is_not_found(mock: Mock) -> None:
    id = await submit(mock)
    answer = await ask(mock, "GET", f"{JOBS}/{id}", key="pictai_other")
    assert answer.status_code == 404


async def test_a_repeated_request_is_a_second_job(mock: Mock) -> None:
    assert await submit(mock) != await submit(mock)


async def test_finished_videos_are_listed_newest_first_without_their_job_id(mock: Mock) -> None:
    """Dossier 1.3: no envelope; an id that is not the job's; what was sent, only if it was."""
    assert await listing(mock, VIDEOS) == {"items": []}
    first = await made(mock, extendVideoUrl=SOURCE)
    second = await made(mock, firstFrameImageUrl=PICTURE, model="veo3.1_fast", duration="6s")
    third = await made(mock, referenceImageUrls=[PICTURE, PICTURE])
    await submit(mock)  # still in progress
    found = await listing(mock, VIDEOS)
    assert set(found) == {"items"}
    items = found["items"]
    assert [item["url"] for item in items] == [third["url"], second["url"], first["url"]]
    assert all(re.fullmatch(r"[0-9]{14}[0-9a-f]+", item["id"]) for item in items)
    always = {"url", "id", "prompt", "aspectRatio", "createdDate", "model", "width", "height"} | {
        "duration",
        "previewImageUrl",
        "thumbnailImageUrl",
        "lastFrameImageUrl",
    }
    assert set(items[0]) == always | {"referenceImageUrls"}
    assert set(items[1]) == always | {"firstFrameImageUrl"}
    assert set(items[2]) == always | {"extendVideoUrl"}
    assert items[2]["extendVideoUrl"] == SOURCE
    assert (items[1]["model"], items[1]["duration"]) == ("veo3.1_fast", "6s")
    assert re.fullmatch(r"2026-01-01T00:\d\d:\d\d\.\d{3}Z", items[1]["createdDate"])
    assert items[1]["id"][:14] == re.sub(r"[-T:]", "", items[1]["createdDate"])[:14]
    assert await listing(mock, VIDEOS, key="pictai_other") == {"items": []}


@pytest.mark.parametrize("path", [VIDEOS, IMAGES, JOBS])
async def test_lists_come_in_pages_and_new_items_do_not_shift_them(
    make_mock: MakeMock, path: str
) -> None:
    """Decision A11: the AI Studio lists leave the key out at their end, the jobs list has null."""
    maker = IMAGES if path == IMAGES else VIDEOS
    chosen = {"pictory": {"page-size": "2"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        names = [f"Number {number}" for number in range(5)]
        for name in names:
            await made(mock, maker, prompt=name)
        pages: list[Json] = [await listing(mock, path)]
        await made(mock, maker, prompt="A later one")
        while pages[-1].get("nextPageKey"):
            key = pages[-1]["nextPageKey"]
            assert b64decode(key, validate=True)
            pages.append(await listing(mock, path, nextPageKey=key))
        assert [len(page["items"]) for page in pages] == [2, 2, 1]
        if path == JOBS:
            assert pages[-1]["nextPageKey"] is None
            ids = [item["data"]["jobId"] for page in pages for item in page["items"]]
            assert len(set(ids)) == 5
        else:
            assert "nextPageKey" not in pages[-1]
            shown = [item["prompt"] for page in pages for item in page["items"]]
            assert shown == names[::-1]


async def test_a_page_has_at_most_a_hundred_items(mock: Mock) -> None:
    for _ in range(101):
        await submit(mock, IMAGES)
    await mock.advance(LONG)
    page = await listing(mock, IMAGES)
    assert len(page["items"]) == 100
    rest = await listing(mock, IMAGES, nextPageKey=page["nextPageKey"])
    assert (len(rest["items"]), set(rest)) == (1, {"items"})


async def test_the_jobs_list_may_end_without_a_key(make_mock: MakeMock) -> None:
    """Decision A11."""
    async with make_mock(providers=("pictory",), chosen={"pictory": {"jobs-end": "absent"}}) as one:
        assert await listing(one, JOBS) == {"items": []}


async def test_the_jobs_list_shows_jobs_of_every_kind_and_state(mock: Mock) -> None:
    """Dossier 1.4: the id is jobId here, and stands under data."""
    done = await submit(mock, IMAGES)
    broken = await submit(mock, extendVideoUrl=PICTURE)
    await mock.advance(LONG)
    running = await submit(mock)
    found = await listing(mock, JOBS)
    rows = {item["data"]["jobId"]: item for item in found["items"]}
    assert [item["data"]["jobId"] for item in found["items"]] == [running, broken, done]
    assert all(set(item) == {"success", "data"} for item in found["items"])
    assert rows[running] == {"success": True, "data": {"jobId": running, "status": "in-progress"}}
    assert (rows[broken]["success"], rows[broken]["data"]["status"]) == (False, "failed")
    view = (await poll(mock, done))["data"]
    assert rows[done] == {"success": True, "data": {**view, "jobId": done}}


@pytest.mark.parametrize(
    ("model", "credits"),
    [(None, 2), ("flux-schnell", 0.6), ("nanobanana", 4), ("nanobanana-pro", 14)],
)
async def test_an_image_is_a_job_of_its_own_kind(
    mock: Mock, tmp_path: Path, model: str | None, credits: float
) -> None:
    """Dossier 1.5."""
    data = await made(mock, IMAGES, **({"model": model} if model else {}))
    assert set(data) == {"status", "url", "width", "height", "aiCreditsUsed"}
    assert data["aiCreditsUsed"] == credits
    with Image.open(await downloaded(mock, data["url"], tmp_path / "i.png")) as picture:
        assert (picture.format, picture.size) == ("PNG", (data["width"], data["height"]))
        assert picture.size == (1024, 1024)
    (item,) = (await listing(mock, IMAGES))["items"]
    assert (item["url"], item["aspectRatio"]) == (data["url"], "1:1")
    assert (await listing(mock, VIDEOS))["items"] == []


@pytest.mark.parametrize(("chosen", "size"), [("ratio", (1280, 720)), ("square", (1024, 1024))])
async def test_an_image_s_size_may_not_be_that_of_its_ratio(
    make_mock: MakeMock, chosen: str, size: tuple[int, int]
) -> None:
    """Dossier 1.5: the documented list shows one of 16:9 that is 1024x1024."""
    settings = {"pictory": {"image-size": chosen}}
    async with make_mock(providers=("pictory",), chosen=settings) as mock:
        data = await made(mock, IMAGES, aspectRatio="16:9")
        assert (data["width"], data["height"]) == size
        (item,) = (await listing(mock, IMAGES))["items"]
        assert (item["aspectRatio"], item["width"], item["height"]) == ("16:9", *size)


async def test_style_and_reference_of_an_image_are_listed(mock: Mock) -> None:
    await made(mock, IMAGES, style="vintage", referenceImageUrl=PICTURE)
    (item,) = (await listing(mock, IMAGES))["items"]
    assert (item["style"], item["referenceImageUrl"]) == ("vintage", PICTURE)


async def test_there_is_no_poll_under_the_create_path(mock: Mock) -> None:
    """Dossier 1: every source polls /v1/jobs/{jobid}."""
    id = await submit(mock)
    for path in (f"{VIDEOS}/{id}", f"{IMAGES}/{id}"):
        answer = await ask(mock, "GET", path)
        assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


async def test_both_spellings_of_the_job_s_id_keep_to_their_places(mock: Mock) -> None:
    """Decision A6."""
    answer = await ask(mock, "POST", VIDEOS, json=asked())
    assert set(answer.json()["data"]) == {"jobId"}
    view = await poll(mock, answer.json()["data"]["jobId"])
    assert "jobId" not in view
    assert "jobId" not in view["data"]


async def test_unknown_fields_vanish_and_the_journal_says_so(mock: Mock) -> None:
    """Decision A8."""
    id = await submit(mock, extendVideoURL=SOURCE)
    assert "/extendVideoURL is no field" in mock.last()["notes"][0]
    job = mock.app.world.jobs.get(id)
    assert job is not None
    assert (job.wish.cut, "extendVideoURL" in job.facts) == (None, False)


async def test_veo_makes_1080p_where_that_is_set(make_mock: MakeMock) -> None:
    async with make_mock(providers=("pictory",), chosen={"pictory": {"veo-size": "1080p"}}) as mock:
        data = await made(mock, model="veo3.1", aspectRatio="9:16")
        assert (data["width"], data["height"]) == (1080, 1920)
        data = await made(mock, aspectRatio="9:16")
        assert (data["width"], data["height"]) == (720, 1280), "the other model stays"


@pytest.mark.parametrize(
    ("model", "chosen", "shown"),
    [
        ("veo3.1", "ai-studio", ("4s", 80)),
        ("veo3.1", "storyboard", ("8s", 160)),
        ("pixverse5.5", "storyboard", ("5s", 8)),
    ],
)
async def test_references_force_eight_seconds_of_veo_in_storyboards_only(
    make_mock: MakeMock, model: str, chosen: str, shown: tuple[str, float]
) -> None:
    """Decision A2."""
    settings = {"pictory": {"reference-images": chosen}}
    async with make_mock(providers=("pictory",), chosen=settings) as mock:
        data = await made(
            mock,
            model=model,
            duration="4s" if model == "veo3.1" else "5s",
            referenceImageUrls=[PICTURE],
        )
        assert (data["duration"], data["aiCreditsUsed"]) == shown
        three = await ask(
            mock, "POST", VIDEOS, json=asked(referenceImageUrls=[PICTURE] * 3, model=model)
        )
        assert three.status_code == (400 if chosen == "storyboard" else 200)


async def test_an_old_job_is_gone_or_cleaned(make_mock: MakeMock) -> None:
    """Decision A14: never cleaned by default; where it is, it is an end and no success."""
    lives = {"record-life": "3600", "url-life": "60"}
    async with make_mock(providers=("pictory",), chosen={"pictory": lives}) as mock:
        id = (await ended(mock))["job_id"]
        await mock.advance(3600)
        assert (await ask(mock, "GET", f"{JOBS}/{id}")).status_code == 404
        assert (await listing(mock, JOBS))["items"] == []
    chosen = {"pictory": {**lives, "retention": "cleaned"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        id = (await ended(mock))["job_id"]
        await mock.advance(3600)
        view = await poll(mock, id)
        assert view == {"job_id": id, "success": False, "data": {"status": "cleaned"}}
        assert (await listing(mock, VIDEOS))["items"] == []
        (item,) = (await listing(mock, JOBS))["items"]
        assert item == {"success": False, "data": {"jobId": id, "status": "cleaned"}}


async def test_the_host_of_the_provider_leads_to_the_same_paths(mock: Mock) -> None:
    """A client that keeps the provider's host and changes where it leads."""
    headers = {"Host": "api.pictory.ai", "Authorization": KEY}
    path = f"{API.removeprefix('/pictory')}/aistudio/videos"
    answer = await mock.request("POST", path, key="", headers=headers, json={"prompt": PROMPT})
    assert answer.status_code == 200
