"""What no hand-written case looks for is found by generated ones, and told as a short story."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from conformance.dialects import NAMES
from conformance.model import Disabled, Finding
from conformance.properties.fuzz import fuzz
from conformance.properties.machine import stories
from conformance.target import Target
from conformance.targets.ours import BASE, ours
from tests.mutants.bends import (
    again,
    ask,
    asked,
    later,
    member,
    reply,
    sent,
    status_was,
    told,
    whole,
)
from tests.mutants.model import judged
from tests.mutants.wire import Bend, Call, Reply, wrapped

EXTEND = "POST */v1/videos/extensions"
POLL = "GET */v1/videos/*"
PENDING = {"status": "pending", "progress": 50}
EXTENDING = "handle_extend_video_request"


@asynccontextmanager
async def bent(provider: str, bend: Bend | None) -> AsyncIterator[Target]:
    async with ours(provider, seed=3, wrap=wrapped(bend) if bend else None) as connection:
        yield judged(provider, connection)


async def fuzzed(bend: Bend | None, operation: str = EXTENDING) -> list[Finding]:
    """What fuzzing one operation of xAI finds."""
    async with bent("xai", bend) as target:
        return [one async for one in fuzz(target, operation, seed=1, max_examples=15)]


async def lived(bend: Bend | None, provider: str = "xai") -> list[Finding]:
    """What made-up stories find."""
    async with bent(provider, bend) as target:
        return [one async for one in stories([target], seed=1, max_examples=30)]


async def test_the_simulator_stands_every_generated_request() -> None:
    assert not await fuzzed(None)


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (ask(EXTEND, sent("/duration", 5), when=asked("/duration", 11)), "negative_is_refused"),
        (reply(EXTEND, member("/request_id", 7), when=status_was(200)), "violates schema"),
        (reply(EXTEND, member("/code", 5), when=told("/code")), "violates schema"),
    ],
    ids=["a duration too long is taken", "an id that is a number", "a code that is a number"],
)
async def test_fuzzing_finds(bend: Bend, said: str) -> None:
    findings = await fuzzed(bend)
    assert findings
    assert any(said in one.actual for one in findings)
    assert all("conformance-key" not in str(one.exchanges[0].show()) for one in findings)


async def test_fuzzing_finds_a_failure_that_one_prompt_causes() -> None:
    async def falls(call: Call, ahead: Callable[[Call], object]) -> Reply:
        body = call.json()
        prompt = body.get("prompt") if isinstance(body, dict) else None
        if isinstance(prompt, str) and not prompt.isascii():
            return Reply(500, (("content-type", "text/plain"),), b"oops")
        return await ahead(call)  # type: ignore[misc,no-any-return]

    findings = await fuzzed(falls)
    assert any("Server error" in one.actual for one in findings)


@pytest.mark.parametrize(
    ("bend", "expected", "calls"),
    [
        (reply(POLL, member("/progress", 0), nth=lambda n: n > 3), "progress that never falls", 6),
        (reply(POLL, whole(PENDING), when=later(told("/status", "done"))), "for good", 6),
        (reply(POLL, member("/status", "paused"), nth=2), "a documented state", 4),
        (again(EXTEND), "an id of its own", 3),
    ],
    ids=["progress falls", "an end is none", "an odd state", "one id for all"],
)
async def test_stories_shrink_to_a_few_calls(bend: Bend, expected: str, calls: int) -> None:
    (finding,) = await lived(bend)
    assert expected in finding.expected
    assert len(finding.exchanges) <= calls
    assert [one.number for one in finding.exchanges] == list(range(1, len(finding.exchanges) + 1))


async def test_stories_of_five_providers_are_mixed_in_one_simulator() -> None:
    others = [name for name in NAMES if name != "hooked"]
    async with ours("hooked", seed=5, others=others) as connection:
        targets = [
            judged(name, replace(connection, base=f"{BASE}/{name}", webhook_key=""))
            for name in NAMES
        ]
        assert not [one async for one in stories(targets, seed=2, max_examples=20)]


async def test_generated_cases_are_disabled_where_they_would_cost_money() -> None:
    async with bent("xai", None) as target:
        target.connection = replace(target.connection, live=True, address=None)
        with pytest.raises(Disabled):
            await anext(fuzz(target, EXTENDING, seed=1, max_examples=1))
        with pytest.raises(Disabled):
            await anext(stories([target], seed=1, max_examples=1))
