"""Chapter: what the finished file is, seen by decoding it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.model import Blocked, Finding, NotApplicable
from conformance.probe import difference
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.dialects.base import Promise
    from conformance.probe import Probe
    from conformance.target import Target

LIKE = 14.0  # pictures that are the same scene, coded twice and scaled
JUMP = 20.0  # a new part may carry a mark that the source has not
RATE_SLACK = 0.05
SIZE_SLACK = 2
SOUND_SLACK = 0.35
BLEND = 0.6  # seconds around a seam in which both parts may show


@case("media.decodes", "The file is an MP4 that decodes to its end.", cost="paid", each=True)
async def decodes(target: Target, mode: str) -> AsyncIterator[Finding]:
    story = await target.story(mode)
    body = story.file or (await target.file(story)).answer.body
    found = target.connection.door.probe(body)
    if found.trouble:
        yield Finding("a file that decodes", found.trouble)


@case("media.length", "The video is as long as promised.", cost="paid", each=True)
async def length(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    if promise.seconds is None:
        raise NotApplicable("no length is promised")
    if abs(found.seconds - promise.seconds) > promise.slack:
        yield Finding(f"{promise.seconds:.2f} s", f"{found.seconds:.2f} s")


@case("media.size", "The picture is as large as promised.", cost="paid", each=True)
async def size(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    if promise.width is None or promise.height is None:
        raise NotApplicable("no size is promised")
    off = max(abs(found.width - promise.width), abs(found.height - promise.height))
    if off > SIZE_SLACK:
        yield Finding(f"{promise.width} x {promise.height}", f"{found.width} x {found.height}")


@case("media.rate", "The frame rate is as promised.", cost="paid", each=True)
async def rate(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    if promise.rate is None:
        raise NotApplicable("no frame rate is promised")
    if abs(found.rate - promise.rate) > RATE_SLACK:
        yield Finding(f"{promise.rate:g} frames a second", f"{found.rate:g}")


@case("media.audio", "The video has sound where that is promised.", cost="paid", each=True)
async def audio(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    if promise.audio is None:
        raise NotApplicable("neither sound nor silence is promised")
    if not promise.audio and found.audio:
        yield Finding("no sound", found.audio)
    elif promise.audio and not found.audio:
        yield Finding("sound", "none")
    elif promise.audio and abs(found.audio_seconds - found.seconds) > SOUND_SLACK:
        actual = f"{found.audio_seconds:.2f} s of sound, {found.seconds:.2f} s of picture"
        yield Finding("sound as long as the picture", actual)


@case("media.codec", "The video is H.264.", cost="paid", each=True)
async def codec(target: Target, mode: str) -> AsyncIterator[Finding]:
    _, found = await _seen(target, mode)
    if found.codec != "h264":
        yield Finding("h264", found.codec)


@case("media.seam", "Nothing jumps where the new part joins the old.", cost="paid", each=True)
async def seam(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    if not promise.joined or promise.seam is None:
        raise NotApplicable("no seam is promised")
    at = round(promise.seam * found.rate)
    if not 0 < at < len(found.frames):
        raise Blocked(f"the file ends before the seam at {promise.seam:.2f} s")
    jump = difference(found.frames[at - 1], found.frames[at])
    if jump > JUMP:
        yield Finding(
            "a seam without a jump", f"the pictures at {promise.seam:.2f} s differ by {jump:.0f}"
        )


@case("media.keeps-source", "The source is in the file, whole.", cost="paid", each=True)
async def keeps_source(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    story = await target.story(mode)
    source = await target.original(story.mode)
    if not promise.joined or source is None:
        raise NotApplicable("no source is to be in the file, or nobody can look at it")
    start = promise.seam or 0.0 if promise.leads_in else 0.0
    worst, where = 0.0, 0.0
    for second in _moments(source, promise):
        there = _at(found, start + second)
        if there is None:
            yield Finding("the whole source", f"the file ends at {found.seconds:.2f} s")
            return
        off = difference(_at(source, second) or b"", there)
        if off > worst:
            worst, where = off, second
    if worst > LIKE:
        yield Finding("the source's own pictures", f"at {where:.2f} s they differ by {worst:.0f}")


@case("media.continues", "The new part begins where the source ends.", cost="paid", each=True)
async def continues(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    source = await target.original((await target.story(mode)).mode)
    if not promise.continues or source is None:
        raise NotApplicable("the file goes on from nothing that can be looked at")
    off = difference(source.frames[-1], found.frames[0])
    if off > LIKE:
        yield Finding("the source's last picture first", f"they differ by {off:.0f}")


@case("media.moves", "The new part is a moving picture.", cost="paid", each=True)
async def moves(target: Target, mode: str) -> AsyncIterator[Finding]:
    promise, found = await _seen(target, mode)
    at = round((promise.seam or 0.0) * found.rate) if promise.joined else 0
    new = found.frames[:at] if promise.leads_in else found.frames[at:]
    if len(set(new)) <= max(1, len(new) // 4):
        yield Finding("pictures that change", f"{len(set(new))} different ones of {len(new)}")


async def _seen(target: Target, mode: str) -> tuple[Promise, Probe]:
    """What was promised and what was found. Blocked when the file cannot be seen whole."""
    story = await target.story(mode)
    if story.polls and story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    found = await target.probed(story)
    if found.trouble:
        raise Blocked(f"the file cannot be judged: {found.trouble}")
    return story.promise, found


def _moments(source: Probe, promise: Promise) -> list[float]:
    """Times in the source to compare, away from the seam."""
    edge = BLEND + 1 / source.rate
    first, last = (edge, source.seconds) if promise.leads_in else (0.0, source.seconds - edge)
    step = (last - first) / 8
    return [first + step * n for n in range(8)]


def _at(found: Probe, second: float) -> bytes | None:
    """The picture at a time."""
    index = round(second * found.rate)
    return found.frames[index] if index < len(found.frames) else None
