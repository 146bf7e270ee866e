"""Every scenario of Pictory does on the wire what the catalogue says it does."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest

from mockserver.contract.model import Json
from mockserver.webhooks.model import Answer
from tests.conftest import Mock, only
from tests.providers.pictory_steps import (
    API,
    IMAGES,
    JOBS,
    KEY,
    LONG,
    SOURCE,
    VIDEOS,
    ask,
    asked,
    listing,
    poll,
    submit,
)
from tests.scenario import steps
from tests.scenario.steps import HOOK, WAYS, Receiver, asking, born, broken_off, to_the_end, untold

DAY = 86400.0
UNAUTHORIZED = {"message": "Unauthorized"}
REFUSED: dict[str, tuple[int, str]] = {
    "no_credits": (402, "INSUFFICIENT_CREDITS"),
    "source_refused": (400, "SOURCE_DOWNLOAD_FAILED"),
}
REFUSED_ONCE = {"rate_limited": 429, "server_error": 500}
FAILED = {
    "failed": ("VIDEO_GENERATION_FAILED", "The video could not be generated"),
    "content_policy": (
        "CONTENT_POLICY_VIOLATION",
        "The prompt was rejected by content moderation",
    ),
    "source_unreachable": ("SOURCE_DOWNLOAD_FAILED", "could not be downloaded"),
    "no_credits_in_job": ("INSUFFICIENT_CREDITS", "Insufficient AI credits"),
    "in_progress_in_error": ("VIDEO_GENERATION_FAILED", "in-progress"),
}


mock = only("pictory")


async def create(mock: Mock, name: str, path: str = VIDEOS, **more: Any) -> httpx.Response:
    """The answer to a create call that asks for a scenario."""
    return await ask(mock, "POST", path, json=asked(**more), headers=asking(name))


async def told(mock: Mock, name: str, path: str = VIDEOS, **more: Any) -> str:
    """A new job that a scenario was asked for with."""
    answer = await create(mock, name, path, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["jobId"])


async def raw_poll(mock: Mock, id: str, **rest: Any) -> httpx.Response:
    return await ask(mock, "GET", f"{JOBS}/{id}", **rest)


async def picture(mock: Mock, name: str) -> str:
    """The address of the small picture of a finished image that a scenario was asked for with."""
    id = await told(mock, name, IMAGES, aspectRatio="16:9")
    await to_the_end(mock, id)
    return str((await poll(mock, id))["data"]["url"])


async def fetched(mock: Mock, url: str) -> httpx.Response:
    return await mock.get(url, key="")


def test_every_scenario_is_told() -> None:
    left = untold("pictory", sys.modules[__name__], pushes=True)
    assert set(left) <= {*REFUSED, *REFUSED_ONCE, *FAILED}


@pytest.mark.parametrize("way", WAYS)
async def test_three_ways_lead_to_a_scenario(mock: Mock, way: str) -> None:
    how = {"key": KEY, **steps.asked("failed", way, asked())}
    id = (await ask(mock, "POST", VIDEOS, **how)).json()["data"]["jobId"]
    await mock.advance(LONG)
    view = await poll(mock, id, key=how["key"].partition("+")[0])
    assert view["data"]["status"] == "failed"


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("path", [VIDEOS, IMAGES])
async def test_a_request_is_refused(mock: Mock, name: str, path: str) -> None:
    answer = await create(mock, name, path)
    assert (answer.status_code, answer.json()["code"]) == REFUSED[name]
    assert len(mock.app.world.jobs) == 0


@pytest.mark.parametrize("name", REFUSED_ONCE)
async def test_the_second_request_is_taken(mock: Mock, name: str) -> None:
    answers = [await create(mock, name) for _ in range(3)]
    assert [one.status_code for one in answers] == [REFUSED_ONCE[name], 200, 200]
    assert set(answers[0].json()) == {"message"}
    assert ("retry-after" in answers[0].headers) == (name == "rate_limited")
    assert len(mock.app.world.jobs) == 2


async def test_unauthorized(mock: Mock) -> None:
    key = f"{KEY}+unauthorized"
    for method, path in (("POST", VIDEOS), ("GET", VIDEOS), ("GET", f"{JOBS}/1"), ("GET", JOBS)):
        body = {"json": asked()} if method == "POST" else {}
        answer = await ask(mock, method, path, key=key, **body)
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


async def test_cloudflare_1010(mock: Mock) -> None:
    """The edge's page is no JSON, and comes before any word of the API."""
    key = f"{KEY}+cloudflare_1010"
    for method, path in (("POST", VIDEOS), ("GET", f"{JOBS}/1"), ("GET", f"{API}/quota")):
        body = {"json": asked()} if method == "POST" else {}
        answer = await ask(mock, method, path, key=key, **body)
        assert (answer.status_code, answer.text) == (403, "error code: 1010")
        assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("name", FAILED)
