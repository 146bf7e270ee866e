"""A delivery and its attempts as values. Knows no clock, no network and no provider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from mockserver.contract.message import NOTHING
from mockserver.journal.redact import address

State: TypeAlias = Literal["waiting", "sending", "delivered", "failed", "refused", "dropped"]
"""`refused`: by the egress policy. `dropped`: by a stop of the server, before it was settled."""

STATES: tuple[State, ...] = ("waiting", "sending", "delivered", "failed", "refused", "dropped")
UNSETTLED = frozenset({"waiting", "sending"})
KEPT_BODY = 64 * 1024
KEPT_ANSWER = 2048
KEPT_TEXT = 500
KEPT_URL = 4000
KEPT_HEADERS = 50


class Parcel(NamedTuple):
    """What is sent: bytes or a file, and the `id` that a signature stands over.

    A signature is dated `age` seconds ago.
    """

    body: bytes = b""
    media_type: str = "application/json"
    id: str = ""
    file: Path | None = None
    age: float = 0.0

    @property
    def size(self) -> int:
        """How many bytes are sent."""
        return self.file.stat().st_size if self.file else len(self.body)


Make: TypeAlias = Callable[[], Awaitable[Parcel | None]]
"""Makes what is sent, once, when it is due; None: nothing is."""


class Outgoing(NamedTuple):
    """One request as a receiver in this process gets it."""

    method: str
    url: str
    headers: Mapping[str, str]
    parcel: Parcel


class Answer(NamedTuple):
    """What a receiver answered. `why` is set when that was nothing, or not whole; then it failed.

    `delay` are seconds of the clock that a receiver in this process takes to answer; `late` says
    that the time limit ran out.
    """

    status: int = 0
    headers: Mapping[str, str] = NOTHING
    body: bytes = b""
    why: str = ""
    delay: float = 0.0
    late: bool = False


Receiver: TypeAlias = Callable[[Outgoing], Awaitable[Answer]]
"""Something in this process that takes requests."""

Own: TypeAlias = Callable[[str], "Receiver | None"]
"""The receiver behind a URL of our own; None when the URL is not ours."""


class Attempt(NamedTuple):
    """One try at a delivery, from the reading `at` to the reading `ended`.

    `why` says in a sentence why it failed, and is empty when it did not. `asked`: somebody asked
    for it, it was not its turn. The body sent is that of the delivery.
    """

    number: int
    at: float
    ended: float
    headers: Mapping[str, str]
    status: int
    answer_headers: Mapping[str, str]
    answer: bytes
    why: str
    asked: bool = False


class Delivery(NamedTuple):
    """One push to one receiver. `due` is when the next attempt is; None when no more are planned.

    `body` is what is sent or would have been, as far as it is kept, `size` how much it is in all.
    """

    id: str
    provider: str
    push: str
    job: str
    method: str
    url: str
    born: float
    due: float | None
    state: State = "waiting"
    attempts: tuple[Attempt, ...] = ()
    why: str = ""
    media_type: str = ""
    body: bytes = b""
    size: int = 0

    @property
    def address(self) -> str:
        """Where it goes, as it may be shown."""
        return address(self.url[:KEPT_URL])

    @property
    def settled(self) -> bool:
        """Whether nothing more comes of it by itself."""
        return self.state not in UNSETTLED
