"""A job's life: fixed at birth, a function of time ever after."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Timeline:
    """All steps of a job in order. The first is at 0; one of them is the first that has ended.

    `url_until` and `record_until` are seconds after birth; after `record_until` the record is
    gone, unless a last step says what it shows then.
    """

    steps: Sequence[Step]
    url_until: float
    record_until: float

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
        if isinstance(self.steps, Drawn):
            return self.steps.ended[0]
        for step in self.steps:
            if step.ended:
                return step
        raise LookupError("a timeline without an end")


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
