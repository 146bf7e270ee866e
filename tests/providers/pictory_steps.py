"""Steps that stories about Pictory share: create, poll, let it finish, download, look at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from mockserver.contract.model import Json
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from tests.conftest import BASE, Mock

API = "/pictory/pictoryapis/v1"
VIDEOS, IMAGES, JOBS = f"{API}/aistudio/videos", f"{API}/aistudio/images", f"{API}/jobs"
KEY = "pictai_test_0123456789"
LONG = 600.0  # seconds after which every job has ended
PROMPT = "The lantern drifts over the weir."


def source(name: str) -> str:
    """The URL of a clip in the mock's own catalogue."""
    return f"{BASE}/_mock/sources/{name}"


SOURCE = source("360x640-25fps-2s.mp4")
PICTURE = source("640x360.png")


def asked(**more: Any) -> Json:
    """A body that is in order."""
    return {"prompt": PROMPT, **more}


async def ask(mock: Mock, method: str, path: str, *, key: str = KEY, **rest: Any) -> httpx.Response:
    """A call with the key as it is in the header."""
    headers = {**({"Authorization": key} if key else {}), **rest.pop("headers", {})}
    return await mock.request(method, path, key="", headers=headers, **rest)


async def submit(mock: Mock, path: str = VIDEOS, *, key: str = KEY, **more: Any) -> str:
    """The id of a new job."""
    answer = await ask(mock, "POST", path, key=key, json=asked(**more))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"success": True, "data": {"jobId": answer.json()["data"]["jobId"]}}
    return str(answer.json()["data"]["jobId"])


async def poll(mock: Mock, id: str, *, key: str = KEY) -> Json:
    """A job as the poll shows it."""
    answer = await ask(mock, "GET", f"{JOBS}/{id}", key=key)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"job_id", "success", "data"}
    assert answer.json()["job_id"] == id
    return answer.json()


async def ended(mock: Mock, path: str = VIDEOS, **more: Any) -> Json:
    """A new job after it has ended."""
    id = await submit(mock, path, **more)
    await mock.advance(LONG)
    return await poll(mock, id)


async def made(mock: Mock, path: str = VIDEOS, **more: Any) -> Json:
    """What is shown of a new job after it was completed."""
    view = await ended(mock, path, **more)
    assert view["success"] is True, view
    assert view["data"]["status"] == "completed", view
    return view["data"]


async def failed(mock: Mock, **more: Any) -> Json:
    """What is shown of a new job after it has failed."""
    view = await ended(mock, **more)
    assert view["success"] is False, view
    assert set(view["data"]) == {"status", "error_code", "error_message"}
    assert view["data"]["status"] == "failed", view
    return view["data"]


async def downloaded(mock: Mock, url: str, into: Path) -> Path:
    """A file, fetched as everybody can."""
    answer = await mock.request("GET", url, key="")
    assert answer.status_code == 200, answer.text
    into.write_bytes(answer.content)
    return into


def measured(file: Path) -> Clip:
    clip = probe(file)
    assert isinstance(clip, Clip), clip
    return clip


async def refused(
    mock: Mock, body: Json, *, path: str = VIDEOS, status: int = 400, key: str = KEY
) -> Json:
    """The body of a refusal."""
    answer = await ask(mock, "POST", path, key=key, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def listing(mock: Mock, path: str, *, key: str = KEY, **query: str) -> Json:
    answer = await ask(mock, "GET", path, key=key, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()
