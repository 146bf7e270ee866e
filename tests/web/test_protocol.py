"""HTTP/1.1 on a socket: each test has an application of its own, and speaks bytes to it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from mockserver.jobs.clock import settle
from mockserver.web import protocol
from mockserver.web.protocol import Protocol
from mockserver.web.wire import Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]
PLAIN = [(b"content-length", b"2")]


async def reply(send: Send, body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    sized = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": sized})
    await send({"type": "http.response.body", "body": body})


async def whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers method, path, query and body."""
    asked = f"{scope['method']} {scope['path']} {scope['query_string'].decode()} ".encode()
    await reply(send, asked + await whole(receive))


class Client:
    """One connection to an application."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, state: ServerState
    ) -> None:
        self.reader, self.writer, self.state = reader, writer, state

    def send(self, text: bytes) -> None:
        self.writer.write(text)

    async def answer(self, *, bodiless: bool = False) -> tuple[int, bytes, bytes]:
        """Status, head and body of the next answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head.split()[1])
        if bodiless or b"content-length: " not in head:
            return status, head, b""
        length = int(head.partition(b"content-length: ")[2].split()[0])
        return status, head, await self.reader.readexactly(length)

    async def end(self) -> bytes:
        """What is left until the server hangs up."""
        return await asyncio.wait_for(self.reader.read(), 5)


@contextlib.asynccontextmanager
async def connected(app: App, *, patience: int = 5) -> AsyncIterator[Client]:
    config = uvicorn.Config(app, timeout_keep_alive=patience, log_config=None)
    config.load()
    config.loaded_app = app
    state = ServerState()
    state.default_headers = [(b"date", b"today")]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield Client(reader, writer, state)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        server.close()
        while state.connections or state.tasks:
            await settle(1)


async def test_calls_on_one_connection_are_answered_one_after_the_other() -> None:
    async with connected(echo) as client:
        for word in (b"one", b"two"):
            client.send(b"POST /%s?a=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" % word)
            status, head, body = await client.answer()
            assert (status, body) == (200, b"POST /%s a=1 abc" % word)
            assert b"date: today\r\n" in head


async def test_calls_sent_at_once_are_answered_in_order() -> None:
    async with connected(echo) as client:
        client.send(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % number for number in range(20)))
        answers = [await client.answer() for _ in range(20)]
        assert [body for _, _, body in answers] == [b"GET /%d  " % one for one in range(20)]
        assert client.state.total_requests == 20


REQUESTS = (
    b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /c HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /c HTTP/1.1\r\nContent-Length: 3\r\n\r\n\r\n\r",
    b"POST /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"\r\nGET /e HTTP/1.1\r\n\r\n",
    b"PUT /f HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
)
SEEN = (
    b"GET /a b ",
    b"POST /c  abc",
    b"POST /c  \r\n\r",
    b"POST /d  abc",
    b"GET /e  ",
    b"PUT /f  hi",
)


@settings(deadline=None, max_examples=60)
@given(
    which=st.lists(st.integers(0, len(REQUESTS) - 1), min_size=1, max_size=12),
    pieces=st.lists(st.integers(1, 90), min_size=1),
    whole=st.booleans(),
)
def test_requests_that_come_again_are_read_as_at_first_however_they_are_cut(
    which: list[int], pieces: list[int], whole: bool
) -> None:
    async def told() -> list[bytes]:
        async with connected(echo) as client:
            client.writer.get_extra_info("socket").setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, True
            )
            found = []
            for one in which if whole else ():
                client.send(REQUESTS[one])
                found.append(await _final(client))
            text = b"" if whole else b"".join(REQUESTS[one] for one in which)
            for size in itertools.cycle(pieces):
                if not text:
                    break
                client.send(text[:size])
                await settle(1)
                text = text[size:]
            return found or [await _final(client) for _ in which]

    assert asyncio.run(told()) == [SEEN[one] for one in which]


async def _final(client: Client) -> bytes:
    """The body of the next answer that is not on its way to one."""
    while (answer := await client.answer())[0] == 100:
        pass
    return answer[2]


async def test_a_request_to_go_another_way_is_one_each_time() -> None:
    for _ in range(2):
        async with connected(echo) as client:
            client.send(b"GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n")
            _, head, _ = await client.answer()
            assert b"\r\nconnection: close\r\n" in head
            assert await client.end() == b""


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        (b"/a%20b?c=%20", b"GET /a b c=%20 "),
        (b"http://host/x?y", b"GET /x y "),
        (b"/x?y#z", b"GET /x y "),
    ],
)
async def test_a_target_is_a_path_and_a_query(target: bytes, seen: bytes) -> None:
    async with connected(echo) as client:
        client.send(b"GET %s HTTP/1.1\r\n\r\n" % target)
        assert (await client.answer())[2] == seen


@pytest.mark.parametrize("how", [b"HTTP/1.0\r\n", b"HTTP/1.1\r\nConnection: close\r\n"])
async def test_who_wants_one_answer_is_hung_up_on(how: bytes) -> None:
    async with connected(echo) as client:
        client.send(b"GET / " + how + b"\r\n")
        _, head, _ = await client.answer()
        assert b"\r\nconnection: close\r\n" in head
        assert await client.end() == b""


