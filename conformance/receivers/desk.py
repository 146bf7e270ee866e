"""What cases send with, and what they are told. Signs the present time, measures the answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, cycle
from typing import NamedTuple

import httpx

from conformance.dialects.base import Push
from conformance.model import CannotRun, Json
from conformance.receivers.letters import Letters

MOST = 1024 * 1024  # bytes of an answer


class Answer(NamedTuple):
    """What a receiver answered, after how many seconds; `why` says why it is nothing."""

    status: int
    seconds: float
    why: str = ""

    def __str__(self) -> str:
        return f"{self.status or self.why} after {self.seconds:.2f} s"


class Sent(NamedTuple):
    """One request as it goes out."""

    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"


@dataclass(slots=True)
class Desk:
    """One receiver. `secret` is empty where nothing is signed, `state_url` where nobody tells."""

    client: httpx.AsyncClient
    url: str
    letters: Letters
    push: Push
    secret: str
    state_url: str
    timeout: float
    jobs: Iterator[str]

    @property
    def signs(self) -> bool:
        """Whether what is sent is signed."""
        return bool(self.secret and self.push.signed)

    def job(self) -> str:
        """A job to write about."""
        return next(self.jobs)

    def letter(self, body: Json, job: str, *, secret: str = "", age: float = 0.0) -> Sent:
        """A body, signed as the provider does; by another secret, or at another time."""
        return self.raw(json.dumps(body).encode(), job, secret=secret, age=age)

    def raw(self, body: bytes, job: str, *, secret: str = "", age: float = 0.0) -> Sent:
        """Bytes, signed as the provider does."""
        headers = {"Content-Type": self.push.media_type}
        if self.signs:
            stamp = int(time.time() - age)
            headers |= dict(self.letters.headers(secret or self.secret, job, stamp, body))
        return Sent(body, headers, self.push.method)

    async def send(self, sent: Sent) -> Answer:
        """What is answered."""
        began = time.monotonic()
        try:
            status, _ = await self._asked(self.url, sent)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(0, time.monotonic() - began, "no answer")
        except httpx.HTTPError as error:
            return Answer(0, time.monotonic() - began, f"hung up ({_why(error)})")
        return Answer(status, time.monotonic() - began)

    async def state(self, job: str) -> str:
        """What the receiver's own state is, where it can be asked; else empty."""
        if not self.state_url:
            return ""
        url = self.state_url.replace("{job}", job)
        try:
            status, body = await self._asked(url, Sent(b"", {}, "GET"))
        except (TimeoutError, httpx.HTTPError) as error:
            raise CannotRun(f"--state-url: nothing answers at {url}: {_why(error)}") from None
        if status == 404:
            return "nothing"
        if status >= 400:
            raise CannotRun(f"--state-url: {url} answers {status}")
        return body.decode("utf-8", "replace")

    async def at_once(self, letters: list[Sent]) -> list[Answer]:
        """What is answered to several at a time."""
        return list(await asyncio.gather(*(self.send(one) for one in letters)))

    async def _asked(self, url: str, sent: Sent) -> tuple[int, bytes]:
        """The status of an answer and the beginning of its body, within the time that there is."""
        headers, body = dict(sent.headers), bytearray()
        async with (
            asyncio.timeout(self.timeout),
            self.client.stream(
                sent.method, url, content=sent.body, headers=headers, timeout=self.timeout
            ) as answer,
        ):
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > MOST:
                    break
            return answer.status_code, bytes(body[:MOST])


def names(known: list[str], new: Callable[[int], str]) -> Iterator[str]:
    """The jobs that a receiver knows, over and over; else made-up ones."""
    return cycle(known) if known else (new(0xC0FFEE00 + number) for number in count())


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
