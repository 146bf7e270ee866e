"""LTX: which videos and pictures are taken. Each is one of the judge's own, put up first."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.clips import Recipe, frozen, made
from conformance.dialects import ltx
from conformance.model import Blocked, Finding
from conformance.registry import case
from conformance.stills import padded, picture
from conformance.story import Story, follow, look

if TYPE_CHECKING:
    from conformance.dialects.base import Mode
    from conformance.model import Json, Level
    from conformance.target import Target

RATE = 24
LEAST = 73  # frames
SHORT = Recipe(320, 180, RATE, (LEAST - 1) / RATE, audio=False)
ENOUGH = Recipe(320, 180, RATE, LEAST / RATE, audio=False)
SQUARISH = Recipe(320, 240, RATE, 4.0, audio=False)
UPRIGHT = Recipe(180, 320, RATE, 4.0, audio=False)
LARGE = Recipe(4096, 2304, RATE, LEAST / RATE, audio=False)
LARGEST = Recipe(3840, 2160, RATE, LEAST / RATE, audio=False)
QUICK = Recipe(320, 180, 48, 2.0, audio=False)
SILENT = Recipe(320, 180, RATE, 4.0, audio=False)
MB = 1024 * 1024
GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


async def _refused(
    target: Target, mode: str, field: str, uri: str, why: str
) -> AsyncIterator[Finding]:
    """That a file is not taken: 400 invalid_request_error."""
    async for one in not_taken(target, mode, {f"/{field}": uri}, why):
        yield one


async def not_taken(
    target: Target, mode: str, change: dict[str, Json], why: str
) -> AsyncIterator[Finding]:
    """That a create is refused for a file: 400 invalid_request_error. It is not documented that
    files are looked at so early, so a job that fails of one is only noted."""
    chosen = target.dialect.MODES[mode]
    exchange = await target.create(chosen, change)
    problem = target.dialect.problem(exchange.answer)
    if problem is None:
        failed = await _fails(target, chosen, target.dialect.job_of(exchange.answer))
        actual = "a job that failed" if failed else exchange.told()
        level: Level | None = "note" if failed else None
        yield Finding(f"a refusal of {why}", actual, (exchange,), level)
    elif (problem.status, problem.code) != (400, "invalid_request_error"):
        yield Finding("400 invalid_request_error", f"{problem.status} {problem.code}")


async def _fails(target: Target, mode: Mode, job: str) -> bool:
    """Whether a job comes to a bad end."""
    seen = await look(target, mode, job)
    until = target.now() + target.connection.patience
    while seen.view.state == "running" and target.now() < until:
        await target.wait(target.connection.interval)
        seen = await look(target, mode, job)
    return seen.view.state == "failed"


async def _taken(
    target: Target, mode: str, change: dict[str, Json], what: str
) -> AsyncIterator[Finding]:
    """That a file is taken."""
    exchange = await target.submit(target.dialect.MODES[mode], change)
    if problem := target.dialect.problem(exchange.answer):
        yield Finding(f"{what} accepted", f"{problem.status}: {problem.message}")


async def _odd_video(target: Target, recipe: Recipe, why: str) -> AsyncIterator[Finding]:
    """That a video cannot be extended."""
    uri = await ltx.uploaded(target, recipe.name, frozen(recipe), "video/mp4")
    async for one in _refused(target, "extend", "video_uri", uri, why):
        yield one


async def _good_video(target: Target, recipe: Recipe, what: str) -> AsyncIterator[Finding]:
    """That a video can be extended."""
    uri = await ltx.uploaded(target, recipe.name, frozen(recipe), "video/mp4")
    async for one in _taken(target, "extend", {"/video_uri": uri}, what):
        yield one


@case("ltx.video-of-72-frames", "A video of 72 frames is too short.", cost="free-reject")
async def video_of_72_frames(target: Target) -> AsyncIterator[Finding]:
    async for one in _odd_video(target, SHORT, "72 frames"):
        yield one


@case("ltx.video-of-73-frames", "A video of 73 frames is long enough.", cost="paid", own=1)
async def video_of_73_frames(target: Target) -> AsyncIterator[Finding]:
    async for one in _good_video(target, ENOUGH, "73 frames"):
        yield one


@case("ltx.video-of-4-to-3", "A video of 4:3 is not extended.", cost="free-reject")
async def video_of_4_to_3(target: Target) -> AsyncIterator[Finding]:
    async for one in _odd_video(target, SQUARISH, "4:3"):
        yield one


@case("ltx.video-upright", "A video of 9:16 can be extended.", cost="paid", own=1)
async def video_upright(target: Target) -> AsyncIterator[Finding]:
    async for one in _good_video(target, UPRIGHT, "9:16"):
        yield one


@case("ltx.video-above-4k", "A video above 4K is not extended.", cost="free-reject")
async def video_above_4k(target: Target) -> AsyncIterator[Finding]:
    async for one in _odd_video(target, LARGE, "4096x2304"):
        yield one


@case("ltx.video-of-4k", "A video of 3840x2160 can be extended.", cost="paid", own=1)
async def video_of_4k(target: Target) -> AsyncIterator[Finding]:
    async for one in _good_video(target, LARGEST, "3840x2160"):
        yield one


@case("ltx.video-in-avi", "A video in AVI is not taken.", cost="free-reject")
async def video_in_avi(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, codec="mpeg4", container="avi")
    uri = await ltx.uploaded(target, recipe.name, made(recipe), "video/x-msvideo")
    async for one in _refused(target, "extend", "video_uri", uri, "AVI"):
        yield one


@case("ltx.video-of-mpeg4", "An MP4 with MPEG-4 part 2 is not taken.", cost="free-reject")
async def video_of_mpeg4(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, codec="mpeg4")
    async for one in _refused(
        target, "extend", "video_uri", await ltx.video(target, recipe), "MPEG-4 part 2"
    ):
        yield one


@case("ltx.video-of-h265", "An MP4 with H.265 is taken.", cost="paid", own=1)
async def video_of_h265(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, codec="libx265")
    uri = await ltx.video(target, recipe)
    async for one in _taken(target, "extend", {"/video_uri": uri}, "H.265"):
        yield one


@case("ltx.video-in-mov", "A video in MOV is taken.", cost="paid", own=1)
async def video_in_mov(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, container="mov")
    uri = await ltx.uploaded(target, recipe.name, frozen(recipe), "video/quicktime")
    async for one in _taken(target, "extend", {"/video_uri": uri}, "MOV"):
        yield one


@case("ltx.video-in-mkv", "A video in MKV is taken.", cost="paid", own=1)
async def video_in_mkv(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, container="matroska")
    uri = await ltx.uploaded(target, recipe.name, made(recipe), "video/x-matroska")
    async for one in _taken(target, "extend", {"/video_uri": uri}, "MKV"):
        yield one


@case("ltx.picture-as-video", "A picture is no video.", cost="free-reject")
async def picture_as_video(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.image(target)
    async for one in _refused(target, "extend", "video_uri", uri, "a picture"):
        yield one


@case("ltx.video-as-data", "A video may come as a data URI.", cost="paid", own=1)
async def video_as_data(target: Target) -> AsyncIterator[Finding]:
    data = data_uri("video/mp4", made(ltx.SOURCE))
    async for one in _taken(target, "extend", {"/video_uri": data}, "a data URI"):
        yield one


@case("ltx.silent-video", "The extension of a silent video is silent.", cost="paid", own=1)
async def silent_video(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.video(target, SILENT)
    submitted = await target.submit(change={"/video_uri": uri})
    job = target.dialect.job_of(submitted.answer)
    if not job:
        raise Blocked(f"the silent video was not accepted: {submitted.told()}")
    body = await target.body(target.mode)
    promise = target.mode.promise(body, target.source(SILENT))
    story = Story(target.mode, body, submitted, job, promise)
    await follow(target, story)
    found = await target.probed(story)
    if found.audio:
        yield Finding("no sound", found.audio)


@case("ltx.retake-of-72-frames", "A video of 72 frames has no retake.", cost="free-reject")
async def retake_of_72_frames(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, SHORT.name, frozen(SHORT), "video/mp4")
    async for one in _refused(target, "retake", "video_uri", uri, "72 frames"):
        yield one


@case("ltx.retake-of-4-to-3", "A video of 4:3 can have a retake.", cost="paid", own=1, usd=0.4)
async def retake_of_4_to_3(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, SQUARISH.name, frozen(SQUARISH), "video/mp4")
    async for one in _taken(target, "retake", {"/video_uri": uri}, "4:3"):
        yield one


# Pictures.


@case("ltx.image-as-data", "A picture may come as a data URI.", cost="paid", own=1)
async def image_as_data(target: Target) -> AsyncIterator[Finding]:
    data = data_uri("image/png", picture(320, 180))
    async for one in _taken(target, "image-to-video", {"/image_uri": data}, "a data URI"):
        yield one


@case("ltx.last-frame", "A last frame is taken.", cost="paid", own=1)
async def last_frame(target: Target) -> AsyncIterator[Finding]:
    last = await ltx.image(target, "the-last")
    async for one in _taken(target, "image-to-video", {"/last_frame_uri": last}, "a last frame"):
        yield one


@case("ltx.video-as-image", "A video is no picture.", cost="free-reject")
async def video_as_image(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.video(target)
    async for one in _refused(target, "image-to-video", "image_uri", uri, "a video"):
        yield one


@case("ltx.gif-as-image", "A GIF is not taken.", cost="free-reject")
async def gif_as_image(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, "gif", GIF, "image/gif")
    async for one in _refused(target, "image-to-video", "image_uri", uri, "a GIF"):
        yield one


@case("ltx.image-of-16-mb", "A picture of 16 MB is too large.", cost="free-reject")
async def image_of_16_mb(target: Target) -> AsyncIterator[Finding]:
    content = padded(picture(), 16 * MB)
    uri = await ltx.uploaded(target, "16-mb", content, "image/png")
    async for one in _refused(target, "image-to-video", "image_uri", uri, "16 MB"):
        yield one


def data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
