"""kie.ai: the balance, what is charged, and links to files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.dialects import kie
from conformance.exchange import Ask, post
from conformance.model import Blocked, Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.dialects.base import View
    from conformance.target import Target

LINK = "/api/v1/common/download-url"
PRICE = 15.0  # credits of a generation by veo3_lite at 720p


@dataclass(frozen=True, slots=True)
class Charges:
    """The balance at the beginning, after a refusal, after a failed task, after a good one."""

    start: float
    refused: float
    failed: float
    done: float
    bad_end: str
    good_end: str


async def balance(target: Target, key: str = "") -> float:
    """The credits of an account. Blocked when they are not told."""
    exchange = await target.call(target.dialect.ping(), key=key)
    data = kie.told_of(exchange.answer).get("data")
    if not isinstance(data, int | float):
        raise Blocked(f"the balance is not told: {exchange.told()}")
    return float(data)


async def _charges(target: Target) -> Charges:
    """What happens to the balance of the other account, where nothing else is made."""
    key = target.other_key

    async def made() -> Charges:
        modes = target.dialect.MODES
        start = await balance(target, key)
        await target.create(modes["generate"], {"/duration": 5}, key=key)
        refused = await balance(target, key)
        bad = await _ended(target, "doomed", key)
        failed = await balance(target, key)
        good = await _ended(target, "generate", key)
        done = await balance(target, key)
        return Charges(start, refused, failed, done, bad, good)

    return await target.once("charges", made)


async def _ended(target: Target, mode: str, key: str) -> str:
    """How a task of the other account ends: a state, or "refused"."""
    chosen = target.dialect.MODES[mode]
    job = target.dialect.job_of((await target.submit(chosen, key=key)).answer)
    if not job:
        return "refused"
    until = target.now() + target.connection.patience
    view: View | None = None
    while target.now() <= until and not (view and view.ended):
        await target.wait(target.connection.interval)
        exchange = await target.call(target.dialect.poll(chosen, job), key=key)
        view = target.dialect.view(exchange.answer)
    return view.state if view else "unknown"


@case("kie.refusal-is-free", "A refused create is not charged.", cost="paid", own=2)
async def refusal_is_free(target: Target) -> AsyncIterator[Finding]:
    found = await _charges(target)
    if found.refused != found.start:
        yield Finding(f"{found.start:g} credits, as before", f"{found.refused:g}")


@case("kie.failure-is-free", "A failed task is not charged.", cost="paid", own=2)
async def failure_is_free(target: Target) -> AsyncIterator[Finding]:
    found = await _charges(target)
    if found.bad_end not in ("failed", "refused"):
        raise Blocked(f"the task did not fail but was {found.bad_end}")
    if found.failed != found.refused:
        yield Finding(f"{found.refused:g} credits, as before", f"{found.failed:g}")


@case("kie.success-is-paid", "A task that succeeded is charged its price.", cost="paid", own=2)
async def success_is_paid(target: Target) -> AsyncIterator[Finding]:
    found = await _charges(target)
    if found.good_end != "done":
        raise Blocked(f"the task was {found.good_end}")
    if abs(found.failed - found.done - PRICE) > 1e-6:
        yield Finding(f"{PRICE:g} credits less", f"{found.failed - found.done:g} less")


@case("kie.credit-is-a-number", "The balance is a number.", cost="free-read")
async def credit_is_a_number(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(target.dialect.ping())
    told = kie.told_of(exchange.answer)
    if told.get("code") != 200 or type(told.get("data")) not in (int, float):
        yield Finding("code 200 with a number for data", exchange.answer.text[:200])


@case("kie.credit-needs-a-key", "The balance is not told without a key.", cost="free-read")
async def credit_needs_a_key(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(target.dialect.ping(), key=None)
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status != 401:
        yield Finding("code 401", exchange.answer.text[:200])


async def linked(target: Target, url: str) -> str:
    """A link to a file at the provider. Blocked when there is none."""
    exchange = await target.call(post(LINK, {"url": url}))
    link = kie.told_of(exchange.answer).get("data")
    if not isinstance(link, str) or not link.startswith("http"):
        raise Blocked(f"there is no link to the file: {exchange.told()}")
    return link


@case("kie.download-link", "A link to a result leads to its file.", cost="paid")
async def download_link(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    whole = await target.probed(story)
    if whole.trouble:
        raise Blocked("the result itself cannot be decoded")
    exchange = await target.call(post(LINK, {"url": story.url}))
    link = kie.told_of(exchange.answer).get("data")
    if not isinstance(link, str) or not link.startswith("http"):
        yield Finding("an address as text for data", exchange.answer.text[:200])
        return
    found = await target.fetch(link)
    linked = target.connection.door.probe(found.answer.body)
    if found.answer.status != 200 or len(linked.frames) != len(whole.frames):
        yield Finding("the result's file at the link", found.told(), (exchange, found))


@case("kie.download-link-of-foreign-url", "There is no link to a foreign URL.", cost="free-reject")
async def download_link_of_foreign_url(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(post(LINK, {"url": "https://example.com/video.mp4"}))
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status != 422:
        yield Finding("code 422", exchange.answer.text[:200])


@case("kie.download-link-needs-a-url", "A link without a URL is refused.", cost="free-reject")
async def download_link_needs_a_url(target: Target) -> AsyncIterator[Finding]:
    for ask in (post(LINK, {}), post(LINK, {"url": 7}), Ask("POST", LINK)):
        exchange = await target.call(ask)
        if target.dialect.problem(exchange.answer) is None:
            yield Finding("a refusal", exchange.answer.text[:200], (exchange,))
