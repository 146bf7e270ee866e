"""LTX end to end in virtual time: one story per family of routes, and the switches."""

from __future__ import annotations

import asyncio
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeMock, Mock, only
from tests.providers.ltx_steps import (
    LONG,
    SOURCE,
    finished,
    made,
    measured,
    poll,
    refused,
    source,
    submit,
    synchronous,
)

DAY = 86400
CLIP = {"prompt": "A tram.", "model": "ltx-2-3-fast", "duration": 6, "resolution": "1280x720"}
BODIES: dict[str, dict[str, Any]] = {
    "extend": {"video_uri": SOURCE, "duration": 2},
    "retake": {"video_uri": SOURCE, "start_time": 1, "duration": 2},
    "text-to-video": CLIP,
    "image-to-video": CLIP | {"image_uri": source("320x180.png")},
    "audio-to-video": {"audio_uri": source("3s.m4a"), "prompt": "A host."},
}


mock = only("ltx")


async def test_an_extension_goes_through_every_state_to_a_file_that_expires(
    mock: Mock, tmp_path: Path
) -> None:
    id = await submit(mock, "extend", video_uri=SOURCE, duration=2, prompt="The fog closes.")
    states = [await poll(mock, "extend", id)]
    while states[-1]["status"] != "completed":
        await mock.advance(5)
        states.append(await poll(mock, "extend", id))
    words = [state["status"] for state in states]
    assert list(dict.fromkeys(words)) == ["pending", "processing", "completed"]
    assert all(set(one) == {"status", "id", "created_at"} for one in states[:-1])
    assert set(states[-1]) == {"status", "id", "created_at", "completed_at", "result"}
    url = states[-1]["result"]["video_url"]

    answer = await mock.get(url, key="")
    clip = measured(answer, tmp_path)
    assert (clip.width, clip.height, clip.rate, clip.frames) == (320, 180, Fraction(24), 96 + 48)
    assert (clip.container, clip.codec, clip.audio) == ("mp4", "h264", "aac")
    assert answer.headers["content-type"] == "video/mp4"
    assert "x-request-id" not in answer.headers, "the storage host sends none"

    await mock.advance(DAY)
    answer = await mock.get(url, key="")
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text
    gone = await mock.get(f"/ltx/v2/extend/{id}")
    assert (gone.status_code, gone.json()["error"]["type"]) == (404, "not_found_error")


@pytest.mark.parametrize("endpoint", BODIES)
async def test_every_family_of_routes_ends_with_a_url(mock: Mock, endpoint: str) -> None:
    view = await finished(mock, endpoint, **BODIES[endpoint])
    assert view["status"] == "completed"
    assert view["result"]["video_url"].startswith("http://mock.test/ltx/ltx-results/")


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [("text-to-video", (1280, 720, 144)), ("audio-to-video", (1920, 1080, 72))],
)
async def test_a_video_without_a_source_is_as_long_and_large_as_asked(
    mock: Mock, tmp_path: Path, endpoint: str, expected: tuple[int, int, int]
) -> None:
    """The files of the other families come from version 1, in the tests of the fixtures."""
    clip = await made(mock, tmp_path, endpoint, **BODIES[endpoint])
    assert (clip.width, clip.height, clip.frames) == expected
    assert (clip.codec, clip.audio) == ("h264", "aac")


async def test_times_are_iso_8601_in_utc_with_milliseconds(mock: Mock) -> None:
    view = await finished(mock, "extend", **BODIES["extend"])
    for name in ("created_at", "completed_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", view[name])
    assert view["completed_at"] > view["created_at"]


async def test_a_job_id_is_a_uuid_and_a_repeated_submit_is_a_second_job(mock: Mock) -> None:
    ids = [await submit(mock, "extend", **BODIES["extend"]) for _ in range(2)]
    assert ids[0] != ids[1]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id) for id in ids)


@pytest.mark.parametrize("endpoint", [name for name in BODIES if name != "extend"])
async def test_a_job_is_not_found_under_another_segment(mock: Mock, endpoint: str) -> None:
    """Dossier 1.2: the path segment equals that of the submit, else 404."""
    id = await submit(mock, "extend", **BODIES["extend"])
    answer = await mock.get(f"/ltx/v2/{endpoint}/{id}")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")


async def test_another_keys_job_is_not_found(mock: Mock) -> None:
    """Decision A19."""
    id = await submit(mock, "extend", **BODIES["extend"])
    answer = await mock.get(f"/ltx/v2/extend/{id}", key="another-key")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")


