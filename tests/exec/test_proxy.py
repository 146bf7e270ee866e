"""The proxy hands on what it gets, to where it has to go, and to nowhere else."""

from __future__ import annotations

import asyncio
import functools
import inspect
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvloop

from mockserver import egress, serve
from mockserver.jobs.clock import settle
from mockserver.proxy.gate import Gate
from mockserver.proxy.proxy import Backends, Proxy
from tests.exec.test_hello import said

HOST = "api.acme.test"
CONNECT = b"CONNECT api.acme.test:443 HTTP/1.1\r\nHost: api.acme.test:443\r\n\r\n"
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
WEB, RPC = said(["h2", "http/1.1"], HOST), said(["h2"], HOST)
PATIENCE = 20


def on_both_loops(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on Python's own loop and on the server's, where connections end otherwise."""

    @functools.wraps(test)
    def run(loop: Callable[[], asyncio.AbstractEventLoop], **given: Any) -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(test(**given))

    own = inspect.signature(test)
    loop = inspect.Parameter("loop", inspect.Parameter.KEYWORD_ONLY)
    vars(run)["__signature__"] = own.replace(parameters=[*own.parameters.values(), loop])
    pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])(run)
    return run


async def here(name: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


class Far:
    """A listener that keeps what comes and answers with its name when the other side is done."""

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.heard: list[bytes] = []
        self.came_from: list[int] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._one, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        assert self._server is not None
        self._server.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came_from.append(writer.get_extra_info("peername")[1])
        self.heard.append(await reader.read(70_000))
        writer.write(self.name)
        self.heard[-1] += await reader.read()
        writer.write(self.heard[-1])
        writer.close()


class Stand:
    """A proxy with a listener behind each of its doors."""

    def __init__(self, policy: str = "loopback", most: int = 0, rpc: str = "") -> None:
        self.plain, self.secure, self.rpc = Far(b"plain:"), Far(b"secure:"), Far(b"rpc:")
        self.gate = Gate({HOST: "acme"}, {}, egress.parse(policy), here)
        self.without_rpc = rpc
        self.most = most

    async def start(self) -> None:
        plain, secure, rpc = [await one.start() for one in (self.plain, self.secure, self.rpc)]

        async def door(host: str) -> int | str:
            return self.without_rpc or rpc

        self.listener = serve.bound("127.0.0.1", 0)
        self.port = int(self.listener.getsockname()[1])
        backends = Backends(plain, secure, door)
        self.proxy = Proxy(self.gate, backends, self.listener, self.most)
        self.proxy.start()

    async def close(self) -> None:
        await self.proxy.close()
        self.listener.close()
        for one in (self.plain, self.secure, self.rpc):
            one.close()

    async def ask(self, *pieces: bytes) -> bytes:
        """All that comes back when these bytes are sent one after the other."""
        async with asyncio.timeout(PATIENCE):
            reader, writer = await self.dial()
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await settle(1)
            writer.write_eof()
            answer = await reader.read()
            writer.close()
            return answer

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


@asynccontextmanager
async def standing(**how: Any) -> AsyncIterator[Stand]:
    stand = Stand(**how)
    await stand.start()
    try:
        yield stand
    finally:
        await stand.close()


@pytest.mark.parametrize(
    ("begun", "door"), [(WEB, "secure"), (RPC, "rpc"), (b"GET / HTTP/1.1\r\n\r\n", "plain")]
)
@on_both_loops
async def test_a_tunnel_leads_to_the_listener_that_speaks_as_the_client_does(
    begun: bytes, door: str
) -> None:
    async with standing() as stand:
        answer = await stand.ask(CONNECT, begun, b"and more")
        far: Far = getattr(stand, door)
        assert far.heard == [begun + b"and more"]
        assert answer == OPEN + door.encode() + b":" + begun + b"and more"
        others = {stand.plain, stand.secure, stand.rpc} - {far}
        assert [one.heard for one in others] == [[], []]


@on_both_loops
async def test_a_greeting_in_pieces_is_handed_on_whole() -> None:
    async with standing() as stand:
        await stand.ask(CONNECT, *(RPC[at : at + 40] for at in range(0, len(RPC), 40)))
        assert stand.rpc.heard == [RPC]


@on_both_loops
async def test_without_grpc_it_says_what_would_help() -> None:
    async with standing(rpc="pip install it") as stand:
        assert await stand.ask(CONNECT, RPC) == OPEN
        assert stand.gate.refused == [(HOST, 443, "pip install it", 1)]


@on_both_loops
async def test_a_request_for_a_url_of_a_provider_goes_to_the_simulator() -> None:
    head = b"POST https://api.acme.test/v1/x HTTP/1.1\r\nHost: api.acme.test\r\nA: b\r\n\r\n"
    async with standing() as stand:
        assert (await stand.ask(head, b"body")).startswith(b"plain:")
        onward = b"POST /v1/x HTTP/1.1\r\nHost: api.acme.test\r\nA: b\r\nConnection: close\r\n\r\n"
        assert stand.plain.heard == [onward + b"body"]


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT evil.example.com:443 HTTP/1.1\r\n\r\n",
        b"GET http://evil.example.com:443/ HTTP/1.1\r\n\r\n",
        b"GET /index.html HTTP/1.1\r\nHost: evil.example.com:443\r\n\r\n",
    ],
)
@on_both_loops
async def test_a_strange_host_is_refused_in_words_that_clients_show(head: bytes) -> None:
    async with standing() as stand:
        status, _, rest = (await stand.ask(head)).partition(b"\r\n")
        say = b"evil.example.com belongs to no provider; --egress evil.example.com opens it"
        assert status == b"HTTP/1.1 403 mockserver: " + say
        assert say in rest
        assert [(one.host, one.times) for one in stand.gate.refused] == [("evil.example.com", 1)]


@pytest.mark.parametrize(
    "noise", [b"hello\r\n\r\n", WEB, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000]
)
@on_both_loops
async def test_what_is_no_request_is_told_so_or_left(noise: bytes) -> None:
    async with standing() as stand:
        answer = await stand.ask(noise)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert await stand.ask(CONNECT, WEB) != b""


@on_both_loops
async def test_a_host_that_is_opened_is_reached_at_the_address_it_has() -> None:
    async with standing(policy="out.example.com") as stand:
        far = Far(b"far:")
        port = await far.start()
        place = f"out.example.com:{port}".encode()
        assert await stand.ask(b"CONNECT %s HTTP/1.1\r\n\r\n" % place, b"x") == OPEN + b"far:x"
        await stand.ask(b"GET http://%s/a HTTP/1.1\r\n\r\n" % place)
        assert far.heard[1].startswith(b"GET /a HTTP/1.1\r\nHost: %s\r\n" % place)
        answer = await stand.ask(b"GET https://%s/a HTTP/1.1\r\n\r\n" % place)
        assert answer.startswith(b"HTTP/1.1 501 ")
        far.close()
        assert len(far.heard) == 2


@on_both_loops
async def test_a_host_that_does_not_answer_is_said_not_to() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with standing() as stand:
            answer = await stand.ask(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % port)
    assert answer.startswith(b"HTTP/1.1 502 mockserver: localhost:%d could not be reached" % port)


@on_both_loops
async def test_the_proxy_does_not_lead_to_itself() -> None:
    async with standing() as stand:
        answer = await stand.ask(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % stand.port)
        assert answer.startswith(b"HTTP/1.1 400 ")


@on_both_loops
async def test_much_is_handed_on_unchanged_both_ways() -> None:
    body = bytes(range(256)) * 20_000
    async with standing() as stand:
        answer = await stand.ask(CONNECT, WEB + body)
        assert stand.secure.heard == [WEB + body]
        assert answer == OPEN + b"secure:" + WEB + body


@on_both_loops
async def test_a_client_that_gives_up_in_the_middle_of_tls_is_remembered() -> None:
    async with standing() as stand:
        await stand.ask(CONNECT, WEB)
        assert stand.gate.distrusted == {HOST: 1}
        heard = asyncio.Event()

        async def agreed() -> None:
            while len(stand.secure.came_from) < 2:
                await settle(1)
            stand.proxy.agreed(stand.secure.came_from[1])
            heard.set()

        watching = asyncio.create_task(agreed())
        reader, writer = await stand.dial()
        writer.write(CONNECT + WEB)
        await heard.wait()
        writer.write_eof()
        await reader.read()
        writer.close()
        await watching
        assert stand.gate.distrusted == {HOST: 1}


@on_both_loops
async def test_a_flood_waits_for_its_turn() -> None:
    async with standing(most=3) as stand:
        async with asyncio.timeout(PATIENCE):
            idle = [await stand.dial() for _ in range(3)]
            waiting = [asyncio.create_task(stand.ask(CONNECT, WEB)) for _ in range(40)]
            for _ in range(20):
                await settle(1)
            assert stand.gate.tunnels == {}
            for _, writer in idle:
                writer.close()
            answers = await asyncio.gather(*waiting)
        assert set(answers) == {OPEN + b"secure:" + WEB}
        assert stand.gate.tunnels == {HOST: 40}


Step = Callable[[Stand], Coroutine[Any, Any, None]]


async def gone_at_once(stand: Stand) -> None:
    _, writer = await stand.dial()
    writer.close()


async def gone_after_connect(stand: Stand) -> None:
    reader, writer = await stand.dial()
    writer.write(CONNECT)
    await reader.readexactly(len(OPEN))
    writer.transport.abort()


async def gone_in_the_tunnel(stand: Stand) -> None:
    reader, writer = await stand.dial()
    writer.write(CONNECT + WEB)
    await reader.readexactly(len(OPEN) + len(b"secure:"))
    writer.transport.abort()


@pytest.mark.parametrize("step", [gone_at_once, gone_after_connect, gone_in_the_tunnel])
@on_both_loops
async def test_who_is_gone_leaves_nothing_running(step: Step) -> None:
    async with standing() as stand:
        before = len(asyncio.all_tasks())
        async with asyncio.timeout(PATIENCE):
            await step(stand)
            while len(asyncio.all_tasks()) > before:
                await settle(1)
        assert await stand.ask(CONNECT, WEB) == OPEN + b"secure:" + WEB
