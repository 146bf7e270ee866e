"""The cases of a provider as tests, with their ids: `pytest --pyargs conformance --provider NAME`.

All share one target, one budget and the jobs that cases share. What is inferred only xfails.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from contextvars import copy_context
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from conformance import profile
from conformance.dialects import dialect_of
from conformance.model import CannotRun, Case, Result
from conformance.options import Options, options
from conformance.pytest_plugin import PREFIX
from conformance.registry import cases_of, chosen
from conformance.reports.text import told
from conformance.runner import in_order, judged
from conformance.session import session

if TYPE_CHECKING:
    from conformance.target import Target


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case."""
    try:
        asked = _asked(metafunc.config)
        cases = chosen(cases_of(asked.provider), asked.cases, asked.levels)
    except (CannotRun, LookupError) as error:
        raise pytest.UsageError(str(error.args[0])) from None
    ordered = in_order(dialect_of(asked.provider), cases)
    metafunc.parametrize("case", ordered, ids=[one.id for one in ordered])


def test_conformance(case: Case, bench: Bench) -> None:
    result = bench.result(case)
    text = told(result, bench.asked.again(case.id))
    if result.counts or result.verdict == "engine-error":
        pytest.fail(text, pytrace=False)
    if result.verdict == "fail":
        pytest.xfail(result.known or f"inferred, and only reported: {text}")
    if result.verdict != "pass":
        pytest.skip(f"{result.verdict}: {result.why}")


@pytest.fixture(scope="session")
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The target, opened once."""
    asked = _asked(request.config)
    if asked.live and hasattr(request.config, "workerinput"):
        pytest.exit("a live target is judged by one process: leave out -n", 2)
    with asyncio.Runner() as runner:
        one = Bench(asked, runner)
        try:
            runner.run(one.open(), context=one.context)
        except CannotRun as error:
            pytest.exit(f"could not run: {error}", 2)
        yield one
        runner.run(one.close(), context=one.context)


class Bench:
    """A target, and a loop that runs cases on it one by one."""

    def __init__(self, asked: Options, runner: asyncio.Runner) -> None:
        self.asked = asked
        self.context = copy_context()
        self._runner = runner
        self._opened = session(asked)
        self._target: Target | None = None
        everything = cases_of(asked.provider)
        self._profile = profile.load(asked.profile, everything) if asked.profile else ()

    async def open(self) -> None:
        self._target, _ = await self._opened.__aenter__()

    async def close(self) -> None:
        await self._opened.__aexit__(None, None, None)

    def result(self, case: Case) -> Result:
        """How a case turns out, in the light of the profile."""
        assert self._target is not None
        found = self._runner.run(judged(self._target, case))
        return profile.judged([found], self._profile, date.today())[0]


def _asked(config: pytest.Config) -> Options:
    """What the command line asks for."""
    given: dict[str, Any] = {
        name.removeprefix(PREFIX): value
        for name, value in vars(config.option).items()
        if name.startswith(PREFIX)
    }
    return dataclasses.replace(options(given), max_examples=0)
