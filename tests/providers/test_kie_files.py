"""kie.ai: uploads on their own host, links to files, the balance."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mockserver.contract.model import Json
from tests.conftest import BASE, MakeMock, Mock, only
from tests.providers.kie_steps import (
    DAY,
    LONG,
    TEXT,
    asked,
    born,
    credit,
    done,
    downloaded,
    extended,
    failed,
    generate,
    posted,
    record,
    source,
    uhd,
)

PICTURE = source("90x160-png.png")
FIELDS = {
    *("success", "fileName", "filePath", "downloadUrl", "fileSize", "mimeType", "uploadedAt"),
}
UPLOADS = ("file-base64-upload", "file-url-upload", "file-stream-upload")


mock = only("kie")


async def content(mock: Mock) -> bytes:
    return (await mock.get(PICTURE)).content


async def upload(mock: Mock, way: str, **more: Any) -> httpx.Response:
    """The answer to an upload of the same picture, in one of three ways."""
    picture, rest = await content(mock), {"uploadPath": "images/frames", **more}
    path = f"/kie/api/{way}"
    if way == "file-stream-upload":
        files = {"file": ("C:\\first.png", picture, "image/png")}
        return await mock.post(path, data=rest, files=files)
    if way == "file-url-upload":
        return await mock.post(path, json={"fileUrl": PICTURE, **rest})
    return await mock.post(path, json={"base64Data": base64.b64encode(picture).decode(), **rest})


def kept(answer: httpx.Response) -> Json:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"success", "code", "msg", "data"}
    assert (body["success"], body["code"]) == (True, 200)
    assert body["msg"] == "File uploaded successfully"
    assert set(body["data"]) == FIELDS
    return body["data"]


def refused(answer: httpx.Response, status: int) -> str:
    """The message of a refusal of the upload host: HTTP status and body agree, no data."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"success", "code", "msg"}
    assert (answer.json()["success"], answer.json()["code"]) == (False, status)
    return str(answer.json()["msg"])


@pytest.mark.parametrize("way", UPLOADS)
async def test_an_upload_is_kept_for_three_days(mock: Mock, tmp_path: Path, way: str) -> None:
    data = kept(await upload(mock, way, fileName="first.png"))
    assert (data["fileName"], data["mimeType"], data["success"]) == ("first.png", "image/png", True)
    assert data["fileSize"] == len(await content(mock))
    assert re.fullmatch(r"kieai/\d+/images/frames/first\.png", data["filePath"])
    assert data["uploadedAt"] == "2026-01-01T00:00:00.000Z"
    clip = await downloaded(mock, data["downloadUrl"], tmp_path)
    assert (clip.kind, clip.width) == ("image", 90)
    await mock.advance(3 * DAY - 1)
    assert (await mock.get(data["downloadUrl"], key="")).status_code == 200
    await mock.advance(1)
    assert (await mock.get(data["downloadUrl"], key="")).status_code == 404


async def test_a_name_with_odd_characters_has_an_address_that_works(mock: Mock) -> None:
    data = kept(await upload(mock, UPLOADS[0], fileName="der Kai #1 \x99ă.png"))
    assert data["fileName"] == "der Kai #1 \x99ă.png"
    assert data["downloadUrl"].isascii()
    assert (await mock.get(data["downloadUrl"], key="")).status_code == 200


@pytest.mark.parametrize(
    ("way", "name"),
    [
        ("file-base64-upload", r"\d{13}-[0-9a-f]{10}"),
        ("file-url-upload", r"90x160-png\.png"),
        ("file-stream-upload", r"first\.png"),
    ],
)
async def test_a_file_without_a_name_gets_one(mock: Mock, way: str, name: str) -> None:
    assert re.fullmatch(name, kept(await upload(mock, way))["fileName"])


async def test_a_data_url_says_its_type_and_may_have_spaces(mock: Mock, tmp_path: Path) -> None:
    encoded = base64.encodebytes(await content(mock)).decode().rstrip("=\n")
    body = {"base64Data": f"data:image/png;base64,{encoded}", "uploadPath": "/images/"}
    data = kept(await mock.post("/kie/api/file-base64-upload", json=body))
    assert data["mimeType"] == "image/png"
    assert data["fileName"].endswith(".png")
    assert re.fullmatch(r"kieai/\d+/images/[^/]+", data["filePath"])
    assert (await downloaded(mock, data["downloadUrl"], tmp_path)).width == 90


