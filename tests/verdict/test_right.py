"""No rule has anything to say against a right client: not in any case, not under any seed."""

from __future__ import annotations

from collections import Counter

import pytest

from mockserver import providers
from mockserver.contract import document
from mockserver.verdict import catalogue
from tests.mutants.clients.hooked_by import HookedKie
from tests.mutants.clients.right import RIGHT
from tests.verdict.play import Play

pytestmark = pytest.mark.differs("the tests share a server, which numbers the cases it plays")

SEEDS = 200
CASES = {name: [one.id for one in catalogue.cases(document.load(name))] for name in providers.NAMES}
ALL = [id for ids in CASES.values() for id in ids]


@pytest.mark.parametrize("case", ALL)
def test_a_right_client_passes_every_case(play: Play, case: str) -> None:
    result = play.judged(RIGHT[case.partition(".")[0]], case)
    assert result["verdict"]["findings"] == [], result
    asked = {"webhook-lost", "webhook-twice", "webhook-forged"}
    none = case.partition(".")[2] in asked
    assert result["result"] == ("not-applicable" if none else "pass")


@pytest.mark.parametrize(
    "name", ["plain", "failed", "webhook-lost", "webhook-twice", "webhook-forged"]
)
def test_so_does_one_that_asks_for_webhooks(play: Play, name: str) -> None:
    result = play.judged(HookedKie, f"kie.{name}")
    assert (result["result"], result["verdict"]["findings"]) == ("pass", [])


@pytest.mark.parametrize("name", providers.NAMES)
def test_no_seed_makes_a_right_client_look_wrong(play: Play, name: str) -> None:
    """Each seed in another case: jobs take other times, and the clients see other states."""
    said: Counter[str] = Counter()
    for seed in range(SEEDS):
        case = CASES[name][seed % len(CASES[name])]
        result = play.judged(RIGHT[name], case, seed=1000 + seed)
        said.update(f"{case} {seed}: {one['rule']}" for one in result["verdict"]["findings"])
    assert said == Counter()


def test_there_are_forty_cases_and_more() -> None:
    assert len(ALL) >= 40
    assert len(set(ALL)) == len(ALL)
