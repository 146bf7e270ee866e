"""What LTX alone does: headers and types of errors, segments, times, version 1, and what the result
is. Media that are taken or refused, and uploads, are beside this."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cases.authentication import WRONG
from conformance.cases.limits import BEYOND
from conformance.cases.providers import (  # noqa: F401
    ltx_pictures,
    ltx_sounds,
    ltx_uploads,
    ltx_videos,
)
from conformance.clips import Recipe, frozen
from conformance.dialects import ltx
from conformance.exchange import Ask
from conformance.model import Blocked, Disabled, Finding
from conformance.probe import difference
from conformance.registry import case
from conformance.story import FILES

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.target import Target

ID = re.compile(r"[0-9a-f]{32}")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SLOW = Recipe(320, 180, 20, 20.0, audio=False)
LIKE = 14.0  # pictures of the same scene, coded and scaled twice
ANEW = 20.0  # pictures of another scene
EDGE = 0.3  # seconds at the edges of a section in which both parts may show
LONGEST = 3600.0  # seconds that a job may take
AT_ONCE = 2  # version 1 calls that may run at once


async def _answers(target: Target) -> list[Exchange]:
    """Answers of every kind: accepted, running, done, a ticket, refused, without a key, unknown."""
    story = await target.story()
    return [
        story.submitted,
        story.polls[0].exchange,
        story.end.exchange,
        await target.call(Ask("POST", "/v1/upload")),
        await target.call(target.dialect.create(target.mode, {})),
        await target.call(target.dialect.ping(), key=None),
        await target.call(target.dialect.ping()),
    ]


@case("ltx.request-id", "Every answer has an x-request-id of its own.", cost="paid")
async def request_id(target: Target) -> AsyncIterator[Finding]:
    seen: dict[str, Exchange] = {}
    for exchange in await _answers(target):
        id = exchange.answer.headers.get("x-request-id", "")
        if not id:
            yield Finding("an x-request-id", "none", (exchange,))
        elif id in seen:
            yield Finding("another x-request-id each time", id, (seen[id], exchange))
        else:
            seen[id] = exchange


@case("ltx.request-id-form", "An x-request-id is 32 hexadecimal digits.", cost="free-read")
async def request_id_form(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(target.dialect.ping())
    id = exchange.answer.headers.get("x-request-id")
    if id is None:
        raise Blocked("there is no x-request-id")
    if not ID.fullmatch(id):
        yield Finding("32 lower-case hexadecimal digits", id)


async def _typed(
    target: Target, exchange: Exchange, status: int, wanted: str
) -> AsyncIterator[Finding]:
    """That a refusal has a type. Blocked when it is another refusal, or has not the form of one."""
    problem = target.dialect.problem(exchange.answer)
    if problem is None or not problem.envelope or problem.status != status:
        raise Blocked(f"there is no error of the provider's: {exchange.told()}")
    if problem.code != wanted:
        yield Finding(f"an error of the type {wanted}", problem.code or "no type", (exchange,))


@case("ltx.type-of-400", "What is not valid is an invalid_request_error.", cost="free-reject")
async def type_of_400(target: Target) -> AsyncIterator[Finding]:
    empty = target.dialect.create(target.mode, {})
    for ask in (empty, replace(empty, body=b"{")):
        async for one in _typed(target, await target.call(ask), 400, "invalid_request_error"):
            yield one


@case(
    "ltx.type-of-401", "A call without a key of LTX is an authentication_error.", cost="free-read"
)
async def type_of_401(target: Target) -> AsyncIterator[Finding]:
    ping = target.dialect.ping()
    for key in (None, WRONG):
        exchange = await target.call(ping, key=key)
        async for one in _typed(target, exchange, 401, "authentication_error"):
            yield one


@case("ltx.type-of-404", "An unknown job is a not_found_error.", cost="free-read")
async def type_of_404(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(target.dialect.ping())
    async for one in _typed(target, exchange, 404, "not_found_error"):
        yield one


@case("ltx.other-segment", "A job is not found under another segment.", cost="paid")
async def other_segment(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("extend")
    for segment in ("retake", "text-to-video"):
        exchange = await target.call(Ask("GET", f"/v2/{segment}/{story.job}"))
        if exchange.answer.status != 404:
            yield Finding(f"404 under /v2/{segment}", exchange.told(), (exchange,))


@case(
    "ltx.every-record-gone",
    "Jobs of every kind are forgotten after 24 hours.",
    cost="paid",
    own=4,
    usd=0.6,
    leaps=True,
)
async def every_record_gone(target: Target) -> AsyncIterator[Finding]:
    modes = [way[0] for way in ltx.WAYS[1:]]
    jobs = [target.dialect.job_of((await target.submit(mode)).answer) for mode in modes]
    await target.leap(LONGEST + ltx.LIVES["record"] * BEYOND)
    for mode, job in zip(modes, jobs, strict=True):
        exchange = await target.call(target.dialect.poll(mode, job))
        if job and exchange.answer.status != 404:
            yield Finding(f"404 for the {mode.name}", exchange.told(), (exchange,))


@case("ltx.times", "Times are ISO 8601 in UTC with milliseconds, and stay.", cost="paid")
async def times(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    first = (story.submitted.answer.json() or {}).get("created_at")
    if not isinstance(first, str):
        raise Blocked("the create is answered without created_at")
    if not STAMP.fullmatch(first):
        yield Finding("a time with milliseconds and Z", repr(first), (story.submitted,))
        return
    for seen in (*story.polls, *story.later):
        told = seen.exchange.answer.json() or {}
        if told.get("created_at") != first:
            yield Finding(f"created_at {first}", repr(told.get("created_at")), (seen.exchange,))
            return
    end = (story.end.exchange.answer.json() or {}).get("completed_at")
    if not isinstance(end, str):
        raise Blocked("the job's end has no completed_at")
    if not STAMP.fullmatch(end) or end < first:
        yield Finding(f"a completed_at after {first}", repr(end), (story.end.exchange,))


@case("ltx.pending-before-processing", "Pending does not come after processing.", cost="paid")
async def pending_before_processing(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    begun = False
    for seen in story.polls:
        begun = begun or seen.view.word == "processing"
        if begun and seen.view.word == "pending":
            yield Finding("processing still", "pending again", (seen.exchange,))


@case("ltx.frames-at-48", "The 505 frames are the video's own.", cost="paid", own=1, usd=0.95)
async def frames_at_48(target: Target) -> AsyncIterator[Finding]:
    fast = await ltx.video(target, ltx_videos.QUICK)
    over = await target.create(change={"/video_uri": fast, "/duration": 9.53, "/context": 1})
    if target.dialect.problem(over.answer) is None:
        yield Finding("a refusal of 505.4 frames at 48 fps", over.told(), (over,))
    fits = await target.submit(change={"/video_uri": fast, "/duration": 9.5, "/context": 1})
    if problem := target.dialect.problem(fits.answer):
        actual = f"{problem.status}: {problem.message}"
        yield Finding("504 frames at 48 fps accepted", actual, (fits,))


@case("ltx.frames-of-505", "Of 505 frames none is too many.", cost="paid", own=1, usd=2.53)
async def frames_of_505(target: Target) -> AsyncIterator[Finding]:
    slow = await ltx.uploaded(target, SLOW.name, frozen(SLOW), "video/mp4")
    just = {"/video_uri": slow, "/duration": 20, "/context": 5.25}
    exchange = await target.submit(change=just)
    if problem := target.dialect.problem(exchange.answer):
        yield Finding("505 frames accepted", f"{problem.status}: {problem.message}")
    over = await target.create(change={**just, "/context": 5.3})
    if target.dialect.problem(over.answer) is None:
        yield Finding("a refusal of 506 frames", over.told(), (over,))


@case("ltx.context-of-20", "A context of 20 seconds is taken.", cost="paid", own=1, usd=2.2)
async def context_of_20(target: Target) -> AsyncIterator[Finding]:
    slow = await ltx.uploaded(target, SLOW.name, frozen(SLOW), "video/mp4")
    exchange = await target.submit(change={"/video_uri": slow, "/context": 20})
    if problem := target.dialect.problem(exchange.answer):
        yield Finding("20 s of context accepted", f"{problem.status}: {problem.message}")


@case("ltx.retake-keeps-the-rest", "A retake changes its section alone.", cost="paid")
async def retake_keeps_the_rest(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("retake")
    source = await target.original(story.mode)
    if source is None:
        raise Disabled("the source is not known")
    found = await target.probed(story)
    start = story.body["start_time"]
    end = start + story.body["duration"]
    for second in (0.0, start - EDGE, end + EDGE, source.seconds - 2 / source.rate):
        index = round(second * source.rate)
        if index >= len(found.frames):
            raise Blocked(f"the file ends before {second:.2f} s")
        off = difference(source.frames[index], found.frames[index])
        if off > LIKE:
            yield Finding(
                "the source's own pictures", f"at {second:.2f} s they differ by {off:.0f}"
            )


@case("ltx.retake-changes-its-section", "A retake makes its section anew.", cost="paid")
async def retake_changes_its_section(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("retake")
    source = await target.original(story.mode)
    if source is None:
        raise Disabled("the source is not known")
    found = await target.probed(story)
    middle = story.body["start_time"] + story.body["duration"] / 2
    index = round(middle * source.rate)
    if index >= len(found.frames):
        raise Blocked(f"the file ends before {middle:.2f} s")
    off = difference(source.frames[index], found.frames[index])
    if off < ANEW:
        yield Finding("other pictures", f"the source's own at {middle:.2f} s, {off:.0f} apart")


# Version 1.


@case("ltx.v1-answers-with-a-file", "A version 1 call is answered with the file.", cost="paid")
async def v1_answers_with_a_file(target: Target) -> AsyncIterator[Finding]:
    with contextlib.suppress(Blocked):
        await target.story("extend-v1")
    submitted = target.submitted("extend-v1")
    if submitted is None or target.dialect.problem(submitted.answer):
        raise Blocked("the call was not accepted")
    if submitted.answer.media_type not in FILES:
        yield Finding("an MP4", submitted.told(), (submitted,))


@case("ltx.v1-headers", "A file of version 1 comes with its length and an id.", cost="paid")
async def v1_headers(target: Target) -> AsyncIterator[Finding]:
    submitted = (await target.story("extend-v1")).submitted
    answer = submitted.answer
    if answer.headers.get("content-length") != str(len(answer.body)):
        actual = answer.headers.get("content-length", "none")
        yield Finding(f"Content-Length {len(answer.body)}", actual, (submitted,))
    if not answer.headers.get("x-request-id"):
        yield Finding("an x-request-id", "none", (submitted,))


@case("ltx.v1-at-once", "Two version 1 calls may run at once, not three.", cost="paid", own=3)
async def v1_at_once(target: Target) -> AsyncIterator[Finding]:
    mode = target.dialect.MODES["extend-v1"]
    ask = target.dialect.create(mode, await target.body(mode))
    entries = [target.purse.spend(mode) for _ in range(AT_ONCE + 1)]
    calls = (target.call(ask, hurried=True) for _ in entries)
    exchanges = await asyncio.gather(*calls)
    for entry, exchange in zip(entries, exchanges, strict=True):
        target.purse.booked(entry, "waited for" if exchange.answer.status == 200 else "")
    problems = [target.dialect.problem(one.answer) for one in exchanges]
    refused = [one for one, problem in zip(exchanges, problems, strict=True) if problem]
    if len(refused) != 1:
        told = ", ".join(str(one.answer.status) for one in exchanges)
        yield Finding(f"one of {AT_ONCE + 1} calls refused", told, tuple(exchanges))
        return
    problem = target.dialect.problem(refused[0].answer)
    assert problem is not None
    if (problem.status, problem.code) != (429, "concurrency_limit_error"):
        actual = f"{problem.status} {problem.code}"
        yield Finding("429 concurrency_limit_error", actual, (refused[0],))
    elif not refused[0].answer.headers.get("retry-after", "").isdigit():
        actual = refused[0].answer.headers.get("retry-after", "none")
        yield Finding("a Retry-After in seconds", actual, (refused[0],))
