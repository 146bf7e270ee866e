"""Steps that stories about scenarios share: ask for one, meet its fault, leave none out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

import httpx
import orjson
import pytest

from mockserver.contract import document
from mockserver.contract.model import Json
from mockserver.jobs.clock import settle
from mockserver.jobs.job import Job
from mockserver.scenario.catalogue import Catalogue
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import Mock

HEADER = "X-Mock-Scenario"
WAYS = ("header", "prompt", "key")
OF_PUSHES = "webhook_"
HOOK = "https://shop.example.com/hooks/video"


class Receiver:
    """Takes what is pushed to HOOK, and answers as told, then 200."""

    def __init__(self, mock: Mock, *answers: Answer) -> None:
        self.taken: list[Outgoing] = []
        self.answers = list(answers)
        mock.app.receivers[HOOK] = self

    async def __call__(self, outgoing: Outgoing) -> Answer:
        self.taken.append(outgoing)
        return self.answers.pop(0) if self.answers else Answer(200)

    def bodies(self) -> list[Json]:
        return [orjson.loads(one.parcel.body) for one in self.taken]


def asking(name: str) -> dict[str, str]:
    """The header that asks for a scenario."""
    return {HEADER: name}


def asked(name: str, way: str, body: Json) -> Mapping[str, Any]:
    """How to send a body so that it asks for a scenario in one of the ways."""
    if way == "header":
        return {"json": body, "headers": asking(name)}
    if way == "prompt":
        return {"json": {**body, "prompt": f"{body['prompt']} [[mock:{name}]]"}}
    return {"json": body, "key": f"test-key+{name}"}


def names(provider: str, *, pushes: bool) -> list[str]:
    """The scenarios that mean something at a provider. Each can be played."""
    catalogue, contract = Catalogue(), document.load(provider)
    found = [one for one in catalogue.names(provider) if pushes or not one.startswith(OF_PUSHES)]
    for name in found:
        assert catalogue.find(name, contract).rules, name
    return found


def untold(provider: str, module: ModuleType, *, pushes: bool) -> list[str]:
    """The scenarios of a provider that no test of a module shows: none is named after them."""
    tests = [one.removeprefix("test_") for one in vars(module) if one.startswith("test_")]
    return [
        name
        for name in names(provider, pushes=pushes)
        if not any(one == name or one.startswith(f"{name}_") for one in tests)
    ]


def broken_off() -> AbstractContextManager[Any]:
    """Where an answer must not arrive whole."""
    return pytest.raises((httpx.HTTPError, ConnectionError))


def born(mock: Mock, id: str) -> Job:
    """A job as the world keeps it."""
    job = mock.app.world.jobs.get(id)
    assert job is not None
    return job


async def to_the_end(mock: Mock, id: str, more: float = 0.0) -> None:
    """Let a job end, and some seconds more pass; fewer where `more` is negative."""
    await mock.advance(born(mock, id).ends + more - mock.app.world.clock.now())


async def kept_waiting(
    mock: Mock, seconds: float, call: Awaitable[httpx.Response]
) -> httpx.Response:
    """The answer to a call that takes so many seconds of the clock, and no fewer."""
    waiting, clock = asyncio.ensure_future(call), mock.app.world.clock
    async with asyncio.timeout(5):
        while clock.upcoming() is None:
            assert not waiting.done()
            await settle()
    await mock.advance(seconds - 0.01)
    assert not waiting.done()
    await mock.advance(0.01)
    return await waiting
