"""What xAI alone does: lengths of sources, defaults, what a finished job tells, delivered results.
Its files and models are in xai_files."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from conformance.cases.providers import xai_files  # noqa: F401  its cases are this provider's too
from conformance.cases.verify import refused
from conformance.cases.webhook import received
from conformance.clips import Recipe, made
from conformance.exchange import Ask, post
from conformance.model import Blocked, Disabled, Finding, Json
from conformance.probe import difference
from conformance.registry import case
from conformance.story import Story, follow, tell

if TYPE_CHECKING:
    from conformance.target import Target

TICKS = 10_000_000_000
RATE = 0.05  # usd for a second at 480p or below, and what a second of source costs
SOURCE_RATE = 0.01
CODES = (
    "invalid_argument",
    "permission_denied",
    "failed_precondition",
    "service_unavailable",
    "internal_error",
)
LIKE = 14.0


async def ended(target: Target, mode: str, change: Mapping[str, Json]) -> Story:
    """A job of one's own, followed to its end. Blocked when it was not accepted."""
    chosen = target.dialect.MODES[mode]
    submitted = await target.submit(chosen, change)
    job = target.dialect.job_of(submitted.answer)
    if not job:
        raise Blocked(f"it was not accepted: {submitted.told()}")
    body = await target.body(chosen)
    story = Story(chosen, body, submitted, job, chosen.promise(body, await _source(target, mode)))
    await follow(target, story)
    return story


async def _source(target: Target, mode: str) -> Json:
    return await target.original(target.dialect.MODES[mode])


async def done(target: Target, mode: str, change: Mapping[str, Json]) -> Story:
    """The same, when it ended well. Blocked when it did not."""
    story = await ended(target, mode, change)
    if story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}: {story.end.view.error}")
    return story


def shown(story: Story, pointer: str) -> Json:
    """A member of a job's last poll; None where there is none."""
    place = story.end.exchange.answer.json()
    for step in pointer.split("/")[1:]:
        place = place.get(step) if isinstance(place, dict) else None
    return place


async def _finished(target: Target) -> Story:
    """The shared extension. Blocked when it did not end well."""
    story = await target.story()
    if story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    return story


# Sources.


def _small(seconds: float) -> Recipe:
    return Recipe(128, 96, 8, seconds, audio=False)


def _own_clip(target: Target, recipe: Recipe) -> str:
    if target.connection.listener is None:
        raise Disabled("the target cannot fetch clips from the judge: give --callback-url")
    return target.connection.listener.clip(recipe)


async def _makes(target: Target, mode: str, seconds: float) -> AsyncIterator[Finding]:
    """That a source of that length makes a video."""
    url = _own_clip(target, _small(seconds))
    submitted = await target.submit(target.dialect.MODES[mode], {"/video/url": url})
    if problem := target.dialect.problem(submitted.answer):
        yield Finding(f"a job with a source of {seconds:g} s", problem.message, (submitted,))
        return
    story = await _followed(target, mode, submitted)
    if story.end.view.state != "done":
        actual = f"{story.end.view.word}: {story.end.view.error}"
        yield Finding(f"a video from a source of {seconds:g} s", actual, (story.end.exchange,))


async def _makes_nothing(target: Target, mode: str, url: str, what: str) -> AsyncIterator[Finding]:
    """That a source is refused at once, or fails its job."""
    submitted = await target.submit(target.dialect.MODES[mode], {"/video/url": url})
    if target.dialect.problem(submitted.answer):
        return
    story = await _followed(target, mode, submitted)
    if story.end.view.state == "done":
        yield Finding(f"no video from {what}", "done", (submitted, story.end.exchange))


async def _followed(target: Target, mode: str, submitted: Json) -> Story:
    chosen, job = target.dialect.MODES[mode], target.dialect.job_of(submitted.answer)
    if not job:
        raise Blocked(f"it was not accepted: {submitted.told()}")
    promise = chosen.promise(await target.body(chosen), await _source(target, mode))
    story = Story(chosen, {}, submitted, job, promise)
    await follow(target, story)
    return story


