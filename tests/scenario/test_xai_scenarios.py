"""Every scenario of xAI shows on the wire what it promises."""

from __future__ import annotations

import re
import sys
from typing import Any

import httpx
import pytest

from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock
from tests.providers.xai_steps import (
    DAY,
    LONG,
    born,
    cut_off,
    extension,
    poll,
    said,
    submit,
    told,
)
from tests.scenario.steps import WAYS, asked, asking, broken_off, untold

EXTENSIONS = "/xai/v1/videos/extensions"
REFUSED_POLLS = {
    "poll_401": (401, "unauthenticated"),
    "poll_404": (404, "not-found"),
    "poll_400_late": (400, "invalid-argument"),
}
MODERATED: dict[str, Json] = {"done_moderated": {"url": ""}, "done_moderated_without_url": {}}


async def create(mock: Mock, name: str, **more: Any) -> httpx.Response:
    """The answer to a create that asks for a scenario."""
    return await mock.post(EXTENSIONS, json=extension(**more), headers=asking(name))


async def job(mock: Mock, name: str) -> str:
    return await submit(mock, "extensions", extension(), headers=asking(name))


async def at_end(mock: Mock, name: str) -> httpx.Response:
    """A poll of a job of a scenario, after its end."""
    id = await job(mock, name)
    await mock.advance(LONG)
    return await poll(mock, id)


async def url_of(mock: Mock, name: str) -> str:
    """Where the result of a job of a scenario is."""
    return str((await at_end(mock, name)).json()["video"]["url"])


def moderated(answer: httpx.Response, code: str) -> None:
    """Hold that a poll tells of a video that was blocked, and billed."""
    assert answer.status_code == 400
    body = answer.json()
    assert body["code"] == code
    assert body["usage"]["cost_in_usd_ticks"] > 0
    assert "id" not in body
    assert "video" not in body


def test_none_is_left_out() -> None:
    left = untold("xai", sys.modules[__name__], pushes=False)
    assert set(left) == {*REFUSED_POLLS, *MODERATED}


@pytest.mark.parametrize("way", WAYS)
async def test_failed_whichever_way_it_is_asked_for(mock: Mock, way: str) -> None:
    answer = await mock.post(EXTENSIONS, **asked("failed", way, extension()))
    id = answer.json()["request_id"]
    assert (await poll(mock, id)).status_code == 202
    await mock.advance(LONG)
    view = (await poll(mock, id)).json()
    assert (view["status"], view["error"]["code"]) == ("failed", "internal_error")


async def test_content_policy(mock: Mock) -> None:
    moderated(await at_end(mock, "content_policy"), "imagine:content-moderated")


async def test_no_credits(mock: Mock) -> None:
    for _ in range(2):
        answer = await create(mock, "no_credits")
        assert "used all available credits" in said(answer, 429, "resource-exhausted")
        assert "retry-after" not in answer.headers
    assert len(mock.app.world.jobs) == 0


async def test_rate_limited(mock: Mock) -> None:
    answer = await create(mock, "rate_limited")
    assert "Too many requests for team" in said(answer, 429, "resource-exhausted")
    assert int(answer.headers["retry-after"]) > 0
    assert (await create(mock, "rate_limited")).status_code == 200


async def test_server_error(mock: Mock) -> None:
    said(await create(mock, "server_error"), 500, "internal-error")
    assert (await create(mock, "server_error")).status_code == 200
    assert len(mock.app.world.jobs) == 1


async def test_unauthorized(mock: Mock) -> None:
    id = await submit(mock, "extensions", extension())
    key = "test-key+unauthorized"
    calls = [
        await mock.post(EXTENSIONS, json=extension(), key=key),
        await poll(mock, id, key=key),
        await mock.get("/xai/v1/files", key=key),
    ]
    for answer in calls:
        assert said(answer, 400).startswith("Incorrect API key provided")
    assert (await poll(mock, id)).status_code == 202


async def test_stuck(mock: Mock) -> None:
    id = await job(mock, "stuck")
    await mock.advance(365 * DAY)
    view = await poll(mock, id)
    assert (view.status_code, view.json()["status"]) == (202, "pending")


async def test_slow(make_mock: MakeMock) -> None:
    ends = []
    for headers in ({}, asking("slow")):
        async with make_mock() as mock:
            one = born(mock, await submit(mock, "extensions", extension(), headers=headers))
            ends.append(one.timeline.end.at)
            await mock.advance(ends[-1] - 1)
            assert (await poll(mock, one.id)).status_code == 202
            await mock.advance(1)
            assert (await poll(mock, one.id)).json()["status"] == "done"
    assert ends[1] == pytest.approx(10 * ends[0], abs=0.01)


async def test_expired(mock: Mock) -> None:
    one = born(mock, await job(mock, "expired"))
    await mock.advance(one.timeline.end.at - 0.1)
    assert (await poll(mock, one.id)).json()["status"] == "pending"
    await mock.advance(0.1)
    answer = await poll(mock, one.id)
    assert (answer.status_code, answer.json()) == (200, {"status": "expired"})


async def test_expired_404(mock: Mock) -> None:
    said(await at_end(mock, "expired_404"), 404, "not-found")


async def test_done_without_url(mock: Mock) -> None:
    view = (await at_end(mock, "done_without_url")).json()
    assert view["status"] == "done"
    assert set(view["video"]) == {"duration", "respect_moderation"}
    assert view["video"]["respect_moderation"] is True


async def statuses(mock: Mock, name: str, polls: int) -> list[str | None]:
    id = await job(mock, name)
    return [(await poll(mock, id)).json().get("status") for _ in range(polls)]


async def test_unknown_status(mock: Mock) -> None:
    seen = await statuses(mock, "unknown_status", 3)
    assert seen == ["finalizing", "finalizing", "pending"]


