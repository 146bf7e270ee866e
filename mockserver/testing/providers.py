"""What a test holds in its hands: one world of a server, and each provider in it.

Every method may be called from any thread. Those that may have to wait for the code under test have
a twin whose name ends in `_async`, for tests that run in an event loop; the others take about a
millisecond and may be called there as they are.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from mockserver.contract import pointer
from mockserver.contract.errors import SpecError
from mockserver.contract.model import Contract, Json
from mockserver.jobs.clock import iso
from mockserver.journal.entry import Entry
from mockserver.testing import verdict
from mockserver.testing.guard import Guard
from mockserver.testing.inner import Refused, ask
from mockserver.verdict.breaches import breaks
from mockserver.webhooks import show
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.testing.server import Server
    from mockserver.testing.spoken import Spoken
    from mockserver.verdict.model import Verdict

MOST = 1000  # jobs that the control API shows at once
PATIENCE = 5.0  # real seconds

What = str | Mapping[str, Any]
"""The name of a scenario, or a rule."""
Until = datetime | str | Mapping[str, str]
"""A moment, "idle", or {"job": id, "state": state}."""


class MockProviders:
    """The providers in one world, as attributes by their names; its clock, inboxes and journal.

    `url` is the root of the world: `{url}/<provider>` stands for the provider's host.
    """

    def __init__(
        self, server: Server, world: World, prefix: str, guard: Guard, spoken: Spoken
    ) -> None:
        self.url = f"{server.app.address}{prefix}"
        self.seed = world.seed
        self.clock = MockClock(self)
        self._server = server
        self._world = world
        self._prefix = prefix
        self._guard = guard
        self._use: dict[str, tuple[What, ...]] = {}
        self._spoken = spoken
        self._providers = {one.name: MockProvider(self, one) for one in server.app.contracts}

    def __getattr__(self, name: str) -> MockProvider:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> MockProvider:
        if name not in self._providers:
            raise AttributeError(str(SpecError("mock_providers", "", name, self._providers)))
        return self._providers[name]

    def __iter__(self) -> Iterator[MockProvider]:
        return iter(self._providers.values())

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._providers]

    def scenario(self, *what: What) -> None:
        """From now on play these scenarios at every provider that has them, besides their own.

        In place of those before; none: no more. SpecError, and nothing changes, when one is not
        known. `provider:name` is played there alone.
        """
        self._play("", what)

    def inbox(self, name: str = "inbox") -> MockInbox:
        """A receiver for webhooks. It need not be made first."""
        return MockInbox(self, name)

    def source(self, name: str = "1280x720-24fps-6s") -> str:
        """The URL of a clip made to order: size, frame rate, seconds, or a defect in its name."""
        return f"{self.url}/_mock/sources/{name if '.' in name else f'{name}.mp4'}"

    @property
    def env(self) -> dict[str, str]:
        """The environment variables that lead known clients here, with a key for each provider."""
        return {
            name: pointer.fill(value, {"base": one.base_url, "key": one.key})
            for one in self
            for name, value in one.contract.client_env.items()
        }

    @property
    def jobs(self) -> list[Json]:
        """All jobs, newest first, each with its whole timeline."""
        found: list[Json] = self._ask("GET", "/jobs", limit=MOST)["jobs"]
        return found

    @property
    def journal(self) -> list[Json]:
        """What happened, oldest first."""
        return [one.show() for one in self._entries()]

    @property
    def webhooks(self) -> list[Json]:
        """What was sent without being asked for, or will be, with every attempt; newest first."""
        found = self._server.do(lambda: [show.whole(one) for one in self._world.pump.outbox])
        return found[::-1]

    @property
    def violations(self) -> list[str]:
        """A line on every call so far that broke its provider's contract."""
        return [verdict.breach(one) for one in self._entries() if breaks(one)]

    @property
    def escapes(self) -> list[str]:
        """A line on every real host that the code under test tried to reach."""
        return list(self._guard.attempts)

    @property
    def bugs(self) -> list[str]:
        """A line on everything that the simulator itself did wrong."""
        return [verdict.bug(one) for one in self._entries() if one.bug]

    @property
    def costs(self) -> dict[str, float]:
        """What the jobs so far would have cost, by provider, in its own unit."""
        return self._server.do(self._world.costs)

    @property
    def tally(self) -> dict[str, Json]:
        """Calls, violations and cost by provider, where there were calls."""
        costs = self.costs
        return verdict.tally(self._entries(), costs, self._server.app.contracts)

    def verdict(self, outcome: str = "") -> Verdict:
        """What is to be said about the calls so far, to all providers.

        Polls are graded by the world's clock, so the code under test must sleep on it. `outcome` is
        how that code ended (success, failure or timeout), for rules on what it makes of the end.
        """
        return self._judged("", outcome)

    def check(self, *, violations: bool = True) -> None:
        """AssertionError if a call broke a contract or a real host was tried."""
        said = [*self.escapes, *self.bugs, *(self.violations if violations else ())]
        if said:
            raise AssertionError("\n".join(said))

    def _play(self, provider: str, what: tuple[What, ...]) -> None:
        use = {**self._use, provider: what}
        setup = _setup(use)
        for name in setup["use"]:
            _known(name, [one.contract for one in self])
        self._server.do(lambda: self._world.book.put(setup, "scenario"))
        self._use = use

    def _judged(self, provider: str, outcome: str) -> Verdict:
        from mockserver.verdict.judge import judge
        from mockserver.verdict.observed import OUTCOMES
        from mockserver.web.observe import observed

        if outcome not in ("", *OUTCOMES):
            raise ValueError(f"{outcome!r} is no outcome; there are {', '.join(OUTCOMES)}")
        contracts = {one.name: one.contract for one in self}
        seen = self._server.do(lambda: observed(self._world, contracts, provider=provider))
        return judge(replace(seen, outcome=outcome))

    def _entries(self) -> Sequence[Entry]:
        return self._server.do(lambda: list(self._world.journal))

    def _ask(self, method: str, path: str, body: Json = None, **query: Any) -> Json:
        return self._asked(method, path, body, **query).result()

    def _asked(self, method: str, path: str, body: Json = None, **query: Any) -> Future[Json]:
        """A call of the world's control API, under way."""
        where = f"{self._prefix}/_mock{path}"
        return self._server.submit(ask(self._server.app, method, where, urlencode(query), body))


