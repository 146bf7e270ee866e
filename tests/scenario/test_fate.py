"""A fate makes another life of a job, and that life is as fixed as any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract import document
from mockserver.contract.model import JobKind
from mockserver.jobs.chance import chance
from mockserver.jobs.timeline import Timeline, plan
from mockserver.scenario.fate import NEVER, failure, fated
from mockserver.scenario.model import Fate

KINDS = [kind for name in ("xai", "ltx", "hooked") for kind in document.load(name).jobs.values()]


def life(kind: JobKind, seed: int = 1) -> Timeline:
    return plan(chance(seed, "fate"), kind, seconds=5, failed=False)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_stuck_job_runs_on(kind: JobKind) -> None:
    first = kind.running[0][0]
    stuck = fated(life(kind), kind, Fate(stuck=first))
    assert stuck.at(365 * 86400.0).state == first
    assert stuck.end.at == NEVER


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_last_is_the_last_running_state(kind: JobKind) -> None:
    stuck = fated(life(kind), kind, Fate(stuck="last"))
    assert stuck.at(NEVER - 1).state == kind.running[-1][0]
    assert not stuck.at(NEVER - 1).ended


@given(st.sampled_from(KINDS), st.integers(0, 1000), st.floats(0.1, 100))
def test_a_slow_job_passes_the_same_steps_later(kind: JobKind, seed: int, factor: float) -> None:
    usual = life(kind, seed)
    slow = fated(usual, kind, Fate(slow=factor))
    assert [one.state for one in slow.steps] == [one.state for one in usual.steps]
    assert slow.end.at == pytest.approx(usual.end.at * factor, abs=0.01)
    assert [one.at for one in slow.steps] == sorted(one.at for one in slow.steps)
    assert slow.url_until - slow.end.at == pytest.approx(usual.url_until - usual.end.at, abs=0.01)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_expired_result_is_gone_when_the_job_ends(kind: JobKind) -> None:
    usual = life(kind)
    gone = fated(usual, kind, Fate(expire=True))
    assert gone.url_until == gone.end.at == usual.end.at
    assert gone.at(gone.end.at).state == (kind.after or kind.done)


def test_no_fate_changes_nothing() -> None:
    assert fated(life(KINDS[0]), KINDS[0], Fate()) == life(KINDS[0])


def test_a_failure_has_the_words_of_its_row() -> None:
    row = document.load("xai").errors["job-upload-refused"]
    assert failure(row, "why").message == (
        "The result could not be delivered to output.upload_url: why"
    )
