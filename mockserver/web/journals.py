"""The part of the control API about the journal: pages of it, one entry, and all as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import orjson

from mockserver.contract.message import Call, Problem, Reply, Stream
from mockserver.contract.model import Contract, Json
from mockserver.journal.entry import KEPT_BYTES, Entry, show_evidence
from mockserver.journal.follow import MOST
from mockserver.journal.wanted import Wanted
from mockserver.providers.base import Desk, Extra
from mockserver.world.world import World

HEARTBEAT = 15.0
HEADERS = {"Cache-Control": "no-store"}
PAGE = 100
LONGEST = 500
# What is done by hand and changes what will happen.
NOTED = frozenset(
    "put_clock advance_clock put_credits put_scenario delete_scenario register_media "
    "script_inbox".split()
)
FILTERS = ("provider", "operation", "job", "kind", "owner", "status")


def noted(world: World, extras: Mapping[str, Extra]) -> Mapping[str, Extra]:
    """The same, where those that change what will happen leave a note of it."""
    return {
        name: _noting(world, name, extra) if name in NOTED else extra
        for name, extra in extras.items()
    }


def _noting(world: World, name: str, extra: Extra) -> Extra:
    async def done(desk: Desk, call: Call) -> Reply | Problem:
        outcome = await extra(desk, call)
        if isinstance(outcome, Reply) and outcome.status < 300:
            world.journal.write(_note(world, name, call), call.headers)
        return outcome

    return done


def _note(world: World, name: str, call: Call) -> Entry:
    body = call.body if isinstance(call.body, dict) else {}
    provider = call.params.get("provider") or body.get("provider", "")
    return Entry(
        number=world.journal.number(),
        at=world.clock.now(),
        kind="note",
        provider=provider if isinstance(provider, str) else "",
        operation=name,
        method=call.method,
        target=call.target[:LONGEST],
        request=call.raw[:KEPT_BYTES],
        request_bytes=len(call.raw),
    )


class Journals:
    """The journal of one world."""

    def __init__(self, world: World, contracts: Mapping[str, Contract]) -> None:
        self._world = world
        self._contracts = contracts
        self.EXTRAS: Mapping[str, Extra] = {
            "read_journal": self.read_journal,
            "follow_journal": self.follow_journal,
            "get_entry": self.get_entry,
        }

    async def read_journal(self, desk: Desk, call: Call) -> Reply:
        page = self._world.journal.read(
            _wanted(call),
            place=_place(call),
            limit=int(call.query.get("limit", 100)),
            newest=call.query.get("order") == "newest",
        )
        shown = [entry.show() for entry in page.entries]
        end = self._world.journal.written
        return Reply(200, {"entries": shown, "next": page.next, "end": end})

    async def get_entry(self, desk: Desk, call: Call) -> Reply | Problem:
        entry = self._world.journal.get(int(call.params["number"]))
        if entry is None:
            say = f"the journal has no entry {call.params['number']}, or has it no longer"
            return Problem("not-found", say=say)
        view: Json = {"entry": entry.show()}
        contract = self._contracts.get(entry.provider)
        if contract is not None:
            view["spec"] = contract.file
            if entry.problem in contract.errors:
                view["row"] = _row(contract, entry.problem)
        return Reply(200, view)

    async def follow_journal(self, desk: Desk, call: Call) -> Reply | Problem:
        if self._world.journal.followers.full:
            say = f"{MOST} clients follow this journal, and that is as many as may"
            return Problem("too-many-followers", say=say)
        stream = events(self._world, _wanted(call), _place(call), HEARTBEAT)
        return Reply(200, media_type="text/event-stream", headers=HEADERS, stream=stream)


async def events(world: World, wanted: Wanted, place: int | None, heartbeat: float) -> Stream:
    """What is written, as server-sent events: since a place, and from now on."""
    journal = world.journal
    at = journal.written if place is None else place
    begun = False
    with journal.followers.opened() as news:
        yield b": the journal\n\n"
        while not journal.followers.over:
            news.clear()
            if world.journal is not journal:
                journal, at = world.journal, 0
                yield _event("reset", {})
            page = journal.read(wanted, place=at, limit=PAGE)
            if page.missed and begun:
                yield _event("end", {"reason": "too slow: entries are gone that were not sent"})
                return
            begun, at = True, page.next or 0
            for behind, entry in zip(page.places, page.entries, strict=True):
                yield b"id: %d\n" % behind + _event(entry.kind, entry.show())
            if not page.entries and not await _set(news, heartbeat):
                yield b": nothing new\n\n"
        yield _event("end", {"reason": journal.followers.over})


def _event(name: str, data: Json) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))


async def _set(news: asyncio.Event, seconds: float) -> bool:
    """Whether there is news within so many seconds of real time."""
    try:
        async with asyncio.timeout(seconds):
            return await news.wait()
    except TimeoutError:
        return False


def _wanted(call: Call) -> Wanted:
    chosen = {name: call.query.get(name, "") for name in FILTERS}
    refused = {"true": True, "false": False}.get(call.query.get("refused", ""))
    return Wanted(**chosen, refused=refused, after=int(call.query.get("after", 0)))


def _place(call: Call) -> int | None:
    text = call.query.get("place") or call.headers.get("last-event-id")
    return int(text) if text else None


def _row(contract: Contract, problem: str) -> Json:
    entry = contract.errors[problem]
    view: Json = {
        "name": problem,
        "pointer": f"/x-mock/errors/{problem}",
        "status": entry.status,
        "message": entry.message,
    }
    if entry.evidence:
        view["evidence"] = show_evidence(entry.evidence)
    return view
