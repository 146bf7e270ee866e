"""xAI's sources: how long, in what codec and container, where from; and jobs that fail for them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from functools import cache
from typing import TYPE_CHECKING

from conformance.cases.providers.xai_jobs import (
    clip,
    ended,
    finished,
    inline,
    makes,
    makes_nothing,
    served,
    shown,
    small,
)
from conformance.clips import Recipe, made
from conformance.model import Blocked, Finding
from conformance.registry import case
from conformance.story import Story

if TYPE_CHECKING:
    from conformance.target import Target

CODES = (
    "invalid_argument",
    "permission_denied",
    "failed_precondition",
    "service_unavailable",
    "internal_error",
)
WORDS = b"These are words, and no video.\n" * 40
URL = "/video/url"

# How long.


@case("xai.source-shortest", "A source of 2 s can be extended.", cost="paid", own=1)
async def source_shortest(target: Target) -> AsyncIterator[Finding]:
    url = clip(target, small(2.0))
    async for one in makes(target, "extend", {URL: url}, "a source of 2 s"):
        yield one


@case("xai.source-longest", "A source of 15 s can be extended.", cost="paid", own=1)
async def source_longest(target: Target) -> AsyncIterator[Finding]:
    url = clip(target, small(15.0))
    async for one in makes(target, "extend", {URL: url}, "a source of 15 s"):
        yield one


@case("xai.source-too-short", "A source below 2 s is not extended.", cost="paid", own=1)
async def source_too_short(target: Target) -> AsyncIterator[Finding]:
    url = clip(target, small(1.5))
    async for one in makes_nothing(target, "extend", {URL: url}, "a source of 1.5 s"):
        yield one


@case("xai.source-too-long", "A source above 15 s is not extended.", cost="paid", own=1)
async def source_too_long(target: Target) -> AsyncIterator[Finding]:
    url = clip(target, small(15.5))
    async for one in makes_nothing(target, "extend", {URL: url}, "a source of 15.5 s"):
        yield one


@case("xai.edit-source-longest", "A source of 8.5 s can be edited.", cost="paid", own=1, usd=0.57)
async def edit_source_longest(target: Target) -> AsyncIterator[Finding]:
    url = clip(target, small(8.5))
    async for one in makes(target, "edit", {URL: url}, "a source of 8.5 s"):
        yield one


@case(
    "xai.edit-source-too-long", "A source above 8.7 s is not edited.", cost="paid", own=1, usd=0.57
)
async def edit_source_too_long(target: Target) -> AsyncIterator[Finding]:
    url = clip(target, small(9.0))
    async for one in makes_nothing(target, "edit", {URL: url}, "a source of 9 s"):
        yield one


# What it is.


@case("xai.source-not-video", "What is no video is not extended.", cost="paid", own=1)
async def source_not_video(target: Target) -> AsyncIterator[Finding]:
    url = served(target, "words.mp4", WORDS)
    async for one in makes_nothing(target, "extend", {URL: url}, "a text"):
        yield one


@case("xai.source-codec", "A source of an old codec is not extended.", cost="paid", own=1)
async def source_codec(target: Target) -> AsyncIterator[Finding]:
    url = served(target, "mpeg4.mp4", _in_mpeg4(small(3.0)))
    async for one in makes_nothing(target, "extend", {URL: url}, "an MP4 in MPEG-4 Part 2"):
        yield one


@case("xai.edit-source-codec", "A source of an old codec is not edited.", cost="paid", own=1)
async def edit_source_codec(target: Target) -> AsyncIterator[Finding]:
    url = served(target, "mpeg4-to-edit.mp4", _in_mpeg4(small(3.0)))
    async for one in makes_nothing(target, "edit", {URL: url}, "an MP4 in MPEG-4 Part 2"):
        yield one


@case(
    "xai.source-codecs", "H.265 and AV1 are taken, not only H.264.", cost="paid", own=2, each=True
)
async def source_codecs(target: Target, mode: str) -> AsyncIterator[Finding]:
    for what, url in (
        ("H.265", clip(target, small(2.0, "libx265"))),
        ("AV1", served(target, "av1.mp4", _in_av1())),
    ):
        async for one in makes(target, mode, {URL: url}, f"a source in {what}"):
            yield one


@case("xai.source-container", "What is no MP4 makes no video.", cost="paid", own=1, each=True)
async def source_container(target: Target, mode: str) -> AsyncIterator[Finding]:
    body = made(small(2.0, container="matroska"))
    url = served(target, f"to-{mode}.mkv", body)
    async for one in makes_nothing(target, mode, {URL: url}, "a Matroska file"):
        yield one


# Where from.


@case("xai.source-inline", "A source in the request makes a video.", cost="paid", own=1)
async def source_inline(target: Target) -> AsyncIterator[Finding]:
    url = inline("video/mp4", made(small(2.0)))
    async for one in makes(target, "extend", {URL: url}, "a source in the request"):
        yield one


@case("xai.edit-source-inline", "A source in the request can be edited.", cost="paid", own=1)
async def edit_source_inline(target: Target) -> AsyncIterator[Finding]:
    url = inline("video/mp4", made(small(2.0)))
    async for one in makes(target, "edit", {URL: url}, "a source in the request"):
        yield one


@case("xai.chained", "A finished video's URL is taken as a source.", cost="paid", own=1)
async def chained(target: Target) -> AsyncIterator[Finding]:
    first = await finished(target)
    if not first.url:
        raise Blocked("the job shows no address of its video")
    async for one in makes(target, "extend", {URL: first.url}, "a finished video"):
        yield one


# Jobs that fail.


async def _failed(target: Target, mode: str) -> Story:
    """A job whose source is not there. Blocked when it was refused at once, or did not fail."""

    async def told() -> Story:
        url = target.nowhere()
        field = "/image" if mode == "generate" else "/video"
        return await ended(target, mode, {field: {"url": url}})

    story = await target.once(("failed", mode), told)
    if story.end.view.state != "failed":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    return story


@case("xai.failed-tells-why", "A failed job shows its code and message.", cost="paid", own=1)
async def failed_tells_why(target: Target) -> AsyncIterator[Finding]:
    story = await _failed(target, "extend")
    if story.end.exchange.answer.status != 200:
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    code, message = shown(story, "/error/code"), shown(story, "/error/message")
    if code not in CODES or not message:
        yield Finding("an error with a code and a message", f"{code!r} and {message!r}")
    if shown(story, "/video") is not None:
        yield Finding("no video", "one", (story.end.exchange,))


@case("xai.failed-status", "A failed job is a 200 that says so.", cost="paid", own=1, each=True)
async def failed_status(target: Target, mode: str) -> AsyncIterator[Finding]:
    end = (await _failed(target, mode)).end
    if end.exchange.answer.status != 200 or end.view.word != "failed":
        yield Finding("200 and failed", end.exchange.told(), (end.exchange,))


@case("xai.failed-shows-no-more", "A failed job has no progress or model.", cost="paid", own=1)
async def failed_shows_no_more(target: Target) -> AsyncIterator[Finding]:
    story = await _failed(target, "extend")
    if story.end.exchange.answer.status != 200:
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    for name in ("progress", "model"):
        if (told := shown(story, f"/{name}")) is not None:
            yield Finding(f"no {name}", repr(told), (story.end.exchange,))


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


def _in_av1() -> bytes:
    """A clip in AV1."""
    return made(small(2.0, "libsvtav1"))
