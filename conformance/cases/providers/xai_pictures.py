"""What xAI makes without a video: of words, pictures and voices."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

from conformance.cases.providers.xai_jobs import (
    done,
    followed,
    inline,
    makes,
    makes_nothing,
    served,
    shown,
    still,
    well,
)
from conformance.cases.providers.xai_kept import stored
from conformance.clips import Recipe
from conformance.model import Finding, Json
from conformance.probe import difference
from conformance.registry import case
from conformance.story import Story
from conformance.target import REMOVED

if TYPE_CHECKING:
    from conformance.target import Target

LIKE = 14.0
OFF = 0.02  # how far a shape may be from the one that was asked for: a share of it
WIDE = Recipe(256, 144, 24, 1.0, audio=False)
SQUARE = Recipe(128, 128, 24, 1.0, audio=False)
NEW = "grok-imagine-video-1.5"
KEYFRAMES = ((12, 0.55, 2), (0, 0.45, 1))  # a picture of a clip, its time, the third that is near
SEEN = 24.0  # how far a frame may be from its keyframe: the two of them are 110 apart
SLACK = 1  # frames by which a keyframe may be beside its time
LENGTHS: tuple[tuple[Mapping[str, Json], int], ...] = (
    ({"/duration": REMOVED, "/seconds": 2}, 2),
    ({"/duration": "3"}, 3),
    ({"/duration": REMOVED, "/seconds": "4"}, 4),
)


@case("xai.sound-off", "generate_audio false makes no sound.", cost="paid", own=1)
async def sound_off(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "generate", {"/generate_audio": False})
    found = await target.probed(story)
    if found.audio:
        yield Finding("no sound", found.audio)


@case("xai.seconds-asked", "seconds and texts are lengths too.", cost="paid", own=3)
async def seconds_asked(target: Target) -> AsyncIterator[Finding]:
    for change, wanted in LENGTHS:
        story = await done(target, "generate", change)
        if (told := shown(story, "/video/duration")) != wanted:
            yield Finding(f"{wanted} s", f"{told} s", (story.submitted, story.end.exchange))


@case("xai.shape-asked", "A generation has the shape that was asked for.", cost="paid", own=1)
async def shape_asked(target: Target) -> AsyncIterator[Finding]:
    found = await target.probed(await stored(target))
    if abs(found.width / found.height - 3 / 4) > OFF:
        yield Finding("a shape of 3:4", f"{found.width} x {found.height}")


# Pictures.


async def _pictured(target: Target) -> Story:
    """A video that begins with a wide picture, for which a tall shape was asked."""

    async def told() -> Story:
        url = inline("image/png", still(WIDE))
        return await done(target, "generate", {"/image": {"url": url}, "/aspect_ratio": "9:16"})

    return await target.once("pictured", told)


@case("xai.image-is-first", "The image is the first frame.", cost="paid", own=1)
async def image_is_first(target: Target) -> AsyncIterator[Finding]:
    found = await target.probed(await _pictured(target))
    off = difference(target.source(WIDE).frames[0], found.frames[0])
    if off > LIKE:
        yield Finding("the image as the first frame", f"they differ by {off:.0f}")


@case("xai.image-gives-shape", "Beside an image aspect_ratio is ignored.", cost="paid", own=1)
async def image_gives_shape(target: Target) -> AsyncIterator[Finding]:
    found = await target.probed(await _pictured(target))
    wanted = WIDE.width / WIDE.height
    if abs(found.width / found.height - wanted) > wanted * OFF:
        yield Finding("the image's shape, 16:9", f"{found.width} x {found.height}")


@case(
    "xai.keyframes-are-shown",
    "Keyframes are seen at their times, moved to the nearest third of a second.",
    cost="paid",
    own=1,
    usd=0.15,
)
async def keyframes_are_shown(target: Target) -> AsyncIterator[Finding]:
    keyframes = [
        {"image": {"url": inline("image/png", still(SQUARE, at=at))}, "timestamp_s": seconds}
        for at, seconds, third in KEYFRAMES
    ]
    change = {"/model": NEW, "/generate_audio": False, "/keyframes": keyframes}
    found = await target.probed(await done(target, "generate", change))
    for at, seconds, third in KEYFRAMES:
        place, picture = round(third * found.rate / 3), target.source(SQUARE).frames[at]
        seen = found.frames[max(0, place - SLACK) : place + SLACK + 1]
        off = min((difference(picture, one) for one in seen), default=255.0)
        if off > SEEN:
            wanted = f"the keyframe of {seconds} s, {third}/3 s into the video"
            yield Finding(wanted, f"pictures that differ by {off:.0f} or more")


@case("xai.image-kinds", "An image is a JPEG, a PNG or a WebP.", cost="paid", own=3)
async def image_kinds(target: Target) -> AsyncIterator[Finding]:
    for kind in ("JPEG", "PNG", "WEBP"):
        url = inline(f"image/{kind.lower()}", still(SQUARE, kind))
        async for one in makes(target, "generate", {"/image": {"url": url}}, f"a {kind}"):
            yield one


@case("xai.image-no-kind", "What is no such image makes no video.", cost="paid", own=1)
async def image_no_kind(target: Target) -> AsyncIterator[Finding]:
    url = inline("image/tiff", still(SQUARE, "TIFF"))
    async for one in makes_nothing(target, "generate", {"/image": {"url": url}}, "a TIFF"):
        yield one


@case("xai.image-by-url", "An image is fetched from its URL.", cost="paid", own=1)
async def image_by_url(target: Target) -> AsyncIterator[Finding]:
    url = served(target, "square.png", still(SQUARE))
    async for one in makes(target, "generate", {"/image": {"url": url}}, "an image's URL"):
        yield one


@case("xai.references-resolution", "With references 1080p is 720p.", cost="paid", own=1)
async def references_resolution(target: Target) -> AsyncIterator[Finding]:
    url = inline("image/png", still(SQUARE))
    change = {"/model": NEW, "/resolution": "1080p", "/reference_images": [{"url": url}]}
    submitted = await target.submit(target.dialect.MODES["generate"], change)
    if target.dialect.problem(submitted.answer):
        return
    found = await target.probed(well(await followed(target, "generate", submitted)))
    if (lines := min(found.width, found.height)) != 720:
        yield Finding("720 lines", f"{lines}")


# Voices.


def _voice(seconds: float) -> str:
    """A quiet WAV of that length, as a data URL."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(b"\x78\x88" * round(seconds * 4_000))
    return inline("audio/wav", out.getvalue())


def _spoken(seconds: float) -> dict[str, Json]:
    return {"/model": NEW, "/reference_audios": [{"url": _voice(seconds)}]}


@case("xai.voice-longest", "A voice of 15 s is taken.", cost="paid", own=1)
async def voice_longest(target: Target) -> AsyncIterator[Finding]:
    async for one in makes(target, "generate", _spoken(15.0), "a voice of 15 s"):
        yield one


@case("xai.voice-too-long", "A voice above 15 s is not taken.", cost="paid", own=1)
async def voice_too_long(target: Target) -> AsyncIterator[Finding]:
    async for one in makes_nothing(target, "generate", _spoken(15.5), "a voice of 15.5 s"):
        yield one
