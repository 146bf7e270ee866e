"""Bytes in, bytes out: bounded bodies, JSON that is JSON, and replies as ASGI messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import orjson

from mockserver.contract.message import Reply
from mockserver.contract.model import Json
from mockserver.scenario.model import Wire

Pieces: TypeAlias = AsyncIterator[bytes]
Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

HANG_UP = "mock.hangup"
"""An ASGI message: end the connection, with a `reset` or, once all is written, without one."""

WHOLE = "mock.whole"
"""An ASGI message: a response with its `status`, `headers` and whole `body`, in one."""

DEEPEST = 64
MOST_VALUES = 100_000


class TooLarge(Exception):
    """A body exceeds its limit. What was read of it is dropped."""


class ClientGone(Exception):
    """The client hung up before its request was whole."""


class HangUp(ClientGone):
    """We hang up instead of answering, as we were told to."""


async def pieces(receive: Receive, declared: str | None, limit: int) -> AsyncIterator[bytes]:
    """A body piece by piece. TooLarge as soon as it is known to exceed the limit."""
    _bounded(declared, limit)
    size, more = 0, True
    while more:
        piece, more = _piece(await receive())
        size += len(piece)
        if size > limit:
            raise TooLarge
        if piece:
            yield piece


async def whole(receive: Receive, declared: str | None, limit: int) -> bytes:
    """A body in one. TooLarge as soon as it is known to exceed the limit."""
    _bounded(declared, limit)
    found, more = _piece(await receive())
    size = len(found)
    if size > limit:
        raise TooLarge
    if not more:
        return found
    rest = [found]
    while more:
        piece, more = _piece(await receive())
        size += len(piece)
        if size > limit:
            raise TooLarge
        rest.append(piece)
    return b"".join(rest)


def _bounded(declared: str | None, limit: int) -> None:
    """TooLarge when more is announced than the limit."""
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise TooLarge


def _piece(message: Message) -> tuple[bytes, bool]:
    """A piece of a body, and whether there is more of it."""
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


def parse(raw: bytes) -> Json:
    """A body as JSON. ValueError says in a sentence why it is none, or too much to be meant."""
    brackets = raw.count(b"[") + raw.count(b"{")
    if brackets + raw.count(b",") > MOST_VALUES:
        raise ValueError(f"more than {MOST_VALUES} values")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(str(error)) from None
    if brackets > DEEPEST and _deeper(value):
        raise ValueError(f"nested deeper than {DEEPEST} levels")
    return value


def _deeper(value: Json) -> bool:
    """Whether lists and objects nest deeper than allowed."""
    layer = [value]
    for _ in range(DEEPEST + 1):
        layer = [
            below
            for one in layer
            for below in (one.values() if isinstance(one, dict) else one)
            if isinstance(below, dict | list)
        ]
        if not layer:
            return False
    return True


def encode(reply: Reply) -> bytes:
    """The bytes of a reply's body."""
    if reply.body is None:
        return b""
    if isinstance(reply.body, bytes):
        return reply.body
    if isinstance(reply.body, str) and "json" not in reply.media_type:
        return reply.body.encode()
    return orjson.dumps(reply.body)


class Answer(NamedTuple):
    """A reply made ready to be sent: all its headers, and the bytes of its body or a file.

    A `fault` is what shall happen to it on its way.
    """

    reply: Reply
    headers: Mapping[str, str]
    body: bytes
    file: Path | None = None
    fault: Wire | None = None


def plain(reply: Reply) -> Answer:
    """A reply with no headers but its own."""
    return Answer(reply, reply.headers, encode(reply))


async def send_answer(
    send: Send, answer: Answer, *, head: bool = False, whole: bool = False
) -> None:
    """Send an answer whose body is in memory. A HEAD gets the same headers and no body.

    It is one message where the server takes it `whole`.
    """
    reply, body = answer.reply, answer.body
    headers = [(_name(name), text.encode("latin-1")) for name, text in answer.headers.items()]
    if not reply.empty:
        headers.append((b"content-type", reply.media_type.encode()))
    headers.append((b"content-length", b"%d" % len(body)))
    if whole:
        await send({"type": WHOLE, "status": reply.status, "headers": headers, "body": body})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})


@lru_cache(maxsize=256)
def _name(name: str) -> bytes:
    """A header's name as ASGI wants it. There are few, and each is sent again and again."""
    return name.lower().encode()
