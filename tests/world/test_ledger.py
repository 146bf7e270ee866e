"""Credits of a key: taken, held, given back, each at its time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract.model import Credits
from mockserver.jobs.job import Failure, Job
from mockserver.jobs.timeline import Step, Timeline
from mockserver.media.model import Wish
from mockserver.world import ledger as ledger_module
from mockserver.world.ledger import Ledger

WISH = Wish("j", 0, "", 0, 0, Fraction(0), 0)
ACCEPTED = Credits(100.0, held=False, refunded=True)
DONE = Credits(100.0, held=True, refunded=True)
KEPT = Credits(100.0, held=False, refunded=False)


def job(cost: float, *, ends: float = 10.0, fails: bool = False, owner: str = "o") -> Job:
    steps = (Step(0.0, "running", None, False), Step(ends, "done", None, True))
    life = Timeline(steps, 1e9, 1e9)
    failure = Failure("broken", "it broke") if fails else None
    return Job("j", "t", "toy", "k", owner, 1, 0.0, life, WISH, failure=failure, cost=cost)


def taken(credits: Credits, one: Job) -> Ledger:
    ledger = Ledger(credits)
    ledger.take(one, credits)
    return ledger


@pytest.mark.parametrize(
    ("credits", "fails", "before", "after"),
    [
        (ACCEPTED, False, (70, 70), (70, 70)),
        (ACCEPTED, True, (70, 70), (100, 100)),
        (KEPT, True, (70, 70), (70, 70)),
        (DONE, False, (100, 70), (70, 70)),
        (DONE, True, (100, 70), (100, 100)),
    ],
)
def test_a_cost_is_taken_held_and_given_back_as_the_contract_says(
    credits: Credits, fails: bool, before: tuple[float, float], after: tuple[float, float]
) -> None:
    ledger = taken(credits, job(30.0, fails=fails))
    running, ended = ledger.balance("o", 9.9), ledger.balance("o", 10.0)
    assert (running.has, running.free) == before
    assert (ended.has, ended.free) == after


def test_a_refund_is_a_transaction_of_its_own() -> None:
    ledger = taken(ACCEPTED, job(30.0, fails=True))
    kinds = [(one.kind, one.amount, one.at) for one in ledger.transactions("o", 10.0)]
    assert kinds == [("credit", 30.0, 10.0), ("debit", 30.0, 0.0)]
    assert ledger.balance("o", 10.0).spent == 0
    assert ledger.total == 0


def test_keys_have_accounts_of_their_own() -> None:
    ledger = taken(ACCEPTED, job(30.0))
    assert ledger.balance("other", 0.0).has == 100
    ledger.put(5.0, "other", 0.0)
    assert (ledger.balance("other", 0.0).has, ledger.balance("o", 0.0).has) == (5, 70)


def test_without_an_owner_every_key_is_set() -> None:
    ledger = taken(ACCEPTED, job(30.0))
    ledger.put(7.0, "", 0.0)
    assert [ledger.balance(one, 0.0).has for one in ("o", "new")] == [7, 7]


def test_credits_without_a_start_have_no_end() -> None:
    ledger = taken(Credits(None, held=True, refunded=True), job(1e12))
    assert ledger.balance("o", 99.0).free == float("inf")
    assert ledger.balance("o", 99.0).spent == 1e12


@given(
    st.lists(
        st.tuples(st.floats(0, 50), st.floats(0.01, 20), st.booleans()), min_size=1, max_size=20
    ),
    st.sampled_from([ACCEPTED, DONE, KEPT]),
)
def test_in_the_end_nothing_is_held_and_every_credit_is_accounted_for(
    jobs: list[tuple[float, float, bool]], credits: Credits
) -> None:
    ledger = Ledger(credits)
    for cost, ends, fails in jobs:
        ledger.take(job(cost, ends=ends, fails=fails), credits)
    balance = ledger.balance("o", 1e6)
    paid = sum(cost for cost, _, fails in jobs if not (fails and credits.refunded))
    assert balance.held == pytest.approx(0, abs=1e-3)
    assert balance.has + balance.spent == pytest.approx(100, abs=1e-3)
    assert balance.spent == pytest.approx(paid, abs=1e-3)
    assert ledger.total == pytest.approx(paid, abs=1e-3)


@given(
    st.lists(st.tuples(st.floats(0.01, 20), st.floats(0.1, 30), st.booleans()), max_size=20),
    st.sampled_from([ACCEPTED, DONE, KEPT]),
)
def test_it_does_not_matter_how_often_an_account_is_looked_at(
    jobs: list[tuple[float, float, bool]], credits: Credits
) -> None:
    seldom, often = Ledger(credits), Ledger(credits)
    for number, (cost, ends, fails) in enumerate(jobs):
        one = job(cost, ends=ends, fails=fails)._replace(created=float(number))
        for ledger in (seldom, often):
            ledger.take(one, credits)
        often.balance("o", float(number))
    now = float(len(jobs))
    assert seldom.transactions("o", now) == often.transactions("o", now)
    assert seldom.balance("o", now) == often.balance("o", now)
    assert seldom.free("o", now) == often.balance("o", now).free


def test_no_more_jobs_wait_to_be_entered_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MOST_TAKEN", 3)
    ledger = Ledger(DONE)
    for _ in range(9):
        ledger.take(job(1.0), DONE)
    assert len(ledger._taken) == 3
    assert ledger.balance("o", 0.0).held == 9
