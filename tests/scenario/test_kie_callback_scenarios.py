"""kie.ai: scenarios of callbacks show on the wire what they promise."""

from __future__ import annotations

import pytest

from tests.conftest import MakeMock, Mock, only
from tests.providers.kie_steps import (
    API,
    CONTRACT,
    DAY,
    LONG,
    TEXT,
    born,
    envelope,
    generate,
    posted,
)
from tests.providers.test_kie_webhooks import SECRET, trusted
from tests.scenario.kie_steps import announced, playing, source
from tests.scenario.steps import HOOK, Receiver

mock = only("kie")


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("webhook_lost", []),
        ("webhook_twice", [0, 0]),
        ("duplicate_callback", [0, 0]),
        ("webhook_late", [3600]),
        ("late_callback", [600]),
        ("callbacks_reordered", [90]),
    ],
)
async def test_a_callback_comes_otherwise(mock: Mock, name: str, times: list[int]) -> None:
    id, receiver = await announced(mock, name)
    await mock.advance(DAY)
    sent = [one.at for one in mock.app.world.journal if one.kind == "delivery"]
    assert [round(at - born(mock, id).ends, 3) for at in sent] == times
    assert [one["data"]["taskId"] for one in receiver.bodies()] == [id] * len(times)


async def test_callbacks_are_overtaken(mock: Mock) -> None:
    first, receiver = await announced(mock, "callbacks_reordered")
    await mock.advance(100)
    second = await generate(mock, {**TEXT, "callBackUrl": HOOK})
    assert 0 < born(mock, second).ends - born(mock, first).ends < 90
    await mock.advance(DAY)
    assert [one["data"]["taskId"] for one in receiver.bodies()] == [second, first]


async def test_webhook_early_comes_before_the_answer(mock: Mock) -> None:
    receiver = Receiver(mock)
    answer = await mock.post(
        f"{API}/veo/generate", json={**TEXT, "callBackUrl": HOOK}, **playing("webhook_early")
    )
    (body,) = receiver.bodies()
    assert body["data"]["taskId"] == envelope(answer)["data"]["taskId"]
    await mock.advance(DAY)
    assert len(receiver.taken) == 1


async def test_signatures_are_forged_or_old(make_mock: MakeMock) -> None:
    chosen = {"kie": {"webhook-key": SECRET}}
    async with make_mock(providers=("kie",), chosen=chosen) as mock:
        _, receiver = await announced(mock, "webhook_forged")
        await mock.advance(DAY)
        assert [trusted(one, SECRET) for one in receiver.taken] == [False, True]
        id, receiver = await announced(mock, "callback_stale")
        await mock.advance(DAY)
        (stale,) = receiver.taken
        assert trusted(stale, SECRET)
        stamp = int(stale.headers["X-Webhook-Timestamp"])
        assert stamp == pytest.approx(born(mock, id).ends - 3600, abs=1)


async def test_a_callback_has_a_code_that_no_page_lists(mock: Mock) -> None:
    id, receiver = await announced(mock, "callback_unknown_code")
    await mock.advance(DAY)
    (body,) = receiver.bodies()
    known = CONTRACT.document["components"]["schemas"]["GenerateNotice"]["properties"]["code"]
    assert body["code"] not in known["enum"]
    assert body["data"]["taskId"] == id


async def test_a_failure_is_announced_with_little(mock: Mock) -> None:
    id, receiver = await announced(mock, "failure_callback")
    await mock.advance(DAY)
    (body,) = receiver.bodies()
    assert body == {
        "code": 500,
        "msg": "Internal Error, Please try again later.",
        "data": {"taskId": id, "fallbackFlag": False},
    }


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("callback_id_field", (True, True, False)),
        ("callback_id_both", (True, True, True)),
        ("callback_prompt_object", (False, False, True)),
    ],
)
async def test_a_callback_names_its_task(
    mock: Mock, name: str, places: tuple[bool, bool, bool]
) -> None:
    id, receiver = await announced(mock, name)
    await mock.advance(DAY)
    (body,) = receiver.bodies()
    found = body.get("taskId"), body["data"].get("task_id"), body["data"].get("taskId")
    assert found == tuple(id if there else None for there in places)
    prompt = body["data"]["promptJson"]
    assert isinstance(prompt, dict) is (name == "callback_prompt_object")


async def test_a_4k_callback_is_in_snake_case(mock: Mock) -> None:
    receiver, id = Receiver(mock), await source(mock)
    body = {"taskId": id, "callBackUrl": HOOK}
    await posted(mock, "veo/get-4k-video", body, **playing("callback_4k_snake_case"))
    await mock.advance(LONG)
    (sent,) = receiver.bodies()
    assert set(sent["data"]) == {"task_id", "result_urls", "media_ids", "image_urls"}
