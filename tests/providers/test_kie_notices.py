"""kie.ai: what its callbacks say, and how its records and callbacks follow the settings."""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson
import pytest

from mockserver.contract import document
from mockserver.contract.model import Contract, Json, Push
from mockserver.contract.validate import Checker
from mockserver.providers import kie
from mockserver.providers.base import Here
from mockserver.world.sight import WorldSight
from tests.conftest import BASE, MakeMock, Mock, only
from tests.providers.kie_steps import (
    CONTRACT,
    LONG,
    TEXT,
    born,
    credit,
    done,
    extend,
    extended,
    failed,
    generate,
    record,
    uhd,
)

CALLBACK = "https://client.example.com/veo"
PUSHES: dict[str, Push] = {
    push.name: push for operation in CONTRACT.operations for push in operation.pushes
}


mock = only("kie")


def sent(mock: Mock, id: str, push: str, **chosen: str) -> Json:
    """The body of a callback, which keeps to the spec and whose signature names the task."""
    contract = document.load("kie", {name.replace("_", "-"): one for name, one in chosen.items()})
    job = born(mock, id)
    notice = kie.notice(job, job.timeline.end, push, here(mock, contract))
    assert notice is not None
    assert (notice.id, notice.result) == (id, "")
    assert list(Checker(contract).value(notice.body, PUSHES[push].schema, place="push")) == []
    return notice.body


def here(mock: Mock, contract: Contract) -> Here:
    now = mock.app.world.clock.now()
    sight = WorldSight(mock.app.world, contract)
    return Here(contract, now, False, sight, base=f"{BASE}/kie")


def test_callbacks_are_declared_as_the_pages_have_them() -> None:
    """Section 2.6: generate, extend and 4K have one, the 1080P version has none."""
    found = {one.id: [push.name for push in one.pushes] for one in CONTRACT.operations}
    assert {name: pushes for name, pushes in found.items() if pushes} == {
        "generate": ["notify_generated"],
        "extend": ["notify_extended"],
        "get_4k_video": ["notify_4k"],
    }
    assert {push.target for push in PUSHES.values()} == {"/callBackUrl"}
    assert {push.method for push in PUSHES.values()} == {"POST"}


def test_deliveries_are_as_documented() -> None:
    """Decision A14: 15 s, exactly 200, three retries."""
    for push in PUSHES.values():
        policy = push.policy
        assert (policy.timeout, policy.success) == (15, frozenset({200}))
        assert policy.retries == (1, 5, 15)
        assert policy.signature is not None
        assert policy.signature.secret == "", "unsigned until a key is set"


def test_the_signature_is_that_of_the_guides_vector() -> None:
    """The dossier's own vector, of what the spec says is signed."""
    contract = document.load("kie", {"webhook-key": "whsec_test_key"})
    signature = contract.operation("extend").pushes[0].policy.signature
    assert signature is not None
    known = {"id": "ee9c2715375b7837f8bb51d641ff5863", "timestamp": "1769670760"}
    message = signature.message.format(**known)
    digest = hmac.new(signature.secret.encode(), message.encode(), hashlib.sha256).digest()
    assert (signature.algorithm, signature.encoding) == ("hmac-sha256", "base64")
    assert base64.b64encode(digest).decode() == "m3+NmxQBt4/yyl28BoWSz0A573t8x4oHKV4WX0jU2CA="
    assert dict(signature.headers) == {
        "X-Webhook-Timestamp": "{timestamp}",
        "X-Webhook-Signature": "{signature}",
    }


async def test_a_generation_is_announced(mock: Mock) -> None:
    asked = {**TEXT, "callBackUrl": CALLBACK, "watermark": "Harbour Films"}
    id = await done(mock, asked)
    body = sent(mock, id, "notify_generated")
    assert (body["code"], body["msg"]) == (200, "Veo3.1 video generated successfully.")
    assert set(body) == {"code", "msg", "data"}
    data, result = body["data"], (await record(mock, id))["response"]
    assert set(data) == {"taskId", "promptJson", "info", "fallbackFlag"}
    assert (data["taskId"], data["fallbackFlag"]) == (id, False)
    assert data["info"] == {"resultUrls": result["resultUrls"], "resolution": "720p"}
    assert orjson.loads(data["promptJson"])["waterMark"] == "Harbour Films"


async def test_an_upright_generation_is_announced_with_its_origin(mock: Mock) -> None:
    id = await done(mock, {**TEXT, "aspect_ratio": "9:16"})
    info = sent(mock, id, "notify_generated")["data"]["info"]
    assert info["originUrls"] == info["resultUrls"]


