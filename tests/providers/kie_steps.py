"""Steps that stories about kie.ai share: submit, let it finish, ask, download, look at the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from mockserver.contract import document
from mockserver.contract.model import Json
from mockserver.jobs.job import Failure, Job
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from tests.conftest import BASE, Mock

CONTRACT = document.load("kie")
API = "/kie/api/v1"
LONG = 3600.0  # seconds after which every task has ended
DAY = 86400.0
TEXT = {"prompt": "A tram climbs a steep street", "duration": 4}  # a quick one to render


def source(name: str) -> str:
    """The URL of a file in the mock's own catalogue."""
    return f"{BASE}/_mock/sources/{name}"


async def asked(mock: Mock, path: str, **rest: Any) -> Json:
    """The envelope of an answer to GET."""
    return envelope(await mock.get(f"{API}/{path}", **rest))


async def posted(mock: Mock, path: str, body: Json, **rest: Any) -> Json:
    """The envelope of an answer to POST."""
    return envelope(await mock.post(f"{API}/{path}", json=body, **rest))


def envelope(answer: httpx.Response) -> Json:
    """An answer's body, which is an envelope in an HTTP 200."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert set(answer.json()) == {"code", "msg", "data"}
    return answer.json()


async def generate(mock: Mock, body: Json = TEXT, **rest: Any) -> str:
    """The id of a new task."""
    return accepted(await posted(mock, "veo/generate", body, **rest))


async def extend(mock: Mock, id: str, **more: Any) -> str:
    """The id of a new task that extends another."""
    body = {"taskId": id, "prompt": "It reaches the top", **more}
    return accepted(await posted(mock, "veo/extend", body))


def accepted(answer: Json) -> str:
    assert (answer["code"], answer["msg"]) == (200, "success"), answer
    assert set(answer["data"]) == {"taskId"}
    return str(answer["data"]["taskId"])


async def done(mock: Mock, body: Json = TEXT, **rest: Any) -> str:
    """The id of a new task that has ended well."""
    id = await generate(mock, body, **rest)
    await mock.advance(LONG)
    return id


async def extended(mock: Mock, id: str, **more: Any) -> str:
    """The id of a task that extends another and has ended well."""
    new = await extend(mock, id, **more)
    await mock.advance(LONG)
    return new


async def record(mock: Mock, id: str, **rest: Any) -> Json:
    """What record-info says of a task it knows."""
    answer = await asked(mock, f"veo/record-info?taskId={id}", **rest)
    assert (answer["code"], answer["msg"]) == (200, "success"), answer
    return answer["data"]


async def hd(mock: Mock, id: str, query: str = "") -> Json:
    return await asked(mock, f"veo/get-1080p-video?taskId={id}{query}")


async def uhd(mock: Mock, id: str, **more: Any) -> Json:
    return await posted(mock, "veo/get-4k-video", {"taskId": id, **more})


def born(mock: Mock, id: str) -> Job:
    """A task as the world keeps it."""
    job = mock.world.jobs.get(id)
    assert job is not None
    return job


def failed(mock: Mock, id: str, name: str) -> str:
    """The id of a task like another one, but for its failure."""
    message = CONTRACT.errors[name].message
    job = born(mock, id)._replace(id="f" * 32, token="e" * 32, failure=Failure(name, message))
    mock.world.jobs.add(job, job.created)
    return job.id


async def downloaded(mock: Mock, url: str, folder: Path) -> Clip:
    """What the file behind a URL is, fetched without credentials."""
    answer = await mock.get(url, key="")
    assert answer.status_code == 200, answer.text
    path = folder / (urlsplit(url).path.rpartition("/")[2] or "file")
    path.write_bytes(answer.content)
    clip = probe(path)
    assert isinstance(clip, Clip), clip
    return clip


async def credit(mock: Mock) -> float:
    """The balance, as the API tells it."""
    answer = await asked(mock, "chat/credit")
    assert answer["code"] == 200
    return float(answer["data"])
