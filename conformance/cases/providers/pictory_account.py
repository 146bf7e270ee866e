"""What Pictory alone has around its jobs: lists, quota, ledger and uploads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

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
    story = await done(target)
    exchange = await target.call(Ask("GET", f"{ROOT}/aistudio/videos"))
    item = _item(exchange, story)
    for name, value in story.body.items():
        if item.get(name) != value:
            yield Finding(f"{name} {value!r}", repr(item.get(name)), (exchange,))
    for name in {"firstFrameImageUrl", "referenceImageUrls"} & set(item):
        yield Finding(f"no {name}, as none was sent", repr(item[name]), (exchange,))


@case("pictory.image-list", "The list of images has the finished one.", cost="paid")
async def image_list(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "image")
    async for one in _listed(target, "aistudio/images", "list_images", story):
        yield one


@case("pictory.job-list", "The list of jobs has the job, with its state.", cost="paid")
async def job_list(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    items: list[Json] = []
    key, exchange = "", None
    for _ in range(PAGE):
        exchange = await target.call(Ask("GET", f"{ROOT}/jobs{key}"))
        if breach := target.contract.breach("list_jobs", exchange):
            yield Finding("a list as the contract has it", breach, (exchange,))
            return
        told = exchange.answer.json()
        items += told["items"]
        if not (after := told.get("nextPageKey")):
            break
        key = f"?nextPageKey={after}"
    states = {one["data"]["jobId"]: one["data"]["status"] for one in items}
    if states.get(story.job) != story.end.view.word:
        yield Finding(f"{story.job} as {story.end.view.word}", repr(states.get(story.job)))


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


# Uploads.


@case("pictory.upload", "A file that was put is at its address.", cost="free-read")
async def upload(target: Target) -> AsyncIterator[Finding]:
    exchange = await _ticket(target)
    if breach := target.contract.breach("create_upload", exchange):
        yield Finding("a signed URL, an address and a key", breach)
        return
    data, body = exchange.answer.json()["data"], made(SOURCE)
    put = await target.call(Ask("PUT", data["signedUrl"], {"content-type": MP4}, body), key=None)
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


@case("pictory.extends-an-upload", "An upload can be extended.", cost="paid", own=1)
async def extends_an_upload(target: Target) -> AsyncIterator[Finding]:
    exchange = await _ticket(target)
    ask = Ask("PUT", _signed(exchange), {"content-type": MP4}, made(SOURCE))
    if (put := await target.call(ask, key=None)).answer.status != 200:
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
