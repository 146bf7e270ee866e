"""Every scenario of LTX shows on the wire what it promises."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from mockserver.contract.model import Json
from mockserver.jobs.clock import settle
from tests.conftest import MakeMock, Mock
from tests.providers.ltx_steps import LONG, SOURCE, poll
from tests.scenario.steps import (
    WAYS,
    asked,
    asking,
    born,
    broken_off,
    kept_waiting,
    to_the_end,
    untold,
)

V1, V2 = "/ltx/v1/extend", "/ltx/v2/extend"
BODY: Json = {"video_uri": SOURCE, "duration": 2, "prompt": "on"}
CLIP: Json = {
    "prompt": "on",
    "model": "ltx-2-3-fast",
    "duration": 6,
    "resolution": "1280x720",
}
YEAR = 365 * 86400.0
PATIENCE = 10.0  # real seconds, where nobody moves the clock on
REFUSED = {
    "content_policy": (422, "content_filtered_error"),
    "no_credits": (402, "insufficient_funds_error"),
    "402_submit": (402, "insufficient_funds_error"),
    "input_fetch_failed": (400, "invalid_request_error"),
    "expired_upload": (400, "invalid_request_error"),
    "400_matrix": (400, "invalid_request_error"),
}
REFUSED_ONCE = {
    "rate_limited": (429, "rate_limit_error"),
    "server_error": (500, "api_error"),
    "submit_529_once": (529, "overloaded_error"),
}
FAILED = {
    "failed": "api_error",
    "402_in_failed_job": "insufficient_funds_error",
    "content_filtered_in_job": "content_filtered_error",
    "input_fetch_failed_in_job": "invalid_request_error",
}
POLLS = {
    "poll_503_once": (503, "service_unavailable_error"),
    "poll_429_once": (429, "rate_limit_error"),
}


async def submit(mock: Mock, name: str, path: str = V2, **more: Any) -> httpx.Response:
    """The answer to a request that asks for a scenario; one that waits for its job ends too."""
    async with asyncio.timeout(PATIENCE):
        return await mock.post(path, json={**BODY, **more}, headers=asking(name))


async def job(mock: Mock, name: str) -> str:
    answer = await submit(mock, name)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def at_end(mock: Mock, name: str) -> Mapping[str, Any]:
    """A job of a scenario as a poll shows it after its end."""
    id = await job(mock, name)
    await to_the_end(mock, id)
    return await poll(mock, "extend", id)


async def fetches(mock: Mock, name: str, times: int) -> list[httpx.Response]:
    """What a result's address answers, again and again."""
    url = (await at_end(mock, name))["result"]["video_url"]
    return [await mock.get(url, key="") for _ in range(times)]


async def states(mock: Mock, name: str, polls: int) -> list[str]:
    id = await job(mock, name)
    return [(await poll(mock, "extend", id))["status"] for _ in range(polls)]


async def waited(mock: Mock, name: str) -> httpx.Response:
    """The answer to a version 1 call, with the clock moved on once its job is under way."""
    call = asyncio.ensure_future(submit(mock, name, V1))
    while not call.done() and not len(mock.app.world.jobs):
        await settle()
    await mock.advance(2 * LONG)
    return await call


def error_of(answer: httpx.Response, status: int, kind: str) -> str:
    """The message of a refusal in the API's envelope."""
    assert answer.status_code == status, answer.text
    assert answer.json()["type"] == "error"
    assert answer.json()["error"]["type"] == kind
    return str(answer.json()["error"]["message"])