async def test_an_extension_is_announced_without_the_whole_video(mock: Mock) -> None:
    id = await extended(mock, await done(mock), callBackUrl=CALLBACK)
    body = sent(mock, id, "notify_extended")
    assert (body["code"], body["msg"]) == (200, "Veo3.1 video extension successful.")
    result = (await record(mock, id))["response"]
    assert body["data"]["info"] == {"resultUrls": result["resultUrls"], "resolution": "720p"}
    assert result["fullResultUrls"][0] not in orjson.dumps(body).decode()


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("flagged", {"notify_generated": 400, "notify_extended": 400, "notify_4k": 400}),
        ("rejected-by-flow", {"notify_generated": 422, "notify_extended": 400, "notify_4k": 400}),
        ("failed-in-time", {"notify_generated": 500, "notify_extended": 500, "notify_4k": 500}),
        ("failed", {"notify_generated": 501, "notify_extended": 501, "notify_4k": 500}),
    ],
)
async def test_a_failure_is_announced_with_its_code_and_no_info(
    mock: Mock, name: str, codes: dict[str, int]
) -> None:
    """Section 4; each page lists codes of its own, so a code becomes the nearest of them."""
    id = failed(mock, await generate(mock), name)
    for push, code in codes.items():
        body = sent(mock, id, push)
        assert (body["code"], body["msg"]) == (code, CONTRACT.errors[name].message)
        rest = {} if push == "notify_4k" else {"fallbackFlag": False}
        assert body["data"] == {"taskId": id, **rest}


@pytest.mark.parametrize(
    ("callback_id", "top", "inner"),
    [
        ("documented", set(), {"taskId"}),
        ("guide", {"taskId"}, {"task_id"}),
        ("both", {"taskId"}, {"taskId", "task_id"}),
    ],
)
async def test_a_callback_names_the_task_where_the_setting_says(
    mock: Mock, callback_id: str, top: set[str], inner: set[str]
) -> None:
    """Decision A12."""
    base = await done(mock)
    new = (await uhd(mock, base))["data"]["taskId"]
    await mock.advance(LONG)
    for id, push in ((base, "notify_generated"), (new, "notify_4k")):
        body = sent(mock, id, push, callback_id=callback_id)
        ids = {"taskId", "task_id"}
        assert (ids & set(body), ids & set(body["data"])) == (top, inner)
        assert all(body[name] == id for name in top)
        assert all(body["data"][name] == id for name in inner)


async def test_a_4k_task_is_announced_in_three_shapes(mock: Mock) -> None:
    """Decision A11."""
    id = await done(mock)
    new = (await uhd(mock, id, callBackUrl=CALLBACK))["data"]["taskId"]
    await mock.advance(LONG)
    ready = (await uhd(mock, id))["data"]
    urls, images = ready["resultUrls"], ready["imageUrls"]

    body = sent(mock, new, "notify_4k")
    assert (body["code"], body["msg"]) == (200, "4K Video generated successfully.")
    page = {"taskId": new, "info": {"resultUrls": urls, "imageUrls": images}}
    assert body["data"] == page
    with_credits = sent(mock, new, "notify_4k", callback_4k="page-credits")["data"]
    assert with_credits == {**page, "creditsConsumed": 120}
    snake = sent(mock, new, "notify_4k", callback_4k="openapi")["data"]
    media = snake.pop("media_ids")
    assert snake == {"task_id": new, "result_urls": urls, "image_urls": images}
    assert media == (await record(mock, new))["response"]["mediaIds"]


async def test_the_prompt_is_an_object_where_the_setting_says_so(mock: Mock) -> None:
    id = await done(mock)
    data = sent(mock, id, "notify_generated", prompt_json="object")["data"]
    assert data["promptJson"] == TEXT


async def test_urls_are_a_text_where_the_setting_says_so(make_mock: MakeMock) -> None:
    """Decision A2: as the quick start's samples parse them."""
    async with make_mock(providers=("kie",), chosen={"kie": {"urls": "text"}}) as mock:
        id = await done(mock)
        view = await record(mock, id)
        urls = orjson.loads(view["resultUrls"])
        assert (len(urls), view["response"]) == (1, None)
        info = sent(mock, id, "notify_generated", urls="text")["data"]["info"]
        assert orjson.loads(info["resultUrls"]) == urls


async def test_urls_are_a_list_in_the_response(mock: Mock) -> None:
    """Decision A2."""
    view = await record(mock, await done(mock))
    assert "resultUrls" not in view
    assert [type(one) for one in view["response"]["resultUrls"]] == [str]


@pytest.mark.parametrize("how", ["present", "null", "absent"])
async def test_the_whole_video_is_shown_as_the_setting_says(make_mock: MakeMock, how: str) -> None:
    """Decision A4: null of a generation, though the schema calls it required."""
    async with make_mock(providers=("kie",), chosen={"kie": {"full-result-urls": how}}) as mock:
        base = await done(mock)
        first = (await record(mock, base))["response"]
        second = (await record(mock, await extended(mock, base)))["response"]
        assert ("fullResultUrls" in first) is (how != "absent")
        assert ("fullResultUrls" in second) is (how != "absent")
        assert first.get("fullResultUrls") is None
        assert bool(second.get("fullResultUrls")) is (how == "present")