async def test_the_same_name_overwrites(mock: Mock, tmp_path: Path) -> None:
    first = kept(await upload(mock, "file-base64-upload", fileName="a.png"))
    body = {"fileUrl": source("64x64-png.png"), "uploadPath": "images/frames", "fileName": "a.png"}
    second = kept(await mock.post("/kie/api/file-url-upload", json=body))
    assert first["downloadUrl"] == second["downloadUrl"]
    assert (await downloaded(mock, second["downloadUrl"], tmp_path)).width == 64
    elsewhere = kept(await upload(mock, "file-base64-upload", fileName="b.png"))
    assert elsewhere["downloadUrl"] != first["downloadUrl"]


@pytest.mark.parametrize("way", UPLOADS)
async def test_an_upload_is_the_first_frame_of_a_video(mock: Mock, way: str) -> None:
    url = kept(await upload(mock, way))["downloadUrl"]
    id = await done(mock, {**TEXT, "imageUrls": [url]})
    assert set(born(mock, id).inputs) == {"first"}
    assert (await record(mock, id))["successFlag"] == 1


@pytest.mark.parametrize("way", UPLOADS)
async def test_uploads_are_refused_with_an_http_status(mock: Mock, way: str) -> None:
    """Decision A1 and the upload pages: 400 and 401, without data."""
    path = f"/kie/api/{way}"
    assert refused(await mock.post(path, json={}, key=""), 401) == (
        "Authentication failed: Invalid API Key"
    )
    fields = {"base64Data": "QUJD", "fileUrl": PICTURE}
    if way == "file-stream-upload":
        answer = await mock.post(path, files={"file": ("a.png", b"abc")})
    else:
        answer = await mock.post(path, json=fields)
    assert refused(answer, 400) == "Missing required parameter: uploadPath"
    assert refused(await mock.get(path), 405)


async def test_the_upload_host_says_what_is_missing_or_wrong(mock: Mock) -> None:
    async def said(way: str, body: Json) -> str:
        return refused(await mock.post(f"/kie/api/{way}", json=body), 400)

    path = {"uploadPath": "images"}
    assert await said(UPLOADS[0], path) == "Missing required parameter: base64Data"
    assert await said(UPLOADS[1], path) == "Missing required parameter: fileUrl"
    for bad in ("???", "A", "", "data:image/png;base64,"):
        message = await said(UPLOADS[0], {**path, "base64Data": bad})
        assert message == "Base64 decoding failed: Invalid Base64 format"
    assert "fileUrl" in await said(UPLOADS[1], {**path, "fileUrl": "ftp://a.example.com/a.png"})
    assert "fileName" in await said(UPLOADS[0], {**path, "base64Data": "QUJD", "fileName": "a/b"})
    missing = source("no-such-recipe.png")
    assert "download failed" in await said(UPLOADS[1], {**path, "fileUrl": missing})
    assert "uploadPath" in await said(UPLOADS[0], {"base64Data": "QUJD", "uploadPath": ""})
    assert refused(await mock.post(f"/kie/api/{UPLOADS[0]}", content=b"{"), 400)
    assert refused(await mock.post(f"/kie/api/{UPLOADS[2]}", json=path), 400)
    assert refused(await mock.post("/kie/api/file-copy", json=path), 404)


async def test_a_form_needs_a_file_and_a_name_that_is_none_of_a_path(mock: Mock) -> None:
    path = f"/kie/api/{UPLOADS[2]}"
    only = {"uploadPath": (None, b"images")}
    assert refused(await mock.post(path, files=only), 400) == "Missing required parameter: file"
    both = {**only, "fileName": (None, b"a/b"), "file": ("a.png", b"abc")}
    assert "fileName" in refused(await mock.post(path, files=both), 400)


async def test_an_upload_that_is_too_large_is_400(mock: Mock) -> None:
    body = {"base64Data": "A" * (32 * 1024 * 1024), "uploadPath": "images"}
    assert refused(await mock.post(f"/kie/api/{UPLOADS[0]}", json=body), 400)


async def test_any_file_may_come_as_a_form(mock: Mock) -> None:
    files = {"file": ("notes.txt", b"hello", "text/plain"), "uploadPath": (None, b"docs")}
    data = kept(await mock.post(f"/kie/api/{UPLOADS[2]}", files=files))
    assert (data["mimeType"], data["fileSize"]) == ("text/plain", 5)
    answer = await mock.get(data["downloadUrl"], key="")
    assert (answer.content, answer.status_code) == (b"hello", 200)
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_an_upload_is_not_found_under_another_name(mock: Mock) -> None:
    url = kept(await upload(mock, UPLOADS[0], fileName="a.png"))["downloadUrl"]
    for other in (url.replace("a.png", "b.png"), f"{BASE}/kie/kieai/none/a.png"):
        assert (await mock.get(other, key="")).status_code == 404
    token = url.split("/")[-2]
    assert (await mock.get(f"/kie/l/{token}/a.png", key="")).status_code == 404


