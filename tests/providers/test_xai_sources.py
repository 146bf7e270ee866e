"""xAI's sources, decision A7: what is refused at once, and what is accepted and fails."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock, only
from tests.providers.xai_steps import (
    BOAT,
    EXTENSIONS,
    GENERATIONS,
    PICTURE,
    TINY,
    bytes_of,
    extension,
    failure,
    newest,
    said,
    source,
    submit,
    upload,
)

mock = only("xai")


@pytest.mark.parametrize(
    ("video", "words"),
    [
        ({}, "video: one of url and file_id must be set."),
        ({"file_id": None}, "video: one of url and file_id must be set."),
        ({"url": TINY, "file_id": "file_1"}, "url and file_id cannot both be set"),
        ({"url": ""}, "neither an http or https URL nor a base64 data URL"),
        ({"url": "kite.mp4"}, "neither an http"),
        ({"url": "http:kite.mp4"}, "neither an http"),
        ({"url": "ftp://example.com/kite.mp4"}, "neither an http"),
        ({"url": "file:///etc/passwd"}, "neither an http"),
        ({"url": "http://"}, "neither an http"),
        ({"url": "data:video/mp4;base64,@@@"}, "cannot be decoded"),
        ({"url": "data:video/mp4,abc"}, "cannot be decoded"),
        ({"url": "data:"}, "cannot be decoded"),
        ({"file_id": "file_none"}, "there is no file file_none"),
        ({"file_id": "https://example.com/kite.mp4"}, "there is no file https://"),
        ({"file_id": "data:video/mp4;base64,AAAA"}, "there is no file data:"),
    ],
)
async def test_a_source_whose_name_is_wrong_is_refused_at_once(
    mock: Mock, video: Json, words: str
) -> None:
    for kind in ("edits", "extensions"):
        body = {"prompt": "a", "video": video}
        assert words in said(await mock.post(f"/xai/v1/videos/{kind}", json=body), 400)


async def test_a_file_that_is_unknown_is_404_where_the_setting_says_so(
    make_mock: MakeMock,
) -> None:
    async with make_mock(chosen={"xai": {"unknown-file": "not-found"}}) as mock:
        body = {"prompt": "a", "video": {"file_id": "file_none"}}
        assert "file_none" in said(await mock.post(EXTENSIONS, json=body), 404, "not-found")


async def test_a_file_of_another_key_is_unknown(mock: Mock) -> None:
    file = await upload(mock, await bytes_of(mock, TINY), key="xai-other")
    body = {"prompt": "a", "video": {"file_id": file["id"]}}
    assert file["id"] in said(await mock.post(EXTENSIONS, json=body), 400)


@pytest.mark.parametrize(
    ("content", "found"),
    [("64x64.png", "image (png)"), ("2s.mp3", "audio (mp3)"), ("64x64-2s-mkv.mkv", "matroska")],
)
async def test_an_uploaded_file_of_the_wrong_type_is_refused_at_once(
    mock: Mock, content: str, found: str
) -> None:
    file = await upload(mock, await bytes_of(mock, source(content)), content)
    body = {"prompt": "a", "video": {"file_id": file["id"]}}
    assert found in said(await mock.post(EXTENSIONS, json=body), 400)


async def test_an_uploaded_text_is_no_video_and_no_image(mock: Mock) -> None:
    file = await upload(mock, b"once upon a time", "a.mp4")
    body = {"prompt": "a", "video": {"file_id": file["id"]}}
    assert "not media" in said(await mock.post(EXTENSIONS, json=body), 400)
    body = {"prompt": "a", "image": {"file_id": file["id"]}}
    assert "not media" in said(await mock.post(GENERATIONS, json=body), 400)


async def test_an_expired_file_is_unknown(mock: Mock) -> None:
    content = await bytes_of(mock, TINY)
    form: Any = [("expires_after", (None, "3600")), ("file", ("a.mp4", content))]
    file = (await mock.post("/xai/v1/files", files=form)).json()
    body = {"prompt": "a", "video": {"file_id": file["id"]}}
    await submit(mock, "extensions", body)
    await mock.advance(3600)
    assert file["id"] in said(await mock.post(EXTENSIONS, json=body), 400)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("64x64-8fps-1.9s-noaudio.mp4", "is 1.88s long and must be at least 2s."),
        ("64x64-2fps-15.5s-noaudio.mp4", "is 15.5s long and must be at most 15s."),
        ("64x64-2s-mkv.mkv", "could not be read as MP4"),
        ("64x64-2s-mov.mov", "could not be read as MP4"),
        ("64x64.png", "could not be read as MP4"),
        ("2s.mp3", "could not be read as MP4"),
        ("64x64-2s-text.mp4", "could not be read as MP4"),
        ("64x64-2s-empty.mp4", "could not be read as MP4"),
        ("64x64-8fps-2s-truncated-noaudio.mp4", "could not be read as MP4"),
        ("64x64-8fps-2s-nomoov-noaudio.mp4", "could not be read as MP4"),
        ("64x64-8fps-2s-lying-noaudio.mp4", "could not be read as MP4"),
        ("64x64-8fps-2s-bomb-noaudio.mp4", "could not be read as MP4"),
        ("64x64-8fps-2s-vp9-noaudio.mp4", "is encoded as vp9"),
        ("64x64-8fps-2s-mpeg4-noaudio.mp4", "is encoded as mpeg4"),
        ("16x16-8fps-2s-noaudio.mp4", "16x16 points"),
    ],
)
async def test_a_source_that_is_wrong_inside_fails_the_job(
    mock: Mock, name: str, words: str
) -> None:
    error = await failure(mock, "extensions", extension(source(name)))
    assert error["code"] == "invalid_argument"
    assert words in error["message"]


async def test_a_source_in_the_request_that_is_no_film_fails_the_job(mock: Mock) -> None:
    body = extension("data:video/mp4;base64,AAAAGGZ0eXBpc29tAAACAGlzb20=")
    assert "MP4" in (await failure(mock, "extensions", body))["message"]


async def test_a_source_that_cannot_be_fetched_fails_the_job(make_mock: MakeMock) -> None:
    async with make_mock(sources="strict") as mock:
        for url in ("https://media.example.com/kite.mp4", source("nonsense.mp4")):
            error = await failure(mock, "extensions", extension(url))
            assert error["code"] == "invalid_argument"
            assert error["message"].startswith("The input video could not be fetched: ")


async def test_a_source_that_is_not_fetched_is_stood_in_for_by_default(mock: Mock) -> None:
    job = await newest(mock, "extensions", extension("https://media.example.com/kite.mp4"))
    assert job.failure is None
    assert "stands in" in mock.last()["notes"][0]


@pytest.mark.parametrize(
    "name",
    [
        "64x64-8fps-2s-noaudio.mp4",
        "64x64-2fps-15s-noaudio.mp4",
        "64x64-8fps-2s-hevc-noaudio.mp4",
        "64x64-8fps-2s-av1-noaudio.mp4",
    ],
)
async def test_a_source_at_the_limits_is_taken(mock: Mock, name: str) -> None:
    assert (await newest(mock, "extensions", extension(source(name)))).failure is None


async def test_a_longer_source_is_taken_in_the_older_contract(make_mock: MakeMock) -> None:
    async with make_mock(chosen={"xai": {"source-length": "legacy"}}) as mock:
        job = await newest(mock, "extensions", extension(source("64x64-2fps-30s-noaudio.mp4")))
        assert job.failure is None
        error = await failure(mock, "extensions", extension(source("64x64-2fps-30.5s-noaudio.mp4")))
        assert error["message"].endswith("must be at most 30s.")


async def test_an_edit_takes_less_than_an_extension(mock: Mock) -> None:
    body: Json = {"prompt": "a", "video": {"url": source("64x64-10fps-8.7s-noaudio.mp4")}}
    assert (await newest(mock, "edits", body)).failure is None
    body["video"]["url"] = source("64x64-10fps-8.8s-noaudio.mp4")
    message = (await failure(mock, "edits", body))["message"]
    assert message == "The input video is 8.8s long and must be at most 8.7s."
    body["video"]["url"] = source("64x64-10fps-1s-noaudio.mp4")
    assert (await newest(mock, "edits", body)).failure is None


@pytest.mark.parametrize("field", ["image", "last_frame", "input_reference"])
async def test_a_picture_that_is_none_fails_the_job(mock: Mock, field: str) -> None:
    for name in ("64x64-2s.mp4", "64x64-png-text.png", "2s.mp3"):
        error = await failure(mock, "generations", BOAT | {field: {"url": source(name)}})
        assert error["message"] == f"{field}.url could not be fetched or read as an image."


async def test_references_and_voices_that_are_none_fail_the_job(mock: Mock) -> None:
    body = BOAT | {"model": "grok-imagine-video-1.5"}
    more: Json = {"reference_images": [PICTURE, {"url": TINY}]}
    assert "reference_images.1.url" in (await failure(mock, "generations", body | more))["message"]
    more = {"keyframes": [{"image": {"url": TINY}, "timestamp_s": 1}]}
    assert "keyframes.0.image.url" in (await failure(mock, "generations", body | more))["message"]
    more = {"reference_audios": [{"url": source("16s.mp3")}]}
    assert "15 seconds" in (await failure(mock, "generations", body | more))["message"]
