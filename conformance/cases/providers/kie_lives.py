"""kie.ai: how long tasks, uploads and links are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.limits import BEYOND, WITHIN
from conformance.cases.providers.kie_account import linked
from conformance.cases.providers.kie_stories import data_of, ended, shared
from conformance.cases.providers.kie_upgrades import asked_1080p, until_ready
from conformance.cases.providers.kie_uploads import put_up
from conformance.dialects import kie
from conformance.model import Blocked, Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.story import Story
    from conformance.target import Target

LIFE = kie.LIVES["record"]
UPLOAD = 3 * 86_400.0
LINK = 1_200.0
OLD = "14 days"
UHD_USD = 120 * kie.CREDIT


async def _there(target: Target, url: str) -> None:
    """Read a file while it is new. Blocked when it is not there even then."""
    found = await target.fetch(url) if url else None
    if found is None or found.answer.status != 200:
        raise Blocked("the file is not there from the beginning")


async def _kept(target: Target, story: Story) -> list[Finding]:
    """That a record is told until its time is over, which is then."""
    ask = target.dialect.poll(story.mode, story.job)
    await target.leap(LIFE * WITHIN)
    young = await target.call(ask)
    await target.leap(LIFE * (BEYOND - WITHIN))
    old = await target.call(ask)
    found = []
    if target.dialect.problem(young.answer):
        found.append(Finding("the record", young.answer.text[:200], (young,)))
    if target.dialect.problem(old.answer) is None:
        found.append(Finding("no record any more", old.answer.text[:200], (old,)))
    return found


async def _aged(target: Target) -> Story:
    """A generation whose record is not kept any more."""
    story = await shared(target, "generate")
    await target.leap(LIFE * BEYOND)
    return story


@case("kie.record-is-kept", "A record is kept for 14 days.", cost="paid", own=1, leaps=True)
async def record_is_kept(target: Target) -> AsyncIterator[Finding]:
    for one in await _kept(target, await shared(target, "generate")):
        yield one


@case("kie.old-record-says-so", "An old record is code 422.", cost="paid", own=1, leaps=True)
async def old_record_says_so(target: Target) -> AsyncIterator[Finding]:
    story = await _aged(target)
    exchange = await target.call(target.dialect.poll(story.mode, story.job))
    problem = target.dialect.problem(exchange.answer)
    if problem is None:
        raise Blocked("the record is there")
    if problem.status != 422 or OLD not in problem.message:
        actual = f"{problem.status}: {problem.message}"
        yield Finding(f"code 422 with {OLD!r}", actual, (exchange,))


@case("kie.old-task-is-not-upgraded", "An old task has no upgrade.", cost="paid", own=1, leaps=True)
async def old_task_is_not_upgraded(target: Target) -> AsyncIterator[Finding]:
    story = await _aged(target)
    uhd = target.dialect.MODES["4k"]
    for exchange in (
        await target.call(asked_1080p(story.job)),
        await target.create(uhd, {"/taskId": story.job}),
    ):
        problem = target.dialect.problem(exchange.answer)
        if problem is None or problem.status != 422:
            yield Finding("code 422", exchange.answer.text[:200], (exchange,))


@case(
    "kie.old-task-is-not-extended", "An old task is not extended.", cost="paid", own=1, leaps=True
)
async def old_task_is_not_extended(target: Target) -> AsyncIterator[Finding]:
    story = await _aged(target)
    exchange = await target.create(change={"/taskId": story.job})
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status not in (422, 404):
        yield Finding("code 422", exchange.answer.text[:200], (exchange,))


@case("kie.url-is-kept", "A result can be had for 14 days.", cost="paid", own=1, leaps=True)
async def url_is_kept(target: Target) -> AsyncIterator[Finding]:
    story = await shared(target, "generate")
    await _there(target, story.url)
    await target.leap(LIFE * WITHIN)
    young = await target.fetch(story.url)
    if young.answer.status != 200:
        yield Finding("the video at its address", young.told(), (young,))
    await target.leap(LIFE * (BEYOND - WITHIN))
    old = await target.fetch(story.url)
    if old.answer.status == 200:
        yield Finding("an address that has expired", old.told(), (old,))


@case(
    "kie.upgrades-are-kept",
    "The record of a 4K task and the URLs of upgrades are kept for 14 days.",
    cost="paid",
    own=3,
    usd=UHD_USD,
    leaps=True,
)
async def upgrades_are_kept(target: Target) -> AsyncIterator[Finding]:
    """That the URLs still work is looked at for a plain result: an upgrade is large."""
    uhd = await ended(target, "4k")
    hd = (await until_ready(target, await shared(target, "generate")))[-1]
    url = data_of(hd).get("resultUrl")
    if not isinstance(url, str):
        raise Blocked("there is no 1080P version")
    for one in await _kept(target, uhd):
        yield one
    for name, address in {"1080P": url, "4K": uhd.url}.items():
        found = await target.fetch(address)
        if found.answer.status == 200:
            yield Finding(f"a URL of {name} that has expired", found.told(), (found,))


@case("kie.upload-is-kept", "An upload is kept for three days.", cost="free-reject", leaps=True)
async def upload_is_kept(target: Target) -> AsyncIterator[Finding]:
    url = await put_up(target)
    await _there(target, url)
    await target.leap(UPLOAD * WITHIN)
    found = await target.fetch(url)
    if found.answer.status != 200:
        yield Finding("the upload", found.told(), (found,))


@case(
    "kie.upload-expires", "An upload is deleted after three days.", cost="free-reject", leaps=True
)
async def upload_expires(target: Target) -> AsyncIterator[Finding]:
    url = await put_up(target)
    await target.leap(UPLOAD * BEYOND)
    found = await target.fetch(url)
    if found.answer.status == 200:
        yield Finding("an upload that is gone", found.told(), (found,))


@case("kie.link-is-kept", "A link works for 20 minutes.", cost="free-reject", leaps=True)
async def link_is_kept(target: Target) -> AsyncIterator[Finding]:
    link = await linked(target, await put_up(target))
    await _there(target, link)
    await target.leap(LINK * WITHIN)
    found = await target.fetch(link)
    if found.answer.status != 200:
        yield Finding("the file at the link", found.told(), (found,))


@case("kie.link-expires", "A link expires after 20 minutes.", cost="free-reject", leaps=True)
async def link_expires(target: Target) -> AsyncIterator[Finding]:
    link = await linked(target, await put_up(target))
    await target.leap(LINK * BEYOND)
    found = await target.fetch(link)
    if found.answer.status == 200:
        yield Finding("a link that has expired", found.told(), (found,))
