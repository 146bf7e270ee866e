"""Steps that stories about LTX share: submit, let it finish, download, look at the file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from mockserver.contract import document
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from tests.conftest import BASE, Mock

CONTRACT = document.load("ltx")
MIB = 1024 * 1024
LONG = 3600.0  # seconds after which every job has ended


def source(name: str) -> str:
    """The URL of a clip in the mock's own catalogue."""
    return f"{BASE}/_mock/sources/{name}"


SOURCE = source("320x180-24fps-4s.mp4")
EXTEND = {"video_uri": SOURCE, "duration": 2}


async def submit(mock: Mock, endpoint: str, **body: Any) -> str:
    """The id of a new version 2 job."""
    answer = await mock.post(f"/ltx/v2/{endpoint}", json=body)
    assert answer.status_code == 202, answer.text
    assert set(answer.json()) == {"id", "created_at"}
    return str(answer.json()["id"])


async def poll(mock: Mock, endpoint: str, id: str) -> Mapping[str, Any]:
    answer = await mock.get(f"/ltx/v2/{endpoint}/{id}")
    assert answer.status_code == 200, answer.text
    view: Mapping[str, Any] = answer.json()
    return view


async def finished(mock: Mock, endpoint: str, **body: Any) -> Mapping[str, Any]:
    """A job's view after it ended."""
    id = await submit(mock, endpoint, **body)
    await mock.advance(LONG)
    return await poll(mock, endpoint, id)


async def made(mock: Mock, folder: Path, endpoint: str, **body: Any) -> Clip:
    """What the file of a completed job is."""
    view = await finished(mock, endpoint, **body)
    assert view["status"] == "completed", view
    answer = await mock.get(view["result"]["video_url"], key="")
    return measured(answer, folder)


def measured(answer: httpx.Response, folder: Path) -> Clip:
    """What an answered file is."""
    assert answer.status_code == 200, answer.text
    file = folder / "result.mp4"
    file.write_bytes(answer.content)
    clip = probe(file)
    assert isinstance(clip, Clip), clip
    return clip


async def synchronous(mock: Mock, endpoint: str, **body: Any) -> httpx.Response:
    """The answer of a version 1 call, with the clock moved on once its job is under way."""
    before = len(mock.world.jobs)
    call = asyncio.create_task(mock.post(f"/ltx/v1/{endpoint}", json=body))
    while not call.done() and len(mock.world.jobs) == before:
        await asyncio.wait({call}, timeout=0.005)
    await mock.advance(LONG)
    return await call


async def refused(
    mock: Mock, path: str, body: Any, *, status: int = 400, kind: str = "invalid_request_error"
) -> str:
    """The message of a refusal in the API's envelope."""
    answer = await mock.post(path, json=body)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"type", "error"}
    assert answer.json()["type"] == "error"
    error = answer.json()["error"]
    assert set(error) == {"type", "message"}
    assert error["type"] == kind, error
    return str(error["message"])
