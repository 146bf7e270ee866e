"""Nothing is lost, doubled or sent out of order, whatever is planned, answered and done to time.

A model of a few lines says which attempts there are; the pump has to make exactly these.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.jobs.clock import SystemClock
from mockserver.webhooks.model import Answer, Delivery
from mockserver.webhooks.pump import NotNow, Pump
from mockserver.webhooks.sender import Sender
from tests.webhooks.webhook_steps import LOOPBACK, Receivers, parcels, policy, post

GOOD, BAD = Answer(200), Answer(500)
SLOW, TOO_SLOW, CUT = Answer(200, delay=3), Answer(200, delay=30), Answer(why="hung up")
ANSWERS = (GOOD, BAD, SLOW, TOO_SLOW, CUT)
TIMEOUT = 10.0


class Plan(NamedTuple):
    """A delivery planned so many seconds from now, and what its receiver will answer."""

    after: float
    gaps: tuple[float, ...]
    answers: tuple[Answer, ...]
    receiver: str


class Advance(NamedTuple):
    seconds: float


class Redeliver(NamedTuple):
    which: int


class Reset(NamedTuple):
    pass


Deed = Plan | Advance | Redeliver | Reset
seconds = st.sampled_from([0.0, 0.1, 1.0, 7.5, 60.0, 61.0, 1000.0, 1e6])
plans = st.builds(
    Plan,
    after=seconds,
    gaps=st.lists(st.sampled_from([0.0, 1.0, 60.0, 300.0]), max_size=3).map(tuple),
    answers=st.lists(st.sampled_from(ANSWERS), max_size=5).map(tuple),
    receiver=st.sampled_from("xyz"),
)
deeds = st.lists(
    st.one_of(
        plans,
        plans,
        st.builds(Advance, seconds),
        st.builds(Redeliver, st.integers(0, 9)),
        st.builds(Reset),
    ),
    max_size=25,
)


class Expected:
    """The model of one delivery."""

    def __init__(self, plan: Plan, now: float) -> None:
        self.due: float | None = round(now + plan.after, 5)
        self.gaps = list(plan.gaps)
        self.answers = list(plan.answers)
        self.readings: list[float] = []
        self.state = "waiting"

    def _try(self, at: float) -> tuple[bool, float]:
        answer = self.answers.pop(0) if self.answers else GOOD
        self.readings.append(at)
        if answer.delay > TIMEOUT:
            return False, at + TIMEOUT
        return answer.status == 200, at + answer.delay

    def advance(self, end: float) -> None:
        while self.due is not None and self.due <= end:
            good, ended = self._try(self.due)
            if good:
                self.state, self.due = "delivered", None
            elif self.gaps:
                self.due = round(ended + self.gaps.pop(0), 5)
            else:
                self.state, self.due = "failed", None

    def redeliver(self, now: float) -> None:
        if self.state == "waiting" and not self.readings and (self.due or 0) > now:
            return
        if self._try(now)[0]:
            self.state, self.due = "delivered", None


@settings(deadline=None, max_examples=200)
@given(deeds=deeds)
def test_exactly_the_attempts_of_the_model_are_made(deeds: list[Deed]) -> None:
    asyncio.run(_play(deeds))


async def _play(deeds: list[Deed]) -> None:
    async with post() as here:
        readings: dict[str, list[float]] = {}
        alive: dict[str, Expected] = {}
        every: dict[str, Expected] = {}
        for number, deed in enumerate([*deeds, Advance(1e7)]):
            now = here.clock.now()
            if isinstance(deed, Plan):
                url = f"http://mock.test/{deed.receiver}?{number}"
                here.receivers.script(*deed.answers, url=url)
                id = here.send(
                    due=round(now + deed.after, 5),
                    url=url,
                    job=url,
                    policy=policy(retries=deed.gaps, timeout=TIMEOUT),
                    make=parcels(url.encode()),
                )
                alive[id] = every[url] = Expected(deed, now)
            elif isinstance(deed, Advance):
                await here.clock.advance(deed.seconds)
                for one in alive.values():
                    one.advance(here.clock.now())
            elif isinstance(deed, Reset):
                unsettled = sum(one.state == "waiting" for one in alive.values())
                assert here.pump.reset() == unsettled
                alive.clear()
            elif alive:
                id = list(alive)[deed.which % len(alive)]
                try:
                    await here.pump.redeliver(id)
                except NotNow:
                    assert not alive[id].readings
                alive[id].redeliver(now)
            for id, one in alive.items():
                shown = here.shown(id)
                assert (shown.state, shown.due) == (one.state, one.due)
                assert [attempt.at for attempt in shown.attempts] == one.readings
                assert [attempt.number for attempt in shown.attempts] == [
                    *range(1, len(one.readings) + 1)
                ]
        for got in here.receivers.got:
            readings.setdefault(got.url, []).append(got.at)
            assert got.body == got.url.encode()
        assert readings == {url: one.readings for url, one in every.items() if one.readings}
        times = [got.at for got in here.receivers.got]
        assert times == sorted(times)


@settings(deadline=None)
@given(
    dues=st.lists(seconds, min_size=1, max_size=20),
    culprit=st.integers(0, 19),
    more=st.lists(seconds, max_size=5),
)
def test_a_reset_in_mid_delivery_ends_its_past(
    dues: list[float], culprit: int, more: list[float]
) -> None:
    async def run() -> None:
        async with post() as here:
            moment: list[int] = []

            async def reset() -> Answer:
                here.pump.reset()
                moment.append(len(here.receivers.got))
                return BAD

            for number, due in enumerate(dues):
                url = f"http://mock.test/old?{number}"
                if number == culprit % len(dues):
                    here.receivers.script(reset, url=url)
                here.send(due=due, url=url)
            await here.clock.advance(1e6)
            assert len(here.receivers.got) == moment[0]
            ids = [
                here.send(due=here.clock.now() + due, url="http://mock.test/new") for due in more
            ]
            await here.clock.advance(1e6)
            assert [one.url for one in here.receivers.got[moment[0] :]] == [
                "http://mock.test/new"
            ] * len(more)
            assert [here.shown(id).state for id in ids] == ["delivered"] * len(more)

    asyncio.run(run())


@settings(deadline=None)
@given(plans=st.lists(plans, max_size=20), when=seconds)
def test_a_stop_accounts_for_every_delivery(plans: list[Plan], when: float) -> None:
    async def run() -> None:
        async with post() as here:
            ids = []
            for number, plan in enumerate(plans):
                url = f"http://mock.test/{plan.receiver}?{number}"
                here.receivers.script(*plan.answers, url=url)
                retries = policy(retries=plan.gaps)
                ids.append(here.send(due=plan.after, url=url, policy=retries))
            await here.clock.advance(when)
            states = {id: here.shown(id).state for id in ids}
            dropped = await here.pump.close()
            assert [one.id for one in dropped] == [id for id in ids if states[id] == "waiting"]
            assert {id: here.shown(id).state for id in ids} == {
                id: "dropped" if state == "waiting" else state for id, state in states.items()
            }
            before = len(here.receivers.got)
            await here.clock.advance(1e7)
            assert len(here.receivers.got) == before

    asyncio.run(run())


@settings(deadline=None, max_examples=20)
@given(plans=st.lists(plans.filter(lambda one: one.after < 1e6), max_size=20))
def test_under_a_real_clock_too_every_attempt_is_made_once_and_not_too_early(
    plans: list[Plan],
) -> None:
    async def run() -> None:
        clock = SystemClock(100_000)
        receivers = Receivers(clock)
        settled: dict[str, Delivery] = {}
        quiet = asyncio.Event()

        def told(delivery: Delivery, bug: str) -> None:
            assert bug == ""
            if delivery.settled:
                assert delivery.id not in settled
                settled[delivery.id] = delivery
                if len(settled) == len(plans):
                    quiet.set()

        pump = Pump(clock, Sender(LOOPBACK), own=receivers, report=told)
        now = clock.now()
        expected: dict[str, Expected] = {}
        for number, plan in enumerate(plans):
            url = f"http://mock.test/{plan.receiver}?{number}"
            receivers.script(*plan.answers, url=url)
            delivery = pump.schedule(
                job="job",
                provider="acme",
                push="done",
                method="POST",
                url=url,
                due=now + plan.after,
                policy=policy(retries=plan.gaps, timeout=TIMEOUT),
                make=parcels(),
            )
            expected[delivery.id] = Expected(plan, now)
        if plans:
            await asyncio.wait_for(quiet.wait(), 30)
        counted: dict[str, int] = defaultdict(int)
        for got in receivers.got:
            counted[got.url] += 1
        for id, one in expected.items():
            one.advance(float("inf"))
            shown = settled[id]
            assert shown.state == one.state
            assert counted[shown.url] == len(one.readings) == len(shown.attempts)
            for attempt, reading in zip(shown.attempts, one.readings, strict=True):
                assert attempt.at >= reading - 0.001
        assert await pump.close() == []

    asyncio.run(run())
