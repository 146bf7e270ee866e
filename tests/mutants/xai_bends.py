"""What the mutants of xAI have in common: places, tests and changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase

from conformance.connection import KEYS
from tests.mutants.bends import Ask, Change, at, chain, file, marks, member, of, status_was, told
from tests.mutants.model import maker
from tests.mutants.wire import Ahead, Bend, Call, Reply

mutant = maker("xai")
EXTEND = "POST /xai/v1/videos/extensions"
EDIT = "POST /xai/v1/videos/edits"
POLL = "GET /xai/v1/videos/*"
UNKNOWN = "GET /xai/v1/videos/00000000-0000-4000-8000-000000000000"
NOWHERE = "POST /xai/nowhere/*"
FILE = "GET */xai-video-*.mp4"
BEARER = f"Bearer {KEYS[0]}"
RUNNING, DONE = status_was(202), told("/status", "done")
MODES = ("extend", "edit", "generate")
GENERATE = "POST /xai/v1/videos/generations"
FILES = "/xai/v1/files"
ABSENT = "00000000-0000-4000-8000-000000000000"
GOOD = "480x272-24fps-3s.mp4"
REFUSED = {"code": "invalid-argument", "error": "No."}


def each(id: str) -> tuple[str, ...]:
    """The ids of a case that is looked at in every mode."""
    return tuple(f"{id}.{mode}" for mode in MODES)


def bearer(call: Call) -> bool:
    return call.headers.get("authorization", "").startswith("Bearer ")


def keyless(call: Call) -> bool:
    return "authorization" not in call.headers


def other_key(call: Call) -> bool:
    return call.headers.get("authorization") == f"Bearer {KEYS[1]}"


def bad_key(call: Call, reply: Reply) -> bool:
    return "Incorrect API key" in str(at(reply.json(), "/error"))


def empty(call: Call) -> bool:
    return call.body == b"{}"


def usual(call: Call) -> bool:
    """Whether the body is the one that most cases send."""
    body, url = call.json(), str(at(call.json(), "/video/url"))
    fields = {"model", "prompt", "duration", "video"}
    return isinstance(body, dict) and set(body) == fields and "480x272" in url


def spoiled(change: Change) -> Bend:
    """Changes what the extensions' files are."""
    served = lambda reply: change(reply) if reply.status == 200 else reply  # noqa: E731
    return chain(marks(EXTEND, "extend"), file(FILE, served, when=of("extend")))


def source(part: str) -> Callable[[Call], bool]:
    """Whether the URL of the source has that in it."""
    return lambda call: part in str(at(call.json(), "/video/url"))


def good_source(call: Call) -> Call:
    """As if the client had named the usual clip."""
    body = call.json()
    base = body["video"]["url"].rpartition("/")[0]
    body["video"]["url"] = f"{base}/{GOOD}"
    return replace(call, body=json.dumps(body).encode())


def swapped(old: bytes, new: bytes) -> Ask:
    """As if the client had sent other bytes."""
    return lambda call: replace(call, body=call.body.replace(old, new))


def fewer(field: str, less: float) -> Callable[[Reply], Reply]:
    return member(field, lambda value: int(value * less))


def refusal(words: str) -> Callable[[Call, Reply], bool]:
    return lambda call, reply: words in str(at(reply.json(), "/error"))


def only(when: Callable[[Call], bool], bend: Bend) -> Bend:
    """A bend of some calls."""

    async def bent(call: Call, ahead: Ahead) -> Reply:
        return await (bend(call, ahead) if when(call) else ahead(call))

    return bent


def queried(old: str, new: str) -> Ask:
    """As if the client had asked for something else behind the question mark."""
    return lambda call: replace(call, query=re.sub(old, new, call.query))


def lasting(on: str) -> Bend:
    """What an account has read once it reads for ever."""

    async def bend(call: Call, ahead: Ahead) -> Reply:
        found = await ahead(call)
        if not fnmatchcase(f"{call.method} {call.path}", on):
            return found
        place = "lasting", call.path, call.query, call.headers.get("authorization")
        if found.status == 200:
            call.kept[place] = found
        read: Reply = call.kept.get(place, found)
        return read

    return bend
