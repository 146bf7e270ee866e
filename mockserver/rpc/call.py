"""One remote procedure call: translated, asked at the application's door, and told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc
import grpc.aio
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import DecodeError, Message

from mockserver.contract.message import NOTHING
from mockserver.rpc import door
from mockserver.rpc.model import (
    Answer,
    Ask,
    Dialect,
    Download,
    Plain,
    Refusal,
    Take,
    Tells,
    Upload,
)
from mockserver.rpc.stubs import Method
from mockserver.web.wire import ClientGone

if TYPE_CHECKING:
    from mockserver.app import App

Context = grpc.aio.ServicerContext[bytes, bytes]
Requests = AsyncIterator[bytes]
Running = set[asyncio.Task[Answer]]

WORLD = "x-mock-world"
WORLD_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
NO_WORLD = Refusal("INVALID_ARGUMENT", f"{WORLD} is no name of a world")
UNKNOWN = Refusal("UNIMPLEMENTED", "Method not found!")
UNREADABLE = Refusal("INTERNAL", "Exception deserializing request!")
# As clients see a connection that is reset, and a stream that ends before its message.
BROKEN = {
    "reset": Refusal("UNAVAILABLE", "Connection reset by peer"),
    "cut": Refusal("INTERNAL", "Received RST_STREAM with error code 2"),
}
# What a client makes of an HTTP answer of something in between that speaks no gRPC. Documented:
# github.com/grpc/grpc, doc/http-grpc-status-mapping.md
OF_PROXY = {
    400: "INTERNAL",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "UNIMPLEMENTED",
    429: "UNAVAILABLE",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "UNAVAILABLE",
}
NO_MESSAGE = b"\xff"  # the beginning of a number that never ends
NAME = re.compile(r"[a-z0-9_.-]+")
VALUE = re.compile(r"[\x20-\x7e]*")
# Headers that are about an HTTP message, not about a call.
FRAMING = frozenset("content-type content-length transfer-encoding connection te host".split())


class Speaker(NamedTuple):
    """Who answers the calls to one provider. `world` and `host` are those of calls that name none.

    `running` are the calls that go on although nobody waits for them any more.
    """

    app: App
    provider: str
    dialect: Dialect
    methods: Mapping[str, Method]
    world: str
    host: str
    running: Running


class Refused(Exception):
    """A call has no response."""

    def __init__(self, refusal: Refusal, headers: Mapping[str, str] = NOTHING) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.headers = headers


class Unreadable(ClientGone):
    """A message is none of its type."""


class Exchange:
    """Answers one call, whatever procedure it is of."""

    def __init__(self, speaker: Speaker, name: str) -> None:
        self._speaker = speaker
        self._name = name

    async def run(self, requests: Requests, context: Context) -> None:
        """Write the response, or end the call with a status."""
        try:
            answer = await self._answer(requests, context)
        except Refused as refused:
            outcome = refused
        else:
            context.set_trailing_metadata(_metadata(answer.headers))
            return
        refusal, trailing = outcome.refusal, _metadata(outcome.headers)
        await context.abort(grpc.StatusCode[refusal.code], refusal.message, trailing)

    async def _answer(self, requests: Requests, context: Context) -> Answer:
        """The answer, its response written. Refused when there is none."""
        headers = _headers(context)
        place = self._place(headers.pop(WORLD, self._speaker.world))
        procedure = self._speaker.dialect.PROCEDURES.get(self._name)
        method = self._speaker.methods.get(self._name)
        if procedure is None or method is None:
            answer = await self._asked(Ask("POST", f"/{self._name}"), place, headers)
            raise Refused(UNKNOWN, answer.headers)
        if isinstance(procedure, Upload):
            asked = procedure.form(_messages(requests, method, context))
            answer = await self._ask(asked, place, headers)
        else:
            asked = procedure.ask(_fields(await anext(requests, b""), method))
            if isinstance(procedure, Download):
                take = _taking(context, method, procedure.field)
                answer = await self._ask(asked, place, headers, take)
            else:
                answer = await self._asked(asked, place, headers)
        if refusal := self._refusal(answer):
            raise Refused(refusal, answer.headers)
        if isinstance(procedure, Plain):
            await context.send_initial_metadata(_metadata(answer.headers))
        if not isinstance(procedure, Download):
            await context.write(_response(answer, method, procedure.tell))
        return answer

    def _place(self, world: str) -> str:
        if not world:
            return f"/{self._speaker.provider}"
        if not WORLD_NAME.fullmatch(world):
            raise Refused(NO_WORLD)
        return f"/w/{world}/{self._speaker.provider}"

    def _ask(
        self, asked: Ask, place: str, headers: dict[str, str], take: Take | None = None
    ) -> Coroutine[Any, Any, Answer]:
        if self._speaker.host:
            headers["host"] = self._speaker.host
        return door.ask(self._speaker.app, place, asked, headers, name=self._name, take=take)

    async def _asked(self, asked: Ask, place: str, headers: dict[str, str]) -> Answer:
        """The answer to a call that goes on when its client does not wait, as over HTTP."""
        task = asyncio.create_task(self._ask(asked, place, headers))
        self._speaker.running.add(task)
        task.add_done_callback(self._speaker.running.discard)
        return await asyncio.shield(task)

    def _refusal(self, answer: Answer) -> Refusal | None:
        if answer.broken:
            return (
                BROKEN[answer.broken] if answer.status or answer.broken == "reset" else UNREADABLE
            )
        if answer.status < 400:
            return None
        if answer.media == "text/html":
            code = OF_PROXY.get(answer.status, "UNKNOWN")
            return Refusal(code, f"Received http2 header with status: {answer.status}")
        contract = self._speaker.app.providers[self._speaker.provider]
        return self._speaker.dialect.refusal(answer, contract)


def _fields(raw: bytes, method: Method) -> dict[str, Any]:
    """The fields of a request by the names in its schema."""
    try:
        message = method.request.FromString(raw)
    except DecodeError:
        raise Refused(UNREADABLE) from None
    return MessageToDict(message, preserving_proto_field_name=True)


async def _messages(requests: Requests, method: Method, context: Context) -> AsyncIterator[Message]:
    """The messages of a stream that its client ended. ClientGone when it broke it off.

    gRPC lets both look alike until we say something, which only one who is there can be told.
    """
    async for raw in requests:
        try:
            yield method.request.FromString(raw)
        except DecodeError:
            raise Unreadable from None
    try:
        await context.send_initial_metadata(())
    except grpc.aio.BaseError:
        raise ClientGone from None


def _taking(context: Context, method: Method, field: str) -> Take:
    """Writes what it takes as messages with one field."""

    async def take(piece: bytes) -> None:
        await context.write(method.response(**{field: piece}).SerializeToString())

    return take


def _response(answer: Answer, method: Method, tell: Tells) -> bytes:
    """The response; where the answer has none in it, what cannot be read as one."""
    try:
        fields = tell(answer.json())
        return ParseDict(fields, method.response(), ignore_unknown_fields=True).SerializeToString()
    except (ValueError, ParseError):
        return NO_MESSAGE


def _headers(context: Context) -> dict[str, str]:
    """The metadata of a call as headers."""
    found: dict[str, str] = {}
    for key, value in context.invocation_metadata() or ():
        name = key.lower()
        if isinstance(value, str) and name not in FRAMING and not name.startswith("grpc-"):
            found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _metadata(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers of an answer as metadata, as far as they can be."""
    return tuple(
        (name, value)
        for name, value in headers.items()
        if name not in FRAMING
        and not name.startswith("grpc-")
        and not name.endswith("-bin")
        and NAME.fullmatch(name)
        and VALUE.fullmatch(value)
    )
