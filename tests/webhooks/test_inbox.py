"""An inbox takes anything, remembers it, says what is wrong with it, and can be awaited."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from mockserver.contract.model import Json
from mockserver.jobs.clock import VirtualClock, settle
from mockserver.webhooks import inbox as inboxes
from mockserver.webhooks.inbox import WELL, Inboxes, Known, Scripted
from mockserver.webhooks.signing import signed
from tests.webhooks.webhook_steps import SIGNATURE

JSON = {"Content-Type": "application/json; charset=utf-8"}


def wants(name: str) -> Known:
    def check(value: Json) -> list[str]:
        fine = isinstance(value, dict) and name in value
        return [] if fine else [f"body lacks {name}"]

    return Known(f"acme.{name}", "application/json", check, None)


def put(box: Inboxes, name: str = "a", body: bytes = b"{}", **headers: str) -> Scripted:
    return box.take(name, "POST", {**JSON, **headers}, body)


async def test_an_inbox_keeps_what_comes_and_answers_200() -> None:
    box = Inboxes(VirtualClock(5))
    assert (
        box.take("a", "PUT", {"X-One": "1", "Authorization": "Bearer k"}, b"raw", query="q=1")
        == WELL
    )
    (message,) = box.read("a")
    assert (message.number, message.at, message.method, message.query) == (1, 5, "PUT", "q=1")
    assert (message.headers, message.body, message.size) == ({"x-one": "1"}, b"raw", 3)
    assert box.read("other") == []
    assert list(box) == [("a", 1)]


async def test_answers_are_given_in_their_order_and_so_often() -> None:
    box = Inboxes(VirtualClock())
    no, slow = Scripted(500, times=2), Scripted(delay=20)
    box.script("a", [no, slow, Scripted(hangup=True)])
    assert [put(box) for _ in range(5)] == [
        Scripted(500),
        Scripted(500),
        slow,
        Scripted(hangup=True),
        WELL,
    ]
    box.script("a", [no])
    box.script("a", [])
    assert put(box) == WELL


async def test_waiting_ends_when_enough_has_come_or_time_is_up() -> None:
    box = Inboxes(VirtualClock())
    two, three = (asyncio.create_task(box.wait("a", count, 30)) for count in (2, 3))
    await settle()
    put(box)
    await settle()
    assert not two.done()
    put(box)
    assert len(await two) == 2
    assert not three.done()
    put(box)
    assert len(await three) == 3
    assert len(await box.wait("a", 9, 0.01)) == 3
    assert len(await box.wait("a", 1, 0)) == 3


async def test_an_emptied_inbox_has_nothing_and_answers_200() -> None:
    box = Inboxes(VirtualClock())
    put(box)
    box.script("a", [Scripted(500)])
    assert (box.empty("a"), box.empty("a"), box.empty("none")) == (1, 0, 0)
    assert put(box) == WELL
    assert box.read("a")[0].number == 2


async def test_a_reset_empties_all_inboxes_but_whoever_waits_goes_on_waiting() -> None:
    box = Inboxes(VirtualClock())
    put(box, "b")
    waiting = asyncio.create_task(box.wait("a", 1, 30))
    await settle()
    box.reset()
    assert list(box) == [("a", 0)]
    put(box)
    assert [one.number for one in await waiting] == [1]


async def test_what_comes_is_held_against_the_pushes_there_are() -> None:
    box = Inboxes(VirtualClock(), lambda: (wants("x"), wants("y")))
    put(box, body=b'{"x": 1}')
    put(box, body=b'{"x": 1, "y": 2}')
    put(box, body=b'{"z": 1}')
    put(box, body=b"{not json")
    box.take("a", "POST", {"content-type": "text/plain"}, b"x")
    box.take("a", "POST", {}, b"x")
    messages = box.read("a")
    assert [one.pushes for one in messages[:3]] == [("acme.x",), ("acme.x", "acme.y"), ()]
    assert messages[2].problems == ("acme.x: body lacks x", "acme.y: body lacks y")
    assert messages[3].problems[0].startswith("the body is not JSON: ")
    assert messages[4].problems == ("no push comes as text/plain",)
    assert messages[5].problems == ("no push comes as nothing in particular",)


async def test_the_bytes_of_a_result_are_a_push_as_well() -> None:
    film = Known("acme.result", "video/mp4", lambda value: (), None)
    box = Inboxes(VirtualClock(), lambda: (film,))
    box.take("a", "PUT", {"content-type": "video/mp4"}, b"frames", size=10**9)
    (message,) = box.read("a")
    assert (message.pushes, message.size, message.problems) == (("acme.result",), 10**9, ())


@pytest.mark.parametrize(
    ("age", "secret", "verdict"),
    [
        (0, SIGNATURE.secret, "valid"),
        (299, SIGNATURE.secret, "valid"),
        (301, SIGNATURE.secret, "the timestamp is 301 s away from now, 300 allowed"),
        (0, "guess", "the signature does not match what came"),
    ],
)
async def test_a_signature_is_checked_whatever_word_of_the_body_it_stands_over(
    age: int, secret: str, verdict: str
) -> None:
    box = Inboxes(VirtualClock(1000), lambda: (wants("data")._replace(signature=SIGNATURE),))
    body = orjson.dumps({"code": 200, "data": {"info": {"urls": ["u"]}, "taskId": "t-1"}})
    put(box, body=body, **signed(SIGNATURE._replace(secret=secret), "t-1", 1000 - age, body))
    put(box, body=body)
    first, second = box.read("a")
    assert first.signature == verdict
    assert second.signature == "the header X-Webhook-Timestamp is missing"


async def test_nobody_asks_for_a_signature_without_a_secret() -> None:
    unsigned = wants("x")._replace(signature=SIGNATURE._replace(secret=""))
    box = Inboxes(VirtualClock(), lambda: (unsigned,))
    put(box, body=b'{"x": 1}')
    assert box.read("a")[0].signature == ""


async def test_inboxes_are_bounded_in_number_messages_and_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inboxes, "MOST_INBOXES", 3)
    monkeypatch.setattr(inboxes, "MOST_MESSAGES", 4)
    monkeypatch.setattr(inboxes, "MOST_BYTES", 100)
    box = Inboxes(VirtualClock())
    waiting = asyncio.create_task(box.wait("waits", 1, 30))
    await settle()
    for name in "abc":
        put(box, name)
    assert [name for name, _ in box] == ["waits", "b", "c"]
    for _ in range(6):
        put(box, "c")
    assert [one.number for one in box.read("c")] == [4, 5, 6, 7]
    put(box, "b", b"x" * 99)
    assert [(name, count) for name, count in box if count] == [("b", 1)]
    put(box, "waits", b"y" * 200)
    waiting.cancel()
    await settle()
    assert [count for _, count in box] == [0, 0, 0]
    put(box, "c")
    assert len(box) == 3


async def test_long_bodies_and_many_headers_are_kept_in_part() -> None:
    box = Inboxes(VirtualClock())
    many = {f"x-{number}": "y" * 600 for number in range(60)}
    box.take("a", "POST", many, b"z" * 100_000, query="q" * 9999)
    (message,) = box.read("a")
    assert (len(message.headers), len(message.headers["x-1"])) == (50, 500)
    assert (len(message.body), message.size, len(message.query)) == (65536, 100_000, 500)
