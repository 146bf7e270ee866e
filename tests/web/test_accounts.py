"""Credits through the control API: set for a key or for all, and enough or not enough for a job."""

from __future__ import annotations

import pytest

from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock

SOURCE = "http://mock.test/_mock/sources/768x432-24fps-4s.mp4"
XAI: Json = {"prompt": "on", "video": {"url": SOURCE}, "duration": 2}
LTX: Json = {"prompt": "on", "video_uri": SOURCE, "duration": 2}


async def put(mock: Mock, **body: object) -> Json:
    answer = await mock.request("PUT", "/_mock/credits", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read(mock: Mock, provider: str, key: str = "test-key") -> Json:
    return (await mock.get(f"/_mock/credits?provider={provider}&key={key}")).json()


async def test_credits_have_no_end_until_they_are_set(mock: Mock) -> None:
    assert (await read(mock, "xai"))["balance"] is None
    assert (await mock.post("/xai/v1/videos/extensions", json=XAI)).status_code == 200
    shown = await put(mock, provider="xai", key="test-key", balance=5)
    assert (shown["balance"], shown["unit"]) == (5, "usd")


async def test_a_job_holds_its_cost_until_it_is_done(mock: Mock) -> None:
    await put(mock, provider="xai", key="test-key", balance=5)
    id = (await mock.post("/xai/v1/videos/extensions", json=XAI)).json()["request_id"]
    cost = (await mock.job(id))["cost"]
    running = await read(mock, "xai")
    assert (running["balance"], running["held"], running["spent"]) == (5, pytest.approx(cost), 0)
    await mock.advance(3600)
    done = await read(mock, "xai")
    assert done["balance"] == pytest.approx(5 - cost)
    assert (done["held"], done["spent"]) == (0, pytest.approx(cost))


async def test_a_key_without_credits_is_refused_as_the_provider_does(mock: Mock) -> None:
    await put(mock, provider="xai", key="test-key", balance=0.01)
    answer = await mock.post("/xai/v1/videos/extensions", json=XAI)
    assert answer.status_code == 429
    assert "used all available credits" in answer.json()["error"]
    assert "has 0.01" in answer.headers["x-mock-diagnosis"]
    other = await mock.post("/xai/v1/videos/extensions", json=XAI, key="rich-key")
    assert other.status_code == 200


async def test_all_keys_of_a_provider_are_set_together(mock: Mock) -> None:
    await put(mock, provider="ltx", balance=0)
    answer = await mock.post("/ltx/v2/extend", json=LTX)
    assert answer.status_code == 402
    assert answer.json()["error"]["type"] == "insufficient_funds_error"
    assert (await mock.post("/xai/v1/videos/extensions", json=XAI)).status_code == 200


async def test_version_1_is_refused_for_want_of_credits_too(mock: Mock) -> None:
    await put(mock, provider="ltx", balance=0)
    answer = await mock.post("/ltx/v1/extend", json=LTX)
    assert answer.status_code == 402


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/_mock/credits", {"provider": "nobody", "balance": 1}, 404),
        ("PUT", "/_mock/credits", {"provider": "xai", "balance": -1}, 400),
        ("PUT", "/_mock/credits", {"provider": "xai"}, 400),
        ("GET", "/_mock/credits?provider=nobody", None, 404),
        ("POST", "/_mock/nobody/media", {"url": SOURCE}, 404),
        ("POST", "/_mock/xai/media", {"url": SOURCE}, 409),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    mock: Mock, method: str, path: str, body: Json, status: int
) -> None:
    assert (await mock.request(method, path, json=body)).status_code == status


async def test_credits_are_forgotten_with_the_world(make_mock: MakeMock) -> None:
    async with make_mock() as mock:
        await put(mock, provider="xai", balance=0)
        await mock.post("/_mock/reset")
        assert (await read(mock, "xai"))["balance"] is None