async def test_url_and_record_live_as_long_as_each_is_set(make_mock: MakeMock) -> None:
    """Decision A8: two knobs."""
    chosen = {"ltx": {"url-life": "60", "record-life": "7200"}}
    async with make_mock(providers=("ltx",), chosen=chosen) as mock:
        id = await submit(mock, "extend", **BODIES["extend"])
        await mock.advance(LONG)
        view = await poll(mock, "extend", id)
        assert (await mock.get(view["result"]["video_url"], key="")).status_code == 403
        await mock.advance(7200)
        assert (await mock.get(f"/ltx/v2/extend/{id}")).status_code == 404


async def test_a_version_1_call_is_answered_with_the_file(mock: Mock, tmp_path: Path) -> None:
    answer = await synchronous(mock, "extend", **BODIES["extend"])
    assert measured(answer, tmp_path).frames == 144
    assert answer.headers["content-type"] == "video/mp4"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_the_content_type_of_version_1_can_be_switched(make_mock: MakeMock) -> None:
    """Decision A1."""
    chosen = {"ltx": {"v1-content-type": "octet-stream"}}
    async with make_mock(providers=("ltx",), chosen=chosen) as mock:
        answer = await synchronous(mock, "extend", **BODIES["extend"])
    assert answer.headers["content-type"] == "application/octet-stream"
    assert b"ftyp" in answer.content[:16]


@pytest.mark.parametrize("endpoint", BODIES)
@pytest.mark.parametrize(("setting", "status"), [("retired-404", 404), ("retired-410", 410)])
async def test_retired_routes_name_their_successor(
    make_mock: MakeMock, endpoint: str, setting: str, status: int
) -> None:
    """Decision A2; uploads and version 2 go on."""
    async with make_mock(providers=("ltx",), chosen={"ltx": {"v1": setting}}) as mock:
        message = await refused(
            mock, f"/ltx/v1/{endpoint}", BODIES[endpoint], status=status, kind="not_found_error"
        )
        assert f"/v2/{endpoint}" in message
        assert (await mock.post("/ltx/v1/upload")).status_code == 200
        assert (await mock.post("/ltx/v2/text-to-video", json=CLIP)).status_code == 202


async def test_a_version_1_call_over_its_limit_is_504(make_mock: MakeMock) -> None:
    async with make_mock(providers=("ltx",), chosen={"ltx": {"v1-limit": "30"}}) as mock:
        answer = await synchronous(mock, "extend", **BODIES["extend"])
    assert answer.status_code == 504
    assert answer.json()["error"]["type"] == "api_error"
    assert "x-request-id" in answer.headers


async def test_a_third_version_1_call_at_once_is_too_many(make_mock: MakeMock) -> None:
    """Decision A7: concurrency_limit_error above two in flight, with Retry-After."""
    async with make_mock(limits="documented") as mock:
        body = BODIES["text-to-video"]
        two = [asyncio.create_task(mock.post("/ltx/v1/text-to-video", json=body)) for _ in range(2)]
        while len(mock.app.world.jobs) < 2:
            await asyncio.wait(two, timeout=0.005)
        answer = await mock.post("/ltx/v1/text-to-video", json=body)
        assert (answer.status_code, answer.json()["error"]["type"]) == (
            429,
            "concurrency_limit_error",
        )
        assert int(answer.headers["retry-after"]) > 0
        other = await mock.post("/ltx/v2/text-to-video", json=body)
        assert other.status_code == 202, "the limit is of version 1 alone"
        for call in two:
            call.cancel()
        await asyncio.gather(*two, return_exceptions=True)


async def test_of_three_version_1_calls_at_the_same_moment_one_is_too_many(
    make_mock: MakeMock,
) -> None:
    """Media are fetched meanwhile, so that none of them has begun when the last one comes."""
    async with make_mock(limits="documented") as mock:
        body = BODIES["extend"]
        calls = [asyncio.create_task(mock.post("/ltx/v1/extend", json=body)) for _ in range(3)]
        done, others = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        assert [one.result().status_code for one in done] == [429]
        for call in others:
            call.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def test_the_queue_of_a_key_is_limited(make_mock: MakeMock) -> None:
    """Decision A7: rate_limit_error above the queue's limit, and free again when jobs end."""
    async with make_mock(
        providers=("ltx",), limits="documented", chosen={"ltx": {"queue-limit": "2"}}
    ) as mock:
        for _ in range(2):
            await submit(mock, "text-to-video", **CLIP)
        answer = await mock.post("/ltx/v2/text-to-video", json=CLIP)
        assert (answer.status_code, answer.json()["error"]["type"]) == (429, "rate_limit_error")
        wait = int(answer.headers["retry-after"])
        assert (await mock.post("/ltx/v2/text-to-video", json=CLIP, key="other")).status_code == 202
        await mock.advance(wait - 1)
        assert (await mock.post("/ltx/v2/text-to-video", json=CLIP)).status_code == 429
        await mock.advance(1)
        await submit(mock, "text-to-video", **CLIP)


