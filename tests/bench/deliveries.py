"""Deliveries to a fast local sink, against a bare aiohttp session and httpx doing the same POSTs.

All in one process under uvloop, the sink in another, in turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
import time
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import httpx
import orjson
import uvloop

from mockserver import egress
from mockserver.contract.model import Policy
from mockserver.jobs.clock import VirtualClock
from mockserver.journal.book import MemoryJournal
from mockserver.serve import YOUNG
from mockserver.webhooks import show
from mockserver.webhooks.model import Delivery, Parcel
from mockserver.webhooks.pump import Pump
from mockserver.webhooks.sender import Sender
from tests.bench import servers

COUNT = 5_000
CONCURRENCY = 100
ROUNDS = 5
FEWER = 500  # httpx is so slow that 5,000 would take half a minute
SINK = """
import asyncio, sys, uvloop
OK = b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\n{}"
class Sink(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""
    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\\r\\n\\r\\n")) >= 0:
            at = self.buffer.lower().find(b"content-length: ", 0, end)
            size = int(self.buffer[at + 16 : self.buffer.index(b"\\r\\n", at)]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + size:
                return
            self.buffer = self.buffer[end + 4 + size :]
            self.transport.write(OK)
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()
uvloop.run(main())
"""
BODY = orjson.dumps(
    {
        "code": 200,
        "msg": "Veo3.1 video extended successfully.",
        "data": {"taskId": "0" * 32, "info": {"resultUrls": ["http://127.0.0.1/v/" + "0" * 32]}},
    }
)
HEADERS = {"Content-Type": "application/json"}
POLICY = Policy("bench", 15.0, frozenset({200}), (60.0, 300.0, 900.0), (), None)


def ratios() -> tuple[float, float, dict[str, float]]:
    """Deliveries per second as a ratio of bare aiohttp and of httpx; and the best themselves."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)  # as the server does
    port = servers.free_port()
    with sink(port):
        url = f"http://127.0.0.1:{port}/hook"
        rows = [
            (uvloop.run(ours(url)), uvloop.run(bare(url)), uvloop.run(slow(url)))
            for _ in range(ROUNDS)
        ]
    best = [max(row[index] for row in rows) for index in range(3)]  # the rest is noise
    rates = dict(zip(("deliveries", "aiohttp", "httpx"), best, strict=True))
    return best[0] / best[1], best[0] / best[2], rates


async def ours(url: str) -> float:
    """Deliveries per second: all due at one moment, each sent, kept and journalled."""
    clock, journal = VirtualClock(), MemoryJournal()

    def told(delivery: Delivery, bug: str) -> None:
        journal.write(show.entry(delivery, journal.number(), clock.now(), bug))

    async def make() -> Parcel:
        return Parcel(BODY, id="0" * 32)

    pump = Pump(clock, Sender(egress.parse("loopback")), report=told)
    for number in range(COUNT):  # as their jobs did when they were born
        pump.schedule(
            job=str(number),
            provider="bench",
            push="done",
            method="POST",
            url=url,
            due=clock.now() + 60,
            policy=POLICY,
            make=make,
        )
    started = time.perf_counter()
    await clock.advance(60)
    taken = time.perf_counter() - started
    if not all(one.state == "delivered" for one in pump.outbox):
        raise RuntimeError("not everything was delivered")
    await pump.close()
    return COUNT / taken


async def bare(url: str) -> float:
    """The same POSTs by a session that keeps nothing of them."""
    connector = aiohttp.TCPConnector(limit=CONCURRENCY)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post() -> None:
            async with session.post(url, data=BODY, headers=HEADERS) as response:
                await response.read()

        return await _rate(post, COUNT)


async def slow(url: str) -> float:
    """The same POSTs by httpx."""
    limits = httpx.Limits(max_connections=CONCURRENCY, max_keepalive_connections=CONCURRENCY)
    async with httpx.AsyncClient(limits=limits, trust_env=False, timeout=60) as client:

        async def post() -> None:
            (await client.post(url, content=BODY, headers=HEADERS)).raise_for_status()

        return await _rate(post, FEWER)


async def _rate(post: Callable[[], Awaitable[None]], count: int) -> float:
    """Posts per second by a hundred who post one after the other."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await post()

    started = time.perf_counter()
    await asyncio.gather(*[work() for _ in range(CONCURRENCY)])
    return count / (time.perf_counter() - started)


@contextlib.contextmanager
def sink(port: int) -> Iterator[None]:
    """A receiver that answers every request at once, in a process of its own."""
    with servers.running([sys.executable, "-c", SINK, str(port)], port):
        yield


if __name__ == "__main__":
    of_aiohttp, of_httpx, rates = ratios()
    print(f"{of_aiohttp:.2f} of aiohttp, {of_httpx:.1f} times httpx", rates)
