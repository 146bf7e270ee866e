"""What the judge stands on while it judges: a way to the target, its keys and its time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from conformance.exchange import Secrets

if TYPE_CHECKING:
    from conformance.exchange import Answer, Ask
    from conformance.listener import Listener
    from conformance.model import Json
    from conformance.probe import Probe

KEYS = ("conformance-key-one", "conformance-key-two")
"""Accounts of our simulator; a target on this machine is asked with them when no key is given."""

scope: ContextVar[str] = ContextVar("scope", default="")
"""What the judge is at: the id of a case, or the name of what cases share. What happens in a scope
happens in order."""


class Door(Protocol):
    """A way to a target."""

    async def send(self, ask: Ask) -> Answer:
        """What is answered. NoAnswer when nothing is."""

    async def wait(self, seconds: float) -> None:
        """Let that much of the target's time pass."""

    async def leap(self, seconds: float) -> None:
        """Let that much of the target's time pass at once, where it can; what is under way there
        may not live to see it."""

    def now(self) -> float:
        """The target's time, in seconds from any start."""

    def probe(self, body: bytes) -> Probe:
        """What a file is."""

    def fact(self, find: Callable[[], str]) -> str:
        """What is found with the help of a secret, which a cassette does not hold."""

    def beat(self) -> None:
        """Note that the scope has come so far: what has arrived until now, it may see."""


class Plain:
    """What a door does that has nothing to record."""

    def fact(self, find: Callable[[], str]) -> str:
        return find()

    def beat(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class Connection:
    """A target that stands ready. `base` is what the provider's paths are put behind; `keys` are
    the one it is judged with and, where there is one, another account's. `listener` is None where
    the target cannot reach us. `patience` is the most target seconds to wait for one thing,
    `interval` how long to wait between two polls, `inputs` are things that only an account has, by
    the names that the dialect gives them; with `own_inputs` they hold clips that the judge made.
    `webhook_key` is the secret that signs webhooks. `still`: the target's time stands still but for
    `Door.wait`; `leaps`: days of it can pass at once. `address` opens a door for other programs,
    and gives the URL to put paths behind; `another` starts a second target like this one, and
    `again` puts a target back to where it was when it started. None: that cannot be done.
    """

    door: Door
    base: str
    keys: Sequence[str]
    about: str
    listener: Listener | None = None
    patience: float = 900.0
    interval: float = 5.0
    live: bool = False
    webhook_key: str = ""
    still: bool = False
    leaps: bool = False
    address: Callable[[], AbstractAsyncContextManager[str]] | None = None
    again: Callable[[], Awaitable[None]] | None = None
    another: Callable[[], AbstractAsyncContextManager[Connection]] | None = None
    inputs: Mapping[str, Json] = field(default_factory=dict)
    own_inputs: bool = False

    @property
    def secrets(self) -> Secrets:
        """What must not be kept or shown."""
        names = ("<key>", "<other key>", *(f"<key {n}>" for n in range(3, 10)))
        return Secrets([*zip(self.keys, names, strict=False), (self.webhook_key, "<secret>")])


@asynccontextmanager
async def standing(address: str) -> AsyncIterator[str]:
    """An address that need not be opened."""
    yield address
