"""Suggestions for a call that is refused, or has fields that nobody looks at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mockserver.contract.message import Call, Problem, Suggestion
from mockserver.contract.model import Json, Operation
from mockserver.contract.validate import Checker

if TYPE_CHECKING:
    from mockserver.contract.suggest import Adviser

Objects = Callable[[Json], bool]
"""Whether the provider would object to a body that keeps the contract."""


class Advice:
    """Asks for suggestions. What it takes to make some is loaded when the first are asked for."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._made: Adviser | None = None

    def on(
        self,
        problem: Problem,
        operation: Operation | None,
        call: Call,
        read: Call | None,
        objects: Objects,
    ) -> Sequence[Suggestion]:
        """What a refused call may have meant; `read` is it with its body, if it got so far."""
        if problem.name == "no-route":
            return self._adviser.elsewhere(call.method, call.path)
        if operation is None or self._checker.contract.own:
            return ()
        if problem.name == "unauthenticated":
            return self._adviser.admission(operation, call)
        if read is None:
            return ()
        pointer = problem.pointer
        return self._adviser.content(
            operation, read, problem.violations, refused=pointer, objects=objects
        )

    def on_ignored(self, operation: Operation, call: Call) -> Sequence[Suggestion]:
        """What the ignored fields of a call may have meant."""
        return self._adviser.content(operation, call)

    @property
    def _adviser(self) -> Adviser:
        if self._made is None:
            from mockserver.contract.suggest import Adviser

            self._made = Adviser(self._checker)
        return self._made
