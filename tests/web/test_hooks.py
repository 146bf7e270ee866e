"""The control API tells of every delivery, sends one again, and takes webhooks itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mockserver.contract.model import Json
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import MakeMock, Mock

INBOX = "http://mock.test/_mock/inbox/mine"
SOURCE = "http://mock.test/_mock/sources/320x180-24fps-3s.mp4"


async def sent(mock: Mock, url: str = INBOX) -> str:
    """A job whose video is to be put to a URL; the id of the delivery."""
    body = {
        "prompt": "on",
        "video": {"url": SOURCE},
        "duration": 2,
        "output": {"upload_url": url},
    }
    answer = await mock.post("/xai/v1/videos/extensions", json=body)
    assert answer.status_code == 200
    shown = (await mock.get("/_mock/webhooks?limit=1")).json()["webhooks"]
    return str(shown[0]["id"])


async def webhook(mock: Mock, id: str) -> Json:
    return (await mock.get(f"/_mock/webhooks/{id}")).json()


async def messages(mock: Mock, name: str = "mine", **query: Any) -> Json:
    return (await mock.get(f"/_mock/inbox/{name}", params=query)).json()["messages"]


async def test_a_webhook_to_an_inbox_arrives_and_is_told_everywhere(mock: Mock) -> None:
    id = await sent(mock)
    assert (await webhook(mock, id))["state"] == "waiting"
    await mock.advance(3600)
    view = await webhook(mock, id)
    assert (view["state"], view["status"], view["media_type"]) == ("delivered", 200, "video/mp4")
    (message,) = await messages(mock, count=1)
    assert (message["method"], message["pushes"]) == ("PUT", ["xai.video_delivered"])
    assert message["size"] == view["size"] > 10_000
    entry = next(one.show() for one in mock.app.world.journal if one.kind == "delivery")
    assert entry["say"].startswith("video_delivered of job")
    assert entry["say"].endswith("was delivered by attempt 1 with 200")


async def test_deliveries_are_listed_newest_first_and_filtered(mock: Mock) -> None:
    first, second = await sent(mock), await sent(mock, "https://example.com/up?token=hunter2")
    await mock.advance(3600)
    shown = (await mock.get("/_mock/webhooks")).json()
    assert shown["total"] == 2
    assert [one["id"] for one in shown["webhooks"]] == [second, first]
    assert "hunter2" not in str(shown)
    for query, ids in (
        ({"state": "delivered"}, [first]),
        ({"state": "refused"}, [second]),
        ({"provider": "xai"}, [second, first]),
        ({"provider": "ltx"}, []),
        ({"job": shown["webhooks"][1]["job"]}, [first]),
        ({"limit": 1}, [second]),
    ):
        found = (await mock.get("/_mock/webhooks", params=query)).json()["webhooks"]
        assert [one["id"] for one in found] == ids
    assert (await mock.get("/_mock/webhooks?state=lost")).status_code == 400
    assert (await mock.get("/_mock/webhooks/nope")).status_code == 404


async def test_what_the_policy_refuses_is_journalled_with_the_reason(mock: Mock) -> None:
    id = await sent(mock, "https://example.com/up")
    await mock.advance(3600)
    view = await webhook(mock, id)
    assert view["attempts"] == []
    assert "the egress policy is loopback" in view["why"]
    assert view["size"] > 10_000
    entry = next(one.show() for one in mock.app.world.journal if one.kind == "delivery")
    assert "was not sent: example.com is not this machine" in entry["say"]


async def test_redelivery_sends_the_same_again(mock: Mock) -> None:
    id = await sent(mock)
    answer = await mock.post(f"/_mock/webhooks/{id}/redeliver")
    assert answer.status_code == 409
    assert "its time has not come" in answer.json()["message"]
    await mock.advance(3600)
    answer = await mock.post(f"/_mock/webhooks/{id}/redeliver")
    assert [one["asked"] for one in answer.json()["attempts"]] == [False, True]
    assert len(await messages(mock)) == 2
    assert (await mock.post("/_mock/webhooks/nope/redeliver")).status_code == 404


async def test_answers_can_be_scripted(mock: Mock) -> None:
    script = [{"status": 500, "body": {"no": 1}}, {"hangup": True}, {"delay": 86400}]
    answer = await mock.request("PUT", "/_mock/inbox/mine/answers", json=script)
    assert answer.json() == {"answers": 3}
    id = await sent(mock)
    await mock.advance(3600)
    for why in ("answered 500", "hung up without an answer", "did not answer within"):
        view = await webhook(mock, id)
        assert view["attempts"][-1]["why"].startswith(why)
        view = (await mock.post(f"/_mock/webhooks/{id}/redeliver")).json()
    assert view["state"] == "delivered"
    assert [one["answered"] for one in await messages(mock)] == [500, "hung up", 200, 200]


@pytest.mark.parametrize(
    "script",
    [{}, [{"status": 99}], [{"times": 0}], [{"delay": -1}], [{"say": "no"}], [1], "x"],
)
async def test_a_wrong_script_is_refused(mock: Mock, script: Json) -> None:
    answer = await mock.request("PUT", "/_mock/inbox/mine/answers", json=script)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid")


async def test_anybody_may_post_to_an_inbox(mock: Mock) -> None:
    script = [{"status": 204, "body": 1}, {"status": 422, "body": ["x"]}]
    await mock.request("PUT", "/_mock/inbox/a%20b/answers", json=script)
    first = await mock.post("/_mock/inbox/a%20b?x=1", content=b"\xff", headers={"X-A": "b"})
    second = await mock.request("PUT", "/_mock/inbox/a%20b", json={"z": 1})
    third = await mock.post("/_mock/inbox/a%20b")
    assert [one.status_code for one in (first, second, third)] == [204, 422, 200]
    assert (first.content, second.json(), third.json()) == (b"", ["x"], {"received": True})
    found = await messages(mock, "a%20b")
    assert [one["method"] for one in found] == ["POST", "PUT", "POST"]
    assert (found[0]["query"], found[0]["headers"]["x-a"]) == ("x=1", "b")
    assert found[1]["body"] == {"z": 1}
    assert found[1]["problems"] != []


async def test_one_can_wait_for_what_comes(mock: Mock) -> None:
    waiting = asyncio.create_task(messages(mock, count=2, timeout=20))
    for _ in range(2):
        await mock.post("/_mock/inbox/mine", json={})
    assert len(await waiting) == 2
    assert len(await messages(mock, count=3, timeout=0.01)) == 2
    for query in ({"count": -1}, {"count": "x"}, {"timeout": 301}, {"timeout": "nan"}):
        answer = await mock.get("/_mock/inbox/mine", params=query)
        assert answer.status_code == 400, query


async def test_inboxes_are_listed_emptied_and_reset(mock: Mock) -> None:
    await mock.post("/_mock/inbox/mine", json={})
    assert (await mock.get("/_mock/inbox")).json() == {"inboxes": [{"name": "mine", "messages": 1}]}
    answer = await mock.request("DELETE", "/_mock/inbox/mine")
    assert answer.json() == {"forgotten": 1}
    assert await messages(mock) == []
    await sent(mock)
    await mock.post("/_mock/inbox/mine", json={})
    assert (await mock.post("/_mock/reset")).json()["forgotten"]["deliveries"] == 1
    assert (await mock.get("/_mock/inbox")).json() == {"inboxes": []}
    await mock.advance(3600)
    assert await messages(mock) == []
    assert (await mock.get("/_mock/webhooks")).json() == {"webhooks": [], "total": 0}


async def test_an_outside_sender_is_kept_waiting_or_hung_up_on(make_mock: MakeMock) -> None:
    async with make_mock(clock="real", speed=1000) as mock:
        script = [{"delay": 5, "status": 503}]
        await mock.request("PUT", "/_mock/inbox/mine/answers", json=script)
        before = mock.app.world.clock.now()
        assert (await mock.post("/_mock/inbox/mine", json={})).status_code == 503
        assert mock.app.world.clock.now() - before >= 5


async def test_deliveries_to_our_own_paths_need_no_socket(mock: Mock) -> None:
    """One provider puts its result to the upload URL of another, which misses a signed header."""
    headers = {"Authorization": "Bearer test-key"}
    upload = (await mock.post("/ltx/v1/upload", headers=headers)).json()
    id = await sent(mock, upload["upload_url"])
    await mock.advance(60)
    (attempt,) = (await webhook(mock, id))["attempts"]
    assert (attempt["status"], "SignatureDoesNotMatch" in attempt["answer"]) == (403, True)
    calls = [one.show() for one in mock.app.world.journal if one.kind == "call"]
    assert (calls[-1]["provider"], calls[-1]["method"]) == ("ltx", "PUT")


async def test_a_delivery_to_nowhere_of_ours_fails_as_anywhere(mock: Mock) -> None:
    id = await sent(mock, "http://mock.test/_mock/inbox")
    await mock.advance(3600)
    assert (await webhook(mock, id))["attempts"][0]["status"] == 405


async def test_a_receiver_that_asks_for_time_does_not_stop_it(mock: Mock) -> None:
    """It would wait for the advance that waits for it; its time limit sets both free."""
    id = await sent(mock, "http://mock.test/_mock/clock/advance")
    mock.app.world.pump._courier._patience = 0.05
    await mock.advance(3600)
    assert (await webhook(mock, id))["state"] == "failed"


async def test_a_public_url_with_a_path_is_ours_and_its_neighbours_are_not(
    make_mock: MakeMock,
) -> None:
    taken: list[str] = []

    async def receive(outgoing: Outgoing) -> Answer:
        taken.append(outgoing.url)
        return Answer(200)

    async with make_mock(public_url="https://example.com/mock") as mock:
        mock.app.address = "https://example.com/mock"
        mock.app.receivers["https://example.org/x"] = receive
        ids = [
            await sent(mock, url)
            for url in (
                "https://example.com/mock/_mock/inbox/mine",
                "https://example.com/mocking/_mock/inbox/mine",
                "https://example.com/_mock/inbox/mine",
                "https://example.org/x",
            )
        ]
        await mock.advance(3600)
        states = [(await webhook(mock, id))["state"] for id in ids]
        assert states == ["delivered", "refused", "refused", "delivered"]
        assert len(await messages(mock)) == 1
        assert taken == ["https://example.org/x"]
