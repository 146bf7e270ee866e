"""What a case sees of an endpoint: calls, jobs that all cases share, files and webhooks."""

from __future__ import annotations

import asyncio
import copy
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar, cast

from conformance.connection import scope
from conformance.exchange import Answer, Ask, Exchange
from conformance.model import Blocked, Disabled, NoAnswer
from conformance.story import Story, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.clips import Recipe
    from conformance.connection import Connection
    from conformance.contract import Contract
    from conformance.dialects.base import Dialect, Mode, Push
    from conformance.listener import Delivery, Hook
    from conformance.model import Json
    from conformance.probe import Probe
    from conformance.purse import Purse, Spent

T = TypeVar("T")

log: ContextVar[list[Exchange]] = ContextVar("log")
"""The exchanges of the case that runs."""

TOO_FAST = 429
CALM = 5
HURRY = 20.0
REMOVED = object()
"""As the value of a change: the field is taken out."""


class Target:
    """An endpoint of a provider, as cases use it. Everything sent and received is kept, redacted.

    Jobs cost money: `submit` counts each in the purse, which refuses what would pass the budget.
    `crowd` is how many cases run side by side: they crowd the account's own queue.
    """

    def __init__(
        self, dialect: Dialect, contract: Contract, connection: Connection, purse: Purse
    ) -> None:
        self.dialect = dialect
        self.contract = contract
        self.connection = connection
        self.purse = purse
        self.crowd = 1
        self._queue = asyncio.Lock()
        self.secrets = connection.secrets
        self._hooks: Counter[str] = Counter()
        self._numbers = count(1)
        self._apart = ""
        self.creates: dict[str, Exchange] = {}
        self._made: dict[object, asyncio.Future[Any]] = {}

    def apart(self, name: str) -> Target:
        """The same for a case of that name, which shares no job, clip or upload with any other."""
        other = copy.copy(self)
        other._made, other.creates, other._apart = {}, {}, f"{name} "
        return other

    @property
    def mode(self) -> Mode:
        """The mode most cases look at."""
        return next(iter(self.dialect.MODES.values()))

    @property
    def push(self) -> Push:
        """How the provider sends webhooks. Disabled where nothing can be received."""
        if self.dialect.PUSH is None:
            raise Disabled(f"{self.contract.title} sends no webhooks")
        if self.connection.listener is None:
            raise Disabled("the target cannot reach the judge: give --callback-url")
        push, check = self.dialect.PUSH, self.dialect.PUSH.signed
        if check is None:
            return push
        fact = self.connection.door.fact
        return replace(push, signed=lambda delivery, key: fact(lambda: check(delivery, key)))

    def now(self) -> float:
        """The target's time."""
        return self.connection.door.now()

    async def wait(self, seconds: float) -> None:
        """Let the target's time pass. Disabled when that is longer than the run is patient."""
        self._in_patience(seconds)
        await self.connection.door.wait(seconds)

    async def leap(self, seconds: float) -> None:
        """Let the target's time pass at once, as days do in which nothing is asked. Disabled where
        a target cannot and that is longer than the run is patient."""
        self.can_leap(seconds)
        await self.connection.door.leap(seconds)

    def can_leap(self, seconds: float) -> None:
        """Disabled where so much time cannot pass: asked before anything is paid for it."""
        if not self.connection.leaps:
            self._in_patience(seconds)

    def _in_patience(self, seconds: float) -> None:
        if seconds > self.connection.patience:
            raise Disabled(
                f"waits {seconds:,.0f} s, longer than the run is patient: give --timeout"
            )

    @property
    def other_key(self) -> str:
        """The key of another account. Disabled where there is none."""
        if len(self.connection.keys) < 2:
            raise Disabled("needs a second account: give --other-key")
        return self.connection.keys[1]

    async def call(self, ask: Ask, *, key: str | None = "", hurried: bool = False) -> Exchange:
        """Send a request: with the run's key, with another, or with none (None). One that comes
        too fast for the target is sent again when it may, unless it is `hurried`."""
        if key is not None:
            ask = ask.with_headers(self.dialect.credentials(key or self.connection.keys[0]))
        ask = replace(ask, url=self._absolute(ask.url))
        exchange = await self._send(ask)
        if hurried or not self._too_fast(exchange):
            return exchange
        async with self._queue:
            for _ in range(CALM * self.crowd):
                await self.wait(retry_after(exchange.answer) or HURRY)
                exchange = await self._send(ask)
                if not self._too_fast(exchange):
                    break
        return exchange

    def _too_fast(self, exchange: Exchange) -> bool:
        problem = self.dialect.problem(exchange.answer)
        return problem is not None and problem.status == TOO_FAST

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Exchange:
        """Read a result's address, without a key."""
        return await self._send(Ask("GET", url, headers or {}, follow=True))

    async def create(
        self, mode: Mode | None = None, change: Mapping[str, Json] | None = None, *, key: str = ""
    ) -> Exchange:
        """Send a create that is meant to be refused, with some fields changed by JSON pointer. When
        it is accepted after all, the purse counts it."""
        mode = mode or self.mode
        body = changed(await self.body(mode), change or {})
        return await self._start(mode, body, key, self.purse.risk(mode, body))

    async def attempt(self, ask: Ask, *, key: str | None = "") -> Exchange:
        """Send a create as it stands, which is meant to be refused. When it is accepted after all,
        the purse counts it."""
        return await self._booked(self.mode, ask, key, self.purse.risk(self.mode))

    async def submit(
        self, mode: Mode | None = None, change: Mapping[str, Json] | None = None, *, key: str = ""
    ) -> Exchange:
        """Start a job of one's own, which costs money."""
        mode = mode or self.mode
        body = changed(await self.body(mode), change or {})
        return await self._start(mode, body, key, self.purse.spend(mode, body))

    async def body(self, mode: Mode) -> Json:
        """What a create of a mode sends, its sources put up; a copy to change."""
        body = await self.once(("body", mode.name), lambda: mode.body(self))
        return changed(body, {})

    async def story(self, mode: str = "") -> Story:
        """A finished job of a mode, the one that all cases share."""
        chosen = self.dialect.MODES[mode] if mode else self.mode
        return await self.once(("story", chosen.name), lambda: tell(self, chosen))

    def submitted(self, mode: str) -> Exchange | None:
        """The create of a mode's shared job, also when it went no further; None before it."""
        return self.creates.get(mode)

    async def file(self, story: Story) -> Exchange:
        """The finished file. Blocked when there is none."""
        if not story.url:
            raise Blocked("the job shows no address of its file")
        found = await self.once(("file", story.url), lambda: self.fetch(story.url))
        if found.answer.status != 200:
            raise Blocked(f"the file's address answers {found.answer.status}")
        return found

    async def probed(self, story: Story) -> Probe:
        """What the finished file is. Blocked when it cannot be decoded at all."""
        body = story.file or (await self.file(story)).answer.body
        found = self.connection.door.probe(body)
        if not found.frames:
            raise Blocked(f"the file cannot be judged: {found.trouble}")
        return found

    async def original(self, mode: Mode) -> Probe | None:
        """What a job of a mode extends; None where that is nothing, or nobody can look at it."""
        if mode.source is None:
            return None
        if given := str(self.connection.inputs.get("source", "")):
            found = await self.once(("source", given), lambda: self.fetch(given))
            return self.connection.door.probe(found.answer.body)
        if self.connection.inputs and not self.connection.own_inputs:
            return None
        return self.source(mode.source)

    def source(self, recipe: Recipe) -> Probe:
        """What a clip of the judge's own is."""
        from conformance.clips import made

        return self.connection.door.probe(made(recipe))

    async def clip(self, recipe: Recipe) -> str:
        """The URL of a clip for the target. Disabled where it cannot reach us."""
        if given := self.connection.inputs.get("source"):
            return str(given)
        if self.connection.listener is None:
            raise Disabled("the target needs a clip: give --source URL or --callback-url")
        return self.connection.listener.clip(recipe)

    def nowhere(self) -> str:
        """The URL of a clip that is not there. Disabled where the target cannot reach us."""
        if self.connection.listener is None:
            raise Disabled("the target cannot reach the judge: give --callback-url")
        return f"{self.connection.listener.base}/clips/nowhere.mp4"

    def hook(self, answers: Sequence[int] = (200,)) -> Hook:
        """A new address for webhooks."""
        _ = self.push
        assert self.connection.listener is not None
        place = re.sub(r"[^a-z0-9.-]+", "-", scope.get().lower()).strip("-") or "hook"
        self._hooks[place] += 1
        return self.connection.listener.hook(answers, f"{place}-{self._hooks[place]}")

    async def deliveries(self, hook: Hook, count: int, within: float) -> Sequence[Delivery]:
        """What came to a hook, when there are so many or when that much time has passed. Disabled
        when the run is not as patient as that."""
        patience = self.connection.patience
        until = self.now() + min(within, patience)
        while len(hook.deliveries) < count and (left := until - self.now()) > 1e-6:
            await self.wait(min(left, self.connection.interval))
        if len(hook.deliveries) < count and within > patience:
            raise Disabled(
                f"webhooks may take {within:,.0f} s, longer than the run is patient: give --timeout"
            )
        return tuple(hook.deliveries)

    async def once(self, name: object, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gave when it was first asked for by that name. Who asks later for what was
        not answered is Blocked."""
        task = self._made.get(name)
        first = task is None
        if task is None:
            task = asyncio.ensure_future(_scoped(f"{self._apart}{_named(name)}", make))
            self._made[name] = task
        try:
            return cast("T", await asyncio.shield(task))
        except NoAnswer as error:
            if first:
                raise
            raise Blocked(str(error)) from None
        finally:
            self.connection.door.beat()

    async def _send(self, ask: Ask) -> Exchange:
        number = next(self._numbers)
        at = self.now()
        answer: Answer = await self.connection.door.send(ask)
        exchange = Exchange(number, self.secrets.ask(ask), self.secrets.answer(answer), at)
        log.get([]).append(exchange)
        return exchange

    async def _start(self, mode: Mode, body: Json, key: str, entry: Spent) -> Exchange:
        ask = replace(self.dialect.create(mode, body), slow=mode.waits)
        return await self._booked(mode, ask, key, entry)

    async def _booked(self, mode: Mode, ask: Ask, key: str | None, entry: Spent) -> Exchange:
        """Send a create and book what became of it."""
        job = "unknown: it was not answered"
        try:
            exchange = await self.call(ask, key=key)
            made = mode.waits and exchange.answer.status == 200
            job = self.dialect.job_of(exchange.answer) or ("waited for" if made else "")
        finally:
            self.purse.booked(entry, job)
        return exchange

    def _absolute(self, url: str) -> str:
        return url if "://" in url else self.connection.base.rstrip("/") + url


async def _scoped(name: str, make: Callable[[], Awaitable[T]]) -> T:
    """Make something in a scope of its name."""
    scope.set(name)
    return await make()


def _named(name: object) -> str:
    return " ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def retry_after(answer: Answer) -> float | None:
    """The seconds that an answer asks to wait; None when it does not."""
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isdigit() else None


def changed(body: Json, change: Mapping[str, Json]) -> Json:
    """A copy of a JSON value with some places changed, by JSON pointer. Places that are missing
    are made; REMOVED takes one out; the pointer "" stands for the whole."""
    if isinstance(body, dict):
        made: Json = {name: changed(value, {}) for name, value in body.items()}
    elif isinstance(body, list):
        made = [changed(value, {}) for value in body]
    else:
        made = body
    for pointer, value in change.items():
        if pointer == "":
            return value
        *way, last = pointer.removeprefix("/").split("/")
        place = made
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last)] = value
        elif value is REMOVED:
            place.pop(last, None)
        else:
            place[last] = value
    return made
