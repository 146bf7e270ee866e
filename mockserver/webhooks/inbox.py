"""Inboxes: places that take any push, remember it, say what is wrong with it, and can be awaited.

A test points a webhook at one and needs no server and no tunnel.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import orjson

from mockserver.contract.model import Json, Signature
from mockserver.jobs.clock import Clock
from mockserver.webhooks.model import KEPT_BODY, KEPT_HEADERS, KEPT_TEXT
from mockserver.webhooks.signing import verify

MOST_INBOXES = 256
MOST_MESSAGES = 1000
MOST_BYTES = 64 * 1024**2
MOST_WORDS = 200
PRIVATE = frozenset({"authorization", "cookie", "proxy-authorization", "x-api-key"})


class Known(NamedTuple):
    """A push that an inbox recognises. `check` says in sentences what is wrong with its body.

    `media` is the media type it comes as; `name` is for people.
    """

    name: str
    media: str
    check: Callable[[Json], Sequence[str]]
    signature: Signature | None


Pushes: TypeAlias = Callable[[], Sequence[Known]]


class Scripted(NamedTuple):
    """One answer of an inbox, given `times` times. `delay` are seconds of the clock."""

    status: int = 200
    body: Json = None
    delay: float = 0.0
    hangup: bool = False
    times: int = 1


WELL = Scripted(body={"received": True})


class Message(NamedTuple):
    """What came. `pushes` are the known ones whose contract it keeps; `problems` say why none is.

    `signature` is "valid", the reason why it is not, or empty where nobody signs.
    """

    number: int
    at: float
    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    size: int
    answered: Scripted
    pushes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    signature: str = ""


class Inbox:
    """The messages of one name, the answers still to be given, and who waits."""

    __slots__ = ("answers", "arrived", "messages", "number", "waiting")

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self.answers: deque[Scripted] = deque()
        self.arrived: asyncio.Event | None = None
        self.number = 0
        self.waiting = 0


class Inboxes:
    """The inboxes of one world, made when first named; bounded in number, messages and bytes."""

    def __init__(self, clock: Clock, pushes: Pushes = tuple) -> None:
        self._clock = clock
        self._pushes = pushes
        self._inboxes: OrderedDict[str, Inbox] = OrderedDict()
        self._bytes = 0

    def take(
        self,
        name: str,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        query: str = "",
        size: int | None = None,
    ) -> Scripted:
        """Keep a message, and say how it is answered. `size` is given when `body` is cut short."""
        inbox = self._named(name)
        answer = _next(inbox.answers)
        size = len(body) if size is None else size
        low = {name.lower(): text for name, text in headers.items()}
        pushes, problems, signature = judge(self._pushes(), low, body, size, self._clock.wall())
        inbox.number += 1
        kept = [(one, text[:KEPT_TEXT]) for one, text in low.items() if one not in PRIVATE]
        message = Message(
            number=inbox.number,
            at=self._clock.now(),
            method=method,
            query=query[:KEPT_TEXT],
            headers=dict(kept[:KEPT_HEADERS]),
            body=body[:KEPT_BODY],
            size=size,
            answered=answer,
            pushes=pushes,
            problems=problems,
            signature=signature,
        )
        inbox.messages.append(message)
        self._bytes += len(message.body)
        self._bound(inbox)
        if inbox.arrived is not None:
            inbox.arrived.set()
            inbox.arrived = None
        return answer

    def read(self, name: str) -> list[Message]:
        """What came to an inbox, oldest first."""
        inbox = self._inboxes.get(name)
        return list(inbox.messages) if inbox else []

    async def wait(self, name: str, count: int, timeout: float) -> list[Message]:
        """What came to an inbox, as soon as that is `count` messages; or after real seconds."""
        inbox = self._named(name)
        inbox.waiting += 1
        try:
            async with asyncio.timeout(timeout):
                while len(inbox.messages) < count:
                    inbox.arrived = inbox.arrived or asyncio.Event()
                    await inbox.arrived.wait()
        except TimeoutError:
            pass
        finally:
            inbox.waiting -= 1
        return list(inbox.messages)

    def script(self, name: str, answers: Sequence[Scripted]) -> None:
        """From now on give these answers, each in its turn, and then 200."""
        inbox = self._named(name)
        inbox.answers = deque(answers)

    def empty(self, name: str) -> int:
        """Forget the messages and answers of an inbox. How many messages there were."""
        inbox = self._inboxes.get(name)
        if inbox is None:
            return 0
        count = len(inbox.messages)
        self._bytes -= sum(len(one.body) for one in inbox.messages)
        inbox.messages.clear()
        inbox.answers.clear()
        return count

    def reset(self) -> None:
        """Forget everything. Whoever waits goes on waiting, for what comes now."""
        for name, inbox in list(self._inboxes.items()):
            self.empty(name)
            inbox.number = 0
            if not inbox.waiting:
                del self._inboxes[name]

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Names with the number of their messages, the one used last at the end."""
        return iter([(name, len(inbox.messages)) for name, inbox in self._inboxes.items()])

    def __len__(self) -> int:
        return len(self._inboxes)

    def _named(self, name: str) -> Inbox:
        inbox = self._inboxes.get(name)
        if inbox is None:
            if len(self._inboxes) >= MOST_INBOXES:
                idle = (one for one, inbox in self._inboxes.items() if not inbox.waiting)
                oldest = next(idle, next(iter(self._inboxes)))
                self.empty(oldest)
                del self._inboxes[oldest]
            inbox = self._inboxes[name] = Inbox()
        self._inboxes.move_to_end(name)
        return inbox

    def _bound(self, inbox: Inbox) -> None:
        """Drop the oldest messages of an inbox, then of those unused for longest."""
        while len(inbox.messages) > MOST_MESSAGES:
            self._bytes -= len(inbox.messages.popleft().body)
        for other in self._inboxes.values() if self._bytes > MOST_BYTES else ():
            while other.messages and self._bytes > MOST_BYTES:
                self._bytes -= len(other.messages.popleft().body)


