"""Load on one server: so many connections, each sending its next request when answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import cast

import uvloop


class _Connection(asyncio.Protocol):
    """Sends one request after the other and counts the answers. Checks each status."""

    def __init__(self, requests: Sequence[bytes], status: bytes) -> None:
        self._requests = requests
        self._status = b"HTTP/1.1 " + status
        self._next = 0
        self._buffer = b""
        self.answers = 0
        self.problem = ""
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        start = self._buffer.find(b"content-length: ", 0, head) + 16
        end = head + 4
        if start >= 16:
            end += int(self._buffer[start : self._buffer.index(b"\r\n", start)])
        if len(self._buffer) < end:
            return
        if not self._buffer.startswith(self._status):
            self.problem = self._buffer[:500].decode("utf-8", "replace")
            self._transport.close()
            return
        self._buffer = self._buffer[end:]
        self.answers += 1
        self._send()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def _send(self) -> None:
        self._transport.write(self._requests[self._next % len(self._requests)])
        self._next += 1


def rate(
    port: int, requests: Sequence[bytes], *, status: str, connections: int = 16, seconds: float = 2
) -> float:
    """Answers per second of a server on loopback. RuntimeError on any answer of another status."""
    return uvloop.run(_rate(port, requests, status.encode(), connections, seconds))


async def _rate(
    port: int, requests: Sequence[bytes], status: bytes, connections: int, seconds: float
) -> float:
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(requests, status), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.sleep(0.3)
    before, started = sum(one.answers for _, one in made), time.perf_counter()
    await asyncio.sleep(seconds)
    after, ended = sum(one.answers for _, one in made), time.perf_counter()
    for transport, one in made:
        if one.problem:
            raise RuntimeError(f"expected {status.decode()}, got: {one.problem}")
        transport.close()
    return (after - before) / (ended - started)


def request(method: str, path: str, body: bytes = b"", *, key: str = "bench-key") -> bytes:
    """One HTTP request as bytes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"User-Agent: bench/1\r\nAccept: */*\r\n\r\n" + body
