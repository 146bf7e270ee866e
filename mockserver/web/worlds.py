"""The part of the control API about worlds: which there are, made to order, dropped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Json
from mockserver.providers.base import Desk, Extra
from mockserver.web.wire import Receive, Scope, Send
from mockserver.world.world import World


class Worlds(Protocol):
    """The worlds of one server, which answers calls to them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, as an ASGI application."""

    def all(self) -> Iterable[tuple[World, str]]:
        """Every world and the path it is under, the default one first."""

    async def make(self, name: str, chosen: Mapping[str, Json]) -> World | None:
        """A new world of that name, in place of one there is; None for what is no name."""

    async def drop(self, name: str) -> bool:
        """Forget a world, all that is in it included. Whether it was there."""


class WorldCalls:
    """What may be asked about worlds, from within any of them."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self.EXTRAS: Mapping[str, Extra] = {
            "list_worlds": self.list_worlds,
            "put_world": self.put_world,
            "drop_world": self.drop_world,
        }

    async def list_worlds(self, desk: Desk, call: Call) -> Reply:
        shown = [_world(world, path) for world, path in self._worlds.all()]
        return Reply(200, {"worlds": shown})

    async def put_world(self, desk: Desk, call: Call) -> Reply | Problem:
        name = call.params["name"]
        world = await self._worlds.make(name, call.body or {})
        if world is None:
            say = f"{name[:80]!r} is no name of a world: letters, digits, ., _ and -, at most 64"
            return Problem("invalid", say=say)
        return Reply(200, _world(world, f"/w/{name}"))

    async def drop_world(self, desk: Desk, call: Call) -> Reply | Problem:
        name = call.params["name"]
        if await self._worlds.drop(name):
            return Reply(200, {"dropped": name})
        return Problem("not-found", say=f"there is no world {name[:80]}")


def _world(world: World, path: str) -> Json:
    return {
        "name": world.name,
        "path": path,
        "seed": world.seed,
        "clock": world.clock.kind,
        "jobs": len(world.jobs),
        "entries": len(world.journal),
    }
