"""Hooked's webhook on its way: to a receiver written from its pages, refused, sent again, given up.

The receiver answers 200 and nothing else, takes any of the three bodies, and counts a video once.
"""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockserver.contract import document
from mockserver.contract.model import Json
from mockserver.jobs.job import Job
from mockserver.providers import hooked
from mockserver.webhooks.model import Answer, Attempt, Delivery, Outgoing, Parcel
from tests.conftest import MakeMock, Mock, blind
from tests.providers.hooked_steps import LONG, TINY, asked, born, failed_job, registered, submit

HOOK = "https://shop.example.com/hooks/video"
HOUR = 3600.0


class Shop:
    """A receiver as the provider's pages want one, behind answers that come before its own."""

    def __init__(self, *before: Answer) -> None:
        self.before = list(before)
        self.sent: list[Outgoing] = []
        self.videos: dict[str, Json] = {}
        self.app = Starlette(routes=[Route("/hooks/video", self.hook, methods=["POST"])])

    async def hook(self, request: Request) -> Response:
        body = await request.json()
        status = str(body.get("event", body["status"])).lower().rpartition(".")[2]
        data = body.get("data") or body.get("video") or body
        id = data.get("videoId") or data.get("id") or body["projectId"]
        self.videos[id] = {"status": status, "url": data.get("url") or data.get("downloadUrl")}
        return Response(status_code=200)

    async def __call__(self, outgoing: Outgoing) -> Answer:
        """What the mock sends, over ASGI to the application."""
        self.sent.append(outgoing)
        if self.before:
            return self.before.pop(0)
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport) as client:
            answer = await client.request(
                outgoing.method,
                outgoing.url,
                content=outgoing.parcel.body,
                headers=dict(outgoing.headers),
            )
        return Answer(answer.status_code)


def chosen(**settings: str) -> dict[str, Any]:
    return {"providers": ("hooked",), "chosen": {"hooked": settings}}


async def told(mock: Mock, shop: Shop, **more: Json) -> tuple[Job, Delivery]:
    """A video that ended well, and what became of the one body that its webhook got."""
    mock.app.receivers[HOOK] = shop
    media = await registered(mock, f"{TINY}.mp4")
    id = await submit(mock, asked(media=media, webhook=HOOK, **more))
    await mock.advance(LONG + HOUR)
    (delivery,) = mock.app.world.pump.outbox
    return born(mock, id), delivery


def moments(attempts: tuple[Attempt, ...], job: Job) -> list[float]:
    """When the attempts began, in seconds from the job's end."""
    return [round(one.at - job.ends, 3) for one in attempts]


async def test_a_webhook_refused_once_comes_again_after_a_minute(make_mock: MakeMock) -> None:
    async with make_mock(providers=("hooked",)) as mock:
        shop = Shop(Answer(500))
        job, delivery = await told(mock, shop, metadata={"order": 7})
        assert moments(delivery.attempts, job) == [0, 60]
        assert [one.status for one in delivery.attempts] == [500, 200]
        assert delivery.state == "delivered"
        first, second = shop.sent
        assert first.parcel.body == second.parcel.body
        assert orjson.loads(first.parcel.body)["data"]["metadata"]["order"] == 7
        url = shop.videos[job.id]["url"]
        assert (await mock.get(url, key="")).status_code == 200


@pytest.mark.parametrize("status", [201, 202, 204, 301, 400, 404, 500])
async def test_only_200_counts_and_after_four_attempts_it_is_given_up(
    make_mock: MakeMock, status: int
) -> None:
    """Client rule 14; decision A17: gaps of 1, 5 and 15 minutes."""
    async with make_mock(providers=("hooked",)) as mock:
        shop = Shop(*[Answer(status)] * 9)
        job, delivery = await told(mock, shop)
        assert moments(delivery.attempts, job) == [0, 60, 360, 1260]
        assert delivery.state == "failed"
        assert all(str(status) in one.why for one in delivery.attempts)
        await mock.advance(24 * HOUR)
        assert len(shop.sent) == 4


async def test_a_receiver_has_ten_seconds(make_mock: MakeMock) -> None:
    """Decision A17. A slow 200 comes again: a receiver has to count a video once (rule 15)."""
    async with make_mock(providers=("hooked",)) as mock:
        shop = Shop(Answer(200, delay=11), Answer(200, delay=9))
        job, delivery = await told(mock, shop)
        assert moments(delivery.attempts, job) == [0, 70]
        assert [bool(one.why) for one in delivery.attempts] == [True, False]
        assert delivery.state == "delivered"


@pytest.mark.parametrize("body", ["v1", "v2", "v3"])
async def test_the_receiver_understands_each_of_the_three_bodies(
    make_mock: MakeMock, body: str
) -> None:
    """Decision A1, client rule 13: one body is sent, and it says that the video is there."""
    async with make_mock(**chosen(**{"webhook-body": body})) as mock:
        shop = Shop()
        job, delivery = await told(mock, shop)
        assert delivery.push == f"notice_{body}"
        assert len(shop.sent) == 1
        assert shop.videos == {job.id: {"status": "completed", "url": shop.videos[job.id]["url"]}}
        assert (await mock.get(shop.videos[job.id]["url"], key="")).status_code == 200


@pytest.mark.parametrize(
    ("body", "id"), [("v1", "vid_extend_0"), ("v2", "proj_extend_0"), ("v3", "vid_extend_0")]
)
async def test_the_receiver_understands_a_failure_in_each_of_them(body: str, id: str) -> None:
    """The general body names no video where there is none, only its project."""
    here, job, shop = blind(document.load("hooked", {"webhook-body": body})), failed_job(), Shop()
    notice = hooked.notice(job, job.timeline.end, f"notice_{body}", here)
    assert notice is not None
    parcel = Parcel(orjson.dumps(notice.body))
    answer = await shop(Outgoing("POST", HOOK, {"Content-Type": "application/json"}, parcel))
    assert answer.status == 200
    assert shop.videos == {id: {"status": "failed", "url": None}}


async def test_nothing_is_signed_and_no_key_goes_out(make_mock: MakeMock) -> None:
    """Dossier 1.7: no signature, no id of the delivery was seen."""
    async with make_mock(providers=("hooked",)) as mock:
        shop = Shop()
        await told(mock, shop)
        (sent,) = shop.sent
        names = {name.lower() for name in sent.headers}
        assert sent.method == "POST"
        assert sent.headers["Content-Type"] == "application/json"
        assert not [name for name in names if "sign" in name or "key" in name or name == "auth"]


async def test_without_a_webhook_nothing_is_sent(make_mock: MakeMock) -> None:
    async with make_mock(providers=("hooked",)) as mock:
        await submit(mock)
        await mock.advance(LONG)
        assert len(mock.app.world.pump.outbox) == 0


async def test_a_webhook_out_of_reach_is_journalled_with_its_reason(make_mock: MakeMock) -> None:
    """The second call of the provider's page: loopback only, unless the user says otherwise."""
    async with make_mock(providers=("hooked",)) as mock:
        await submit(mock, asked(webhook="https://yoursite.com/webhook"))
        await mock.advance(LONG)
        entry = next(one for one in mock.app.world.journal if one.kind == "delivery").show()
        assert "egress policy is loopback" in entry["say"]
        (delivery,) = mock.app.world.pump.outbox
        assert delivery.state == "refused"
        assert orjson.loads(delivery.body)["status"] == "COMPLETED"
