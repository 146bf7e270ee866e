"""A vocabulary for bending a simulator: what it is asked is changed before it sees it, or what it
answers before anybody else does.

A bend says on which calls (`"GET /xai/v1/videos/*"`: a method and a path, either with `*`), and
what is changed:

    reply("POST */extensions", status(202))
    reply("GET */videos/*", member("/video/url", "x"), when=status_was(202), nth=1)
    ask("POST */extensions", sent("/duration", 5), when=asked("/duration", 11))
    chain(one, another)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from conformance.clips import Recipe, made
from conformance.target import REMOVED, changed
from conformance.targets.ours import Asgi, Wrap

Json: TypeAlias = Any
MISSING = object()


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `nth` counts the calls of its method and path, from 1; `kept` is what bends of
    this run want to remember."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    nth: int
    kept: dict[str, Any]

    def json(self) -> Json:
        """The body as JSON; None when it is none."""
        return _json(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response, whole. Header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Json:
        """The body as JSON; None when it is none."""
        return _json(self.body)


Ahead: TypeAlias = Callable[[Call], Awaitable[Reply]]
"""Asks the simulator."""
Bend: TypeAlias = Callable[[Call, Ahead], Awaitable[Reply]]
Change: TypeAlias = Callable[[Reply], Reply]
Ask: TypeAlias = Callable[[Call], Call]
Nth: TypeAlias = "int | Callable[[int], bool] | None"


def wrapped(bend: Bend) -> Wrap:
    """The bend as something to put around the application; counts begin anew with each."""

    def around(app: Asgi) -> Asgi:
        counts: Counter[tuple[str, str]] = Counter()
        kept: dict[str, Any] = {}

        async def bent(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            place = scope["method"], scope["path"]
            counts[place] += 1
            call = await _heard(scope, receive, counts[place], kept)

            async def ahead(call: Call) -> Reply:
                return await _asked(app, scope, receive, call)

            await _say(send, await bend(call, ahead))

        return bent

    return around


# What is bent.


def reply(
    on: str,
    *changes: Change,
    nth: Nth = None,
    when: Callable[[Call, Reply], bool] | None = None,
) -> Bend:
    """Change what is answered: to the nth call of a path only, and `when` a test holds."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        answer = await ahead(call)
        if not _is(on, call, nth) or (when is not None and not when(call, answer)):
            return answer
        for change in changes:
            answer = change(answer)
        return answer

    return bend


def ask(
    on: str, *changes: Ask, nth: Nth = None, when: Callable[[Call], bool] | None = None
) -> Bend:
    """Change what the simulator is asked."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        if _is(on, call, nth) and (when is None or when(call)):
            for change in changes:
                call = change(call)
        return await ahead(call)

    return bend


def instead(
    on: str,
    status: int,
    body: Json,
    *,
    nth: Nth = None,
    when: Callable[[Call], bool] | None = None,
) -> Bend:
    """Answer without asking the simulator: JSON, or text as plain text."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        if not _is(on, call, nth) or (when is not None and not when(call)):
            return await ahead(call)
        return answer(status, body)

    return bend


def again(
    on: str, *, of: int = 1, nth: Nth = None, when: Callable[[Call], bool] | None = None
) -> Bend:
    """Answer as the `of`th call that matches was answered, whatever is asked later."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        if not _is(on, call, None) or (when is not None and not when(call)):
            return await ahead(call)
        count = call.kept["again " + on] = call.kept.get("again " + on, 0) + 1
        if count > of and (nth is None or _nth(nth, count)):
            found: Reply = call.kept["answer " + on]
            return found
        answer = await ahead(call)
        if count == of:
            call.kept["answer " + on] = answer
        return answer

    return bend


def chain(*bends: Bend) -> Bend:
    """Several bends; the first is nearest to the client."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        for one in reversed(bends):
            ahead = _before(one, ahead)
        return await ahead(call)

    return bend


# Changes of a reply.


def status(code: int) -> Change:
    return lambda reply: replace(reply, status=code)


def header(name: str, text: str) -> Change:
    """Set a header."""
    return lambda reply: replace(
        reply, headers=(*_without(reply.headers, name), (name.lower(), text))
    )


def no_header(name: str) -> Change:
    return lambda reply: replace(reply, headers=_without(reply.headers, name))


def member(pointer: str, value: Json) -> Change:
    """Set a member of a JSON body; a function is given what was there (None: nothing)."""

    def change(reply: Reply) -> Reply:
        body = reply.json()
        if body is None:
            return reply
        found = at(body, pointer)
        new = value(None if found is MISSING else found) if callable(value) else value
        return _with_json(reply, changed(body, {pointer: new}))

    return change


def without(pointer: str) -> Change:
    """Take a member out of a JSON body."""

    def change(reply: Reply) -> Reply:
        body = reply.json()
        if body is None or at(body, pointer) is MISSING:
            return reply
        return _with_json(reply, changed(body, {pointer: REMOVED}))

    return change


def renamed(pointer: str, name: str) -> Change:
    """Call a member of a JSON body something else."""

    def change(reply: Reply) -> Reply:
        body = reply.json()
        if body is None or (found := at(body, pointer)) is MISSING:
            return reply
        place = pointer.rpartition("/")[0]
        return _with_json(reply, changed(body, {pointer: REMOVED, f"{place}/{name}": found}))

    return change


