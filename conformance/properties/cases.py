"""The generated cases: one for each operation of a provider, and one of made-up stories."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from conformance.contract import Contract
from conformance.model import Case, Evidence, Finding, Requirement, Run

if TYPE_CHECKING:
    from conformance.target import Target

STORIES = 3  # times as many stories as requests of a kind
OPERATION = "Whatever is sent to {}, the answer keeps the contract, and what breaks it is refused."
STORY = "Whatever the order of calls, jobs are apart, end once, and never go back."


def generated(provider: str, *, seed: int, max_examples: int) -> tuple[Case, ...]:
    """The generated cases of a provider, with so many fuzzed requests for each operation."""
    contract = Contract(provider)
    fuzzed = [
        _case(contract, f"generated.{id}", OPERATION.format(id), _fuzzing(id, seed, max_examples))
        for id in contract.operations
    ]
    story = _case(contract, "generated.story", STORY, _telling(seed, max_examples * STORIES))
    return (*fuzzed, story)


def _case(contract: Contract, id: str, says: str, run: Run) -> Case:
    where = f"specs/{contract.provider}.yaml"
    evidence = Evidence("documented", where, str(contract.document["info"]["version"]))
    requirement = Requirement(id, says, evidence, (id,))
    return Case(id, says, "paid", run, contract.provider, (requirement,), "", 1)


def _fuzzing(operation: str, seed: int, max_examples: int) -> Run:
    def run(target: Target) -> AsyncIterator[Finding]:
        from conformance.properties.fuzz import fuzz

        return fuzz(target, operation, seed=seed, max_examples=max_examples)

    return run


def _telling(seed: int, max_examples: int) -> Run:
    def run(target: Target) -> AsyncIterator[Finding]:
        from conformance.properties.machine import stories

        return stories([target], seed=seed, max_examples=max_examples)

    return run
