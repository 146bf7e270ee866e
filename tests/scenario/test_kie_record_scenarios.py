"""kie.ai: scenarios of polls, records and charges show on the wire what they promise."""

from __future__ import annotations

import re

import orjson
import pytest

from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock, only
from tests.providers.kie_steps import (
    DAY,
    LONG,
    TEXT,
    accepted,
    asked,
    born,
    credit,
    done,
    generate,
    posted,
    record,
)
from tests.scenario.kie_steps import EXTEND, ended, playing, polled, source, submitted

mock = only("kie")


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
