"""Runs of cases: each in a world of its own, made ready, judged at its end."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from mockserver.contract import pointer
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json
from mockserver.jobs.clock import SystemClock, uptime
from mockserver.verdict import catalogue
from mockserver.verdict.case import Case, Preparation
from mockserver.verdict.judge import judge
from mockserver.verdict.matrix import Result
from mockserver.verdict.observed import Observed
from mockserver.verdict.rules.webhook import wants_push
from mockserver.verdict.seen import Seen
from mockserver.web import inward
from mockserver.web.observe import ended, observed
from mockserver.webhooks.model import Outgoing, Parcel
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.web.worlds import Worlds

MOST = 2_000  # runs that are kept
TRIES = 10  # a hostile server may refuse what prepares a case
NAME = 40  # characters of a world's name before its number


@dataclass(slots=True)
class Run:
    """One client in one case. `world` is None when it is judged, `since` the last call before."""

    result: Result
    world: World | None
    root: str
    source: str
    key: str
    began: float
    deadline: float
    since: int
    scaled: bool

    def over(self, real: float) -> bool:
        """Whether its time has passed."""
        return self.world is not None and real - self.began > self.deadline


class Runs:
    """The runs that were started in one world. The oldest go first."""

    def __init__(self, contracts: Mapping[str, Contract], worlds: Worlds, home: str) -> None:
        self._contracts = contracts
        self._worlds = worlds
        self._home = home
        self._runs: OrderedDict[str, Run] = OrderedDict()
        self._count = 0

    def case(self, id: str) -> Case | None:
        """The case of that id."""
        contract = self._contracts.get(id.partition(".")[0])
        found = catalogue.cases(contract) if contract else ()
        return next((one for one in found if one.id == id), None)

    async def start(
        self, case: Case, agent: str, root: str, *, seed: int, deadline: float, wanted: Json
    ) -> Run:
        """A world in which a case is played, and what the client is told of it."""
        self._count += 1
        id = f"{case.id}-{self._count}"
        name = f"{self._home}{case.id[:NAME]}-{self._count}"
        world = await self._worlds.make(name, {"seed": seed, "clock": "virtual"})
        if world is None:
            raise SpecError("world", "", name, say=f"{name} is no name of a world")
        contract = self._contracts[case.provider]
        key = f"{case.provider}-case-key"
        place = f"{root}/w/{name}"
        source = await self._ready(world, contract, place, key)
        world.book.put(case.setup, f"case {case.id}")
        speed = case.speed
        if wanted.get("clock", "real") == "real":
            await world.clock.become(lambda start: SystemClock(speed, start))
        run = Run(
            result=Result(id, agent, case),
            world=world,
            root=place,
            source=source,
            key=key,
            began=uptime(),
            deadline=deadline,
            since=world.journal.number(),
            scaled=bool(wanted.get("scaled")),
        )
        self._runs[id] = run
        while len(self._runs) > MOST:
            self._runs.popitem(last=False)
        return run

    def find(self, case: str, run: str, agent: str) -> Run | None:
        """A run by its id; else the newest of a case that goes on, of an agent if one is named."""
        if run:
            found = self._runs.get(run)
            return found if found and found.result.case.id == case else None
        return next(
            (
                one
                for one in reversed(self._runs.values())
                if one.result.case.id == case
                and one.world is not None
                and agent in ("", one.result.agent)
            ),
            None,
        )

    async def finish(self, run: Run, outcome: str, file: str = "") -> Result:
        """Judge a run. One that took longer than it was given ended with a timeout."""
        assert run.world is not None, "a run is judged once"
        world, case = run.world, run.result.case
        if run.over(uptime()):
            outcome = "timeout"
        seen = ended(
            observed(world, self._contracts, scaled=run.scaled, since=run.since),
            outcome,
            allowed=case.allowed,
            tolerated=case.tolerated,
        )
        if file:
            seen = replace(seen, file=file.lower(), files=await _files(world, seen))
        run.world = None
        run.result = run.result._replace(
            outcome=outcome,
            verdict=judge(seen),
            seconds=round(uptime() - run.began, 3),
            applies=not case.needs_push or bool(seen.deliveries) or _asked(seen),
        )
        return run.result

    async def results(self) -> list[Result]:
        """What came of every run; those whose time has passed are judged now."""
        for one in list(self._runs.values()):
            if one.over(uptime()):
                await self.finish(one, "timeout")
        return [one.result for one in self._runs.values()]

    async def _ready(self, world: World, contract: Contract, place: str, key: str) -> str:
        """What the client is given to extend; made by calls where the provider wants that."""
        ready = catalogue.prepared(contract)
        given = f"{place}/_mock/sources/{ready.clip}.mp4"
        for one in ready.calls:
            given = await self._call(contract, one, place, key, given)
            if one.wait:
                await world.clock.reach(max(job.ends for job in world.jobs))
        return given

    async def _call(
        self, contract: Contract, one: Preparation, place: str, key: str, given: str
    ) -> str:
        """What one call of the preparation answers."""
        way = next(way for each in contract.operations for way in each.security)
        headers = {
            "content-type": "application/json",
            way.header: f"{way.scheme.title()} {key}".strip() if way.scheme else key,
        }
        body = orjson.dumps(one.body).replace(b"{source}", given.encode())
        url = f"{place}{one.path}"
        send = inward.to_application(self._worlds, urlsplit(url).path)
        for _ in range(TRIES):
            answer = await send(Outgoing("POST", url, headers, Parcel(body)))
            with contextlib.suppress(KeyError, TypeError, ValueError):
                return str(pointer.follow(orjson.loads(answer.body), one.answer))
        say = f"POST {one.path} was answered {answer.status}: {answer.body[:200]!r}"
        raise SpecError("fixtures/cases", "", one.path, say=say)


def _asked(seen: Observed) -> bool:
    """Whether the client asked for a webhook."""
    looked = Seen(seen)
    return any(wants_push(looked, one) for one in looked.creates)


async def _files(world: World, seen: Observed) -> dict[str, frozenset[str]]:
    """The SHA-256 of the results that were fetched, by job."""
    looked = Seen(seen)
    found: dict[str, frozenset[str]] = {}
    for job in looked.ordered():
        if looked.whole(job):
            paths = {await world.result(job, part) for part in looked.parts(job)}
            found[job.id] = frozenset([await asyncio.to_thread(_digest, one) for one in paths])
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
