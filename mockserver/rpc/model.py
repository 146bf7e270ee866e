"""A remote procedure call in the words of HTTP: what is asked, what is answered, who translates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol, TypeAlias

import orjson
from google.protobuf.message import Message

from mockserver.contract.message import NOTHING
from mockserver.contract.model import Contract, Json

Pieces: TypeAlias = AsyncIterator[bytes]
Take: TypeAlias = Callable[[bytes], Awaitable[None]]
"""What takes the next piece of something long."""


class Ask(NamedTuple):
    """The HTTP call that a request stands for. `path` is the provider's own, decoded.

    Instead of a JSON `body` there may be a `form`, the pieces of a body of the type `media`.
    """

    method: str
    path: str
    body: Json = None
    query: Mapping[str, str] = NOTHING
    form: Pieces | None = None
    media: str = "application/json"


class Answer(NamedTuple):
    """The HTTP answer. `broken` is reset or cut when the connection ended before it was whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    broken: str = ""

    @property
    def media(self) -> str:
        """The type of the body, bare."""
        return self.headers.get("content-type", "").partition(";")[0]

    def json(self) -> Json:
        """The body, None when it is empty. ValueError when it is not JSON."""
        return orjson.loads(self.body) if self.body else None


class Refusal(NamedTuple):
    """Why a call has no response: the name of a gRPC status, and a sentence."""

    code: str
    message: str


Reads: TypeAlias = Callable[[Json], Ask]
"""Turns the fields of a request into the HTTP call."""
Tells: TypeAlias = Callable[[Json], Json]
"""Turns the JSON of an HTTP answer (None: empty) into the fields of the response."""


class Plain(NamedTuple):
    """A procedure that takes one message and returns one."""

    ask: Reads
    tell: Tells


class Upload(NamedTuple):
    """A procedure that takes a file in pieces. `form` makes the HTTP call of the messages."""

    form: Callable[[AsyncIterator[Message]], Ask]
    tell: Tells


class Download(NamedTuple):
    """A procedure that returns a file in pieces, each as the `field` of a message."""

    ask: Reads
    field: str


Procedure: TypeAlias = Plain | Upload | Download


class Dialect(Protocol):
    """What the module of a provider has to say. `PROCEDURES` are by service and name: S/N.

    The schema of the messages is in the modules `STUBS` of the vendor's package.
    """

    PACKAGE: str
    STUBS: tuple[str, ...]
    PROCEDURES: Mapping[str, Procedure]
    MESSAGE_LIMIT: int

    def folder(self) -> str:
        """Where in the vendor's package the stubs are."""

    def refusal(self, answer: Answer, contract: Contract) -> Refusal:
        """An HTTP refusal in the words of gRPC."""
