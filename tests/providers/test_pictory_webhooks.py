"""Pictory's webhook on its way: what a poll would answer, once, unsigned (decision A7)."""

from __future__ import annotations

import orjson
import pytest

from mockserver.contract import document
from mockserver.contract.model import Json
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import BASE, MakeMock, Mock, only
from tests.providers.pictory_steps import IMAGES, KEY, LONG, PICTURE, SOURCE, VIDEOS, poll, submit

HOOK = "http://hooks.example.com/pictory"  # plain HTTP: only a valid URI is asked for
MINUTE = 60.0


class Receiver:
    """Takes webhooks and answers as told, the last answer again and again."""

    def __init__(self, *answers: int) -> None:
        self.answers = answers or (200,)
        self.taken: list[Outgoing] = []

    async def __call__(self, outgoing: Outgoing) -> Answer:
        self.taken.append(outgoing)
        return Answer(self.answers[min(len(self.taken), len(self.answers)) - 1])

    def bodies(self) -> list[Json]:
        return [orjson.loads(one.parcel.body) for one in self.taken]


mock = only("pictory")


def receiving(mock: Mock, *answers: int) -> Receiver:
    receiver = mock.app.receivers[HOOK] = Receiver(*answers)
    return receiver


async def to_the_end(mock: Mock, id: str, more: float = 0.0) -> None:
    """Let a job end, and some seconds more pass."""
    job = mock.app.world.jobs.get(id)
    assert job is not None
    await mock.advance(job.ends + more - mock.app.world.clock.now())


async def test_the_story_of_an_extension_includes_its_webhook(mock: Mock) -> None:
    """Nothing before the end; then what the poll answers, and a file that can be had."""
    receiver = receiving(mock)
    id = await submit(mock, extendVideoUrl=SOURCE, webhook=HOOK)
    await to_the_end(mock, id, -0.01)
    assert (await poll(mock, id))["data"] == {"status": "in-progress"}
    assert receiver.taken == []
    await to_the_end(mock, id)
    (sent,) = receiver.taken
    assert (sent.method, sent.url) == ("POST", HOOK)
    assert sent.headers["Content-Type"] == "application/json"
    (body,) = receiver.bodies()
    assert body == await poll(mock, id)
    assert body["data"]["url"].startswith(f"{BASE}/pictory/results/")
    assert (await mock.request("GET", body["data"]["lastFrameImageUrl"], key="")).status_code == 200
    await mock.advance(LONG)
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        (VIDEOS, {"extendVideoUrl": PICTURE}, "failed"),
        (IMAGES, {}, "completed"),
        (IMAGES, {"referenceImageUrl": SOURCE}, "failed"),
    ],
)
async def test_every_end_of_every_kind_is_told(
    mock: Mock, path: str, more: Json, status: str
) -> None:
    receiver = receiving(mock)
    id = await submit(mock, path, webhook=HOOK, **more)
    await to_the_end(mock, id)
    assert receiver.bodies() == [await poll(mock, id)]
    assert receiver.bodies()[0]["data"]["status"] == status


async def test_a_webhook_is_not_signed_and_carries_no_key(mock: Mock) -> None:
    receiver = receiving(mock)
    await to_the_end(mock, await submit(mock, webhook=HOOK))
    names = {name.lower() for name in receiver.taken[0].headers}
    assert not [name for name in names if "signature" in name or "authorization" in name]
    assert KEY.encode() not in receiver.taken[0].parcel.body


@pytest.mark.parametrize("answer", [201, 204, 299])
async def test_any_2xx_is_received(make_mock: MakeMock, answer: int) -> None:
    chosen = {"pictory": {"webhook-retries": "three"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        receiver = receiving(mock, answer)
        await to_the_end(mock, await submit(mock, webhook=HOOK), LONG)
        assert len(receiver.taken) == 1


async def test_a_webhook_that_is_refused_is_not_sent_again(mock: Mock) -> None:
    receiver = receiving(mock, 500)
    await to_the_end(mock, await submit(mock, webhook=HOOK), 24 * 60 * MINUTE)
    assert len(receiver.taken) == 1


async def test_a_webhook_can_be_sent_again_at_known_distances(make_mock: MakeMock) -> None:
    chosen = {"pictory": {"webhook-retries": "three"}}
    async with make_mock(providers=("pictory",), chosen=chosen) as mock:
        receiver = receiving(mock, 500, 302, 404, 500)
        id = await submit(mock, webhook=HOOK)
        await to_the_end(mock, id)
        for count, minutes in enumerate((1, 5, 15), 1):
            assert len(receiver.taken) == count
            await mock.advance(minutes * MINUTE - 0.01)
            assert len(receiver.taken) == count
            await mock.advance(0.01)
        await mock.advance(24 * 60 * MINUTE)
        assert len(receiver.taken) == 4
        assert receiver.bodies() == [await poll(mock, id)] * 4


async def test_without_a_webhook_nothing_is_sent(mock: Mock) -> None:
    await to_the_end(mock, await submit(mock), LONG)
    assert len(mock.app.world.pump.outbox) == 0


def test_one_attempt_is_the_default() -> None:
    (push,) = document.load("pictory").operation("create_video").pushes
    assert (push.policy.retries, push.policy.signature) == ((), None)
