"""A right client that asks for webhooks too: it takes them for a hint, and believes the record."""

from __future__ import annotations

import json
from typing import Any

from mockserver.webhooks.model import Answer as Answered
from tests.mutants.clients.inner import Inner
from tests.mutants.clients.right import KieClient
from tests.mutants.clients.wire import Wire

HOOK = "https://client.test/hook"


class HookedKie(KieClient):
    """Polls, and is told as well."""

    def __init__(self, wire: Wire, base: str, key: str, *, limit: float = 3000.0) -> None:
        super().__init__(wire, base, key, limit=limit)
        self.came: list[Any] = []
        assert isinstance(wire, Inner), "webhooks are taken in this process only"
        wire.listen(HOOK, self.take)

    def body(self, source: str) -> Any:
        return {**super().body(source), "callBackUrl": HOOK}

    def take(self, body: bytes) -> Answered:
        """Take a webhook, and say how it is answered."""
        self.came.append(json.loads(body))
        return Answered(200)
