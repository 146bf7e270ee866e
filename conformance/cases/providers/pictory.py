"""What Pictory alone does: segments of their own, credits and odd envelopes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from conformance.cases.providers import pictory_account  # noqa: F401  its cases count here
from conformance.cases.verify import done, inside
from conformance.cases.webhook import received
from conformance.dialects.pictory import FILES, MODES, NOT_FOUND, ROOT
from conformance.exchange import Ask, post
from conformance.model import Blocked, Disabled, Finding
from conformance.probe import difference
from conformance.registry import case
from conformance.story import Story

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.target import Target

LIKE = 14.0  # pictures that are the same scene, coded twice
PER_SECOND = {"veo3.1": 20.0, "veo3.1_fast": 10.0, "pixverse5.5": 1.6}
PER_IMAGE = {"seedream3.0": 2.0, "flux-schnell": 0.6, "nanobanana": 4.0, "nanobanana-pro": 14.0}
TYPES = {
    "thumbnail": ("image/jpeg", b"\xff\xd8\xff"),
    "preview": ("image/jpeg", b"\xff\xd8\xff"),
    "last-frame": ("image/png", b"\x89PNG"),
}
PAGE = 100
MP4 = "video/mp4"


# Refusals.


@case("pictory.refusal-code", "A bad field is INVALID_REQUEST_BODY.", cost="free-reject")
async def refusal_code(target: Target) -> AsyncIterator[Finding]:
    problem = target.dialect.problem((await _bad_duration(target)).answer)
    if problem and problem.code != "INVALID_REQUEST_BODY":
        yield Finding("code INVALID_REQUEST_BODY", problem.code or "none")


@case("pictory.refusal-fields", "A refusal names the field, and says why.", cost="free-reject")
async def refusal_fields(target: Target) -> AsyncIterator[Finding]:
    exchange = await _bad_duration(target)
    rows = inside(exchange.answer.json(), "fields")
    if not isinstance(rows, list):
        yield Finding("a list of fields", repr(rows))
        return
    named = [one for one in rows if inside(one, "name") == "duration"]
    if not named:
        yield Finding("duration among the fields", repr(rows))
    elif not isinstance(inside(named[0], "errors"), str):
        yield Finding("what is wrong as a text", repr(named[0]))


@case("pictory.unknown-job-code", "An unknown job is JOB_NOT_FOUND, 5000.", cost="free-read")
async def unknown_job_code(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(target.dialect.poll(target.mode, target.dialect.UNKNOWN))
    problem = target.dialect.problem(exchange.answer)
    if problem is None:
        raise Blocked("an unknown job is not refused")
    if (problem.code, problem.message) != (NOT_FOUND, "JOB_NOT_FOUND"):
        yield Finding("5000 and JOB_NOT_FOUND", f"{problem.code or 'no code'}, {problem.message}")


@case("pictory.no-poll-beside-create", "Jobs are not polled under aistudio.", cost="paid")
async def no_poll_beside_create(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    exchange = await target.call(Ask("GET", f"{ROOT}/aistudio/videos/{story.job}"))
    if target.dialect.problem(exchange.answer) is None:
        yield Finding("nothing at that path", exchange.told(), (exchange,))


@case("pictory.token-refusal", "A token needs an id and a secret.", cost="free-reject")
async def token_refusal(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(post(f"{ROOT}/oauth2/token", {"client_id": "nobody"}), key=None)
    told = exchange.answer.json()
    if exchange.answer.status < 400 and inside(told, "success") is not False:
        yield Finding("a refusal", exchange.told())
    elif breach := target.contract.breach("create_token", exchange):
        yield Finding("a refusal in the older envelope", breach)


async def _bad_duration(target: Target) -> Exchange:
    """A create whose only fault is its duration. Blocked when it is taken."""
    exchange = await target.create(change={"/duration": "7s"})
    if target.dialect.problem(exchange.answer) is None:
        raise Blocked("a duration of 7s is not refused")
    return exchange


# What can be asked for.


@case("pictory.one-reference", "One reference image is enough.", cost="paid", own=1)
async def one_reference(target: Target) -> AsyncIterator[Finding]:
    mode = MODES["references"]
    body = await target.body(mode)
    first = {"/referenceImageUrls": body["referenceImageUrls"][:1]}
    exchange = await target.submit(mode, first)
    if problem := target.dialect.problem(exchange.answer):
        yield Finding("a job", f"{problem.status}: {problem.message}")


@case("pictory.defaults", "A prompt alone makes 16:9 of five seconds.", cost="paid")
async def defaults(target: Target) -> AsyncIterator[Finding]:
    for one in _shaped(await done(target, "text"), "5s", 1.6 * 5):
        yield one


@case("pictory.defaults-of-veo", "A Veo model alone makes 16:9 of four seconds.", cost="paid")
async def defaults_of_veo(target: Target) -> AsyncIterator[Finding]:
    for one in _shaped(await done(target, "veo"), "4s", 10.0 * 4):
        yield one


@case("pictory.unreachable-source", "A source that is not there makes no video.", cost="paid")
async def unreachable_source(target: Target) -> AsyncIterator[Finding]:
    try:
        story = await target.story("doomed")
    except Blocked:
        submitted = target.submitted("doomed")
        if submitted and target.dialect.problem(submitted.answer):
            return
        raise
    if story.end.view.state != "failed":
        yield Finding("a failed job", story.end.view.word, (story.end.exchange,))


@case("pictory.failure-says-why", "A failed job has a code, a reason and no result.", cost="paid")
async def failure_says_why(target: Target) -> AsyncIterator[Finding]:
    end = (await target.story("doomed")).end
    if end.view.state != "failed":
        raise Blocked(f"the job ended with {end.view.word!r}")
    told = end.exchange.answer.json()
    data = told["data"]
    if told.get("success") is not False:
        yield Finding("success: false", repr(told.get("success")), (end.exchange,))
    if not data.get("error_code") or not data.get("error_message"):
        yield Finding("an error_code and an error_message", repr(data), (end.exchange,))
    if end.view.urls:
        yield Finding("no result", repr(dict(end.view.urls)), (end.exchange,))


# What is made.


@case("pictory.segment-stands-alone", "The source is not in the file.", cost="paid")
async def segment_stands_alone(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    found, source = await target.probed(story), await target.original(story.mode)
    if source is None or not source.frames:
        raise Disabled("the source cannot be looked at")
    begins = difference(found.frames[0], source.frames[0])
    ends = difference(found.frames[0], source.frames[-1])
    long = found.seconds >= source.seconds + (story.promise.seconds or 0.0) - story.promise.slack
    if long and begins < ends:
        yield Finding("the new segment alone", f"the source and it, {found.seconds:.2f} s")


@case("pictory.duration-is-told", "duration is what was asked, with its unit.", cost="paid")
async def duration_is_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    told, wanted = _data(story).get("duration"), story.body["duration"]
    if told != wanted:
        yield Finding(f"duration {wanted!r}", repr(told), (story.end.exchange,))


@case("pictory.size-is-told", "width and height are those of the file.", cost="paid")
async def size_is_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    found, data = await target.probed(story), _data(story)
    told = data.get("width"), data.get("height")
    if told != (found.width, found.height):
        yield Finding(f"{found.width} x {found.height}", f"{told[0]} x {told[1]}")


@case("pictory.picture-types", "Pictures are of the documented types.", cost="paid")
async def picture_types(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    for name, (kind, magic) in TYPES.items():
        exchange = await _picture(target, story, name)
        if exchange.answer.media_type != kind or not exchange.answer.body.startswith(magic):
            actual = f"{exchange.answer.media_type}, {exchange.answer.body[:4]!r}"
            yield Finding(f"{FILES[name]} as {kind}", actual, (exchange,))


@case("pictory.last-frame-is-the-last", "The last frame is the video's last.", cost="paid")
async def last_frame_is_the_last(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    found = await target.probed(story)
    exchange = await _picture(target, story, "last-frame")
    picture = target.connection.door.probe(exchange.answer.body)
    if not picture.frames:
        raise Blocked(f"the picture cannot be judged: {picture.trouble}")
    off = difference(picture.frames[-1], found.frames[-1])
    if off > LIKE:
        yield Finding("the video's last picture", f"they differ by {off:.0f}", (exchange,))


@case("pictory.credits-used", "A video uses its model's credits a second.", cost="paid")
async def credits_used(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    seconds = float(story.body["duration"].removesuffix("s"))
    for one in _used(story, PER_SECOND[story.body["model"]] * seconds):
        yield one


@case("pictory.credits-of-an-image", "An image uses its model's credits.", cost="paid")
async def credits_of_an_image(target: Target) -> AsyncIterator[Finding]:
    for mode in ("image", "flux"):
        story = await done(target, mode)
        for one in _used(story, PER_IMAGE[story.body.get("model", "seedream3.0")]):
            yield one


@case("pictory.webhook-is-the-poll", "The webhook's body is the poll's.", cost="paid")
async def webhook_is_the_poll(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    told = story.end.exchange.answer.json()
    if delivery.json() != told:
        yield Finding("what the poll says", repr(delivery.json())[:300], (story.end.exchange,))


async def _picture(target: Target, story: Story, name: str) -> Exchange:
    """A picture of a finished video. Blocked when it is not there."""
    url = story.end.view.urls.get(name, "")
    if not url:
        raise Blocked(f"the job shows no {FILES[name]}")
    exchange = await target.once(("file", url), lambda: target.fetch(url))
    if exchange.answer.status != 200:
        raise Blocked(f"{FILES[name]} answers {exchange.answer.status}")
    return exchange


def _shaped(story: Story, duration: str, credits: float) -> Sequence[Finding]:
    """That a video is 16:9, of a duration, and cost what its model costs."""
    data = _data(story)
    found = []
    if data.get("duration") != duration:
        found.append(Finding(f"duration {duration!r}", repr(data.get("duration"))))
    width, height = data.get("width") or 0, data.get("height") or 1
    if abs(width / height - 16 / 9) > 0.02:
        found.append(Finding("a width and a height of 16:9", f"{width} x {height}"))
    return [*found, *_used(story, credits)]


def _used(story: Story, credits: float) -> Sequence[Finding]:
    told = _data(story).get("aiCreditsUsed")
    if isinstance(told, int | float) and abs(told - credits) < 1e-6:
        return []
    return [Finding(f"{credits:g} AI credits", repr(told), (story.end.exchange,))]


def _data(story: Story) -> dict[str, Json]:
    """What the last poll had under data."""
    data = inside(story.end.exchange.answer.json(), "data")
    return data if isinstance(data, dict) else {}