def judge(
    known: Sequence[Known], headers: Mapping[str, str], body: bytes, size: int, now: float
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Which pushes a message may be, or what is wrong with it; and what its signature is worth.

    `headers` have lower-case names.
    """
    media = headers.get("content-type", "").partition(";")[0].strip().lower()
    candidates = [one for one in known if one.media == media]
    if not candidates:
        return (), (f"no push comes as {media or 'nothing in particular'}",), ""
    value: Json = None
    if media == "application/json":
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            cut = f" (only {len(body)} of {size} bytes are kept)" if size > len(body) else ""
            return (), (f"the body is not JSON: {error}{cut}",), ""
    found = {one.name: tuple(one.check(value)) for one in candidates}
    kept = [one for one in candidates if not found[one.name]]
    problems: tuple[str, ...] = ()
    if not kept:
        problems = tuple(f"{name}: {why}" for name, whys in found.items() for why in whys[:5])
    signature = _signature(kept or candidates, headers, body, list(_words(value)), now)
    return tuple(one.name for one in kept), problems[:MOST_WORDS], signature


def _signature(
    known: Sequence[Known],
    headers: Mapping[str, str],
    body: bytes,
    words: Sequence[str],
    now: float,
) -> str:
    """What the signature is worth, by the first of the pushes that is signed."""
    whys = [
        verify(one.signature, headers, body, words, now=now)
        for one in known
        if one.signature is not None and one.signature.secret
    ]
    if not whys:
        return ""
    return "valid" if "" in whys else whys[0]


def _words(value: Json) -> Iterator[str]:
    """The texts in a body, as far as they are reasonably many: one of them is the id signed."""
    layer, left = [value], MOST_WORDS
    while layer and left > 0:
        below: list[Json] = []
        for one in layer:
            if isinstance(one, str):
                left -= 1
                yield one
            elif isinstance(one, dict | list):
                below.extend(one.values() if isinstance(one, dict) else one)
        layer = below[:MOST_WORDS]


def _next(answers: deque[Scripted]) -> Scripted:
    """The next answer of a script; without one, a plain 200."""
    if not answers:
        return WELL
    answer = answers.popleft()
    if answer.times > 1:
        answers.appendleft(answer._replace(times=answer.times - 1))
    return answer._replace(times=1)
