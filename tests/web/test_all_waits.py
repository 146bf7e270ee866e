"""Everything that waits or runs out does so by the clock: a moment before, and at the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx
import pytest

from mockserver.contract.model import Json
from mockserver.jobs.clock import VIRTUAL_START, settle
from mockserver.webhooks.model import Answer
from tests.conftest import MakeMock, Mock
from tests.web.clock_steps import EXTEND, V1, Receiver, extend, moved, now, veo, waiting

HOUR, DAY = 3600.0, 86_400.0
BEFORE = 0.01
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQ"
    "DwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)

Probe: TypeAlias = Callable[[], Awaitable[httpx.Response]]


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that changes so many seconds after it began, seen by the status of a probe."""

    begin: Callable[[Mock], Awaitable[Probe]]
    seconds: float
    before: int
    after: int


async def ltx_ticket(mock: Mock) -> Probe:
    place = (await mock.post("/ltx/v1/upload")).json()
    headers = {**place["required_headers"], "Content-Type": "video/mp4", "Content-Length": "9" * 12}
    return lambda: mock.request(
        "PUT", place["upload_url"], key="", content=b"", headers=headers
    )  # too large: the ticket is not used up


async def ltx_upload(mock: Mock) -> Probe:
    place = (await mock.post("/ltx/v1/upload")).json()
    clip = (await mock.get("/_mock/sources/320x180-24fps-4s.mp4")).content
    headers = {**place["required_headers"], "Content-Type": "video/mp4"}
    answer = await mock.request("PUT", place["upload_url"], key="", content=clip, headers=headers)
    assert answer.status_code == 200
    body = {"video_uri": place["storage_uri"], "duration": 2}
    return lambda: mock.post("/ltx/v2/extend", json=body)


async def pictory_token(mock: Mock) -> Probe:
    path = "/pictory/pictoryapis/v1"
    client = {"client_id": "3n9k2", "client_secret": "1u7c5"}
    answer = await mock.request("POST", f"{path}/oauth2/token", key="", json=client)
    headers = {"Authorization": answer.json()["access_token"]}
    return lambda: mock.request("GET", f"{path}/jobs", key="", headers=headers)


async def xai_file(mock: Mock) -> Probe:
    form: dict[str, Any] = {
        "data": {"expires_after": "3600"},
        "files": {"file": ("a.mp4", b"film")},
    }
    id = (await mock.post("/xai/v1/files", **form)).json()["id"]
    return lambda: mock.get(f"/xai/v1/files/{id}")


async def kie_file(mock: Mock) -> Probe:
    body = {"base64Data": PNG, "uploadPath": "images"}
    answer = (await mock.post("/kie/api/file-base64-upload", json=body)).json()
    return lambda: mock.get(answer["data"]["downloadUrl"], key="")


def rate(path: str, body: Json, calls: int) -> Callable[[Mock], Awaitable[Probe]]:
    """A probe of a rate that is used up. It is no call of its own as long as it is refused."""

    async def begin(mock: Mock) -> Probe:
        for _ in range(calls):
            answer = await mock.post(path, json=body)
            assert answer.status_code == 200, answer.text
        return lambda: mock.post(path, json=body)

    return begin


BOAT = {"prompt": "A boat", "duration": 2}
TIDE = {"media": "media_silent_video", "prompt": "The tide comes in."}
LANTERN = {"prompt": "The lantern drifts over the weir."}
WAITS = {
    "ltx ticket": Wait(ltx_ticket, HOUR, 400, 400),
    "ltx upload": Wait(ltx_upload, DAY, 202, 400),
    "pictory token": Wait(pictory_token, HOUR, 200, 401),
    "xai file": Wait(xai_file, HOUR, 200, 404),
    "kie file": Wait(kie_file, 3 * DAY, 200, 404),
    "xai rate": Wait(rate("/xai/v1/videos/generations", BOAT, 70), 60, 429, 200),
    "kie rate": Wait(
        rate("/kie/api/v1/veo/generate", {"prompt": "A tram climbs"}, 20), 10, 429, 200
    ),
    "hooked rate": Wait(rate("/hooked/v1/project/create/extend-video", TIDE, 60), 60, 429, 200),
    "pictory rate": Wait(rate("/pictory/pictoryapis/v1/aistudio/videos", LANTERN, 3), 60, 429, 200),
}
LIMITED: Json = {
    "limits": "documented",
    "chosen": {"pictory": {"creates-per-minute": "3"}},
}


@pytest.mark.parametrize("name", WAITS)
async def test_it_runs_out_at_its_moment_and_not_before(make_mock: MakeMock, name: str) -> None:
    wait = WAITS[name]
    async with make_mock(**LIMITED) as mock:
        probe = await wait.begin(mock)
        await mock.advance(wait.seconds - BEFORE)
        before = await probe()
        await mock.advance(BEFORE)
        after = await probe()
        assert (before.status_code, after.status_code) == (wait.before, wait.after), after.text
        assert before.content != after.content


@pytest.mark.parametrize("name", [one for one in WAITS if one.endswith("rate")])
async def test_who_waits_as_long_as_is_said_is_served(make_mock: MakeMock, name: str) -> None:
    async with make_mock(**LIMITED) as mock:
        probe = await WAITS[name].begin(mock)
        await mock.advance(3.5)
        refused = await probe()
        assert refused.status_code == 429
        if name == "kie rate":
            assert "retry-after" not in refused.headers, "kie.ai says nothing of it"
            return
        await moved(mock, seconds=int(refused.headers["retry-after"]))
        assert (await probe()).status_code == 200


async def ruled(mock: Mock, **rule: Json) -> None:
    answer = await mock.request("PUT", "/_mock/scenario", json={"rule": [rule]})
    assert answer.status_code == 200, answer.text


