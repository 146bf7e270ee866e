"""Cases that let days pass come last, and leave nothing behind for any other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conformance.connection import Connection
from conformance.contract import Contract
from conformance.dialects import NAMES, dialect_of
from conformance.model import Case, Disabled
from conformance.purse import Purse
from conformance.registry import cases_of
from conformance.runner import in_order, together
from conformance.target import Target
from conformance.targets.ours import ours
from tests.conformance.test_cassette import Keeper

DAY = 86_400.0


def target_of(connection: Connection) -> Target:
    purse = Purse(None, connection.door.now)
    return Target(dialect_of("xai"), Contract("xai"), connection, purse)


@pytest.fixture
async def simulated() -> AsyncIterator[Target]:
    async with ours("xai") as connection:
        yield target_of(connection)


async def test_days_pass_at_once(simulated: Target) -> None:
    before = simulated.now()
    await simulated.leap(DAY)
    assert simulated.now() - before == DAY


async def test_who_cannot_leap_is_not_waited_for() -> None:
    target = target_of(Connection(Keeper(), "", ("key",), "a keeper", patience=900))
    with pytest.raises(Disabled, match="86,400 s"):
        await target.leap(DAY)


async def test_what_is_made_apart_is_shared_with_nobody(simulated: Target) -> None:
    apart = simulated.apart("a case")
    story, other, same = await simulated.story(), await apart.story(), await apart.story()
    assert story.job != other.job
    assert other is same


@pytest.mark.parametrize("provider", NAMES)
def test_what_leaps_comes_last_and_alone(provider: str) -> None:
    def leaps(case: Case) -> bool:
        return case.leaps

    groups = together(dialect_of(provider), in_order(dialect_of(provider), cases_of(provider)))
    kinds = [any(map(leaps, group)) for group in groups]
    assert kinds == sorted(kinds)
    assert all(len(group) == 1 for group in groups if any(map(leaps, group)))
