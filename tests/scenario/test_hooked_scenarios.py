"""Every scenario of Hooked does on the wire what the catalogue says it does."""

from __future__ import annotations

import sys
from typing import Any

import httpx
import pytest

from mockserver.contract.model import Json
from mockserver.webhooks.model import Answer
from tests.conftest import Mock, only
from tests.providers.hooked_steps import (
    DAY,
    EXTEND,
    LIST,
    LONG,
    TINY,
    ask,
    asked,
    poll,
    post,
    registered,
    submit,
)
from tests.scenario import steps
from tests.scenario.steps import (
    HOOK,
    WAYS,
    Receiver,
    asking,
    born,
    broken_off,
    kept_waiting,
    to_the_end,
    untold,
)

REFUSED: dict[str, tuple[int, Json]] = {
    "no_credits": (400, {"success": False, "message": "Not enough credits"}),
    "no_credits_402": (402, {"success": False, "message": "Not enough credits"}),
    "no_credits_403": (403, {"success": False, "message": "Not enough credits"}),
    "media_not_found": (404, {"success": False, "message": "Media not found"}),
    "media_not_found_400": (400, {"success": False, "message": "Media not found"}),
    "not_a_video": (400, {"success": False, "message": "Media is not a video"}),
    "no_subscription": (403, {"success": False, "message": "An active subscription is required"}),
    "unauthorized": (
        401,
        {"success": False, "message": "Invalid API key", "code": "INVALID_API_KEY"},
    ),
    "unauthorized_without_code": (401, {"success": False, "message": "Invalid API key"}),
    "unauthorized_flat": (
        401,
        {"error": {"code": "INVALID_API_KEY", "message": "Invalid API key"}},
    ),
    "refused_without_prefix": (400, {"success": False, "message": "prompt: Prompt is required"}),
}
REFUSED_ONCE = {"rate_limited": 429, "server_error": 500}
FAILED = {
    "failed": "Video generation failed",
    "content_policy": "Video generation failed: the prompt was rejected by the content filter",
}
WEBHOOKS = {"webhook_v2": "project.completed", "webhook_v3": "video.completed"}


mock = only("hooked")


async def told(mock: Mock, name: str, **more: Any) -> str:
    """A new video that a scenario was asked for with."""
    return await submit(mock, asked(**more), headers=asking(name))


async def made(mock: Mock, name: str) -> str:
    """The address of a finished small video that a scenario was asked for with."""
    id = await told(mock, name, media=await registered(mock, f"{TINY}.mp4"))
    await to_the_end(mock, id)
    return str((await poll(mock, id))["url"])


async def raw_poll(mock: Mock, id: str, **rest: Any) -> httpx.Response:
    return await ask(mock, "GET", f"/v1/video/{id}", **rest)


def test_every_scenario_is_told() -> None:
    left = untold("hooked", sys.modules[__name__], pushes=True)
    assert set(left) <= {*REFUSED, *REFUSED_ONCE, *FAILED, *WEBHOOKS}


@pytest.mark.parametrize("way", WAYS)
async def test_three_ways_lead_to_a_scenario(mock: Mock, way: str) -> None:
    answer = await ask(mock, "POST", EXTEND, **steps.asked("failed", way, asked()))
    id = answer.json()["data"]["videoId"]
    await mock.advance(LONG)
    assert (await poll(mock, id))["status"] == "FAILED"


@pytest.mark.parametrize("name", REFUSED)
async def test_a_request_is_refused(mock: Mock, name: str) -> None:
    answer = await post(mock, asked(), headers=asking(name))
    assert (answer.status_code, answer.json()) == REFUSED[name]
    assert len(mock.app.world.jobs) == 0


async def test_a_key_that_is_not_accepted_fails_everywhere(mock: Mock) -> None:
    for path in ("/v1/video/any", LIST):
        assert (await ask(mock, "GET", path, key="test-key+unauthorized")).status_code == 401


@pytest.mark.parametrize("name", REFUSED_ONCE)
async def test_the_second_request_is_taken(mock: Mock, name: str) -> None:
    answers = [await post(mock, asked(), headers=asking(name)) for _ in range(3)]
    assert [one.status_code for one in answers] == [REFUSED_ONCE[name], 200, 200]
    assert answers[0].json()["success"] is False
    assert ("retry-after" in answers[0].headers) == (name == "rate_limited")
    assert len(mock.app.world.jobs) == 2


@pytest.mark.parametrize("name", FAILED)
async def test_the_job_fails(mock: Mock, name: str) -> None:
    receiver = Receiver(mock)
    id = await told(mock, name, webhook=HOOK)
    await mock.advance(LONG)
    video = await poll(mock, id)
    assert (video["status"], video["message"], video["url"]) == ("FAILED", FAILED[name], None)
    (body,) = receiver.bodies()
    assert (body["status"], body["message"]) == ("FAILED", FAILED[name])


