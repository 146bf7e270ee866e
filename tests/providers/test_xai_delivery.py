"""`output.upload_url`: the video is put there, and the job is not done before (decision A14)."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.contract.model import Json
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from mockserver.webhooks.model import Answer, Outgoing
from tests.conftest import MakeMock, Mock

TARGET = "https://storage.example.com/result.mp4?signature=abc"
SOURCE = "http://mock.test/_mock/sources/320x180-24fps-3s.mp4"
BODY: Json = {
    "prompt": "on",
    "video": {"url": SOURCE},
    "duration": 2,
    "output": {"upload_url": TARGET},
}


class Storage:
    """Takes what is put to it, and answers as told."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.taken: list[Outgoing] = []
        self.files: list[bytes] = []

    async def __call__(self, outgoing: Outgoing) -> Answer:
        self.taken.append(outgoing)
        assert outgoing.parcel.file is not None
        self.files.append(outgoing.parcel.file.read_bytes())
        return Answer(self.status)


async def created(mock: Mock) -> str:
    answer = await mock.post("/xai/v1/videos/extensions", json=BODY)
    return str(answer.json()["request_id"])


async def finished(mock: Mock) -> Json:
    id = await created(mock)
    await mock.advance(3600)
    answer = await mock.get(f"/xai/v1/videos/{id}")
    assert answer.status_code == 200
    return answer.json()


async def test_the_video_is_put_and_the_result_has_no_url(mock: Mock, tmp_path: Path) -> None:
    storage = mock.app.receivers[TARGET] = Storage()
    view = await finished(mock)
    assert view["status"] == "done"
    assert "url" not in view["video"]
    (put,) = storage.taken
    assert (put.method, put.url) == ("PUT", TARGET)
    assert put.headers["Content-Type"] == "video/mp4"
    assert "Authorization" not in put.headers
    (tmp_path / "got.mp4").write_bytes(storage.files[0])
    clip = probe(tmp_path / "got.mp4")
    assert isinstance(clip, Clip)
    assert clip.seconds == pytest.approx(5, abs=0.1)


async def test_the_url_is_there_too_where_the_setting_says_so(make_mock: MakeMock) -> None:
    async with make_mock(chosen={"xai": {"uploaded": "url"}}) as mock:
        mock.app.receivers[TARGET] = Storage()
        assert (await finished(mock))["video"]["url"].startswith("http://mock.test/xai/")


async def test_a_put_that_is_not_taken_fails_the_job(mock: Mock) -> None:
    storage = mock.app.receivers[TARGET] = Storage(403)
    view = await finished(mock)
    assert view["status"] == "failed"
    assert view["error"]["code"] == "failed_precondition"
    assert "output.upload_url" in view["error"]["message"]
    assert len(storage.taken) == 1, "a PUT is not tried again"


async def test_a_put_that_the_egress_policy_forbids_fails_the_job_and_says_so(mock: Mock) -> None:
    view = await finished(mock)
    assert view["status"] == "failed"
    delivery = next(one for one in mock.app.world.journal if one.kind == "delivery").show()
    assert "egress policy is loopback" in delivery["say"]
    assert "abc" not in delivery["target"]


async def test_without_an_upload_url_nothing_is_put(mock: Mock) -> None:
    body = {name: value for name, value in BODY.items() if name != "output"}
    await mock.post("/xai/v1/videos/extensions", json=body)
    await mock.advance(3600)
    assert len(mock.app.world.pump.outbox) == 0
