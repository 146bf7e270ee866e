"""What the judge has to know of each provider's wire, stated here and nowhere else. Shares nothing
with the simulator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from conformance.clips import Recipe
    from conformance.exchange import Answer, Ask
    from conformance.listener import Delivery
    from conformance.model import Json
    from conformance.probe import Probe
    from conformance.target import Target

Body: TypeAlias = "Callable[[Target], Awaitable[Json]]"
"""Makes the body of a create: puts up sources, and makes the jobs it builds on."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What the finished file has to be. None: nothing is promised, or it is not known.

    `seconds` is the length of the whole file, `slack` how far it may be off. `joined` tells
    whether the source is in the file; then `seam` is where the new part begins, or, when it
    `leads_in`, where it ends. `continues` tells whether a file of its own begins with the last
    picture of the source.
    """

    seconds: float | None = None
    slack: float = 0.15
    width: int | None = None
    height: int | None = None
    rate: float | None = None
    audio: bool | None = None
    joined: bool = False
    leads_in: bool = False
    continues: bool = False
    seam: float | None = None


@dataclass(frozen=True, slots=True)
class Mode:
    """A way to have a video made. The first of a dialect is the one most cases look at.

    `operation` is the create's operationId, `poll` that of its poll; `body` makes what is sent and
    `source` is the clip that is extended, when there is one. `promise` tells from the body and the
    source what the file has to be. `usd` is about what one job costs, its `builds_on` not counted.
    `waits`: the create answers when the job has ended, with the file. `free` are the fields of the
    body that may be changed one by one within their own limits and never make a create illegal.
    `price` tells what a body costs that asks for more than usual; of what is not known, the most.
    `asks` is what the usual body has of that.
    """

    name: str
    operation: str
    poll: str
    body: Body
    promise: Callable[[Json, Probe | None], Promise]
    usd: float
    source: Recipe | None = None
    builds_on: str = ""
    waits: bool = False
    free: Sequence[str] = ()
    price: Callable[[Json], float] | None = None
    asks: Mapping[str, Json] = field(default_factory=dict)

    def costs(self, body: Json) -> float:
        """About what a job of this body costs, in US dollars."""
        asked = self.price(body) if self.price and isinstance(body, dict) else 0.0
        return max(self.usd, asked)


@dataclass(frozen=True, slots=True)
class View:
    """What a poll shows. `word` is the provider's own for the state; `urls` are all addresses of
    results by their name, the main one under `video`."""

    state: Literal["running", "done", "failed", "unknown"]
    word: str
    id: str = ""
    progress: float | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed")

    @property
    def url(self) -> str:
        return self.urls.get("video", "")


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal as a client reads it: the status that counts (in the body at some), the code and
    the message. `envelope` is false when the body has not the provider's form of an error."""

    status: int
    code: str
    message: str
    envelope: bool = True


@dataclass(frozen=True, slots=True)
class Note:
    """What a push says about a job."""

    id: str
    state: Literal["done", "failed", "unknown"]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """How a provider sends webhooks. `field` is the body's field with the URL, as a JSON pointer;
    `retries` are the seconds it waits after each failed attempt; `accepted` tells whether a status
    counts as received; `signed` checks a signature with a secret: what is wrong, or empty.

    `callbacks` are the spec's operationIds of what may be sent, any one of them. `apart`: to ask
    for it changes the job, so the job that all cases share does without. `failures`: a job that
    failed is told of too.
    """

    field: str
    retries: Sequence[float]
    timeout: float
    accepted: Callable[[int], bool]
    read: Callable[[Delivery], Note]
    signed: Callable[[Delivery, str], str] | None = None
    method: str = "POST"
    media_type: str = "application/json"
    callbacks: Sequence[str] = ()
    apart: bool = False
    failures: bool = True


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `calls` of `ask` in `seconds`; one more is refused with 429. `ask` costs nothing."""

    calls: int
    seconds: float
    ask: Callable[[], Ask]


def dearest(rates: Mapping[str, float], name: object) -> float:
    """The rate of a name; of one that is not listed, the highest."""
    return float(rates[name] if isinstance(name, str) and name in rates else max(rates.values()))


def seconds_of(told: object, most: float) -> float:
    """A duration out of a body; the most there can be when it is none."""
    try:
        return min(max(float(str(told)), 0.0), most)
    except ValueError:
        return most


class Dialect(Protocol):
    """A provider's wire, for the judge. A module of these names is one."""

    NAME: str
    MODES: Mapping[str, Mode]
    PUSH: Push | None
    INPUTS: Mapping[str, str]
    """What a target that is not ours must be given to run: option name → what it is."""
    STATUSES: Mapping[str, Sequence[int]]
    """The statuses that count, by trouble: `missing-key`, `wrong-key`, `unknown-job`, `no-route`,
    `no-method`, `malformed` (no JSON), `not-an-object`, `media-type`, `empty` (an object without
    fields), and by state of a poll: `running`, `done`. Where one is not there, any refusal will
    do."""
    UNKNOWN: str
    """The id of a job that does not exist, well-formed."""
    RATE: Rate | None
    """How often a key may call, where that is documented."""
    LIVES: Mapping[str, float]
    """How many seconds a `record` of a job is kept after its end and the `url` of a result works,
    where that is documented."""

    def credentials(self, key: str) -> dict[str, str]:
        """The headers that bring a key."""

    def wrong_schemes(self, key: str) -> Mapping[str, dict[str, str]]:
        """Headers that bring a right key in a way the provider does not take, by what it is."""

    def create(self, mode: Mode, body: Json) -> Ask:
        """The request that starts a job."""

    def job_of(self, answer: Answer) -> str:
        """The job's id in the answer to a create; empty when it was not accepted."""

    def poll(self, mode: Mode, job: str) -> Ask:
        """The request that reads a job."""

    def view(self, answer: Answer) -> View:
        """What a poll shows."""

    def problem(self, answer: Answer) -> Problem | None:
        """The refusal in an answer; None when it is none."""

    def ping(self) -> Ask:
        """A read that costs nothing, to see whether the target is there."""
