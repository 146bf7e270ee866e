"""A request judged without a server: by the contract, and by what its provider says of it alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockserver import providers
from mockserver.contract.message import Call, Problem, Reply, Suggestion, Violation
from mockserver.contract.model import Contract, Json, Operation
from mockserver.contract.validate import Checker
from mockserver.jobs.job import Job
from mockserver.journal import explain, redact
from mockserver.journal.entry import KEPT_BYTES, show_violation
from mockserver.providers.base import Accepted, Balance, Here, Provider
from mockserver.web import wire
from mockserver.web.advice import Advice
from mockserver.web.credentials import authenticate


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would come of a request. `say` is empty where nothing stands against it."""

    contract: Contract
    operation: Operation
    say: str = ""
    problem: str = ""
    violations: tuple[Violation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    notes: tuple[str, ...] = ()
    answer: Reply | None = None

    @property
    def fine(self) -> bool:
        """Whether it is accepted, and no field of it is ignored that was meant as another."""
        return not self.problem and not self.suggestions

    def show(self) -> Json:
        """As JSON, in the journal's words."""
        view: Json = {
            "fine": self.fine,
            "provider": self.contract.name,
            "operation": self.operation.id,
            "method": self.operation.method,
            "path": self.operation.path,
            "spec": self.contract.file,
        }
        if self.problem:
            view |= {"problem": self.problem, "say": self.say}
        view["violations"] = [show_violation(one) for one in self.violations]
        view["suggestions"] = [one._asdict() for one in self.suggestions]
        view["notes"] = list(self.notes)
        if self.answer is not None:
            view["answer"] = {"status": self.answer.status, "body": self.answer.body}
        return view


class Elsewhere(Exception):
    """Asked of jobs, which nobody has here."""


class Nowhere:
    """A Sight without a world: endless credits, and no jobs to speak of."""

    def link(self, base: str, job: Job, name: str) -> str:
        raise Elsewhere

    def recent(self, owner: str, since: float) -> Iterable[Job]:
        raise Elsewhere

    def calls(self, call: Call, since: float) -> Sequence[float]:
        raise Elsewhere

    def pushed(self, job: Job) -> str:
        raise Elsewhere

    def balance(self, owner: str, now: float) -> Balance:
        return Balance(float("inf"), 0.0, 0.0)


def judge(
    contract: Contract,
    operation: Operation,
    raw: bytes = b"",
    *,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    params: Mapping[str, str],
) -> Verdict:
    """What would come of a request, as far as that follows from itself."""
    call = Call(
        number=0,
        at=0.0,
        method=operation.method,
        path=operation.path,
        base=f"http://127.0.0.1/{contract.name}",
        headers=headers,
        params=params,
        query=query,
        raw=raw,
        target=operation.path,
    )
    return _Judge(contract, operation, call).verdict()


class _Judge:
    """Asks about one call in the order in which a server would."""

    def __init__(self, contract: Contract, operation: Operation, call: Call) -> None:
        self._contract = contract
        self._operation = operation
        self._call = call
        self._provider: Provider = providers.get(contract.name)
        self._here = Here(contract, 0.0, False, Nowhere(), call.base)
        self._checker = Checker(contract)
        self._notes: list[str] = []

    def verdict(self) -> Verdict:
        read, problem = self._read()
        problem = self._access() or problem or self._against(read)
        advice = Advice(self._checker)
        if problem is None:
            found: Sequence[Suggestion] = advice.on_ignored(self._operation, read)
            return Verdict(
                self._contract,
                self._operation,
                suggestions=tuple(found),
                notes=tuple(self._notes),
            )
        parsed = None if problem.name in ("malformed", "media-type", "too-large") else read
        found = advice.on(problem, self._operation, self._call, parsed, self._objects)
        return self._refused(problem, found)

    def _refused(self, problem: Problem, found: Sequence[Suggestion]) -> Verdict:
        call = self._call
        known = redact.secrets(call.headers, call.raw[:KEPT_BYTES])
        told = redact.problem(problem, known)
        answer = self._provider.refuse(problem, call, self._here)
        return Verdict(
            self._contract,
            self._operation,
            say=explain.refusal(told, self._contract),
            problem=problem.name,
            violations=told.violations,
            suggestions=tuple(one._replace(say=redact.text(one.say, known)) for one in found),
            notes=tuple(redact.text(one, known) for one in self._notes),
            answer=answer._replace(body=redact.value(answer.body, known)),
        )

    def _read(self) -> tuple[Call, Problem | None]:
        """The call with its body, or why that cannot be read."""
        call, operation = self._call, self._operation
        if not call.raw:
            return call, None
        if not operation.bodies:
            self._notes.append(f"{operation.id} takes no body; nobody looks at this one")
            return call._replace(raw=b""), None
        limit = operation.body_limit
        if len(call.raw) > limit:
            say = f"the body is over {limit} bytes"
            return call, Problem("too-large", {"limit": limit}, say=say)
        media = call.headers.get("content-type", "application/json").partition(";")[0].strip()
        if media.lower() not in operation.bodies:
            say = f"content-type is {media}, taken: {', '.join(operation.bodies)}"
            return call, Problem("media-type", {"media": media, "detail": say}, say=say)
        if operation.stream:
            self._notes.append("the body is a file; what is in it is not judged")
            return call._replace(raw=b""), None
        try:
            body = wire.parse(call.raw)
        except ValueError as error:
            say = f"the body is not JSON: {error}"
            return call, Problem("malformed", {"detail": str(error)}, say=say)
        if isinstance(body, dict) and operation.properties:
            self._notes += [
                f"/{name[:80]} is no field of {operation.id} and is ignored"
                for name in sorted(body.keys() - operation.properties)
            ]
        return call._replace(body=body), None

    def _access(self) -> Problem | None:
        """What is wrong with the credentials, if any were given."""
        if not self._operation.security:
            return None
        ways = {way.header for way in self._operation.security} | set(redact.HEADERS)
        if not ways & self._call.headers.keys():
            self._notes.append("no credentials were given, so that they were not looked at")
            return None
        return authenticate(self._operation.security, self._call.headers, frozenset())[1]

    def _against(self, call: Call) -> Problem | None:
        """What the contract has against a call, else what the provider has."""
        if violations := self._checker.call(self._operation, call):
            return Problem("invalid", {"detail": explain.detail(violations)}, violations)
        try:
            return self._objection(call)
        except Elsewhere:
            self._notes.append("whether the job that it speaks of exists, only a server knows")
            return None

    def _objection(self, call: Call) -> Problem | None:
        if self._operation.does not in ("create", "wait"):
            return None
        if problem := self._provider.admit(self._operation, call, self._here):
            return problem
        wanted = self._provider.inputs(self._operation, call, self._here)
        if isinstance(wanted, Problem):
            return wanted
        if wanted:
            self._notes.append(f"not fetched: {', '.join(one.pointer for one in wanted)}")
            return None
        accepted = self._provider.accept(self._operation, call, {}, self._here)
        return None if isinstance(accepted, Accepted) else accepted

    def _objects(self, body: Json) -> bool:
        try:
            return self._objection(self._call._replace(body=body)) is not None
        except Elsewhere:
            return False
