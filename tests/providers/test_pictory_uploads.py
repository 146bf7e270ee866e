"""Pictory: the signed URL, the PUT it is good for, the file's address, and the file as a source."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock, only
from tests.providers.pictory_steps import (
    API,
    IMAGES,
    PICTURE,
    SOURCE,
    ask,
    failed,
    made,
    source,
)

DAY = 86400
UPLOAD = f"{API}/media/generateurl"


mock = only("pictory")


async def ticket(mock: Mock, name: str = "lanterns.mp4", media: str = "video/mp4") -> Json:
    answer = await ask(mock, "POST", UPLOAD, json={"fileName": name, "contentType": media})
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    return answer.json()["data"]


async def put(mock: Mock, url: str, body: Any, media: str = "video/mp4") -> httpx.Response:
    """Put bytes to a URL, without a key."""
    headers = {"Content-Type": media} if media else {}
    return await mock.request("PUT", url, key="", content=body, headers=headers)


async def clip(mock: Mock, url: str = SOURCE) -> bytes:
    return (await mock.request("GET", url, key="")).content


def refusal(answer: httpx.Response, status: int, code: str) -> None:
    """It is the storage host's."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert f"<Error><Code>{code}</Code><Message>" in answer.text


async def test_a_file_that_was_put_is_extended_by_its_address(mock: Mock) -> None:
    """Dossier 1.6, from ticket to segment."""
    place = await ticket(mock)
    assert set(place) == {"signedUrl", "url", "key"}
    assert place["signedUrl"].startswith(f"{place['url']}?")
    assert place["url"].endswith(place["key"])
    body = await clip(mock)
    answer = await put(mock, place["signedUrl"], body)
    assert (answer.status_code, answer.content) == (200, b"")
    got = await mock.request("GET", place["url"], key="")
    assert (got.content, got.headers["content-type"]) == (body, "video/mp4")
    data = await made(mock, extendVideoUrl=place["url"])
    assert data["status"] == "completed"


async def test_a_picture_that_was_put_begins_a_video(mock: Mock) -> None:
    place = await ticket(mock, "square.png", "image/png")
    await put(mock, place["signedUrl"], await clip(mock, PICTURE), "image/png")
    await made(mock, firstFrameImageUrl=place["url"])
    await made(mock, referenceImageUrls=[place["url"]])
    await made(mock, IMAGES, referenceImageUrl=place["url"])


async def test_the_write_url_is_no_address(mock: Mock) -> None:
    """Dossier 4, mistake 14: signedUrl instead of url."""
    place = await ticket(mock)
    await put(mock, place["signedUrl"], await clip(mock))
    refusal(await mock.request("GET", place["signedUrl"], key=""), 403, "SignatureDoesNotMatch")
    data = await failed(mock, extendVideoUrl=place["signedUrl"])
    assert data["error_code"] == "SOURCE_DOWNLOAD_FAILED"


@pytest.mark.parametrize("media", ["", "video/MP4", "video/mp4; codecs=avc1", "image/png"])
async def test_the_content_type_is_the_announced_one_letter_for_letter(
    mock: Mock, media: str
) -> None:
    place = await ticket(mock)
    refusal(await put(mock, place["signedUrl"], b"x", media), 403, "SignatureDoesNotMatch")
    assert "signed: video/mp4" in mock.last()["say"]
    assert (await put(mock, place["signedUrl"], b"x")).status_code == 200


async def test_a_url_that_was_not_signed_takes_nothing(mock: Mock) -> None:
    place = await ticket(mock)
    other = place["url"].replace("lanterns", "candles")
    for url in (
        place["url"],
        place["signedUrl"][:-4] + "zzzz",
        place["signedUrl"].replace("lanterns", "candles"),
        place["signedUrl"].replace("/uploads/", "/uploads/0"),
    ):
        refusal(await put(mock, url, b"x"), 403, "SignatureDoesNotMatch")
    for url in (place["url"], other):
        refusal(await mock.request("GET", url, key=""), 404, "NoSuchKey")


async def test_a_signed_url_is_good_for_a_day(mock: Mock) -> None:
    place = await ticket(mock)
    await mock.advance(DAY - 1)
    assert (await put(mock, place["signedUrl"], b"first")).status_code == 200
    assert (await put(mock, place["signedUrl"], b"second")).status_code == 200
    await mock.advance(1)
    refusal(await put(mock, place["signedUrl"], b"third"), 403, "AccessDenied")
    await mock.advance(400 * DAY)
    got = await mock.request("GET", place["url"], key="")
    assert got.content == b"second", "the address is for good"


async def test_the_life_of_a_signed_url_can_be_set(make_mock: MakeMock) -> None:
    chosen = {"pictory": {"upload-url-life": "10"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        place = await ticket(mock)
        assert "X-Amz-Expires=10&" in place["signedUrl"]
        await mock.advance(10)
        refusal(await put(mock, place["signedUrl"], b"x"), 403, "AccessDenied")


@pytest.mark.parametrize(
    ("name", "media", "shown"),
    [
        ("holiday 2026/é?.mov", "video/quicktime", "video/quicktime"),
        ("..", "text/plain", "application/octet-stream"),
        ("x" * 500 + ".bin", "Video/MP4; a=b", "video/mp4"),
    ],
)
async def test_any_name_and_type_make_an_address(
    mock: Mock, name: str, media: str, shown: str
) -> None:
    place = await ticket(mock, name, media)
    assert (await put(mock, place["signedUrl"], b"abc", media)).status_code == 200
    got = await mock.request("GET", place["url"], key="", headers={"Range": "bytes=1-1"})
    assert (got.status_code, got.content) == (206, b"b")
    assert got.headers["content-type"] == shown


async def test_a_file_over_the_limit_is_refused_before_it_is_read(mock: Mock) -> None:
    place = await ticket(mock)
    headers = {"Content-Type": "video/mp4", "Content-Length": str(1024**3 + 1)}
    answer = await mock.request("PUT", place["signedUrl"], key="", content=b"x", headers=headers)
    refusal(answer, 400, "EntityTooLarge")


async def test_the_storage_host_knows_no_other_method(mock: Mock) -> None:
    place = await ticket(mock)
    refusal(await mock.request("POST", place["signedUrl"], key=""), 405, "MethodNotAllowed")
    answer = await mock.request("DELETE", "/pictory/results/0/video.mp4", key="")
    refusal(answer, 405, "MethodNotAllowed")
    refusal(await mock.request("GET", "/pictory/results/0/other.mp4", key=""), 404, "NoSuchKey")


async def test_what_was_put_need_not_be_a_video_until_it_is_used(mock: Mock) -> None:
    place = await ticket(mock)
    assert (await put(mock, place["signedUrl"], b"This is text.")).status_code == 200
    data = await failed(mock, extendVideoUrl=place["url"])
    assert data["error_code"] == "SOURCE_NOT_SUPPORTED"


async def test_another_key_may_use_the_address(mock: Mock) -> None:
    """It is public."""
    place = await ticket(mock)
    await put(mock, place["signedUrl"], await clip(mock, source("180x320-25fps-1s.mp4")))
    body = {"prompt": "It goes on.", "extendVideoUrl": place["url"]}
    answer = await ask(mock, "POST", f"{API}/aistudio/videos", key="pictai_other", json=body)
    assert answer.status_code == 200
    job = mock.app.world.jobs.get(answer.json()["data"]["jobId"])
    assert job is not None
    assert job.failure is None
