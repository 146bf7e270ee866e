"""xAI's results that are kept as files, and files as sources."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mockserver.contract.model import Json
from tests.conftest import MakeMock, Mock, only
from tests.providers.xai_file_steps import FILES, HOUR, listed
from tests.providers.xai_steps import (
    DAY,
    LONG,
    TINY,
    born,
    bytes_of,
    cut_off,
    done,
    downloaded,
    ended,
    extension,
    measured,
    newest,
    poll,
    said,
    submit,
    upload,
)

mock = only("xai")


async def test_a_result_is_kept_as_a_file_when_that_was_asked_for(
    mock: Mock, tmp_path: Path
) -> None:
    options = {"filename": "kite.mp4", "expires_after": int(DAY), "public_url": True}
    id = await submit(mock, "extensions", extension(storage_options=options))
    assert await listed(mock) == []
    await mock.advance(born(mock, id).timeline.end.at)
    video = (await poll(mock, id)).json()["video"]
    output = video["file_output"]
    assert output["filename"] == "kite.mp4"
    ends = int(born(mock, id).ends)
    assert output["expires_at"] == output["public_url_expires_at"] == ends + DAY

    file = (await mock.get(f"{FILES}/{output['file_id']}")).json()
    assert (file["filename"], file["created_at"]) == ("kite.mp4", ends)
    assert file["public_url"] == output["public_url"]
    assert await listed(mock, filter="size_bytes > 1000") == ["kite.mp4"]
    film = (await downloaded(mock, video["url"], tmp_path)).read_bytes()
    assert file["bytes"] == len(film)
    assert (await mock.get(f"{FILES}/{output['file_id']}/content")).content == film
    public = await downloaded(mock, output["public_url"], tmp_path)
    assert public.read_bytes() == film
    await mock.advance(DAY)
    assert await listed(mock) == []


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({}, set()),
        ({"expires_after": None, "public_url": None}, set()),
        ({"public_url": False}, set()),
        ({"expires_after": 1}, {"expires_at"}),
        ({"public_url": True}, {"public_url"}),
        ({"public_url": {}}, {"public_url"}),
        ({"public_url": {"expires_after": HOUR}}, {"public_url", "public_url_expires_at"}),
        (
            {"expires_after": 60, "public_url": {"expires_after": HOUR}},
            {"expires_at", "public_url_error"},
        ),
    ],
)
async def test_what_is_shown_of_a_kept_file_is_what_was_asked_for(
    mock: Mock, options: Json, keys: set[str]
) -> None:
    body = {"prompt": "a", "duration": 1, "storage_options": {"filename": "a.mp4", **options}}
    video = await done(mock, "generations", body)
    assert set(video["file_output"]) == keys | {"file_id", "filename"}
    assert "url" in video


async def test_a_kept_file_can_be_extended_by_its_id_and_by_its_public_url(
    mock: Mock, tmp_path: Path
) -> None:
    options = {"filename": "a.mp4", "public_url": True}
    body = extension(storage_options=options)
    output = (await done(mock, "extensions", body))["file_output"]
    for video in ({"file_id": output["file_id"]}, {"url": output["public_url"]}):
        longer = await done(mock, "extensions", {"prompt": "b", "duration": 2, "video": video})
        assert longer["duration"] == 7
    assert measured(await downloaded(mock, longer["url"], tmp_path)).frames == 7 * 8


async def test_a_kept_file_is_unknown_before_its_job_has_ended(mock: Mock) -> None:
    job = await newest(mock, "extensions", extension(storage_options={"filename": "a.mp4"}))
    file = mock.app.world.files("xai").of(job.owner)[0]
    said(await mock.get(f"{FILES}/{file.reference}"), 404, "not-found")
    body = {"prompt": "b", "video": {"file_id": file.reference}}
    said(await mock.post("/xai/v1/videos/extensions", json=body), 400)
    await mock.advance(LONG)
    await submit(mock, "extensions", body)


async def test_a_kept_file_whose_job_is_forgotten_has_no_content(make_mock: MakeMock) -> None:
    async with make_mock(providers=("xai",), job_limit=1) as mock:
        options = {"filename": "a.mp4", "public_url": True}
        output = (await done(mock, "extensions", extension(storage_options=options)))["file_output"]
        await submit(mock, "extensions", extension())
        path = f"{FILES}/{output['file_id']}"
        assert (await mock.get(path)).json()["bytes"] == 0
        said(await mock.get(f"{path}/content"), 404, "not-found")
        cut_off(await mock.get(output["public_url"], key=""), 404, "NoSuchKey")
        body = {"prompt": "b", "video": {"file_id": output["file_id"]}}
        said(await mock.post("/xai/v1/videos/extensions", json=body), 400)


async def test_a_file_deleted_while_its_size_is_found_stays_deleted(mock: Mock) -> None:
    output = (await done(mock, "extensions", extension(storage_options={"filename": "a.mp4"})))[
        "file_output"
    ]
    path = f"{FILES}/{output['file_id']}"
    read, deleted = await asyncio.gather(mock.get(path), mock.request("DELETE", path))
    assert (read.status_code, deleted.status_code) == (200, 200)
    said(await mock.get(path), 404, "not-found")


async def test_an_uploaded_file_can_be_extended_and_edited(mock: Mock) -> None:
    file = await upload(mock, await bytes_of(mock, TINY))
    video = {"file_id": file["id"]}
    for kind in ("extensions", "edits"):
        view = await ended(mock, kind, {"prompt": "a", "video": video})
        assert view["status"] == "done"
