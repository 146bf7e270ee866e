"""Every mutant is found out by the cases it names, and by no others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest
import pytest_asyncio

from conformance.dialects import NAMES
from conformance.listener import Listener, listening
from tests.mutants.model import Mutant, fired, results

HERE = Path(__file__).parent
MUTANTS: tuple[Mutant, ...] = tuple(
    one
    for name in NAMES
    if (HERE / f"{name}.py").is_file()
    for one in import_module(f"tests.mutants.{name}").MUTANTS
)


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


def test_no_two_mutants_share_a_name() -> None:
    ids = [one.id for one in MUTANTS]
    assert len(ids) == len(set(ids))
