"""The application in this process, in virtual time, for clients to talk to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from mockserver.app import App
from mockserver.web.wire import HANG_UP, Message, Scope
from mockserver.webhooks.model import Answer as Answered
from mockserver.webhooks.model import Outgoing
from mockserver.world.world import World
from tests.mutants.clients.wire import Answer, Broken, answer_of

Take = Callable[[bytes], Answered]
"""Takes what is pushed, and says how it is answered."""


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
    return answer_of(came[0]["status"], told, b"".join(one.get("body", b"") for one in came[1:]))
