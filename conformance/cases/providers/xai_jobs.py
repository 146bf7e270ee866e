"""Jobs of xAI's own cases: started, followed to their end, read. What they are made of is put up
here too."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncIterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from conformance.clips import Recipe, made
from conformance.exchange import Exchange
from conformance.model import Blocked, Disabled, Finding, Json
from conformance.story import Story, follow

if TYPE_CHECKING:
    from conformance.target import Target


async def ended(target: Target, mode: str, change: Mapping[str, Json]) -> Story:
    """A job of one's own, followed to its end. Blocked when it was not accepted."""
    submitted = await target.submit(target.dialect.MODES[mode], change)
    return await followed(target, mode, submitted)


async def done(target: Target, mode: str, change: Mapping[str, Json]) -> Story:
    """The same, when it ended well. Blocked when it did not."""
    return well(await ended(target, mode, change))


def well(story: Story) -> Story:
    """A job that ended well. Blocked when it did not."""
    if story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}: {story.end.view.error}")
    return story


async def followed(target: Target, mode: str, submitted: Exchange) -> Story:
    """A job that was started, followed to its end. Blocked when it was not accepted."""
    chosen, job = target.dialect.MODES[mode], target.dialect.job_of(submitted.answer)
    if not job:
        raise Blocked(f"it was not accepted: {submitted.told()}")
    body = await target.body(chosen)
    promise = chosen.promise(body, await target.original(chosen))
    story = Story(chosen, body, submitted, job, promise)
    await follow(target, story)
    return story


async def finished(target: Target) -> Story:
    """The shared extension. Blocked when it did not end well."""
    return well(await target.story())


async def makes(
    target: Target, mode: str, change: Mapping[str, Json], what: str
) -> AsyncIterator[Finding]:
    """That a create with that makes a video."""
    submitted = await target.submit(target.dialect.MODES[mode], change)
    if problem := target.dialect.problem(submitted.answer):
        actual = f"{problem.status}: {problem.message}"
        yield Finding(f"a job with {what}", actual, (submitted,))
        return
    story = await followed(target, mode, submitted)
    if story.end.view.state != "done":
        actual = f"{story.end.view.word}: {story.end.view.error}"
        yield Finding(f"a video from {what}", actual, (story.end.exchange,))


async def makes_nothing(
    target: Target, mode: str, change: Mapping[str, Json], what: str
) -> AsyncIterator[Finding]:
    """That a create with that is refused at once, or its job fails."""
    submitted = await target.submit(target.dialect.MODES[mode], change)
    if target.dialect.problem(submitted.answer):
        return
    story = await followed(target, mode, submitted)
    if story.end.view.state == "done":
        yield Finding(f"no video from {what}", "done", (submitted, story.end.exchange))


def shown(story: Story, pointer: str) -> Json:
    """A member of a job's last poll; None where there is none."""
    place = story.end.exchange.answer.json()
    for step in pointer.split("/")[1:]:
        place = place.get(step) if isinstance(place, dict) else None
    return place


def small(seconds: float, codec: str = "libx264", container: str = "mp4") -> Recipe:
    """A silent clip that is quick to make."""
    return Recipe(128, 96, 8, seconds, audio=False, codec=codec, container=container)


def served(target: Target, name: str, body: bytes) -> str:
    """The URL of a file of the judge's own. Disabled where the target cannot fetch it."""
    if target.connection.listener is None:
        raise Disabled("the target cannot fetch clips from the judge: give --callback-url")
    return target.connection.listener.put(name, body)


def clip(target: Target, recipe: Recipe) -> str:
    """The URL of a clip of the judge's own. Disabled where the target cannot fetch it."""
    return served(target, recipe.name, made(recipe))


def inline(kind: str, body: bytes) -> str:
    """A file as a data URL."""
    return f"data:{kind};base64,{base64.b64encode(body).decode()}"


def still(recipe: Recipe, format: str = "PNG", *, at: int = 0) -> bytes:
    """One picture of a clip, by default the first."""
    import av

    with av.open(io.BytesIO(made(recipe)), "r") as container:
        frame = next(islice(container.decode(video=0), at, None))
        out = io.BytesIO()
        frame.to_image().save(out, format)  # type: ignore[no-untyped-call]
    return out.getvalue()
