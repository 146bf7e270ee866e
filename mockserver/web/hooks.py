"""The part of the control API about webhooks: what was sent, once more, and inboxes for it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from mockserver.contract.message import Call, Problem, Reply
from mockserver.contract.model import Json
from mockserver.providers.base import Desk, Extra
from mockserver.web.inward import BODYLESS
from mockserver.web.wire import HangUp
from mockserver.webhooks import show
from mockserver.webhooks.inbox import Scripted
from mockserver.webhooks.model import KEPT_BODY
from mockserver.webhooks.pump import NotNow
from mockserver.world.world import World

PATIENCE = 30.0


class Hooks:
    """Deliveries and inboxes of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.EXTRAS: Mapping[str, Extra] = {
            "list_webhooks": self.list_webhooks,
            "get_webhook": self.get_webhook,
            "redeliver_webhook": self.redeliver_webhook,
            "list_inboxes": self.list_inboxes,
            "read_inbox": self.read_inbox,
            "post_to_inbox": self.put_in_inbox,
            "put_to_inbox": self.put_in_inbox,
            "empty_inbox": self.empty_inbox,
            "script_inbox": self.script_inbox,
        }

    async def list_webhooks(self, desk: Desk, call: Call) -> Reply:
        wanted = {name: call.query.get(name) for name in ("provider", "state", "job")}
        found = [
            one
            for one in self._world.pump.outbox
            if all(text in (None, getattr(one, name)) for name, text in wanted.items())
        ]
        limit = int(call.query.get("limit", 100))
        shown = [show.brief(one) for one in islice(reversed(found), limit)]
        return Reply(200, {"webhooks": shown, "total": len(found)})

    async def get_webhook(self, desk: Desk, call: Call) -> Reply | Problem:
        found = self._world.pump.outbox.get(call.params["id"])
        return Reply(200, show.whole(found)) if found else _unknown(call)

    async def redeliver_webhook(self, desk: Desk, call: Call) -> Reply | Problem:
        try:
            after = await self._world.pump.redeliver(call.params["id"])
        except KeyError:
            return _unknown(call)
        except NotNow as error:
            return Problem("not-now", say=f"delivery {call.params['id']} cannot be sent: {error}")
        return Reply(200, show.whole(after))

    async def list_inboxes(self, desk: Desk, call: Call) -> Reply:
        shown = [{"name": name, "messages": count} for name, count in self._world.inboxes]
        return Reply(200, {"inboxes": shown})

    async def read_inbox(self, desk: Desk, call: Call) -> Reply:
        inboxes, name = self._world.inboxes, call.params["name"]
        if "count" in call.query:
            patience = float(call.query.get("timeout", PATIENCE))
            messages = await inboxes.wait(name, int(call.query["count"]), patience)
        else:
            messages = inboxes.read(name)
        shown = [show.message(one) for one in messages]
        return Reply(200, {"name": name, "messages": shown})

    async def put_in_inbox(self, desk: Desk, call: Call) -> Reply:
        body, size = bytearray(), 0
        assert call.stream is not None, "the spec says that an inbox reads its body itself"
        async for piece in call.stream:
            size += len(piece)
            body += piece[: max(0, KEPT_BODY - len(body))]
        query = call.target.partition("?")[2]
        told = self._world.inboxes.take(
            call.params["name"], call.method, call.headers, bytes(body), query=query, size=size
        )
        if told.delay:
            await self._world.clock.pause(told.delay)
        if told.hangup:
            raise HangUp
        return Reply(told.status, None if told.status in BODYLESS else told.body)

    async def empty_inbox(self, desk: Desk, call: Call) -> Reply:
        return Reply(200, {"forgotten": self._world.inboxes.empty(call.params["name"])})

    async def script_inbox(self, desk: Desk, call: Call) -> Reply:
        answers = [_scripted(one) for one in call.body]
        self._world.inboxes.script(call.params["name"], answers)
        return Reply(200, {"answers": sum(one.times for one in answers)})


def _scripted(one: Json) -> Scripted:
    return Scripted(
        status=one.get("status", 200),
        body=one.get("body"),
        delay=one.get("delay", 0.0),
        hangup=one.get("hangup", False),
        times=one.get("times", 1),
    )


def _unknown(call: Call) -> Problem:
    return Problem("not-found", say=f"there is no delivery {call.params['id']}")
