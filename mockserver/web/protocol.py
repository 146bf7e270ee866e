"""HTTP/1.1 on one connection: what uvicorn's own protocol does, in a third of the time.

An answer is written in one piece, a connection has one timer however many calls it carries, and
every header is looked at once, those of a head that comes again not even that. What comes before
a body is bounded, which uvicorn lacks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.utils import get_local_addr, get_remote_addr
from uvicorn.server import ServerState

from mockserver.web import heads
from mockserver.web.cycle import Cycle, last_words
from mockserver.web.wire import HANG_UP, WHOLE

HEAD_LIMIT = 128 * 1024
READ_AHEAD = 64 * 1024
TOO_BIG = last_words(431, b"The request's headers are too big")
INVALID = last_words(400, b"Invalid HTTP request received.")


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
        self._between = True  # nothing of the next request was read yet
        self._piece = b""  # that a request begins with, until its head was read
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
            "scheme": "http",
            "root_path": "",
            "extensions": {HANG_UP: {}, WHOLE: {}},
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
        self._piece = b""
        if self._between:
            if again := heads.known(data):
                self._take_again(*again)
                return
            self._piece = data
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
        self._between = False
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
        scope = {
            "method": parser.get_method().decode("ascii"),
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": tuple(self._headers),
            "http_version": parser.get_http_version(),
        }
        keep_alive = parser.should_keep_alive()
        if self._piece and keep_alive and not parser.should_upgrade():
            heads.learn(self._piece, scope)
        self._piece = b""  # no other request begins with it
        self._read = cycle = Cycle(self, {**self._scope, **scope}, keep_alive=keep_alive)
        self._begin(cycle)

    def on_body(self, body: bytes) -> None:
        assert self._read is not None, "a body comes after headers"
        if self._read.take(body) > READ_AHEAD:
            self.hold()

    def on_message_complete(self) -> None:
        self._in_body = False
        self._head = 0
        assert self._read is not None, "the end comes after headers"
        self._between = self._read.keep_alive
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

    def _take_again(self, head: heads.Known, body: bytes) -> None:
        """Take a request that is whole without the parser, which read its head before."""
        scope = {**self._scope, **head.scope}
        self._read = cycle = Cycle(self, scope, keep_alive=True)
        if cycle.take_whole(body) > READ_AHEAD:
            self.hold()
        self._begin(cycle)

    def _begin(self, cycle: Cycle) -> None:
        """Have a call answered, after those that came before it."""
        if self._running is None:
            self._start(cycle)
        else:
            self._waiting.append(cycle)
            self.hold()

    def _start(self, cycle: Cycle) -> None:
        self._running = cycle
        cycle.task = self.loop.create_task(cycle.run(self._app, self._state.tasks))
        self._state.tasks.add(cycle.task)

    def _refuse(self, words: bytes) -> None:
        self.transport.write(words)
        self.transport.close()

    def _shut_after(self, cycle: Cycle | None) -> None:
        self._between = False
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


def _split(url: bytes) -> tuple[bytes, bytes]:
    """Path and query of a request's target, be it a whole URL."""
    if url.startswith(b"/") and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path, query
    parsed = httptools.parse_url(url)
    return parsed.path, parsed.query or b""
