"""Every mutant is found out by the cases it names, and by no others."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from conformance.dialects import NAMES
from conformance.listener import Listener, listening
from conformance.registry import cases_of, rows_by_id
from tests.mutants import rows
from tests.mutants.model import Mutant, base_of, fired, results
from tests.mutants.score import MUTANTS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listener() -> AsyncIterator[Listener]:
    """One for all: to start one costs more than most mutants."""
    async with listening(lambda: 0.0) as found:
        yield found


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.id)
async def test_a_mutant_is_found_out(mutant: Mutant, listener: Listener) -> None:
    found = await results(mutant, listener)
    broken = {one.case.id: one.why for one in found if one.verdict == "engine-error"}
    assert not broken
    assert fired(found) == mutant.fires


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("provider", NAMES)
async def test_a_row_that_is_ignored_fails(provider: str, listener: Listener) -> None:
    assert await rows.survivors(provider, listener) == {}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("provider", NAMES)
async def test_no_two_rows_send_the_same(provider: str, listener: Listener) -> None:
    assert await rows.doubles(provider, listener) == []


def test_every_case_has_a_mutant() -> None:
    """Somewhere, and in any mode. Rows have theirs, made of themselves."""
    known = {
        base_of(one.id, name)
        for name in NAMES
        for one in cases_of(name)
        if one.id not in rows_by_id(name)
    }
    caught = {base_of(id, one.provider) for one in MUTANTS for id in one.fires}
    assert sorted(known - caught) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.id)
def test_a_mutant_names_cases_that_there_are(mutant: Mutant) -> None:
    assert mutant.fires <= {one.id for one in cases_of(mutant.provider)}


def test_there_are_mutants_enough() -> None:
    counts = Counter(one.provider for one in MUTANTS)
    assert len(MUTANTS) >= 60
    assert all(counts[name] >= 10 for name in NAMES)


def test_no_two_mutants_share_a_name() -> None:
    ids = [one.id for one in MUTANTS]
    assert len(ids) == len(set(ids))
