"""Every request fixture of LTX, sent as it is: what is valid is taken, what is not is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.conftest import Mock, shared
from tests.providers.ltx_steps import CONTRACT, measured, source, synchronous

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures/requests/ltx"

app, mock = shared(providers=("ltx",))


def fixtures(kind: str, version: str) -> list[Any]:
    """Operation and file, named as the file is."""
    return [
        pytest.param(path.parts[-3], path, id=f"{path.parts[-3]}-{path.stem}")
        for path in sorted(FIXTURES.glob(f"*{version}/{kind}/*.json"))
    ]


async def send(mock: Mock, operation: str, path: Path) -> httpx.Response:
    body = orjson.loads(path.read_bytes())["body"]
    key = f"{operation}-{path.stem}"
    return await mock.post(f"/ltx{CONTRACT.operation(operation).path}", json=body, key=key)


def small(body: dict[str, Any]) -> dict[str, Any]:
    """The same request for a short and small clip: these are rendered."""
    short = {
        "video_uri": source("320x180-24fps-3.1s-noaudio.mp4"),
        "audio_uri": source("2.1s.m4a"),
        "resolution": "1280x720",
    }
    fits = short if "start_time" not in body else {"video_uri": short["video_uri"]}
    return body | {name: value for name, value in fits.items() if name in body}


def test_every_operation_that_makes_a_job_has_fixtures() -> None:
    makers = {one.id for one in CONTRACT.operations if one.does in ("create", "wait")}
    assert {path.name for path in FIXTURES.iterdir() if path.is_dir()} == makers


@pytest.mark.parametrize(("operation", "path"), fixtures("valid", "v2"))
async def test_a_valid_request_makes_a_job(mock: Mock, operation: str, path: Path) -> None:
    answer = await send(mock, operation, path)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(("operation", "path"), fixtures("valid", "v1"))
async def test_a_valid_request_is_answered_with_a_file(
    mock: Mock, tmp_path: Path, operation: str, path: Path
) -> None:
    body = orjson.loads(path.read_bytes())["body"]
    endpoint = CONTRACT.operation(operation).path.rpartition("/")[2]
    answer = await synchronous(mock, endpoint, **small(body))
    clip = measured(answer, tmp_path)
    assert (clip.container, clip.codec) == ("mp4", "h264")
    if operation == "retake_v1":
        assert ({clip.width, clip.height}, clip.frames) == ({1920, 1080}, 74)


@pytest.mark.parametrize(("operation", "path"), fixtures("invalid", "v[12]"))
async def test_an_invalid_request_is_refused(mock: Mock, operation: str, path: Path) -> None:
    expect = orjson.loads(path.read_bytes())["expect"]
    entry = CONTRACT.errors[expect["error"]]
    answer = await send(mock, operation, path)
    assert answer.status_code == expect["status"] == entry.status, answer.text
    assert answer.json()["error"]["type"] == entry.code
    if expect.get("rule") == "provider":
        assert f"#/x-mock/errors/{expect['error']}" in mock.last()["say"]
    else:
        assert mock.last()["violations"]
