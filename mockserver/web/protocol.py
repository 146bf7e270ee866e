"""HTTP/1.1 on one connection: what uvicorn's own protocol does, in a third of the time.

An answer is written in one piece, a connection has one timer however many calls it carries, and
every header is looked at once. What comes before a body is bounded, which uvicorn lacks.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from mockserver.web.wire import HANG_UP, Message, Scope

HEAD_LIMIT = 128 * 1024
READ_AHEAD = 64 * 1024
LOG = logging.getLogger("uvicorn.error")


@lru_cache
def _status_line(status: int) -> bytes:
    phrases = {one.value: one.phrase for one in HTTPStatus}
    return f"HTTP/1.1 {status} {phrases.get(status, '')}\r\n".encode()


def _last_words(status: int, text: bytes) -> bytes:
    """An answer to what is no call, after which the connection ends."""
    head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return _status_line(status) + head % len(text) + text


TOO_BIG = _last_words(431, b"The request's headers are too big")
INVALID = _last_words(400, b"Invalid HTTP request received.")
BROKEN = _last_words(500, b"Internal Server Error")


class Protocol(asyncio.Protocol):
    """One connection. Its calls are answered one after the other, in the order they came."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.blocked: asyncio.Future[None] | None = None  # while the client reads too slowly
        self.loop = _loop or asyncio.get_running_loop()
        self._app = config.loaded_app
        self.patience = config.timeout_keep_alive
        self._state = server_state
        self._parser = httptools.HttpRequestParser(self)
        self._read: Cycle | None = None  # whose request is being read, or was read last
        self._running: Cycle | None = None  # whose response is being made
        self._waiting: deque[Cycle] = deque()
        self._held = False
        self._timer: asyncio.TimerHandle | None = None
        self._heard = 0.0
        self._head = 0
        self._in_body = False
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._standing: list[tuple[bytes, bytes]] = []
        self._standing_text = b""

    # What the transport says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._state.connections.add(cast(Any, self))
        self._scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "extensions": {HANG_UP: {}},
            "server": get_local_addr(self.transport),
            "client": get_remote_addr(self.transport),
        }
        self._heard = self.loop.time()
        self._timer = self.loop.call_later(self.patience, self.check_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.connections.discard(cast(Any, self))
        for cycle in (self._read, self._running, *self._waiting):
            if cycle is not None:
                cycle.hang_up()
        self._waiting.clear()
        self.resume_writing()
        if self._timer is not None:
            self._timer.cancel()
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._heard = self.loop.time()
        if not self._in_body:
            self._head += len(data)
            if self._head > HEAD_LIMIT + len(data):
                self._refuse(TOO_BIG)
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._shut_after(self._read)  # we stay with HTTP/1.1, where the parser does not go on
        except httptools.HttpParserError:
            self._refuse(INVALID)

    def pause_writing(self) -> None:
        if self.blocked is None:
            self.blocked = self.loop.create_future()

    def resume_writing(self) -> None:
        if self.blocked is not None:
            self.blocked.set_result(None)
            self.blocked = None

    def shutdown(self) -> None:
        """The server ends: hang up, after the response that is under way."""
        self._shut_after(self._running)

    # What the parser says.

    def on_message_begin(self) -> None:
        self._head = 0
        self._in_body = False
        self._url = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self._in_body = True
        parser = self._parser
        raw_path, query = _split(self._url)
        path = raw_path.decode("ascii")
        scope = self._scope.copy()
        scope["method"] = parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        scope["headers"] = self._headers
        version = parser.get_http_version()
        if version != "1.1":
            scope["http_version"] = version
        self._read = cycle = Cycle(self, scope, keep_alive=parser.should_keep_alive())
        if self._running is None:
            self._start(cycle)
        else:
            self._waiting.append(cycle)
            self.hold()

    def on_body(self, body: bytes) -> None:
        assert self._read is not None, "a body comes after headers"
        if self._read.take(body) > READ_AHEAD:
            self.hold()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._head = 0
        assert self._read is not None, "the end comes after headers"
        self._read.take_end()

    # What a cycle says.

    def hold(self) -> None:
        """Read no more for now."""
        if not self._held:
            self._held = True
            self.transport.pause_reading()

    def release(self) -> None:
        """Read on, unless calls are waiting that were read already."""
        if self._held and not self._waiting and not self.transport.is_closing():
            self._held = False
            self.transport.resume_reading()

    def standing_headers(self) -> bytes:
        """The headers of every response: the date, made anew by the server once a second."""
        headers = self._state.default_headers
        if headers is not self._standing:
            self._standing = headers
            self._standing_text = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        return self._standing_text

    def ended(self, cycle: Cycle) -> None:
        """A response is whole: close, or go on with the next call."""
        self._state.total_requests += 1
        self._running = None
        self._heard = self.loop.time()
        if not cycle.keep_alive:
            self.transport.close()
            return
        if self._waiting:
            self._start(self._waiting.popleft())
        if self._held:
            self.release()

    def _start(self, cycle: Cycle) -> None:
        self._running = cycle
        cycle.task = self.loop.create_task(cycle.run(self._app, self._state.tasks))
        self._state.tasks.add(cycle.task)

    def _refuse(self, words: bytes) -> None:
        self.transport.write(words)
        self.transport.close()

    def _shut_after(self, cycle: Cycle | None) -> None:
        if cycle is None or cycle.over:
            self.transport.close()
        else:
            cycle.keep_alive = False

    def check_idle(self) -> None:
        """Hang up on a client that has been silent, and look again later at any other."""
        left = self._heard + self.patience - self.loop.time()
        if self._running is None and left <= 0:
            self.transport.close()
        else:
            wait = left if left > 0 else self.patience
            self._timer = self.loop.call_later(wait, self.check_idle)


class Cycle:
    """One request and its response, as an ASGI application sees them."""

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

    async def run(self, app: ASGI3Application, tasks: set[asyncio.Task[None]]) -> None:
        """Have the application answer. Whatever it does, the connection is in order after it."""
        try:
            await app(cast(Any, self.scope), cast(Any, self.receive), cast(Any, self.send))
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
        if message["type"] == HANG_UP:
            self._hang_up_on(reset=message["reset"])
            return
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
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
        self._head = b"%s%s%s\r\n" % (_status_line(status), standing, text)

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


def _split(url: bytes) -> tuple[bytes, bytes]:
    """Path and query of a request's target, be it a whole URL."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    parsed = httptools.parse_url(url)
    return parsed.path, parsed.query or b""
