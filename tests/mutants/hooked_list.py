"""Hooked, bent: its list of videos."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.connection import KEYS
from tests.mutants.bends import (
    ask,
    chain,
    instead,
    member,
    reply,
    sent_header,
    status_was,
    told,
    whole,
)
from tests.mutants.model import maker
from tests.mutants.wire import Call, Json

mutant = maker("hooked")
LIST = "GET /hooked/v1/video/list"
REFUSAL = {"success": False, "message": "Invalid filter"}


def query(part: str) -> Callable[[Call], bool]:
    return lambda call: part in call.query


def unfiltered(call: Call) -> Call:
    return replace(call, query="")


def keyed(key: str) -> Callable[[Call], bool]:
    return lambda call: call.headers.get("x-api-key") == key


def keyless(call: Call) -> bool:
    return "x-api-key" not in call.headers


def in_items(**members: Json) -> Callable[[Json], Json]:
    return lambda videos: [{**one, **members} for one in videos]


MUTANTS = (
    mutant(
        "list-without-envelope",
        "hooked.list",
        "hooked.list-limit",
        bend=reply(LIST, whole(lambda body: body["data"]), when=status_was(200)),
    ),
    mutant(
        "list-forgets",
        "hooked.list",
        "hooked.list-by-type",
        "hooked.list-by-status",
        "hooked.list-limit",
        bend=reply(LIST, member("/data/videos", []), when=status_was(200)),
    ),
    mutant(
        "list-of-twenty",
        "hooked.list",
        bend=reply(LIST, member("/data/limit", 20), when=told("/data/limit", 50)),
    ),
    mutant(
        "type-ignored",
        "hooked.list-by-type",
        "hooked.list-by-no-such",
        bend=ask(LIST, unfiltered, when=query("type=")),
    ),
    mutant(
        "status-ignored",
        "hooked.list-by-status",
        "hooked.list-by-no-such",
        bend=ask(LIST, unfiltered, when=query("status=")),
    ),
    mutant("limit-ignored", "hooked.list-limit", bend=ask(LIST, unfiltered, when=query("limit=1"))),
    mutant(
        "offset-ignored", "hooked.list-offset", bend=ask(LIST, unfiltered, when=query("offset="))
    ),
    mutant(
        "limit-without-end",
        "hooked.list-most",
        bend=chain(
            reply(LIST, member("/data/limit", 101), when=query("limit=101")),
            ask(LIST, unfiltered, when=query("limit=101")),
        ),
    ),
    mutant(
        "everybodys-list",
        "hooked.list-is-the-teams",
        bend=ask(LIST, sent_header("x-api-key", KEYS[0]), when=keyed(KEYS[1])),
    ),
    mutant(
        "list-for-everybody",
        "hooked.list-needs-a-key",
        bend=ask(LIST, sent_header("x-api-key", KEYS[0]), when=keyless),
    ),
    mutant(
        "list-from-the-second",
        "hooked.list",
        bend=reply(LIST, member("/data/offset", 1), when=lambda call: not call.query),
    ),
    mutant(
        "list-without-addresses",
        "hooked.list-item",
        bend=reply(LIST, member("/data/videos", in_items(url=None)), when=status_was(200)),
    ),
    mutant(
        "list-with-sizes-in-kilobytes",
        "hooked.list-item",
        bend=reply(LIST, member("/data/videos", in_items(size=100)), when=status_was(200)),
    ),
    mutant(
        "type-unknown",
        "hooked.list-takes-all-types",
        bend=instead(LIST, 400, REFUSAL, when=query("type=tiktok_slideshow")),
    ),
    mutant(
        "status-unknown",
        "hooked.list-takes-all-statuses",
        bend=instead(LIST, 400, REFUSAL, when=query("status=draft")),
    ),
    mutant(
        "no-such-type-ignored",
        "hooked.list-by-no-such",
        bend=ask(LIST, unfiltered, when=query("type=no_such")),
    ),
)
