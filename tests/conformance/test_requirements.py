"""Requirements are complete: what a provider documents is looked at, and nothing is said twice."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.dialects import NAMES, dialect_of
from conformance.registry import CHAPTERS, cases_of, drafts, requirements_of, rows_by_id
from conformance.rows import rows_of
from tests.conformance.facts import documented, resolved
from tests.mutants.model import base_of

FOLDER = Path(__file__).parents[2] / "conformance" / "requirements"
LEAST = 25

each_provider = pytest.mark.parametrize("provider", NAMES)


def named(provider: str) -> set[str]:
    return {one for requirement in requirements_of(provider) for one in requirement.facts}


def owner_of(id: str) -> str:
    return id.partition(".")[0]


@each_provider
def test_every_documented_fact_is_required(provider: str) -> None:
    """Named itself, or by what it stands in."""
    told = named(provider)
    facts = documented(Contract(provider))
    assert facts, "the spec documents nothing"
    missing = [one for one in facts if one not in told and one.rpartition("/")[0] not in told]
    assert sorted(missing) == []


@each_provider
def test_facts_are_there(provider: str) -> None:
    contract = Contract(provider)
    for pointer in named(provider):
        resolved(contract, pointer)


@each_provider
def test_there_are_cases_enough(provider: str) -> None:
    assert len(cases_of(provider)) >= LEAST


@each_provider
def test_every_requirement_is_looked_at_or_says_why_not(provider: str) -> None:
    wrong = [one.id for one in requirements_of(provider) if bool(one.cases) == bool(one.unseen)]
    assert wrong == []


@each_provider
def test_requirements_have_names_of_their_own(provider: str) -> None:
    assert twice(one.id for one in requirements_of(provider)) == []
    assert twice(one.says for one in requirements_of(provider)) == []


@each_provider
def test_rows_have_names_of_their_own(provider: str) -> None:
    told = tomllib.loads((FOLDER / f"{provider}.toml").read_text())["requirement"]
    assert twice(row.id for one in told for row in rows_of(one)) == []


@each_provider
def test_rows_have_keys_that_are_read(provider: str) -> None:
    """A misspelled key would be ignored, and its row be the usual create."""
    own = {"id", "says", "source", "dossier", "facts", "cases", "rejects", "accepts", "unseen"}
    rows = {"name", "mode", "set", "null", "long", "drop", "status", "codes", "words", "answers"}
    told = tomllib.loads((FOLDER / f"{provider}.toml").read_text())["requirement"]
    for one in told:
        assert set(one) <= own | rows, one["id"]
        for row in (*one.get("rejects", ()), *one.get("accepts", ())):
            assert set(row) <= rows, f"{one['id']}: {row['name']}"


@each_provider
def test_rows_and_modes_are_of_the_dialect(provider: str) -> None:
    assert {row.mode for row in rows_by_id(provider).values()} <= set(dialect_of(provider).MODES)


def test_every_case_of_a_chapter_is_required_somewhere() -> None:
    required = {base_of(one.id, name) for name in NAMES for one in cases_of(name)}
    known = {id for name in NAMES for id in drafts(name)}
    assert sorted(known - required) == []


@each_provider
def test_a_case_is_of_a_chapter_or_of_its_provider(provider: str) -> None:
    rows = rows_by_id(provider)
    owners = {owner_of(one.id) for one in cases_of(provider) if one.id not in rows}
    assert owners <= {*CHAPTERS, provider}


@each_provider
def test_what_is_documented_decides_the_level(provider: str) -> None:
    levels = {"documented": "must", "observed": "should", "inferred": "note"}
    for one in cases_of(provider):
        kinds = {levels[each.evidence.kind] for each in one.requirements}
        assert one.level in kinds, one.id


@each_provider
def test_requirements_are_sentences_with_evidence(provider: str) -> None:
    for one in requirements_of(provider):
        assert one.evidence.where, one.id
        assert one.evidence.date, one.id
        assert one.says.endswith("."), one.id


def twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
