"""One request and its response on a connection, as an ASGI application sees them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from mockserver.web.wire import HANG_UP, WHOLE, Message, Scope

if TYPE_CHECKING:
    from mockserver.web.protocol import Protocol

LOG = logging.getLogger("uvicorn.error")


@lru_cache
def status_line(status: int) -> bytes:
    """How a response begins."""
    phrases = {one.value: one.phrase for one in HTTPStatus}
    return f"HTTP/1.1 {status} {phrases.get(status, '')}\r\n".encode()


def last_words(status: int, text: bytes) -> bytes:
    """An answer to what is no call, after which the connection ends."""
    head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return status_line(status) + head % len(text) + text


BROKEN = last_words(500, b"Internal Server Error")


class Cycle:
    """One call, of a connection that is told when it has been answered."""

    def __init__(self, connection: Protocol, scope: Scope, *, keep_alive: bool) -> None:
        self.scope = scope
        self.keep_alive = keep_alive
        self.over = False  # the response is whole, or nobody is there to read it
        self.task: asyncio.Task[None] | None = None
        self._connection = connection
        self._expects = (b"expect", b"100-continue") in scope["headers"]
        self._pieces: list[bytes] = []
        self._unread = 0
        self._more = True
        self._told = False
        self._news: asyncio.Future[None] | None = None
        self._begun = False
        self._head = b""  # of the response, until its body begins
        self._chunked = False
        self._left: int | None = None

    async def run(self, app: Any, tasks: set[asyncio.Task[None]]) -> None:
        """Have the application answer. Whatever it does, the connection is in order after it."""
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException as error:
            LOG.error("Exception in ASGI application\n", exc_info=error)
        if not self.over:
            self._give_up()
        if self.task is not None:
            tasks.discard(self.task)
            self.task = None

    def take(self, body: bytes) -> int:
        """A piece of the request's body. How many bytes are there to be read now."""
        if self.over:
            return 0
        self._pieces.append(body)
        self._unread += len(body)
        self._tell()
        return self._unread

    def take_whole(self, body: bytes) -> int:
        """The request's body, of a call that nobody answers yet. How many bytes there are."""
        self._pieces.append(body)
        self._unread = len(body)
        self._more = False
        return self._unread

    def take_end(self) -> None:
        """The request is whole."""
        self._more = False
        self._tell()

    def hang_up(self) -> None:
        """The client is gone."""
        self.over = True
        self._tell()

    async def receive(self) -> Message:
        connection = self._connection
        if self._expects and not self.over:
            self._expects = False
            connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while not self.over and not self._pieces and (self._more or self._told):
            connection.release()
            self._news = connection.loop.create_future()
            await self._news
        if self.over:
            return {"type": "http.disconnect"}
        pieces, self._pieces, self._unread = self._pieces, [], 0
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._told = not self._more
        return {"type": "http.request", "body": body, "more_body": self._more}

    async def send(self, message: Message) -> None:
        connection = self._connection
        if connection.blocked is not None:
            await connection.blocked
        if self.over:
            return
        kind = message["type"]
        if kind == HANG_UP:
            self._hang_up_on(reset=message["reset"])
            return
        if kind != "http.response.body":
            self._begin(message["status"], message.get("headers", ()))
            if kind != WHOLE:
                return
        more = message.get("more_body", False)
        text = self._framed(message.get("body", b""), more)
        if self._head:
            text, self._head = self._head + text, b""
        connection.transport.write(text)
        if not more:
            self.over = True
            self._tell()
            connection.ended(self)

    def _hang_up_on(self, *, reset: bool) -> None:
        """End the connection on purpose, with what was said of the response so far."""
        connection = self._connection
        if self._head:
            connection.transport.write(self._head)
        self.over = True
        self.keep_alive = False
        if reset:
            connection.transport.abort()
        connection.ended(self)

    def _begin(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Make the head. It is sent with the first piece of the body, as ASGI wants it."""
        if self._begun:
            raise RuntimeError("a response begins once")
        self._expects = False
        text = b"".join([b"%s: %s\r\n" % pair for pair in headers])
        if not text.count(b"\r") == text.count(b"\n") == len(headers):
            raise RuntimeError("a header has a line break in it")
        for name, value in headers:
            if name == b"content-length":
                self._left = int(value)
            elif name == b"connection" and value.lower() == b"close":
                self.keep_alive = False
        if self._left is None and self.scope["method"] != "HEAD" and status not in (204, 304):
            self._chunked = self.scope["http_version"] == "1.1"
            self.keep_alive = self.keep_alive and self._chunked
            text += b"transfer-encoding: chunked\r\n" if self._chunked else b""
        if not self.keep_alive and (b"connection", b"close") not in headers:
            text += b"connection: close\r\n"
        standing = self._connection.standing_headers()
        self._begun = True
        self._head = b"%s%s%s\r\n" % (status_line(status), standing, text)

    def _framed(self, body: bytes, more: bool) -> bytes:
        """A piece of the response's body as it goes over the wire."""
        if not self._begun:
            raise RuntimeError("a response begins with its status and headers")
        if self.scope["method"] == "HEAD":
            return b""
        if self._chunked:
            chunk = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
            return chunk if more else chunk + b"0\r\n\r\n"
        if self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise RuntimeError("a body is not as long as its Content-Length")
        return body

    def _give_up(self) -> None:
        """End a connection whose application did not finish its response."""
        if not self._begun or self._head:
            self._connection.transport.write(BROKEN)
        self.over = True
        self.keep_alive = False
        self._connection.ended(self)

    def _tell(self) -> None:
        """Wake up an application that waits for something to be read."""
        if self._news is not None and not self._news.done():
            self._news.set_result(None)
