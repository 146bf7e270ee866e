"""What the pump knows of a delivery besides what is shown of it."""

from __future__ import annotations

import asyncio

from mockserver.contract.model import Policy
from mockserver.webhooks.courier import Way
from mockserver.webhooks.model import Make, Parcel


class Work:
    """The attempts at one delivery that are still to be made.

    `due` is the reading of its next planned attempt; None while that is being made, and after the
    last. `tries` counts the planned attempts that failed. `asked`: the attempt being made is none
    of these. `over` is somebody who waits for its end.
    """

    __slots__ = ("asked", "busy", "due", "id", "make", "over", "parcel", "policy", "tries", "way")

    def __init__(self, id: str, policy: Policy, make: Make) -> None:
        self.id = id
        self.policy = policy
        self.make = make
        self.due: float | None = None
        self.parcel: Parcel | None = None
        self.way: Way | None = None
        self.tries = 0
        self.busy = False
        self.asked = False
        self.over: asyncio.Future[None] | None = None

    def free(self) -> None:
        """Another attempt may begin. Lets go whoever waited for this one."""
        self.busy = self.asked = False
        if self.over is not None and not self.over.done():
            self.over.set_result(None)
        self.over = None
