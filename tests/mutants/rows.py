"""Mutants made of the rows of requirements: each row is ignored in turn.

A create that must be refused is answered as the usual create of its mode was; one that must be
accepted is answered as a list was that was sent for a body. Only creates whose body is exactly the
row's are bent. That no other case fails then is not run for each row, which would be hundreds of
whole runs: `doubles` shows instead that no two rows of a mode send the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.dialects import dialect_of
from conformance.registry import cases_of, rows_by_id
from conformance.runner import judged
from conformance.target import changed
from conformance.targets.ours import ours
from tests.mutants.model import judged as endpoint
from tests.mutants.wire import Ahead, Call, Reply, wrapped

if TYPE_CHECKING:
    from conformance.exchange import Ask
    from conformance.listener import Listener
    from conformance.model import Json
    from conformance.target import Target


@dataclass(slots=True)
class Ignored:
    """Answers one create as another was answered. While there is none, `last` is what was answered
    last."""

    prefix: str
    sent: Ask | None = None
    answer: Reply | None = None
    last: dict[str, Reply] = field(default_factory=dict)

    async def bend(self, call: Call, ahead: Ahead) -> Reply:
        if self.sent is not None and self.answer is not None and self._is(call, self.sent):
            return self.answer
        found = await ahead(call)
        self.last[call.path] = found
        return found

    def _is(self, call: Call, sent: Ask) -> bool:
        return call.path == f"{self.prefix}{sent.url}" and call.body == sent.body


async def survivors(provider: str, listener: Listener) -> dict[str, str]:
    """The rows that do not fail when they are ignored, with what their case said."""
    dialect, rows = dialect_of(provider), rows_by_id(provider)
    ignored = Ignored(f"/{provider}")
    answers: dict[tuple[str, bool], Reply] = {}
    found: dict[str, str] = {}
    async with ours(provider, wrap=wrapped(ignored.bend), listener=listener) as connection:
        target = endpoint(provider, connection)
        for case in cases_of(provider):
            if (row := rows.get(case.id)) is None:
                continue
            ignored.sent = None
            place = row.mode, row.accept
            if place not in answers:
                answers[place] = await _answered(target, ignored, row.mode, row.accept)
            mode = dialect.MODES[row.mode]
            body = changed(await target.body(mode), row.change())
            ignored.sent, ignored.answer = dialect.create(mode, body), answers[place]
            result = await judged(target, case)
            if result.verdict != "fail":
                found[case.id] = f"{result.verdict} {result.why}".strip()
    return found


async def _answered(target: Target, ignored: Ignored, mode: str, refused: bool) -> Reply:
    """How the simulator answers the usual create of a mode, or a list in place of its body."""
    chosen = target.dialect.MODES[mode]
    ask = target.dialect.create(chosen, await target.body(chosen))
    exchange = await target.call(replace(ask, body=b"[]") if refused else ask)
    assert bool(target.dialect.problem(exchange.answer)) is refused, exchange.told()
    return ignored.last[f"{ignored.prefix}{ask.url}"]


async def doubles(provider: str, listener: Listener) -> list[tuple[str, str]]:
    """Pairs of rows that send the same, and rejected rows that send what the usual create does. One
    that must be accepted may: then the usual create stands at a limit."""
    dialect = dialect_of(provider)
    known: dict[tuple[str, str], str] = {}
    found = []
    async with ours(provider, listener=listener) as connection:
        target = endpoint(provider, connection)
        for row in rows_by_id(provider).values():
            usual = await target.body(dialect.MODES[row.mode])
            sent = _text(changed(usual, row.change()))
            if known.setdefault((row.mode, sent), row.id) != row.id:
                found.append((known[row.mode, sent], row.id))
            if sent == _text(usual) and not row.accept:
                found.append(("the usual create", row.id))
    return found


def _text(body: Json) -> str:
    return json.dumps(body, sort_keys=True)
