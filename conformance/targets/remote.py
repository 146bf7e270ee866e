"""An endpoint behind a socket, in real time."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Callable

import httpx

from conformance.connection import Plain
from conformance.exchange import Answer, Ask
from conformance.model import NoAnswer
from conformance.probe import Probe, probe

LARGEST = 512 * 1024 * 1024
CONNECT = 15.0
QUIET = 60.0
"""Real seconds without a byte, after which a request is given up that waits for no job."""

Guard = Callable[[str], str]
"""Why a host must not be contacted; empty when it may."""


class Remote(Plain):
    """A way to an endpoint. `speed` is how many of its seconds pass in one of ours; `patience` is
    the most real seconds that one answer may take, `guard` says which hosts are out of bounds."""

    def __init__(
        self,
        *,
        guard: Guard = lambda host: "",
        speed: float = 1.0,
        patience: float = 900.0,
        proxies: bool = True,
    ) -> None:
        self._guard = guard
        self._speed = speed
        self._patience = patience
        self._client = httpx.AsyncClient(
            event_hooks={"request": [self._allowed]},
            limits=httpx.Limits(max_connections=100),
            max_redirects=5,
            trust_env=proxies,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, ask: Ask) -> Answer:
        began = time.monotonic()
        quiet = self._patience if ask.slow else min(QUIET, self._patience)
        timeout = httpx.Timeout(quiet, connect=min(CONNECT, self._patience))
        try:
            async with (
                asyncio.timeout(self._patience),
                self._client.stream(
                    ask.method,
                    ask.url,
                    headers=dict(ask.headers),
                    content=ask.body or None,
                    follow_redirects=ask.follow,
                    timeout=timeout,
                ) as response,
            ):
                await _whole(response)
        except NoAnswer as error:
            raise NoAnswer(f"{ask.method} {ask.url} {error}") from None
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ssl.SSLError) as error:
            raise NoAnswer(f"{ask.method} {ask.url} {_why(error)}") from None
        return answered(response, time.monotonic() - began)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    async def leap(self, seconds: float) -> None:
        await self.wait(seconds)

    def now(self) -> float:
        return time.monotonic() * self._speed

    def probe(self, body: bytes) -> Probe:
        return probe(body)

    async def _allowed(self, request: httpx.Request) -> None:
        """Stop a request, or where it is redirected to, before the host is looked up."""
        if why := self._guard(request.url.host):
            raise NoAnswer(f"was not sent: {why}")


async def _whole(response: httpx.Response) -> None:
    """Read a body, which must have an end."""
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > LARGEST:
            raise NoAnswer(f"got more than {LARGEST:,} bytes")
        parts.append(part)
    response._content = b"".join(parts)


def answered(response: httpx.Response, seconds: float) -> Answer:
    """A response as a value."""
    raw = tuple(
        (name.decode("latin-1"), text.decode("latin-1")) for name, text in response.headers.raw
    )
    return Answer(response.status_code, raw, response.content, seconds)


def _why(error: Exception) -> str:
    """What became of a request, as the rest of a sentence."""
    told = str(error) or type(error).__name__
    if isinstance(error, httpx.ConnectTimeout):
        return "could not connect in time"
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "was not answered in time"
    if isinstance(error, httpx.TooManyRedirects):
        return "was redirected again and again"
    if "ssl" in told.lower() or "certificate" in told.lower() or isinstance(error, ssl.SSLError):
        return f"found no TLS that can be trusted: {_tls(told)}"
    if isinstance(error, httpx.ConnectError):
        return f"found nobody there: {told}"
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return f"is no address: {told}"
    return f"got no whole answer: {told}"


def _tls(told: str) -> str:
    """What OpenSSL says, without the place in its source."""
    return re.sub(r"\s*\(_ssl\.c:\d+\)|\[SSL: [A-Z_0-9]+\]\s*", "", told)
