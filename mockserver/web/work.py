"""What calls do to jobs: make one, wait for one, look at one, fetch its result."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Operation
from mockserver.jobs.job import Job
from mockserver.journal.entry import LEAK
from mockserver.media.model import INPUTS, Clip, Trouble
from mockserver.providers.base import Accepted, Here, Provider
from mockserver.scenario.fate import failure
from mockserver.web.trail import Trail
from mockserver.world.pushes import Pushes
from mockserver.world.world import World


class Work:
    """The jobs of one provider in one world."""

    def __init__(
        self, world: World, contract: Contract, provider: Provider, pushes: Pushes
    ) -> None:
        self._world = world
        self._contract = contract
        self._provider = provider
        self._pushes = pushes
        ways = (way for one in contract.operations for way in one.security)
        self._credentials = {"authorization", *(way.header for way in ways)}

    async def do(
        self, operation: Operation, call: Call, here: Here, trail: Trail
    ) -> Reply | Problem:
        """The outcome of a call whose body and parameters keep the contract."""
        if operation.does == "show":
            return self._show(operation, call, here, trail)
        if operation.does == "download":
            return self._download(operation, call, here, trail)
        return await self._create(operation, call, here, trail)

    def objects(self, operation: Operation, call: Call, here: Here) -> bool:
        """Whether the provider refuses a call before it looks at any media."""
        if operation.does not in ("create", "wait"):
            return False
        return isinstance(self._provider.inputs(operation, call, here), Problem)

    def subject(self, operation: Operation, call: Call) -> Job | None:
        """The job that a call is about, whosever it is; None when it is about none."""
        job = None
        if operation.does == "show":
            job = self._world.jobs.get(_asked(operation, call))
        elif operation.does == "download":
            job = self._linked(call)
        return job if job and job.provider == self._contract.name else None

    async def _create(
        self, operation: Operation, call: Call, here: Here, trail: Trail
    ) -> Reply | Problem:
        wanted = self._provider.inputs(operation, call, here)
        if isinstance(wanted, Problem):
            return wanted
        found: dict[str, Clip | Trouble] = {}
        keys: dict[str, str] = {}
        files = self._world.files(self._contract.name)
        for one in wanted:
            got = await self._world.material.resolve(
                one, files, call.owner, here.now, content=self._world.content
            )
            found[one.name] = got.clip
            if got.note:
                trail.notes.append(got.note)
            if isinstance(got.clip, Trouble):
                trail.notes.append(f"{one.pointer}: {got.clip.detail}")
            elif one.name in INPUTS:
                keys[one.name] = got.key
        accepted = self._provider.accept(operation, call, found, here)
        if isinstance(accepted, Problem):
            return accepted
        fate = trail.effect.job
        if fate is not None and fate.fail:
            row = self._contract.errors[fate.fail]
            accepted = accepted._replace(
                failure=failure(row, f"scenario {' and '.join(trail.rules)}")
            )
        job = self._repeated(call, accepted, trail) if accepted.repeat else None
        if job is not None:
            here = here._replace(repeated=True)
        elif accepted.cost and (problem := self._unpaid(accepted, call, here)):
            return problem
        else:
            job = self._job(operation, call, accepted, keys, here, trail)
            if operation.pushes:
                await self._pushes.plan(operation, call, job, trail.uses)
        trail.job = job.id
        if operation.does == "wait":
            return await self._wait(job, call, here, accepted.patience)
        return self._provider.begun(job, call, here)

    def _repeated(self, call: Call, accepted: Accepted, trail: Trail) -> Job | None:
        """The job that the same request made before."""
        job = self._world.repeated(self._contract.name, call.owner, accepted.repeat)
        if job is not None:
            trail.notes.append(f"a repeat of the request that made {job.id}: no new job")
        return job

    def _unpaid(self, accepted: Accepted, call: Call, here: Here) -> Problem | None:
        """Whether the key lacks the credits for a job."""
        free = self._world.ledger(self._contract).free(call.owner, here.now)
        if accepted.cost <= free:
            return None
        say = f"it costs {accepted.cost:g} {self._contract.unit} and this key has {free:g}"
        return Problem("no-credits", {"cost": accepted.cost, "balance": free}, say=say)

    def _job(
        self,
        operation: Operation,
        call: Call,
        accepted: Accepted,
        keys: Mapping[str, str],
        here: Here,
        trail: Trail,
    ) -> Job:
        """A new job, with what it leaves behind when it ends."""
        contract = self._contract
        kind = contract.jobs[operation.job]
        job = self._world.birth(
            self._provider,
            contract,
            kind,
            accepted,
            owner=call.owner,
            inputs=keys,
            fate=trail.effect.job,
        )
        if trail.uses:
            self._world.book.bind(job.id, trail.uses)
        for file in self._provider.files_of(job, here):
            self._world.files(contract.name).put(file)
        return job

    async def _wait(self, job: Job, call: Call, here: Here, patience: float) -> Reply | Problem:
        """The outcome of a job in the answer to the request that made it."""
        await self._world.clock.until(min(job.ends, job.created + patience))
        now = self._world.clock.now()
        if not job.at(now).ended:
            return Problem("timeout", {"seconds": patience}, say=f"not done after {patience:g} s")
        return self._provider.show(job, job.at(now), call, here._replace(now=now))

    def _show(self, operation: Operation, call: Call, here: Here, trail: Trail) -> Reply | Problem:
        id = _asked(operation, call)
        job = self._world.find(
            self._contract.name, id, kinds=operation.jobs, owner=call.owner, now=here.now
        )
        if job is None:
            return Problem("not-found", {"id": id}, say=self._why_unknown(operation, id, call))
        trail.job = job.id
        return self._provider.show(job, job.at(here.now), call, here)

    def _why_unknown(self, operation: Operation, id: str, call: Call) -> str:
        """Why a job is not found, for the journal only: the wire does not tell these apart."""
        job = self._world.jobs.get(id)
        if job is None or job.provider != self._contract.name:
            return f"there is no job {id}"
        if job.owner != call.owner:
            return f"job {id} belongs to another key"
        if job.kind not in operation.jobs:
            return f"job {id} is of the kind {job.kind}, which is polled elsewhere"
        return f"the record of job {id} has expired"

    def _download(
        self, operation: Operation, call: Call, here: Here, trail: Trail
    ) -> Reply | Problem:
        job = self._linked(call)
        part = operation.result
        if job is None or job.failure or (part != "video" and part not in job.others):
            return Problem("no-result", say="no job has a result at this address")
        trail.job = job.id
        if not job.at(here.now).ended:
            return Problem("no-result", say=f"job {job.id} has not ended yet")
        if not job.url_alive(here.now):
            return Problem("link-expired", say=f"the result link of job {job.id} has expired")
        if any(name in call.headers for name in self._credentials):
            trail.notes.append(LEAK)
        media_type = next(iter(operation.responses["200"].media))
        return Reply(200, media_type=media_type, result=job.id, part=part)

    def _linked(self, call: Call) -> Job | None:
        """The job whose result a URL names."""
        if "token" in call.params:
            job = self._world.jobs.by_token(call.params["token"])
        else:
            job = self._world.jobs.get(call.params["id"])
        if job is None or job.provider != self._contract.name:
            return None
        words = job.words
        return job if all(words.get(name) == call.params[name] for name in call.params) else None


def _asked(operation: Operation, call: Call) -> str:
    """The id of the job that a poll names."""
    return call.params.get(operation.job_id) or call.query.get(operation.job_id, "")
