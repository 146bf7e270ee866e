"""Stories that Hypothesis makes up: jobs are started, read, waited for and mixed, in any order, and
what must hold always is asked after every step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from conformance.model import Disabled, Finding
from conformance.story import look
from conformance.target import log

if TYPE_CHECKING:
    from conformance.dialects.base import Mode, View
    from conformance.exchange import Exchange
    from conformance.listener import Hook
    from conformance.target import Target

T = TypeVar("T")
STEPS = 20
WAITS = (1, 3, 12, 60)  # in the time between two polls
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
    """The shortest story in which something does not hold, as a finding with its calls in order."""
    for target in targets:
        if target.connection.live:
            raise Disabled("made-up stories start many jobs, and cost money at a live target")
    loop = asyncio.get_running_loop()
    trace: list[Exchange] = []
    for target, mode in _ways(targets):
        await target.body(mode)  # what it builds on is made before any story
    broken = await asyncio.to_thread(_play, targets, loop, trace, seed, max_examples)
    if broken is not None:
        story = tuple(replace(one, number=n) for n, one in enumerate(trace, 1))
        yield Finding(broken.expected, broken.actual, story)


def _ways(targets: Sequence[Target]) -> list[tuple[Target, Mode]]:
    """The creates that may be repeated and do not wait."""
    return [
        (target, mode)
        for target in targets
        for mode in target.dialect.MODES.values()
        if not mode.waits and (mode is target.mode or not mode.builds_on)
    ]


def _play(
    targets: Sequence[Target],
    loop: asyncio.AbstractEventLoop,
    trace: list[Exchange],
    seed: int,
    max_examples: int,
) -> Broken | None:
    """Runs the machine; blocks. What broke in the shortest story, whose calls `trace` has."""
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    settings = hypothesis.settings(
        max_examples=max_examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    machine = hypothesis.seed(seed)(_machine(targets, loop, trace))
    try:
        run_state_machine_as_test(machine, settings=settings)
    except Broken as broken:
        return broken
    except hypothesis.errors.Flaky as flaky:
        return Broken("the same story to go the same way again", str(flaky).partition("\n")[0])
    return None


def _machine(
    targets: Sequence[Target], loop: asyncio.AbstractEventLoop, trace: list[Exchange]
) -> Any:
    """The state machine, over these targets. Its steps run in another thread than the loop's."""
    from hypothesis import strategies as st
    from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

    ways = _ways(targets)

    def do(work: Coroutine[Any, Any, T]) -> T:
        token = log.set(trace)
        try:
            return asyncio.run_coroutine_threadsafe(work, loop).result()
        finally:
            log.reset(token)

    class Stories(RuleBasedStateMachine):
        jobs: Any = Bundle("jobs")

        def __init__(self) -> None:
            super().__init__()
            trace.clear()
            self.lives: list[Life] = []

        @initialize(target=jobs, way=st.sampled_from(ways))
        def begin(self, way: tuple[Target, Mode]) -> Life:
            return self.started(way)

        @rule(target=jobs, way=st.sampled_from(ways))
        def submit(self, way: tuple[Target, Mode]) -> Life:
            return self.started(way)

        def started(self, way: tuple[Target, Mode]) -> Life:
            life = do(_submitted(*way))
            if any(one.id == life.id for one in self.lives):
                raise Broken("an id of its own for every job", life.id)
            self.lives.append(life)
            return life

        @rule(life=jobs)
        def poll(self, life: Life) -> None:
            do(_polled(life))
            url = life.end.url if life.end else ""
            if url and any(
                one is not life and one.end and one.end.url == url for one in self.lives
            ):
                raise Broken("a result of its own", url)

        @rule(life=jobs)
        def poll_as_another(self, life: Life) -> None:
            do(_foreign(life))

        @rule(target_=st.sampled_from(targets), times=st.sampled_from(WAITS))
        def wait(self, target_: Target, times: int) -> None:
            do(target_.wait(times * target_.connection.interval))

        @rule(life=jobs)
        def hear(self, life: Life) -> None:
            do(_heard(life))

        @rule(life=jobs)
        def fetch(self, life: Life) -> None:
            if life.end is not None and life.end.url:
                do(_fetched(life))

    return Stories


async def _submitted(target: Target, mode: Mode) -> Life:
    push, listener = target.dialect.PUSH, target.connection.listener
    told = push is not None and not push.apart and listener is not None
    hook = target.hook() if told else None
    change = {push.field: hook.url} if push and hook else {}
    exchange = await target.submit(mode, change)
    job = target.dialect.job_of(exchange.answer)
    if not job:
        raise Broken("a legal create to be accepted", exchange.told())
    return Life(target, mode, job, hook)


async def _polled(life: Life) -> None:
    life.show((await look(life.target, life.mode, life.id)).view)


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