@pytest.mark.parametrize("path", [VIDEOS, IMAGES])
async def test_the_job_fails(mock: Mock, name: str, path: str) -> None:
    receiver = Receiver(mock)
    id = await told(mock, name, path, webhook=HOOK)
    await mock.advance(LONG)
    view = await poll(mock, id)
    code, words = FAILED[name]
    assert (view["success"], view["data"]["status"]) == (False, "failed")
    assert view["data"]["error_code"] == code
    assert words in view["data"]["error_message"]
    assert receiver.bodies() == [view]


async def test_stuck(mock: Mock) -> None:
    id = await told(mock, "stuck")
    await mock.advance(7 * DAY)
    assert (await poll(mock, id))["data"] == {"status": "in-progress"}


async def test_slow(mock: Mock) -> None:
    id = await told(mock, "slow")
    await mock.advance(649)  # five seconds of video take 65 at least
    assert (await poll(mock, id))["data"] == {"status": "in-progress"}
    await mock.advance(2 * LONG)
    assert (await poll(mock, id))["data"]["status"] == "completed"


async def test_expired(mock: Mock) -> None:
    answer = await fetched(mock, await picture(mock, "expired"))
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


async def test_url_expires_soon(mock: Mock) -> None:
    url = await picture(mock, "url_expires_soon")
    assert (await fetched(mock, url)).status_code == 200
    await mock.advance(60)
    assert (await fetched(mock, url)).status_code == 403


@pytest.mark.parametrize("path", [VIDEOS, IMAGES])
async def test_cleaned(mock: Mock, path: str) -> None:
    """An end that is no success: no state of the guide's loop, and no reason to go on."""
    id = await told(mock, "cleaned", path)
    await to_the_end(mock, id, -0.01)
    assert (await poll(mock, id))["data"] == {"status": "in-progress"}
    await mock.advance(0.01)
    assert await poll(mock, id) == {"job_id": id, "success": False, "data": {"status": "cleaned"}}


async def test_done_without_url(mock: Mock) -> None:
    id = await told(mock, "done_without_url")
    await mock.advance(LONG)
    data = (await poll(mock, id))["data"]
    assert data["status"] == "completed"
    assert "url" not in data


async def test_unknown_status(mock: Mock) -> None:
    id = await told(mock, "unknown_status")
    states = [(await poll(mock, id))["data"]["status"] for _ in range(3)]
    assert states == ["queued", "queued", "in-progress"]


async def test_media_404_once(mock: Mock) -> None:
    url = await picture(mock, "media_404_once")
    assert [(await fetched(mock, url)).status_code for _ in range(3)] == [404, 200, 200]


async def test_media_truncated(mock: Mock) -> None:
    with broken_off():
        await fetched(mock, await picture(mock, "media_truncated"))


async def test_reset(mock: Mock) -> None:
    """The first request makes a job that its client does not hear of."""
    with broken_off():
        await create(mock, "reset")
    assert len(mock.app.world.jobs) == 1
    await told(mock, "reset")
    assert len(mock.app.world.jobs) == 2


