"""A simulator behind a bend: its requests and its answers, whole, as values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from conformance.targets.asgi import Asgi
from conformance.targets.ours import Wrap

Json: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `nth` counts the calls of its method and path, from 1; `kept` is what bends of
    this run want to remember."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    nth: int
    kept: dict[Any, Any]

    def json(self) -> Json:
        """The body as JSON; None when it is none."""
        return read(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, whole. Header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Json:
        """The body as JSON; None when it is none."""
        return read(self.body)


Ahead: TypeAlias = Callable[[Call], Awaitable[Reply]]
"""Asks the simulator."""
Bend: TypeAlias = Callable[[Call, Ahead], Awaitable[Reply]]


def wrapped(bend: Bend) -> Wrap:
    """The bend as something to put around the application; counts begin anew with each."""

    def around(app: Asgi) -> Asgi:
        counts: Counter[tuple[str, str]] = Counter()
        kept: dict[Any, Any] = {}

        async def bent(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            if scope["path"].endswith("/_mock/reset"):
                counts.clear()
                kept.clear()
            place = scope["method"], scope["path"]
            counts[place] += 1
            call = await _heard(scope, receive, counts[place], kept)

            async def ahead(call: Call) -> Reply:
                return await _asked(app, scope, receive, call)

            await _say(send, await bend(call, ahead))

        return bent

    return around


def read(body: bytes) -> Json:
    """A body as JSON; None when it is none."""
    try:
        return json.loads(body)
    except ValueError:
        return None


async def _heard(scope: Any, receive: Any, nth: int, kept: dict[Any, Any]) -> Call:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode().lower(): text.decode("latin-1") for name, text in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return Call(scope["method"], scope["path"], query, headers, body, nth, kept)


async def _asked(app: Asgi, scope: Any, receive: Any, call: Call) -> Reply:
    """The simulator's own answer."""
    headers = {**call.headers}
    if "content-length" in headers:
        headers["content-length"] = str(len(call.body))
    changes = {
        "method": call.method,
        "query_string": call.query.encode("latin-1"),
        "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
    }
    if call.path != scope["path"]:
        changes |= {"path": call.path, "raw_path": call.path.encode()}
    unread = [{"type": "http.request", "body": call.body, "more_body": False}]
    begun: list[Any] = []
    body = bytearray()

    async def hear() -> Any:
        return unread.pop() if unread else await receive()

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
        else:
            body.extend(message.get("body", b""))

    await app({**scope, **changes}, hear, take)
    found = begun[0]
    named = tuple((n.decode().lower(), t.decode("latin-1")) for n, t in found["headers"])
    return Reply(found["status"], named, bytes(body))


async def _say(send: Any, reply: Reply) -> None:
    raw = [(name.encode(), text.encode("latin-1")) for name, text in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})
