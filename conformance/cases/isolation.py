"""Chapter: what is one account's is not another's, and one job not another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.verify import refused
from conformance.model import Blocked, Finding
from conformance.registry import case
from conformance.story import Story, follow

if TYPE_CHECKING:
    from conformance.target import Target


@case("isolation.foreign-job", "A job of another account is not there.", cost="paid")
async def foreign_job(target: Target) -> AsyncIterator[Finding]:
    other = target.other_key
    story = await target.story()
    exchange = await target.call(target.dialect.poll(story.mode, story.job), key=other)
    for one in refused(target, exchange, "unknown-job"):
        yield one


@case("isolation.own-results", "Two jobs have results of their own.", cost="paid", own=1)
async def own_results(target: Target) -> AsyncIterator[Finding]:
    first = await target.story()
    submitted = await target.submit()
    job = target.dialect.job_of(submitted.answer)
    if not job or job == first.job:
        raise Blocked(f"there is no second job: {submitted.told()}")
    second = Story(first.mode, first.body, submitted, job, first.promise)
    await follow(target, second)
    if second.url and second.url == first.url:
        yield Finding("an address of its own", second.url, (second.end.exchange,))
