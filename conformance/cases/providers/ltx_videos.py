"""LTX: which videos are taken. Each is one of the judge's own, put up first."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.clips import Recipe, frozen, made
from conformance.dialects import ltx
from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
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
AVI = Recipe(320, 180, RATE, 4.0, audio=False, container="avi")
MPEG4 = Recipe(320, 180, RATE, 4.0, audio=False, codec="mpeg4")
VP9 = Recipe(320, 180, RATE, 4.0, audio=False, codec="libvpx-vp9")
WEBM = Recipe(320, 180, RATE, 4.0, audio=False, codec="libvpx-vp9", container="webm")
NOWHERE = "https://nowhere.invalid/clip.mp4"
LOOPBACK = "127.0.0.1"


async def refused(
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


async def taken(
    target: Target, mode: str, change: dict[str, Json], what: str
) -> AsyncIterator[Finding]:
    """That a file is taken."""
    exchange = await target.submit(target.dialect.MODES[mode], change)
    if problem := target.dialect.problem(exchange.answer):
        yield Finding(f"{what} accepted", f"{problem.status}: {problem.message}")


async def _odd_video(
    target: Target, recipe: Recipe, why: str, kind: str = "video/mp4"
) -> AsyncIterator[Finding]:
    """That a video cannot be extended."""
    uri = await ltx.uploaded(target, recipe.name, frozen(recipe), kind)
    async for one in refused(target, "extend", "video_uri", uri, why):
        yield one


async def _good_video(target: Target, recipe: Recipe, what: str) -> AsyncIterator[Finding]:
    """That a video can be extended."""
    uri = await ltx.uploaded(target, recipe.name, frozen(recipe), "video/mp4")
    async for one in taken(target, "extend", {"/video_uri": uri}, what):
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
    async for one in _odd_video(target, AVI, "AVI", "video/x-msvideo"):
        yield one


@case("ltx.video-in-webm", "A video in WebM is not taken.", cost="free-reject")
async def video_in_webm(target: Target) -> AsyncIterator[Finding]:
    async for one in _odd_video(target, WEBM, "WebM", "video/webm"):
        yield one


@case("ltx.video-of-mpeg4", "An MP4 with MPEG-4 part 2 is not taken.", cost="free-reject")
async def video_of_mpeg4(target: Target) -> AsyncIterator[Finding]:
    async for one in _odd_video(target, MPEG4, "MPEG-4 part 2"):
        yield one


@case("ltx.video-of-vp9", "An MP4 with VP9 is not taken.", cost="free-reject")
async def video_of_vp9(target: Target) -> AsyncIterator[Finding]:
    async for one in _odd_video(target, VP9, "VP9"):
        yield one


@case("ltx.video-of-h265", "An MP4 with H.265 is taken.", cost="paid", own=1)
async def video_of_h265(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, codec="libx265")
    uri = await ltx.video(target, recipe)
    async for one in taken(target, "extend", {"/video_uri": uri}, "H.265"):
        yield one


@case("ltx.video-in-mov", "A video in MOV is taken.", cost="paid", own=1)
async def video_in_mov(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, container="mov")
    uri = await ltx.uploaded(target, recipe.name, frozen(recipe), "video/quicktime")
    async for one in taken(target, "extend", {"/video_uri": uri}, "MOV"):
        yield one


@case("ltx.video-in-mkv", "A video in MKV is taken.", cost="paid", own=1)
async def video_in_mkv(target: Target) -> AsyncIterator[Finding]:
    recipe = Recipe(320, 180, RATE, 4.0, audio=False, container="matroska")
    uri = await ltx.uploaded(target, recipe.name, made(recipe), "video/x-matroska")
    async for one in taken(target, "extend", {"/video_uri": uri}, "MKV"):
        yield one


@case("ltx.picture-as-video", "A picture is no video.", cost="free-reject")
async def picture_as_video(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.image(target)
    async for one in refused(target, "extend", "video_uri", uri, "a picture"):
        yield one


@case("ltx.video-over-http", "A video is not fetched over HTTP.", cost="free-reject")
async def video_over_http(target: Target) -> AsyncIterator[Finding]:
    url = (await target.clip(ltx.SOURCE)).replace(LOOPBACK, "localhost")
    if not url.startswith("http://"):
        raise Disabled("needs a clip over HTTP: give a --callback-url without TLS")
    async for one in refused(target, "extend", "video_uri", url, "a clip over HTTP"):
        yield one


@case("ltx.video-from-nowhere", "A video that cannot be fetched is refused.", cost="free-reject")
async def video_from_nowhere(target: Target) -> AsyncIterator[Finding]:
    async for one in refused(target, "extend", "video_uri", NOWHERE, "a host that is not there"):
        yield one


@case("ltx.video-as-data", "A video may come as a data URI.", cost="paid", own=1)
async def video_as_data(target: Target) -> AsyncIterator[Finding]:
    data = data_uri("video/mp4", made(ltx.SOURCE))
    async for one in taken(target, "extend", {"/video_uri": data}, "a data URI"):
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
    async for one in refused(target, "retake", "video_uri", uri, "72 frames"):
        yield one


@case("ltx.retake-above-4k", "A video above 4K has no retake.", cost="free-reject")
async def retake_above_4k(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, LARGE.name, frozen(LARGE), "video/mp4")
    async for one in refused(target, "retake", "video_uri", uri, "4096x2304"):
        yield one


@case("ltx.retake-of-4-to-3", "A video of 4:3 can have a retake.", cost="paid", own=1, usd=0.4)
async def retake_of_4_to_3(target: Target) -> AsyncIterator[Finding]:
    uri = await ltx.uploaded(target, SQUARISH.name, frozen(SQUARISH), "video/mp4")
    async for one in taken(target, "retake", {"/video_uri": uri}, "4:3"):
        yield one


def data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
