"""Over real sockets: what receivers may do to a request, and that none of it does harm."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mockserver import egress
from mockserver.jobs.clock import SystemClock, VirtualClock, settle
from mockserver.webhooks import sender as sending
from mockserver.webhooks.model import Answer, Delivery, Parcel
from mockserver.webhooks.pump import Pump
from mockserver.webhooks.sender import Sender
from tests.webhooks.webhook_steps import LOOPBACK, parcels, policy

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
COUNT = 150
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Sink:
    """A receiver on a port. Keeps every request; `talk` answers each, by default with 200."""

    def __init__(self, talk: Callable[[asyncio.StreamWriter], Awaitable[None]] | None) -> None:
        self.talk = talk
        self.requests: list[bytes] = []
        self.connections = 0
        self.serving: set[asyncio.Task[None]] = set()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = next(
                    int(line[15:])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length:")
                )
                self.requests.append(head + await reader.readexactly(size))
                if self.talk is None:
                    writer.write(OK)
                    await writer.drain()
                else:
                    await self.talk(writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@asynccontextmanager
async def sink(
    talk: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None,
) -> AsyncIterator[Sink]:
    one = Sink(talk)
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        for task in one.serving:
            task.cancel()
        await asyncio.gather(*one.serving)
        await settle()


@asynccontextmanager
async def sender(policy: egress.Policy = LOOPBACK) -> AsyncIterator[Sender]:
    one = Sender(policy)
    try:
        yield one
    finally:
        await one.close()


async def answer(url: str, parcel: Parcel | None = None, *, limit: float = 5) -> Answer:
    """What a fresh sender gets for one request."""
    async with sender() as one:
        pinned = await one.pin(url)
        assert isinstance(pinned, egress.Pinned), pinned
        headers = {"Content-Type": "application/json"}
        return await one.send("POST", pinned, headers, parcel or Parcel(b"{}"), limit)


def says(
    text: bytes, *, hang_up: bool = False
) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await writer.drain()
        if hang_up:
            writer.close()

    return talk


async def test_exactly_the_given_bytes_and_headers_are_sent() -> None:
    async with sink() as one:
        got = await answer(f"{one.url}?a=%7E1", Parcel(b'{"n": 1}'))
    assert got.status == 200
    assert got.body == b"ok"
    head, _, body = one.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"n": 1}'
    assert head.split(b"\r\n") == [
        b"POST /hook?a=%7E1 HTTP/1.1",
        f"Host: 127.0.0.1:{one.port}".encode(),
        b"Content-Type: application/json",
        b"Content-Length: 8",
    ]


async def test_a_file_is_streamed_with_its_length(tmp_path: Path) -> None:
    path = tmp_path / "result.mp4"
    path.write_bytes(b"frames" * 400_000)
    async with sink() as one, sender() as sends:
        pinned = await sends.pin(one.url)
        assert isinstance(pinned, egress.Pinned)
        headers = {"Content-Type": "video/mp4", "Content-Length": str(path.stat().st_size)}
        got = await sends.send("PUT", pinned, headers, Parcel(file=path), 5)
    assert (got.status, got.why) == (200, "")
    head, _, body = one.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /hook")
    assert b"chunked" not in head
    assert body == path.read_bytes()


@pytest.mark.parametrize(
    ("text", "status", "why"),
    [
        (b"", 0, "hung up without an answer"),
        (b"\x16\x03\x01garbage\r\n\r\n", 0, "answered what is not HTTP: "),
        (b"HTTP/1.1 two hundred\r\n\r\n", 0, "answered what is not HTTP: "),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort", 200, "hung up before its answer"),
        (b"HTTP/1.1 200 OK\r\nbroken", 0, "hung up without an answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000 + b"\r\n", 0, "answered what is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n", 0, "answered what is not HTTP"),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            0,
            "answered what is not HTTP: ",
        ),
    ],
)
async def test_what_a_broken_receiver_does_is_said(text: bytes, status: int, why: str) -> None:
    async with sink(says(text, hang_up=True)) as one:
        got = await answer(one.url)
    assert (got.status, got.why[: len(why)]) == (status, why)
    assert len(one.requests) == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"", 0),
        (b"HTTP/1.1 100 Continue\r\n\r\n", 0),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour", 200),
    ],
)
async def test_a_receiver_that_does_not_finish_is_left_when_time_is_up(
    text: bytes, status: int
) -> None:
    async with sink(says(text)) as one:
        got = await answer(one.url, limit=0.05)
    assert (got.status, got.late) == (status, True)


async def test_no_more_of_an_answer_is_read_than_is_reasonable() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n"
    async with sink(says(head + b"x" * 200_000)) as one:
        got = await answer(one.url)
    assert (got.status, got.why, got.body) == (200, "", b"x" * 2048)


async def test_headers_of_an_answer_are_kept_in_bounds() -> None:
    many = b"".join(b"x-%d: %s\r\n" % (n, b"y" * 600) for n in range(60))
    async with sink(says(b"HTTP/1.1 204 No\r\n" + many + b"\r\n")) as one:
        got = await answer(one.url)
    assert (got.status, len(got.headers), len(got.headers["x-1"])) == (204, 50, 500)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    async with sink() as other:
        moved = f"HTTP/1.1 {status} Moved\r\nlocation: {other.url}\r\ncontent-length: 0\r\n\r\n"
        async with sink(says(moved.encode())) as one:
            got = await answer(one.url)
    assert (got.status, got.headers["location"]) == (status, other.url)
    assert other.connections == 0


async def test_nobody_listening_is_said() -> None:
    async with sink() as one:
        url = one.url
    got = await answer(url)
    assert (got.status, got.why) == (0, "could not be reached: Connection refused")


async def test_what_is_no_tls_is_said() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.test ESMTP\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        got = await answer(f"https://127.0.0.1:{port}/")
    assert (got.status, got.why[:22]) == (0, "could not be trusted: ")


async def test_a_burst_reuses_its_connections_and_a_pause_ends_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "SESSION_SECONDS", 0.05)
    async with sink() as one, sender() as sends:
        pinned = await sends.pin(one.url)
        assert isinstance(pinned, egress.Pinned)
        for _ in range(3):
            await sends.send("POST", pinned, {}, Parcel(b"{}"), 5)
        assert one.connections == 1
        retired = asyncio.Event()
        asyncio.get_running_loop().call_later(0.06, retired.set)
        await retired.wait()
        await sends.send("POST", pinned, {}, Parcel(b"{}"), 5)
        assert one.connections == 2


async def test_a_session_in_use_is_closed_after_its_last_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "SESSION_SECONDS", 0.01)
    gate = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(OK)

    async with sink(wait) as one, sender() as sends:
        pinned = await sends.pin(one.url)
        assert isinstance(pinned, egress.Pinned)
        asyncio.get_running_loop().call_later(0.05, gate.set)
        assert (await sends.send("POST", pinned, {}, Parcel(b"{}"), 5)).status == 200


async def test_a_name_is_resolved_once_for_all_attempts_of_a_delivery() -> None:
    asked: list[str] = []

    async def names(name: str, port: int) -> Sequence[str]:
        asked.append(name)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    async with sink(says(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n")) as one:
        clock = VirtualClock(0)
        outward = Sender(egress.parse("loopback,hooks.test"), resolver=names)
        pump = Pump(clock, outward)
        url = f"http://hooks.test:{one.port}/hook"
        schedule(pump, url, 0)
        await clock.advance(10_000)
        assert len(one.requests) == 4
        assert asked == ["hooks.test"]
        schedule(pump, url, 10_000)
        await clock.advance(10)
        assert len(one.requests) == 4
        assert "cloud metadata" in [*pump.outbox][-1].why
        await pump.close()


async def test_evil_receivers_harm_no_other_delivery() -> None:
    """All at once, in real time: one hangs, one drips, one lies, one hangs up, one works."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100):
            writer.write(b".")
            await writer.drain()
            await SystemClock().until(SystemClock().now() + 0.1)

    async with (
        sink(says(b"")) as hangs,
        sink(drip) as drips,
        sink(says(b"%" * 5000, hang_up=True)) as lies,
        sink(says(b"", hang_up=True)) as leaves,
        sink() as works,
    ):
        clock = SystemClock(1000)
        done = asyncio.Event()
        good: list[Delivery] = []
        bugs: list[str] = []

        def told(delivery: Delivery, bug: str) -> None:
            bugs.append(bug)
            if delivery.state == "delivered":
                good.append(delivery)
                if len(good) == COUNT:
                    done.set()

        pump = Pump(clock, Sender(LOOPBACK), report=told, patience=10)
        now = clock.now()
        for _ in range(COUNT):
            for one in (hangs, drips, lies, leaves, works):
                schedule(pump, one.url, now)
        await asyncio.wait_for(done.wait(), 20)
        assert {one.url for one in good} == {works.url}
        assert len(works.requests) == COUNT
        assert set(bugs) == {""}
        silent = [one for one in pump.outbox if one.url == hangs.url]
        assert not any(one.attempts for one in silent)  # nobody's time limit was waited for
        await pump.close(grace=0)


def schedule(pump: Pump, url: str, due: float) -> None:
    pump.schedule(
        job="job-1",
        provider="acme",
        push="done",
        method="POST",
        url=url,
        due=due,
        policy=policy(),
        make=parcels(),
    )
