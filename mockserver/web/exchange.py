"""One call, step by step: credentials, body, contract, media, job, reply, journal.

A list of questions; each early answer is a Problem, put into words by whoever is asked.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver.contract.document import DEFAULT_BODY_LIMIT
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json, Operation
from mockserver.contract.validate import Checker
from mockserver.journal import explain, redact
from mockserver.journal.entry import KEPT_BYTES, PLAYED, Entry
from mockserver.media.model import Trouble
from mockserver.providers.base import Here, Voice
from mockserver.scenario.book import Decision
from mockserver.web import wire
from mockserver.web.advice import Advice
from mockserver.web.asked import Asked, Caller, Told
from mockserver.web.credentials import authenticate
from mockserver.web.routes import Route
from mockserver.web.stage import NoScenario, Stage, played
from mockserver.web.trail import NO_EFFECT, Trail
from mockserver.world.desk import WorldDesk
from mockserver.world.sight import WorldSight
from mockserver.world.traffic import Seen
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.web.work import Work

NOT_A_VIDEO = "<html><body><h1>Just a moment...</h1></body></html>"

Variant = Callable[[Mapping[str, str]], "Exchange"]
"""The same exchange with some of the provider's switches set otherwise."""


class Exchange:
    """Answers the calls to one provider, or to the control API, in one world."""

    def __init__(
        self,
        world: World,
        contract: Contract,
        voice: Voice,
        work: Work | None,
        *,
        checker: Checker,
        sight: WorldSight,
        folder: Path,
        variant: Variant,
    ) -> None:
        self.contract = contract
        self._world = world
        self._voice = voice
        self._work = work
        self._checker = checker
        self._folder = folder
        self._sight = sight
        self._stage = Stage(world, contract, work)
        self._advice = Advice(checker)
        self._variant = variant

    def again(self, told: Told, route: Route, call: Call) -> wire.Answer | None:
        """The answer that a poll with the same head got, if it still holds.

        It holds for the same job in the same step, while no rule may act.
        """
        world, job = self._world, told.job
        if world.jobs.get(job.id) is not job or not job.younger(told.until, call.at):
            return None
        entry = told.again(call.number, call.at)
        if not world.book.idle or world.granted(entry.owner) is not None:
            return None
        world.journal.keep(entry)
        headers = {**told.reply.headers, **self._voice.headers(route.operation, call)}
        return wire.Answer(told.reply, headers, told.body)

    async def answer(
        self, route: Route, call: Call, receive: wire.Receive, asked: Asked
    ) -> wire.Answer:
        """The answer to a call, ready to be sent. Writes the journal's line about it."""
        trail = Trail(asked)
        here = self._sight.here(call.at, call.base)
        path = None
        try:
            reply = await self._reply(route, call, receive, here, trail)
            if reply.result or reply.file is not None:
                path, reply = await self._file(reply, trail)
        except wire.ClientGone:
            raise
        except NoScenario as error:
            reply, trail.say = error.reply, str(error)
        except Exception as error:  # the program's one catch-all: the client is always answered
            trail.bug = f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-8)}"
            reply = self._refuse(Problem("internal"), call, here, trail)
        body, careful = wire.encode(reply), True
        if not self.contract.own or trail.bug:
            entry = trail.entry(self.contract.name, route.operation, call, reply, body)
            kept = self._world.journal.write(entry, call.headers)
            careful = kept is not entry
            if reply.stays and self._stage.plain(route.operation, call) and trail.plain:
                asked.told = self._told(route, call, reply, body, kept)
        headers = self._headers(route, call, reply, trail, careful=careful)
        return wire.Answer(reply, headers, body, path, trail.fault)

    def _told(
        self, route: Route, call: Call, reply: Reply, body: bytes, line: Entry
    ) -> Told | None:
        """What is remembered of the answer to a poll. A credential that was granted may expire."""
        world, job = self._world, self._world.jobs.get(line.job)
        if job is None or route.operation is None:
            return None
        owner, _ = authenticate(route.operation.security, call.headers, world.settings.keys)
        if owner != line.owner or world.granted(owner) is not None:
            return None
        return Told(job, job.stays(line.at), reply, body, line[2:])

    async def fetch(self, route: Route, call: Call) -> Path | Trouble:
        """The file behind one of our own addresses, without a socket and without a journal line."""
        trail = Trail()
        reply = await self._reply(route, call, _nothing, self._here(call), trail)
        path, _ = await self._file(reply, trail)
        if path is None:
            return Trouble("status", f"{call.path} answers {reply.status}")
        return path

    async def _reply(
        self, route: Route, call: Call, receive: wire.Receive, here: Here, trail: Trail
    ) -> Reply:
        """The reply in its own words, checked against the contract where it has a route."""
        operation = route.operation
        if operation is None:
            return self._refuse(_unrouted(route, call), call, here, trail)
        outcome = await self._outcome(operation, call, receive, here, trail)
        if trail.player is not None:
            return trail.player._checked(operation.id, outcome, call, trail)
        return self._checked(operation, outcome, call, trail)

    def _checked(
        self, named: Operation | str, outcome: Reply | Problem, call: Call, trail: Trail
    ) -> Reply:
        """The reply in its own words, held to the contract; then as the rules want it."""
        operation = self.contract.operation(named) if isinstance(named, str) else named
        if isinstance(outcome, Problem):
            outcome = self._refuse(outcome, call, self._here(call), trail)
        trail.headers = self._voice.headers(operation, call)
        if breaches := self._checker.reply(operation, outcome, trail.headers):
            trail.violations += breaches
            trail.bug = "; ".join(one.explain(self.contract.file) for one in breaches)
            return self._refuse(Problem("internal"), call, self._here(call), trail)
        if self._stage.hostile is not None and trail.effect is NO_EFFECT:
            return self._deviating(operation, outcome, call, trail)
        if trail.effect is NO_EFFECT:
            return outcome
        trail.fault = trail.effect.wire
        return played(outcome, trail.effect)

    def _deviating(self, operation: Operation, reply: Reply, call: Call, trail: Trail) -> Reply:
        """A reply that keeps its contract and does so in an unusual way."""
        from mockserver.web.hostile import deviation

        assert self._stage.hostile is not None

        def legal(changed: Reply) -> bool:
            return not self._checker.reply(operation, changed, trail.headers)

        found = deviation(self._stage.hostile, call.number, reply, legal)
        if found is None:
            return reply
        trail.notes.append(found.say)
        trail.fault = found.fault
        return found.reply

    async def _outcome(
        self, operation: Operation, call: Call, receive: wire.Receive, here: Here, trail: Trail
    ) -> Reply | Problem:
        names: list[str] = []
        caller = trail.asked.caller if trail.asked else None
        if caller is None:
            call, names = self._stage.unmarked(operation, call)
            caller = authenticate(operation.security, call.headers, self._world.settings.keys)
            if trail.asked and not names and self._stage.plain(operation, call):
                trail.asked.caller = caller
        owner, problem = self._granted(caller, here)
        trail.owner = owner
        trail.operation = operation
        call = call.by(owner)
        if problem := problem or self._voice.admit(operation, call, here):
            return problem
        if here.limited and owner:
            self._world.traffic.note(self.contract.name, owner, Seen(call.number, call.at))
        read = await self._read(operation, call, receive, trail)
        if isinstance(read, Problem):
            return read
        trail.read = read
        decision, uses = self._stage.decide(operation, read, names)
        if decision.rules or uses:
            trail.uses = uses
            return await self._directed(operation, read, decision, trail)
        return await self._done(operation, read, here, trail)

    async def _directed(
        self, operation: Operation, call: Call, decision: Decision, trail: Trail
    ) -> Reply | Problem:
        """The outcome of a call that rules act on."""
        trail.effect, trail.rules = decision
        effect = trail.effect
        trail.notes += [f"{PLAYED}{rule}" for rule in decision.rules]
        if effect.delay:
            await self._world.clock.until(call.at + effect.delay)
            call = call._replace(at=self._world.clock.now())
        player = self
        if effect.settings:
            trail.player = player = self._variant(effect.settings)
            operation = player.contract.operation(operation.id)
            if problem := player._voice.admit(operation, call, player._here(call)):
                return problem
        if effect.refuse:
            return self._stage.refusal(decision, operation, call)
        return await player._done(operation, call, player._here(call), trail)

    async def _done(
        self, operation: Operation, read: Call, here: Here, trail: Trail
    ) -> Reply | Problem:
        """The outcome of a call that was read."""
        if violations := self._checker.call(operation, read):
            trail.violations = violations
            return Problem("invalid", {"detail": explain.detail(violations)}, violations)
        if operation.does != "extra" and self._work is not None:
            return await self._work.do(operation, read, here, trail)
        desk = WorldDesk(self._world, self.contract.name, here, self._folder)
        try:
            return await self._voice.EXTRAS[operation.id](desk, read)
        except wire.TooLarge:  # of a body that is read as it comes
            return _too_large(operation)

    def _granted(self, caller: Caller, here: Here) -> Caller:
        """The fingerprint of who calls, also by a credential that was granted for a while."""
        granted = self._world.granted(caller[0])
        if granted is None:
            return caller
        owner, until = granted
        if until <= here.now:
            return owner, Problem("unauthenticated", say="the granted token has expired")
        return owner, None

    async def _read(
        self, operation: Operation, call: Call, receive: wire.Receive, trail: Trail
    ) -> Call | Problem:
        """The call with its body, read within bounds."""
        if not operation.bodies:
            return call
        declared = call.headers.get("content-length")
        media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        limit = operation.body_limit
        try:
            if operation.stream and "multipart/form-data" not in operation.bodies:
                stream = wire.pieces(receive, declared, limit)
                return call._replace(stream=stream)
            if operation.stream and media == "multipart/form-data":
                stream = wire.pieces(receive, declared, limit)
                return await self._multipart(call, stream)
            if operation.stream:  # the limit was meant for files
                limit = min(limit, DEFAULT_BODY_LIMIT)
            raw = await wire.whole(receive, declared, limit)
        except wire.TooLarge:
            return _too_large(operation)
        trail.raw, trail.size = raw[:KEPT_BYTES], len(raw)
        if not raw:
            return call
        return self._parsed(operation, call, raw, media, trail)

    async def _multipart(self, call: Call, body: wire.Pieces) -> Call | Problem:
        from mockserver.web.multipart import read_parts

        try:
            parts = await read_parts(self._world, call.headers, body, self._folder)
        except ValueError as error:
            return Problem("malformed", {"detail": str(error)}, say=str(error))
        return call._replace(parts=parts)

    def _parsed(
        self, operation: Operation, call: Call, raw: bytes, media: str, trail: Trail
    ) -> Call | Problem:
        if media not in operation.bodies:
            taken = ", ".join(operation.bodies)
            say = f"content-type is {media or 'missing'}, taken: {taken}"
            return Problem("media-type", {"media": media, "detail": say}, say=say)
        try:
            body = wire.parse(raw)
        except ValueError as error:
            say = f"the body is not JSON: {error}"
            return Problem("malformed", {"detail": str(error)}, say=say)
        if self._world.settings.placeholders:
            from mockserver.web.placeholders import filled

            body, notes = filled(body)
            trail.notes += notes
        call = call.saying(body, raw)
        if isinstance(body, dict) and operation.properties:
            ignored = sorted(body.keys() - operation.properties)
            for name in ignored:
                trail.notes.append(f"/{name[:80]} is no field of {operation.id} and is ignored")
            if ignored:
                trail.suggestions = self._advice.on_ignored(operation, call)
        return call

    def out_of_range(self, route: Route, call: Call) -> Reply:
        """The answer to a Range that lies outside of a file."""
        problem = Problem("bad-range", {"range": call.headers.get("range", "")})
        reply = self._voice.refuse(problem, call, self._here(call))
        standing = self._voice.headers(route.operation, call)
        return reply._replace(headers={**reply.headers, **standing})

    def _refuse(self, problem: Problem, call: Call, here: Here, trail: Trail) -> Reply:
        trail.problem = problem.name
        trail.suggestions = self._advice.on(
            problem, trail.operation, call, trail.read, partial(self._objects, here, trail)
        )
        told = redact.problem(problem, redact.secrets(call.headers, trail.raw, call.target))
        trail.say = explain.refusal(told, self.contract)
        return self._voice.refuse(problem, call, here)

    def _objects(self, here: Here, trail: Trail, body: Json) -> bool:
        """Whether another body instead of a call's would be refused by the provider itself."""
        if self._work is None or trail.operation is None or trail.read is None:
            return False
        return self._work.objects(trail.operation, trail.read._replace(body=body), here)

    async def _file(self, reply: Reply, trail: Trail) -> tuple[Path | None, Reply]:
        """The file a reply sends instead of a body, spoilt where the rules want it."""
        path = reply.file
        if reply.result:
            job = self._world.jobs.get(reply.result)
            assert job is not None, "a reply sends the result of a job that is not kept"
            path = await self._world.result(job, reply.part)
        if path is None or not trail.effect.media:
            return path, reply
        how = trail.effect.media
        from mockserver.web.faults import of_media

        trail.fault = of_media(how, path.stat().st_size)
        if how == "wrong-type":
            return None, reply._replace(body=NOT_A_VIDEO, media_type="text/html", result="")
        return path if trail.fault else await self._world.spoilt(path, how), reply

    def _headers(
        self, route: Route, call: Call, reply: Reply, trail: Trail, *, careful: bool
    ) -> Mapping[str, str]:
        """All headers of a reply. Not `careful`: no credential is in what is said of the call."""
        headers = dict(reply.headers)
        if route.operation is None:
            trail.headers = self._voice.headers(None, call)
        if route.allowed:
            headers["Allow"] = ", ".join(route.allowed)
        headers |= trail.headers
        if say := trail.say or "; ".join(trail.notes):
            said = [say, "; ".join([one.say for one in trail.suggestions])]
            if careful:
                said = [redact.said(words, call, trail.raw) for words in said]
            headers["X-Mock-Diagnosis"] = explain.header(call.number, *said)
        if trail.bug:
            bug = redact.said(trail.bug.splitlines()[0], call, trail.raw)
            headers["X-Mock-Bug"] = explain.header(call.number, bug)
        return headers

    def _here(self, call: Call) -> Here:
        return self._sight.here(call.at, call.base)


async def _nothing() -> wire.Message:
    return {"type": "http.request", "body": b"", "more_body": False}


def _too_large(operation: Operation) -> Problem:
    limit = operation.body_limit
    return Problem("too-large", {"limit": limit}, say=f"the body is over {limit} bytes")


def _unrouted(route: Route, call: Call) -> Problem:
    fields = {"method": call.method, "path": call.path}
    if route.problem == "no-method":
        say = f"{call.path} takes {', '.join(route.allowed)}, not {call.method}"
        return Problem("no-method", fields, say=say)
    return Problem("no-route", fields, say=f"there is no {call.path}")
