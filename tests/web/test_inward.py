"""What is handed over in this process arrives as it would over a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.jobs.clock import VirtualClock
from mockserver.web.inward import inbox_at, to_application, to_inbox
from mockserver.web.wire import Message, Receive, Scope, Send
from mockserver.webhooks.inbox import Inboxes, Scripted
from mockserver.webhooks.model import Outgoing, Parcel

URL = "http://mock.test/ä/b?q=ü&r=%20"


class Echo:
    """An application that remembers the call, reads all of it and then waits for the end."""

    def __init__(self) -> None:
        self.scope: Scope = {}
        self.body = b""
        self.pieces = 0
        self.last: Message = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        more = True
        while more:
            message = await receive()
            self.body += message["body"]
            self.pieces += 1
            more = message["more_body"]
        head = {"status": 202, "headers": [(b"x-a", b"1")]}
        await send({"type": "http.response.start", **head})
        await send({"type": "http.response.body", "body": b"x" * 1500, "more_body": True})
        await send({"type": "http.response.body", "body": b"y" * 1500})
        self.last = await receive()


def outgoing(parcel: Parcel) -> Outgoing:
    return Outgoing("POST", URL, {"Content-Type": "text/plain", "X-One": "ü"}, parcel)


async def test_an_application_gets_the_call_as_over_a_socket() -> None:
    echo = Echo()
    answer = await to_application(echo, "/ä/b")(outgoing(Parcel(b"hello")))
    assert (answer.status, answer.headers) == (202, {"x-a": "1"})
    assert answer.body == b"x" * 1500 + b"y" * 548
    assert (echo.body, echo.pieces) == (b"hello", 1)
    assert echo.last == {"type": "http.disconnect"}
    assert echo.scope["method"] == "POST"
    assert (echo.scope["path"], echo.scope["raw_path"]) == ("/ä/b", b"/%C3%A4/b")
    assert echo.scope["query_string"] == b"q=%C3%BC&r=%20"
    assert echo.scope["headers"] == [
        (b"host", b"mock.test"),
        (b"content-length", b"5"),
        (b"content-type", b"text/plain"),
        (b"x-one", "ü".encode("latin-1")),
    ]


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 2_500_000])
async def test_a_file_comes_in_pieces(tmp_path: Path, size: int) -> None:
    echo, path = Echo(), tmp_path / "video.mp4"
    path.write_bytes(b"z" * size)
    await to_application(echo, "/")(outgoing(Parcel(file=path)))
    assert len(echo.body) == size
    assert echo.pieces == max(1, -(-size // (1024 * 1024)))


async def test_an_inbox_gets_the_beginning_of_a_file_and_answers_as_told(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"z" * 100_000)
    boxes = Inboxes(VirtualClock())
    boxes.script(
        "a", [Scripted(204, {"n": 1}), Scripted(418, {"n": 1}, delay=7), Scripted(hangup=True)]
    )
    receive = to_inbox(boxes, "a")
    first, second, third = [await receive(outgoing(Parcel(file=path))) for _ in range(3)]
    assert (first.status, first.body, first.why) == (204, b"", "")
    assert (second.status, second.body, second.delay) == (418, b'{"n":1}', 7)
    assert (third.status, third.why) == (0, "hung up without an answer")
    message = boxes.read("a")[0]
    assert (message.size, len(message.body), message.query) == (100_000, 65536, "q=ü&r=%20")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/_mock/inbox/a", "a"),
        ("/_mock/inbox/a%20b", "a b"),
        ("/_mock/inbox/a/answers", ""),
        ("/_mock/inbox/", ""),
        ("/_mock/inbox", ""),
        ("/x/_mock/inbox/a", ""),
    ],
)
def test_where_an_inbox_is(path: str, name: str) -> None:
    assert inbox_at(path) == name
