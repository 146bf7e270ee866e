"""A small server of the judge's own: it takes webhooks, and serves the clips to be extended."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.clips import made
from conformance.serving import served

if TYPE_CHECKING:
    from conformance.clips import Recipe
    from conformance.model import Json

LARGEST = 64 * 1024 * 1024
MOST = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request to a hook, at the target's time."""

    at: float
    method: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Json:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(slots=True)
class Hook:
    """An address for webhooks, and what came there. `answers` are the statuses of the first
    requests in order; further ones get the last."""

    url: str
    answers: Sequence[int] = (200,)
    deliveries: list[Delivery] = field(default_factory=list)

    def take(self, delivery: Delivery) -> int:
        """Keep a delivery. The status to answer it with."""
        self.deliveries.append(delivery)
        return self.answers[min(len(self.deliveries), len(self.answers)) - 1]


class Listener:
    """An ASGI application. `base` is its address as the target sees it; `now` reads the target's
    time; `make` makes a hook of its address and its answers."""

    def __init__(self, base: str, now: Callable[[], float]) -> None:
        self.base = base.rstrip("/")
        self.now = now
        self.make: Callable[[str, Sequence[int]], Hook] = Hook
        self._hooks: dict[str, Hook] = {}
        self._clips: dict[str, bytes] = {}

    @property
    def files(self) -> Mapping[str, bytes]:
        """What is served, by path."""
        return self._clips

    def hook(self, answers: Sequence[int] = (200,), name: str = "") -> Hook:
        """A new address for webhooks. One whose name is taken gets a number too."""
        path = f"/hook/{name or len(self._hooks) + 1}"
        if path in self._hooks:
            path = f"{path}-{len(self._hooks) + 1}"
        hook = self._hooks[path] = self.make(f"{self.base}{path}", answers)
        return hook

    def clip(self, recipe: Recipe) -> str:
        """The URL of a clip."""
        path = f"/clips/{recipe.name}"
        self._clips.setdefault(path, made(recipe))
        return f"{self.base}{path}"

    def put(self, name: str, body: bytes) -> str:
        """The URL of a file."""
        self._clips[f"/clips/{name}"] = body
        return f"{self.base}/clips/{name}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode().lower(): text.decode("latin-1") for name, text in scope["headers"]}
        body = await _read(receive)
        hook = self._hooks.get(scope["path"])
        if hook is not None and len(hook.deliveries) < MOST:
            status = hook.take(Delivery(self.now(), scope["method"], headers, body))
            await _answer(send, status, b"", "text/plain")
        elif (clip := self._clips.get(scope["path"])) is not None:
            await _serve(send, scope["method"], headers.get("range", ""), clip)
        else:
            await _answer(send, 404, b"nothing is here\n", "text/plain")


async def _read(receive: Any) -> bytes:
    body = b""
    while len(body) < LARGEST:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


async def _serve(send: Any, method: str, wanted: str, clip: bytes) -> None:
    """A clip, or the range of it that is wanted."""
    start, _, end = wanted.removeprefix("bytes=").partition("-")
    if not (wanted.startswith("bytes=") and start.isdigit() and (not end or end.isdigit())):
        await _answer(send, 200, b"" if method == "HEAD" else clip, "video/mp4", len(clip))
        return
    first, last = int(start), min(int(end or len(clip)), len(clip) - 1)
    part = clip[first : last + 1]
    extra = [(b"content-range", f"bytes {first}-{last}/{len(clip)}".encode())]
    await _answer(send, 206, part, "video/mp4", len(part), extra)


async def _answer(
    send: Any,
    status: int,
    body: bytes,
    kind: str,
    length: int | None = None,
    extra: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    size = len(body) if length is None else length
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(size).encode()),
        (b"accept-ranges", b"bytes"),
        *extra,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def listening(
    now: Callable[[], float], *, host: str = "127.0.0.1", port: int = 0, public: str = ""
) -> AsyncIterator[Listener]:
    """A listener on a port, for as long as the block runs; `public` is how others reach it."""
    listener = Listener(public, now)
    async with served(listener, host, port) as address:
        listener.base = public.rstrip("/") or address
        yield listener