def page_of(answer: httpx.Response, status: int) -> None:
    """Hold that a proxy answered with a page."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<html>")


def test_none_is_left_out() -> None:
    left = untold("ltx", sys.modules[__name__], pushes=False)
    told = {*REFUSED, *REFUSED_ONCE, *FAILED, *POLLS}
    assert set(left) == {*told, "401_flat", "401_html", "429_concurrency"}


@pytest.mark.parametrize("way", WAYS)
async def test_a_scenario_is_asked_for_in_three_ways(mock: Mock, way: str) -> None:
    id = (await mock.post(V2, **asked("failed", way, BODY))).json()["id"]
    assert (await poll(mock, "extend", id))["status"] == "pending"
    await to_the_end(mock, id)
    assert (await poll(mock, "extend", id))["status"] == "failed"


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("path", [V1, V2])
async def test_a_request_is_refused(mock: Mock, name: str, path: str) -> None:
    for _ in range(2):
        error_of(await submit(mock, name, path), *REFUSED[name])
    assert len(mock.app.world.jobs) == 0


@pytest.mark.parametrize("name", REFUSED_ONCE)
async def test_the_second_submit_is_taken(mock: Mock, name: str) -> None:
    answer = await submit(mock, name)
    error_of(answer, *REFUSED_ONCE[name])
    assert ("retry-after" in answer.headers) == (name == "rate_limited")
    assert (await submit(mock, name)).status_code == 202
    assert len(mock.app.world.jobs) == 1


@pytest.mark.parametrize("name", FAILED)
async def test_a_job_fails(mock: Mock, name: str) -> None:
    view = await at_end(mock, name)
    assert (view["status"], view["error"]["type"]) == ("failed", FAILED[name])
    assert "result" not in view


async def test_one_call_fails_with_its_job(mock: Mock) -> None:
    error_of(await waited(mock, "failed"), 500, "api_error")


@pytest.mark.parametrize("name", POLLS)
async def test_one_poll_is_refused(mock: Mock, name: str) -> None:
    id = await job(mock, name)
    answer = await mock.get(f"{V2}/{id}")
    error_of(answer, *POLLS[name])
    assert ("retry-after" in answer.headers) == (name == "poll_429_once")
    assert (await poll(mock, "extend", id))["status"] == "pending"


async def everywhere(mock: Mock, name: str) -> list[httpx.Response]:
    """What a submit, a poll of a job of the same key, and a ticket answer to a key."""
    id = (await mock.post(V2, json=BODY)).json()["id"]
    key = f"test-key+{name}"
    return [
        await mock.post(V2, json=BODY, key=key),
        await mock.get(f"{V2}/{id}", key=key),
        await mock.post("/ltx/v1/upload", key=key),
    ]


async def test_unauthorized(mock: Mock) -> None:
    for answer in await everywhere(mock, "unauthorized"):
        assert error_of(answer, 401, "authentication_error") == "Invalid API key"


async def test_a_401_with_a_page(mock: Mock) -> None:
    for answer in await everywhere(mock, "401_html"):
        page_of(answer, 401)
    assert len(mock.app.world.jobs) == 1


async def test_a_401_with_a_text_for_an_error(mock: Mock) -> None:
    for answer in await everywhere(mock, "401_flat"):
        assert answer.status_code == 401
        assert answer.json() == {"type": "error", "error": "Invalid API key"}


async def test_a_version_1_call_too_many(mock: Mock) -> None:
    for _ in range(2):
        answer = await submit(mock, "429_concurrency", V1)
        error_of(answer, 429, "concurrency_limit_error")
        assert int(answer.headers["retry-after"]) > 0
    answer = await waited(mock, "429_concurrency")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")


async def test_one_call_comes_too_fast(mock: Mock) -> None:
    error_of(await submit(mock, "rate_limited", V1), 429, "concurrency_limit_error")
    assert (await waited(mock, "rate_limited")).status_code == 200


async def test_stuck(mock: Mock) -> None:
    id = await job(mock, "stuck")
    await mock.advance(0.9 * 86400)
    assert (await poll(mock, "extend", id))["status"] == "processing"
    await mock.advance(YEAR)
    assert (await poll(mock, "extend", id))["status"] == "processing"


async def test_stuck_in_one_call(mock: Mock) -> None:
    error_of(await waited(mock, "stuck"), 504, "api_error")


@pytest.mark.parametrize(("name", "times"), [("slow", 10), ("slow_job", 15)])
async def test_slow(make_mock: MakeMock, name: str, times: int) -> None:
    lives = []
    for headers in ({}, asking(name)):
        async with make_mock() as mock:
            id = (await mock.post(V2, json=BODY, headers=headers)).json()["id"]
            lives.append(born(mock, id).timeline.end.at)
            await to_the_end(mock, id, -1)
            assert (await poll(mock, "extend", id))["status"] == "processing"
            await mock.advance(1)
            assert (await poll(mock, "extend", id))["status"] == "completed"
    assert lives[1] == pytest.approx(times * lives[0], abs=0.02)


async def test_slow_job_outlasts_the_patience_of_clients(mock: Mock) -> None:
    id = await job(mock, "slow_job")
    await mock.advance(600)
    assert (await poll(mock, "extend", id))["status"] == "processing"
    await to_the_end(mock, id)
    assert (await poll(mock, "extend", id))["status"] == "completed"


async def test_expired(mock: Mock) -> None:
    (answer,) = await fetches(mock, "expired", 1)
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


async def test_done_without_url(mock: Mock) -> None:
    view = await at_end(mock, "done_without_url")
    assert (view["status"], view["result"]) == ("completed", {})


async def test_unknown_status(mock: Mock) -> None:
    assert await states(mock, "unknown_status", 3) == ["finalizing", "finalizing", "pending"]


async def test_media_404_once(mock: Mock) -> None:
    answers = await fetches(mock, "media_404_once", 2)
    assert [one.status_code for one in answers] == [404, 200]


async def test_result_url_404_then_200(mock: Mock) -> None:
    answers = await fetches(mock, "result_url_404_then_200", 4)
    assert [one.status_code for one in answers] == [404, 404, 200, 200]
    assert "<Code>NoSuchKey</Code>" in answers[0].text


async def test_media_truncated(mock: Mock) -> None:
    with broken_off():
        await fetches(mock, "media_truncated", 1)


async def test_result_empty(mock: Mock) -> None:
    (answer,) = await fetches(mock, "result_empty", 1)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_reset(mock: Mock) -> None:
    with broken_off():
        await submit(mock, "reset")
    assert len(mock.app.world.jobs) == 1
    assert (await submit(mock, "reset")).status_code == 202


async def test_v1_retired(mock: Mock) -> None:
    words = error_of(await submit(mock, "v1_retired", V1), 404, "not_found_error")
    assert words == "/v1/extend is no longer available, use /v2/extend"
    clip = await mock.post("/ltx/v1/text-to-video", json=CLIP, headers=asking("v1_retired"))
    assert clip.status_code == 404
    assert (await submit(mock, "v1_retired")).status_code == 202
    assert (await mock.post("/ltx/v1/upload", headers=asking("v1_retired"))).status_code == 200


async def test_v1_reset_midbody(mock: Mock) -> None:
    with broken_off():
        await waited(mock, "v1_reset_midbody")
    assert len(mock.app.world.jobs) == 1
    assert (await submit(mock, "v1_reset_midbody")).status_code == 202


async def test_v1_504(mock: Mock) -> None:
    call = submit(mock, "v1_504", V1)
    error_of(await kept_waiting(mock, 30, call), 504, "api_error")
    assert len(mock.app.world.jobs) == 1


async def test_slow_upload_ticket(mock: Mock) -> None:
    call = mock.post("/ltx/v1/upload", headers=asking("slow_upload_ticket"))
    answer = await kept_waiting(mock, 35, call)
    assert answer.json()["storage_uri"].startswith("ltx://")


async def test_data_uri_413(mock: Mock) -> None:
    video = (await mock.get(SOURCE)).content
    inline = "data:video/mp4;base64," + base64.b64encode(video).decode()
    assert (await mock.post(V2, json={**BODY, "video_uri": inline})).status_code == 202
    page_of(await submit(mock, "data_uri_413", video_uri=inline), 413)
    page_of(await submit(mock, "data_uri_413", V1, video_uri=inline), 413)
    assert (await submit(mock, "data_uri_413")).status_code == 202


async def test_the_refused_combination_is_named(mock: Mock) -> None:
    headers = asking("400_matrix")
    answer = await mock.post("/ltx/v2/text-to-video", json=CLIP, headers=headers)
    assert error_of(answer, 400, "invalid_request_error").startswith("duration ")


async def test_model_removed(make_mock: MakeMock) -> None:
    async with make_mock(chosen={"ltx": {"models": "legacy"}}) as mock:
        old = {**BODY, "model": "ltx-2-pro"}
        assert (await mock.post(V2, json=old)).status_code == 202
        answer = await submit(mock, "model_removed", model="ltx-2-pro")
        assert "model" in error_of(answer, 400, "invalid_request_error")
        assert (await submit(mock, "model_removed")).status_code == 202


async def test_upload_put_412(mock: Mock) -> None:
    ticket = (await mock.post("/ltx/v1/upload")).json()
    headers = {**ticket["required_headers"], **asking("upload_put_412")}
    put: dict[str, Any] = {"key": "", "content": b"0", "headers": headers}
    answer = await mock.request("PUT", ticket["upload_url"], **put)
    assert answer.status_code == 412
    assert "<Code>PreconditionFailed</Code>" in answer.text


async def test_job_404_expired(mock: Mock) -> None:
    id = await job(mock, "job_404_expired")
    await to_the_end(mock, id)
    assert (await poll(mock, "extend", id))["status"] == "completed"
    await mock.advance(1)
    error_of(await mock.get(f"{V2}/{id}"), 404, "not_found_error")
