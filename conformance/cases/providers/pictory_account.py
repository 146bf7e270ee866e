"""What Pictory alone has around its jobs: lists, quota, ledger and uploads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.cases.limits import BEYOND, WITHIN
from conformance.cases.verify import done, inside, refused
from conformance.clips import made
from conformance.dialects.pictory import MODES, ROOT, SOURCE
from conformance.exchange import Ask, post
from conformance.model import Blocked, Finding
from conformance.registry import case
from conformance.story import Story, tell

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.target import Target

PAGE = 100
MP4 = "video/mp4"
DAY = 86_400.0
MONTH, YEAR = 31 * DAY, 365 * DAY
SOURCES = {"firstFrameImageUrl", "referenceImageUrls", "extendVideoUrl"}
SHARED = (
    "width",
    "height",
    "duration",
    "previewImageUrl",
    "thumbnailImageUrl",
    "lastFrameImageUrl",
)
"""What an item of the list and the poll have in common, next to the address that joins them."""
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


# Lists and the account.


@case("pictory.video-list", "The list of videos has the finished one.", cost="paid")
async def video_list(target: Target) -> AsyncIterator[Finding]:
    async for one in _listed(target, "aistudio/videos", "list_videos", await done(target)):
        yield one


@case(
    "pictory.video-list-shows-what-was-sent",
    "An item of the list has what was sent, and no source that was not.",
    cost="paid",
)
async def video_list_shows_what_was_sent(target: Target) -> AsyncIterator[Finding]:
    stories = [await done(target, mode) for mode in ("extend", "frame", "references")]
    exchange = await target.call(Ask("GET", f"{ROOT}/aistudio/videos"))
    for story in stories:
        item = _item(exchange, story)
        for name, value in story.body.items():
            if item.get(name) != value:
                yield Finding(f"{name} {value!r}", repr(item.get(name)), (exchange,))
        for name in (SOURCES & set(item)) - set(story.body):
            yield Finding(f"no {name}, as none was sent", repr(item[name]), (exchange,))


@case("pictory.video-list-agrees", "An item of the list tells what the poll tells.", cost="paid")
async def video_list_agrees(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    exchange = await target.call(Ask("GET", f"{ROOT}/aistudio/videos"))
    item, data = _item(exchange, story), inside(story.end.exchange.answer.json(), "data")
    for name in SHARED:
        if item.get(name) != inside(data, name):
            yield Finding(f"{name} {inside(data, name)!r}", repr(item.get(name)), (exchange,))
    if not MILLISECONDS.fullmatch(str(item.get("createdDate"))):
        actual = repr(item.get("createdDate"))
        yield Finding("createdDate in UTC, with milliseconds", actual, (exchange,))


@case("pictory.video-list-ends", "The last page of videos names no next one.", cost="paid")
async def video_list_ends(target: Target) -> AsyncIterator[Finding]:
    await done(target)
    seen: set[str] = set()
    key = ""
    for _ in range(PAGE):
        exchange = await target.call(Ask("GET", f"{ROOT}/aistudio/videos{key}"))
        told = exchange.answer.json()
        if "nextPageKey" not in (told or {}):
            return
        after = told["nextPageKey"]
        if not after or after in seen:
            yield Finding("no nextPageKey on the last page", repr(after), (exchange,))
            return
        seen.add(after)
        key = f"?nextPageKey={quote(after, safe='')}"


@case("pictory.empty-list", "Who has made nothing gets an empty list.", cost="free-read")
async def empty_list(target: Target) -> AsyncIterator[Finding]:
    ask = Ask("GET", f"{ROOT}/aistudio/videos")
    exchange = await target.call(ask, key=target.other_key)
    if items := inside(exchange.answer.json(), "items"):
        raise Blocked(f"the other account has {len(items)} videos")
    if exchange.answer.status != 200 or items != []:
        yield Finding("an empty list", exchange.told(), (exchange,))


@case("pictory.image-list", "The list of images has the finished one.", cost="paid")
async def image_list(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "image")
    async for one in _listed(target, "aistudio/images", "list_images", story):
        yield one


@case("pictory.job-list", "The list of jobs has the job, with its state.", cost="paid")
async def job_list(target: Target) -> AsyncIterator[Finding]:
    stories = [await done(target), await done(target, "image")]
    items: list[Json] = []
    async for exchange in _job_pages(target):
        if breach := target.contract.breach("list_jobs", exchange):
            yield Finding("a list as the contract has it", breach, (exchange,))
            return
        items += exchange.answer.json()["items"]
    states = {one["data"]["jobId"]: one["data"]["status"] for one in items}
    for story in stories:
        if states.get(story.job) != story.end.view.word:
            yield Finding(f"{story.job} as {story.end.view.word}", repr(states.get(story.job)))


@case("pictory.job-list-newest-first", "The list of jobs begins with the newest.", cost="paid")
async def job_list_newest_first(target: Target) -> AsyncIterator[Finding]:
    stories = [await done(target), await done(target, "image")]
    newest = sorted(stories, key=lambda one: one.submitted.number, reverse=True)
    ids: list[Json] = []
    async for exchange in _job_pages(target):
        ids += [inside(one, "data", "jobId") for one in inside(exchange.answer.json(), "items")]
    found = [one for one in ids if one in {story.job for story in stories}]
    if len(found) != len(stories):
        raise Blocked("the list has not both jobs")
    if found != [story.job for story in newest]:
        yield Finding("the job that was made last first", "the other way round")


async def _job_pages(target: Target) -> AsyncIterator[Exchange]:
    """The pages of the list of jobs."""
    key = ""
    for _ in range(PAGE):
        exchange = await target.call(Ask("GET", f"{ROOT}/jobs{key}"))
        yield exchange
        if not (after := inside(exchange.answer.json(), "nextPageKey")):
            return
        key = f"?nextPageKey={quote(after, safe='')}"


@case("pictory.quota", "The quota keeps its schema.", cost="free-read")
async def quota(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", f"{ROOT}/quota"))
    if breach := target.contract.breach("get_quota", exchange):
        yield Finding("used and limit of four quotas", breach)


@case("pictory.usage", "The ledger is a list, newest first.", cost="paid")
async def usage(target: Target) -> AsyncIterator[Finding]:
    await done(target)
    exchange = await target.call(Ask("GET", f"{ROOT}/aicredits/usage"))
    if breach := target.contract.breach("get_credit_usage", exchange):
        yield Finding("a bare list of transactions", breach)
        return
    dates = [one["transactionDate"] for one in exchange.answer.json()]
    if dates != sorted(dates, reverse=True):
        yield Finding("the newest first", ", ".join(dates[:5]))


@case("pictory.usage-of-a-year", "A year without a month is refused.", cost="free-read")
async def usage_of_a_year(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.call(Ask("GET", f"{ROOT}/aicredits/usage?year=2026"))
    problem = target.dialect.problem(exchange.answer)
    if problem is None or (problem.status, problem.code) != (400, "INVALID_REQUEST"):
        actual = f"{problem.status} {problem.code}" if problem else exchange.told()
        yield Finding("400 INVALID_REQUEST", actual)


@case("pictory.usage-of-a-month", "The ledger of a month has that month alone.", cost="paid")
async def usage_of_a_month(target: Target) -> AsyncIterator[Finding]:
    await done(target)
    rows = await _ledger(target)
    if not rows:
        raise Blocked("the ledger is empty")
    year, month = map(int, str(inside(rows[0], "transactionDate"))[:7].split("-"))
    own = await _ledger(target, f"?year={year}&month={month}")
    if rows[0] not in own:
        yield Finding(f"the transaction of {year}-{month:02}", f"{len(own)} others")
    year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    before = await _ledger(target, f"?year={year}&month={month}")
    dates = [str(inside(one, "transactionDate")) for one in before]
    if not all(one.startswith(f"{year}-{month:02}") for one in dates):
        yield Finding(f"transactions of {year}-{month:02}", ", ".join(dates[:5]))


@case(
    "pictory.usage-kept",
    "The ledger has what was used in the last twelve months.",
    cost="paid",
    own=1,
    leaps=True,
)
async def usage_kept(target: Target) -> AsyncIterator[Finding]:
    used = await _used(target)
    await target.leap(YEAR * WITHIN)
    if used not in await _ledger(target):
        yield Finding(f"the transaction {used}", "it is gone")


@case(
    "pictory.usage-gone",
    "The ledger has nothing that is older than twelve months.",
    cost="paid",
    own=1,
    leaps=True,
)
async def usage_gone(target: Target) -> AsyncIterator[Finding]:
    used = await _used(target)
    await target.leap(YEAR + MONTH)
    if used in await _ledger(target):
        yield Finding("no transaction of thirteen months ago", f"{used}")


async def _used(target: Target) -> Json:
    """The newest transaction, after a job. Blocked when there is none."""
    await done(target)
    if not (rows := await _ledger(target)):
        raise Blocked("the ledger is empty")
    return rows[0]


async def _ledger(target: Target, query: str = "") -> list[Json]:
    """The transactions. Blocked when they are no list."""
    exchange = await target.call(Ask("GET", f"{ROOT}/aicredits/usage{query}"))
    rows = exchange.answer.json()
    if exchange.answer.status != 200 or not isinstance(rows, list):
        raise Blocked(f"there is no ledger: {exchange.told()}")
    return rows


# Uploads.


@case("pictory.upload", "A file that was put is at its address.", cost="free-read")
async def upload(target: Target) -> AsyncIterator[Finding]:
    exchange = await _ticket(target)
    if breach := target.contract.breach("create_upload", exchange):
        yield Finding("a signed URL, an address and a key", breach)
        return
    data, body = exchange.answer.json()["data"], made(SOURCE)
    put = await _put(target, data["signedUrl"])
    if put.answer.status != 200:
        yield Finding("200 for the file", put.told(), (put,))
        return
    found = await target.fetch(data["url"])
    if found.answer.status != 200 or found.answer.body != body:
        yield Finding("the file at its address", found.told(), (found,))


@case("pictory.upload-of-another-type", "Another type than announced fails.", cost="free-reject")
async def upload_of_another_type(target: Target) -> AsyncIterator[Finding]:
    url = _signed(await _ticket(target))
    ask = Ask("PUT", url, {"content-type": "video/quicktime"}, made(SOURCE))
    exchange = await target.call(ask, key=None)
    if exchange.answer.status < 400:
        yield Finding("a refusal of another Content-Type", exchange.told())


@case("pictory.upload-needs-both-names", "A file has a name and a type.", cost="free-reject")
async def upload_needs_both_names(target: Target) -> AsyncIterator[Finding]:
    for body in ({"fileName": "a.mp4"}, {"contentType": MP4}, {}):
        exchange = await target.call(post(f"{ROOT}/media/generateurl", body))
        for one in refused(target, exchange, "empty"):
            yield one


@case(
    "pictory.signed-url-kept", "A signed URL takes a PUT for a day.", cost="free-read", leaps=True
)
async def signed_url_kept(target: Target) -> AsyncIterator[Finding]:
    put = await _put_late(target, WITHIN)
    if put.answer.status >= 400:
        yield Finding("a file that is taken", put.told(), (put,))


@case(
    "pictory.signed-url-gone",
    "A signed URL takes no PUT after a day.",
    cost="free-reject",
    leaps=True,
)
async def signed_url_gone(target: Target) -> AsyncIterator[Finding]:
    put = await _put_late(target, BEYOND)
    if put.answer.status < 400:
        yield Finding("a refusal after a day", put.told(), (put,))


@case("pictory.upload-stays", "The address of an upload is for good.", cost="free-read", leaps=True)
async def upload_stays(target: Target) -> AsyncIterator[Finding]:
    exchange = await _ticket(target)
    if (put := await _put(target, _signed(exchange))).answer.status != 200:
        raise Blocked(f"the file was not taken: {put.told()}")
    url = str(inside(exchange.answer.json(), "data", "url"))
    if (first := await target.fetch(url)).answer.status != 200:
        raise Blocked(f"the file is not even there at first: {first.told()}")
    await target.leap(YEAR)
    found = await target.fetch(url)
    if found.answer.status != 200 or found.answer.body != first.answer.body:
        yield Finding("the file a year later", found.told(), (found,))


@case("pictory.extends-an-upload", "An upload can be extended.", cost="paid", own=1)
async def extends_an_upload(target: Target) -> AsyncIterator[Finding]:
    exchange = await _ticket(target)
    if (put := await _put(target, _signed(exchange))).answer.status != 200:
        raise Blocked(f"the file was not taken: {put.told()}")
    url = exchange.answer.json()["data"]["url"]
    mode = MODES["extend"]

    async def body(target: Target) -> Json:
        return {**await mode.body(target), "extendVideoUrl": url}

    end = (await tell(target, replace(mode, name="uploaded", body=body))).end
    if end.view.state != "done":
        yield Finding("done", f"{end.view.word}: {end.view.error}", (end.exchange,))


async def _ticket(target: Target) -> Exchange:
    body = {"fileName": "clip.mp4", "contentType": MP4}
    return await target.call(post(f"{ROOT}/media/generateurl", body))


async def _put(target: Target, url: str) -> Exchange:
    return await target.call(Ask("PUT", url, {"content-type": MP4}, made(SOURCE)), key=None)


async def _put_late(target: Target, part: float) -> Exchange:
    """A file put to a signed URL when so much of its life has passed."""
    url = _signed(await _ticket(target))
    await target.leap(DAY * part)
    return await _put(target, url)


def _signed(exchange: Exchange) -> str:
    """The signed URL of a ticket. Blocked when there is none."""
    url = inside(exchange.answer.json(), "data", "signedUrl")
    if not url:
        raise Blocked(f"there is no signed URL: {exchange.told()}")
    return str(url)


async def _listed(
    target: Target, path: str, operation: str, story: Story
) -> AsyncIterator[Finding]:
    """That a list keeps its schema, has a finished job's item, and begins with the newest."""
    exchange = await target.call(Ask("GET", f"{ROOT}/{path}"))
    if breach := target.contract.breach(operation, exchange):
        yield Finding("a list as the contract has it", breach, (exchange,))
        return
    items = exchange.answer.json()["items"]
    if story.url not in [one["url"] for one in items]:
        yield Finding(f"an item with {story.url}", f"{len(items)} others", (exchange,))
    dates = [one["createdDate"] for one in items]
    if any(one < other for one, other in pairwise(dates)):
        yield Finding("the newest first", ", ".join(dates[:5]), (exchange,))


def _item(exchange: Exchange, story: Story) -> dict[str, Json]:
    """The item of a finished job. Blocked when it is not on the page."""
    for one in inside(exchange.answer.json(), "items") or []:
        if inside(one, "url") == story.url:
            found: dict[str, Json] = one
            return found
    raise Blocked("the list has no item of the job")
