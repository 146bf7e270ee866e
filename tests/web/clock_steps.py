"""Steps that stories about time share: jobs with and without webhooks, and moves of the clock."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from mockserver.contract.model import Json
from mockserver.jobs.clock import settle
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import BASE, Mock

HOOK = "https://shop.example.com/hooks/video"
SOURCE = f"{BASE}/_mock/sources/64x64-8fps-2s-noaudio.mp4"
EXTEND = {"prompt": "on", "video": {"url": SOURCE}, "duration": 2}
VEO: Json = {"prompt": "A tram climbs a steep street", "duration": 4}
V1 = {"prompt": "A tram", "model": "ltx-2-3-fast", "duration": 6, "resolution": "1920x1080"}
START = "2026-01-01T00:00:00.000Z"


class Receiver:
    """Takes what is pushed to HOOK, remembers when, and answers as told, then 200."""

    def __init__(self, mock: Mock, *answers: Answer) -> None:
        self._mock = mock
        self.taken: list[tuple[float, bytes]] = []
        self.answers = list(answers)
        mock.app.receivers[HOOK] = self

    async def __call__(self, outgoing: Outgoing) -> Answer:
        self.taken.append((self._mock.app.world.clock.now(), outgoing.parcel.body))
        return self.answers.pop(0) if self.answers else Answer(200)


async def extend(mock: Mock, **more: Any) -> str:
    """The id of a new job without a webhook."""
    answer = await mock.post("/xai/v1/videos/extensions", json=EXTEND, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


async def veo(mock: Mock, **more: Any) -> str:
    """The id of a new job with a webhook to HOOK."""
    body = {**VEO, "callBackUrl": HOOK}
    answer = await mock.post("/kie/api/v1/veo/generate", json=body, **more)
    assert answer.json()["code"] == 200, answer.text
    return str(answer.json()["data"]["taskId"])


async def moved(mock: Mock, limit: int = 1000, **how: Json) -> Json:
    """What a move of the clock answers."""
    path = f"/_mock/clock/advance?limit={limit}"
    answer = await mock.post(path, json=how)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def put(mock: Mock, **clock: Json) -> Json:
    """What an exchange of the clock answers."""
    answer = await mock.request("PUT", "/_mock/clock", json=clock)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def waiting(mock: Mock, many: int = 1) -> asyncio.Task[httpx.Response]:
    """A version 1 call whose job is under way and which waits for it, the last one of so many."""
    call = asyncio.create_task(mock.post("/ltx/v1/text-to-video", json=V1))
    async with asyncio.timeout(5):
        while len(mock.app.world.clock.awaited()) < many:
            assert not call.done(), call.result().text
            await settle()
    return call


def now(mock: Mock) -> float:
    return mock.app.world.clock.now()
