"""What a refused call may have meant: the near name, the other's name, the value that would do.

Everything comes from the specs. Asked only when a call is refused or has fields that are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from mockserver.contract import lexicon
from mockserver.contract.message import Call, Suggestion, Violation
from mockserver.contract.model import Json, Operation
from mockserver.contract.suggest_access import credentials, paths
from mockserver.contract.suggest_fields import Fields
from mockserver.contract.suggest_together import together
from mockserver.contract.suggest_values import Fitting, Values
from mockserver.contract.validate import Checker

MOST = 5
LARGEST_BODY = 64 * 1024


class Adviser:
    """Suggests for calls of one contract. What it needs of the specs is made when first needed."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._contract = checker.contract
        self._fitting = Fitting(checker)

    def elsewhere(self, method: str, path: str) -> tuple[Suggestion, ...]:
        """Suggestions for a path that does not exist."""
        return tuple(paths(self._contract, method, path, lexicon.everybody()))

    def admission(self, operation: Operation, call: Call) -> tuple[Suggestion, ...]:
        """Suggestions for a call without good credentials."""
        return tuple(credentials(self._contract, operation, call.headers, call.query))

    def content(
        self,
        operation: Operation,
        call: Call,
        violations: Sequence[Violation] = (),
        *,
        refused: str = "",
        objects: Callable[[Json], bool] = lambda body: False,
    ) -> tuple[Suggestion, ...]:
        """Suggestions for a call's fields and values.

        `refused` points at what in the body the provider itself refuses, where it does; `objects`
        is whether it would object to another body too.
        """
        if len(call.raw) > LARGEST_BODY:
            return ()
        found = list(self._content(operation, call, violations, refused, objects))
        return tuple({one.say: one for one in found}.values())[:MOST]

    def _content(
        self,
        operation: Operation,
        call: Call,
        violations: Sequence[Violation],
        refused: str,
        objects: Callable[[Json], bool],
    ) -> Iterator[Suggestion]:
        yield from Fields(
            self._contract,
            operation,
            lexicon.fields_of(self._contract),
            self._fitting,
            query=call.query,
            body=call.body,
        ).suggestions()
        yield from together(self._contract, violations)
        schema = operation.bodies.get("application/json")
        if schema is None or call.body is None:
            return
        values = Values(operation, schema, self._checker, call.body, objects)
        yield from values.suggestions(violations)
        if refused and not violations and objects(call.body):
            yield from values.otherwise(refused)
