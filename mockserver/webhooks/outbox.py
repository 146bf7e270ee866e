"""Where deliveries are kept: found by id and by job, bounded, settled ones dropped first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Literal, Protocol, TypeAlias

from mockserver.webhooks.model import Delivery

Outcome: TypeAlias = Literal["", "waiting", "delivered", "failed"]


class Outbox(Protocol):
    """Keeps deliveries. The embedded one is in memory; a shared one would promise the same."""

    def put(self, delivery: Delivery) -> Delivery | None:
        """Keep a delivery, new or changed. A full outbox drops one, and says which."""

    def get(self, id: str) -> Delivery | None:
        """The delivery of that id."""

    def forget(self, id: str) -> None:
        """Keep a delivery no longer."""

    def outcome(self, job: str) -> Outcome:
        """What became of a job's pushes taken together; empty when it has none."""

    def __iter__(self) -> Iterator[Delivery]:
        """All deliveries, oldest first."""

    def __len__(self) -> int:
        """How many deliveries are kept."""


class MemoryOutbox:
    """Deliveries in memory, at most `limit` of them."""

    def __init__(self, limit: int = 20_000) -> None:
        self.limit = limit
        self._kept: OrderedDict[str, Delivery] = OrderedDict()
        self._settled: OrderedDict[str, None] = OrderedDict()
        self._of_job: dict[str, list[str]] = {}

    def put(self, delivery: Delivery) -> Delivery | None:
        id = delivery.id
        dropped = None
        if id not in self._kept:
            dropped = self._make_room()
            self._of_job.setdefault(delivery.job, []).append(id)
        self._kept[id] = delivery
        if delivery.settled:
            self._settled[id] = None
        else:
            self._settled.pop(id, None)
        return dropped

    def get(self, id: str) -> Delivery | None:
        return self._kept.get(id)

    def forget(self, id: str) -> None:
        self._drop(id)

    def outcome(self, job: str) -> Outcome:
        states = {self._kept[id].state for id in self._of_job.get(job, ())}
        if not states:
            return ""
        if states & {"waiting", "sending"}:
            return "waiting"
        return "delivered" if states == {"delivered"} else "failed"

    def __iter__(self) -> Iterator[Delivery]:
        return iter(list(self._kept.values()))

    def __len__(self) -> int:
        return len(self._kept)

    def _make_room(self) -> Delivery | None:
        """Drop the delivery that was settled first, or else the oldest, when there is no room."""
        if len(self._kept) < self.limit:
            return None
        return self._drop(next(iter(self._settled or self._kept)))

    def _drop(self, id: str) -> Delivery | None:
        delivery = self._kept.pop(id, None)
        self._settled.pop(id, None)
        if delivery is not None:
            siblings = self._of_job[delivery.job]
            siblings.remove(id)
            if not siblings:
                del self._of_job[delivery.job]
        return delivery
