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


async def _aged(target: Target) -> Story:
    """A generation whose record is not kept any more."""
    story = await shared(target, "generate")
    await target.leap(LIFE * BEYOND)
    return story


@case("kie.record-is-kept", "A record is kept for 14 days.", cost="paid", own=1, leaps=True)
async def record_is_kept(target: Target) -> AsyncIterator[Finding]:
    story = await shared(target, "generate")
    record = target.dialect.poll(story.mode, story.job)
    await target.leap(LIFE * WITHIN)
    young = await target.call(record)
    if target.dialect.problem(young.answer):
        yield Finding("the record", young.told(), (young,))
    await target.leap(LIFE * (BEYOND - WITHIN))
    old = await target.call(record)
    if target.dialect.problem(old.answer) is None:
        yield Finding("no record any more", old.told(), (old,))


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


@case(
    "kie.results-are-kept",
    "Results and the record of a 4K task are kept for 14 days.",
    cost="paid",
    own=3,
    usd=UHD_USD,
    leaps=True,
)
async def results_are_kept(target: Target) -> AsyncIterator[Finding]:
    """That they can still be had is looked at for the generation alone: upgrades are large."""
    plain, uhd = await shared(target, "generate"), await ended(target, "4k")
    hd = data_of((await until_ready(target, plain))[-1]).get("resultUrl")
    await _there(target, plain.url)
    if not isinstance(hd, str):
        raise Blocked("there is no 1080P version")
    record = target.dialect.poll(uhd.mode, uhd.job)
    await target.leap(LIFE * WITHIN)
    for exchange in (await target.fetch(plain.url), await target.call(record)):
        if target.dialect.problem(exchange.answer):
            yield Finding("what is kept", exchange.told(), (exchange,))
    await target.leap(LIFE * (BEYOND - WITHIN))
    old = [await target.fetch(url) for url in (plain.url, hd, uhd.url)]
    for exchange in (*old, await target.call(record)):
        if target.dialect.problem(exchange.answer) is None:
            yield Finding("what is not kept any more", exchange.told(), (exchange,))


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
