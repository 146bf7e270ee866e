"""What Hooked alone does: joined videos, a list, three bodies of one webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from conformance.cases.verify import done, inside, refused
from conformance.cases.webhook import SOON, received
from conformance.dialects.hooked import LIST
from conformance.exchange import Ask
from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
from conformance.story import Story, tell

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.target import Target

NO_CONTENT = 204
MOST, USUAL = 100, 50  # videos of a page
SLACK = 0.15
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
    project = _data(story.submitted).get("projectId")
    if not project or project == story.job:
        raise Blocked("the create names no project of its own")
    exchange = await target.call(target.dialect.poll(story.mode, str(project)))
    for one in refused(target, exchange, "unknown-job"):
        yield one


# What is told of a video.


@case("hooked.begins-started", "A create answers with STARTED.", cost="paid")
async def begins_started(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    told = _data(story.submitted).get("status")
    if told != "STARTED":
        yield Finding("STARTED", repr(told), (story.submitted,))


@case("hooked.progress-is-a-share", "Progress is a number from 0 to 100.", cost="paid")
async def progress_is_a_share(target: Target) -> AsyncIterator[Finding]:
    for seen in (await target.story()).polls:
        told = _data(seen.exchange).get("progress")
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
    told = _data(story.end.exchange).get("name")
    if told != story.body["name"]:
        yield Finding(repr(story.body["name"]), repr(told), (story.end.exchange,))


@case("hooked.webhook-is-shown", "Details have the webhook that was sent.", cost="paid")
async def webhook_is_shown(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await done(target)
    wanted = story.hook.url if story.hook else None
    told = _data(story.end.exchange).get("webhook")
    if told != wanted:
        yield Finding(repr(wanted), repr(told), (story.end.exchange,))


@case("hooked.type-is-extend", "An extension's type is extend_video.", cost="paid")
async def type_is_extend(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    told = _data(story.end.exchange).get("type")
    if told != "extend_video":
        yield Finding("extend_video", repr(told), (story.end.exchange,))


@case("hooked.credits-are-told", "A completed video says what it cost.", cost="paid")
async def credits_are_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    told = _data(story.end.exchange).get("usedCredits")
    if not isinstance(told, int | float) or isinstance(told, bool) or told < 0:
        yield Finding("a number of credits", repr(told), (story.end.exchange,))


@case("hooked.length-is-told", "The told length is the file's.", cost="paid")
async def length_is_told(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    found, data = await target.probed(story), _data(story.end.exchange)
    seconds, frames = data.get("durationInSeconds"), data.get("durationInFrames")
    if not isinstance(seconds, int | float) or abs(seconds - found.seconds) > SLACK:
        yield Finding(f"{found.seconds:.2f} s", f"durationInSeconds {seconds!r}")
    if not isinstance(frames, int) or abs(frames - len(found.frames)) > 1:
        yield Finding(f"{len(found.frames)} frames", f"durationInFrames {frames!r}")


# The list.


@case("hooked.list", "The list has the video, and says how many there are.", cost="paid")
async def list_(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    exchange = await _page(target)
    if breach := target.contract.breach("listVideos", exchange):
        yield Finding("a list as the contract has it", breach, (exchange,))
        return
    data = _data(exchange)
    if data["limit"] != USUAL:
        yield Finding(f"a limit of {USUAL}", repr(data["limit"]), (exchange,))
    if data["total"] < len(data["videos"]):
        actual = f"total {data['total']} and {len(data['videos'])} videos"
        yield Finding("a total of all", actual, (exchange,))
    if data["total"] <= USUAL and story.job not in _ids(exchange):
        yield Finding(f"an item {story.job}", f"{len(data['videos'])} others", (exchange,))


@case("hooked.list-by-type", "The list filters by type.", cost="paid")
async def list_by_type(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    own, other = await _page(target, "?type=extend_video"), await _page(target, "?type=class")
    for one in _filtered(story, own, other, "type"):
        yield one


@case("hooked.list-by-status", "The list filters by status.", cost="paid")
async def list_by_status(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    own, other = await _page(target, "?status=completed"), await _page(target, "?status=failed")
    for one in _filtered(story, own, other, "status"):
        yield one


@case("hooked.list-limit", "A page has as many as were asked for.", cost="paid", own=1)
async def list_limit(target: Target) -> AsyncIterator[Finding]:
    await _two(target)
    exchange = await _page(target, "?limit=1")
    data = _data(exchange)
    if len(_ids(exchange)) != 1 or data.get("limit") != 1:
        actual = f"{len(_ids(exchange))} videos and limit {data.get('limit')!r}"
        yield Finding("one video and limit 1", actual, (exchange,))


@case("hooked.list-offset", "An offset leaves out the first.", cost="paid", own=1)
async def list_offset(target: Target) -> AsyncIterator[Finding]:
    await _two(target)
    whole, rest = await _page(target), await _page(target, "?offset=1")
    if _data(whole).get("total", 0) > USUAL or len(_ids(whole)) < 2:
        raise Blocked("the list has not between 2 and 50 videos")
    if _ids(rest) != _ids(whole)[1:]:
        yield Finding("all but the first", f"{len(_ids(rest))} of {len(_ids(whole))}", (rest,))


@case("hooked.list-most", "A page has at most 100 videos.", cost="free-read")
async def list_most(target: Target) -> AsyncIterator[Finding]:
    fits = await _page(target, f"?limit={MOST}")
    if problem := target.dialect.problem(fits.answer):
        yield Finding(f"a limit of {MOST} taken", f"{problem.status}: {problem.message}", (fits,))
    above = await _page(target, f"?limit={MOST + 1}")
    if target.dialect.problem(above.answer) is None and _data(above).get("limit", 0) > MOST:
        yield Finding(f"a limit of {MOST} at most", above.told(), (above,))


@case("hooked.list-is-the-teams", "Another team's list does not have the video.", cost="paid")
async def list_is_the_teams(target: Target) -> AsyncIterator[Finding]:
    other = target.other_key
    story = await target.story()
    exchange = await target.call(Ask("GET", LIST), key=other)
    if target.dialect.problem(exchange.answer):
        raise Blocked(f"the other team has no list: {exchange.told()}")
    if story.job in _ids(exchange):
        yield Finding("no video of another team", story.job, (exchange,))


async def _page(target: Target, query: str = "") -> Exchange:
    return await target.call(Ask("GET", f"{LIST}{query}"))


async def _two(target: Target) -> None:
    """See to it that there are two videos."""

    async def more() -> str:
        exchange = await target.submit()
        if not target.dialect.job_of(exchange.answer):
            raise Blocked(f"a second create was not accepted: {exchange.told()}")
        return target.dialect.job_of(exchange.answer)

    await done(target)
    await target.once("second video", more)


def _ids(exchange: Exchange) -> list[str]:
    return [str(one.get("id")) for one in _data(exchange).get("videos") or []]


def _filtered(story: Story, own: Exchange, other: Exchange, name: str) -> Iterator[Finding]:
    """That a filter lets a video through, and another value of it does not."""
    total = _data(own).get("total")
    if isinstance(total, int) and total <= USUAL and story.job not in _ids(own):
        yield Finding(f"the video under its {name}", f"{total} others", (own,))
    if story.job in _ids(other):
        yield Finding(f"no video of another {name}", story.job, (other,))


# The webhook.


@case("hooked.share-url-works", "The shareUrl leads to the video.", cost="paid")
async def share_url_works(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    url = inside(delivery.json(), "data", "shareUrl")
    if not url:
        return
    found, file = await target.fetch(str(url)), await target.file(story)
    if found.answer.status != 200 or found.answer.body != file.answer.body:
        yield Finding("the same video", found.told(), (found,))


@case(
    "hooked.other-success-is-none",
    "An answer of 204 is no receipt: only 200 is.",
    cost="paid",
    own=1,
)
async def other_success_is_none(target: Target) -> AsyncIterator[Finding]:
    gap = target.push.retries[0]
    story = await target.once("204", lambda: tell(target, target.mode, (NO_CONTENT, 200)))
    assert story.hook is not None
    within = SOON + gap * 1.1
    found = await target.deliveries(story.hook, 2, within)
    if not found:
        raise Blocked("nothing was sent")
    if len(found) < 2:
        yield Finding(f"another attempt {gap:g} s after a 204", "none", (story.submitted,))


@case("hooked.metadata-comes-back", "The webhook brings the client's metadata.", cost="paid")
async def metadata_comes_back(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await done(target, "full")
    assert story.hook is not None
    found = await target.deliveries(story.hook, 1, SOON)
    if not found:
        raise Blocked("nothing was sent")
    told = found[0].json()
    if inside(told, "event") == "video.completed":
        return
    there = inside(told, "data", "metadata") or inside(told, "metadata") or {}
    for name, value in story.body["metadata"].items():
        if there.get(name) != value:
            yield Finding(f"{name} {value!r}", repr(there.get(name)), (story.submitted,))


@case("hooked.durations-are-told", "The webhook has the lengths before and after.", cost="paid")
async def durations_are_told(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    told = inside(delivery.json(), "data", "metadata")
    source = await target.original(story.mode)
    if told is None or source is None:
        return
    added = story.body["targetDuration"]
    for name, wanted in (
        ("originalDuration", source.seconds),
        ("extendedDuration", source.seconds + added),
    ):
        text = str(told.get(name, ""))
        if not text.endswith("s") or abs(_seconds(text) - wanted) > SLACK:
            yield Finding(f"{name} {wanted:g}s", repr(text), (story.submitted,))


def _seconds(text: str) -> float:
    try:
        return float(text.removesuffix("s"))
    except ValueError:
        return -1.0


# What many ask.


def _data(exchange: Exchange) -> dict[str, Json]:
    """What an answer has under data."""
    data = inside(exchange.answer.json(), "data")
    return data if isinstance(data, dict) else {}
