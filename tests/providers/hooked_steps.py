"""Steps that stories about Hooked share: ask, extend, let it finish, download, look at the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from mockserver.contract import document
from mockserver.contract.model import Json
from mockserver.jobs.chance import chance
from mockserver.jobs.job import Failure, Job
from mockserver.jobs.timeline import plan
from mockserver.media import recipe
from mockserver.media.model import Clip
from mockserver.media.probe import probe
from mockserver.providers import hooked_rules
from tests.conftest import BASE, Mock

KEY = "test-key"
EXTEND = "/v1/project/create/extend-video"
LIST = "/v1/video/list"
LONG = 1300.0  # seconds after which every job has ended
DAY = 86400.0
TINY = "64x64-8fps-3s"


def asked(**more: Any) -> Json:
    """A body that is in order."""
    return {"media": "media_silent_video", "prompt": "The tide comes in.", **more}


def chosen(**settings: str) -> dict[str, Any]:
    """Settings of this provider, with dashes."""
    named = {name.replace("_", "-"): value for name, value in settings.items()}
    return {"providers": ("hooked",), "chosen": {"hooked": named}}


async def ask(mock: Mock, method: str, path: str, **rest: Any) -> httpx.Response:
    return await mock.request(method, f"/hooked{path}", **rest)


async def post(mock: Mock, body: Json, **rest: Any) -> httpx.Response:
    return await ask(mock, "POST", EXTEND, json=body, **rest)


async def submit(mock: Mock, body: Json | None = None, **rest: Any) -> str:
    """The id of a new video."""
    answer = await post(mock, asked() if body is None else body, **rest)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"success", "data"}
    return str(answer.json()["data"]["videoId"])


async def poll(mock: Mock, id: str, **rest: Any) -> Json:
    """A video as its details show it."""
    answer = await ask(mock, "GET", f"/v1/video/{id}", **rest)
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    return answer.json()["data"]


async def done(mock: Mock, body: Json | None = None) -> Json:
    """A new video after it was completed."""
    id = await submit(mock, body)
    await mock.advance(LONG)
    video = await poll(mock, id)
    assert video["status"] == "COMPLETED", video
    return video


async def listing(mock: Mock, key: str = KEY, **query: str) -> Json:
    answer = await ask(mock, "GET", LIST, key=key, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def registered(mock: Mock, name: str) -> str:
    """The media id of a clip from the mock's own catalogue."""
    url = f"{BASE}/_mock/sources/{name}"
    answer = await mock.post("/_mock/hooked/media", json={"url": url})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def failed_job() -> Job:
    """A video that failed on its way to 37 seconds: no request over the wire makes one."""
    contract = document.load("hooked")
    body = {"prompt": "x", "targetDuration": 32, "generateAudio": True}
    clip = recipe.clip_of(recipe.parse("1280x720-24fps-5s"))
    accepted = hooked_rules.extension(contract, body, clip)
    kind = contract.jobs["extend_video"]
    return Job(
        id="vid_extend_0",
        token="0" * 32,
        provider="hooked",
        kind=kind.name,
        owner="somebody",
        number=1,
        created=0.0,
        timeline=plan(chance(1), kind, seconds=accepted.seconds, failed=True),
        wish=accepted.wish,
        facts=accepted.facts,
        failure=Failure("job-failed", contract.errors["job-failed"].message),
        cost=accepted.cost,
    )


def born(mock: Mock, id: str) -> Job:
    """A job as the world keeps it."""
    job = mock.world.jobs.get(id)
    assert job is not None
    return job


async def downloaded(mock: Mock, url: str, folder: Path, name: str = "result.mp4") -> Path:
    """The file behind a URL, fetched without a key."""
    answer = await mock.get(url, key="")
    assert answer.status_code == 200, answer.text
    path = folder / name
    path.write_bytes(answer.content)
    return path


async def made(mock: Mock, folder: Path, body: Json) -> Clip:
    """What the file of a new video is."""
    video = await done(mock, body)
    return measured(await downloaded(mock, video["url"], folder))


def measured(path: Path) -> Clip:
    clip = probe(path)
    assert isinstance(clip, Clip), clip
    return clip


def said(answer: httpx.Response, status: int) -> Mapping[str, Any]:
    """The body of a refusal in the API's envelope."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body: Mapping[str, Any] = answer.json()
    assert body["success"] is False
    assert set(body) <= {"success", "message", "code"}
    return body


def message(answer: httpx.Response, status: int = 400) -> str:
    return str(said(answer, status)["message"])
