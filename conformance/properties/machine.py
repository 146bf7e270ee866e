"""Stories that Hypothesis makes up: jobs are started, read, waited for and mixed, in any order, and
what must hold always is asked after every step."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

from conformance.model import Disabled, Finding
from conformance.story import look
from conformance.target import Target, log

if TYPE_CHECKING:
    from conformance.connection import Connection
    from conformance.dialects.base import Mode, View
    from conformance.exchange import Exchange
    from conformance.listener import Hook

T = TypeVar("T")
Way: TypeAlias = tuple[int, str]
"""Which target, and the name of the mode of a create."""
STEPS = 20
WAITS = (1, 3, 12, 60)  # in the time between two polls
REAL_WAITS = (1,)  # where it is our time too
FEWER = 9  # so many times fewer stories are told there
LATE = 60.0  # seconds that a webhook may take


class Broken(AssertionError):
    """Something that must hold did not."""

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(f"expected {expected}, got {actual}")
        self.expected = expected
        self.actual = actual


@dataclass(slots=True, eq=False)
class Life:
    """What is known of a job so far."""

    target: Target
    mode: Mode
    id: str
    hook: Hook | None
    progress: float = 0.0
    end: View | None = None

    def show(self, view: View) -> None:
        """Take what a poll shows. Broken when it cannot be."""
        if view.id and view.id != self.id:
            raise Broken(f"the job {self.id}", f"the job {view.id}")
        if view.state == "unknown":
            raise Broken("a documented state", repr(view.word))
        if self.end is not None and view.state != self.end.state:
            raise Broken(f"{self.end.word!r} for good", f"{view.word!r} later")
        if not view.ended and view.url:
            raise Broken("no URL before the end", f"{view.word!r} with {view.url}")
        if view.state == "done" and not view.url:
            raise Broken("the address of the video when it is done", "none")
        if view.progress is not None:
            if view.progress < self.progress:
                raise Broken(
                    "progress that never falls", f"{view.progress:g} after {self.progress:g}"
                )
            self.progress = view.progress
        if view.ended:
            self.end = view


async def stories(
    targets: Sequence[Target], *, seed: int, max_examples: int
) -> AsyncIterator[Finding]:
    """The shortest story in which something does not hold, as a finding with its calls in order.

    The targets share one connection but for their bases. Where a second one like it can be
    started, the stories are told there, each from its beginning, so that they can be told again.
    Where time is real there are fewer, and they wait less.
    """
    connection = targets[0].connection
    if any(one.connection.live for one in targets):
        raise Disabled("made-up stories start many jobs, and cost money at a live target")
    async with contextlib.AsyncExitStack() as stack:
        if connection.another is not None:
            other = await stack.enter_async_context(connection.another())
            targets = [_moved(one, other) for one in targets]
        teller = Teller(targets, await _ways(targets), asyncio.get_running_loop())
        many = max_examples if connection.still else max(1, max_examples // FEWER)
        broken = await asyncio.to_thread(_play, teller, seed, many)
    if broken is not None:
        story = tuple(replace(one, number=n) for n, one in enumerate(teller.told, 1))
        yield Finding(broken.expected, broken.actual, story)


def _moved(target: Target, other: Connection) -> Target:
    """The same, over another connection."""
    place = urlsplit(target.connection.base).path
    here = replace(other, base=f"{other.base[: -len(urlsplit(other.base).path)]}{place}")
    return Target(target.dialect, target.contract, here, target.purse)


class Teller:
    """Tells stories to targets from another thread than that of their loop."""

    def __init__(
        self, targets: Sequence[Target], ways: Sequence[Way], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.targets = targets
        self.ways = ways
        self.told: tuple[Exchange, ...] = ()
        self.broken: Broken | None = None
        self._loop = loop
        self._trace: list[Exchange] = []

    def begin(self) -> None:
        """A new story: everything is as it was at the start, where that can be had."""
        connection = self.targets[0].connection
        if connection.again is not None:
            asyncio.run_coroutine_threadsafe(connection.again(), self._loop).result()  # type: ignore[arg-type]
            self.targets = [
                Target(one.dialect, one.contract, one.connection, one.purse) for one in self.targets
            ]
        self._trace.clear()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do one thing. What was called for it is part of the story."""
        token = log.set(self._trace)
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except Broken as broken:
            self.broken, self.told = broken, tuple(self._trace)
            raise
        finally:
            log.reset(token)


async def _ways(targets: Sequence[Target]) -> list[Way]:
    """The creates that may be repeated, do not wait, and have all they need. Disabled when there
    are none."""
    found: list[Way] = []
    why = ""
    for index, target in enumerate(targets):
        for mode in target.dialect.MODES.values():
            if not mode.waits and (mode is target.mode or not mode.builds_on):
                try:
                    await target.body(mode)
                    found.append((index, mode.name))
                except Disabled as disabled:
                    why = str(disabled)
    if not found:
        raise Disabled(why)
    return found


