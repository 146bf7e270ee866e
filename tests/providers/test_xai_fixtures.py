"""Every request fixture of xAI over the wire: what is valid starts, what is not is refused so."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import orjson
import pytest

from mockserver.app import App
from mockserver.contract.model import Contract, Json
from tests.conftest import Mock, shared
from tests.providers.xai_steps import upload

HOME = Path(__file__).parents[2] / "fixtures" / "requests" / "xai"
CREATES = {
    "handle_generate_video_request": "/xai/v1/videos/generations",
    "handle_edit_video_request": "/xai/v1/videos/edits",
    "handle_extend_video_request": "/xai/v1/videos/extensions",
}

app, mock = shared(providers=("xai",), chosen={"xai": {"rate": "0"}})


def fixtures(which: str) -> list[str]:
    return sorted(str(path.relative_to(HOME)) for path in HOME.glob(f"*/{which}/*.json"))


async def sent(mock: Mock, name: str) -> tuple[Json, httpx.Response]:
    """A fixture and the answer to it."""
    fixture = orjson.loads((HOME / name).read_bytes())
    operation = name.partition("/")[0]
    path = CREATES.get(operation)
    if path is None:
        file = await upload(mock, b"film", "a.mp4")
        path = f"/xai/v1/files/{file['id']}/public-url"
    headers = {"Content-Type": "application/json"}
    content = orjson.dumps(fixture["body"])
    return fixture, await mock.post(path, content=content, headers=headers)


def test_there_are_fixtures_for_every_call_with_a_json_body(app: App) -> None:
    contract = app.contracts[0]
    with_json = {one.id for one in contract.operations if "application/json" in one.bodies}
    assert {path.name for path in HOME.iterdir()} == with_json


@pytest.mark.parametrize("name", fixtures("valid"))
async def test_a_valid_request_is_accepted(mock: Mock, name: str) -> None:
    _, answer = await sent(mock, name)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) & {"request_id", "public_url"}


@pytest.mark.parametrize("name", fixtures("invalid"))
async def test_an_invalid_request_is_refused_with_its_error(mock: Mock, name: str) -> None:
    fixture, answer = await sent(mock, name)
    expected = row(mock.app.contracts[0], fixture["expect"]["error"])
    assert answer.status_code == fixture["expect"]["status"] == expected["status"], answer.text
    assert answer.headers["content-type"] == expected.get("media-type", "application/json")
    if "code" in expected:
        assert answer.json()["code"] == expected["code"]
    fixed = expected["message"].partition("{")[0]
    said = answer.json()["error"] if "code" in expected else answer.text
    assert said.startswith(fixed)
    assert not re.search(r"\{\w+\}", said), "a placeholder was not filled in"
    assert "x-mock-diagnosis" in answer.headers


def row(contract: Contract, name: str) -> Json:
    return contract.document["x-mock"]["errors"][name]
