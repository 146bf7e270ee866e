"""What is shown of a delivery says all that happened, and no secret."""

from __future__ import annotations

import orjson

from mockserver.contract.model import Json
from mockserver.webhooks import show
from mockserver.webhooks.inbox import Inboxes
from tests.webhooks.webhook_steps import SIGNATURE, parcels, policy, post

SECRET = "http://mock.test/hook?job=1&token=hunter2"


async def test_a_delivery_is_shown_with_every_attempt_and_no_secret() -> None:
    async with post() as here:
        here.receivers.script(500, url=SECRET)
        id = here.send(
            url=SECRET, policy=policy(signature=SIGNATURE), make=parcels(b'{"a":1}', "job-1")
        )
        await here.clock.advance(60)
        view: Json = orjson.loads(orjson.dumps(show.whole(here.shown(id))))
    text = orjson.dumps(view)
    assert b"hunter2" not in text
    assert SIGNATURE.secret.encode() not in text
    assert view["url"] == "http://mock.test/hook?job=1&token=redacted"
    assert (view["state"], view["due"], view["body"]) == ("delivered", None, {"a": 1})
    first, second = view["attempts"]
    assert (first["status"], first["why"]) == (500, "answered 500, which is not 200")
    assert (second["delivered"], second["at"]) == (True, "1970-01-01T00:01:00.000Z")
    assert first["request_headers"]["X-Webhook-Timestamp"] == "0"
    assert second["request_headers"]["X-Webhook-Timestamp"] == "60"


async def test_a_list_shows_the_last_status_and_the_next_attempt() -> None:
    async with post() as here:
        here.receivers.script(503)
        id = here.send(due=5)
        assert show.brief(here.shown(id)) == {
            "id": id,
            "provider": "acme",
            "push": "done",
            "job": "job-1",
            "method": "POST",
            "url": "http://mock.test/hook",
            "state": "waiting",
            "attempts": 0,
            "born": "1970-01-01T00:00:00.000Z",
            "due": "1970-01-01T00:00:05.000Z",
        }
        await here.clock.advance(5)
        view = show.brief(here.shown(id))
        assert (view["attempts"], view["status"], view["due"][14:]) == (1, 503, "01:05.000Z")
        assert view["why"] == "answered 503, which is not 200"


async def test_the_journal_tells_the_story_of_a_delivery() -> None:
    async with post() as here:
        here.receivers.script(500, 200, 500, url=SECRET)
        id = here.send(url=SECRET, policy=policy(retries=(60,)))
        here.send(url="https://example.com/", job="job-2")
        await here.clock.advance(60)
        await here.pump.redeliver(id)
        here.send(due=99)
        await here.pump.close()
        lines = [show.entry(one, 1, 7.0, bug) for one, bug in here.told]
    assert [line.say for line in lines] == [
        "attempt 1 at done of job job-1 failed: the receiver answered 500, which is not 200; "
        "next attempt at 1970-01-01T00:01:00.000Z",
        "done of job job-2 was not sent: example.com is not this machine and the egress policy "
        "is loopback, so the name was not even looked up",
        "done of job job-1 was delivered by attempt 2 with 200",
        "attempt 3, asked for by hand, at done of job job-1 failed: the receiver answered 500, "
        "which is not 200",
        "done of job job-1 is given up: the server stopped before its time came",
    ]
    assert [(line.status, line.at) for line in lines] == [
        (500, 0),
        (0, 7),
        (200, 60),
        (500, 60),
        (0, 7),
    ]
    assert "hunter2" not in lines[0].target
    assert lines[1].show()["request"] == {}


async def test_the_journal_says_when_the_fault_is_ours_or_the_retries_are_over() -> None:
    async with post() as here:
        here.receivers.script(500)
        here.send(policy=policy(retries=()))
        await here.clock.advance(0)
        line = show.entry(here.told[0][0], 1, 0)
        assert line.say.endswith("answered 500, which is not 200; it is given up")
        line = show.entry(here.told[0][0], 1, 0, "KeyError: 'x'")
        assert (line.status, line.bug) == (0, "KeyError: 'x'")
        assert line.say.startswith("done of job job-1 was not sent: ")


async def test_a_message_is_shown_as_it_came() -> None:
    async with post() as here:
        box = Inboxes(here.clock)
        box.take("a", "POST", {"Content-Type": "application/json"}, b'{"a":1}', query="token=x&b=1")
        view = show.message(box.read("a")[0])
    assert view == {
        "number": 1,
        "at": "1970-01-01T00:00:00.000Z",
        "method": "POST",
        "query": "token=redacted&b=1",
        "headers": {"content-type": "application/json"},
        "size": 7,
        "body": {"a": 1},
        "answered": 200,
        "pushes": [],
        "problems": ["no push comes as application/json"],
    }