class MockProvider:
    """One provider in one world. `base_url` stands for its host, `key` is one that it accepts."""

    def __init__(self, mock: MockProviders, contract: Contract) -> None:
        self.name = contract.name
        self.contract = contract
        self.base_url = f"{mock.url}/{contract.name}"
        self.key = f"{contract.name}-test-key"
        self._mock = mock

    def scenario(self, *what: What) -> None:
        """From now on play these scenarios, by name, or rules, as TOML has them.

        In place of those before; none: no more. SpecError, and nothing changes, when one is not
        known.
        """
        self._mock._play(self.name, what)

    @property
    def grpc_port(self) -> int:
        """The port of 127.0.0.1 where it speaks gRPC, in this world. Needs the extra `grpc`."""
        return self._mock._spoken.port(self.name)

    @property
    def jobs(self) -> list[Json]:
        """Its jobs, newest first, each with its whole timeline."""
        found: list[Json] = self._mock._ask("GET", "/jobs", provider=self.name, limit=MOST)["jobs"]
        return found

    @property
    def journal(self) -> list[Json]:
        """What happened here, oldest first: calls and deliveries."""
        return [one.show() for one in self._mock._entries() if one.provider == self.name]

    @property
    def webhooks(self) -> list[Json]:
        """What it sent without being asked for, or will, newest first."""
        return [one for one in self._mock.webhooks if one["provider"] == self.name]

    def verdict(self, outcome: str = "") -> Verdict:
        """What is to be said about the calls so far: `.verdict().assert_clean()`.

        See `MockProviders.verdict`.
        """
        return self._mock._judged(self.name, outcome)

    @property
    def cost(self) -> float:
        """What its jobs so far would have cost, in its own unit."""
        return self._mock.costs.get(self.name, 0.0)

    @property
    def credits(self) -> float | None:
        """What `key` has left, in the provider's unit; None: without end. Set it for every key."""
        found = self._mock._ask("GET", "/credits", provider=self.name, key=self.key)
        return None if found["balance"] is None else float(found["balance"])

    @credits.setter
    def credits(self, amount: float) -> None:
        self._mock._ask("PUT", "/credits", {"provider": self.name, "balance": amount})


