"""LTX: the ticket, the one PUT it is good for, and the upload as a source."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.conftest import MakeMock, Mock, only
from tests.providers.ltx_steps import SOURCE, finished, refused, source, submit

HOUR, DAY = 3600, 86400


mock = only("ltx")


async def ticket(mock: Mock) -> Mapping[str, Any]:
    answer = await mock.post("/ltx/v1/upload")
    assert answer.status_code == 200, answer.text
    assert "x-request-id" in answer.headers
    found: Mapping[str, Any] = answer.json()
    return found


async def put(mock: Mock, ticket: Mapping[str, Any], body: bytes, **headers: str) -> httpx.Response:
    """Put bytes to a ticket's URL, without a key; a header that is "" is left out."""
    sent = {**ticket["required_headers"], "Content-Type": "video/mp4", **headers}
    sent = {name: value for name, value in sent.items() if value}
    return await mock.request("PUT", ticket["upload_url"], key="", content=body, headers=sent)


async def clip(mock: Mock, url: str = SOURCE) -> bytes:
    return (await mock.get(url)).content


def refusal(answer: httpx.Response, status: int, code: str) -> None:
    """It is the storage host's: XML, and no name of the call."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?><Error>')
    assert f"<Code>{code}</Code>" in answer.text
    assert "<Message>" in answer.text
    assert "x-request-id" not in answer.headers


async def test_an_upload_becomes_the_source_of_an_extension(mock: Mock) -> None:
    """Dossier 2.7, from ticket to file."""
    place = await ticket(mock)
    assert set(place) == {"upload_url", "storage_uri", "expires_at", "required_headers"}
    assert place["storage_uri"].startswith("ltx://uploads/")
    assert place["expires_at"] == "2026-01-01T01:00:00.000Z"
    assert place["required_headers"] == {
        "x-goog-content-length-range": "0,209715200",
        "x-goog-if-generation-match": "0",
    }
    answer = await put(mock, place, await clip(mock))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"].startswith('"')
    view = await finished(mock, "extend", video_uri=place["storage_uri"], duration=2)
    assert view["status"] == "completed"
    assert (await mock.get(view["result"]["video_url"], key="")).status_code == 200


async def test_an_upload_serves_as_picture_and_as_sound(mock: Mock) -> None:
    picture, sound = await ticket(mock), await ticket(mock)
    await put(mock, picture, await clip(mock, source("320x180.png")), **{"Content-Type": ""})
    await put(mock, sound, await clip(mock, source("3s.m4a")))
    await submit(
        mock,
        "audio-to-video",
        audio_uri=sound["storage_uri"],
        image_uri=picture["storage_uri"],
    )


@pytest.mark.parametrize("name", ["x-goog-content-length-range", "x-goog-if-generation-match"])
@pytest.mark.parametrize("value", ["", "0,1", "1"])
async def test_a_header_missing_or_altered_is_403(mock: Mock, name: str, value: str) -> None:
    """Decision A20."""
    place = await ticket(mock)
    refusal(await put(mock, place, b"x", **{name: value}), 403, "SignatureDoesNotMatch")
    assert name in mock.last()["say"]
    assert (await put(mock, place, b"x")).status_code == 200, "the ticket is still good"


async def test_an_unknown_token_is_403(mock: Mock) -> None:
    place = dict(await ticket(mock))
    place["upload_url"] = place["upload_url"][:-4] + "zzzz"
    refusal(await put(mock, place, b"x"), 403, "SignatureDoesNotMatch")


async def test_a_second_put_is_412_and_the_first_stays(mock: Mock) -> None:
    place = await ticket(mock)
    await put(mock, place, await clip(mock))
    refusal(await put(mock, place, b"other"), 412, "PreconditionFailed")
    await submit(mock, "extend", video_uri=place["storage_uri"], duration=2)


async def test_of_two_puts_at_once_one_is_stored(mock: Mock) -> None:
    place = await ticket(mock)
    answers = await asyncio.gather(*(put(mock, place, b"%d" % number) for number in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_a_put_over_the_signed_size_is_400_before_it_is_read(mock: Mock) -> None:
    place = await ticket(mock)
    answer = await put(mock, place, b"x", **{"Content-Length": "209715201"})
    refusal(answer, 400, "EntityTooLarge")


async def test_a_put_after_an_hour_is_400(mock: Mock) -> None:
    place = await ticket(mock)
    await mock.advance(HOUR)
    refusal(await put(mock, place, b"x"), 400, "ExpiredToken")


async def test_a_put_within_the_hour_is_taken(mock: Mock) -> None:
    place = await ticket(mock)
    await mock.advance(HOUR - 1)
    assert (await put(mock, place, b"x")).status_code == 200


async def test_a_ticket_takes_put_only_and_upload_takes_post_only(mock: Mock) -> None:
    place = await ticket(mock)
    refusal(await mock.get(place["upload_url"], key=""), 405, "MethodNotAllowed")
    answer = await mock.get("/ltx/v1/upload")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_an_upload_needs_a_key_and_the_put_none(mock: Mock) -> None:
    answer = await mock.post("/ltx/v1/upload", key="")
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")


async def test_an_upload_is_gone_a_day_after_the_put(mock: Mock) -> None:
    place = await ticket(mock)
    await mock.advance(HOUR / 2)
    await put(mock, place, await clip(mock))
    body = {"video_uri": place["storage_uri"], "duration": 2}
    await mock.advance(DAY - 1)
    await submit(mock, "extend", **body)
    await mock.advance(1)
    message = await refused(mock, "/ltx/v2/extend", body)
    assert message == f"video_uri refers to {place['storage_uri']}, which has expired"


async def test_an_upload_of_another_key_does_not_exist(mock: Mock) -> None:
    place = await ticket(mock)
    await put(mock, place, await clip(mock))
    answer = await mock.post(
        "/ltx/v2/extend", json={"video_uri": place["storage_uri"], "duration": 2}, key="other"
    )
    assert answer.status_code == 400
    assert "does not exist" in answer.json()["error"]["message"]


async def test_an_upload_that_nobody_filled_does_not_exist(mock: Mock) -> None:
    place = await ticket(mock)
    body = {"video_uri": place["storage_uri"], "duration": 2}
    assert "does not exist" in await refused(mock, "/ltx/v2/extend", body)


@pytest.mark.parametrize("bytes", [b"", b"This is text.", b"\x00\x00\x00\x18ftypisom"])
async def test_an_upload_that_is_no_video_cannot_be_read(mock: Mock, bytes: bytes) -> None:
    place = await ticket(mock)
    await put(mock, place, bytes)
    body = {"video_uri": place["storage_uri"], "duration": 2}
    assert await refused(mock, "/ltx/v2/extend", body) == "video_uri cannot be read as media"


async def test_the_lives_of_tickets_and_uploads_can_be_set(make_mock: MakeMock) -> None:
    chosen = {"ltx": {"upload-url-life": "10", "upload-life": "20"}}
    async with make_mock(providers=("ltx",), chosen=chosen) as mock:
        first, second = await ticket(mock), await ticket(mock)
        await put(mock, first, await clip(mock))
        await mock.advance(10)
        refusal(await put(mock, second, b"x"), 400, "ExpiredToken")
        await submit(mock, "extend", video_uri=first["storage_uri"], duration=2)
        await mock.advance(10)
        await refused(mock, "/ltx/v2/extend", {"video_uri": first["storage_uri"], "duration": 2})


async def test_a_picture_over_its_limit_is_refused_by_upload_and_by_url(
    mock: Mock, make_mock: MakeMock
) -> None:
    """Dossier section 3: 15 MB for images, whatever way they come."""
    place = await ticket(mock)
    await put(mock, place, b"\x89PNG\r\n\x1a\n" + b"\x00" * 15 * 1024 * 1024)
    body = {
        "image_uri": place["storage_uri"],
        "prompt": "",
        "model": "ltx-2-3-fast",
        "duration": 6,
        "resolution": "1280x720",
    }
    message = await refused(mock, "/ltx/v2/image-to-video", body)
    assert message == "image_uri is over the limit of 15 MB for this endpoint"
