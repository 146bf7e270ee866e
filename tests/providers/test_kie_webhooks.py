"""kie.ai's callbacks on their way: refused and sent again, signed, given up, never doubled."""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson
import pytest

from mockserver.contract.model import Json
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import MakeMock, Mock
from tests.providers.kie_steps import LONG, TEXT, born, extend, generate, hd, record, uhd

CALLBACK = "https://client.example.com/veo"
SECRET = "whsec_test_key"


class Receiver:
    """Takes callbacks and answers as told, the last answer again and again."""

    def __init__(self, *answers: int | Answer) -> None:
        self.answers = [one if isinstance(one, Answer) else Answer(one) for one in answers]
        self.taken: list[Outgoing] = []

    async def __call__(self, outgoing: Outgoing) -> Answer:
        self.taken.append(outgoing)
        return self.answers[min(len(self.taken), len(self.answers)) - 1]

    def bodies(self) -> list[Json]:
        return [orjson.loads(one.parcel.body) for one in self.taken]


def receiving(mock: Mock, *answers: int | Answer) -> Receiver:
    receiver = mock.app.receivers[CALLBACK] = Receiver(*(answers or (200,)))
    return receiver


async def announced(mock: Mock) -> str:
    """The id of a new task that is to be announced."""
    return await generate(mock, {**TEXT, "callBackUrl": CALLBACK})


async def ended(mock: Mock, id: str, more: float = 0.0) -> None:
    """Let a task end, and some seconds more pass."""
    until = born(mock, id).ends + more
    await mock.advance(until - mock.app.world.clock.now())


def trusted(outgoing: Outgoing, key: str) -> bool:
    """What the provider's guide has a receiver do, with the id that these callbacks carry."""
    headers = {name.lower(): text for name, text in outgoing.headers.items()}
    stamp = headers.get("x-webhook-timestamp", "")
    id = orjson.loads(outgoing.parcel.body)["data"]["taskId"]
    digest = hmac.new(key.encode(), f"{id}.{stamp}".encode(), hashlib.sha256).digest()
    expected = base64.b64encode(digest).decode()
    return hmac.compare_digest(expected, headers.get("x-webhook-signature", ""))


async def test_a_callback_refused_once_is_sent_again_a_second_later(mock: Mock) -> None:
    """The story: a task, its callback, a 500, the same body again (decision A14)."""
    receiver = receiving(mock, 500, 200)
    id = await announced(mock)
    await ended(mock, id, -0.01)
    assert receiver.taken == []
    await ended(mock, id)
    assert [one.method for one in receiver.taken] == ["POST"]
    await ended(mock, id, 0.99)
    assert len(receiver.taken) == 1
    await ended(mock, id, 1)
    first, second = receiver.bodies()
    assert first == second
    assert (first["code"], first["data"]["taskId"]) == (200, id)
    assert receiver.taken[0].headers["Content-Type"] == "application/json"
    result = (await record(mock, id))["response"]
    assert first["data"]["info"]["resultUrls"] == result["resultUrls"]
    await mock.advance(LONG)
    assert len(receiver.taken) == 2


@pytest.mark.parametrize(
    "answer", [Answer(201), Answer(204), Answer(302), Answer(500), Answer(200, delay=16.0)]
)
async def test_anything_but_a_200_in_15_seconds_is_a_failure(mock: Mock, answer: Answer) -> None:
    """Decision A14: three retries, then nothing more."""
    receiver = receiving(mock, answer)
    id = await announced(mock)
    await ended(mock, id, LONG)
    assert len(receiver.taken) == 4
    await mock.advance(LONG)
    assert len(receiver.taken) == 4
    assert (await record(mock, id))["successFlag"] == 1, "the record is the final authority"


async def test_retries_come_after_1_5_and_15_seconds(mock: Mock) -> None:
    """Decision A14."""
    receiver = receiving(mock, 500)
    id, counts = await announced(mock), []
    for seconds in (0.0, 0.9, 1.0, 5.9, 6.0, 20.9, 21.0):
        await ended(mock, id, seconds)
        counts.append(len(receiver.taken))
    assert counts == [1, 1, 2, 2, 3, 3, 4]


async def test_an_extension_and_a_4k_task_are_announced_and_a_1080p_version_is_not(
    mock: Mock,
) -> None:
    """Section 2.6."""
    receiver = receiving(mock)
    base = await generate(mock)
    await mock.advance(LONG)
    new = await extend(mock, base, callBackUrl=CALLBACK)
    upgrade = (await uhd(mock, base, callBackUrl=CALLBACK))["data"]["taskId"]
    await uhd(mock, base, callBackUrl=CALLBACK)
    await hd(mock, base, f"&callBackUrl={CALLBACK}")
    await mock.advance(LONG)
    assert {body["data"]["taskId"] for body in receiver.bodies()} == {new, upgrade}
    assert len(receiver.taken) == 2, "a repeated call for 4K announces nothing of its own"


async def test_a_failure_is_announced_too(mock: Mock) -> None:
    receiver = receiving(mock)
    picture = "http://mock.test/_mock/sources/no-such-recipe.png"
    body = {**TEXT, "callBackUrl": CALLBACK, "imageUrls": [picture]}
    id = await generate(mock, body)
    await ended(mock, id)
    (said,) = receiver.bodies()
    assert (said["code"], said["data"]) == (400, {"taskId": id, "fallbackFlag": False})
    assert said["msg"].startswith("Failed to fetch the image")


async def test_without_a_key_nothing_is_signed(mock: Mock) -> None:
    receiver = receiving(mock)
    await ended(mock, await announced(mock))
    (one,) = receiver.taken
    assert not [name for name in one.headers if name.lower().startswith("x-webhook")]


async def test_with_a_key_a_receiver_written_from_the_guide_trusts_it(
    make_mock: MakeMock,
) -> None:
    """Opt-in: HMAC over `<taskId>.<timestamp>`, in unix seconds; every attempt anew."""
    async with make_mock(providers=("kie",), chosen={"kie": {"webhook-key": SECRET}}) as mock:
        receiver = receiving(mock, 500, 200)
        await ended(mock, await announced(mock), LONG)
        assert len(receiver.taken) == 2
        for one in receiver.taken:
            assert trusted(one, SECRET)
            assert not trusted(one, "another")
            assert one.headers["X-Webhook-Timestamp"].isdecimal()


async def test_the_guides_own_sample_fails_on_what_is_documented_for_veo(
    make_mock: MakeMock,
) -> None:
    """Decision A12: it reads data.task_id, which only a setting puts there."""
    for how, there in (("documented", False), ("guide", True), ("both", True)):
        chosen = {"kie": {"webhook-key": SECRET, "callback-id": how}}
        async with make_mock(providers=("kie",), chosen=chosen) as mock:
            receiver = receiving(mock)
            await ended(mock, await announced(mock))
            (body,) = receiver.bodies()
            assert ("task_id" in body["data"]) is there


async def test_a_callback_to_elsewhere_is_refused_and_the_task_goes_on(mock: Mock) -> None:
    """Decision A23: one client always names a public host; only loopback is contacted."""
    id = await announced(mock)
    await ended(mock, id, LONG)
    assert (await record(mock, id))["successFlag"] == 1
    assert mock.app.world.pushed(id) == "failed"
