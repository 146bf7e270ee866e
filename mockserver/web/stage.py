"""The rules of one world as the calls to one provider meet them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mockserver.contract.errors import SpecError
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json, Operation
from mockserver.scenario import triggers
from mockserver.scenario.book import NONE, Decision, Use
from mockserver.scenario.model import Effect, Patch
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.web.hostile import Profile
    from mockserver.web.work import Work


class NoScenario(Exception):
    """A call asks for a scenario that nobody knows. The answer is ours, not the provider's."""

    @property
    def reply(self) -> Reply:
        """What the call is answered."""
        return Reply(400, {"error": "no-scenario", "message": str(self)})


class Stage:
    """Finds out what shall happen to a call on purpose."""

    def __init__(self, world: World, contract: Contract, work: Work | None) -> None:
        self._world = world
        self._contract = contract
        self._work = work
        self.hostile = None if contract.own else profile(world.settings.hostile)
        self._asked = world.settings.triggers and not contract.own
        self._limited = world.settings.limits == "documented"

    def plain(self, operation: Operation | None, call: Call) -> bool:
        """Whether nothing can happen to calls with a head but what rules in force do."""
        if operation is None or self.hostile is not None or self._limited:
            return False
        if not self._asked:
            return True
        marks = ("+" in call.headers.get(way.header, "") for way in operation.security)
        return triggers.HEADER not in call.headers and not any(marks)

    def unmarked(self, operation: Operation, call: Call) -> tuple[Call, list[str]]:
        """A call without the names of scenarios in its key, and those in its key and header."""
        if not self._asked:
            return call, []
        names = triggers.of_header(call.headers)
        for way in operation.security:
            sent = call.headers.get(way.header, "")
            if "+" in sent:
                key, more = triggers.of_key(sent, self._knows)
                if more:
                    headers: Mapping[str, str] = {**call.headers, way.header: key}
                    return call._replace(headers=headers), names + more
        return call, names

    def decide(
        self, operation: Operation, call: Call, names: list[str]
    ) -> tuple[Decision, Sequence[Use]]:
        """What happens to a call, and the rules it asked for. NoScenario for an unknown name."""
        book = self._world.book
        if self.hostile is not None and (decision := self._whim(operation, call)):
            return decision, ()
        if self._asked and call.raw:
            names = names + triggers.of_body(call.raw)
        if (not names and book.idle) or self._work is None:
            return NONE, ()
        try:
            uses = book.called(names, self._contract.name, call.owner)
        except SpecError as error:
            raise NoScenario(str(error)) from None
        job = self._work.subject(operation, call)
        decision = book.decide(
            self._contract.name,
            operation.id,
            owner=call.owner,
            job=job.id if job else "",
            polled=operation.does == "show",
            body=job.told if job else call.body,
            called=uses,
        )
        return decision, uses

    def _whim(self, operation: Operation, call: Call) -> Decision | None:
        """What a provider may do to a call at any time, and does now and then."""
        from mockserver.scenario.load import Reader
        from mockserver.web.hostile import SLOW_POLL, SLOW_SECONDS, whim

        assert self.hostile is not None
        said = whim(self.hostile, call.number, operation.does)
        cases = self._contract.document["x-mock"].get("cases", {})
        name = f"hostile #{call.number}: {said}"
        if said == SLOW_POLL:
            still = self._world.clock.kind == "virtual"  # nobody moves it while a call waits
            return None if still else Decision(Effect(delay=SLOW_SECONDS), (name,))
        if said is None or said not in cases:
            return None
        place = f"/x-mock/cases/{said}"
        rules = [*Reader(self._contract, name, self._contract.file, place).rules(cases[said])]
        able = [one for one in rules if operation.id in one.on]
        return Decision(able[0].effect, (name,)) if able else None

    def refusal(self, decision: Decision, operation: Operation, call: Call) -> Problem:
        """The refusal that the rules want, in the provider's words. A message names what the call
        named, where it can."""
        row = self._contract.errors[decision.effect.refuse]
        said = " and ".join(decision.rules)
        told = _told(operation, call)
        fields: dict[str, object] = {name: told.get(name, "1") for name in _names(row.message)}
        fields |= {name: "1" for _, text in row.headers for name in _names(text)}
        return Problem(row.name, fields | {"detail": said}, say=f"scenario {said}")

    def _knows(self, name: str) -> bool:
        return self._world.book.catalogue.knows(name, self._contract.name)


def _names(text: str) -> list[str]:
    """What a text of the error catalogue wants filled in."""
    return re.findall(r"\{(\w+)\}", text)


def _told(operation: Operation, call: Call) -> dict[str, str]:
    """The words that a call has under names of its own; `id` is the job's."""
    sent = call.body if isinstance(call.body, dict) else {}
    found = {**sent, **call.query, **call.params}
    found.setdefault("id", found.get(operation.job_id))
    return {name: value for name, value in found.items() if isinstance(value, str)}


def profile(chosen: str) -> Profile | None:
    """The hostile profile that was chosen, if any."""
    if not chosen:
        return None
    from mockserver.web.hostile import Profile

    return Profile.parse(chosen)


def played(reply: Reply, effect: Effect) -> Reply:
    """A reply as the rules want it."""
    if effect.headers:
        reply = reply._replace(headers={**reply.headers, **effect.headers})
    if effect.reply and isinstance(reply.body, dict | list):
        body = reply.body
        for patch in effect.reply:
            body = patched(body, patch)
        reply = reply._replace(body=body)
    return reply


def patched(value: Json, patch: Patch) -> Json:
    """A JSON value with the value at a pointer set or removed; the same where its parent is not."""
    return _patched(value, patch.at.split("/")[1:], patch)


def _patched(value: Json, steps: list[str], patch: Patch) -> Json:
    step = steps[0].replace("~1", "/").replace("~0", "~")
    if isinstance(value, list):
        if not step.isdigit() or int(step) >= len(value):
            return value
        index = int(step)
        if len(steps) > 1:
            return [*value[:index], _patched(value[index], steps[1:], patch), *value[index + 1 :]]
        middle = [] if patch.remove else [patch.value]
        return [*value[:index], *middle, *value[index + 1 :]]
    if not isinstance(value, dict) or (step not in value and (len(steps) > 1 or patch.remove)):
        return value
    if len(steps) > 1:
        return {**value, step: _patched(value[step], steps[1:], patch)}
    if patch.remove:
        return {name: one for name, one in value.items() if name != step}
    return {**value, step: patch.value}
