"""What the judge stands on while it judges: a way to the target, its keys and its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from conformance.exchange import Answer, Ask
    from conformance.listener import Listener
    from conformance.model import Json
    from conformance.probe import Probe


class Door(Protocol):
    """A way to a target."""

    async def send(self, ask: Ask) -> Answer:
        """What is answered. CannotRun when nothing is, and never will be."""

    async def wait(self, seconds: float) -> None:
        """Let that much of the target's time pass."""

    def now(self) -> float:
        """The target's time, in seconds from any start."""

    def probe(self, body: bytes) -> Probe:
        """What a file is."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A target that stands ready. `base` is what the provider's paths are put behind; `keys` are
    the one it is judged with and, where there is one, another account's. `listener` is None where
    the target cannot reach us. `patience` is the most target seconds to wait for one thing,
    `interval` how long to wait between two polls, `inputs` are things that only an account has, by
    the names that the dialect gives them; with `own_inputs` they hold clips that the judge made.
    `webhook_key` is the secret that signs webhooks.
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
    inputs: Mapping[str, Json] = field(default_factory=dict)
    own_inputs: bool = False
