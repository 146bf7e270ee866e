"""What many cases ask: was it refused, and in the provider's way?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.model import Blocked, Finding

if TYPE_CHECKING:
    from conformance.exchange import Exchange
    from conformance.model import Json
    from conformance.story import Story
    from conformance.target import Target


def refused(target: Target, exchange: Exchange, trouble: str) -> Iterator[Finding]:
    """That an answer is a refusal, with the status that its provider gives that trouble."""
    problem = target.dialect.problem(exchange.answer)
    wanted = target.dialect.STATUSES.get(trouble, ())
    if problem is None:
        yield Finding(f"a refusal{_one_of(wanted)}", exchange.told(), (exchange,))
    elif wanted and problem.status not in wanted:
        actual = f"{problem.status}: {problem.message}"
        yield Finding(f"a refusal{_one_of(wanted)}", actual, (exchange,))
    elif problem.status >= 500 and not wanted:
        yield Finding(
            "a refusal, not a failure", f"{problem.status}: {problem.message}", (exchange,)
        )


def enveloped(target: Target, exchange: Exchange) -> Iterator[Finding]:
    """That a refusal has the form of its provider's errors."""
    problem = target.dialect.problem(exchange.answer)
    if problem is not None and not problem.envelope:
        yield Finding("an error in the provider's form", exchange.answer.text[:300], (exchange,))
    elif problem is not None and not problem.message:
        yield Finding("an error that says what is wrong", "no message", (exchange,))


async def done(target: Target, mode: str = "") -> Story:
    """The shared job of a mode. Blocked when it did not end well."""
    story = await target.story(mode)
    if story.polls and story.end.view.state != "done":
        raise Blocked(f"the job ended with {story.end.view.word!r}")
    return story


def inside(body: Json, *names: str) -> Json:
    """A member of a member of a JSON value; None where there is none."""
    for name in names:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _one_of(statuses: object) -> str:
    words = [str(one) for one in statuses] if isinstance(statuses, tuple | list) else []
    return f" with {' or '.join(words)}" if words else ""