async def test_a_head_gets_headers_only() -> None:
    async with connected(echo) as client:
        client.send(b"HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
        assert b"content-length: 9\r\n" in (await client.answer(bodiless=True))[1]
        assert (await client.answer())[2] == b"GET /b  "


async def test_a_body_of_unknown_length_is_sent_in_chunks() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"ab", b"", b"cde"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    async with connected(app) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert b"transfer-encoding: chunked\r\n" in (await client.answer())[1]
        assert await client.reader.readexactly(20) == b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert b"chunked" not in (await client.answer())[1]
        assert await client.end() == b"abcde"


async def test_an_answer_without_a_body_has_no_chunks() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with connected(app) as client:
        client.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert await client.end() == (
            b"HTTP/1.1 204 No Content\r\ndate: today\r\nconnection: close\r\n\r\n"
        )


async def test_a_large_body_arrives_whole() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply(send, b"%d" % len(await whole(receive)))

    size = 40 * protocol.READ_AHEAD
    async with connected(app) as client:
        client.send(b"PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        assert (await client.answer())[2] == b"%d" % size
        client.send(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(b"100000\r\n%s\r\n" % (b"x" * 2**20) * 2 + b"0\r\n\r\n")
        assert (await client.answer())[2] == b"%d" % 2**21


async def test_a_body_nobody_reads_is_passed_over() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply(send, b"no", status=413)

    size = 40 * protocol.READ_AHEAD
    async with connected(app) as client:
        for _ in range(2):
            client.send(b"PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
            assert (await client.answer())[0] == 413


async def test_who_asks_before_sending_a_body_is_told_to_go_on() -> None:
    async with connected(echo) as client:
        client.send(b"PUT / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"ab")
        assert (await client.answer())[2] == b"PUT /  ab"


async def test_who_asks_and_is_refused_is_not_told_to_go_on() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply(send, b"no", status=413)

    async with connected(app) as client:
        client.send(b"PUT / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.answer())[0] == 413


async def test_an_application_learns_that_its_client_is_gone() -> None:
    seen = asyncio.get_running_loop().create_future()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        seen.set_result(await receive())
        await reply(send, b"nobody hears this")

    async with connected(app) as client:
        client.send(b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")
        await settle(1)
        client.writer.close()
        assert await asyncio.wait_for(seen, 5) == {"type": "http.disconnect"}


async def test_after_its_answer_an_application_hears_no_more() -> None:
    seen = asyncio.get_running_loop().create_future()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await reply(send, b"ok")
        seen.set_result(await receive())

    async with connected(app) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert await asyncio.wait_for(seen, 5) == {"type": "http.disconnect"}


@pytest.mark.parametrize(
    "fault",
    [
        "raises",
        "says nothing",
        "only begins",
        "begins twice",
        "does not begin",
        "breaks a line",
        "is too long",
        "is too short",
    ],
)
async def test_a_broken_application_is_a_500(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": PLAIN}
        if fault == "raises":
            raise ValueError("broken")
        if fault == "breaks a line":
            await send({**start, "headers": [*PLAIN, (b"a", b"b\r\nc: d")]})
        if fault in ("only begins", "begins twice", "is too long", "is too short"):
            await send(start)
        if fault == "begins twice":
            await send(start)
        if fault not in ("says nothing", "only begins"):
            body = b"abc" if fault == "is too long" else b"a"
            await send({"type": "http.response.body", "body": body})

    async with connected(app) as client:
        with caplog.at_level(logging.CRITICAL):
            client.send(b"GET / HTTP/1.1\r\n\r\n")
            assert (await client.answer())[0] == 500
            assert await client.end() == b""


async def test_a_response_that_breaks_off_is_not_mistaken_for_a_whole_one() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": PLAIN})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})

    async with connected(app) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert (await client.end()).endswith(b"\r\n\r\na")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 8 * protocol.HEAD_LIMIT, b"431"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /\xff HTTP/1.1\r\n\r\n", b"400"),
    ],
)
async def test_what_is_no_call_is_refused(sent: bytes, status: bytes) -> None:
    async with connected(echo) as client:
        for at in range(0, len(sent), 50_000):
            client.send(sent[at : at + 50_000])
        with contextlib.suppress(ConnectionError):
            assert (await client.end()).startswith(b"HTTP/1.1 " + status)


async def test_another_protocol_is_not_switched_to() -> None:
    async with connected(echo) as client:
        client.send(b"GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        status, head, body = await client.answer()
        assert (status, body) == (200, b"GET /a  ")
        assert b"\r\nconnection: close\r\n" in head
        assert await client.end() == b""


async def test_a_silent_client_is_hung_up_on() -> None:
    async with connected(echo, patience=0) as client:
        assert await client.end() == b""


async def test_a_client_that_waits_for_its_answer_is_not_silent() -> None:
    go = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await go.wait()
        await reply(send, b"ok")

    async with connected(app) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        while not client.state.tasks:
            await settle(1)
        connection = next(iter(client.state.connections))
        assert isinstance(connection, Protocol)
        connection.patience = 0
        connection.check_idle()
        go.set()
        assert (await client.answer())[2] == b"ok"


async def test_a_server_that_ends_finishes_the_response_under_way() -> None:
    go = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await go.wait()
        await reply(send, b"ok")

    async with connected(app) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        while not client.state.tasks:
            await settle(1)
        for connection in list(client.state.connections):
            connection.shutdown()
        go.set()
        assert (await client.answer())[2] == b"ok"
        assert await client.end() == b""


async def test_a_server_that_ends_hangs_up_on_idle_clients() -> None:
    async with connected(echo) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        await client.answer()
        for connection in list(client.state.connections):
            connection.shutdown()
        assert await client.end() == b""


async def test_a_client_that_reads_slowly_is_waited_for() -> None:
    sent = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 2**16, "more_body": True})
            sent += 2**16
        await send({"type": "http.response.body"})

    async with connected(app) as client:
        client.send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        await client.answer()
        before = -1
        while sent > before:
            before = sent
            await settle(50)
        assert sent < 400 * 2**16
        assert len(await client.end()) > 400 * 2**16
        assert sent == 400 * 2**16
