"""The application's own door, for calls that come without a socket of HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import orjson

from mockserver.rpc.model import Answer, Ask, Pieces, Take
from mockserver.web.wire import HANG_UP, Message, Scope

if TYPE_CHECKING:
    from mockserver.app import App


async def ask(
    app: App,
    place: str,
    asked: Ask,
    headers: Mapping[str, str],
    *,
    name: str,
    take: Take | None = None,
) -> Answer:
    """What the application answers to a call at a place, which is a path without a slash behind.

    The journal has the call under `name`. The body of a 200 goes to `take`, if there is one, piece
    by piece as it comes.
    """
    body = b"" if asked.body is None else orjson.dumps(asked.body)
    call = _Call(body, asked.form, take)
    sent = {**headers}
    if asked.form is not None or body:
        sent["content-type"] = asked.media
    await app(_scope(place, asked, sent, name), call.receive, call.send)
    return call.answer()


def _scope(place: str, asked: Ask, headers: Mapping[str, str], name: str) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "2",
        "scheme": "http",
        "method": asked.method,
        "root_path": "",
        "path": place + asked.path,
        "raw_path": f"/{name}".encode(),
        "query_string": urlencode(asked.query).encode(),
        "headers": [
            (key.encode("latin-1", "replace"), text.encode("latin-1", "replace"))
            for key, text in headers.items()
        ],
        "extensions": {HANG_UP: {}},
    }


class _Call:
    """One request and its response, as ASGI messages."""

    def __init__(self, body: bytes, form: Pieces | None, take: Take | None) -> None:
        self._body: bytes | None = body
        self._form = form
        self._take = take
        self._status = 0
        self._headers: dict[str, str] = {}
        self._answer = bytearray()
        self._broken = "cut"
        self._over = asyncio.Event()

    def answer(self) -> Answer:
        """What came."""
        return Answer(self._status, self._headers, bytes(self._answer), self._broken)

    async def receive(self) -> Message:
        if self._form is not None:
            try:
                piece = await anext(self._form)
            except StopAsyncIteration:
                self._form = None
                return {"type": "http.request", "body": b"", "more_body": False}
            return {"type": "http.request", "body": piece, "more_body": True}
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == HANG_UP:
            self._broken = "reset" if message["reset"] else "cut"
            return
        if message["type"] == "http.response.start":
            self._status = message["status"]
            for key, text in message.get("headers", ()):
                self._headers[key.decode("latin-1").lower()] = text.decode("latin-1")
            return
        piece = message.get("body", b"")
        if self._take is not None and self._status == 200:
            if piece:
                await self._take(piece)
        else:
            self._answer += piece
        if not message.get("more_body", False):
            self._broken = ""
            self._over.set()
