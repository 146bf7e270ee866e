"""What kie.ai alone does: the envelope, the records of tasks, what can be extended, and what that
gives. Generations, callbacks, upgrades, the balance, uploads and lives are beside this."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers import (  # noqa: F401
    kie_account,
    kie_callbacks,
    kie_lives,
    kie_results,
    kie_upgrades,
    kie_uploads,
)
from conformance.cases.providers.kie_stories import begun, record_of, response_of
from conformance.dialects import kie
from conformance.exchange import Ask
from conformance.model import Blocked, Finding
from conformance.probe import difference
from conformance.registry import case
from conformance.target import TOO_FAST

if TYPE_CHECKING:
    from conformance.dialects.base import Mode
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.target import Target

CLIP = 8.0  # seconds of an extension's clip
LIKE = 14.0  # pictures of the same scene, coded twice
OVERLAP = 1.0  # seconds of the source in that clip
CODES = (400, 500, 501)
MOST, WINDOW = 20, 10.0  # tasks, and the seconds in which they count
ID = re.compile(r"(veo_(extend_)?task_)?[0-9a-f]{32}")


async def _refused(target: Target) -> Exchange:
    """A create without its fields, as the API refuses it."""
    exchange = await target.attempt(target.dialect.create(target.mode, {}))
    problem = target.dialect.problem(exchange.answer)
    if problem is None or not problem.envelope:
        raise Blocked("a create without fields was not refused in the envelope")
    return exchange


# The envelope.


@case("kie.code-and-msg", "An envelope has a number for code and a text for msg.", cost="paid")
async def code_and_msg(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    seen = (story.submitted, story.polls[0].exchange, story.end.exchange, await _refused(target))
    for exchange in seen:
        told = kie.told_of(exchange.answer)
        if type(told.get("code")) is not int or not isinstance(told.get("msg"), str):
            actual = f"{told.get('code')!r} and {told.get('msg')!r}"
            yield Finding("a number as code and a text as msg", actual, (exchange,))


@case("kie.refusal-has-null-data", "The data of an error is null.", cost="free-reject")
async def refusal_has_null_data(target: Target) -> AsyncIterator[Finding]:
    told = kie.told_of((await _refused(target)).answer)
    if told.get("data", "none") is not None:
        yield Finding("data null", repr(told.get("data", "no data")))


@case(
    "kie.refusal-rides-in-200",
    "An error rides in an HTTP 200.",
    cost="free-reject",
)
async def refusal_rides_in_200(target: Target) -> AsyncIterator[Finding]:
    answer = (await _refused(target)).answer
    code = kie.told_of(answer).get("code")
    if answer.status not in (200, code):
        yield Finding(f"HTTP 200, or {code} as the body says", f"HTTP {answer.status}")


@case("kie.content-type", "Answers are JSON in UTF-8.", cost="free-read")
async def content_type(target: Target) -> AsyncIterator[Finding]:
    told = (await target.call(target.dialect.ping())).answer.headers.get("content-type", "")
    if told.replace(" ", "").lower() != "application/json;charset=utf-8":
        yield Finding("application/json;charset=UTF-8", told or "no content type")


@case("kie.doubled-prefix", "A doubled prefix is not found, and no failure.", cost="free-read")
async def doubled_prefix(target: Target) -> AsyncIterator[Finding]:
    path = f"/api/v1/api/v1/veo/record-info?taskId={kie.UNKNOWN}"
    exchange = await target.call(Ask("GET", path))
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status != 404 or not problem.envelope:
        yield Finding("code 404 in the envelope", exchange.answer.text[:200])


# Tasks and their ids.


@case("kie.id-form", "A taskId is 32 hexadecimal digits.", cost="paid")
async def id_form(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    if not ID.fullmatch(story.job):
        yield Finding("32 lower-case hexadecimal digits", story.job, (story.submitted,))


@case("kie.extension-has-its-own-id", "An extension is a new task.", cost="paid")
async def extension_has_its_own_id(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("extend")
    if story.job == story.body["taskId"]:
        yield Finding("an id of its own", f"{story.job}, the source's", (story.submitted,))


@case(
    "kie.rate",
    "More than 20 new tasks in 10 seconds are refused.",
    cost="paid",
    own=MOST + 1,
    alone=True,
)
async def rate(target: Target) -> AsyncIterator[Finding]:
    mode = target.dialect.MODES["generate"]
    ask = target.dialect.create(mode, await target.body(mode))
    await target.wait(WINDOW)
    began = target.now()
    sent = await asyncio.gather(*(_booked(target, mode, ask) for _ in range(MOST + 1)))
    if target.now() - began > WINDOW:
        raise Blocked(f"{MOST + 1} tasks could not be sent within {WINDOW:g} s")
    refusals = [(one, problem) for one in sent if (problem := target.dialect.problem(one.answer))]
    if not refusals:
        yield Finding(f"a refusal of task {MOST + 1} within {WINDOW:g} s", "every one was accepted")
    elif len(refusals) > 1:
        yield Finding(f"{MOST} tasks in {WINDOW:g} s", f"{len(refusals)} refusals")
    for exchange, problem in refusals[:1]:
        if (exchange.answer.status, problem.status) != (TOO_FAST, TOO_FAST):
            actual = f"HTTP {exchange.answer.status}, code {problem.status}"
            yield Finding("HTTP 429 with code 429", actual, (exchange,))


async def _booked(target: Target, mode: Mode, ask: Ask) -> Exchange:
    """A task that is paid, and not sent again when it comes too fast."""
    entry = target.purse.spend(mode)
    exchange = await target.call(ask, hurried=True)
    target.purse.booked(entry, target.dialect.job_of(exchange.answer))
    return exchange


# What can be extended.


@case("kie.extends-own-tasks-only", "Another account's task is not extended.", cost="paid")
async def extends_own_tasks_only(target: Target) -> AsyncIterator[Finding]:
    other = target.other_key
    await target.story()
    exchange = await target.create(key=other)
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status not in (404, 422):
        yield Finding("code 404 for another account's task", exchange.answer.text[:200])


@case("kie.extends-an-extension", "An extension can be extended.", cost="paid", own=1)
async def extends_an_extension(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("extend")
    exchange = await target.submit(change={"/taskId": story.job})
    if problem := target.dialect.problem(exchange.answer):
        yield Finding("a task", f"{problem.status}: {problem.message}")


@case("kie.running-task-is-not-extended", "A task that runs is not extended.", cost="paid", own=1)
async def running_task_is_not_extended(target: Target) -> AsyncIterator[Finding]:
    running = await begun(target, "generate")
    exchange = await target.create(change={"/taskId": running.job})
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.status not in (422, 404):
        yield Finding("code 422 while the source runs", exchange.answer.text[:200])


# Records.


@case("kie.running-record-is-empty", "A running task has no end and no error.", cost="paid")
async def running_record_is_empty(target: Target) -> AsyncIterator[Finding]:
    for seen in (await target.story()).running:
        record = kie.told_of(seen.exchange.answer).get("data") or {}
        for name in ("completeTime", "errorCode"):
            if record.get(name) is not None:
                yield Finding(f"{name} null", repr(record[name])[:200], (seen.exchange,))


@case("kie.record-times", "createTime and completeTime are milliseconds.", cost="paid")
async def record_times(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    record = record_of(story)
    start, end = record.get("createTime"), record.get("completeTime")
    if type(start) is not int or type(end) is not int or start < 10**12:
        yield Finding("two counts of milliseconds since 1970", f"{start!r} and {end!r}")
    elif end < start:
        yield Finding("an end after the start", f"{end} before {start}", (story.end.exchange,))


@case("kie.param-json", "paramJson is the request.", cost="paid")
async def param_json(target: Target) -> AsyncIterator[Finding]:
    import json

    story = await target.story()
    text = record_of(story).get("paramJson")
    try:
        asked = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        asked = None
    wanted = {name: story.body[name] for name in ("taskId", "prompt")}
    if not isinstance(asked, dict) or any(asked.get(name) != wanted[name] for name in wanted):
        yield Finding(f"a JSON text with {wanted}", repr(text)[:300], (story.end.exchange,))


@case("kie.record-needs-a-task", "record-info without a taskId is refused.", cost="free-read")
async def record_needs_a_task(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", "/api/v1/veo/record-info"))
    if target.dialect.problem(exchange.answer) is None:
        yield Finding("a refusal", exchange.answer.text[:200])


@case("kie.failed-tells-why", "A task that failed tells why.", cost="paid")
async def failed_tells_why(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("doomed")
    if story.end.view.state != "failed":
        raise Blocked(f"the task ended with {story.end.view.word!r}")
    record = record_of(story)
    if record.get("errorCode") not in CODES or not record.get("errorMessage"):
        actual = f"{record.get('errorCode')!r}: {record.get('errorMessage')!r}"
        yield Finding("an errorCode of 400, 500 or 501 and a message", actual)
    if record.get("response") is not None:
        yield Finding("no response", repr(record["response"])[:200], (story.end.exchange,))


# Results.


@case("kie.result-lists", "resultUrls is a list of addresses.", cost="paid")
async def result_lists(target: Target) -> AsyncIterator[Finding]:
    for mode in ("extend", "generate"):
        story = await target.story(mode)
        urls = response_of(story).get("resultUrls")
        if not isinstance(urls, list) or not urls or not all(_is_url(one) for one in urls):
            yield Finding("a list of addresses", repr(urls)[:200], (story.end.exchange,))


@case("kie.extension-has-the-whole-video", "An extension shows the whole video.", cost="paid")
async def extension_has_the_whole_video(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("extend")
    urls = response_of(story).get("fullResultUrls")
    if not isinstance(urls, list) or not urls or not all(_is_url(one) for one in urls):
        yield Finding("a list of addresses", repr(urls)[:200], (story.end.exchange,))


@case("kie.generation-has-no-whole-video", "A generation has no fullResultUrls.", cost="paid")
async def generation_has_no_whole_video(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("generate")
    urls = response_of(story).get("fullResultUrls")
    if urls is not None:
        yield Finding("null", repr(urls)[:200], (story.end.exchange,))


@case("kie.wide-video-has-no-origin", "A 16:9 video has no originUrls.", cost="paid")
async def wide_video_has_no_origin(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("generate")
    urls = response_of(story).get("originUrls")
    if urls:
        yield Finding("no originUrls", repr(urls)[:200], (story.end.exchange,))


@case("kie.result-names", "A result's path ends in .mp4.", cost="paid")
async def result_names(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for name, url in story.end.view.urls.items():
        if not url.partition("?")[0].endswith(".mp4"):
            yield Finding(f"{name} at a path that ends in .mp4", url, (story.end.exchange,))


@case("kie.clip-ends-the-whole-video", "The clip is the end of the whole video.", cost="paid")
async def clip_ends_the_whole_video(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("extend")
    urls = story.end.view.urls
    if "clip" not in urls:
        raise Blocked("the record does not show both videos")
    probe = target.connection.door.probe
    clip = probe((await target.fetch(urls["clip"])).answer.body)
    whole = probe((await target.fetch(urls["video"])).answer.body)
    if clip.trouble or len(whole.frames) < len(clip.frames):
        raise Blocked("the two videos cannot be compared")
    if abs(clip.seconds - CLIP) > story.promise.slack:
        yield Finding(f"{CLIP:g} s", f"{clip.seconds:.2f} s")
        return
    off = difference(clip.frames[0], whole.frames[-len(clip.frames)])
    if off > LIKE:
        yield Finding("the whole video's pictures in the clip", f"they differ by {off:.0f}")


@case(
    "kie.whole-video-begins-with-the-source", "The whole video begins with the source.", cost="paid"
)
async def whole_video_begins_with_the_source(target: Target) -> AsyncIterator[Finding]:
    story = await target.story("extend")
    if "clip" not in story.end.view.urls:
        raise Blocked("the record does not show the whole video")
    whole = await target.probed(story)
    source = await target.probed(await target.story("generate"))
    for index in range(0, len(source.frames) - round(source.rate), round(source.rate)):
        if index >= len(whole.frames):
            raise Blocked("the whole video is shorter than its source")
        off = difference(source.frames[index], whole.frames[index])
        if off > LIKE:
            yield Finding("the source's pictures", f"picture {index} differs by {off:.0f}")
            return


def _is_url(value: Json) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))
