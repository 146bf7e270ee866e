"""Chapter: what a create answers when it is accepted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.model import Blocked, Finding
from conformance.registry import case

if TYPE_CHECKING:
    from conformance.target import Target


@case("submit.accepted", "A create as the guide shows it is accepted.", cost="paid", each=True)
async def accepted(target: Target, mode: str) -> AsyncIterator[Finding]:
    try:
        await target.story(mode)
    except Blocked:
        submitted = target.submitted(mode)
        if submitted is None:
            raise
        if problem := target.dialect.problem(submitted.answer):
            actual = f"{problem.status}: {problem.message}"
            yield Finding("a job", actual, (submitted,))
        elif not target.dialect.MODES[mode].waits and not target.dialect.job_of(submitted.answer):
            yield Finding("the id of a job", submitted.told(), (submitted,))


@case("submit.schema", "The answer to a create keeps its schema.", cost="paid", each=True)
async def schema(target: Target, mode: str) -> AsyncIterator[Finding]:
    story = await target.story(mode)
    if breach := target.contract.breach(story.mode.operation, story.submitted):
        yield Finding("an answer as the contract has it", breach, (story.submitted,))


@case("submit.ids-differ", "The same create sent twice makes two jobs.", cost="paid", own=1)
async def ids_differ(target: Target) -> AsyncIterator[Finding]:
    story = await target.story()
    again = await target.submit()
    job = target.dialect.job_of(again.answer)
    if not job:
        raise Blocked(f"the second create was not accepted: {again.told()}")
    if job == story.job:
        yield Finding(
            "an id of its own for the second job", f"{job} again", (story.submitted, again)
        )
