"""What a provider's module answers. Modules are pure: they get values and return values.

A provider does not drive: the exchange asks `inputs`, then `accept`, then `begun`; a poll asks
`show`; every refusal goes through `refuse`. Odd endpoints are functions in `EXTRAS`, found by
operationId; they alone may touch the world, through a `Desk`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from mockserver.contract import hosts
from mockserver.contract.message import NOTHING, Body, Call, Problem, Reply
from mockserver.contract.model import Contract, Json, Operation
from mockserver.jobs.chance import Chance
from mockserver.jobs.job import Failure, Job, Output
from mockserver.jobs.timeline import Step
from mockserver.media.model import Clip, Trouble, Wish


class Input(NamedTuple):
    """A piece of media a request refers to, and how the provider fetches it.

    `name` is the part it plays in the rendering: source, first, last, pin-0 and so on, or
    soundtrack; any other name is fetched and checked, and not rendered. `reference` is a URL, a
    data URI or the name of an uploaded file. Limits are bytes and seconds; `encoded_limit` is for
    the base64 text.
    """

    name: str
    pointer: str
    reference: str
    kind: str = "video"
    byte_limit: int = 100 * 1024 * 1024
    encoded_limit: int = 70 * 1024 * 1024
    seconds_limit: float = 30.0
    redirects: int = 0


Found: TypeAlias = Mapping[str, Clip | Trouble]


class Accepted(NamedTuple):
    """A request that becomes a job. `wish` lacks the job's id and seed, which are filled in.

    `others` are further results by name, beside the main one, which is called video. `seconds` is
    the new video, for the timing; `cost` is in the provider's unit; `patience` is how many seconds
    a call that waits for the end is kept waiting. Of several requests of one owner with the same
    non-empty `repeat`, only the first makes a job.
    """

    wish: Wish
    seconds: float
    cost: float = 0.0
    facts: Mapping[str, Json] = NOTHING
    failure: Failure | None = None
    patience: float = float("inf")
    repeat: str = ""
    others: Mapping[str, Output] = NOTHING


class Sight(Protocol):
    """What of a world one provider may see. All readings are given, so that nothing hides."""

    def link(self, base: str, job: Job, name: str) -> str:
        """The URL of a job's result of that name."""

    def recent(self, owner: str, since: float) -> Iterable[Job]:
        """The owner's jobs begun after a reading, newest first."""

    def calls(self, call: Call, since: float) -> Sequence[float]:
        """When the owner of a call called after a reading and before it, oldest first."""

    def pushed(self, job: Job) -> str:
        """What became of the job's pushes: nothing (none), waiting, delivered or failed."""

    def balance(self, owner: str, now: float) -> Balance:
        """The credits of a key."""


class Balance(NamedTuple):
    """Credits of a key: what it has (`inf`: no end), what running jobs hold, what was spent."""

    has: float
    held: float
    spent: float

    @property
    def free(self) -> float:
        """What a further job may cost."""
        return self.has - self.held


class Here(NamedTuple):
    """What a provider may know beyond the message: its contract, the time, how strict we are.

    `base` is the provider's base URL as the client sees it. `limited` is whether rate and
    concurrency limits are in force. `repeated`, in `begun`: an earlier request made the job.
    """

    contract: Contract
    now: float
    strict: bool
    sight: Sight
    base: str = ""
    limited: bool = False
    repeated: bool = False

    def url(self, path: str) -> str:
        """The URL of a path of the provider's."""
        return hosts.address(self.contract, self.base, path)

    def link(self, job: Job, name: str = "video") -> str:
        """The URL of a result."""
        return self.sight.link(self.base, job, name)

    def recent(self, owner: str, seconds: float) -> Iterable[Job]:
        """The owner's jobs of the last so many seconds, newest first."""
        return self.sight.recent(owner, self.now - seconds)

    def calls(self, call: Call, seconds: float) -> Sequence[float]:
        """When the owner of a call called in the last so many seconds before it, oldest first.

        Noted where limits are in force: calls with good credentials that `admit` let pass.
        """
        return self.sight.calls(call, self.now - seconds)

    def balance(self, owner: str) -> Balance:
        """The credits of a key."""
        return self.sight.balance(owner, self.now)

    def pushed(self, job: Job) -> str:
        """What became of the job's pushes: "" (there are none), waiting, delivered or failed."""
        return self.sight.pushed(job)


