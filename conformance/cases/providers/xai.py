"""What xAI alone does: defaults, what a finished job tells, delivered results. Its sources, what it
makes of pictures, its files and models are beside this."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers import (  # noqa: F401  their cases are this provider's too
    xai_files,
    xai_kept,
    xai_lists,
    xai_lives,
    xai_pictures,
    xai_sources,
)
from conformance.cases.providers.xai_jobs import clip, done, finished, followed, shown, small, well
from conformance.cases.verify import refused
from conformance.cases.webhook import received
from conformance.exchange import Ask, post
from conformance.model import Blocked, Finding, Json
from conformance.registry import case
from conformance.story import tell

if TYPE_CHECKING:
    from conformance.target import Target

TICKS = 10_000_000_000
RATE = 0.05  # usd for a second at 480p or below, and what a second of source costs
SOURCE_RATE = 0.01
SLACK = 0.3  # seconds
SOON = 60.0  # seconds after the end in which a result is put

# Defaults.


@case("xai.default-duration", "Without a duration 6 s are added.", cost="paid", own=1, usd=0.57)
async def default_duration(target: Target) -> AsyncIterator[Finding]:
    from conformance.target import REMOVED

    story = await done(target, "extend", {"/duration": REMOVED})
    source = await target.original(story.mode)
    wanted = round(source.seconds + 6) if source else None
    if wanted is not None and shown(story, "/video/duration") != wanted:
        yield Finding(f"a video of {wanted} s", f"{shown(story, '/video/duration')} s")


@case(
    "xai.default-seconds", "A generation without a duration lasts 8 s.", cost="paid", own=1, usd=0.6
)
async def default_seconds(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "generate", {"": {"prompt": "A kite climbs."}})
    if shown(story, "/video/duration") != 8:
        yield Finding("a video of 8 s", f"{shown(story, '/video/duration')} s")


@case("xai.default-shape", "A generation is 16:9 at 480p by itself.", cost="paid", own=1)
async def default_shape(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "generate", {"": {"prompt": "A kite climbs.", "duration": 1}})
    found = await target.probed(story)
    if abs(found.width - 854) > 4 or found.height != 480:
        yield Finding("854 x 480", f"{found.width} x {found.height}")


@case(
    "xai.shape-not-settable",
    "What is made of a video has its shape and resolution, whatever is asked for.",
    cost="paid",
    own=1,
    each=True,
)
async def shape_not_settable(target: Target, mode: str) -> AsyncIterator[Finding]:
    recipe = small(2.0)
    change: dict[str, Json] = {"/aspect_ratio": "1:1", "/resolution": "720p"}
    change |= {"/video/url": clip(target, recipe)} | ({"/duration": 5} if mode == "edit" else {})
    submitted = await target.submit(target.dialect.MODES[mode], change)
    if target.dialect.problem(submitted.answer):
        return
    found = await target.probed(well(await followed(target, mode, submitted)))
    if (found.width, found.height) != (recipe.width, recipe.height):
        yield Finding(f"{recipe.width} x {recipe.height}", f"{found.width} x {found.height}")
    if mode == "edit" and abs(found.seconds - recipe.seconds) > SLACK:
        yield Finding(f"{recipe.seconds:g} s", f"{found.seconds:.2f} s")


# What a finished job tells.


@case("xai.moderation-told", "A shown video has respect_moderation true.", cost="paid")
async def moderation_told(target: Target) -> AsyncIterator[Finding]:
    told = shown(await finished(target), "/video/respect_moderation")
    if told is not True:
        yield Finding("respect_moderation true", repr(told))


@case("xai.duration-told", "video.duration is source and added seconds.", cost="paid")
async def duration_told(target: Target) -> AsyncIterator[Finding]:
    story = await finished(target)
    told, wanted = shown(story, "/video/duration"), story.promise.seconds
    if wanted is not None and told != round(wanted):
        yield Finding(f"{round(wanted)}", repr(told))


@case("xai.model-told", "A finished job names its model.", cost="paid")
async def model_told(target: Target) -> AsyncIterator[Finding]:
    story = await finished(target)
    told = shown(story, "/model")
    if told != story.body["model"]:
        yield Finding(story.body["model"], repr(told))


@case("xai.cost-told", "A finished job shows what it cost.", cost="paid")
async def cost_told(target: Target) -> AsyncIterator[Finding]:
    story = await finished(target)
    told = shown(story, "/usage/cost_in_usd_ticks")
    source = await target.original(story.mode)
    if source is None or source.height > 480:
        raise Blocked("what it costs depends on a source that is not known")
    wanted = round((story.body["duration"] * RATE + source.seconds * SOURCE_RATE) * TICKS)
    if not isinstance(told, int) or abs(told - wanted) > wanted / 100:
        yield Finding(f"{wanted:,} ticks", repr(told))


@case("xai.output-is-result", "What is put to upload_url is the video.", cost="paid", own=1)
async def output_is_result(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    found = target.connection.door.probe(delivery.body)
    wanted = story.promise.seconds or 0.0
    if found.trouble or abs(found.seconds - wanted) > story.promise.slack:
        yield Finding(f"a video of {wanted:.2f} s", found.trouble or f"{found.seconds:.2f} s")


@case(
    "xai.output-taken",
    "The result of any mode is put to upload_url.",
    cost="paid",
    own=1,
    each=True,
)
async def output_taken(target: Target, mode: str) -> AsyncIterator[Finding]:
    hook = target.hook()
    change: dict[str, Json] = {"/output": {"upload_url": hook.url}}
    if mode != "generate":
        change["/video/url"] = clip(target, small(2.0))
    await done(target, mode, change)
    found = await target.deliveries(hook, 1, SOON)
    if not found:
        yield Finding("the video at upload_url", f"nothing within {SOON:g} s of the end")
        return
    probed = target.connection.door.probe(found[0].body)
    if probed.trouble:
        yield Finding("a video at upload_url", probed.trouble)


@case("xai.output-refused", "A result that is not taken fails its job.", cost="paid", own=1)
async def output_refused(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await tell(target, target.mode, (500,))
    if story.hook is None or not story.hook.deliveries:
        raise Blocked("nothing was sent")
    if (code := shown(story, "/error/code")) != "failed_precondition":
        yield Finding("failed with failed_precondition", f"{story.end.view.word}, {code!r}")


@case("xai.request-id", "Every answer has an x-request-id.", cost="paid")
async def request_id(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    for exchange in (story.submitted, *(one.exchange for one in story.polls)):
        if not exchange.answer.headers.get("x-request-id"):
            yield Finding("an x-request-id", "none", (exchange,))


@case("xai.no-list-of-jobs", "Jobs are neither listed nor deleted.", cost="free-read")
async def no_list_of_jobs(target: Target) -> AsyncIterator[Finding]:
    unknown = target.dialect.UNKNOWN
    for ask in (
        Ask("GET", "/v1/videos"),
        post("/v1/videos", {"prompt": "A kite climbs."}),
        Ask("DELETE", f"/v1/videos/{unknown}"),
        Ask("GET", f"/v1/videos/{unknown}/content"),
    ):
        for one in refused(target, await target.call(ask), ""):
            yield one