def whole(body: Json) -> Change:
    """Another body: JSON, or a function of the one that was there."""
    return lambda reply: _with_json(reply, body(reply.json()) if callable(body) else body)


def text(words: str, kind: str = "text/plain") -> Change:
    """A body that is text."""
    return lambda reply: header("content-type", kind)(replace(reply, body=words.encode()))


def content(change: Callable[[bytes], bytes]) -> Change:
    """Another body, made of the bytes of the one that was there."""
    return lambda reply: replace(reply, body=change(reply.body))


def truncated(share: float) -> Change:
    """Only that share of the bytes."""
    return content(lambda body: body[: int(len(body) * share)])


def clip(recipe: Recipe) -> Change:
    """One of the judge's own clips in place of the body."""
    return content(lambda body: made(recipe))


# Changes of a request.


def sent(pointer: str, value: Json) -> Ask:
    """As if the client had sent another value there; REMOVED takes it out."""

    def change(call: Call) -> Call:
        body = changed(call.json(), {pointer: value})
        return replace(call, body=json.dumps(body).encode())

    return change


def sent_body(body: Json) -> Ask:
    """As if the client had sent this."""
    return lambda call: replace(call, body=json.dumps(body).encode())


def sent_header(name: str, text: str | None) -> Ask:
    """As if the client had sent another header; None takes it out."""

    def change(call: Call) -> Call:
        others = {known: told for known, told in call.headers.items() if known != name.lower()}
        return replace(call, headers=others if text is None else {**others, name.lower(): text})

    return change


def sent_to(path: Callable[[str], str]) -> Ask:
    """As if the client had called another path."""
    return lambda call: replace(call, path=path(call.path))


def sent_as(method: str) -> Ask:
    """As if the client had used another method."""
    return lambda call: replace(call, method=method)


# Tests for `when`.


def status_was(*codes: int) -> Callable[[Call, Reply], bool]:
    return lambda call, reply: reply.status in codes


def told(pointer: str, *values: Json) -> Callable[[Call, Reply], bool]:
    """Whether the answer has one of these values there; without values, anything."""
    return lambda call, reply: _has(reply.json(), pointer, values)


def asked(pointer: str, *values: Json) -> Callable[[Call], bool]:
    """Whether the request's body has one of these values there; without values, anything."""
    return lambda call: _has(call.json(), pointer, values)


def not_asked(pointer: str) -> Callable[[Call], bool]:
    """Whether the request's body has nothing there."""
    return lambda call: at(call.json(), pointer) is MISSING


# How it is done.


def at(body: Json, pointer: str) -> Json:
    """What is at a JSON pointer, or MISSING."""
    for step in pointer.split("/")[1:]:
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict) and step in body:
            body = body[step]
        else:
            return MISSING
    return body


def answer(status: int, body: Json) -> Reply:
    """A reply with JSON, or with text."""
    if isinstance(body, str):
        return Reply(status, (("content-type", "text/plain"),), body.encode())
    return Reply(status, (("content-type", "application/json"),), json.dumps(body).encode())


def _has(body: Json, pointer: str, values: Sequence[Json]) -> bool:
    found = at(body, pointer)
    return found is not MISSING and (not values or found in values)


def _is(on: str, call: Call, nth: Nth) -> bool:
    method, _, path = on.partition(" ")
    return (
        fnmatchcase(call.method, method)
        and fnmatchcase(call.path, path)
        and (nth is None or _nth(nth, call.nth))
    )


def _nth(nth: int | Callable[[int], bool], count: int) -> bool:
    return nth(count) if callable(nth) else nth == count


def _json(body: bytes) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _with_json(reply: Reply, body: Json) -> Reply:
    return replace(reply, body=json.dumps(body).encode())


def _without(headers: Sequence[tuple[str, str]], name: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in headers if pair[0] != name.lower())


def _before(bend: Bend, ahead: Ahead) -> Ahead:
    return lambda call: bend(call, ahead)


async def _heard(scope: Any, receive: Any, nth: int, kept: dict[str, Any]) -> Call:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode().lower(): text.decode("latin-1") for name, text in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return Call(scope["method"], scope["path"], query, headers, body, nth, kept)


async def _asked(app: Asgi, scope: Any, receive: Any, call: Call) -> Reply:
    """The simulator's own answer."""
    headers = {**call.headers}
    if "content-length" in headers:
        headers["content-length"] = str(len(call.body))
    changes = {
        "method": call.method,
        "query_string": call.query.encode("latin-1"),
        "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
    }
    if call.path != scope["path"]:
        changes |= {"path": call.path, "raw_path": call.path.encode()}
    unread = [{"type": "http.request", "body": call.body, "more_body": False}]
    begun: list[Any] = []
    body = bytearray()

    async def hear() -> Any:
        return unread.pop() if unread else await receive()

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
        else:
            body.extend(message.get("body", b""))

    await app({**scope, **changes}, hear, take)
    found = begun[0]
    named = tuple((n.decode().lower(), t.decode("latin-1")) for n, t in found["headers"])
    return Reply(found["status"], named, bytes(body))


async def _say(send: Any, reply: Reply) -> None:
    headers = reply.headers
    if any(name == "content-length" for name, _ in headers) and reply.body:
        headers = (*_without(headers, "content-length"), ("content-length", str(len(reply.body))))
    raw = [(name.encode(), text.encode("latin-1")) for name, text in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})
