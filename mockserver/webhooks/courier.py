"""One attempt at a delivery: where it goes, what is sent with it, how it counts."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import TypeAlias

from mockserver import egress
from mockserver.contract.model import Policy
from mockserver.jobs.clock import Clock
from mockserver.webhooks.model import Answer, Attempt, Delivery, Outgoing, Own, Parcel, Receiver
from mockserver.webhooks.sender import Sender
from mockserver.webhooks.signing import signed

PATIENCE = 2.0
DIGITS = 5
FILE_RATE = 1024 * 1024  # bytes a second that a network is trusted to carry

Way: TypeAlias = "Receiver | egress.Pinned"


class Courier:
    """Carries parcels to receivers outside, and to those that `own` finds in this process.

    A receiver has as long as the policy says, on the clock; but at least `patience` real seconds,
    which is all it has when the clock stands still.
    """

    def __init__(self, clock: Clock, sender: Sender, *, own: Own, patience: float) -> None:
        self._clock = clock
        self._sender = sender
        self._own = own
        self._patience = patience

    async def way(self, url: str) -> Way | str:
        """Where a delivery goes, every attempt of it; or why it is refused, in a sentence."""
        if isinstance(egress.place_of(url), egress.Refused):
            return await self._sender.pin(url)  # says why
        return self._own(url) or await self._sender.pin(url)

    async def carry(
        self, delivery: Delivery, parcel: Parcel, policy: Policy, way: Way, *, asked: bool
    ) -> Attempt:
        """Make one attempt."""
        at = self._clock.now()
        headers = self._headers(policy, parcel)
        limit = self._limit(policy, parcel)
        if isinstance(way, egress.Pinned):
            answer = await self._sender.send(delivery.method, way, headers, parcel, limit)
        else:
            outgoing = Outgoing(delivery.method, delivery.url, headers, parcel)
            answer = await self._hand(way, outgoing, at, policy.timeout, limit)
        ended = self._clock.now()
        if taken := policy.timeout if answer.late else answer.delay:
            ended = max(ended, round(at + taken, DIGITS))
        number = delivery.attempts[-1].number + 1 if delivery.attempts else 1
        why = "" if _good(answer, policy) else _why(answer, policy)
        kept = answer.status, answer.headers, answer.body
        return Attempt(number, at, ended, headers, *kept, why, asked)

    def _headers(self, policy: Policy, parcel: Parcel) -> Mapping[str, str]:
        headers = {"Content-Type": parcel.media_type}
        if policy.headers:
            headers |= dict(policy.headers)
        if parcel.file is not None:
            headers["Content-Length"] = str(parcel.size)
        if policy.signature is not None and policy.signature.secret:
            stamp = int(self._clock.wall() - parcel.age)
            headers |= signed(policy.signature, parcel.id, stamp, parcel.body)
        return headers

    def _limit(self, policy: Policy, parcel: Parcel) -> float:
        """Real seconds that a receiver has to answer; a file's way there takes real time too."""
        speed = self._clock.speed
        limit = max(self._patience, policy.timeout / speed if speed else 0.0)
        return limit if parcel.file is None else limit + math.ceil(parcel.size / FILE_RATE)

    async def _hand(
        self, receiver: Receiver, outgoing: Outgoing, at: float, timeout: float, limit: float
    ) -> Answer:
        """Give a request to a receiver in this process. Its delay costs no real time when the
        clock stands still."""
        try:
            async with asyncio.timeout(limit):
                answer = await receiver(outgoing)
        except TimeoutError:
            return Answer(late=True)
        if answer.delay:
            await self._clock.linger(at + min(answer.delay, timeout))
        return Answer(late=True) if answer.delay > timeout else answer


def _good(answer: Answer, policy: Policy) -> bool:
    return answer.status in policy.success and not answer.why and not answer.late


def _why(answer: Answer, policy: Policy) -> str:
    """Why an answer does not count as success."""
    if answer.late:
        what = f"answered {answer.status} but did not end" if answer.status else "did not answer"
        return f"{what} within {policy.timeout:g} s"
    return answer.why or f"answered {answer.status}, which is not {_wanted(policy.success)}"


def _wanted(success: frozenset[int]) -> str:
    if len(success) == 100:
        return f"{min(success) // 100}xx"
    return " or ".join(map(str, sorted(success)))
