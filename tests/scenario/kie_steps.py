"""Steps that stories about kie.ai's scenarios share: play one, poll its task, let it end."""

from __future__ import annotations

from typing import Any

from mockserver.contract.model import Json
from tests.conftest import Mock
from tests.providers.kie_steps import TEXT, asked, born, done, generate, record
from tests.scenario.steps import HOOK, Receiver, asking

EXTEND = {"taskId": "none", "prompt": "It reaches the top"}


def playing(name: str) -> dict[str, Any]:
    """What makes a request ask for a scenario."""
    return {"headers": asking(name)}


async def submitted(mock: Mock, name: str, **more: Json) -> str:
    """The id of a new task that plays a scenario."""
    return await generate(mock, {**TEXT, **more}, **playing(name))


async def polled(mock: Mock, id: str, **rest: Any) -> Json:
    """The envelope of a poll, whatever its code."""
    return await asked(mock, f"veo/record-info?taskId={id}", **rest)


async def ended(mock: Mock, id: str) -> Json:
    """The record of a task at the moment it ends."""
    await mock.advance(born(mock, id).ends - mock.app.world.clock.now())
    return await record(mock, id)


async def source(mock: Mock) -> str:
    """A task to extend or to upgrade."""
    return await done(mock)


async def announced(mock: Mock, name: str, **more: Json) -> tuple[str, Receiver]:
    """A task that plays a scenario and names a receiver, and its receiver."""
    receiver = Receiver(mock)
    return await submitted(mock, name, callBackUrl=HOOK, **more), receiver
