"""An endpoint behind a socket, in real time."""

from __future__ import annotations

import asyncio
import time

import httpx

from conformance.exchange import Answer, Ask
from conformance.model import CannotRun
from conformance.probe import Probe, probe

LARGEST = 512 * 1024 * 1024


class Remote:
    """A way to an endpoint. `speed` is how many of its seconds pass in one of ours."""

    def __init__(self, client: httpx.AsyncClient, speed: float = 1.0) -> None:
        self._client = client
        self._speed = speed

    async def send(self, ask: Ask) -> Answer:
        began = time.monotonic()
        try:
            response = await self._client.request(
                ask.method, ask.url, headers=dict(ask.headers), content=ask.body or None
            )
        except httpx.HTTPError as error:
            raise CannotRun(_why(ask, error)) from None
        return answered(response, time.monotonic() - began)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    def now(self) -> float:
        return time.monotonic() * self._speed

    def probe(self, body: bytes) -> Probe:
        return probe(body)


def answered(response: httpx.Response, seconds: float) -> Answer:
    """A response as a value."""
    raw = tuple(
        (name.decode("latin-1"), text.decode("latin-1")) for name, text in response.headers.raw
    )
    return Answer(response.status_code, raw, response.content, seconds)


def _why(ask: Ask, error: httpx.HTTPError) -> str:
    """What went wrong, in a sentence."""
    host = httpx.URL(ask.url).netloc.decode()
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not answer {ask.method} {ask.url} in time"
    if isinstance(error, httpx.ConnectError):
        return f"nothing answers at {host}: {error}"
    return f"{ask.method} {ask.url} got no answer: {error or type(error).__name__}"
