"""What Hooked's webhook tells, in whichever of its three bodies, and when it comes again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.cases.limits import BEYOND, WITHIN
from conformance.cases.providers.hooked_list import data_of
from conformance.cases.verify import done, inside
from conformance.cases.webhook import FAILED, SHARE, SOON, asked, attempts, most, received
from conformance.dialects.hooked import LIVES, STATES
from conformance.model import Blocked, Disabled, Finding
from conformance.registry import case
from conformance.story import RECEIVED

if TYPE_CHECKING:
    from conformance.model import Json, Level
    from conformance.target import Target

NO_CONTENT = 204
OFF = 0.15  # seconds
RATIO_OFF = 0.02


@case("hooked.share-url-works", "The shareUrl leads to the video.", cost="paid")
async def share_url_works(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    url = inside(delivery.json(), "data", "shareUrl")
    if not url:
        return
    found, file = await target.fetch(str(url)), await target.file(story)
    if found.answer.status != 200 or found.answer.body != file.answer.body:
        yield Finding("the same video", found.told(), (found,))


@case("hooked.notice-agrees", "All that the webhook says of the end is the same.", cost="paid")
async def notice_agrees(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    told = _states(delivery.json())
    if len({STATES.get(one.upper(), one) for one in told}) > 1:
        yield Finding("one state", " and ".join(told), (story.submitted,))


@case("hooked.notice-names-the-project", "The webhook names the project.", cost="paid")
async def notice_names_the_project(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    body = delivery.json()
    wanted = data_of(story.submitted).get("projectId")
    if not wanted or str(inside(body, "event")).startswith("video."):
        return
    found = inside(body, "data", "metadata", "projectId") or inside(body, "projectId")
    if not found:
        raise Blocked("the webhook names no project")
    if found != wanted:
        yield Finding(f"the project {wanted}", repr(found), (story.submitted,))


@case("hooked.notice-measures", "The general body tells what the file is.", cost="paid")
async def notice_measures(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    video = inside(delivery.json(), "video")
    if not isinstance(video, dict):
        return
    found = await target.probed(story)
    if abs(_number(video.get("duration")) - found.seconds) > OFF:
        yield Finding(f"duration {found.seconds:g}", repr(video.get("duration")))
    if video.get("resolution") != f"{found.width}x{found.height}":
        yield Finding(f"{found.width}x{found.height}", f"resolution {video.get('resolution')!r}")
    wide, _, high = str(video.get("aspectRatio")).partition(":")
    told = _number(wide) / (_number(high) or 1.0)
    if abs(told * found.height / found.width - 1) > RATIO_OFF:
        yield Finding("the file's own ratio", f"aspectRatio {video.get('aspectRatio')!r}")
    picture = await target.fetch(str(video.get("thumbnail")))
    if picture.answer.status != 200:
        yield Finding("a thumbnail", picture.told(), (picture,))


@case(
    "hooked.other-success-is-none",
    "An answer of 204 is no receipt: only 200 is.",
    cost="paid",
    own=1,
)
async def other_success_is_none(target: Target) -> AsyncIterator[Finding]:
    gap = target.push.retries[0]
    story = await asked(target, (NO_CONTENT, RECEIVED))
    found = await attempts(target, story, 2, SOON + most(gap))
    if not found:
        raise Blocked("nothing was sent")
    if len(found) < 2:
        yield Finding(f"another attempt {gap:g} s after a 204", "none", (story.submitted,))


@case(
    "hooked.retries-by-the-minute",
    "Retries come after 1, 5 and 15 minutes, counted from the first attempt or the last.",
    cost="paid",
    own=1,
)
async def retries_by_the_minute(target: Target) -> AsyncIterator[Finding]:
    gaps = target.push.retries
    if sum(gaps) > target.connection.patience:
        raise Disabled(f"retries take {sum(gaps):,.0f} s, longer than the run is patient")
    story = await asked(target, (FAILED,))
    found = await attempts(target, story, 1 + len(gaps), SOON + sum(map(most, gaps)))
    if len(found) < 2:
        raise Blocked("nothing was sent again")
    for nth, gap in enumerate(gaps, 1):
        wanted = f"retry {nth} after {gap:g} s"
        if nth >= len(found):
            yield Finding(wanted, "none", (story.submitted,))
            return
        waits = [found[nth].at - found[since].at for since in (nth - 1, 0)]
        if not any(gap * (1 - SHARE) <= one <= most(gap) for one in waits):
            yield Finding(wanted, f"after {waits[0]:.1f} s", (story.submitted,))


@case("hooked.metadata-comes-back", "The webhook brings the client's metadata.", cost="paid")
async def metadata_comes_back(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await done(target, "full")
    assert story.hook is not None
    found = await target.deliveries(story.hook, 1, SOON)
    if not found:
        raise Blocked("nothing was sent")
    told = found[0].json()
    if inside(told, "event") == "video.completed":
        return
    there = inside(told, "data", "metadata") or inside(told, "metadata") or {}
    for name, value in story.body["metadata"].items():
        if there.get(name) != value:
            yield Finding(f"{name} {value!r}", repr(there.get(name)), (story.submitted,))


@case("hooked.durations-are-told", "The webhook has the lengths before and after.", cost="paid")
async def durations_are_told(target: Target) -> AsyncIterator[Finding]:
    story, delivery = await received(target)
    told = inside(delivery.json(), "data", "metadata")
    source = await target.original(story.mode)
    if told is None or source is None:
        return
    for name, wanted in (
        ("originalDuration", source.seconds),
        ("extendedDuration", story.promise.seconds or 0.0),
    ):
        text = str(told.get(name, ""))
        if not text.endswith("s") or abs(_number(text.removesuffix("s")) - wanted) > OFF:
            yield Finding(f"{name} {wanted:g}s", repr(text), (story.submitted,))


@case(
    "hooked.url-kept",
    "The address in the webhook works for seven days; that of the details is taken to do so.",
    cost="paid",
    own=1,
    leaps=True,
)
async def url_kept(target: Target) -> AsyncIterator[Finding]:
    addresses = await _addresses(target)
    for url in addresses:
        if (first := await target.fetch(url)).answer.status != 200:
            raise Blocked(f"the address does not even work at first: {first.told()}")
    await target.leap(LIVES["url"] * WITHIN)
    for url, level in addresses.items():
        exchange = await target.fetch(url)
        if exchange.answer.status != 200:
            yield Finding("the video at its address", exchange.told(), (exchange,), level)


@case(
    "hooked.url-gone",
    "The address in the webhook expires after seven days; that of the details is taken to do so.",
    cost="paid",
    own=1,
    leaps=True,
)
async def url_gone(target: Target) -> AsyncIterator[Finding]:
    addresses = await _addresses(target)
    await target.leap(LIVES["url"] * BEYOND)
    for url, level in addresses.items():
        exchange = await target.fetch(url)
        if exchange.answer.status == 200:
            yield Finding("an address that has expired", exchange.told(), (exchange,), level)


async def _addresses(target: Target) -> dict[str, Level]:
    """Where a finished video is, and how strictly its life there is told: of the webhook's address
    it is documented. Where both are one, that counts."""
    story, delivery = await received(target)
    if not (url := target.push.read(delivery).url):
        raise Blocked("the webhook tells no address")
    return {story.url: "note", url: "must"} if story.url else {url: "must"}


def _states(body: Json) -> list[str]:
    """The state of the end, wherever a body has it."""
    event = str(inside(body, "event") or "").rpartition(".")[2]
    found = (inside(body, "status"), inside(body, "data", "status"), event)
    return [str(one) for one in found if one]


def _number(told: Json) -> float:
    try:
        return float(told)
    except (TypeError, ValueError):
        return -1.0