async def test_stuck(mock: Mock) -> None:
    id = await told(mock, "stuck")
    await mock.advance(7 * DAY)
    assert (await poll(mock, id))["status"] == "PROCESSING"


async def test_slow(mock: Mock) -> None:
    id = await told(mock, "slow")
    await mock.advance(599)  # four seconds take one minute at least
    assert (await poll(mock, id))["status"] == "PROCESSING"
    await mock.advance(LONG)
    assert (await poll(mock, id))["status"] == "COMPLETED"


async def test_expired(mock: Mock) -> None:
    answer = await mock.get(await made(mock, "expired"), key="")
    assert answer.status_code == 403
    assert "<Code>AccessDenied</Code>" in answer.text


async def test_url_expires_soon(mock: Mock) -> None:
    url = await made(mock, "url_expires_soon")
    assert (await mock.get(url, key="")).status_code == 200
    await mock.advance(60)
    assert (await mock.get(url, key="")).status_code == 403


async def test_done_without_url(mock: Mock) -> None:
    id = await told(mock, "done_without_url")
    await mock.advance(LONG)
    video = await poll(mock, id)
    assert (video["status"], video["url"]) == ("COMPLETED", None)


async def test_unknown_status(mock: Mock) -> None:
    id = await told(mock, "unknown_status")
    assert [(await poll(mock, id))["status"] for _ in range(3)] == ["QUEUED", "QUEUED", "STARTED"]


async def test_media_404_once(mock: Mock) -> None:
    url = await made(mock, "media_404_once")
    assert [(await mock.get(url, key="")).status_code for _ in range(3)] == [404, 200, 200]


async def test_media_truncated(mock: Mock) -> None:
    with broken_off():
        await mock.get(await made(mock, "media_truncated"), key="")


async def test_reset(mock: Mock) -> None:
    """The first request makes a job that its client does not hear of."""
    with broken_off():
        await post(mock, asked(), headers=asking("reset"))
    assert len(mock.app.world.jobs) == 1
    await told(mock, "reset")
    assert len(mock.app.world.jobs) == 2


