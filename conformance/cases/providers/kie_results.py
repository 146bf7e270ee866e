"""kie.ai: what generations are made of and become."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.providers.kie_stories import ended, record_of, response_of, shared
from conformance.dialects import kie
from conformance.model import Blocked, Finding
from conformance.probe import difference, probe
from conformance.registry import case
from conformance.stills import picture
from conformance.target import REMOVED

if TYPE_CHECKING:
    from conformance.model import Json
    from conformance.story import Story
    from conformance.target import Target

LIKE = 14.0  # a picture, and the same in a video
USUAL = 8.0  # seconds of a generation that does not say
UPRIGHT = (720, 1280)
WORDS = "fetch the image"


async def upright(target: Target) -> Story:
    """A generation of 9:16 that says neither its length nor its resolution."""
    change: dict[str, Json] = {
        "/aspect_ratio": "9:16",
        "/duration": REMOVED,
        "/resolution": REMOVED,
    }
    return await target.once("upright", lambda: ended(target, "generate", change))


@case("kie.upright-video-has-an-origin", "A 9:16 video has originUrls.", cost="paid", own=1)
async def upright_video_has_an_origin(target: Target) -> AsyncIterator[Finding]:
    story = await upright(target)
    urls = response_of(story).get("originUrls")
    if not isinstance(urls, list) or not urls:
        yield Finding("originUrls", repr(urls), (story.end.exchange,))


@case("kie.upright-video", "A 9:16 video is upright, and 720p at first.", cost="paid", own=1)
async def upright_video(target: Target) -> AsyncIterator[Finding]:
    found = await target.probed(await upright(target))
    if (found.width, found.height) != UPRIGHT:
        yield Finding(f"{UPRIGHT[0]} x {UPRIGHT[1]}", f"{found.width} x {found.height}")


@case("kie.default-length", "A generation that does not say is 8 seconds.", cost="paid", own=1)
async def default_length(target: Target) -> AsyncIterator[Finding]:
    story = await upright(target)
    found = await target.probed(story)
    if abs(found.seconds - USUAL) > story.promise.slack:
        yield Finding(f"{USUAL:g} s", f"{found.seconds:.2f} s")


@case("kie.default-shape", "A generation that does not say is 16:9.", cost="paid", own=1)
async def default_shape(target: Target) -> AsyncIterator[Finding]:
    story = await ended(target, "generate", {"/aspect_ratio": REMOVED})
    if urls := response_of(story).get("originUrls"):
        yield Finding("no originUrls, as of 16:9", repr(urls)[:200], (story.end.exchange,))


@case("kie.frames-are-shown", "A video begins and ends with its pictures.", cost="paid")
async def frames_are_shown(target: Target) -> AsyncIterator[Finding]:
    found = await target.probed(await shared(target, "frames"))
    sent = {"first": (picture(), found.frames[0]), "last": (picture(hue=90), found.frames[-1])}
    for name, (wanted, shown) in sent.items():
        off = difference(probe(wanted).frames[0], shown)
        if off > LIKE:
            yield Finding(f"the {name} picture in the {name} frame", f"they differ by {off:.0f}")


@case(
    "kie.picture-counts",
    "A first frame may stand alone, and references be three.",
    cost="paid",
    own=2,
)
async def picture_counts(target: Target) -> AsyncIterator[Finding]:
    urls = [await kie.put_up(target, f"{hue}.png", picture(hue=hue)) for hue in (20, 40, 60)]
    for mode, count in (("frames", 1), ("references", 3)):
        exchange = await target.submit(target.dialect.MODES[mode], {"/imageUrls": urls[:count]})
        if problem := target.dialect.problem(exchange.answer):
            actual = f"{problem.status}: {problem.message}"
            yield Finding(f"{mode} of {count} taken", actual, (exchange,))


@case("kie.unreachable-picture", "A picture that is not there is code 400.", cost="paid")
async def unreachable_picture(target: Target) -> AsyncIterator[Finding]:
    """The pages leave open whether the create says so, or the record."""
    try:
        story = await target.story("doomed")
    except Blocked:
        refused = target.submitted("doomed")
        problem = refused and target.dialect.problem(refused.answer)
        if not problem:
            raise
        code: Json = problem.status
        words = problem.message
    else:
        if story.end.view.state != "failed":
            raise Blocked(f"the task ended with {story.end.view.word!r}")
        record = record_of(story)
        code, words = record.get("errorCode"), str(record.get("errorMessage") or "")
    if code is None or not words:
        raise Blocked("the failure does not tell why")
    if code != 400 or WORDS not in words:
        yield Finding(f"code 400 with {WORDS!r}", f"{code}: {words}"[:300])


@case("kie.done-record-has-no-error", "A task that is done has no error.", cost="paid")
async def done_record_has_no_error(target: Target) -> AsyncIterator[Finding]:
    story = await shared(target, "extend")
    record = record_of(story)
    if record.get("errorCode") is not None or record.get("errorMessage"):
        actual = f"{record['errorCode']!r}: {record.get('errorMessage')!r}"
        yield Finding("errorCode null and no errorMessage", actual, (story.end.exchange,))


@case("kie.response-members", "A result names its task and its resolution.", cost="paid")
async def response_members(target: Target) -> AsyncIterator[Finding]:
    for mode, resolution in (("extend", None), ("generate", "720p")):
        story = await shared(target, mode)
        response = response_of(story)
        if response.get("taskId") != story.job:
            yield Finding(
                f"taskId {story.job}", repr(response.get("taskId")), (story.end.exchange,)
            )
        if resolution and response.get("resolution") != resolution:
            actual = repr(response.get("resolution"))
            yield Finding(f"resolution {resolution}", actual, (story.end.exchange,))
