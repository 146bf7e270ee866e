"""Requests to an ASGI application in this process. A client library would cost as much time again
as the application takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import quote, unquote, urljoin, urlsplit

from conformance.exchange import Answer, Ask

Asgi: TypeAlias = Callable[[Any, Any, Any], Any]

REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
AGENT = "conformance"
WHOLE = "%/:!$&'()*+,;=@~"  # what is left as it is in a path


async def asked(app: Asgi, ask: Ask) -> Answer:
    """What the application answers, behind its redirects where they are to be followed."""
    answer = await _asked(app, ask)
    for _ in range(MOST_REDIRECTS if ask.follow else 0):
        to = answer.headers.get("location")
        if answer.status not in REDIRECTS or not to:
            break
        ask = replace(ask, url=urljoin(ask.url, to))
        answer = await _asked(app, ask)
    return answer


async def _asked(app: Asgi, ask: Ask) -> Answer:
    unread = [{"type": "http.request", "body": ask.body, "more_body": False}]
    ended = asyncio.Event()
    begun: list[Any] = []
    body = bytearray()

    async def receive() -> Any:
        if unread:
            return unread.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
        elif message["type"] == "http.response.body":
            if ask.method != "HEAD":
                body.extend(message.get("body", b""))
            if not message.get("more_body"):
                ended.set()

    await app(_scope(ask), receive, send)
    raw = tuple((n.decode("latin-1"), t.decode("latin-1")) for n, t in begun[0]["headers"])
    return Answer(begun[0]["status"], raw, bytes(body), 0.0)


def _scope(ask: Ask) -> dict[str, Any]:
    url = urlsplit(ask.url)
    path = quote(url.path or "/", safe=WHOLE)
    headers = {"host": url.netloc, "accept": "*/*", "user-agent": AGENT}
    headers |= {name.lower(): text for name, text in ask.headers.items()}
    if ask.body or ask.method in ("POST", "PUT", "PATCH"):
        headers["content-length"] = str(len(ask.body))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": url.scheme,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": quote(url.query, safe=WHOLE + "?").encode("ascii"),
        "root_path": "",
        "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
        "server": (url.hostname, url.port),
        "client": ("127.0.0.1", 123),
    }