async def test_webhook_lost(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_lost", webhook=HOOK)
    await mock.advance(DAY)
    assert receiver.taken == []
    assert (await poll(mock, id))["status"] == "COMPLETED"


async def test_webhook_twice(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_twice", webhook=HOOK)
    await to_the_end(mock, id, DAY)
    first, second = receiver.bodies()
    assert first == second
    assert first["data"]["videoId"] == id


async def test_webhook_late(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_late", webhook=HOOK)
    await to_the_end(mock, id, 3599.9)
    assert receiver.taken == []
    assert (await poll(mock, id))["status"] == "COMPLETED"
    await mock.advance(0.1)
    assert receiver.bodies()[0]["status"] == "COMPLETED"


async def test_webhook_early(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_early", webhook=HOOK)
    (body,) = receiver.bodies()
    assert body["data"]["videoId"] == id
    await mock.advance(DAY)
    assert len(receiver.taken) == 1


async def test_webhook_forged(mock: Mock) -> None:
    """Hooked signs nothing: what tells the first from the second is what a poll says."""
    receiver = Receiver(mock)
    id = await told(mock, "webhook_forged", webhook=HOOK)
    await mock.advance(1)
    (forged,) = receiver.bodies()
    assert forged["data"]["status"] == "COMPLETED"
    assert (await mock.get(forged["data"]["url"], key="")).status_code == 404
    assert (await poll(mock, id))["status"] == "STARTED"
    await mock.advance(DAY)
    assert len(receiver.taken) == 2


@pytest.mark.parametrize("name", WEBHOOKS)
async def test_the_webhook_has_another_body(mock: Mock, name: str) -> None:
    receiver = Receiver(mock)
    await told(mock, name, webhook=HOOK, metadata={"order": 7})
    await mock.advance(LONG)
    (body,) = receiver.bodies()
    assert body["event"] == WEBHOOKS[name]
    assert "data" not in body
    assert ("downloadUrl" in body, "metadata" in body) == (
        (True, False) if name == "webhook_v3" else (False, True)
    )


async def test_webhook_v2_failed(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_v2_failed", webhook=HOOK)
    await mock.advance(LONG)
    (body,) = receiver.bodies()
    assert (body["event"], body["status"]) == ("project.failed", "failed")
    assert body["projectId"] == (await poll(mock, id))["projectId"]
    assert id not in str(body)


async def test_webhook_slow_200(mock: Mock) -> None:
    """The receiver took it, two seconds long; it comes again, as if it had not."""
    receiver = Receiver(mock, Answer(200, delay=2))
    id = await told(mock, "webhook_slow_200", webhook=HOOK)
    await to_the_end(mock, id, 60.9)
    assert len(receiver.taken) == 1
    await mock.advance(0.1)
    first, second = receiver.bodies()
    assert first == second
    await mock.advance(DAY)
    assert len(receiver.taken) == 2


async def test_webhook_odd_status(mock: Mock) -> None:
    receiver = Receiver(mock)
    id = await told(mock, "webhook_odd_status", webhook=HOOK)
    await mock.advance(LONG)
    (body,) = receiver.bodies()
    assert body["status"] == body["data"]["status"] == "archived"
    assert (await poll(mock, id))["status"] == "COMPLETED"


async def test_lower_case_status(mock: Mock) -> None:
    receiver, key = Receiver(mock), "test-key+lower_case_status"
    created = (await post(mock, asked(webhook=HOOK), key=key)).json()["data"]
    assert created["status"] == "processing"
    assert (await poll(mock, created["videoId"]))["status"] == "processing"
    await mock.advance(LONG)
    assert (await poll(mock, created["videoId"]))["status"] == "completed"
    listed = (await ask(mock, "GET", LIST, key=key)).json()["data"]["videos"]
    assert [one["status"] for one in listed] == ["completed"]
    (body,) = receiver.bodies()
    assert body["status"] == body["data"]["status"] == "completed"


async def test_flat_bodies(mock: Mock) -> None:
    created = (await post(mock, asked(), headers=asking("flat_bodies"))).json()
    assert set(created) == {"videoId", "status", "estimatedSeconds"}
    await mock.advance(LONG)
    video = (await raw_poll(mock, created["videoId"])).json()
    assert set(video) == {"videoId", "status", "progress", "downloadUrl", "duration"}
    assert video["status"] == "completed"
    wrong = await raw_poll(mock, "any", headers=asking("flat_bodies"))
    assert wrong.json() == {"error": {"code": "NOT_FOUND", "message": "Video not found"}}


async def test_success_false_on_200(mock: Mock) -> None:
    answer = await post(mock, asked(), headers=asking("success_false_on_200"))
    assert answer.status_code == 200
    assert answer.json() == {"success": False, "message": "Something went wrong"}


async def test_poll_success_false(mock: Mock) -> None:
    id = await told(mock, "poll_success_false")
    answer = await raw_poll(mock, id)
    assert answer.status_code == 200
    assert answer.json() == {"success": False, "message": "Something went wrong"}
    assert (await poll(mock, id))["status"] == "STARTED"


async def test_completed_at_once(mock: Mock) -> None:
    created = (await post(mock, asked(), headers=asking("completed_at_once"))).json()["data"]
    assert created["status"] == "COMPLETED"
    video = await poll(mock, created["videoId"])
    assert (video["status"], video["progress"]) == ("COMPLETED", 100)
    assert video["url"].endswith(".mp4")


async def test_poll_rate_limited(mock: Mock) -> None:
    id = await told(mock, "poll_rate_limited")
    answers = [await raw_poll(mock, id) for _ in range(3)]
    assert [one.status_code for one in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert answers[0].json()["code"] == "RATE_LIMITED"


async def test_poll_hangs(mock: Mock) -> None:
    id = await told(mock, "poll_hangs")
    assert (await kept_waiting(mock, 120, raw_poll(mock, id))).status_code == 200
    assert (await raw_poll(mock, id)).status_code == 200


async def test_strict_fields(mock: Mock) -> None:
    for field, value, said in (
        ("extendVideoSettings", {"prompt": "x"}, "extendVideoSettings: Unrecognized field"),
        ("aspectRatio", "16:9", "aspectRatio: Invalid enum value"),
    ):
        body = asked(**{field: value})
        assert (await post(mock, body)).status_code == 200
        answer = await post(mock, body, headers=asking("strict_fields"))
        assert (answer.status_code, answer.json()["message"]) == (400, said)


async def test_webhook_https_only(mock: Mock) -> None:
    body = asked(webhook="http://127.0.0.1:9/hook")
    assert (await post(mock, body)).status_code == 200
    answer = await post(mock, body, headers=asking("webhook_https_only"))
    assert answer.status_code == 400
    assert answer.json()["message"] == "webhook: Webhook must be an HTTPS URL"


async def test_one_job_goes_wrong_alone(mock: Mock) -> None:
    wrong, usual = await told(mock, "stuck"), await submit(mock)
    await mock.advance(DAY)
    assert (await poll(mock, wrong))["status"] == "PROCESSING"
    assert (await poll(mock, usual))["status"] == "COMPLETED"
    assert born(mock, wrong).ends > born(mock, usual).ends