class MockInbox:
    """A receiver for webhooks: keeps what comes, checks its contract and signature."""

    def __init__(self, mock: MockProviders, name: str) -> None:
        if not name or "/" in name:
            raise ValueError(f"{name!r} is no name of an inbox")
        self.name = name
        self.url = f"{mock.url}/_mock/inbox/{quote(name, safe='')}"
        self._path = f"/inbox/{quote(name, safe='')}"
        self._mock = mock

    @property
    def messages(self) -> list[Json]:
        """What came, oldest first."""
        return self._read(self._mock._ask("GET", self._path))

    def wait(self, count: int = 1, timeout: float = PATIENCE) -> list[Json]:
        """What came, as soon as that is `count` messages. TimeoutError after so many real seconds.

        Waiting moves no virtual clock: advance it first.
        """
        return self._enough(self._awaited(count, timeout).result(), count)

    async def wait_async(self, count: int = 1, timeout: float = PATIENCE) -> list[Json]:
        """The same, while the event loop runs on."""
        came = await asyncio.wrap_future(self._awaited(count, timeout))
        return self._enough(came, count)

    def answers(self, *answers: Mapping[str, Any]) -> None:
        """What to answer, in turn: {"status": 500}, {"delay": 60}, {"hangup": True}; then 200."""
        self._mock._ask("PUT", f"{self._path}/answers", [dict(one) for one in answers])

    def clear(self) -> None:
        """Forget what came."""
        self._mock._ask("DELETE", self._path)

    def _awaited(self, count: int, timeout: float) -> Future[Json]:
        return self._mock._asked("GET", self._path, count=count, timeout=timeout)

    def _enough(self, answer: Json, count: int) -> list[Json]:
        came = self._read(answer)
        if len(came) >= count:
            return came
        due = [
            f"{one['push']} of {one['job']} is due at {one['due']}"
            for one in self._mock.webhooks
            if one["due"]
        ]
        say = f"{len(came)} of {count} messages came to the inbox {self.name!r}"
        now = iso(self._mock.clock.time())
        raise TimeoutError(f"{say}; the clock reads {now}, and {'; '.join(due) or 'none is due'}")

    def _read(self, answer: Json) -> list[Json]:
        found: list[Json] = answer["messages"]
        return found


class MockClock:
    """The clock of the world. It stands still until it is advanced."""

    def __init__(self, mock: MockProviders) -> None:
        self._mock = mock

    @property
    def now(self) -> datetime:
        """What it reads."""
        return datetime.fromtimestamp(self.time(), UTC)

    def time(self) -> float:
        """What it reads, in seconds since 1970: stands in for `time.time`."""
        found: float = self._mock._ask("GET", "/clock")["now"]
        return found

    def advance(self, seconds: float | None = None, *, until: Until | None = None) -> list[Json]:
        """Move on, and have everything done that falls due on the way, at its own time.

        By `seconds`, or `until` a moment, "idle" (nothing is left to happen) or a job's state.
        Returns what happened, in order. Refused when it cannot be, such as backwards.
        """
        return _happened(self._moved(seconds, until).result())

    async def advance_async(
        self, seconds: float | None = None, *, until: Until | None = None
    ) -> list[Json]:
        """The same, while the event loop runs on, so that it can receive what is delivered."""
        return _happened(await asyncio.wrap_future(self._moved(seconds, until)))

    def sleep(self, seconds: float) -> None:
        """Stands in for `time.sleep`: takes no real time, and the clock moves on."""
        self.advance(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Stands in for `asyncio.sleep`."""
        await self.advance_async(seconds)

    def _moved(self, seconds: float | None, until: Until | None) -> Future[Json]:
        if (seconds is None) == (until is None):
            raise TypeError("advance takes seconds or until")
        body: Json = {"seconds": seconds} if until is None else {"until": until}
        if isinstance(until, datetime):
            if until.tzinfo is None:
                raise Refused(f"{until} has no time zone; the clock's is UTC")
            body = {"until": iso(until.timestamp())}
        elif isinstance(until, Mapping):
            body = {"until": dict(until)}
        return self._mock._asked("POST", "/clock/advance", body)


def _happened(answer: Json) -> list[Json]:
    found: list[Json] = answer["happened"]
    return found


def _known(name: str, contracts: Sequence[Contract]) -> None:
    """SpecError with the nearest match for a name that is no scenario of any provider."""
    from mockserver.scenario.catalogue import Catalogue

    home, colon, short = name.rpartition(":")
    catalogue = Catalogue()
    if any(catalogue.knows(name, one.name) for one in contracts):
        return
    homes = [one.name for one in contracts if not colon or one.name == home]
    if not homes:
        raise SpecError("scenario", "", home, [one.name for one in contracts])
    known = {known for one in homes for known in catalogue.names(one)}
    close = difflib.get_close_matches(short.replace("-", "_"), known, n=1)
    meant = f"did you mean {close[0]!r}?" if close else "none has a name like it;"
    say = f"{' or '.join(homes)} has no {short!r}; {meant} `mockserver scenarios` lists them"
    raise SpecError("scenario", "", short, say=say)


def _setup(use: Mapping[str, Sequence[What]]) -> Json:
    """Scenarios and rules by provider, as the rules of a world are set."""
    names: list[str] = []
    rules: list[Json] = []
    for provider, whats in use.items():
        for one in whats:
            if not isinstance(one, str):
                rules.append({**({"provider": provider} if provider else {}), **one})
            else:
                whole = f"{provider}:{one}" if provider and ":" not in one else one
                names.append(whole)
    return {"use": names, "rule": rules}
