"""The part of the control API about time: read it, move it, and let it pass in another way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge, nsmallest
from itertools import count, islice
from typing import NamedTuple, TypeAlias

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Json
from mockserver.jobs.clock import SteppedClock, SystemClock, VirtualClock, iso
from mockserver.jobs.happened import Happening, happened
from mockserver.jobs.job import DIGITS, Job
from mockserver.providers.base import Desk, Extra
from mockserver.scenario.fate import NEVER
from mockserver.webhooks.model import Delivery
from mockserver.world.clock import Kind, NotMoved, reading
from mockserver.world.world import World

TOLD = 1_000
MOST_ROUNDS = 1_000
FARTHEST = 315_360_000.0
OPTION = {"speed": "real", "step": "stepped"}

Target: TypeAlias = "float | Problem"


class Told(NamedTuple):
    """What the pump told of a delivery, and when."""

    at: float
    delivery: Delivery


class Clocks:
    """The clock of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.EXTRAS: Mapping[str, Extra] = {
            "read_clock": self.read_clock,
            "put_clock": self.put_clock,
            "advance_clock": self.advance_clock,
        }

    async def read_clock(self, desk: Desk, call: Call) -> Reply:
        return Reply(200, reading(self._world.clock))

    async def put_clock(self, desk: Desk, call: Call) -> Reply | Problem:
        body, settings = call.body, self._world.settings
        for option, kind in OPTION.items():
            if option in body and body["kind"] != kind:
                return _wrong(option, body[option], f"is of a {kind} clock, not of this one")
        at = self._reading("at", body["at"]) if "at" in body else 0.0
        if isinstance(at, Problem):
            return at
        speed, step = body.get("speed", settings.speed), body.get("step", settings.step)

        def make(start: float) -> Kind:
            if body["kind"] == "real":
                return SystemClock(speed, start)
            return SteppedClock(step, start) if body["kind"] == "stepped" else VirtualClock(start)

        with self._watched(call) as watch:
            await self._world.clock.become(make, at)
        return Reply(200, reading(self._world.clock) | watch.shown())

    async def advance_clock(self, desk: Desk, call: Call) -> Reply | Problem:
        clock, wanted = self._world.clock, call.body
        more: Json = {}
        with self._watched(call) as watch:
            try:
                if "seconds" in wanted:
                    await clock.advance(wanted["seconds"])
                elif wanted["until"] == "idle":
                    more["idle"] = await self._until_idle()
                else:
                    at = self._target(wanted["until"])
                    if isinstance(at, Problem):
                        return at
                    await clock.reach(at)
            except NotMoved as error:
                say = f"{error}; PUT /_mock/clock makes it virtual, as does --clock virtual"
                return Problem("no-virtual-clock", say=say)
        return Reply(200, reading(clock) | watch.shown() | more)

    async def _until_idle(self) -> bool:
        """Move on until nothing happens by itself any more; False when that does not come."""
        clock = self._world.clock
        for _ in range(MOST_ROUNDS):
            last = max(self._pending(clock.now()), default=None)
            await clock.reach(clock.now() if last is None else last)
            if last is None:
                return True
            while awaited := clock.awaited():
                await clock.reach(max(awaited))
        return False

    def _pending(self, now: float) -> Iterator[float]:
        """The readings at which something is going to happen by itself, as far as is known."""
        world = self._world
        yield from (job.ends for job in world.jobs if job.ends > now and not _endless(job))
        yield from world.clock.awaited()
        for one in world.pump.outbox:
            if one.due is not None and not one.settled and not _of_endless(one):
                yield max(one.due, now)

    def _target(self, wanted: Json) -> Target:
        if isinstance(wanted, str):
            return self._reading("until", wanted)
        job = self._world.jobs.get(wanted["job"])
        if job is None:
            return Problem("not-found", say=f"body/until/job: there is no job {wanted['job'][:80]}")
        return _moment(job, wanted["state"], self._world.clock.now())

    def _reading(self, name: str, text: str) -> Target:
        """The reading that a text in a body names, neither past nor too far away."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            kinds = ", nor idle" if name == "until" else ""
            return _wrong(name, text, f"is no time in ISO 8601{kinds}")
        if moment.tzinfo is None:
            return _wrong(name, text, "names no zone; write Z at its end for UTC")
        at, now = round(moment.timestamp(), DIGITS), self._world.clock.now()
        if at < now:
            return _wrong(name, text, f"is past: the clock reads {iso(now)} and does not go back")
        if at > now + FARTHEST:
            return _wrong(name, text, f"is more than ten years after {iso(now)}")
        return at

    @contextlib.contextmanager
    def _watched(self, call: Call) -> Iterator[Watch]:
        watch = Watch(self._world, int(call.query.get("limit", TOLD)))
        self._world.ears.append(watch.hear)
        try:
            yield watch
        finally:
            self._world.ears.remove(watch.hear)


class Watch:
    """Looks on while the clock moves, and tells at most so much of what happened."""

    def __init__(self, world: World, limit: int) -> None:
        self._world = world
        self._limit = limit
        self._since = world.clock.now()
        self._heard: list[Told] = []
        self._deaf = 0

    def hear(self, delivery: Delivery) -> None:
        if len(self._heard) < self._limit:
            self._heard.append(Told(self._world.clock.now(), delivery))
        else:
            self._deaf += 1

    def shown(self) -> Json:
        lives = happened(self._world.jobs, self._since, self._world.clock.now())
        number = count()
        first = nsmallest(self._limit, (one for one, _ in zip(lives, number, strict=False)))
        rest = sum(1 for _ in lives)  # of these none is looked at where none is to be told
        total = next(number) + rest + len(self._heard) + self._deaf
        shown = list(islice(_told(first, self._heard), self._limit))
        return {"happened": shown, "left_out": total - len(shown)}


def _endless(job: Job) -> bool:
    return job.timeline.end.at >= NEVER


def _of_endless(one: Delivery) -> bool:
    """Whether a delivery waits for the end of a job that never ends, kept or not."""
    return not one.attempts and one.due is not None and round(one.due - one.born) >= NEVER


def _moment(job: Job, state: str, now: float) -> Target:
    """The reading at which a job shows a state: now, or when it comes to it."""
    present = job.at(now).state
    if present == state:
        return now
    steps = [(round(job.created + one.at, DIGITS), one) for one in job.timeline.steps]
    ahead = [(at, one.state) for at, one in steps if at > now and one.at < NEVER]
    for at, name in ahead:
        if name == state:
            return at
    left = ", ".join(dict.fromkeys(name for _, name in ahead if name != present))
    still = f"it is {present} and comes to {left or 'nothing else'}"
    return _wrong("until/state", state, f"is no state that job {job.id} comes to: {still}")


def _told(lives: Iterable[Happening], heard: Iterable[Told]) -> Iterator[Json]:
    """Both in one, in order; of one moment first what the job does, then what is told of it."""
    for _, _, view in merge(
        ((one.at, 0, _life(one)) for one in lives),
        ((one.at, 1, _delivery(one)) for one in heard),
        key=lambda one: one[:2],
    ):
        yield view


def _life(one: Happening) -> Json:
    view: Json = {
        "at": iso(one.at),
        "what": one.what,
        "provider": one.job.provider,
        "job": one.job.id,
    }
    if one.step.state:
        view["state"] = one.step.state
        if one.step.progress is not None:
            view["progress"] = one.step.progress
        if one.step.ended:
            view["ended"] = True
    return view


def _delivery(told: Told) -> Json:
    one = told.delivery
    view: Json = {
        "at": iso(told.at),
        "what": "delivery",
        "provider": one.provider,
        "job": one.job,
        "state": one.state,
        "push": one.push,
        "delivery": one.id,
    }
    if one.attempts:
        view["attempt"] = one.attempts[-1].number
        view["status"] = one.attempts[-1].status
    return view | ({"why": one.why} if one.why else {})


def _wrong(pointer: str, found: Json, say: str) -> Problem:
    return Problem("invalid", say=f"body/{pointer} is {str(found)[:80]!r}, which {say}")
