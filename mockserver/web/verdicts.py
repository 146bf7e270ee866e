"""The part of the control API that judges clients: verdicts, cases, and the report."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mockserver.contract.errors import SpecError
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json
from mockserver.contract.pointer import fill
from mockserver.providers.base import Desk, Extra
from mockserver.verdict import catalogue, matrix
from mockserver.verdict.judge import judge, rules
from mockserver.verdict.model import Level
from mockserver.web.observe import observed
from mockserver.web.runs import Run, Runs
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.web.worlds import Worlds

DEADLINE = 60.0
HEADERS = {"Cache-Control": "no-store"}


class Verdicts:
    """Judges the clients of one world, and of the worlds that are made for its cases."""

    def __init__(self, world: World, contracts: Mapping[str, Contract], worlds: Worlds) -> None:
        self._world = world
        self._contracts = contracts
        home = "" if world.name == "default" else f"{world.name[:12]}."
        self._runs = Runs(contracts, worlds, home)
        self.EXTRAS: Mapping[str, Extra] = {
            "get_verdict": self.get_verdict,
            "list_client_rules": self.list_client_rules,
            "list_cases": self.list_cases,
            "start_case": self.start_case,
            "finish_case": self.finish_case,
            "get_report": self.get_report,
        }

    async def get_verdict(self, desk: Desk, call: Call) -> Reply | Problem:
        provider = call.query.get("provider", "")
        if provider and provider not in self._contracts:
            return self._unknown(provider)
        scaled = call.query.get("scaled") == "true"
        seen = observed(self._world, self._contracts, provider=provider, scaled=scaled)
        return Reply(200, judge(seen).show(), headers=HEADERS)

    async def list_client_rules(self, desk: Desk, call: Call) -> Reply:
        shown = [
            {
                "id": one.id,
                "level": one.level.name,
                "sentence": one.sentence,
                "advice": one.advice,
                "evidence": one.evidence,
            }
            for one in rules(self._contracts)
        ]
        return Reply(200, {"rules": shown})

    async def list_cases(self, desk: Desk, call: Call) -> Reply | Problem:
        provider = call.query.get("provider", "")
        if provider and provider not in self._contracts:
            return self._unknown(provider)
        chosen = [one for one in self._contracts.values() if provider in ("", one.name)]
        shown = [case.show() for one in chosen for case in catalogue.cases(one)]
        return Reply(200, {"cases": shown})

    async def start_case(self, desk: Desk, call: Call) -> Reply | Problem:
        case = self._runs.case(call.params["id"])
        if case is None:
            return self._no_case(call.params["id"])
        body = call.body or {}
        seed = body.get("seed", self._world.seed)
        root = call.base.removesuffix("/_mock").partition("/w/")[0]
        try:
            run = await self._runs.start(
                case,
                body.get("agent", "") or call.headers.get("user-agent", "")[:200] or "a client",
                root,
                seed=seed,
                deadline=float(body.get("deadline", DEADLINE)),
                wanted=body,
            )
        except SpecError as error:
            return Problem("invalid", say=str(error))
        return Reply(200, self._told(run))

    async def finish_case(self, desk: Desk, call: Call) -> Reply | Problem:
        body, id = call.body, call.params["id"]
        if self._runs.case(id) is None:
            return self._no_case(id)
        run = self._runs.find(id, body.get("run", ""), body.get("agent", ""))
        if run is None:
            return Problem("not-found", say=f"no run of {id} goes on; start one first")
        if run.world is None:
            return Problem("not-now", say=f"run {run.result.run} is judged already")
        result = await self._runs.finish(run, body["outcome"], body.get("file", ""))
        return Reply(200, result.show())

    async def get_report(self, desk: Desk, call: Call) -> Reply:
        results = await self._runs.results()
        if agent := call.query.get("agent"):
            results = [one for one in results if one.agent == agent]
        wanted = call.query.get("format") or _accepted(call.headers.get("accept", ""))
        if wanted == "junit":
            level = Level[call.query.get("level", "should").upper()]
            text = matrix.as_junit(results, level)
            return Reply(200, text, "application/xml", HEADERS)
        if wanted == "html":
            return Reply(200, matrix.as_html(results), "text/html", HEADERS)
        return Reply(200, matrix.as_json(results), headers=HEADERS)

    def _told(self, run: Run) -> Json:
        """What a client is told at the start of a case."""
        case, contract = run.result.case, self._contracts[run.result.case.provider]
        base = f"{run.root}/{contract.name}"
        words = {"base": base, "key": run.key}
        return {
            "run": run.result.run,
            "case": case.id,
            "agent": run.result.agent,
            "world": run.root,
            "base_url": base,
            "key": run.key,
            "source": run.source,
            "env": {name: fill(text, words) for name, text in contract.client_env.items()},
            "deadline": run.deadline,
            "speed": case.speed,
            "what": case.what,
            "client": case.client,
            "allowed": sorted(case.allowed),
        }

    def _unknown(self, provider: str) -> Problem:
        known = ", ".join(self._contracts)
        return Problem("not-found", say=f"there is no provider {provider[:80]}; there are {known}")

    def _no_case(self, id: str) -> Problem:
        known = [case.id for one in self._contracts.values() for case in catalogue.cases(one)]
        close = difflib.get_close_matches(id, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return Problem("not-found", say=f"there is no case {id[:80]}{hint}")


def _accepted(accept: str) -> str:
    """The format that a client asks for by its Accept header."""
    return "html" if "text/html" in accept else "junit" if "xml" in accept else "json"
