"""A job's life is fixed at birth and pure in time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract.model import JobKind
from mockserver.jobs.chance import chance
from mockserver.jobs.timeline import Timeline, plan

KIND = JobKind(
    name="extend",
    running=(("pending", 0.25), ("processing", 0.75)),
    done="done",
    failed="failed",
    after="",
    base=(10, 20),
    per_second=(2, 3),
    jumps=(1, 5),
    last_progress=99,
    url_life=100,
    record_life=200,
)
EXPIRING = KIND._replace(after="expired")
SILENT = KIND._replace(jumps=None)

seeds = st.integers(0, 2**32)
kinds = st.sampled_from([KIND, EXPIRING, SILENT])
lengths = st.floats(0, 60)


def life(seed: int, kind: JobKind = KIND, seconds: float = 5, failed: bool = False) -> Timeline:
    return plan(chance(seed, "job"), kind, seconds=seconds, failed=failed)


@given(seeds, kinds, lengths, st.booleans())
def test_progress_never_falls_and_the_end_is_final(
    seed: int, kind: JobKind, seconds: float, failed: bool
) -> None:
    steps = life(seed, kind, seconds, failed).steps
    assert steps[0].at == 0
    assert [step.at for step in steps] == sorted({step.at for step in steps})
    shown = [step.progress for step in steps if step.progress is not None]
    assert shown == sorted(shown)
    assert all(
        0 <= step.progress <= 99 for step in steps if step.progress is not None and not step.ended
    )
    ended = [step.ended for step in steps]
    assert ended == sorted(ended)
    assert ended.count(True) == (2 if kind.after else 1)


@given(seeds, kinds, lengths)
def test_the_same_seed_gives_the_same_life(seed: int, kind: JobKind, seconds: float) -> None:
    assert life(seed, kind, seconds) == life(seed, kind, seconds)


@given(seeds, kinds, lengths)
def test_it_does_not_matter_when_a_life_is_looked_at(
    seed: int, kind: JobKind, seconds: float
) -> None:
    draw, other = chance(seed, "job"), chance(seed, "job")
    early, late = (plan(one, kind, seconds=seconds, failed=False) for one in (draw, other))
    steps, word = tuple(early.steps), draw.hex(32)
    assert (late.end, other.hex(32)) == (next(one for one in steps if one.ended), word)
    assert tuple(late.steps) == steps


@given(seeds, lengths)
def test_a_life_is_as_long_as_the_contract_says(seed: int, seconds: float) -> None:
    end = life(seed, KIND, seconds).end.at
    assert 10 + 2 * seconds - 0.01 <= end <= 20 + 3 * seconds + 0.01


@given(seeds, st.floats(0, 1000))
def test_a_look_shows_the_last_step_that_has_begun(seed: int, elapsed: float) -> None:
    timeline = life(seed)
    begun = [step for step in timeline.steps if step.at <= elapsed]
    assert timeline.at(elapsed) == begun[-1]


@given(seeds, st.sampled_from([KIND, SILENT]), lengths)
def test_every_state_comes_in_order_and_in_its_share(
    seed: int, kind: JobKind, seconds: float
) -> None:
    timeline = life(seed, kind, seconds)
    states = [step.state for step in timeline.steps]
    assert states == sorted(states, key=["pending", "processing", "done"].index)
    assert set(states) == {"pending", "processing", "done"}
    change = next(step.at for step in timeline.steps if step.state == "processing")
    assert change == pytest.approx(timeline.end.at * 0.25, abs=0.01)


def test_only_a_done_job_shows_progress_100() -> None:
    assert life(1).end.progress == 100
    assert life(1, failed=True).end.progress is None
    assert life(1, failed=True).end.state == "failed"
    assert life(1, SILENT).end.progress is None


def test_a_record_turns_to_its_last_state_or_is_gone() -> None:
    kept, gone = life(1, EXPIRING), life(1)
    assert kept.at(1e9).state == "expired"
    assert kept.record_until == float("inf")
    assert gone.record_until == pytest.approx(gone.end.at + 200)
    assert gone.url_until == pytest.approx(gone.end.at + 100)


def test_a_planned_life_is_made_once_when_it_is_looked_at_and_is_the_same_then() -> None:
    made = []

    def plan_it() -> Timeline:
        made.append(1)
        return life(7)

    one = Timeline.planned(plan_it)
    assert not made
    assert one.url_until == life(7).url_until
    assert (one, hash(one), len(made)) == (life(7), hash(life(7)), 1)
    assert one.at(1e9) == life(7).at(1e9)
    assert len(made) == 1