async def test_times_are_texts_where_the_setting_says_so(make_mock: MakeMock) -> None:
    """Decision A5."""
    async with make_mock(providers=("kie",), chosen={"kie": {"timestamps": "text"}}) as mock:
        id = await generate(mock)
        view = await record(mock, id)
        assert (view["createTime"], view["completeTime"]) == ("2026-01-01 00:00:00", None)
        await mock.advance(LONG)
        assert (await record(mock, id))["completeTime"].startswith("2026-01-01 00:0")


async def test_a_success_shows_its_urls_late_where_the_setting_says_so(
    make_mock: MakeMock,
) -> None:
    async with make_mock(providers=("kie",), chosen={"kie": {"url-lag": "60"}}) as mock:
        id = await extend(mock, await done(mock))
        await mock.advance(born(mock, id).timeline.end.at + 59)
        view = await record(mock, id)
        response = view["response"]
        assert (view["successFlag"], response["resultUrls"]) == (1, None)
        assert response["fullResultUrls"] is None
        await mock.advance(1)
        assert (await record(mock, id))["response"]["resultUrls"]


@pytest.mark.parametrize("compat", ["off", "on"])
async def test_two_fields_for_one_client_are_a_setting(make_mock: MakeMock, compat: str) -> None:
    """Decision A22."""
    chosen = {"kie": {"record-compat-state": compat}}
    async with make_mock(providers=("kie",), chosen=chosen) as mock:
        id = await generate(mock)
        bad = failed(mock, id, "failed")
        states = [(await record(mock, id)).get("state")]
        await mock.advance(LONG)
        view = await record(mock, id)
        states += [view.get("state"), (await record(mock, bad)).get("state")]
        if compat == "off":
            assert states == [None] * 3
            return
        assert states == ["generating", "success", "fail"]
        urls = view["response"]["resultUrls"]
        assert orjson.loads(view["resultJson"]) == {"resultUrls": urls}


@pytest.mark.parametrize(("charged", "spent"), [("no", 0), ("yes", 30)])
async def test_a_task_that_fails_is_paid_for_where_the_setting_says_so(
    make_mock: MakeMock, charged: str, spent: int
) -> None:
    """Decision A20."""
    chosen = {"kie": {"charged-on-failure": charged}}
    async with make_mock(providers=("kie",), chosen=chosen) as mock:
        before = await credit(mock)
        await generate(mock, {**TEXT, "imageUrls": [f"{BASE}/_mock/sources/none.png"]})
        assert before - await credit(mock) == spent
        await mock.advance(LONG)
        assert before - await credit(mock) == spent


@pytest.mark.parametrize(
    ("prices", "body", "cost"),
    [
        ("2026-09", {"model": "veo3"}, 225),
        ("2026-09", {"model": "veo3", "resolution": "1080p"}, 232.5),
        ("2026-09", {"model": "veo3", "resolution": "4k"}, 285),
        ("2026-09", {}, 30),
        ("2026-09", {"model": "veo3_fast", "resolution": "1080p"}, 37.5),
        ("2026-09", {"model": "veo3_fast", "resolution": "4k"}, 90),
        ("2026-09", {"model": "veo3_lite"}, 15),
        ("2026-09", {"model": "veo3_lite", "resolution": "1080p"}, 22.5),
        ("2026-09", {"model": "veo3_lite", "resolution": "4k"}, 75),
        ("2025-10", {"model": "veo3"}, 250),
        ("2025-10", {"model": "veo3_fast"}, 60),
        ("2025-10", {"model": "veo3_lite"}, 30),
    ],
)
async def test_a_generation_costs_what_the_list_says(
    make_mock: MakeMock, prices: str, body: Json, cost: float
) -> None:
    """Section 5, the table of credits."""
    async with make_mock(providers=("kie",), chosen={"kie": {"prices": prices}}) as mock:
        before = await credit(mock)
        await done(mock, {**TEXT, **body})
        assert before - await credit(mock) == cost


@pytest.mark.parametrize(
    ("prices", "more", "cost"),
    [
        ("2026-09", {}, 30),
        ("2026-09", {"model": "quality"}, 225),
        ("2026-09", {"model": "lite"}, 15),
        ("2025-10", {"model": "quality"}, 60),
    ],
)
async def test_an_extension_costs_what_the_list_says(
    make_mock: MakeMock, prices: str, more: Json, cost: float
) -> None:
    """Decision A20; the model need not match the source's."""
    async with make_mock(providers=("kie",), chosen={"kie": {"prices": prices}}) as mock:
        base = await done(mock)
        before = await credit(mock)
        await extended(mock, base, **more)
        assert before - await credit(mock) == cost