@case("xai.source-shortest", "A source of 2 s can be extended.", cost="paid", own=1)
async def source_shortest(target: Target) -> AsyncIterator[Finding]:
    async for one in _makes(target, "extend", 2.0):
        yield one


@case("xai.source-longest", "A source of 15 s can be extended.", cost="paid", own=1)
async def source_longest(target: Target) -> AsyncIterator[Finding]:
    async for one in _makes(target, "extend", 15.0):
        yield one


@case("xai.source-too-short", "A source below 2 s is not extended.", cost="paid", own=1)
async def source_too_short(target: Target) -> AsyncIterator[Finding]:
    url = _own_clip(target, _small(1.5))
    async for one in _makes_nothing(target, "extend", url, "a source of 1.5 s"):
        yield one


@case("xai.source-too-long", "A source above 15 s is not extended.", cost="paid", own=1)
async def source_too_long(target: Target) -> AsyncIterator[Finding]:
    url = _own_clip(target, _small(15.5))
    async for one in _makes_nothing(target, "extend", url, "a source of 15.5 s"):
        yield one


@case("xai.edit-source-longest", "A source of 8.5 s can be edited.", cost="paid", own=1, usd=0.57)
async def edit_source_longest(target: Target) -> AsyncIterator[Finding]:
    async for one in _makes(target, "edit", 8.5):
        yield one


@case(
    "xai.edit-source-too-long", "A source above 8.7 s is not edited.", cost="paid", own=1, usd=0.57
)
async def edit_source_too_long(target: Target) -> AsyncIterator[Finding]:
    url = _own_clip(target, _small(9.0))
    async for one in _makes_nothing(target, "edit", url, "a source of 9 s"):
        yield one


@case("xai.source-not-video", "What is no video is not extended.", cost="paid", own=1)
async def source_not_video(target: Target) -> AsyncIterator[Finding]:
    if target.connection.listener is None:
        raise Disabled("the target cannot fetch clips from the judge: give --callback-url")
    url = target.connection.listener.put("words.mp4", b"These are words, and no video.\n" * 40)
    async for one in _makes_nothing(target, "extend", url, "a text"):
        yield one


@case("xai.source-codec", "A source of an old codec is not extended.", cost="paid", own=1)
async def source_codec(target: Target) -> AsyncIterator[Finding]:
    if target.connection.listener is None:
        raise Disabled("the target cannot fetch clips from the judge: give --callback-url")
    url = target.connection.listener.put("mpeg4.mp4", _in_mpeg4(_small(3.0)))
    async for one in _makes_nothing(target, "extend", url, "an MP4 in MPEG-4 Part 2"):
        yield one


@case("xai.source-inline", "A source in the request makes a job.", cost="paid", own=1)
async def source_inline(target: Target) -> AsyncIterator[Finding]:
    clip = base64.b64encode(made(_small(2.0))).decode()
    url = f"data:video/mp4;base64,{clip}"
    submitted = await target.submit(change={"/video/url": url})
    if problem := target.dialect.problem(submitted.answer):
        yield Finding("a job", f"{problem.status}: {problem.message}", (submitted,))


@case("xai.chained", "A finished video's URL is taken as a source.", cost="paid", own=1)
async def chained(target: Target) -> AsyncIterator[Finding]:
    first = await _finished(target)
    if not first.url:
        raise Blocked("the job shows no address of its video")
    submitted = await target.submit(change={"/video/url": first.url})
    if problem := target.dialect.problem(submitted.answer):
        yield Finding("a job", f"{problem.status}: {problem.message}", (submitted,))
        return
    story = await _followed(target, "extend", submitted)
    if story.end.view.state != "done":
        yield Finding("done", f"{story.end.view.word}: {story.end.view.error}")


