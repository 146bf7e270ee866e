"""When deliveries are sent, and when again: in due order under any clock, each on its own.

Nothing is sent twice at a time, and nothing of before a reset is sent after it.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable
from typing import TypeAlias

from mockserver import egress
from mockserver.contract.model import Policy
from mockserver.jobs.chance import Words
from mockserver.jobs.clock import Clock
from mockserver.webhooks.courier import DIGITS, PATIENCE, Courier
from mockserver.webhooks.lanes import Lanes
from mockserver.webhooks.model import KEPT_BODY, Attempt, Delivery, Make, Own, State
from mockserver.webhooks.outbox import MemoryOutbox, Outbox, Outcome
from mockserver.webhooks.sender import Sender
from mockserver.webhooks.work import Work

GRACE = 1.0
KEPT_ATTEMPTS = 100

Report: TypeAlias = Callable[[Delivery, str], None]
"""Told of a delivery after each attempt and when it is given up. The text is a bug of ours."""


class NotNow(Exception):
    """A delivery cannot be sent again at this moment; the text says why."""


class Pump:
    """The deliveries of one world: an agenda of its clock.

    `own` finds receivers in this process, `report` hears of every attempt, `outbox` makes what
    deliveries are kept in.
    """

    def __init__(
        self,
        clock: Clock,
        sender: Sender,
        *,
        seed: int = 0,
        own: Own = lambda url: None,
        report: Report = lambda delivery, bug: None,
        outbox: Callable[[], Outbox] = MemoryOutbox,
        patience: float = PATIENCE,
    ) -> None:
        self._clock = clock
        self._sender = sender
        self._courier = Courier(clock, sender, own=own, patience=patience)
        self._words = Words(seed, "delivery")
        self._report = report
        self._new_outbox = outbox
        self._order = itertools.count()
        self._lanes = Lanes(self._attempt)
        self._closed = False
        self._begin_anew()
        clock.attend(self)

    def schedule(
        self,
        *,
        job: str,
        provider: str,
        push: str,
        method: str,
        url: str,
        due: float,
        policy: Policy,
        make: Make,
    ) -> Delivery:
        """Plan a delivery. What it carries is made when it is due."""
        self._number += 1
        id = self._words(self._number)
        delivery = Delivery(id, provider, push, job, method, url, self._clock.now(), due)
        if self._closed:
            delivery = delivery._replace(state="dropped", due=None, why=STOPPED)
            self._report(delivery, "")
            return delivery
        work = self._works[id] = Work(id, policy, make)
        self._keep(delivery)
        self._plan(work, due)
        return delivery

    def outcome(self, job: str) -> Outcome:
        """What became of a job's pushes."""
        return self.outbox.outcome(job)

    async def redeliver(self, id: str) -> Delivery:
        """Try once more, now, and return when that is over. It can only better the state.

        KeyError when there is no such delivery, NotNow when it cannot be.
        """
        delivery, work = self.outbox.get(id), self._works.get(id)
        if delivery is None or work is None:
            raise KeyError(id)
        if self._closed:
            raise NotNow(STOPPED)
        if work.busy:
            raise NotNow("it is being sent at this moment")
        untried = delivery.state == "waiting" and not delivery.attempts
        if untried and (delivery.due or 0.0) > self._clock.now():
            raise NotNow("its time has not come, and what it will carry is not known yet")
        work.asked = True
        await self._launched(work, delivery.url)
        if (after := self.outbox.get(id)) is None:
            raise KeyError(id)
        return after

    async def hurry(self, id: str) -> None:
        """Make the attempt of a delivery that is planned next now, and return when it is over."""
        delivery, work = self.outbox.get(id), self._works.get(id)
        if delivery and work and not work.busy and work.due is not None and not self._closed:
            work.due = None
            await self._launched(work, delivery.url)

    def reset(self) -> int:
        """Forget every delivery. How many are never sent for it, or cut off while being sent."""
        lost = sum(not one.settled for one in self.outbox)
        self._stop()
        self._begin_anew()
        self._clock.note(self)
        return lost

    async def close(self, grace: float = GRACE) -> list[Delivery]:
        """Stop. What is being sent has `grace` real seconds left; what is dropped is returned."""
        if self._closed:
            return []
        self._closed = True
        self._clock.leave(self)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._lanes.idle()
        self._stop()
        await self._lanes.idle()
        dropped = [_dropped(one) for one in self.outbox if not one.settled]
        for delivery in dropped:
            self._keep(delivery)
            self._report(delivery, "")
        await self._sender.close()
        return dropped

    def due(self) -> float | None:
        """The reading of the next planned attempt."""
        while self._planned:
            due, _, work = self._planned[0]
            if work.due == due and not work.busy:
                return due
            heapq.heappop(self._planned)  # settled by hand, or planned again when it is free
        return None

    def begin(self) -> None:
        """Start everything that is due by now, in due order."""
        now = self._clock.now()
        while (due := self.due()) is not None and due <= now:
            work = heapq.heappop(self._planned)[2]
            work.due = None
            if delivery := self.outbox.get(work.id):
                self._launch(work, delivery.url)

    def busy(self) -> bool:
        """Whether anything is being sent."""
        return len(self._lanes) > 0

    async def done(self) -> None:
        """Return when nothing is being sent."""
        await self._lanes.idle()

    def _begin_anew(self) -> None:
        self._number = 0
        self.outbox = self._new_outbox()
        self._works: dict[str, Work] = {}
        self._planned: list[tuple[float, int, Work]] = []

    def _stop(self) -> None:
        """Cut off what is being sent, and let go whoever waits for it."""
        self._lanes.cancel()
        for work in self._works.values():
            work.free()

    def _keep(self, delivery: Delivery) -> None:
        """Keep a delivery. What has to go for it is never sent, and that is told."""
        gone = self.outbox.put(delivery)
        if gone is None:
            return
        if work := self._works.pop(gone.id, None):
            work.due = None
        if not gone.settled:
            self._report(gone._replace(state="dropped", due=None, why=CROWDED), "")

    def _plan(self, work: Work, due: float) -> None:
        work.due = due
        heapq.heappush(self._planned, (due, next(self._order), work))
        self._clock.note(self)

    def _launch(self, work: Work, url: str) -> None:
        work.busy = True
        place = egress.place_of(url)
        if isinstance(place, egress.Refused):
            self._lanes.put("", "", work)
        else:
            origin = f"{place.scheme}://{place.host}:{place.port}"
            self._lanes.put(origin, url.partition("?")[0], work)

    async def _launched(self, work: Work, url: str) -> None:
        over = work.over = asyncio.get_running_loop().create_future()
        self._launch(work, url)
        await over

    async def _attempt(self, work: Work) -> None:
        """Make one attempt, and see that the delivery is free again afterwards. Raises nothing."""
        try:
            if not self._closed and (before := self._present(work)):
                await self._try(work, before)
        finally:
            work.free()
            if work.due is not None and self._present(work):
                self._plan(work, work.due)  # its turn may have come while it was sent by hand

    async def _try(self, work: Work, before: Delivery) -> None:
        try:
            parcel = work.parcel or await work.make()
            if not self._present(work):
                return
            if parcel is None:
                self._withdraw(work)
                return
            sending = before._replace(
                state="sending",
                media_type=parcel.media_type,
                body=parcel.body[:KEPT_BODY],
                size=parcel.size,
            )
            self.outbox.put(sending)
            way = work.way or await self._courier.way(before.url)
            if isinstance(way, str):
                self._give_up(work, sending, before.state, "refused", way)
                return
            work.way = way
            if parcel.file is None:
                work.parcel = parcel  # a file may be gone by the next attempt: it is made again
            attempt = await self._courier.carry(sending, parcel, work.policy, way, asked=work.asked)
        except Exception as error:  # in what makes a parcel, or takes one in this process
            bug = f"{type(error).__name__}: {error}"
            why = f"the simulator failed: {bug}"
            self._give_up(work, self._present(work), before.state, "failed", why, bug)
            return
        if self._present(work):
            self._record(work, sending, before.state, attempt)

    def _record(self, work: Work, sending: Delivery, before: State, attempt: Attempt) -> None:
        """Keep an attempt, and plan the next one if it failed in its turn."""
        attempts = (*sending.attempts[1 - KEPT_ATTEMPTS :], attempt)
        gaps = work.policy.retries
        state, due, why = before, sending.due, sending.why or attempt.why
        if not attempt.why:
            state, due, why = "delivered", None, ""
            work.due = None
        elif attempt.asked:
            state = "failed" if before == "refused" else before
        elif work.tries < len(gaps):
            state, why = "waiting", attempt.why
            due = round(attempt.ended + gaps[work.tries], DIGITS)
            work.tries += 1
        else:
            state, due, why = "failed", None, attempt.why
        self._set(sending._replace(attempts=attempts, state=state, due=due, why=why))
        if not attempt.asked and due is not None:
            self._plan(work, due)

    def _give_up(
        self,
        work: Work,
        sending: Delivery | None,
        before: State,
        state: State,
        why: str,
        bug: str = "",
    ) -> None:
        """Nothing was sent, and no more is planned. What was only asked for changes nothing."""
        if sending is None or not self._present(work):
            return
        if not work.asked:
            self._set(sending._replace(state=state, due=None, why=why), bug)
        else:
            self._set(sending._replace(state=before), bug)

    def _set(self, delivery: Delivery, bug: str = "") -> None:
        self._keep(delivery)
        self._report(delivery, bug)

    def _withdraw(self, work: Work) -> None:
        """There turned out to be nothing to send."""
        work.due = None
        self._works.pop(work.id, None)
        self.outbox.forget(work.id)

    def _present(self, work: Work) -> Delivery | None:
        """The delivery of some work, unless it is of before a reset or no longer kept."""
        return self.outbox.get(work.id) if self._works.get(work.id) is work else None


STOPPED = "the server is stopping"
CROWDED = "more deliveries were waiting than are kept"


def _dropped(delivery: Delivery) -> Delivery:
    why = "the server stopped before its time came"
    if delivery.state == "sending":
        why = "the server stopped while it was being sent; whether it arrived is not known"
    elif delivery.attempts:
        why = "the server stopped before it was tried again"
    return delivery._replace(state="dropped", due=None, why=why)
