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

MOST_STATE = 1024 * 1024


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
            answer = await self.client.request(
                sent.method,
                self.url,
                content=sent.body,
                headers=dict(sent.headers),
                timeout=self.timeout,
            )
        except httpx.TimeoutException:
            return Answer(0, time.monotonic() - began, "no answer")
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            return Answer(0, time.monotonic() - began, f"hung up ({why})")
        return Answer(answer.status_code, time.monotonic() - began)

    async def state(self, job: str) -> str:
        """What the receiver's own state is, where it can be asked; else empty."""
        if not self.state_url:
            return ""
        url = self.state_url.replace("{job}", job)
        try:
            answer = await self.client.get(url, timeout=self.timeout)
        except httpx.HTTPError as error:
            raise CannotRun(f"--state-url: nothing answers at {url}: {error}") from None
        if answer.status_code == 404:
            return "nothing"
        if answer.status_code >= 400:
            raise CannotRun(f"--state-url: {url} answers {answer.status_code}")
        return answer.text[:MOST_STATE]

    async def at_once(self, letters: list[Sent]) -> list[Answer]:
        """What is answered to several at a time."""
        return list(await asyncio.gather(*(self.send(one) for one in letters)))


def names(known: list[str], new: Callable[[int], str]) -> Iterator[str]:
    """The jobs that a receiver knows, over and over; else made-up ones."""
    return cycle(known) if known else (new(0xC0FFEE00 + number) for number in count())