async def test_the_queue_can_be_without_limit(make_mock: MakeMock) -> None:
    async with make_mock(
        providers=("ltx",), limits="documented", chosen={"ltx": {"queue-limit": "0"}}
    ) as mock:
        for _ in range(20):
            await submit(mock, "text-to-video", **CLIP)


async def test_every_answer_of_the_api_names_the_call(mock: Mock) -> None:
    """Dossier section 8: 32 hexadecimal digits, on errors too, another for each call."""
    answers = [
        await mock.post("/ltx/v2/extend", json=BODIES["extend"]),
        await mock.post("/ltx/v2/extend", json={}),
        await mock.post("/ltx/v2/extend", json={}, key=""),
        await mock.post("/ltx/v1/upload"),
        await mock.get("/ltx/v2/extend/unknown"),
        await mock.get("/ltx/v1/models"),
        await mock.get("/ltx/v2/extend"),
    ]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(re.fullmatch(r"[0-9a-f]{32}", id) for id in ids)
    assert len(set(ids)) == len(ids)
    assert [answer.status_code for answer in answers] == [202, 400, 401, 200, 404, 404, 405]


async def test_the_api_is_at_the_root_of_its_hosts(mock: Mock) -> None:
    """Decision A21: no prefix; the older host goes on."""
    for host in ("api.ltx.io", "api.ltx.video"):
        answer = await mock.post("/v2/text-to-video", json=CLIP, headers={"Host": host})
        assert answer.status_code == 202


async def test_a_result_can_be_extended_again(mock: Mock, tmp_path: Path) -> None:
    first = await finished(mock, "extend", **BODIES["extend"])
    url = first["result"]["video_url"]
    again = await made(mock, tmp_path, "extend", video_uri=url, duration=2)
    assert again.frames == 144 + 48


async def test_the_same_seed_gives_the_same_ids_times_and_bytes(make_mock: MakeMock) -> None:
    seen = []
    for _ in range(2):
        async with make_mock(providers=("ltx",), seed=11) as mock:
            view = await finished(mock, "extend", **BODIES["extend"])
            file = await mock.get(view["result"]["video_url"], key="")
            seen.append((view, file.content))
    assert seen[0] == seen[1]


async def test_ranges_and_validators_of_a_result(mock: Mock) -> None:
    view = await finished(mock, "extend", **BODIES["extend"])
    url = view["result"]["video_url"]
    whole = await mock.get(url, key="")
    part = await mock.get(url, key="", headers={"Range": "bytes=0-99"})
    assert (part.status_code, part.content) == (206, whole.content[:100])
    same = await mock.get(url, key="", headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    head = await mock.request("HEAD", url, key="")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    outside = await mock.get(url, key="", headers={"Range": "bytes=99999999-"})
    assert outside.status_code == 416
    assert "<Code>InvalidRange</Code>" in outside.text
    assert outside.headers["content-range"] == f"bytes */{len(whole.content)}"


async def test_an_unfinished_result_and_an_unknown_one_are_not_there(mock: Mock) -> None:
    id = await submit(mock, "extend", **BODIES["extend"])
    url = (await mock.job(id))["result_url"]
    for address in (url, "/ltx/ltx-results/0123456789abcdef0123456789abcdef.mp4"):
        answer = await mock.get(address, key="")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/xml"
        assert "<Code>NoSuchKey</Code>" in answer.text


async def test_the_storage_host_speaks_xml_where_it_has_nothing(mock: Mock) -> None:
    for method, path, status, code in (
        ("GET", "/ltx/ltx-results/nothing", 404, "NoSuchKey"),
        ("GET", "/ltx/ltx-uploads/a/b", 404, "NoSuchKey"),
        ("DELETE", "/ltx/ltx-results/x.mp4", 405, "MethodNotAllowed"),
        ("GET", "/ltx/ltx-uploads/x", 405, "MethodNotAllowed"),
    ):
        answer = await mock.request(method, path, key="")
        assert answer.status_code == status
        assert f"<Code>{code}</Code>" in answer.text
        assert "x-request-id" not in answer.headers


async def test_credentials_sent_to_the_download_are_noted(mock: Mock) -> None:
    view = await finished(mock, "extend", **BODIES["extend"])
    await mock.get(view["result"]["video_url"], key="leaked")
    assert "credentials to the download host" in str(mock.last())
