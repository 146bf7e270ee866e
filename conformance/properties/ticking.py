"""Time that goes on by itself while generated requests are sent by a thread."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.target import Target

STEP = 30.0  # so much that no documented rate is met by a program that does not wait
PAUSE = 0.005


@contextlib.asynccontextmanager
async def ticking(target: Target) -> AsyncIterator[None]:
    """Let the target's time pass, where it stands still unless told, as long as the block runs."""
    if not target.connection.still:
        yield
        return

    async def tick() -> None:
        while True:
            await target.connection.door.wait(STEP)
            await asyncio.sleep(PAUSE)

    task = asyncio.create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
