"""LTX: which pictures are taken, and where they are in results. Each is the judge's own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, cast

from conformance.cases.providers.ltx_videos import data_uri, refused, taken
from conformance.cases.verify import done
from conformance.dialects import ltx
from conformance.model import Blocked, Finding
from conformance.probe import difference
from conformance.registry import case
from conformance.stills import padded, picture
from conformance.story import Story, follow

if TYPE_CHECKING:
    import av

    from conformance.target import Target

MB = 1024 * 1024
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
MODE = "image-to-video"
STANDING = "audio-to-video-upright"
SOUND = "audio-to-video"
LIKE = 20.0  # a picture and a frame of a video that is made of it
SIDES = 320, 180
LAST = "the-last"


@cache
def coded(codec: str) -> bytes:
    """A grey picture as a coder of single pictures makes it."""
    import av

    coder = cast("av.VideoCodecContext", av.CodecContext.create(codec, "w"))
    coder.width, coder.height = SIDES
    coder.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    coder.framerate = Fraction(1)
    frame = av.VideoFrame(*SIDES, coder.pix_fmt)
    return b"".join(bytes(one) for one in (*coder.encode(frame), *coder.encode()))


@case("ltx.image-as-data", "A picture may come as a data URI.", cost="paid", own=1)
async def image_as_data(target: Target) -> AsyncIterator[Finding]:
    data = data_uri("image/png", picture(320, 180))
    async for one in taken(target, "image-to-video", {"/image_uri": data}, "a data URI"):
        yield one


@case("ltx.last-frame", "A last frame is taken.", cost="paid", own=1)
async def last_frame(target: Target) -> AsyncIterator[Finding]:
    last = await ltx.image(target, LAST)
    async for one in taken(target, "image-to-video", {"/last_frame_uri": last}, "a last frame"):
        yield one


@case("ltx.video-as-image", "A video is no picture.", cost="free-reject")
async def video_as_image(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.video(target)
    async for one in refused(target, "image-to-video", "image_uri", uri, "a video"):
        yield one


@case("ltx.gif-as-image", "A GIF is not taken.", cost="free-reject")
async def gif_as_image(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, "gif", GIF, "image/gif")
    async for one in refused(target, "image-to-video", "image_uri", uri, "a GIF"):
        yield one


@case("ltx.image-of-16-mb", "A picture of 16 MB is too large.", cost="free-reject")
async def image_of_16_mb(target: Target) -> AsyncIterator[Finding]:
    content = padded(picture(), 16 * MB)
    uri = await ltx.uploaded(target, "16-mb", content, "image/png")
    async for one in refused(target, "image-to-video", "image_uri", uri, "16 MB"):
        yield one


@case("ltx.image-of-jpeg", "A JPEG is taken.", cost="paid", own=1)
async def image_of_jpeg(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, "jpeg", coded("mjpeg"), "image/jpeg")
    async for one in taken(target, MODE, {"/image_uri": uri}, "a JPEG"):
        yield one


@case("ltx.image-of-webp", "A WebP is taken.", cost="paid", own=1)
async def image_of_webp(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, "webp", coded("libwebp"), "image/webp")
    async for one in taken(target, MODE, {"/image_uri": uri}, "a WebP"):
        yield one


@case(
    "ltx.image-as-data-of-7-mb",
    "A picture of 7 MB as a data URI is too large.",
    cost="free-reject",
)
async def image_as_data_of_7_mb(target: Target) -> AsyncIterator[Finding]:
    data = data_uri("image/png", padded(picture(), 7 * MB * 3 // 4 + 64))
    exchange = await target.create(target.dialect.MODES[MODE], {"/image_uri": data})
    if target.dialect.problem(exchange.answer) is None:
        yield Finding("a refusal of a data URI of more than 7 MB", exchange.told())


@case("ltx.first-frame-is-first", "The first frame is where a video begins.", cost="paid")
async def first_frame_is_first(target: Target) -> AsyncIterator[Finding]:
    for mode in (MODE, STANDING):
        found = await target.probed(await done(target, mode))
        off = _apart(target, ltx.still("first", *ltx.TALL), found.frames[0])
        if off > LIKE:
            yield Finding("the first frame", f"a picture that differs by {off:.0f}, in {mode}")


@case(
    "ltx.last-frame-is-last",
    "The last frame is where a video ends.",
    cost="paid",
    own=1,
    usd=0.36,
)
async def last_frame_is_last(target: Target) -> AsyncIterator[Finding]:
    mode = target.dialect.MODES[SOUND]
    first, last = await ltx.image(target), await ltx.image(target, LAST)
    submitted = await target.submit(mode, {"/image_uri": first, "/last_frame_uri": last})
    job = target.dialect.job_of(submitted.answer)
    if not job:
        raise Blocked(f"the last frame was not accepted: {submitted.told()}")
    body = await target.body(mode)
    story = Story(mode, body, submitted, job, mode.promise(body, None))
    await follow(target, story)
    found = await target.probed(story)
    off = _apart(target, ltx.still(LAST), found.frames[-1])
    if off > LIKE:
        yield Finding("the last frame", f"a picture that differs by {off:.0f}")


def _apart(target: Target, still: bytes, frame: bytes) -> float:
    """How far a frame is from a picture."""
    return difference(target.connection.door.probe(still).frames[0], frame)