async def test_webhook_lost(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_lost", webhook=HOOK)
    await mock.advance(DAY)
    assert receiver.taken == []
    assert (await poll(mock, id))["data"]["status"] == "completed"


async def test_webhook_twice(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_twice", webhook=HOOK)
    await to_the_end(mock, id, DAY)
    assert receiver.bodies() == [await poll(mock, id)] * 2


async def test_webhook_late(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_late", webhook=HOOK)
    await to_the_end(mock, id, 3599.9)
    assert receiver.taken == []
    await mock.advance(0.1)
    assert receiver.bodies() == [await poll(mock, id)]


async def test_webhook_early(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_early", webhook=HOOK)
    assert [one["job_id"] for one in receiver.bodies()] == [id]
    await mock.advance(DAY)
    assert len(receiver.taken) == 1


async def test_webhook_forged(mock: Mock) -> None:
    """Pictory signs nothing: what tells the first from the second is what a poll says."""
    receiver = Receiver(mock)
    id = await told(mock, "webhook_forged", webhook=HOOK)
    await mock.advance(1)
    (forged,) = receiver.bodies()
    assert forged["data"]["status"] == "completed"
    assert (await poll(mock, id))["data"] == {"status": "in-progress"}
    await mock.advance(DAY)
    assert len(receiver.taken) == 2


async def test_webhook_retried(mock: Mock) -> None:
    receiver = Receiver(mock, Answer(500))
    id = await told(mock, "webhook_retried", webhook=HOOK)
    await to_the_end(mock, id, 59.9)
    assert len(receiver.taken) == 1
    await mock.advance(0.1)
    assert receiver.bodies() == [await poll(mock, id)] * 2


async def test_in_progress_in_prompt(mock: Mock) -> None:
    """The words are still there when the job is done: who searches the text polls for ever."""
    id = await told(mock, "in_progress_in_prompt")
    await mock.advance(LONG)
    answer = await raw_poll(mock, id)
    assert answer.json()["data"]["status"] == "completed"
    assert "in-progress" in answer.text


async def test_poll_rate_limited(mock: Mock) -> None:
    id = await told(mock, "poll_rate_limited")
    answers = [await raw_poll(mock, id) for _ in range(3)]
    assert [one.status_code for one in answers] == [429, 429, 200]
    assert answers[0].json() == {"message": "Too Many Requests"}
    assert answers[0].headers["retry-after"] == "60"


async def test_job_not_found(mock: Mock) -> None:
    answer = await raw_poll(mock, await told(mock, "job_not_found"))
    assert answer.status_code == 404
    assert answer.json()["data"] == {"error_code": "5000", "error_message": "JOB_NOT_FOUND"}


async def test_job_not_found_200(mock: Mock) -> None:
    id = await told(mock, "job_not_found_200")
    data = {"error_code": "5000", "error_message": "JOB_NOT_FOUND"}
    assert await poll(mock, id) == {"job_id": id, "success": False, "data": data}


async def test_error_code_number(mock: Mock) -> None:
    answer = await raw_poll(mock, await told(mock, "error_code_number"))
    assert answer.status_code == 404
    assert answer.json()["data"] == {"error_code": 5000, "error_message": "JOB_NOT_FOUND"}


async def test_strict_fields(mock: Mock) -> None:
    misspelled = {"extendVideoURL": SOURCE}
    await submit(mock, **misspelled)
    answer = await create(mock, "strict_fields", **misspelled)
    assert answer.status_code == 400
    assert "extendVideoURL" in answer.text


async def test_upload_link_expired(mock: Mock) -> None:
    ticket = {"fileName": "a.mp4", "contentType": "video/mp4"}
    answer = await ask(
        mock,
        "POST",
        f"{API}/media/generateurl",
        json=ticket,
        headers=asking("upload_link_expired"),
    )
    signed = answer.json()["data"]["signedUrl"]
    await mock.advance(1)
    typed = {"Content-Type": "video/mp4"}
    answer = await mock.request("PUT", signed, key="", content=b"0", headers=typed)
    assert answer.status_code == 403
    assert "Request has expired" in answer.text


async def test_list_ends_without_key(mock: Mock) -> None:
    key = f"{KEY}+list_ends_without_key"
    ids = [await submit(mock) for _ in range(2)]
    first = await listing(mock, JOBS, key=key)
    second = await listing(mock, JOBS, key=key, nextPageKey=first["nextPageKey"])
    assert "nextPageKey" not in second
    found = [one["data"]["jobId"] for page in (first, second) for one in page["items"]]
    assert found == ids[::-1]


async def test_square_images(mock: Mock) -> None:
    id = await told(mock, "square_images", IMAGES, aspectRatio="16:9")
    await mock.advance(LONG)
    data: Json = (await poll(mock, id))["data"]
    assert (data["width"], data["height"]) == (1024, 1024)


async def test_one_job_goes_wrong_alone(mock: Mock) -> None:
    wrong, usual = await told(mock, "stuck"), await submit(mock)
    await mock.advance(DAY)
    assert (await poll(mock, wrong))["data"]["status"] == "in-progress"
    assert (await poll(mock, usual))["data"]["status"] == "completed"
    assert born(mock, wrong).ends > born(mock, usual).ends
