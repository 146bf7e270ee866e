"""Deliveries to our own addresses, handed over in this process without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, unquote, urlsplit

import orjson

from mockserver.web.wire import Message, Receive, Scope, Send
from mockserver.webhooks.inbox import Inboxes, Scripted
from mockserver.webhooks.model import KEPT_ANSWER, KEPT_BODY, Answer, Outgoing, Receiver

Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

INBOX = "/_mock/inbox/"
BODYLESS = (204, 304)
PIECE = 1024 * 1024


def inbox_at(path: str) -> str:
    """The name of the inbox at a path; empty when none is there."""
    name = path.removeprefix(INBOX)
    return "" if name == path or "/" in name else unquote(name)


def to_inbox(inboxes: Inboxes, name: str) -> Receiver:
    """A receiver that puts what it gets into an inbox, and answers as that was told to."""

    async def receive(outgoing: Outgoing) -> Answer:
        parcel = outgoing.parcel
        body = parcel.body
        if parcel.file is not None:
            body = await asyncio.to_thread(_beginning, parcel.file)
        query = urlsplit(outgoing.url).query
        told = inboxes.take(
            name, outgoing.method, outgoing.headers, body, query=query, size=parcel.size
        )
        if told.hangup:
            return Answer(why="hung up without an answer", delay=told.delay)
        headers = {} if told.body is None else {"content-type": "application/json"}
        return Answer(told.status, headers, body_of(told), delay=told.delay)

    return receive


def to_application(application: Application, path: str) -> Receiver:
    """A receiver that calls an application at a path."""

    async def receive(outgoing: Outgoing) -> Answer:
        call = _InnerCall(outgoing)
        await application(call.scope(path), call.receive, call.send)
        return Answer(call.status, call.headers, bytes(call.answer))

    return receive


def body_of(told: Scripted) -> bytes:
    """The bytes of a scripted answer."""
    if told.body is None or told.status in BODYLESS:
        return b""
    return orjson.dumps(told.body)


class _InnerCall:
    """One request to an application and its response, as ASGI messages."""

    def __init__(self, outgoing: Outgoing) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.answer = bytearray()
        self._outgoing = outgoing
        self._sent = 0
        self._over = asyncio.Event()

    def scope(self, path: str) -> Scope:
        parts = urlsplit(self._outgoing.url)
        headers = {
            "host": parts.netloc,
            "content-length": str(self._outgoing.parcel.size),
            **{name.lower(): text for name, text in self._outgoing.headers.items()},
        }
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "scheme": parts.scheme,
            "method": self._outgoing.method,
            "root_path": "",
            "path": unquote(path),
            "raw_path": quote(path, safe="/%:@!$&'()*+,;=~").encode(),
            "query_string": quote(parts.query, safe="/%:@!$&'()*+,;=~?[]").encode(),
            "headers": [
                (name.encode("latin-1", "replace"), text.encode("latin-1", "replace"))
                for name, text in headers.items()
            ],
            "client": ("127.0.0.1", 0),
            "server": (parts.hostname, parts.port),
        }

    async def receive(self) -> Message:
        parcel = self._outgoing.parcel
        if self._sent and self._sent >= parcel.size:
            await self._over.wait()
            return {"type": "http.disconnect"}
        if parcel.file is None:
            piece = parcel.body
        else:
            piece = await asyncio.to_thread(_piece, parcel.file, self._sent)
        self._sent += len(piece) or 1
        more = self._sent < parcel.size
        return {"type": "http.request", "body": piece, "more_body": more}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for name, text in message.get("headers", ()):
                self.headers[name.decode("latin-1")] = text.decode("latin-1")
            return
        room = KEPT_ANSWER - len(self.answer)
        self.answer += message.get("body", b"")[: max(0, room)]
        if not message.get("more_body", False):
            self._over.set()


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(KEPT_BODY)


def _piece(path: Path, start: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(PIECE)
