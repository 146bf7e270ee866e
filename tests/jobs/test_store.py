"""The store finds jobs by id and token and stays within its bound."""

from __future__ import annotations

import asyncio
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from mockserver.jobs.chance import chance
from mockserver.jobs.clock import VirtualClock
from mockserver.jobs.job import Failure, Job
from mockserver.jobs.store import MemoryJobStore
from mockserver.jobs.timeline import plan
from mockserver.media.model import Wish
from tests.jobs.test_timeline import KIND

WISH = Wish("", 0, "", 320, 180, Fraction(24), 24)


def job(number: int, created: float = 0.0, failure: Failure | None = None) -> Job:
    draw = chance(number, "store")
    timeline = plan(draw, KIND, seconds=1, failed=failure is not None)
    return Job(
        id=f"job-{number}",
        token=draw.hex(32),
        provider="toy",
        kind="extend",
        owner="me",
        number=number,
        created=created,
        timeline=timeline,
        wish=WISH,
        failure=failure,
    )


def test_a_job_is_found_by_id_and_by_token() -> None:
    store, one = MemoryJobStore(), job(1)
    store.add(one, 0)
    assert store.get("job-1") is one
    assert store.by_token(one.token) is one
    assert store.get("job-2") is None
    assert store.by_token("") is None


def test_a_full_store_drops_its_oldest_finished_job() -> None:
    store = MemoryJobStore(limit=3)
    running, done, newer = job(1, created=1000), job(2, created=0), job(3, created=0)
    for one in (running, done, newer):
        store.add(one, 1000)
    store.add(job(4), 1000)
    assert [one.id for one in store] == ["job-1", "job-3", "job-4"]
    assert store.by_token(done.token) is None


def test_a_full_store_of_running_jobs_drops_its_oldest() -> None:
    store = MemoryJobStore(limit=2)
    for number in (1, 2, 3):
        store.add(job(number, created=1000), 1000)
    assert [one.id for one in store] == ["job-2", "job-3"]


@given(st.integers(1, 9), st.integers(1, 12), st.lists(st.floats(0, 9), max_size=60))
def test_the_oldest_finished_job_of_those_looked_at_goes_first(
    look: int, limit: int, pauses: list[float]
) -> None:
    store, kept, now = MemoryJobStore(limit), list[Job](), 0.0
    store.LOOK = look
    for number, pause in enumerate(pauses):
        now += pause
        one = job(number, created=now)
        if len(kept) == limit:
            ended = (index for index, old in enumerate(kept[:look]) if old.ends <= now)
            del kept[next(ended, 0)]
        kept.append(one)
        store.add(one, now)
        assert list(store) == kept


@given(st.integers(1, 9), st.lists(st.floats(0, 200), max_size=40))
def test_the_store_never_exceeds_its_bound(limit: int, births: list[float]) -> None:
    store = MemoryJobStore(limit)
    for number, created in enumerate(births):
        store.add(job(number, created), now=created)
        assert len(store) == len(list(store)) <= limit
        assert store.get(f"job-{number}") is not None


def test_a_result_can_be_fetched_from_the_end_until_its_link_expires() -> None:
    one = job(1, created=10)
    assert not one.url_alive(one.ends - 0.1)
    assert one.url_alive(one.ends)
    assert one.url_alive(one.ends + 99)
    assert not one.url_alive(one.ends + 100)
    assert not job(1, failure=Failure("internal", "no")).url_alive(one.ends)


def test_a_record_is_gone_when_its_life_is_over() -> None:
    one = job(1)
    assert not one.gone(one.ends + 199)
    assert one.gone(one.ends + 200)


@given(st.integers(0, 99), st.floats(0, 5e9), st.integers(1, 7))
def test_a_moment_is_the_same_however_time_got_there(seed: int, start: float, parts: int) -> None:
    """Readings are in the billions, where the sums of floats are not exact."""
    one = job(seed, created=VirtualClock(start).now())
    for moment, alive in ((one.timeline.end.at, True), (one.timeline.url_until, False)):
        clock = VirtualClock(start)
        for _ in range(parts - 1):
            asyncio.run(clock.advance(round(moment / parts, 3)))
        asyncio.run(clock.advance(round(moment - (parts - 1) * round(moment / parts, 3), 3)))
        assert one.at(clock.now()).ended
        assert one.url_alive(clock.now()) is alive
