"""The life of one job as a client sees it, from its create to its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.model import Blocked, Json, NeverEnded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.dialects.base import Mode, Promise, View
    from conformance.exchange import Exchange
    from conformance.listener import Hook
    from conformance.target import Target

AFTER = 2
RECEIVED = 200
FILES = ("video/mp4", "application/octet-stream")
MOST_POLLS = 5_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What one poll showed."""

    view: View
    exchange: Exchange


@dataclass(slots=True)
class Story:
    """A job that has ended. `polls` are those until the end, `later` the ones after it; `file` is
    the result where the create itself answered with it. `hook` is where its webhooks went."""

    mode: Mode
    body: Json
    submitted: Exchange
    job: str
    promise: Promise
    hook: Hook | None = None
    polls: list[Seen] = field(default_factory=list)
    later: list[Seen] = field(default_factory=list)
    file: bytes = b""

    @property
    def end(self) -> Seen:
        return self.polls[-1]

    @property
    def running(self) -> list[Seen]:
        """The polls before the end."""
        return [one for one in self.polls if not one.view.ended]

    @property
    def url(self) -> str:
        return self.end.view.url if self.polls else ""


async def tell(target: Target, mode: Mode, answers: Sequence[int] = ()) -> Story:
    """Start a job, follow it to its end, and look twice more. Blocked when it never ends.

    Its webhooks go to a hook that gives these answers. Without them the job is one to share, and
    asks for webhooks unless those change it.
    """
    body = await target.body(mode)
    push, hook = target.dialect.PUSH, None
    if push is not None and target.connection.listener is not None and (answers or not push.apart):
        hook = target.hook(answers or (RECEIVED,))
    change = {push.field: hook.url} if push and hook else {}
    submitted = await target.submit(mode, change)
    if not answers:
        target.creates[mode.name] = submitted
    promise = mode.promise(body, await target.original(mode))
    job = target.dialect.job_of(submitted.answer)
    if mode.waits:
        if submitted.answer.media_type not in FILES:
            raise Blocked(f"the {mode.name} was not answered with a file: {submitted.told()}")
        return Story(mode, body, submitted, job, promise, hook, file=submitted.answer.body)
    if not job:
        raise Blocked(f"the {mode.name} was not accepted: {submitted.told()}")
    story = Story(mode, body, submitted, job, promise, hook)
    await follow(target, story)
    return story


async def follow(target: Target, story: Story) -> None:
    """Poll a job to its end and twice more."""
    until = target.now() + target.connection.patience
    while not (story.polls and story.polls[-1].view.ended):
        if target.now() > until or len(story.polls) >= MOST_POLLS:
            word = story.polls[-1].view.word if story.polls else "nothing"
            raise NeverEnded(
                f"the job did not end within {target.connection.patience:g} s; "
                f"the last poll showed {word!r}"
            )
        if story.polls:
            await target.wait(target.connection.interval)
        story.polls.append(await look(target, story.mode, story.job))
    for _ in range(AFTER):
        await target.wait(target.connection.interval)
        story.later.append(await look(target, story.mode, story.job))


async def look(target: Target, mode: Mode, job: str) -> Seen:
    """Poll a job once."""
    exchange = await target.call(target.dialect.poll(mode, job))
    return Seen(target.dialect.view(exchange.answer), exchange)
