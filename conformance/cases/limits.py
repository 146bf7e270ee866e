"""Chapter: how often one may call, and how long things are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
from conformance.target import TOO_FAST, retry_after

if TYPE_CHECKING:
    from conformance.dialects.base import Rate
    from conformance.exchange import Exchange
    from conformance.story import Story
    from conformance.target import Target

MOST = 5
WITHIN, BEYOND = 0.95, 1.05
"""Parts of a life after which a thing is still there, and after which it has gone."""


async def flooded(target: Target) -> list[Exchange]:
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


@case(
    "limits.rate",
    "Calls beyond the documented rate are refused.",
    cost="free-reject",
    alone=True,
)
async def rate(target: Target) -> AsyncIterator[Finding]:
    sent = await flooded(target)
    problem = target.dialect.problem(sent[-1].answer)
    if problem is None or problem.status != TOO_FAST:
        calls = _rate(target).calls
        yield Finding(f"429 after {calls} calls", f"{len(sent)} calls were taken", (sent[-1],))


@case(
    "limits.retry-after",
    "A call that waits as long as it is told is taken.",
    cost="free-reject",
    alone=True,
)
async def after(target: Target) -> AsyncIterator[Finding]:
    sent = await flooded(target)
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


async def _aged(target: Target, thing: str, part: float) -> Story:
    """A finished job, when so much of the life of a thing of it has passed."""
    seconds = target.dialect.LIVES[thing] * part
    target.can_leap(seconds)
    story = await target.story()
    if story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    await target.leap(seconds)
    return story


async def _fetched(target: Target, part: float) -> Exchange:
    """The result of a job, asked for when so much of the life of its address has passed."""
    story = await _aged(target, "url", part)
    if not story.url:
        raise Blocked("the job shows no address of its file")
    return await target.fetch(story.url)


@case(
    "limits.record-kept", "A job is told of for as long as is said.", cost="paid", own=1, leaps=True
)
async def record_kept(target: Target) -> AsyncIterator[Finding]:
    story = await _aged(target, "record", WITHIN)
    exchange = await target.call(target.dialect.poll(story.mode, story.job))
    if target.dialect.problem(exchange.answer):
        yield Finding("the job that ended", exchange.told(), (exchange,))


@case(
    "limits.record-gone",
    "A job is forgotten when its time is over.",
    cost="paid",
    own=1,
    leaps=True,
)
async def record_gone(target: Target) -> AsyncIterator[Finding]:
    story = await _aged(target, "record", BEYOND)
    exchange = await target.call(target.dialect.poll(story.mode, story.job))
    if target.dialect.problem(exchange.answer) is None:
        yield Finding("a job that is not there", exchange.told(), (exchange,))


@case(
    "limits.url-kept",
    "A result is at its address as long as is said.",
    cost="paid",
    own=1,
    leaps=True,
)
async def url_kept(target: Target) -> AsyncIterator[Finding]:
    exchange = await _fetched(target, WITHIN)
    if exchange.answer.status != 200:
        yield Finding("the video at its address", exchange.told(), (exchange,))


@case(
    "limits.url-gone", "The address of a result expires as is said.", cost="paid", own=1, leaps=True
)
async def url_gone(target: Target) -> AsyncIterator[Finding]:
    exchange = await _fetched(target, BEYOND)
    if exchange.answer.status == 200:
        yield Finding("an address that has expired", exchange.told(), (exchange,))