class Notice(NamedTuple):
    """What is pushed: a JSON body, or the bytes of the `result` of that name.

    `id` is what a signature calls the id.
    """

    body: Json = None
    id: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file, or a ticket for one (`key` is then empty).

    `reference` is what requests call it, `token` the unguessable word of a URL of it; `job` names
    the job whose result (of the name `result`) is its content, where it was not uploaded. A file
    without an owner is known to every key.
    """

    reference: str
    owner: str
    created: float
    token: str = ""
    filename: str = ""
    media_type: str = ""
    bytes: int = 0
    key: str = ""
    expires: float | None = None
    job: str = ""
    result: str = "video"
    facts: Mapping[str, Json] = field(default_factory=dict)


class Files(Protocol):
    """The uploaded files of one provider in one world."""

    def put(self, file: StoredFile) -> None:
        """Keep or replace a file."""

    def get(self, reference: str) -> StoredFile | None:
        """The file of that name, expired or not."""

    def by_token(self, token: str) -> StoredFile | None:
        """The file whose URL has that token."""

    def remove(self, reference: str) -> None:
        """Forget a file."""

    def of(self, owner: str) -> list[StoredFile]:
        """All files of one owner, oldest first."""


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that were taken in: where they are kept, and how many."""

    key: str
    bytes: int


class Transaction(NamedTuple):
    """A change of a key's credits: a `debit` takes, a `credit` gives; amounts are above 0."""

    at: float
    kind: str
    amount: float
    job: str


class Resolved(NamedTuple):
    """What a reference turned out to be. `key` finds its bytes again; `note` is for the journal."""

    clip: Clip | Trouble
    key: str = ""
    note: str = ""


class Library(NamedTuple):
    """Media that accounts of a provider have without an upload API: how ids look, and ready ones.

    `ready` maps ids to recipes (see mockserver/media/recipe.py).
    """

    new_id: Callable[[Chance], str]
    ready: Mapping[str, str]


class Desk(Protocol):
    """What the functions in `EXTRAS` may use of the world."""

    here: Here

    @property
    def files(self) -> Files:
        """The uploaded files of this provider."""

    def chance(self, label: str) -> Chance:
        """A new stream of draws under a label; the same call twice gives different draws."""

    def job(self, id: str) -> Job | None:
        """A job of this provider that is not gone."""

    def jobs(self, owner: str) -> Iterable[Job]:
        """The jobs of a key whose records are not gone, newest first."""

    def transactions(self, owner: str) -> Sequence[Transaction]:
        """What changed the credits of a key, newest first."""

    def grant(self, token: str, owner: str, seconds: float) -> None:
        """Accept a further credential for an owner, for so long."""

    async def resolve(self, wanted: Input, owner: str) -> Resolved:
        """The media behind a reference, fetched and probed."""

    async def keep(self, content: bytes) -> Received:
        """Put bytes on the shelf of uploads."""

    async def receive(self, stream: Body, limit: int) -> Received | None:
        """Take in a body; None when it exceeds the limit."""

    async def content(self, file: StoredFile) -> Path | None:
        """The bytes of a stored file; None when there are none."""


Extra: TypeAlias = Callable[[Desk, Call], Awaitable[Reply | Problem]]


class Voice(Protocol):
    """Whoever answers calls: a provider, or the control API."""

    EXTRAS: Mapping[str, Extra]

    def admit(self, operation: Operation, call: Call, here: Here) -> Problem | None:
        """What stands against a call before its body is read: a route switched off, say."""

    def refuse(self, problem: Problem, call: Call, here: Here) -> Reply:
        """A problem in this one's own envelope, status and words."""

    def headers(self, operation: Operation | None, call: Call) -> Mapping[str, str]:
        """What every answer of an operation (None: of no route) carries besides its own headers."""


class Provider(Voice, Protocol):
    """One provider. A plain module may be one."""

    LIBRARY: Library | None

    def inputs(self, operation: Operation, call: Call, here: Here) -> Sequence[Input] | Problem:
        """The media a request refers to, or why it may not be asked for."""

    def accept(
        self, operation: Operation, call: Call, found: Found, here: Here
    ) -> Accepted | Problem:
        """The job a request becomes, or what a schema cannot say against it."""

    def new_id(self, chance: Chance, contract: Contract) -> str:
        """The id of a new job."""

    def files_of(self, job: Job, here: Here) -> Sequence[StoredFile]:
        """Files that a job leaves among the uploaded ones when it ends."""

    def begun(self, job: Job, call: Call, here: Here) -> Reply:
        """The answer to the request that made a job."""

    def notice(self, job: Job, step: Step, push: str, here: Here) -> Notice | None:
        """What a push of that name says when the job has ended; None: it is not sent."""

    def show(self, job: Job, step: Step, call: Call, here: Here) -> Reply | Problem:
        """The answer to a poll, or of a call that waited for the end."""
