"""A job's life: fixed at birth, a function of time ever after."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, overload

from mockserver.contract.model import JobKind
from mockserver.jobs.chance import Chance


class Step(NamedTuple):
    """What a job shows from `at` seconds after its birth on, until the next step."""

    at: float
    state: str
    progress: int | None
    ended: bool


class Drawn(Sequence[Step]):
    """Steps of which those before the end are drawn when one of them is first looked at.

    They come from a stream that nobody else draws numbers from: it does not matter when.
    """

    __slots__ = ("_draw", "_steps", "ended")

    def __init__(self, draw: Callable[[], Iterable[Step]], ended: tuple[Step, ...]) -> None:
        self._draw = draw
        self._steps: tuple[Step, ...] = ()
        self.ended = ended

    @overload
    def __getitem__(self, index: int) -> Step: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...

    def __getitem__(self, index: int | slice) -> Step | Sequence[Step]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def _all(self) -> tuple[Step, ...]:
        if not self._steps:
            self._steps = (*self._draw(), *self.ended)
        return self._steps


class Timeline:
    """All steps of a job in order. The first is at 0; one of them is the first that has ended.

    `url_until` and `record_until` are seconds after birth; after `record_until` the record is
    gone, unless a last step says what it shows then.
    """

    __slots__ = ("_plan", "_record_until", "_steps", "_url_until")

    def __init__(self, steps: Sequence[Step], url_until: float, record_until: float) -> None:
        self._plan: Callable[[], Timeline] | None = None
        self._steps = steps
        self._url_until = url_until
        self._record_until = record_until

    @classmethod
    def planned(cls, plan: Callable[[], Timeline]) -> Timeline:
        """The timeline that a plan makes, which is asked when something of it is looked at."""
        one = cls.__new__(cls)
        one._plan = plan
        return one

    @property
    def steps(self) -> Sequence[Step]:
        """What the job shows, from the first on."""
        if self._plan is not None:
            self._look()
        return self._steps

    @property
    def url_until(self) -> float:
        """From when on the result cannot be fetched any more."""
        if self._plan is not None:
            self._look()
        return self._url_until

    @property
    def record_until(self) -> float:
        """From when on the provider does not know the job any more."""
        if self._plan is not None:
            self._look()
        return self._record_until

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timeline) and self._all() == other._all()

    def __hash__(self) -> int:
        return hash(self._all())

    def at(self, elapsed: float) -> Step:
        """The step that shows `elapsed` seconds after birth."""
        index = bisect_right(self.steps, elapsed, key=lambda step: step.at)
        return self.steps[max(index - 1, 0)]

    def until(self, elapsed: float) -> float:
        """When what shows `elapsed` seconds after birth gives way to something else."""
        later = (step.at for step in self.steps if step.at > elapsed)
        return min(next(later, float("inf")), self.record_until)

    @property
    def end(self) -> Step:
        """The step in which the work ended."""
        steps = self.steps
        if isinstance(steps, Drawn):
            return steps.ended[0]
        for step in steps:
            if step.ended:
                return step
        raise LookupError("a timeline without an end")

    def _look(self) -> None:
        """Have the plan made."""
        assert self._plan is not None, "it was made already"
        made = self._plan()
        self._steps, self._url_until, self._record_until = made._all()
        self._plan = None

    def _all(self) -> tuple[Sequence[Step], float, float]:
        return self.steps, self.url_until, self.record_until


def plan(chance: Chance, kind: JobKind, *, seconds: float, failed: bool) -> Timeline:
    """The life of a job that makes `seconds` of new video. From now on only it draws numbers.

    Progress never falls, stays below its end while the work runs, and is 100 when it is done.
    """
    length = chance.uniform(*kind.base) + seconds * chance.uniform(*kind.per_second)
    length = round(length, 3)
    done = kind.failed if failed else kind.done
    progress = 100 if kind.jumps and not failed else None
    ended: tuple[Step, ...] = (Step(length, done, progress, ended=True),)
    record_until = round(length + kind.record_life, 3)
    if kind.after:
        ended += (Step(record_until, kind.after, None, ended=True),)
        record_until = float("inf")
    steps = Drawn(partial(_running, chance, kind, length), ended)
    return Timeline(steps, round(length + kind.url_life, 3), record_until)


def _running(chance: Chance, kind: JobKind, length: float) -> list[Step]:
    """The steps before the end: each state in its share, with progress moving in a few jumps."""
    changes = _changes(kind, length)
    if kind.jumps is None:
        moments = sorted({0.0, *changes})
        return [Step(at, _state(kind, changes, at), None, False) for at in moments]
    moments = sorted({0.0, *changes, *_jumps(chance, kind.jumps, length)})
    steps = [Step(0.0, _state(kind, changes, 0.0), 0, False)]
    progress = 0
    for at in moments[1:]:
        ceiling = round(kind.last_progress * at / length)
        progress = chance.integer(progress, ceiling if ceiling > progress else progress)
        steps.append(Step(at, _state(kind, changes, at), progress, False))
    return steps


def _state(kind: JobKind, changes: Sequence[float], at: float) -> str:
    return kind.running[bisect_right(changes, at) if changes else 0][0]


def _jumps(chance: Chance, jumps: tuple[int, int], length: float) -> list[float]:
    count = chance.integer(*jumps)
    return [round(chance.uniform(0.1, 0.95) * length, 3) for _ in range(count)]


def _changes(kind: JobKind, length: float) -> list[float]:
    """When one running state gives way to the next."""
    changes, passed = [], 0.0
    for _, share in kind.running[:-1]:
        passed += share
        changes.append(round(passed * length, 3))
    return changes
