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
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from conformance.clips import Recipe, made
from conformance.target import REMOVED, changed
from tests.mutants.wire import Ahead, Bend, Call, Reply

Json: TypeAlias = Any

MISSING = object()

Change: TypeAlias = Callable[[Reply], Reply]
Ask: TypeAlias = Callable[[Call], Call]
Nth: TypeAlias = "int | Callable[[int], bool] | None"


# What is bent.


def reply(
    on: str,
    *changes: Change,
    nth: Nth = None,
    when: Callable[..., bool] | None = None,
) -> Bend:
    """Change what is answered: to the nth call of a path only, and `when` a test holds."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        answer = await ahead(call)
        if not _is(on, call, nth) or (when is not None and not _hold(when, (call, answer))):
            return answer
        for change in changes:
            answer = change(answer)
        return answer

    return bend


def ask(on: str, *changes: Ask, nth: Nth = None, when: Callable[..., bool] | None = None) -> Bend:
    """Change what the simulator is asked."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        if _is(on, call, nth) and (when is None or _hold(when, (call,))):
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
    when: Callable[..., bool] | None = None,
) -> Bend:
    """Answer without asking the simulator: JSON, or text as plain text."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        if not _is(on, call, nth) or (when is not None and not _hold(when, (call,))):
            return await ahead(call)
        return answer(status, body)

    return bend


def again(on: str, *, when: Callable[..., bool] | None = None) -> Bend:
    """Answer as the first call that matches and was accepted was answered."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        if not _is(on, call, None) or (when is not None and not _hold(when, (call,))):
            return await ahead(call)
        if known := call.kept.get(("again", on)):
            found: Reply = known
            return found
        answer = await ahead(call)
        if answer.status < 300:
            call.kept["again", on] = answer
        return answer

    return bend


def file(on: str, change: Change, *, when: Callable[..., bool] | None = None) -> Bend:
    """Change a file before it is served, whole and in parts."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        if not _is(on, call, None) or (when is not None and not _hold(when, (call,))):
            return await ahead(call)
        whole = change(await ahead(sent_header("range", None)(call)))
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", call.headers.get("range", ""))
        if wanted is None or whole.status != 200:
            return whole
        first, last = int(wanted[1]), int(wanted[2])
        told = f"bytes {first}-{last}/{len(whole.body)}"
        part = _with_body(replace(whole, status=206), whole.body[first : last + 1])
        return header("content-range", told)(part)

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
    return lambda reply: header("content-type", kind)(_with_body(reply, words.encode()))


def content(change: Callable[[bytes], bytes]) -> Change:
    """Another body, made of the bytes of the one that was there."""
    return lambda reply: _with_body(reply, change(reply.body))


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
    return lambda call: isinstance(call.json(), dict) and at(call.json(), pointer) is MISSING


def every(*tests: Callable[..., bool]) -> Callable[..., bool]:
    """Whether all of these hold. Those that look at calls may be mixed with those of replies."""
    return lambda *what: all(_hold(one, what) for one in tests)


def no(test: Callable[..., bool]) -> Callable[..., bool]:
    """Whether it does not hold."""
    return lambda *what: not _hold(test, what)


def first(test: Callable[..., bool]) -> Callable[..., bool]:
    """Only the first time in a run that it holds."""

    def held(*what: Any) -> bool:
        if not _hold(test, what):
            return False
        return bool(what[0].kept.setdefault(("first", test), what[0]) is what[0])

    return held


def later(test: Callable[..., bool]) -> Callable[..., bool]:
    """Not the first time that it holds for a path, but from then on."""

    def held(*what: Any) -> bool:
        name = ("later", test, what[0].path)
        return _hold(test, what) and bool(what[0].kept.setdefault(name, what[0]) is not what[0])

    return held


def marks(on: str, label: str) -> Bend:
    """Remember what the answers to these calls name (every text in them), for `of`."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        answer = await ahead(call)
        if _is(on, call, None) and answer.status < 300:
            call.kept.setdefault(("marked", label), set()).update(_texts(answer.json()))
        return answer

    return bend


def of(label: str) -> Callable[..., bool]:
    """Whether the path holds something that was remembered under this label."""
    return lambda *what: any(one in what[0].path for one in what[0].kept.get(("marked", label), ()))


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


def _hold(test: Callable[..., bool], what: tuple[Any, ...]) -> bool:
    """Ask a test, which may look at the call alone."""
    from inspect import Parameter, signature

    taken = signature(test).parameters.values()
    wide = len(taken) == len(what) or any(one.kind is Parameter.VAR_POSITIONAL for one in taken)
    return test(*what) if wide else test(what[0])


def _texts(body: Json) -> set[str]:
    """Every text in a JSON value."""
    if isinstance(body, dict | list):
        inner = body.values() if isinstance(body, dict) else body
        return {text for one in inner for text in _texts(one)}
    return {body} if isinstance(body, str) and len(body) > 5 else set()


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


def _with_json(reply: Reply, body: Json) -> Reply:
    return header("content-type", "application/json")(_with_body(reply, json.dumps(body).encode()))


def _with_body(reply: Reply, body: bytes) -> Reply:
    """With a Content-Length to match."""
    headers = (*_without(reply.headers, "content-length"), ("content-length", str(len(body))))
    return replace(reply, headers=headers, body=body)


def _without(headers: Sequence[tuple[str, str]], name: str) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in headers if pair[0] != name.lower())


def _before(bend: Bend, ahead: Ahead) -> Ahead:
    return lambda call: bend(call, ahead)