@case("xai.failed-tells-why", "A failed job shows its code and message.", cost="paid", own=1)
async def failed_tells_why(target: Target) -> AsyncIterator[Finding]:
    if target.connection.listener is None:
        raise Disabled("the target cannot fetch clips from the judge: give --callback-url")
    absent = f"{target.connection.listener.base}/clips/absent.mp4"
    submitted = await target.submit(change={"/video/url": absent})
    if target.dialect.problem(submitted.answer):
        raise Blocked("a source that is not there was refused at once")
    story = await _followed(target, "extend", submitted)
    if story.end.view.state != "failed" or story.end.exchange.answer.status != 200:
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    code, message = shown(story, "/error/code"), shown(story, "/error/message")
    if code not in CODES or not message:
        yield Finding("an error with a code and a message", f"{code!r} and {message!r}")
    if shown(story, "/video") is not None:
        yield Finding("no video", "one", (story.end.exchange,))


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


@case("xai.sound-off", "generate_audio false makes no sound.", cost="paid", own=1)
async def sound_off(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "generate", {"/generate_audio": False})
    found = await target.probed(story)
    if found.audio:
        yield Finding("no sound", found.audio)


@case("xai.image-is-first", "The image is the first frame.", cost="paid", own=1)
async def image_is_first(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(256, 144, 24, 1.0, audio=False)
    url = f"data:image/png;base64,{base64.b64encode(_still(recipe)).decode()}"
    story = await done(target, "generate", {"/image": {"url": url}})
    found = await target.probed(story)
    off = difference(target.source(recipe).frames[0], found.frames[0])
    if off > LIKE:
        yield Finding("the image as the first frame", f"they differ by {off:.0f}")


def _still(recipe: Recipe) -> bytes:
    """The first picture of a clip, as a PNG."""
    import av

    with av.open(io.BytesIO(made(recipe)), "r") as container:
        frame = next(container.decode(video=0))
        out = io.BytesIO()
        frame.to_image().save(out, "PNG")  # type: ignore[no-untyped-call]
    return out.getvalue()


@cache
def _in_mpeg4(recipe: Recipe) -> bytes:
    """A clip in a codec that is not taken."""
    import av

    out = io.BytesIO()
    with av.open(io.BytesIO(made(recipe)), "r") as old, av.open(out, "w", format="mp4") as new:
        video = new.add_stream("mpeg4", rate=recipe.rate)
        video.width, video.height, video.pix_fmt = recipe.width, recipe.height, "yuv420p"
        for frame in old.decode(video=0):
            frame.pict_type = 0  # the encoder chooses
            new.mux(video.encode(frame))
        new.mux(video.encode())
    return out.getvalue()


# What a finished job tells.


@case("xai.moderation-told", "A shown video has respect_moderation true.", cost="paid")
async def moderation_told(target: Target) -> AsyncIterator[Finding]:
    told = shown(await _finished(target), "/video/respect_moderation")
    if told is not True:
        yield Finding("respect_moderation true", repr(told))


@case("xai.duration-told", "video.duration is source and added seconds.", cost="paid")
async def duration_told(target: Target) -> AsyncIterator[Finding]:
    story = await _finished(target)
    told, wanted = shown(story, "/video/duration"), story.promise.seconds
    if wanted is not None and told != round(wanted):
        yield Finding(f"{round(wanted)}", repr(told))


@case("xai.model-told", "A finished job names its model.", cost="paid")
async def model_told(target: Target) -> AsyncIterator[Finding]:
    story = await _finished(target)
    told = shown(story, "/model")
    if told != story.body["model"]:
        yield Finding(story.body["model"], repr(told))


@case("xai.cost-told", "A finished job shows what it cost.", cost="paid")
async def cost_told(target: Target) -> AsyncIterator[Finding]:
    story = await _finished(target)
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
