"""What Pictory alone does: segments of their own, credits and odd envelopes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cases.providers import pictory_account  # noqa: F401  its cases count here
from conformance.cases.providers.pictory_images import data_of, used
from conformance.cases.verify import done, inside, refused
from conformance.cases.webhook import received
from conformance.dialects.pictory import FILES, MODES, NOT_FOUND, PER_SECOND, ROOT
from conformance.exchange import Ask, post
from conformance.model import Blocked, Disabled, Finding
from conformance.probe import difference
from conformance.registry import case
from conformance.story import Story, tell

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.target import Target

LIKE = 14.0  # pictures that are the same scene, coded twice
RATIO_SLACK = 0.02
WRONG = "not-a-key-of-anybody-0000"
READ = ("aistudio/videos", "aistudio/images", "jobs", "quota", "aicredits/usage")
TYPES = {
    "thumbnail": ("image/jpeg", b"\xff\xd8\xff"),
    "preview": ("image/jpeg", b"\xff\xd8\xff"),
    "last-frame": ("image/png", b"\x89PNG"),
}


# Refusals.


@case(
    "pictory.all-need-a-key", "Lists, account, uploads and images need a key.", cost="free-reject"
)
async def all_need_a_key(target: Target) -> AsyncIterator[Finding]:
    reads = [Ask("GET", f"{ROOT}/{path}") for path in READ]
    ticket = {"fileName": "clip.mp4", "contentType": "video/mp4"}
    upload = post(f"{ROOT}/media/generateurl", ticket)
    image = target.dialect.create(MODES["image"], await target.body(MODES["image"]))
    for key, trouble in ((None, "missing-key"), (WRONG, "wrong-key")):
        sent = [await target.call(ask, key=key) for ask in (*reads, upload)]
        for exchange in (*sent, await target.attempt(image, key=key)):
            for one in refused(target, exchange, trouble):
                yield one


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
        yield Finding("duration among the fields", repr(rows), level="should")
    elif not isinstance(inside(named[0], "errors"), str):
        yield Finding("what is wrong as a text", repr(named[0]), level="should")


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
    told, wanted = data_of(story).get("duration"), story.body["duration"]
    if told != wanted:
        yield Finding(f"duration {wanted!r}", repr(told), (story.end.exchange,))


@case("pictory.ratio-is-kept", "The picture has the ratio that was asked for.", cost="paid")
async def ratio_is_kept(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    asked, data = story.body["aspectRatio"], data_of(story)
    width, height = data.get("width") or 0, data.get("height") or 1
    wide, _, high = asked.partition(":")
    if abs(width / height - int(wide) / int(high)) > RATIO_SLACK:
        yield Finding(f"a width and a height of {asked}", f"{width} x {height}")


@case("pictory.begins-with-the-frame", "A first frame is the video's first.", cost="paid")
async def begins_with_the_frame(target: Target) -> AsyncIterator[Finding]:
    first, story = await done(target), await done(target, "frame")
    found = await target.probed(story)
    given = target.connection.door.probe((await _picture(target, first, "last-frame")).answer.body)
    if not given.frames:
        raise Blocked(f"the picture cannot be judged: {given.trouble}")
    off = difference(given.frames[0], found.frames[0])
    if off > LIKE:
        yield Finding("the given picture first", f"they differ by {off:.0f}")


@case("pictory.size-is-told", "width and height are those of the file.", cost="paid")
async def size_is_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    found, data = await target.probed(story), data_of(story)
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
async def creditsused(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    seconds = float(story.body["duration"].removesuffix("s"))
    for one in used(story, PER_SECOND[story.body["model"]] * seconds):
        yield one


@case(
    "pictory.credits-of-veo",
    "A prompt and veo3.1 make 16:9 of four seconds, at 20 credits a second.",
    cost="paid",
    own=1,
    usd=1.6,
)
async def credits_of_veo(target: Target) -> AsyncIterator[Finding]:
    mode = MODES["veo"]

    async def body(target: Target) -> Json:
        return {**await mode.body(target), "model": "veo3.1"}

    story = await tell(target, replace(mode, name="veo3.1", body=body))
    if story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    for one in _shaped(story, "4s", PER_SECOND["veo3.1"] * 4):
        yield one


@case("pictory.webhook-is-a-post", "The webhook gets a POST.", cost="paid")
async def webhook_is_a_post(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    if delivery.method != "POST":
        yield Finding("a POST", f"a {delivery.method}", (story.submitted,))


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
    data = data_of(story)
    found = []
    if data.get("duration") != duration:
        found.append(Finding(f"duration {duration!r}", repr(data.get("duration"))))
    width, height = data.get("width") or 0, data.get("height") or 1
    if abs(width / height - 16 / 9) > RATIO_SLACK:
        found.append(Finding("a width and a height of 16:9", f"{width} x {height}"))
    return [*found, *used(story, credits)]
