"""Steps that stories about xAI share: submit, let it finish, download, look at the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from mockserver.contract.model import Json
from mockserver.jobs.job import Job
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from tests.conftest import BASE, Mock

LONG = 300.0  # seconds after which every job has ended
DAY = 86400.0
KINDS = ("generations", "edits", "extensions")
GENERATIONS = "/xai/v1/videos/generations"
EXTENSIONS = "/xai/v1/videos/extensions"
BOAT: Json = {"prompt": "A paper boat"}


def source(name: str) -> str:
    """The URL of a clip in the mock's own catalogue."""
    return f"{BASE}/_mock/sources/{name}"


SOURCE = source("320x180-24fps-3s.mp4")
TINY = source("64x64-8fps-3s-noaudio.mp4")
PICTURE = {"url": source("64x64.png")}


def extension(url: str = TINY, **more: Any) -> Json:
    """The body of an extension that is in order."""
    return {"prompt": "The kite climbs", "duration": 2, "video": {"url": url}, **more}


async def submit(mock: Mock, kind: str, body: Json, **rest: Any) -> str:
    """The id of a new job."""
    answer = await mock.post(f"/xai/v1/videos/{kind}", json=body, **rest)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"request_id"}
    return str(answer.json()["request_id"])


async def poll(mock: Mock, id: str, **rest: Any) -> httpx.Response:
    return await mock.get(f"/xai/v1/videos/{id}", **rest)


async def ended(mock: Mock, kind: str, body: Json) -> Json:
    """A new job as a poll shows it after its end."""
    id = await submit(mock, kind, body)
    await mock.advance(LONG)
    answer = await poll(mock, id)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def done(mock: Mock, kind: str, body: Json) -> Json:
    """The `video` of a new job that ended well."""
    view = await ended(mock, kind, body)
    assert view["status"] == "done", view
    return view["video"]


async def failure(mock: Mock, kind: str, body: Json) -> Json:
    """The `error` of a new job that failed."""
    view = await ended(mock, kind, body)
    assert set(view) == {"status", "error"}, view
    assert view["status"] == "failed"
    return view["error"]


def born(mock: Mock, id: str) -> Job:
    """A job as the world keeps it."""
    job = mock.world.jobs.get(id)
    assert job is not None
    return job


async def newest(mock: Mock, kind: str, body: Json) -> Job:
    """A new job as the world keeps it."""
    return born(mock, await submit(mock, kind, body))


async def downloaded(mock: Mock, url: str, folder: Path) -> Path:
    """The file behind a URL, fetched without credentials."""
    answer = await mock.get(url, key="")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "video/mp4"
    path = folder / "result.mp4"
    path.write_bytes(answer.content)
    return path


def measured(path: Path) -> Clip:
    """What a file is."""
    clip = probe(path)
    assert isinstance(clip, Clip), clip
    return clip


async def upload(mock: Mock, content: bytes, name: str = "a.mp4", **rest: Any) -> Json:
    """A new file as the upload shows it."""
    answer = await mock.post("/xai/v1/files", files={"file": (name, content)}, **rest)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def bytes_of(mock: Mock, url: str) -> bytes:
    """What is behind a URL of the catalogue."""
    answer = await mock.get(url)
    assert answer.status_code == 200, answer.text
    return answer.content


def said(answer: httpx.Response, status: int, code: str = "invalid-argument") -> str:
    """The message of a refusal in flat JSON."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"code", "error"}
    assert answer.json()["code"] == code
    return str(answer.json()["error"])


def told(answer: httpx.Response, status: int) -> str:
    """The message of a refusal in plain text."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/plain"
    return answer.text


def cut_off(answer: httpx.Response, status: int, code: str) -> None:
    """Hold that a host of results refused, in XML, without a word of the API."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/xml"
    assert f"<Code>{code}</Code>" in answer.text
    assert "x-request-id" not in answer.headers
