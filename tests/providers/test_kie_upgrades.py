"""kie.ai: the 1080P and the 4K version of a video, with their answers that are no errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import BASE, Mock, only
from tests.providers.kie_steps import (
    API,
    DAY,
    LONG,
    TEXT,
    born,
    credit,
    done,
    downloaded,
    envelope,
    extended,
    failed,
    generate,
    hd,
    posted,
    record,
    uhd,
)

UPGRADED = re.compile(rf"{BASE}/kie/p/[0-9a-f]{{32}}_\d{{10}}\.(mp4|jpg)")
NOTHING = {"resultUrls": None, "imageUrls": None}


mock = only("kie")


async def test_the_1080p_version_is_asked_for_until_it_is_there(mock: Mock, tmp_path: Path) -> None:
    """Decision A9: code 400 while it is being made."""
    id = await done(mock)
    jobs = len(mock.app.world.jobs)
    answers = [await hd(mock, id)]
    while answers[-1]["code"] == 400:
        assert answers[-1]["data"] is None
        assert answers[-1]["msg"].startswith("1080P is processing")
        await mock.advance(20)
        answers.append(await hd(mock, id, "&index=0"))
    assert 4 <= len(answers) <= 10, "one to three minutes"
    assert len(mock.app.world.jobs) == jobs + 1, "one task, however often it is asked for"
    assert (answers[-1]["code"], answers[-1]["msg"]) == (200, "success")
    assert set(answers[-1]["data"]) == {"resultUrl"}
    url = answers[-1]["data"]["resultUrl"]
    assert UPGRADED.fullmatch(url)
    clip = await downloaded(mock, url, tmp_path)
    assert (clip.width, clip.height, clip.seconds, clip.audio) == (1920, 1080, 4, "aac")
    assert await hd(mock, id) == answers[-1]


async def test_an_upright_video_is_upgraded_upright(mock: Mock, tmp_path: Path) -> None:
    id = await done(mock, {**TEXT, "aspect_ratio": "9:16"})
    await hd(mock, id)
    await mock.advance(LONG)
    clip = await downloaded(mock, (await hd(mock, id))["data"]["resultUrl"], tmp_path)
    assert (clip.width, clip.height) == (1080, 1920)


async def test_of_an_extension_the_whole_video_is_upgraded(mock: Mock, tmp_path: Path) -> None:
    id = await extended(mock, await done(mock))
    await hd(mock, id)
    await mock.advance(LONG)
    clip = await downloaded(mock, (await hd(mock, id))["data"]["resultUrl"], tmp_path)
    assert clip.seconds == 4 + 7


async def test_the_4k_version_is_a_task_that_says_422_when_asked_again(
    mock: Mock, tmp_path: Path
) -> None:
    """Decision A10, and the two odd answers of the page."""
    id = await done(mock)
    first = await uhd(mock, id, index=0)
    new = first["data"]["taskId"]
    assert re.fullmatch(r"[0-9a-f]{32}", new)
    assert new != id
    assert first == {"code": 200, "msg": "success", "data": {"taskId": new, **NOTHING}}

    again = await uhd(mock, id)
    assert (again["code"], again["data"]) == (422, {"taskId": new, **NOTHING})
    assert "4k is processing" in again["msg"]
    assert "5-10 minutes" in again["msg"]
    view = await record(mock, new)
    assert (view["successFlag"], view["response"]) == (0, None)
    assert "fallbackFlag" not in view

    await mock.advance(299)
    assert (await record(mock, new))["successFlag"] == 0
    await mock.advance(301)
    ready = await uhd(mock, id)
    assert ready["code"] == 422
    assert ready["msg"] == "The video has been generated successfully"
    assert ready["data"]["taskId"] == new
    (url,), (picture,) = ready["data"]["resultUrls"], ready["data"]["imageUrls"]
    assert UPGRADED.fullmatch(url)
    assert UPGRADED.fullmatch(picture)
    clip = await downloaded(mock, url, tmp_path)
    assert (clip.width, clip.height, clip.seconds) == (3840, 2160, 4)
    still = await downloaded(mock, picture, tmp_path)
    assert (still.kind, still.codec, still.width) == ("image", "jpeg", 3840)

    view = await record(mock, new)
    assert "fallbackFlag" not in view
    response = view["response"]
    assert (response["resolution"], response["resultUrls"]) == ("4k", [url])
    assert (len(response["mediaIds"]), response["imageUrls"]) == (1, [picture])


async def test_a_failed_upgrade_says_so_when_it_is_asked_for_again(mock: Mock) -> None:
    id = await done(mock)
    task = (await uhd(mock, id))["data"]["taskId"]
    await hd(mock, id)
    for job in list(mock.app.world.jobs)[-2:]:
        copy = failed(mock, job.id, "failed-internally")
        mock.app.world.jobs.add(born(mock, copy)._replace(id=job.id, token=job.token), job.created)
    assert (await uhd(mock, id))["code"] == 422
    assert (await hd(mock, id))["code"] == 400
    await mock.advance(LONG)
    for answer in (await uhd(mock, id), await hd(mock, id)):
        assert (answer["code"], answer["data"]) == (500, None)
    view = await record(mock, task)
    assert (view["successFlag"], view["errorCode"]) == (3, 500)


@pytest.mark.parametrize("ask", [hd, uhd])
async def test_what_cannot_be_upgraded_is_422(mock: Mock, ask: object) -> None:
    """The sub-messages that the pages list, decision A9 for a source without success."""
    assert callable(ask)
    running = await generate(mock)
    bad = failed(mock, running, "failed")

    async def said(id: str) -> str:
        answer = await ask(mock, id)
        assert (answer["code"], answer["data"]) == (422, None)
        return str(answer["msg"])

    assert await said("none") == "record is null"
    assert await said(running) == "record status is not success"
    await mock.advance(LONG)
    assert await said(bad) == "record status is not success"
    await mock.advance(15 * DAY)
    assert await said(running) == "Temporarily supports records within 14 days"


async def test_there_is_one_video_of_index_0(mock: Mock) -> None:
    id = await done(mock)
    for answer in (await hd(mock, id, "&index=1"), await uhd(mock, id, index=1)):
        assert (answer["code"], answer["msg"]) == (422, "record result data not exist")


async def test_an_upgrade_is_no_source(mock: Mock) -> None:
    id = await done(mock)
    task = (await uhd(mock, id))["data"]["taskId"]
    await mock.advance(LONG)
    assert (await uhd(mock, task))["msg"] == "record is null"
    answer = await posted(mock, "veo/extend", {"taskId": task, "prompt": "On"})
    assert answer["code"] == 404


async def test_only_the_1080p_version_ends_extending(mock: Mock) -> None:
    """Decision A7, and the page: not after 1080P."""
    id = await done(mock)
    await uhd(mock, id)
    await extended(mock, id)
    await hd(mock, id)
    answer = await posted(mock, "veo/extend", {"taskId": id, "prompt": "On"})
    assert (answer["code"], answer["data"]) == (422, None)
    assert "1080P" in answer["msg"]


async def test_the_4k_route_takes_no_get(mock: Mock) -> None:
    """Decision A25: one client asks by GET and has to fail clearly."""
    answer = envelope(await mock.get(f"{API}/veo/get-4k-video?taskId=1"))
    assert (answer["code"], answer["data"]) == (405, None)
    assert (await mock.get(f"{API}/veo/get-4k-video")).headers["allow"] == "POST"


async def test_upgrades_are_paid_for_once(mock: Mock) -> None:
    id = await done(mock)
    before = await credit(mock)
    for _ in range(3):
        await hd(mock, id)
        await uhd(mock, id)
        await mock.advance(LONG)
    assert before - await credit(mock) == 5 + 120
