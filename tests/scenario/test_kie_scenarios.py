"""kie.ai: every scenario shows on the wire what it promises.

Long because all of them stand here, each with a short test or a row of a table.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver.contract.model import Json
from mockserver.scenario.catalogue import Catalogue
from mockserver.scenario.model import Rule
from tests.conftest import MakeMock, Mock
from tests.providers.kie_steps import (
    API,
    CONTRACT,
    DAY,
    LONG,
    TEXT,
    accepted,
    asked,
    born,
    credit,
    done,
    envelope,
    generate,
    posted,
    record,
)
from tests.providers.test_kie_webhooks import SECRET, trusted
from tests.scenario.steps import HOOK, Receiver, asking, broken_off, names

EXTEND = {"taskId": "none", "prompt": "It reaches the top"}
BODIES = {"generate": TEXT, "extend": EXTEND}
NATURAL = {  # rows that ordinary calls lead to, as test_kie_errors and its neighbours show
    *("unauthenticated", "malformed", "invalid", "media-type", "not-found", "unknown-record"),
    *("not-success", "source-not-success", "source-too-old", "too-old", "no-route", "no-method"),
    *("processing-1080p", "processing-4k", "done-4k", "wrong-url", "too-large", "bad-range"),
    *("upload-unauthenticated", "upload-invalid", "upload-missing", "upload-base64"),
    *("upload-unreachable", "upload-too-large", "upload-no-route", "upload-no-method"),
}


@pytest.fixture
async def mock(make_mock: MakeMock) -> AsyncIterator[Mock]:
    async with make_mock(providers=("kie",)) as one:
        yield one


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


def rules() -> list[Rule]:
    """The rules of all scenarios that kie.ai can play."""
    catalogue = Catalogue()
    found = [catalogue.find(name, CONTRACT) for name in names("kie", pushes=True)]
    return [rule for one in found for rule in one.rules]


def test_every_scenario_is_shown_here() -> None:
    text = Path(__file__).read_text()
    assert [name for name in names("kie", pushes=True) if f'"{name}"' not in text] == []


def test_every_error_can_be_had() -> None:
    """By ordinary calls, or else by a scenario."""
    effects = [rule.effect for rule in rules()]
    played = {one.refuse for one in effects} | {one.job.fail for one in effects if one.job}
    played |= {"upload-internal"} if "internal" in played else set()
    assert set(CONTRACT.errors) - NATURAL - played == set()


def test_every_refusal_is_one_that_its_operation_lists() -> None:
    core = {"bad-key", "internal", "no-credits", "rate-limit"}
    for rule in rules():
        if rule.effect.refuse not in {"", *core}:
            for id in rule.on:
                assert rule.effect.refuse in CONTRACT.operation(id).errors, (rule.name, id)


@pytest.mark.parametrize(
    ("name", "paths", "code", "words"),
    [
        ("body_code_only", "generate extend", 500, "Server Error"),
        ("500_validation", "generate extend", 500, "This field is required"),
        ("flagged_at_submit", "generate extend", 400, "flagged"),
        ("image_unreachable_at_submit", "generate", 400, "Failed to fetch the image"),
        ("no_credits", "generate extend", 402, "Insufficient Credits"),
        ("source_unknown", "extend", 404, "does not exist"),
        ("source_upgraded", "extend", 422, "1080P"),
        ("rejected_by_flow_at_submit", "generate extend", 422, "rejected by Flow("),
        ("sub_key_cap", "generate extend", 433, "Sub-key"),
        ("failed_at_submit", "generate", 501, "Generation Failed"),
        ("failed_at_submit", "extend", 501, "extension"),
        ("feature_disabled", "generate extend", 505, "Feature Disabled"),
    ],
)
async def test_a_submit_is_refused_again_and_again(
    mock: Mock, name: str, paths: str, code: int, words: str
) -> None:
    for path in paths.split() * 2:
        answer = await posted(mock, f"veo/{path}", BODIES[path], **playing(name))
        assert (answer["code"], answer["data"]) == (code, None)
        assert words in answer["msg"]
        assert f"scenario {name}[" in mock.last()["say"]
    assert len(mock.app.world.jobs) == 0


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("server_error", 500, 200),
        ("rate_limited", 429, 429),
        ("rate_limited_in_body", 429, 200),
        ("upstream_silent_at_submit", 408, 200),
    ],
)
async def test_a_submit_is_refused_once(mock: Mock, name: str, code: int, status: int) -> None:
    first = await mock.post(f"{API}/veo/generate", json=TEXT, **playing(name))
    assert (first.status_code, first.json()["code"], first.json()["data"]) == (status, code, None)
    assert "retry-after" not in first.headers
    assert (await posted(mock, "veo/generate", TEXT, **playing(name)))["code"] == 200
    assert len(mock.app.world.jobs) == 1


@pytest.mark.parametrize(
    ("name", "flag", "code", "words"),
    [
        ("failed", 3, 501, "Failed - Video generation"),
        ("content_policy", 2, 400, "flagged"),
        ("flag_2", 2, 400, "flagged"),
        ("flag_3", 3, 501, "Failed - Video generation"),
        ("not_english", 2, 400, "English"),
        ("image_unreachable", 2, 400, "Failed to fetch the image"),
        ("unsafe_image", 2, 400, "unsafe image"),
        ("rejected_by_flow", 2, 400, "rejected by Flow("),
        ("failed_in_task", 3, 500, "Internal Error, Please"),
        ("timeout_in_task", 3, 500, "Timeout"),
        ("failure_callback", 3, 500, "Internal Error, Please"),
    ],
)
async def test_a_task_fails(mock: Mock, name: str, flag: int, code: int, words: str) -> None:
    id = await submitted(mock, name)
    assert (await record(mock, id))["successFlag"] == 0
    for _ in range(2):
        view = await ended(mock, id)
        assert (view["successFlag"], view["errorCode"], view["response"]) == (flag, code, None)
        assert words in view["errorMessage"]
    assert await credit(mock) == 1_000_000


async def test_extensions_and_upgrades_fail_in_words_of_their_own(mock: Mock) -> None:
    id = await source(mock)
    for name in ("failed", "flag_3"):
        body = {**EXTEND, "taskId": id}
        new = accepted(await posted(mock, "veo/extend", body, **playing(name)))
        view = await ended(mock, new)
        assert (view["successFlag"], view["errorCode"]) == (3, 501)
        assert view["errorMessage"] == "Failed - Video extension task failed"
    path = f"veo/get-1080p-video?taskId={id}"
    assert (await asked(mock, path, **playing("failed")))["code"] == 400
    await mock.advance(LONG)
    answer = await asked(mock, path)
    assert (answer["code"], answer["msg"]) == (500, "Internal Error, Please try again later.")


async def test_a_key_that_is_not_accepted_opens_nothing(mock: Mock) -> None:
    id = await generate(mock)
    name = "unauthorized"
    key = f"test-key+{name}"
    url = {"url": "https://tempfile.aiquickdraw.com/v/1.mp4"}
    for answer in (
        await posted(mock, "veo/generate", TEXT, key=key),
        await posted(mock, "common/download-url", url, key=key),
        await polled(mock, id, key=key),
        await asked(mock, "chat/credit", key=key),
    ):
        assert (answer["code"], answer["data"]) == (401, None)
        assert answer["msg"].startswith("Unauthorized")
    body = {"base64Data": "QUJD", "uploadPath": "a"}
    upload = await mock.post("/kie/api/file-base64-upload", json=body, key=key)
    assert (upload.status_code, upload.json()["success"]) == (401, False)
    assert (await record(mock, id))["successFlag"] == 0, "the key itself is as good as before"


@pytest.mark.parametrize("way", ["header", "prompt", "key"])
async def test_stuck_by_each_way_of_playing(mock: Mock, way: str) -> None:
    rest: dict[str, Any] = {
        "header": playing("stuck"),
        "prompt": {"body": {**TEXT, "prompt": "On [[mock:stuck]]"}},
        "key": {"key": "test-key+stuck"},
    }[way]
    id = await generate(mock, **rest)
    await mock.advance(30 * DAY)
    view = await record(mock, id)
    assert (view["successFlag"], view["completeTime"], view["response"]) == (0, None, None)


async def test_slow_is_ten_times_as_long(make_mock: MakeMock) -> None:
    spans = []
    for use in ((), ("slow",)):
        async with make_mock(providers=("kie",), setup={"use": use}) as mock:
            job = born(mock, await generate(mock))
            spans.append(job.ends - job.created)
            await ended(mock, job.id)
            assert (await record(mock, job.id))["successFlag"] == 1
    assert spans[1] == pytest.approx(10 * spans[0], abs=0.01)


async def test_expired_leaves_neither_record_nor_file(mock: Mock) -> None:
    id, receiver = await announced(mock, "expired")
    assert (await record(mock, id))["successFlag"] == 0
    await mock.advance(LONG)
    answer = await polled(mock, id)
    assert (answer["code"], answer["data"]) == (422, None)
    assert answer["msg"] == "Temporarily supports records within 14 days"
    (body,) = receiver.bodies()
    (url,) = body["data"]["info"]["resultUrls"]
    assert (await mock.get(url, key="")).status_code == 404


async def test_done_without_url_wherever_urls_are_told(make_mock: MakeMock) -> None:
    async with make_mock(providers=("kie",), setup={"use": ["done_without_url"]}) as mock:
        id = await source(mock)
        view = await record(mock, id)
        assert (view["successFlag"], view["response"]["resultUrls"]) == (1, None)
        path, body = f"veo/get-1080p-video?taskId={id}", {"taskId": id}
        assert (await asked(mock, path))["code"] == 400
        assert (await posted(mock, "veo/get-4k-video", body))["code"] == 200
        await mock.advance(LONG)
        assert await asked(mock, path) == {
            "code": 200,
            "msg": "success",
            "data": {"resultUrl": None},
        }
        uhd = await posted(mock, "veo/get-4k-video", body)
        assert "generated successfully" in uhd["msg"]
        task = uhd["data"]["taskId"]
        assert uhd["data"] == {"taskId": task, "resultUrls": None, "imageUrls": None}
        assert "imageUrls" not in (await record(mock, task))["response"]


async def test_unknown_status_is_a_flag_that_no_page_lists(mock: Mock) -> None:
    id = await submitted(mock, "unknown_status")
    assert [(await record(mock, id))["successFlag"] for _ in range(3)] == [4, 4, 0]


async def test_the_file_is_late_or_short_or_deleted(mock: Mock) -> None:
    codes = {}
    for name in ("media_404_once", "url_expired", "media_truncated"):
        view = await ended(mock, await submitted(mock, name))
        assert view["successFlag"] == 1
        (url,) = view["response"]["resultUrls"]
        if name == "media_truncated":
            with broken_off():
                await mock.get(url, key="")
        else:
            codes[name] = [(await mock.get(url, key="")).status_code for _ in range(2)]
    assert codes == {"media_404_once": [404, 200], "url_expired": [404, 404]}


async def test_reset_leaves_a_task_behind(mock: Mock) -> None:
    with broken_off():
        await mock.post(f"{API}/veo/generate", json=TEXT, **playing("reset"))
    (job,) = mock.app.world.jobs
    assert (await record(mock, job.id))["successFlag"] == 0


async def test_real_http_status(mock: Mock) -> None:
    id = await submitted(mock, "real_http_status")
    early = await mock.get(f"{API}/veo/record-info?taskId={id}")
    assert (early.status_code, early.json()["code"]) == (422, 422)
    await mock.advance(30)
    assert (await record(mock, id))["successFlag"] == 0
    wrong = await mock.post(f"{API}/veo/extend", json=EXTEND, **playing("real_http_status"))
    assert (wrong.status_code, wrong.json()["code"]) == (404, 404)


async def test_strict_500_is_of_missing_fields_alone(mock: Mock) -> None:
    missing = await posted(mock, "veo/generate", {}, **playing("strict_500"))
    assert (missing["code"], missing["msg"]) == (500, "This field is required")
    wrong = await posted(mock, "veo/generate", {**TEXT, "model": "x"}, **playing("strict_500"))
    assert wrong["code"] == 422
    assert (await posted(mock, "veo/generate", {}))["code"] == 422


@pytest.mark.parametrize(
    ("name", "codes", "words"),
    [
        ("upstream_silent", [200, 408, 408, 200], "over 10 minutes"),
        ("record_without_data", [422, 422, 422, 200], "record result data "),
        ("maintenance", [455, 455, 200, 200], "maintenance"),
        ("image_fetch_failed", [451, 451, 451, 451], "Failed to fetch the image"),
    ],
)
async def test_a_poll_is_refused(mock: Mock, name: str, codes: list[int], words: str) -> None:
    skipped = 2 if name == "maintenance" else 0  # submits that are refused as well
    for _ in range(skipped):
        assert (await posted(mock, "veo/generate", TEXT, **playing(name)))["code"] == 455
    id = await submitted(mock, name)
    polls = [await polled(mock, id) for _ in codes]
    assert [one["code"] for one in polls] == codes
    assert all(words in one["msg"] and one["data"] is None for one in polls if one["code"] != 200)


async def test_record_without_data_has_three_wordings(mock: Mock) -> None:
    id = await submitted(mock, "record_without_data")
    said = [(await polled(mock, id))["msg"].removeprefix("record result data ") for _ in range(3)]
    assert said == ["not exist", "is blank", "is empty"]


async def test_maintenance_is_everywhere_and_passes(mock: Mock) -> None:
    async def said(path: str, body: Json = None) -> int:
        rest = playing("maintenance")
        calls = posted(mock, path, body, **rest) if body else asked(mock, path, **rest)
        return int((await calls)["code"])

    url = {"url": "https://tempfile.aiquickdraw.com/v/1.mp4"}
    assert [await said("chat/credit") for _ in range(3)] == [455, 455, 200]
    assert [await said("common/download-url", url) for _ in range(3)] == [455, 455, 422]


async def test_image_fetch_failed_is_of_upgrades_too(mock: Mock) -> None:
    rest = playing("image_fetch_failed")
    assert (await asked(mock, "veo/get-1080p-video?taskId=none", **rest))["code"] == 451
    assert (await posted(mock, "veo/get-4k-video", {"taskId": "none"}, **rest))["code"] == 451


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("record_lag_seconds", 422, "record is null"),
        ("unknown_as_null_data", 200, "success"),
        ("unknown_as_404", 404, "Not Found"),
    ],
)
async def test_a_record_appears_after_a_minute(
    mock: Mock, name: str, code: int, words: str
) -> None:
    id = await submitted(mock, name)
    for seconds in (0, 59):
        await mock.advance(seconds)
        answer = await polled(mock, id)
        assert (answer["code"], answer["data"]) == (code, None)
        assert words in answer["msg"]
    await mock.advance(1)
    assert (await record(mock, id))["successFlag"] == 0
    assert (await polled(mock, "none", **playing(name)))["code"] == code


async def test_success_comes_before_its_urls(mock: Mock) -> None:
    id = await submitted(mock, "success_before_urls")
    view = await ended(mock, id)
    assert (view["successFlag"], view["response"]["resultUrls"]) == (1, None)
    await mock.advance(60)
    assert len((await record(mock, id))["response"]["resultUrls"]) == 1


async def test_urls_are_a_text_at_the_top(mock: Mock) -> None:
    view = await ended(mock, await submitted(mock, "urls_as_json_string_top_level"))
    assert view["response"] is None
    assert len(orjson.loads(view["resultUrls"])) == 1
    assert "resultUrls" not in await ended(mock, await generate(mock))


async def test_timestamps_are_texts(mock: Mock) -> None:
    view = await ended(mock, await submitted(mock, "timestamps_as_text"))
    for name in ("createTime", "completeTime"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", view[name])


async def test_the_whole_video_is_not_told(mock: Mock) -> None:
    body = {**EXTEND, "taskId": await source(mock)}
    for name in ("full_result_urls_null", "full_result_urls_absent"):
        id = accepted(await posted(mock, "veo/extend", body, **playing(name)))
        result = (await ended(mock, id))["response"]
        assert len(result["resultUrls"]) == 1
        assert result.get("fullResultUrls") is None
        assert ("fullResultUrls" in result) is (name == "full_result_urls_null")


async def test_upgrades_are_pending_for_many_polls(mock: Mock) -> None:
    id, rest = await source(mock), playing("upgrade_pending_polls")
    path, body = f"veo/get-1080p-video?taskId={id}", {"taskId": id}
    assert (await asked(mock, path, **rest))["code"] == 400
    assert (await posted(mock, "veo/get-4k-video", body, **rest))["code"] == 200
    codes = []
    for _ in range(10):
        await mock.advance(29)
        codes.append((await asked(mock, path))["code"])
    assert codes == [400] * 10, "usually it is ready after three minutes"
    await mock.advance(1200)
    pending = await posted(mock, "veo/get-4k-video", body)
    assert (pending["code"], pending["data"]["resultUrls"]) == (422, None)
    assert (await asked(mock, path))["data"]["resultUrl"].endswith(".mp4")


async def test_an_upload_meets_the_proxy(mock: Mock) -> None:
    body = {"base64Data": "QUJD", "uploadPath": "a"}
    answer = await mock.post(
        "/kie/api/file-base64-upload", json=body, **playing("upload_forbidden")
    )
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_failure_is_charged(mock: Mock) -> None:
    await done(mock)
    before = await credit(mock)
    id = await submitted(mock, "charged_on_failure")
    assert (await ended(mock, id))["successFlag"] == 3
    cost = born(mock, id).cost
    assert await credit(mock) == before - cost
    await ended(mock, await submitted(mock, "failed"))
    assert await credit(mock) == before - cost, "the charge is of the other task alone"


async def test_a_task_that_never_finishes_is_charged(mock: Mock) -> None:
    await done(mock)
    before = await credit(mock)
    id = await submitted(mock, "never_finishes")
    assert await credit(mock) == before - born(mock, id).cost
    await mock.advance(13 * DAY)
    assert (await record(mock, id))["successFlag"] == 0


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