async def test_poll_unknown_status(mock: Mock) -> None:
    seen = await statuses(mock, "poll_unknown_status", 4)
    assert seen == ["queued", "processing", "processing", "pending"]


async def test_poll_no_status(mock: Mock) -> None:
    assert await statuses(mock, "poll_no_status", 3) == [None, None, "pending"]
    first = await poll(mock, await job(mock, "poll_no_status"))
    assert (first.status_code, first.json()) == (202, {})


async def test_media_404_once(mock: Mock) -> None:
    url = await url_of(mock, "media_404_once")
    cut_off(await mock.get(url, key=""), 404, "NoSuchKey")
    assert (await mock.get(url, key="")).status_code == 200


async def test_media_truncated(mock: Mock) -> None:
    url = await url_of(mock, "media_truncated")
    with broken_off():
        await mock.get(url, key="")


async def test_reset_leaves_a_job_behind(mock: Mock) -> None:
    with broken_off():
        await create(mock, "reset")
    assert len(mock.app.world.jobs) == 1
    assert (await create(mock, "reset")).status_code == 200
    assert len(mock.app.world.jobs) == 2


async def test_poll_202_empty(mock: Mock) -> None:
    id = await job(mock, "poll_202_empty")
    answer = await poll(mock, id)
    assert (answer.status_code, answer.content) == (202, b"")
    await mock.advance(LONG)
    assert (await poll(mock, id)).json()["status"] == "done"


async def test_poll_200_pending(mock: Mock) -> None:
    answer = await poll(mock, await job(mock, "poll_200_pending"))
    assert (answer.status_code, answer.json()["status"]) == (200, "pending")


@pytest.mark.parametrize("setting", ["error", "done-no-url"])
async def test_poll_400_moderated_whatever_the_switch(make_mock: MakeMock, setting: str) -> None:
    async with make_mock(chosen={"xai": {"moderated": setting}}) as mock:
        moderated(await at_end(mock, "poll_400_moderated"), "imagine:content-moderated")


async def test_poll_400_moderated_legacy(mock: Mock) -> None:
    answer = await at_end(mock, "poll_400_moderated_legacy")
    moderated(answer, "Client specified an invalid argument")


@pytest.mark.parametrize("name", MODERATED)
async def test_a_blocked_video_is_done_without_an_address(mock: Mock, name: str) -> None:
    view = (await at_end(mock, name)).json()
    assert view["status"] == "done"
    assert view["video"] == {"duration": 5, "respect_moderation": False, **MODERATED[name]}
    assert view["usage"]["cost_in_usd_ticks"] > 0


async def test_failed_old_shape(mock: Mock) -> None:
    view = (await at_end(mock, "failed_old_shape")).json()
    assert view["status"] == "failed"
    assert view["video"] == {"duration": 0, "respect_moderation": True}
    assert (view["model"], view["progress"]) == ("", 0)
    assert view["error"]["code"] == "internal_error"


async def test_poll_500_once(mock: Mock) -> None:
    id = await job(mock, "poll_500_once")
    said(await poll(mock, id), 500, "internal-error")
    assert [(await poll(mock, id)).status_code for _ in range(3)] == [202, 202, 202]


@pytest.mark.parametrize("name", REFUSED_POLLS)
async def test_polls_that_are_refused_for_good(mock: Mock, name: str) -> None:
    id = await job(mock, name)
    for wait in (0, LONG):
        await mock.advance(wait)
        said(await poll(mock, id), *REFUSED_POLLS[name])


async def test_create_422_text(mock: Mock) -> None:
    text = told(await create(mock, "create_422_text"), 422)
    assert text.startswith("Failed to deserialize the JSON body into the target type")


async def test_create_415(mock: Mock) -> None:
    assert "application/json" in told(await create(mock, "create_415"), 415)


async def test_create_429(mock: Mock) -> None:
    for _ in range(2):
        answer = await create(mock, "create_429")
        assert answer.headers["retry-after"] == "7"
        words = said(answer, 429, "resource-exhausted")
        assert re.search(r"team [0-9a-f-]{36} and model .* \(actual/limit\): 71/70", words)
    assert (await create(mock, "create_429")).status_code == 200


async def test_create_529_once(mock: Mock) -> None:
    said(await create(mock, "create_529_once"), 529, "overloaded")
    assert (await create(mock, "create_529_once")).status_code == 200


async def test_zdr_400(mock: Mock) -> None:
    assert "output.upload_url" in said(await create(mock, "zdr_400"), 400)
    upload = {"upload_url": "https://storage.example.com/r.mp4"}
    assert (await create(mock, "zdr_400", output=upload)).status_code == 200


async def test_asset_403_expired(mock: Mock) -> None:
    url = await url_of(mock, "asset_403_expired")
    for _ in range(2):
        cut_off(await mock.get(url, key=""), 403, "AccessDenied")


async def test_asset_reject_bearer(mock: Mock) -> None:
    url = await url_of(mock, "asset_reject_bearer")
    answer = await mock.get(url, key="")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    answer = await mock.get(url, key="", headers={"Authorization": "Bearer test-key"})
    assert answer.status_code == 403
    cut_off(answer, 403, "AccessDenied")


async def test_a_result_host_may_refuse_a_key(make_mock: MakeMock) -> None:
    """The switch by itself, for every download."""
    async with make_mock(chosen={"xai": {"result-key": "refuse"}}) as mock:
        id = await submit(mock, "extensions", extension())
        await mock.advance(LONG)
        url = (await poll(mock, id)).json()["video"]["url"]
        answer = await mock.get(url, key="", headers={"Authorization": "Bearer test-key"})
        cut_off(answer, 403, "AccessDenied")
        assert (await mock.get(url, key="")).status_code == 200
