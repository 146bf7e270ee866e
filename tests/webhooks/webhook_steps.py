"""What the tests of deliveries share: policies, receivers in this process, a pump around them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from mockserver import egress
from mockserver.contract.model import Policy, Signature
from mockserver.jobs.clock import Clock, VirtualClock
from mockserver.webhooks.model import Answer, Delivery, Make, Outgoing, Parcel, Receiver
from mockserver.webhooks.pump import Pump
from mockserver.webhooks.sender import Sender

LOOPBACK = egress.parse("loopback")
RETRIES = (60.0, 300.0, 900.0)
URL = "http://mock.test/hook"
OK = Answer(200)
SIGNATURE = Signature(
    secret="whsec_test_key",
    algorithm="hmac-sha256",
    encoding="base64",
    message="{id}.{timestamp}",
    headers=(("X-Webhook-Timestamp", "{timestamp}"), ("X-Webhook-Signature", "{signature}")),
)


def policy(*, retries: tuple[float, ...] = RETRIES, timeout: float = 10, **rest: Any) -> Policy:
    rest.setdefault("success", frozenset({200}))
    rest.setdefault("headers", ())
    rest.setdefault("signature", None)
    return Policy(name="hook", timeout=timeout, retries=retries, **rest)


def parcels(body: bytes = b"{}", id: str = "job-1") -> Make:
    async def make() -> Parcel | None:
        return Parcel(body, id=id)

    return make


class Got(NamedTuple):
    """A request as a receiver saw it, and when."""

    at: float
    url: str
    body: bytes
    headers: dict[str, str]


class Receivers:
    """Receivers in this process: each answers from its script, then 200. They remember all."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.got: list[Got] = []
        self.scripts: dict[str, list[Answer | Callable[[], Awaitable[Answer]]]] = {}

    def __call__(self, url: str) -> Receiver | None:
        return self.receive if url.startswith("http://mock.test/") else None

    async def receive(self, outgoing: Outgoing) -> Answer:
        headers = dict(outgoing.headers)
        self.got.append(Got(self.clock.now(), outgoing.url, outgoing.parcel.body, headers))
        script = self.scripts.get(outgoing.url)
        answer = script.pop(0) if script else OK
        return answer if isinstance(answer, Answer) else await answer()

    def script(
        self, *answers: Answer | int | Callable[[], Awaitable[Answer]], url: str = URL
    ) -> None:
        self.scripts[url] = [Answer(one) if isinstance(one, int) else one for one in answers]


class Post(NamedTuple):
    """A pump with its clock and receivers, and everything it reported."""

    clock: VirtualClock
    pump: Pump
    receivers: Receivers
    told: list[tuple[Delivery, str]]

    def send(self, due: float = 0.0, *, url: str = URL, job: str = "job-1", **rest: Any) -> str:
        """Plan a delivery; its id."""
        rest.setdefault("policy", policy())
        rest.setdefault("make", parcels(id=job))
        rest.setdefault("method", "POST")
        one = self.pump.schedule(job=job, provider="acme", push="done", url=url, due=due, **rest)
        return one.id

    def shown(self, id: str) -> Delivery:
        found = self.pump.outbox.get(id)
        assert found is not None
        return found


@asynccontextmanager
async def post(clock: VirtualClock | None = None, **rest: Any) -> AsyncIterator[Post]:
    clock = clock or VirtualClock(0)
    receivers = Receivers(clock)
    told: list[tuple[Delivery, str]] = []
    rest.setdefault("own", receivers)
    rest.setdefault("patience", 0.2)
    pump = Pump(
        clock,
        Sender(LOOPBACK),
        report=lambda delivery, bug: told.append((delivery, bug)),
        **rest,
    )
    try:
        yield Post(clock, pump, receivers, told)
    finally:
        await pump.close(0)
