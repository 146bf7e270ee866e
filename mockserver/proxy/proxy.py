"""A proxy on this machine. It hands bytes on and looks at nothing but where they want to go."""

from __future__ import annotations

import asyncio
import resource
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from mockserver import egress
from mockserver.proxy import head, hello
from mockserver.proxy.gate import Gate, Ours, Shut
from mockserver.proxy.head import BadHead, Head

MOST = 250  # connections at once; more wait until one ends
FILES = 4  # that one connection takes in this process, with room for others
PIECE = 64 * 1024
PATIENCE = 15.0  # seconds for a head, a ClientHello, or a host to answer
OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"

Ends = tuple[StreamReader, StreamWriter]
Rpc = Callable[[str], Awaitable[int | str]]
"""The port of a gRPC server with TLS for a host, started when it is first asked for.

A text says why there is none.
"""


class Backends(NamedTuple):
    """The ports on this machine that bytes for a provider are handed to."""

    plain: int
    secure: int
    rpc: Rpc


class Unreachable(OSError):
    """A host that is let through did not answer; the text says so."""


class Proxy:
    """Takes connections on one listening socket until it is closed: at most `most` at once."""

    def __init__(
        self, gate: Gate, backends: Backends, listener: socket.socket, most: int = 0
    ) -> None:
        self._gate = gate
        self._backends = backends
        self._listener = listener
        self._agreed: set[int] = set()
        self._slots = asyncio.Semaphore(most or _most())
        self._tasks: set[asyncio.Task[None]] = set()
        self._own = listener.getsockname()[1]

    def start(self) -> None:
        """Begin to take connections."""
        self._add(self._accept())

    async def close(self) -> None:
        """Take no more connections, and end those there are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def agreed(self, port: int) -> None:
        """Hear from the TLS listener that it came to terms with whoever comes from a port."""
        self._agreed.add(port)

    def _add(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._slots.acquire()
            connection, _ = await loop.sock_accept(self._listener)
            self._add(self._one(connection))

    async def _one(self, connection: socket.socket) -> None:
        """One connection from its first byte to its last."""
        writer = None
        try:
            reader, writer = await asyncio.open_connection(sock=connection, limit=head.LONGEST)
            await self._led(reader, writer)
        except (OSError, EOFError, TimeoutError):
            return  # whoever was there is gone
        finally:
            if writer is None:
                connection.close()
            else:
                writer.close()
            self._slots.release()

    async def _led(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                asked = head.read((await reader.readuntil(head.END))[: -len(head.END)])
        except (BadHead, asyncio.LimitOverrunError) as error:
            writer.write(_answer("400 Bad Request", f"this is a proxy, and that was {error}"))
            return
        way = await self._gate.way(asked.host, asked.port)
        if isinstance(way, Shut):
            writer.write(_answer(f"403 mockserver: {way.reason}", way.reason))
        elif not isinstance(way, Ours):
            await self._outward(asked, way, reader, writer)
        elif not asked.tunnel:
            await self._joined(self._backends.plain, asked.onward(), reader, writer)
        else:
            writer.write(OPEN)
            await self._inward(asked, reader, writer)

    async def _inward(self, asked: Head, reader: StreamReader, writer: StreamWriter) -> None:
        """A tunnel to a provider: to the listener that speaks what the client speaks."""
        async with asyncio.timeout(PATIENCE):
            said, begun = await _beginning(reader)
        if said is None:
            await self._joined(self._backends.plain, begun, reader, writer)
        elif not said.only_http2:
            port = await self._joined(self._backends.secure, begun, reader, writer)
            if port not in self._agreed:
                self._gate.distrust(asked.host)
            self._agreed.discard(port)
        elif isinstance(rpc := await self._backends.rpc(asked.host), int):
            await self._joined(rpc, begun, reader, writer)
        else:
            self._gate.refuse(asked.host, asked.port, rpc)

    async def _outward(
        self, asked: Head, pinned: egress.Pinned, reader: StreamReader, writer: StreamWriter
    ) -> None:
        """To a host that the policy opens, at the addresses that it was found at."""
        if self._own == pinned.port and not asked.tunnel:
            say = "this is the proxy of mockserver exec; there is nothing to see here"
            writer.write(_answer("400 Bad Request", say))
            return
        if asked.scheme == "https":
            say = (
                "ask for a tunnel (CONNECT); requests for https URLs are not handed on as they are"
            )
            writer.write(_answer("501 Not Implemented", say))
            return
        try:
            far = await _reached(pinned)
        except Unreachable as error:
            writer.write(_answer(f"502 mockserver: {error}", str(error)))
            return
        if asked.tunnel:
            writer.write(OPEN)
        else:
            far[1].write(asked.onward())
        await _spliced((reader, writer), far)

    async def _joined(
        self, port: int, begun: bytes, reader: StreamReader, writer: StreamWriter
    ) -> int:
        """Lead to a listener of ours until one side is done. The port that this came from."""
        far = await asyncio.open_connection("127.0.0.1", port)
        own: int = far[1].get_extra_info("sockname")[1]
        far[1].write(begun)
        await _spliced((reader, writer), far)
        return own


def _most() -> int:
    """How many connections at once this process has files for."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, min(MOST, files // FILES))


async def _beginning(reader: StreamReader) -> tuple[hello.Hello | None, bytes]:
    """What a client says first, if that is TLS, and the bytes that were read for it."""
    begun = b""
    while True:
        piece = await reader.read(PIECE)
        begun += piece
        try:
            said = hello.read(begun) if begun else None
        except hello.NotTls:
            return None, begun
        if said is not None or not piece:
            return said, begun


async def _reached(pinned: egress.Pinned) -> tuple[StreamReader, StreamWriter]:
    why = ""
    for address in pinned.addresses:
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.open_connection(address, pinned.port)
        except TimeoutError:
            why = f"no answer within {PATIENCE:g} s"
        except OSError as error:
            why = error.strerror or str(error)
    raise Unreachable(f"{pinned.host}:{pinned.port} could not be reached: {why}")


async def _spliced(near: Ends, far: Ends) -> None:
    """Hand bytes on, both ways, until the far side is done or one side is gone."""
    onward = asyncio.ensure_future(_pumped(near[0], far[1]))
    back = asyncio.ensure_future(_pumped(far[0], near[1]))
    try:
        await asyncio.wait((onward, back), return_when=asyncio.FIRST_COMPLETED)
        if not onward.done() or onward.result():
            await asyncio.wait((back,))
    finally:
        onward.cancel()
        back.cancel()
        far[1].close()
        near[1].close()


async def _pumped(reader: StreamReader, writer: StreamWriter) -> bool:
    """Hand on what is read until it ends. Whether both sides were still there."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except (OSError, RuntimeError):  # the latter is what uvloop calls a closed connection
        return False
    return True


def _answer(status: str, say: str) -> bytes:
    """A proxy's own answer. Clients show the status line of a failed CONNECT, so it says why."""
    body = f"mockserver exec: {say}\n".encode("ascii", "replace")
    line = status.encode("ascii", "replace")[:300]
    fields = b"Content-Type: text/plain\r\nContent-Length: %d\r\nConnection: close" % len(body)
    return b"HTTP/1.1 %s\r\n%s\r\n\r\n%s" % (line, fields, body)
