"""kie.ai: scenarios of submits and of tasks show on the wire what they promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.scenario.catalogue import Catalogue
from mockserver.scenario.model import Rule
from tests.conftest import MakeMock, Mock, only
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
    generate,
    posted,
    record,
)
from tests.scenario.kie_steps import EXTEND, announced, ended, playing, polled, source, submitted
from tests.scenario.steps import broken_off, names

BODIES = {"generate": TEXT, "extend": EXTEND}
NATURAL = {  # rows that ordinary calls lead to, as test_kie_errors and its neighbours show
    *("unauthenticated", "malformed", "invalid", "media-type", "not-found", "unknown-record"),
    *("not-success", "source-not-success", "source-too-old", "too-old", "no-route", "no-method"),
    *("processing-1080p", "processing-4k", "done-4k", "wrong-url", "too-large", "bad-range"),
    *("upload-unauthenticated", "upload-invalid", "upload-missing", "upload-base64"),
    *("upload-unreachable", "upload-too-large", "upload-no-route", "upload-no-method"),
}


mock = only("kie")


def rules() -> list[Rule]:
    """The rules of all scenarios that kie.ai can play."""
    catalogue = Catalogue()
    found = [catalogue.find(name, CONTRACT) for name in names("kie", pushes=True)]
    return [rule for one in found for rule in one.rules]


def test_every_scenario_is_shown_here() -> None:
    stories = Path(__file__).parent.glob("test_kie_*scenarios.py")
    text = "".join(one.read_text() for one in stories)
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
