"""kie.ai: the switches that other stories do not turn: lives, limits, balance, ids, hosts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockserver.contract import document
from mockserver.jobs.chance import chance
from mockserver.providers import kie
from tests.conftest import BASE, MakeMock
from tests.providers.kie_steps import (
    API,
    CONTRACT,
    LONG,
    TEXT,
    asked,
    born,
    credit,
    done,
    extended,
    generate,
    hd,
    posted,
    record,
    uhd,
)

# Every switch that the dossier offers, by its default.
DEFAULTS = {
    "status": "live",
    "missing-field": "422",
    "unknown-keys": "ignore",
    "unknown-task": "422",
    "record-lag": "0",
    "task-id": "hex",
    "urls": "list",
    "full-result-urls": "present",
    "url-lag": "0",
    "timestamps": "ms",
    "record-compat-state": "off",
    "segment-seconds": "8",
    "overlap-seconds": "1",
    "image-errors": "job",
    "callback-id": "documented",
    "callback-4k": "page",
    "prompt-json": "text",
    "webhook-key": "",
    "public-url": "",
    "credits": "1000000",
    "charged-on-failure": "no",
    "prices": "2026-09",
    "rate-limit": "20",
    "record-life": str(14 * 86400),
    "url-life": str(14 * 86400),
    "link-life": str(20 * 60),
    "upload-life": str(3 * 86400),
}


def settings(**chosen: str) -> dict[str, Any]:
    """What makes an application with these switches of kie.ai turned."""
    names = {name.replace("_", "-"): value for name, value in chosen.items()}
    return {"providers": ("kie",), "chosen": {"kie": names}}


def test_every_switch_is_there_with_its_default() -> None:
    found = {name: f"{one.default}" for name, one in CONTRACT.settings.items()}
    assert found == DEFAULTS
    assert all(one.evidence is not None for one in CONTRACT.settings.values())


@pytest.mark.parametrize(("style", "form"), [("hex", ""), ("prefixed", "veo_task_")])
def test_ids_of_tasks_look_as_the_setting_says(style: str, form: str) -> None:
    """Decision A26."""
    contract = document.load("kie", {"task-id": style})
    id = kie.new_id(chance(7, "kie"), contract)
    assert re.fullmatch(rf"{form}[0-9a-f]{{32}}", id)


async def test_lives_are_settings(make_mock: MakeMock) -> None:
    chosen = settings(record_life="120", url_life="60", link_life="10", upload_life="30")
    async with make_mock(**chosen) as mock:
        id = await generate(mock)
        await mock.advance(born(mock, id).timeline.end.at)
        (url,) = (await record(mock, id))["response"]["resultUrls"]
        link = (await posted(mock, "common/download-url", {"url": url}))["data"]
        body = {"base64Data": "QUJD", "uploadPath": "a"}
        upload = (await mock.post("/kie/api/file-base64-upload", json=body)).json()["data"]
        lives = ((10, link), (30, upload["downloadUrl"]), (60, url))
        passed = 0
        for seconds, one in lives:
            await mock.advance(seconds - passed - 1)
            assert (await mock.get(one, key="")).status_code == 200
            await mock.advance(1)
            assert (await mock.get(one, key="")).status_code == 404
            passed = seconds
        await mock.advance(59)
        assert (await record(mock, id))["successFlag"] == 1
        await mock.advance(1)
        assert (await asked(mock, f"veo/record-info?taskId={id}"))["code"] == 422
        assert (await hd(mock, id))["code"] == 422


async def test_the_rate_limit_is_a_setting(make_mock: MakeMock) -> None:
    async with make_mock(**settings(rate_limit="1"), limits="documented") as mock:
        id = await generate(mock)
        assert (await mock.post(f"{API}/veo/generate", json=TEXT)).status_code == 429
        body = {"taskId": id, "prompt": "On"}
        assert (await mock.post(f"{API}/veo/extend", json=body)).status_code == 429
    async with make_mock(**settings(rate_limit="0"), limits="documented") as mock:
        for _ in range(25):
            await generate(mock)


async def test_a_key_without_credits_is_402_wherever_a_task_is_made(make_mock: MakeMock) -> None:
    async with make_mock(**settings(credits="62")) as mock:
        first = await generate(mock)
        second = await generate(mock)
        poor = await posted(mock, "veo/generate", TEXT)
        assert (poor["code"], poor["data"]) == (402, None)
        assert poor["msg"].startswith("Insufficient Credits")
        await mock.advance(LONG)
        assert await credit(mock) == 2
        for answer in (
            await posted(mock, "veo/extend", {"taskId": first, "prompt": "On"}),
            await hd(mock, second),
            await uhd(mock, second),
        ):
            assert (answer["code"], answer["data"]) == (402, None)
        assert (await posted(mock, "veo/generate", TEXT, key="rich"))["code"] == 200


async def test_a_task_that_fails_costs_nothing_in_the_end(make_mock: MakeMock) -> None:
    async with make_mock(**settings(credits="30")) as mock:
        await generate(mock, {**TEXT, "imageUrls": [f"{BASE}/_mock/sources/none.png"]})
        await mock.advance(LONG)
        assert await credit(mock) == 30
        await done(mock)
        assert await credit(mock) == 0


async def test_answers_about_upgrades_are_http_statuses_too(make_mock: MakeMock) -> None:
    """Decision A1 with decisions A9 and A10: also where a refusal carries data."""
    async with make_mock(**settings(status="http", unknown_task="404")) as mock:
        id = (await mock.post(f"{API}/veo/generate", json=TEXT)).json()["data"]["taskId"]
        await mock.advance(LONG)
        first = await mock.get(f"{API}/veo/get-1080p-video?taskId={id}")
        assert (first.status_code, first.json()["code"]) == (400, 400)
        body = {"taskId": id}
        answers = [await mock.post(f"{API}/veo/get-4k-video", json=body) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 422]
        assert answers[1].json()["data"] == answers[0].json()["data"]
        unknown = await mock.get(f"{API}/veo/record-info?taskId=none")
        assert (unknown.status_code, unknown.json()["code"]) == (404, 404)


async def test_every_host_of_the_provider_leads_to_its_own_routes(make_mock: MakeMock) -> None:
    async with make_mock(providers=("kie",)) as mock:
        id = await done(mock)
        job = born(mock, id)
        path = f"/v/{job.token}_{int(job.created)}.mp4"
        for host in ("tempfile.aiquickdraw.com", "file.aiquickdraw.com"):
            answer = await mock.get(BASE + path, key="", headers={"Host": host})
            assert answer.status_code == 200
        headers = {"Host": "kieai.redpandaai.co", "Authorization": "Bearer test-key"}
        body = {"base64Data": "QUJD", "uploadPath": "a", "fileName": "a.bin"}
        answer = await mock.post(f"{BASE}/api/file-base64-upload", json=body, headers=headers)
        assert answer.json()["data"]["fileSize"] == 3


async def test_a_client_of_2025_is_served(make_mock: MakeMock) -> None:
    """What the oldest client in the dossier sends and reads, with the switches for it."""
    chosen = settings(urls="text", timestamps="text", record_compat_state="on")
    async with make_mock(**chosen) as mock:
        body = {"prompt": "A kite", "model": "veo3", "aspectRatio": "9:16", "seeds": 12345}
        id = await done(mock, {**body, "enableFallback": False, "enableTranslation": True})
        view = await record(mock, await extended(mock, id))
        assert (view["state"], view["successFlag"]) == ("success", 1)
        assert view["resultUrls"].startswith('["http')
