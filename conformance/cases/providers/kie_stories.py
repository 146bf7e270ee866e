"""kie.ai: what its cases read of a task, and tasks of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.dialects import kie
from conformance.model import Blocked
from conformance.story import Story, follow

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.target import Target


def data_of(exchange: Exchange) -> dict[str, Json]:
    """The data of an envelope; empty when it is no object."""
    data = kie.told_of(exchange.answer).get("data")
    return data if isinstance(data, dict) else {}


def record_of(story: Story) -> dict[str, Json]:
    """The record of a task that has ended. Blocked when it is none."""
    record = kie.told_of(story.end.exchange.answer).get("data")
    if not isinstance(record, dict):
        raise Blocked("the last poll shows no record")
    return record


def response_of(story: Story) -> dict[str, Json]:
    """The result in a record. Blocked when there is none."""
    response = record_of(story).get("response")
    if not isinstance(response, dict):
        raise Blocked("the record has no response")
    return response


async def begun(target: Target, mode: str, change: dict[str, Json] | None = None) -> Story:
    """A task of one's own, only just begun. Blocked when it is refused."""
    chosen = target.dialect.MODES[mode]
    submitted = await target.submit(chosen, change)
    job = target.dialect.job_of(submitted.answer)
    if not job:
        raise Blocked(f"the {mode} was not accepted: {submitted.told()}")
    body = await target.body(chosen)
    return Story(chosen, body, submitted, job, chosen.promise(body, None))


async def ended(target: Target, mode: str, change: dict[str, Json] | None = None) -> Story:
    """A task of one's own that is done. Blocked when it does not come to that."""
    story = await begun(target, mode, change)
    await follow(target, story)
    return done(story)


async def shared(target: Target, mode: str) -> Story:
    """The task of a mode that cases share, done. Blocked when it did not come to that."""
    return done(await target.story(mode))


def done(story: Story) -> Story:
    """The same task. Blocked when it is not done."""
    if story.end.view.state != "done":
        raise Blocked(f"the {story.mode.name} ended with {story.end.view.word!r}")
    return story
