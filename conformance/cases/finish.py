"""Chapter: the result's address, and how the file is served."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.verify import done
from conformance.model import Blocked, Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.target import Target


@case(
    "finish.has-url", "A job that is done shows the address of its video.", cost="paid", each=True
)
async def has_url(target: Target, mode: str) -> AsyncIterator[Finding]:
    story = await done(target, mode)
    if not story.url:
        yield Finding("an address of the video", "none", (story.end.exchange,))


@case("finish.fetchable", "The video is there, and needs no key.", cost="paid", each=True)
async def fetchable(target: Target, mode: str) -> AsyncIterator[Finding]:
    story = await done(target, mode)
    if not story.url:
        raise Blocked("the job shows no address of its video")
    exchange = await target.once(("file", story.url), lambda: target.fetch(story.url))
    if exchange.answer.status != 200:
        yield Finding("200 without a key", exchange.told(), (exchange,))


@case("finish.content-type", "The video is served as a video.", cost="paid")
async def content_type(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.file(await done(target))
    if exchange.answer.media_type != "video/mp4":
        yield Finding("video/mp4", exchange.answer.media_type or "no content type", (exchange,))


@case("finish.length", "The video is as long as its headers say.", cost="paid")
async def length(target: Target) -> AsyncIterator[Finding]:
    exchange = await target.file(await done(target))
    told = exchange.answer.headers.get("content-length")
    if told is not None and told != str(len(exchange.answer.body)):
        actual = f"{len(exchange.answer.body):,} bytes, and a Content-Length of {told}"
        yield Finding("as many bytes as were promised", actual, (exchange,))


@case("finish.range", "A part of the video can be fetched.", cost="paid")
async def range_(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    whole = (await target.file(story)).answer.body
    part = await target.fetch(story.url, {"range": "bytes=100-299"})
    if part.answer.status != 206:
        yield Finding("206 for a range", part.told(), (part,))
        return
    if part.answer.body != whole[100:300]:
        yield Finding("bytes 100 to 299 of the file", part.told(), (part,))
    wanted, told = f"bytes 100-299/{len(whole)}", part.answer.headers.get("content-range", "none")
    if told != wanted:
        yield Finding(f"Content-Range: {wanted}", told, (part,))


@case("finish.same-file", "The address gives the same file again.", cost="paid")
async def same_file(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    first = (await target.file(story)).answer.body
    again = await target.fetch(story.url)
    if again.answer.status != 200 or again.answer.body != first:
        yield Finding("the same bytes", again.told(), (again,))


@case("finish.all-urls", "Every address that is shown leads somewhere.", cost="paid", each=True)
async def all_urls(target: Target, mode: str) -> AsyncIterator[Finding]:
    story = await done(target, mode)
    for name, url in story.end.view.urls.items():
        if name == "video":
            continue
        exchange = await target.fetch(url)
        if exchange.answer.status != 200 or not exchange.answer.body:
            yield Finding(f"a file at the address of {name}", exchange.told(), (exchange,))


@case("finish.url-stays", "The address does not change from poll to poll.", cost="paid")
async def url_stays(target: Target) -> AsyncIterator[Finding]:
    story = await done(target)
    for seen in story.later:
        if seen.view.state == "done" and seen.view.url != story.url:
            actual = seen.view.url or "none"
            yield Finding(f"{story.url} again", actual, (story.end.exchange, seen.exchange))
