"""The list of a team's videos at Hooked: filters, pages, items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING

from conformance.cases.verify import done, inside, refused
from conformance.dialects.hooked import LIST
from conformance.exchange import Ask
from conformance.model import Blocked, Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.story import Story
    from conformance.target import Target

MOST, USUAL = 100, 50  # videos of a page
TYPES = (
    "class",
    "ugc_ads",
    "ugc_video",
    "script_to_video",
    "prompt_to_video",
    "hook_demo",
    "product_ads",
    "scenes",
    "add_captions",
    "extend_video",
    "remove_background",
    "tiktok_slideshow",
)
STATUSES = ("draft", "processing", "completed", "failed")
SHARED = ("name", "status", "url", "thumbnail", "durationInFrames", "projectId")
"""What an item of the list and the details have in common."""
WRONG = "not-a-key-of-anybody-0000"


@case("hooked.list-needs-a-key", "The list is for those who have a key.", cost="free-read")
async def list_needs_a_key(target: Target) -> AsyncIterator[Finding]:
    for key, trouble in ((None, "missing-key"), (WRONG, "wrong-key")):
        for one in refused(target, await target.call(Ask("GET", LIST), key=key), trouble):
            yield one


@case("hooked.list", "The list has the video, and says how many there are.", cost="paid")
async def list_(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    exchange = await _page(target)
    if breach := target.contract.breach("listVideos", exchange):
        yield Finding("a list as the contract has it", breach, (exchange,))
        return
    data = data_of(exchange)
    if (data["limit"], data["offset"]) != (USUAL, 0):
        actual = f"limit {data['limit']!r} and offset {data['offset']!r}"
        yield Finding(f"a limit of {USUAL} and an offset of 0", actual, (exchange,))
    if data["total"] < len(data["videos"]):
        actual = f"total {data['total']} and {len(data['videos'])} videos"
        yield Finding("a total of all", actual, (exchange,))
    if data["total"] <= USUAL and story.job not in _ids(exchange):
        yield Finding(f"an item {story.job}", f"{len(data['videos'])} others", (exchange,))


@case("hooked.list-item", "An item tells what the details tell, and the file's size.", cost="paid")
async def list_item(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    exchange = await _page(target)
    items = [one for one in _videos(exchange) if inside(one, "id") == story.job]
    if not items:
        raise Blocked("the list has no item of the video")
    details, size = data_of(story.end.exchange), len((await target.file(story)).answer.body)
    for name, value in {**{name: details.get(name) for name in SHARED}, "size": size}.items():
        if items[0].get(name) != value:
            yield Finding(f"{name} {value!r}", repr(items[0].get(name)), (exchange,))


@case("hooked.list-takes-all-types", "The list takes every documented type.", cost="free-read")
async def list_takes_all_types(target: Target) -> AsyncIterator[Finding]:
    async for one in _taken(target, "type", TYPES):
        yield one


@case("hooked.list-takes-all-statuses", "The list takes every documented status.", cost="free-read")
async def list_takes_all_statuses(target: Target) -> AsyncIterator[Finding]:
    async for one in _taken(target, "status", STATUSES):
        yield one


@case("hooked.list-by-no-such", "A filter that is none lets no video through.", cost="paid")
async def list_by_no_such(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    for query in ("?type=no_such_type", "?status=no_such_status"):
        exchange = await _page(target, query)
        if target.dialect.problem(exchange.answer) is None and story.job in _ids(exchange):
            yield Finding(f"no video for {query}", story.job, (exchange,))


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
    data = data_of(exchange)
    if len(_ids(exchange)) != 1 or data.get("limit") != 1:
        actual = f"{len(_ids(exchange))} videos and limit {data.get('limit')!r}"
        yield Finding("one video and limit 1", actual, (exchange,))


@case("hooked.list-offset", "An offset leaves out the first.", cost="paid", own=1, alone=True)
async def list_offset(target: Target) -> AsyncIterator[Finding]:
    await _two(target)
    whole, rest = await _page(target), await _page(target, "?offset=1")
    if data_of(whole).get("total", 0) > USUAL or len(_ids(whole)) < 2:
        raise Blocked("the list has not between 2 and 50 videos")
    if _ids(rest) != _ids(whole)[1:]:
        yield Finding("all but the first", f"{len(_ids(rest))} of {len(_ids(whole))}", (rest,))


@case("hooked.list-most", "A page has at most 100 videos.", cost="free-read")
async def list_most(target: Target) -> AsyncIterator[Finding]:
    fits = await _page(target, f"?limit={MOST}")
    if problem := target.dialect.problem(fits.answer):
        yield Finding(f"a limit of {MOST} taken", f"{problem.status}: {problem.message}", (fits,))
    above = await _page(target, f"?limit={MOST + 1}")
    if target.dialect.problem(above.answer) is None and data_of(above).get("limit", 0) > MOST:
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


def data_of(exchange: Exchange) -> dict[str, Json]:
    """What an answer has under data."""
    data = inside(exchange.answer.json(), "data")
    return data if isinstance(data, dict) else {}


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
    return [str(one.get("id")) for one in _videos(exchange)]


def _videos(exchange: Exchange) -> list[Json]:
    return data_of(exchange).get("videos") or []


async def _taken(target: Target, name: str, values: Sequence[str]) -> AsyncIterator[Finding]:
    """That the list can be filtered by each of these."""
    for value in values:
        exchange = await _page(target, f"?{name}={value}&limit=1")
        if problem := target.dialect.problem(exchange.answer):
            actual = f"{problem.status}: {problem.message}"
            yield Finding(f"a list of {name} {value}", actual, (exchange,))


def _filtered(story: Story, own: Exchange, other: Exchange, name: str) -> Iterator[Finding]:
    """That a filter lets a video through, and another value of it does not."""
    total = data_of(own).get("total")
    if isinstance(total, int) and total <= USUAL and story.job not in _ids(own):
        yield Finding(f"the video under its {name}", f"{total} others", (own,))
    if story.job in _ids(other):
        yield Finding(f"no video of another {name}", story.job, (other,))
