"""Chapter: what polls show while a job runs and after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.model import Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.target import Target


@case("poll.pending-has-no-url", "A job that has not finished shows no video URL.", cost="paid")
async def pending_has_no_url(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for seen in story.running:
        if seen.view.url:
            actual = f"{seen.view.word} with {seen.view.url}"
            yield Finding("no URL before the end", actual, (seen.exchange,))


@case("poll.progress-never-falls", "Progress never falls.", cost="paid")
async def progress_never_falls(target: Target) -> AsyncIterator[Finding]:
    highest = 0.0
    for seen in (await target.story()).polls:
        if seen.view.progress is not None:
            if seen.view.progress < highest:
                actual = f"{seen.view.progress:g} after {highest:g}"
                yield Finding("progress that never falls", actual, (seen.exchange,))
            highest = max(highest, seen.view.progress)


@case("poll.schema", "Every poll keeps the schema of its status.", cost="paid")
async def schema(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for seen in (*story.polls, *story.later):
        if breach := target.contract.breach(story.mode.poll, seen.exchange):
            yield Finding("an answer as the contract has it", breach, (seen.exchange,))


@case("poll.unknown-job", "A job that does not exist is not found.", cost="free-read")
async def unknown_job(target: Target) -> AsyncIterator[Finding]:
    unknown = "00000000-0000-4000-8000-000000000000"
    exchange = await target.call(target.dialect.poll(target.mode, unknown))
    problem = target.dialect.problem(exchange.answer)
    if problem is None:
        yield Finding("a refusal", exchange.told())
