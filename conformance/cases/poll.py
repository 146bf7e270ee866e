"""Chapter: what polls show while a job runs and after."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.verify import enveloped, refused
from conformance.model import Blocked, Finding, NeverEnded, NotApplicable
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.story import Seen
    from conformance.target import Target

FULL = 100.0
ODD = ("%20", "..%2F..%2Fetc%2Fpasswd", "x" * 300, "%00", "0")


@case("poll.pending-has-no-url", "A job that has not finished shows no video URL.", cost="paid")
async def pending_has_no_url(target: Target) -> AsyncIterator[Finding]:
    for seen in await _running(target):
        if seen.view.url:
            actual = f"{seen.view.word} with {seen.view.url}"
            yield Finding("no URL before the end", actual, (seen.exchange,))


@case("poll.running-status", "A poll of a job that runs has the status for that.", cost="paid")
async def running_status(target: Target) -> AsyncIterator[Finding]:
    wanted = target.dialect.STATUSES["running"]
    for seen in await _running(target):
        if seen.exchange.answer.status not in wanted:
            actual = f"{seen.exchange.answer.status}"
            yield Finding(f"status {wanted[0]} while it runs", actual, (seen.exchange,))


@case("poll.done-status", "A poll of a job that is done has the status for that.", cost="paid")
async def done_status(target: Target) -> AsyncIterator[Finding]:
    wanted, seen = target.dialect.STATUSES["done"], (await target.story()).end
    if seen.view.state != "done":
        raise Blocked(f"the job ended with {seen.view.word!r}")
    if seen.exchange.answer.status not in wanted:
        actual = f"{seen.exchange.answer.status}"
        yield Finding(f"status {wanted[0]} when it is done", actual, (seen.exchange,))


@case("poll.ends-well", "A job that was accepted and is legal ends well.", cost="paid", each=True)
async def ends_well(target: Target, mode: str) -> AsyncIterator[Finding]:
    try:
        seen = (await target.story(mode)).end
    except NeverEnded as error:
        yield Finding("done", str(error))
        return
    if seen.view.state != "done":
        yield Finding("done", f"{seen.view.word}: {seen.view.error}", (seen.exchange,))


@case("poll.known-states", "A poll shows a state that the provider documents.", cost="paid")
async def known_states(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for seen in (*story.polls, *story.later):
        if seen.view.state == "unknown":
            yield Finding("a documented state", repr(seen.view.word), (seen.exchange,))


@case("poll.progress-never-falls", "Progress never falls.", cost="paid")
async def progress_never_falls(target: Target) -> AsyncIterator[Finding]:
    polls = (await target.story()).polls
    shown = [(one.view.progress, one) for one in polls if one.view.progress is not None]
    if not shown:
        raise NotApplicable("no poll shows progress")
    highest = 0.0
    for progress, seen in shown:
        if progress < highest:
            actual = f"{progress:g} after {highest:g}"
            yield Finding("progress that never falls", actual, (seen.exchange,))
        highest = max(highest, progress)


@case("poll.progress-in-range", "Progress is below 100 until the end.", cost="paid")
async def progress_in_range(target: Target) -> AsyncIterator[Finding]:
    for seen in await _running(target):
        progress = seen.view.progress
        if progress is not None and not 0 <= progress < FULL:
            yield Finding("progress of 0 to 99 while it runs", f"{progress:g}", (seen.exchange,))


@case("poll.final-is-final", "A job that has ended stays as it is.", cost="paid")
async def final_is_final(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for seen in story.later:
        if seen.view.state != story.end.view.state:
            actual = f"{seen.view.word!r} after {story.end.view.word!r}"
            yield Finding("the same state as before", actual, (story.end.exchange, seen.exchange))


@case("poll.names-the-job", "A poll names the job that was asked for.", cost="paid")
async def names_the_job(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for seen in story.polls:
        if seen.view.state != "unknown" and seen.view.id != story.job:
            yield Finding(f"the id {story.job}", seen.view.id or "no id", (seen.exchange,))


@case("poll.schema", "Every poll keeps the schema of its status.", cost="paid", each=True)
async def schema(target: Target, mode: str) -> AsyncIterator[Finding]:
    story = await target.story(mode)
    for seen in (*story.polls, *story.later):
        if seen.view.state == "running" and not seen.exchange.answer.body:
            continue  # the dialect knows that nothing at all can be said
        if breach := target.contract.breach(story.mode.poll, seen.exchange):
            yield Finding("an answer as the contract has it", breach, (seen.exchange,))


@case("poll.unknown-job", "A job that does not exist is not found.", cost="free-read")
async def unknown_job(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(target.dialect.poll(target.mode, target.dialect.UNKNOWN))
    for one in refused(target, exchange, "unknown-job"):
        yield one


@case(
    "poll.unknown-job-envelope", "An unknown job is told in the provider's form.", cost="free-read"
)
async def unknown_job_envelope(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(target.dialect.poll(target.mode, target.dialect.UNKNOWN))
    for one in enveloped(target, exchange):
        yield one


@case("poll.odd-ids", "An id that is none is refused, not failed over.", cost="free-read")
async def odd_ids(target: Target) -> AsyncIterator[Finding]:
    for id in ODD:
        exchange = await target.call(target.dialect.poll(target.mode, id))
        problem = target.dialect.problem(exchange.answer)
        if problem is None or problem.status >= 500:
            yield Finding("a refusal that is no failure", exchange.told(), (exchange,))


async def _running(target: Target) -> list[Seen]:
    """The polls of the shared job that saw it run."""
    if not (found := (await target.story()).running):
        raise NotApplicable("no poll saw the job run: it had ended by the first one")
    return found