async def stays(mock: Mock, call: asyncio.Task[Any], seconds: float) -> None:
    """A call that waits for the clock is not over until so many seconds have passed."""
    async with asyncio.timeout(5):
        while not mock.app.world.clock.awaited():
            assert not call.done(), call.result()
            await settle()
    await mock.advance(seconds - BEFORE)
    await settle()
    assert not call.done()
    await mock.advance(BEFORE)


async def test_a_stalled_answer_comes_when_the_clock_says_so(mock: Mock) -> None:
    await ruled(mock, provider="xai", on="create", wire={"fault": "stall", "seconds": 45})
    call = asyncio.create_task(mock.post("/xai/v1/videos/extensions", json=EXTEND))
    await stays(mock, call, 45)
    assert (await call).json()["request_id"]


async def test_a_dripping_answer_takes_a_pause_for_every_piece(mock: Mock) -> None:
    wire = {"fault": "drip", "bytes": 10, "seconds": 2}
    await ruled(mock, provider="xai", on="create", wire=wire)
    call = asyncio.create_task(mock.post("/xai/v1/videos/extensions", json=EXTEND))
    size = len('{"request_id":"a6b5f5fb-c3e3-45dc-be33-ec9bdd07bdb9"}')
    await stays(mock, call, 2 * -(-size // 10))
    assert len((await call).content) == size


async def test_idle_is_when_the_last_piece_has_dripped(mock: Mock) -> None:
    wire = {"fault": "drip", "bytes": 1, "seconds": 60}
    await ruled(mock, provider="kie", on="show", wire=wire)
    body = {"prompt": "A tram climbs. " * 70}
    answer = await mock.post("/kie/api/v1/veo/generate", json=body)
    path = f"/kie/api/v1/veo/record-info?taskId={answer.json()['data']['taskId']}"
    await moved(mock, until="idle")
    start = now(mock)
    call = asyncio.create_task(mock.get(path))
    while not mock.app.world.clock.awaited():
        await settle()
    told = await moved(mock, until="idle")
    assert told["idle"] is True
    assert told["now"] == start + 60 * len((await call).content) >= start + 60_000


async def test_a_delayed_call_happens_after_its_delay(mock: Mock) -> None:
    await ruled(mock, provider="xai", on="create", delay=30)
    call = asyncio.create_task(extend(mock))
    await stays(mock, call, 30)
    job = mock.app.world.jobs.get(await call)
    assert job is not None
    assert job.created == VIRTUAL_START + 30


async def test_a_version_1_call_ends_with_its_job_or_its_patience(make_mock: MakeMock) -> None:
    for limit in ("600", "20"):
        async with make_mock(chosen={"ltx": {"v1-limit": limit}}) as mock:
            call = await waiting(mock)
            (job,) = mock.app.world.jobs
            length = min(job.ends - job.created, float(limit))
            await stays(mock, call, length)
            assert (await call).status_code == (200 if length < float(limit) else 504)


@pytest.mark.differs("two answers are rendered at once, and written down as they get ready")
async def test_a_place_of_a_version_1_call_is_free_when_its_job_ends(make_mock: MakeMock) -> None:
    async with make_mock(limits="documented") as mock:
        calls = [await waiting(mock, many) for many in (1, 2)]
        first = min(job.ends for job in mock.app.world.jobs)
        await mock.advance(first - now(mock) - BEFORE)
        refused = await mock.post("/ltx/v1/text-to-video", json=V1)
        assert refused.status_code == 429
        await mock.advance(BEFORE)
        third = await waiting(mock, 2)
        await moved(mock, until="idle")
        assert {one.status_code for one in await asyncio.gather(*calls, third)} == {200}


async def test_a_slow_receiver_is_slow_by_the_clock_and_takes_no_real_time(mock: Mock) -> None:
    receiver = Receiver(mock, Answer(200, delay=7000), Answer(200, delay=2))
    await veo(mock)
    (job,) = mock.app.world.jobs
    await moved(mock, until="idle")
    (delivery,) = mock.app.world.pump.outbox
    first, second = delivery.attempts
    assert first.at == job.ends
    assert first.ended - first.at == 15, "the provider's patience"
    assert second.ended - second.at == 2
    assert len(receiver.taken) == 2


@pytest.mark.parametrize("name", ["xai", "kie", "hooked", "pictory", "ltx"])
async def test_a_record_and_a_link_go_at_their_moment(mock: Mock, name: str) -> None:
    path, body = {
        "xai": ("/xai/v1/videos/generations", BOAT),
        "kie": ("/kie/api/v1/veo/generate", {"prompt": "A tram climbs"}),
        "hooked": ("/hooked/v1/project/create/extend-video", TIDE),
        "pictory": ("/pictory/pictoryapis/v1/aistudio/videos", LANTERN),
        "ltx": ("/ltx/v2/text-to-video", V1),
    }[name]
    assert (await mock.post(path, json=body)).status_code in (200, 202)
    (job,) = mock.app.world.jobs
    url = (await mock.job(job.id))["result_url"]
    life = job.timeline

    async def link() -> int:
        return (await mock.request("HEAD", url, key="")).status_code

    moments = {life.end.at, life.url_until, life.record_until} - {float("inf")}
    for moment in sorted(moments):
        await mock.app.world.clock.reach(job.created + moment - BEFORE)
        assert ((await link()) == 200) == (life.end.at < moment <= life.url_until)
        assert not job.gone(now(mock)) or moment > life.record_until
        await mock.app.world.clock.reach(job.created + moment)
        assert ((await link()) == 200) == (life.end.at <= moment < life.url_until)
        assert job.gone(now(mock)) == (moment >= life.record_until)
