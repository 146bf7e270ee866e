"""The part of the control API about what accounts have: credits, and media without an upload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mockserver import providers
from mockserver.contract.keys import fingerprint
from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Contract, Json
from mockserver.media.model import Clip, Trouble
from mockserver.providers.base import Desk, Extra, Input, Library, Resolved, StoredFile
from mockserver.world.world import World

LARGEST = 512 * 1024 * 1024


class Accounts:
    """Credits of keys and media of accounts, in one world."""

    def __init__(self, world: World, contracts: Mapping[str, Contract]) -> None:
        self._world = world
        self._contracts = contracts
        self.EXTRAS: Mapping[str, Extra] = {
            "read_credits": self.read_credits,
            "put_credits": self.put_credits,
            "register_media": self.register_media,
        }

    async def read_credits(self, desk: Desk, call: Call) -> Reply | Problem:
        return self._shown(call.query["provider"], call.query.get("key", ""))

    async def put_credits(self, desk: Desk, call: Call) -> Reply | Problem:
        name, key = call.body["provider"], call.body.get("key", "")
        contract = self._contracts.get(name)
        if contract is None:
            return self._unknown(name)
        owner = fingerprint(key) if key else ""
        self._world.ledger(contract).put(call.body["balance"], owner, self._world.clock.now())
        return self._shown(name, key)

    async def register_media(self, desk: Desk, call: Call) -> Reply | Problem:
        name = call.params["provider"]
        if name not in self._contracts:
            return self._unknown(name)
        library = providers.get(name).LIBRARY
        if library is None:
            say = f"{name} takes media over its own API; nothing is registered here"
            return Problem("no-library", say=say)
        got = await self._taken(call, name, library)
        if isinstance(got, Problem):
            return got
        file, found = got
        self._world.files(name).put(file)
        return Reply(200, {"id": file.reference, **_described(found)})

    async def _taken(
        self, call: Call, name: str, library: Library
    ) -> tuple[StoredFile, Resolved] | Problem:
        """The file that a call brings or names, and what it is."""
        files, now = self._world.files(name), self._world.clock.now()
        id = library.new_id(self._world.chance(name, "library"))
        file = StoredFile(reference=id, owner="", created=now)
        if part := next((one for one in call.parts if one.filename is not None), None):
            files.put(replace(file, key=part.key, filename=part.filename or "", bytes=part.bytes))
            reference = id
        elif isinstance(call.body, dict) and isinstance(call.body.get("url"), str):
            reference = call.body["url"]
        else:
            say = 'send a form with a file, or {"url": "https://…"} as JSON'
            return Problem("invalid", say=say)
        wanted = Input("media", "/url", reference, byte_limit=LARGEST, encoded_limit=LARGEST)
        found = await self._world.material.resolve(
            wanted, files, "", now, content=self._world.content
        )
        kept = files.get(id)
        if kept is None and not found.key:
            assert isinstance(found.clip, Trouble)
            return Problem("no-media", say=f"{reference[:200]}: {found.clip.detail}")
        return kept or replace(file, key=found.key), found

    def _shown(self, name: str, key: str) -> Reply | Problem:
        contract = self._contracts.get(name)
        if contract is None:
            return self._unknown(name)
        owner = fingerprint(key) if key else ""
        balance = self._world.ledger(contract).balance(owner, self._world.clock.now())
        return Reply(
            200,
            {
                "provider": name,
                "unit": contract.unit,
                "owner": owner,
                "balance": None if balance.has == float("inf") else balance.has,
                "held": balance.held,
                "spent": balance.spent,
            },
        )

    def _unknown(self, name: str) -> Problem:
        known = ", ".join(self._contracts)
        return Problem("not-found", say=f"there is no provider {name}; there are {known}")


def _described(found: Resolved) -> Json:
    """What a registered medium is; one that is broken is kept, and said to be."""
    clip = found.clip
    if not isinstance(clip, Clip):
        return {"trouble": clip.detail}
    view: Json = {"kind": clip.kind, "container": clip.container, "seconds": round(clip.seconds, 3)}
    if clip.kind != "audio":
        view |= {"width": clip.width, "height": clip.height}
    return view | ({"note": found.note} if found.note else {})