def _play(teller: Teller, seed: int, max_examples: int) -> Broken | None:
    """Runs the machine; blocks. What broke in the shortest story, which `teller` has told."""
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    settings = hypothesis.settings(
        max_examples=max_examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    machine = hypothesis.seed(seed)(_machine(teller))
    try:
        run_state_machine_as_test(machine, settings=settings)
    except Broken as broken:
        return broken
    except hypothesis.errors.Flaky:
        if teller.broken is None:
            raise
        return Broken(teller.broken.expected, f"{teller.broken.actual}; not at every telling")
    return None


def _machine(teller: Teller) -> Any:
    """The state machine that makes stories up."""
    from hypothesis import strategies as st
    from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

    do = teller.do
    ways = teller.ways
    places = range(len(teller.targets))
    waits = WAITS if teller.targets[0].connection.still else REAL_WAITS

    class Stories(RuleBasedStateMachine):
        jobs: Any = Bundle("jobs")

        def __init__(self) -> None:
            super().__init__()
            teller.begin()
            self.lives: list[Life] = []

        @initialize(target=jobs, way=st.sampled_from(ways))
        def begin(self, way: Way) -> Life:
            return self.started(way)

        @rule(target=jobs, way=st.sampled_from(ways))
        def submit(self, way: Way) -> Life:
            return self.started(way)

        def started(self, way: Way) -> Life:
            target = teller.targets[way[0]]
            life = do(_submitted(target, target.dialect.MODES[way[1]], self.lives))
            self.lives.append(life)
            return life

        @rule(life=jobs)
        def poll(self, life: Life) -> None:
            do(_polled(life, self.lives))

        @rule(life=jobs)
        def poll_as_another(self, life: Life) -> None:
            do(_foreign(life))

        @rule(place=st.sampled_from(places), times=st.sampled_from(waits))
        def wait(self, place: int, times: int) -> None:
            target = teller.targets[place]
            do(target.wait(times * target.connection.interval))

        @rule(life=jobs)
        def hear(self, life: Life) -> None:
            do(_heard(life))

        @rule(life=jobs)
        def fetch(self, life: Life) -> None:
            if life.end is not None and life.end.url:
                do(_fetched(life))

    return Stories


async def _submitted(target: Target, mode: Mode, others: Sequence[Life]) -> Life:
    push, listener = target.dialect.PUSH, target.connection.listener
    told = push is not None and not push.apart and listener is not None
    hook = target.hook() if told else None
    change = {push.field: hook.url} if push and hook else {}
    exchange = await target.submit(mode, change)
    job = target.dialect.job_of(exchange.answer)
    if not job:
        raise Broken("a legal create to be accepted", exchange.told())
    if any(one.id == job for one in others):
        raise Broken("an id of its own for every job", job)
    return Life(target, mode, job, hook)


async def _polled(life: Life, others: Sequence[Life] = ()) -> None:
    life.show((await look(life.target, life.mode, life.id)).view)
    url = life.end.url if life.end else ""
    if url and any(one is not life and one.end and one.end.url == url for one in others):
        raise Broken("a result of its own", url)


async def _foreign(life: Life) -> None:
    """Another account does not see the job."""
    if len(life.target.connection.keys) < 2:
        return
    ask = life.target.dialect.poll(life.mode, life.id)
    exchange = await life.target.call(ask, key=life.target.other_key)
    if life.target.dialect.problem(exchange.answer) is None:
        raise Broken("a job of another account not to be there", exchange.told())


async def _heard(life: Life) -> None:
    """A webhook has told of an end exactly when there is one."""
    push = life.target.dialect.PUSH
    if push is None or life.hook is None:
        return
    notes = [push.read(one) for one in life.hook.deliveries]
    told = [one for one in notes if one.state != "unknown"]
    await _polled(life)
    if told and life.end is None:
        raise Broken("a webhook at the end, not before", f"a webhook says {told[0].state}")
    if life.end is None:
        return
    if told and told[0].state != life.end.state:
        raise Broken(f"a webhook that says {life.end.state}", f"one that says {told[0].state}")
    if not told and not await life.target.deliveries(life.hook, 1, LATE):
        raise Broken("a webhook when the job has ended", f"none in {LATE:g} s")


async def _fetched(life: Life) -> None:
    assert life.end is not None
    exchange = await life.target.fetch(life.end.url)
    if exchange.answer.status != 200:
        raise Broken("the video at its address", exchange.told())
