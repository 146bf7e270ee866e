"""The control API, called in this process: without a socket, and from any thread."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

import orjson

from mockserver.app import App
from mockserver.contract.model import Json
from mockserver.web.wire import Message


async def ask(app: App, method: str, path: str, query: str = "", body: Json = None) -> Json:
    """The JSON that a call of the control API is answered with. Refused says why there is none."""
    sent = b"" if body is None else orjson.dumps(body)
    exchanged = _Exchanged(sent)
    await app(_scope(app, method, path, query, sent), exchanged.receive, exchanged.send)
    answer = orjson.loads(exchanged.body)
    if exchanged.status >= 400:
        raise Refused(answer["message"])
    return answer


class Refused(Exception):
    """The simulator cannot do what it was told; the text says why."""


def _scope(app: App, method: str, path: str, query: str, sent: bytes) -> dict[str, Any]:
    host = app.address.partition("://")[2].partition("/")[0]
    headers = {"host": host, "content-length": str(len(sent))}
    if sent:
        headers["content-type"] = "application/json"
    return {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }


class _Exchanged:
    """One request with its response."""

    def __init__(self, sent: bytes) -> None:
        self.status = 0
        self.body = bytearray()
        self._sent: bytes | None = sent
        self._over = asyncio.Event()

    async def receive(self) -> Message:
        if self._sent is None:
            await self._over.wait()
            return {"type": "http.disconnect"}
        sent, self._sent = self._sent, None
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self._over.set()
