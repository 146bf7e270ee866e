"""What Hooked alone does: its refusals and what it tells of a video. The rest is in hooked_list
and hooked_notices."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from conformance.cases.limits import flooded
from conformance.cases.providers import hooked_notices  # noqa: F401  its cases count here
from conformance.cases.providers.hooked_list import data_of
from conformance.cases.verify import done, inside, refused
from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
from conformance.target import TOO_FAST

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.target import Target

SLACK = 0.15
RATIOS = {"ratio_16_9": 16 / 9, "ratio_9_16": 9 / 16, "ratio_1_1": 1.0}
RATIO_SLACK = 0.02
LIMITS = re.compile("retry-after|(x-)?rate-?limit.*")
MISSING = ("MISSING_API_KEY", "API key is required")
INVALID = ("", "Invalid API key")  # its code is not documented; any may be left out
WRONG = "not-a-key-of-anybody-0000"


# Refusals.


@case("hooked.missing-key-message", "A missing key is said to be missing.", cost="free-read")
async def missing_key_message(target: Target) -> AsyncIterator[Finding]:
    for one in _said(target, await target.call(target.dialect.ping(), key=None), MISSING):
        yield one


@case("hooked.wrong-key-message", "A wrong key is said to be wrong.", cost="free-read")
async def wrong_key_message(target: Target) -> AsyncIterator[Finding]:
    for one in _said(target, await target.call(target.dialect.ping(), key=WRONG), INVALID):
        yield one


def _said(target: Target, exchange: Exchange, wanted: tuple[str, str]) -> Iterator[Finding]:
    problem = target.dialect.problem(exchange.answer)
    if problem is None:
        raise Blocked("the call is not refused")
    code, message = wanted
    if problem.message != message:
        yield Finding(repr(message), repr(problem.message))
    if code and problem.code not in ("", code):
        yield Finding(f"code {code}", problem.code)


@case("hooked.media-is-no-video", "A picture cannot be extended.", cost="free-reject")
async def media_is_no_video(target: Target) -> AsyncIterator[Finding]:
    still = target.connection.inputs.get("still")
    if not still:
        raise Disabled("needs a picture of the account: give --input still=ID")
    exchange = await target.create(change={"/media": still})
    problem = target.dialect.problem(exchange.answer)
    if problem is None or problem.message != "Media is not a video":
        yield Finding("'Media is not a video'", problem.message if problem else exchange.told())


@case("hooked.no-chaining", "A video's id is no media id.", cost="paid")
async def no_chaining(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    exchange = await target.create(change={"/media": story.job})
    if target.dialect.problem(exchange.answer) is None:
        yield Finding("Media not found", exchange.told(), level="note")


@case("hooked.project-is-no-video", "A projectId leads to no video.", cost="paid")
async def project_is_no_video(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    project = data_of(story.submitted).get("projectId")
    if not project or project == story.job:
        raise Blocked("the create names no project of its own")
    exchange = await target.call(target.dialect.poll(story.mode, str(project)))
    for one in refused(target, exchange, "unknown-job"):
        yield one


@case(
    "hooked.wrong-ratio", "A wrong aspectRatio is ignored, or said to be one.", cost="paid", own=1
)
async def wrong_ratio(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.submit(change={"/aspectRatio": "4:3"})
    problem = target.dialect.problem(exchange.answer)
    if problem and not problem.message.endswith("aspectRatio: Invalid enum value"):
        yield Finding("'aspectRatio: Invalid enum value'", repr(problem.message))


@case("hooked.rate-headers", "A call that comes too fast is 429, with headers.", cost="free-reject")
async def rate_headers(target: Target) -> AsyncIterator[Finding]:
    last = (await flooded(target))[-1]
    problem = target.dialect.problem(last.answer)
    if problem is None:
        raise Blocked("no call was refused for coming too fast")
    if problem.status != TOO_FAST:
        yield Finding(f"{TOO_FAST}", f"{problem.status}: {problem.message}", (last,))
    elif not any(LIMITS.fullmatch(name) for name in last.answer.headers):
        yield Finding("headers that tell of the limit", "none", (last,))


# What is told of a video.


@case("hooked.begins-started", "A create answers with STARTED.", cost="paid")
async def begins_started(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    told = data_of(story.submitted).get("status")
    if told != "STARTED":
        yield Finding("STARTED", repr(told), (story.submitted,))


@case("hooked.progress-is-a-share", "Progress is a number from 0 to 100.", cost="paid")
async def progress_is_a_share(target: Target) -> AsyncIterator[Finding]:
    for seen in (await target.story()).polls:
        told = data_of(seen.exchange).get("progress")
        fine = isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told <= 100
        if not fine:
            yield Finding("a number from 0 to 100", repr(told), (seen.exchange,))


@case("hooked.progress-ends-full", "Progress is 100 at the end.", cost="paid")
async def progress_ends_full(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    if story.end.view.progress != 100:
        yield Finding("100", repr(story.end.view.progress), (story.end.exchange,))


@case("hooked.name-is-kept", "Details have the name that was sent.", cost="paid")
async def name_is_kept(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "full")
    told = data_of(story.end.exchange).get("name")
    if told != story.body["name"]:
        yield Finding(repr(story.body["name"]), repr(told), (story.end.exchange,))


@case("hooked.webhook-is-shown", "Details have the webhook that was sent.", cost="paid")
async def webhook_is_shown(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await done(target)
    wanted = story.hook.url if story.hook else None
    told = data_of(story.end.exchange).get("webhook")
    if told != wanted:
        yield Finding(repr(wanted), repr(told), (story.end.exchange,))


@case("hooked.type-is-extend", "An extension's type is extend_video.", cost="paid")
async def type_is_extend(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    told = data_of(story.end.exchange).get("type")
    if told != "extend_video":
        yield Finding("extend_video", repr(told), (story.end.exchange,))


@case("hooked.credits-are-told", "A completed video says what it cost.", cost="paid")
async def credits_are_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    told = data_of(story.end.exchange).get("usedCredits")
    if not isinstance(told, int | float) or isinstance(told, bool) or told < 0:
        yield Finding("a number of credits", repr(told), (story.end.exchange,))


@case("hooked.length-is-told", "The told length is the file's.", cost="paid")
async def length_is_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    found, data = await target.probed(story), data_of(story.end.exchange)
    seconds, frames = data.get("durationInSeconds"), data.get("durationInFrames")
    if not isinstance(seconds, int | float) or abs(seconds - found.seconds) > SLACK:
        yield Finding(f"{found.seconds:.2f} s", f"durationInSeconds {seconds!r}")
    if not isinstance(frames, int) or abs(frames - len(found.frames)) > 1:
        yield Finding(f"{len(found.frames)} frames", f"durationInFrames {frames!r}")


@case("hooked.ratio-is-told", "The told ratio is the file's.", cost="paid")
async def ratio_is_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    found = await target.probed(story)
    shape = found.width / found.height
    wanted = [name for name, one in RATIOS.items() if abs(one / shape - 1) < RATIO_SLACK]
    told = inside(data_of(story.end.exchange), "videoSettings", "aspectRatio")
    if wanted and told != wanted[0]:
        yield Finding(wanted[0], repr(told), (story.end.exchange,))
