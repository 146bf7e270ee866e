"""What the clients here talk through: real sockets, or the application in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from mockserver.app import App
from mockserver.web.wire import HANG_UP, Message, Scope
from mockserver.webhooks.model import Answer as Answered
from mockserver.webhooks.model import Outgoing
from mockserver.world.world import World

TIMEOUT = 10.0

Take = Callable[[bytes], Answered]
"""Takes what is pushed, and says how it is answered."""


class Broken(Exception):
    """There was no answer, or not all of it."""


class Answer(NamedTuple):
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Wire(Protocol):
    """Sends, and waits."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a request. Broken where the connection broke before its end."""

    def sleep(self, seconds: float) -> None:
        """Let so much time pass."""


class Sockets:
    """As any program: HTTP over sockets, in real time."""

    def __init__(self) -> None:
        self._opener = build_opener(ProxyHandler({}), _Still())

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        request = Request(url, body or None, dict(headers), method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return _answer(answer.status, dict(answer.headers), answer.read())
        except HTTPError as error:
            with error:
                return _answer(error.code, dict(error.headers), error.read())
        except (OSError, ValueError, EOFError) as error:
            raise Broken(str(error)) from None
        except Exception as error:  # http.client's own
            raise Broken(str(error)) from None

    def sleep(self, seconds: float) -> None:
        threading.Event().wait(seconds)


class _Still(HTTPRedirectHandler):
    """Follows nothing."""

    def redirect_request(self, *args: object) -> None:
        return None


class Hopeless(Exception):
    """Nobody waits that long."""


class Inner:
    """The application in this process, in virtual time: nothing waits. Hopeless after `MOST`."""

    MOST = 50 * 3600.0

    def __init__(self, app: App, runner: asyncio.Runner) -> None:
        self.app = app
        self.enter(app.world)
        self._runner = runner

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        return self._runner.run(_exchanged(self.app, method, url, headers, body))

    def sleep(self, seconds: float) -> None:
        self._slept += seconds
        if self._slept > self.MOST:
            raise Hopeless
        self._runner.run(self.world.clock.advance(seconds))

    def listen(self, url: str, take: Take) -> None:
        """Have what is pushed to a URL taken by a function, which says how it is answered."""

        async def receive(outgoing: Outgoing) -> Answered:
            return take(outgoing.parcel.body)

        self.app.receivers[url] = receive

    def enter(self, world: World) -> None:
        """From now on sleep by the clock of a world."""
        self.world, self._slept = world, 0.0


async def _exchanged(
    app: App, method: str, url: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    parts = urlsplit(url)
    given = {"host": parts.netloc, "content-length": str(len(body)), **headers}
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "root_path": "",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [(name.lower().encode(), text.encode()) for name, text in given.items()],
        "client": ("127.0.0.1", 0),
        "server": (parts.hostname, parts.port),
        "extensions": {HANG_UP: {}},
    }
    came: list[Message] = []
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        came.append(message)

    await app(scope, receive, send)
    if not came or any(one["type"] == HANG_UP for one in came):
        raise Broken("the connection was cut")
    told = {name.decode(): text.decode() for name, text in came[0]["headers"]}
    return _answer(came[0]["status"], told, b"".join(one.get("body", b"") for one in came[1:]))


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    low = {name.lower(): text for name, text in headers.items()}
    if int(low.get("content-length", len(body))) != len(body):
        raise Broken(f"{len(body)} of {low['content-length']} bytes came")
    return Answer(status, low, body)
