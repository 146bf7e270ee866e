"""Each rule catches the wrong client that breaks it, and says nothing else of it."""

from __future__ import annotations

import pytest

from mockserver import providers
from mockserver.contract import document
from mockserver.verdict.catalogue import evidence
from mockserver.verdict.judge import rules
from tests.mutants.clients.wrong import WRONG, Wrong
from tests.verdict.play import Play, rules_of

pytestmark = pytest.mark.differs("the tests share a server, which numbers the cases it plays")

RULES = rules({name: document.load(name) for name in providers.NAMES})


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: one.client.__name__)
def test_a_wrong_client_breaks_its_rule_and_no_other(play: Play, wrong: Wrong) -> None:
    result = play.judged(wrong.client, wrong.case)
    assert rules_of(result) == {wrong.rule}, result


def test_every_rule_has_a_wrong_client() -> None:
    assert sorted({one.rule for one in WRONG}) == sorted(one.id for one in RULES)


def test_every_rule_says_what_to_do_and_who_has_seen_it_broken() -> None:
    assert len(RULES) >= 20
    assert len({one.id for one in RULES}) == len(RULES)
    for one in RULES:
        assert one.sentence.endswith("."), one.id
        assert one.advice.endswith("."), one.id
        assert one.evidence, one.id
    assert set(evidence()) <= {one.id for one in RULES}
