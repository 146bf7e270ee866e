"""Pictory's images: what they are made of, what is shown and sent of them, and what they cost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.cases.verify import done, inside
from conformance.cases.webhook import SOON
from conformance.dialects.pictory import MODES
from conformance.model import Blocked, Finding
from conformance.registry import case
from conformance.story import tell

if TYPE_CHECKING:
    from conformance.model import Json
    from conformance.story import Story
    from conformance.target import Target

PER_IMAGE = {"seedream3.0": 2.0, "flux-schnell": 0.6, "nanobanana": 4.0, "nanobanana-pro": 14.0}
DEAREST = 0.28  # US dollars
PNG = b"\x89PNG"


@case("pictory.image-is-a-png", "An image is a PNG of the told size.", cost="paid")
async def image_is_a_png(target: Target) -> AsyncIterator[Finding]:
    story = await done(target, "image")
    exchange = await target.file(story)
    if exchange.answer.media_type != "image/png" or not exchange.answer.body.startswith(PNG):
        actual = f"{exchange.answer.media_type}, {exchange.answer.body[:4]!r}"
        yield Finding("image/png", actual, (exchange,))
        return
    found, data = await target.probed(story), data_of(story)
    told = data.get("width"), data.get("height")
    if told != (found.width, found.height):
        yield Finding(f"{found.width} x {found.height}", f"{told[0]} x {told[1]}", (exchange,))


@case("pictory.image-of-a-reference", "An image is made after another.", cost="paid", own=1)
async def image_of_a_reference(target: Target) -> AsyncIterator[Finding]:
    url = (await done(target)).end.view.urls.get("last-frame")
    if not url:
        raise Blocked("the finished extension names no last frame")
    end = (await _made(target, "after another", {"referenceImageUrl": url})).end
    if end.view.state != "done":
        yield Finding("done", f"{end.view.word}: {end.view.error}", (end.exchange,))


@case("pictory.image-is-told-of", "The webhook of an image gets a POST at its end.", cost="paid")
async def image_is_told_of(target: Target) -> AsyncIterator[Finding]:
    _ = target.push
    story = await done(target, "image")
    assert story.hook is not None
    found = await target.deliveries(story.hook, 1, SOON)
    if not found or found[0].method != "POST":
        actual = f"a {found[0].method}" if found else f"nothing within {SOON:g} s"
        yield Finding("a POST", actual, (story.submitted,))


@case("pictory.credits-of-an-image", "An image uses its model's credits.", cost="paid")
async def credits_of_an_image(target: Target) -> AsyncIterator[Finding]:
    for mode in ("image", "flux"):
        story = await done(target, mode)
        for one in used(story, PER_IMAGE[story.body.get("model", "seedream3.0")]):
            yield one


@case(
    "pictory.credits-of-nanobanana",
    "Nanobanana uses 4 credits an image, its better model 14.",
    cost="paid",
    own=2,
    usd=DEAREST,
)
async def credits_of_nanobanana(target: Target) -> AsyncIterator[Finding]:
    for model in ("nanobanana", "nanobanana-pro"):
        story = await _made(target, model, {"model": model})
        if story.end.view.state != "done":
            raise Blocked(f"the job ended with {story.end.view.word!r}")
        for one in used(story, PER_IMAGE[model]):
            yield one


async def _made(target: Target, name: str, change: Json) -> Story:
    """An image of one's own, with something else in its body."""
    mode = MODES["image"]

    async def body(target: Target) -> Json:
        return {**await mode.body(target), **change}

    return await tell(target, replace(mode, name=name, body=body))


def used(story: Story, credits: float) -> list[Finding]:
    """That a finished job says that it used so many AI credits."""
    told = data_of(story).get("aiCreditsUsed")
    if isinstance(told, int | float) and abs(told - credits) < 1e-6:
        return []
    return [Finding(f"{credits:g} AI credits", repr(told), (story.end.exchange,))]


def data_of(story: Story) -> dict[str, Json]:
    """What the last poll had under data."""
    data = inside(story.end.exchange.answer.json(), "data")
    return data if isinstance(data, dict) else {}
