"""Chapter: how often one may call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
from conformance.target import TOO_FAST, retry_after

if TYPE_CHECKING:
    from conformance.dialects.base import Rate
    from conformance.exchange import Exchange
    from conformance.target import Target

MOST = 5


async def _flooded(target: Target) -> list[Exchange]:
    """One call more than is allowed, in a row and beyond, until one is refused for that."""

    async def made() -> list[Exchange]:
        rate = _rate(target)
        sent: list[Exchange] = []
        for _ in range(rate.calls + MOST):
            sent.append(await target.call(rate.ask(), hurried=True))
            problem = target.dialect.problem(sent[-1].answer)
            if problem and problem.status == TOO_FAST:
                break
        return sent

    return await target.once("flood", made)


def _rate(target: Target) -> Rate:
    rate = target.dialect.RATE
    if rate is None:
        raise Disabled(f"{target.contract.title} documents no rate")
    return rate


@case("limits.rate", "Calls beyond the documented rate are refused.", cost="free-reject")
async def rate(target: Target) -> AsyncIterator[Finding]:
    sent = await _flooded(target)
    problem = target.dialect.problem(sent[-1].answer)
    if problem is None or problem.status != TOO_FAST:
        calls = _rate(target).calls
        yield Finding(f"429 after {calls} calls", f"{len(sent)} calls were taken", (sent[-1],))


@case("limits.retry-after", "A call that waits as long as it is told is taken.", cost="free-reject")
async def after(target: Target) -> AsyncIterator[Finding]:
    sent = await _flooded(target)
    problem = target.dialect.problem(sent[-1].answer)
    if problem is None or problem.status != TOO_FAST:
        raise Blocked("no call was refused for coming too fast")
    seconds = retry_after(sent[-1].answer)
    if seconds is None:
        yield Finding("a Retry-After in seconds", "none", (sent[-1],))
        return
    await target.wait(seconds)
    again = await target.call(_rate(target).ask(), hurried=True)
    problem = target.dialect.problem(again.answer)
    if problem and problem.status == TOO_FAST:
        yield Finding(f"taken after {seconds:g} s", again.told(), (sent[-1], again))