async def test_a_link_to_a_result_works_for_twenty_minutes(mock: Mock, tmp_path: Path) -> None:
    id = await extended(mock, await done(mock))
    result = (await record(mock, id))["response"]
    for urls, seconds in ((result["resultUrls"], 8), (result["fullResultUrls"], 11)):
        answer = await posted(mock, "common/download-url", {"url": urls[0]})
        assert (answer["code"], type(answer["data"])) == (200, str)
        link = answer["data"]
        assert (await downloaded(mock, link, tmp_path)).seconds == seconds
        await mock.advance(1199)
        assert (await mock.get(link, key="")).status_code == 200
        await mock.advance(1)
        assert (await mock.get(link, key="")).status_code == 404


async def test_a_link_may_lead_to_a_picture_or_an_upload(mock: Mock, tmp_path: Path) -> None:
    id = await done(mock)
    await uhd(mock, id)
    await mock.advance(LONG)
    pictures = (await uhd(mock, id))["data"]["imageUrls"]
    uploaded = kept(await upload(mock, UPLOADS[0], fileName="a.png"))["downloadUrl"]
    for url, width in ((pictures[0], 3840), (uploaded, 90)):
        link = (await posted(mock, "common/download-url", {"url": url}))["data"]
        clip = await downloaded(mock, link, tmp_path)
        assert (clip.kind, clip.width) == ("image", width)


async def test_a_link_to_anything_else_is_422(mock: Mock) -> None:
    running = await generate(mock)
    job, bad = born(mock, running), born(mock, failed(mock, running, "failed"))
    path = f"{BASE}/kie/v/{job.token}_{int(job.created)}.mp4"
    expired = kept(await upload(mock, UPLOADS[0], fileName="a.png"))["downloadUrl"]

    async def said(url: str, **rest: Any) -> Json:
        return await posted(mock, "common/download-url", {"url": url}, **rest)

    wrong = {"code": 422, "msg": "url is wrong", "data": None}
    assert await said("https://media.example.com/a.mp4") == wrong
    assert await said("") == wrong
    assert await said(path) == wrong, "not yet"
    await mock.advance(LONG)
    assert (await said(path))["code"] == 200
    link = (await said(path))["data"]
    assert await said(link) == wrong, "a link is no file of its own"
    assert await said(path, key="other") == wrong
    assert await said(path.replace(job.token, bad.token)) == wrong
    await mock.advance(14 * DAY)
    assert await said(path) == wrong, "not any more"
    assert await said(expired) == wrong


@pytest.mark.parametrize("body", [{}, {"url": 7}, {"url": None}])
async def test_a_link_needs_a_url(mock: Mock, body: Json) -> None:
    assert (await posted(mock, "common/download-url", body))["code"] == 422


async def test_the_balance_is_a_float_and_falls_when_a_task_is_done(mock: Mock) -> None:
    """Decisions A19 and A20."""
    answer = await asked(mock, "chat/credit")
    assert answer == {"code": 200, "msg": "success", "data": 1000000.0}
    assert "1000000.0" in (await mock.get("/kie/api/v1/chat/credit")).text
    await generate(mock, {**TEXT, "model": "veo3", "resolution": "1080p"})
    assert await credit(mock) == 1000000
    await mock.advance(LONG)
    assert await credit(mock) == 1000000 - 232.5


async def test_public_urls_are_a_setting(make_mock: MakeMock) -> None:
    """Decision A21: one client drops what is not https."""
    chosen = {"kie": {"public-url": "https://files.example.com/k/"}}
    async with make_mock(providers=("kie",), chosen=chosen) as mock:
        id = await done(mock)
        (url,) = (await record(mock, id))["response"]["resultUrls"]
        assert re.fullmatch(r"https://files\.example\.com/k/v/[0-9a-f]{32}_\d+\.mp4", url)
        uploaded = kept(await upload(mock, UPLOADS[0]))["downloadUrl"]
        assert uploaded.startswith("https://files.example.com/k/kieai/")
        for one in (url, uploaded):
            link = (await posted(mock, "common/download-url", {"url": one}))["data"]
            assert link.startswith("https://files.example.com/k/l/")
        path = urlsplit(url).path.removeprefix("/k")
        assert (await mock.get(f"/kie{path}", key="")).status_code == 200
