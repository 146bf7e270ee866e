"""Puts a command into cases, several at a time, and yields what came of each."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.clients import asked
from conformance.clients.process import CannotStart, Ended, run
from conformance.clients.simulator import Simulator
from conformance.model import CannotRun

WORD = re.compile(r"\{(base_url|key|source|timeout|out|case|world|speed)\}")
HERE = "127.0.0.1,localhost"
SPARE = 5.0  # seconds that a run has on the simulator beyond those of the command


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be judged, and how. `timeout` are the seconds that the command has in a case."""

    provider: str
    words: tuple[str, ...]
    cases: tuple[str, ...]
    agent: str
    timeout: float
    at_once: int
    seed: int | None
    scaled: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a case, as the simulator says it, and how the command ended."""

    result: Any
    ended: Ended

    @property
    def case(self) -> str:
        """The case's id."""
        return str(self.result["case"])

    @property
    def findings(self) -> list[Any]:
        """What was found, the worst first; nothing where the case does not apply."""
        if self.result["result"] == "not-applicable":
            return []
        found: list[Any] = self.result["verdict"]["findings"]
        return found


async def chosen(simulator: Simulator, wanted: Wanted) -> list[Any]:
    """The cases that are wanted. CannotRun where a pattern means none."""
    cases = (await simulator.ask("GET", "/cases", provider=wanted.provider))["cases"]
    for pattern in wanted.cases:
        if not any(asked.like(one["id"], pattern) for one in cases):
            known = ", ".join(one["id"] for one in cases[:8])
            raise CannotRun(f"no case of {wanted.provider} is like {pattern!r}; there are {known}…")
    return [one for one in cases if any(asked.like(one["id"], pattern) for pattern in wanted.cases)]


async def judged(
    simulator: Simulator, wanted: Wanted, cases: Sequence[Any]
) -> AsyncIterator[Judged]:
    """What comes of each case, as soon as it is known. Those that may take long begin first."""
    places = asyncio.Semaphore(wanted.at_once)
    long_first = sorted(cases, key=lambda one: (one["allowed"] != ["failure"], one["id"]))

    async def placed(case: Any) -> Judged:
        async with places:
            return await _judge(simulator, wanted, case["id"])

    tasks = [asyncio.create_task(placed(case)) for case in long_first]
    try:
        for one in asyncio.as_completed(tasks):
            yield await one
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _judge(simulator: Simulator, wanted: Wanted, case: str) -> Judged:
    """One run of the command in one case."""
    order = {
        "agent": wanted.agent,
        "deadline": wanted.timeout + SPARE,
        "scaled": wanted.scaled,
        **({} if wanted.seed is None else {"seed": wanted.seed}),
    }
    told = await simulator.ask("POST", f"/cases/{case}/start", order)
    with tempfile.TemporaryDirectory(prefix="conformance-client-") as folder:
        out = Path(folder) / "result.mp4"
        words, env = _filled(wanted, told, out)
        try:
            mark = f"{os.getpid()}-{simulator.url}-{told['run']}"
            ended = await run(words, env, mark, wanted.timeout)
        except CannotStart as error:
            raise CannotRun(str(error)) from None
        outcome = "timeout" if ended.late else "success" if ended.status == 0 else "failure"
        body = {"outcome": outcome, "run": told["run"]}
        if outcome == "success" and out.is_file():
            body["file"] = await asyncio.to_thread(_digest, out)
    return Judged(await simulator.ask("POST", f"/cases/{case}/finish", body), ended)


def _filled(wanted: Wanted, told: Any, out: Path) -> tuple[list[str], Mapping[str, str]]:
    """The command's words and environment in one run."""
    values = {
        "base_url": told["base_url"],
        "key": told["key"],
        "source": told["source"],
        "timeout": f"{wanted.timeout:g}",
        "out": str(out),
        "case": told["case"],
        "world": told["world"],
        "speed": f"{told['speed']:g}",
    }
    words = [WORD.sub(lambda match: values[match[1]], one) for one in wanted.words]
    env = {**os.environ, **told["env"]}
    env |= {f"MOCK_{name.upper()}": value for name, value in values.items()}
    for name in ("NO_PROXY", "no_proxy"):
        env[name] = ",".join(filter(None, (env.get(name), HERE)))
    return words, env


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
