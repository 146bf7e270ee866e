"""xAI's files: upload, pages, contents, public URLs, and results that are kept as files.

Long, because the files API has seven calls, each with its refusals.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.contract.model import Json
from mockserver.providers.base import StoredFile
from tests.conftest import MakeMock, Mock
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
    source,
    submit,
    told,
    upload,
)

FILES = "/xai/v1/files"
MB = 1024 * 1024
HOUR = 3600
MONTH = 30 * 24 * HOUR


@pytest.fixture
async def mock(make_mock: MakeMock) -> AsyncIterator[Mock]:
    async with make_mock(providers=("xai",)) as one:
        yield one


def form(*fields: tuple[str, Any]) -> Json:
    """A multipart form in this order; a field is text, a file is its name and its bytes."""
    return [(name, (None, value) if isinstance(value, str) else value) for name, value in fields]


async def send(mock: Mock, *fields: tuple[str, Any]) -> Any:
    return await mock.post(FILES, files=form(*fields))


async def listed(mock: Mock, **query: Any) -> list[str]:
    answer = await mock.get(FILES, params=query)
    assert answer.status_code == 200, answer.text
    return [one["filename"] for one in answer.json()["data"]]


async def publish(mock: Mock, id: str, **body: Any) -> Any:
    return await mock.post(f"{FILES}/{id}/public-url", json=body)


# Upload


async def test_an_uploaded_file_can_be_read_again(mock: Mock) -> None:
    content = await bytes_of(mock, TINY)
    file = await upload(mock, content, "kite.mp4")
    assert file == {
        "id": file["id"],
        "object": "file",
        "bytes": len(content),
        "created_at": int(mock.app.world.clock.now()),
        "expires_at": None,
        "filename": "kite.mp4",
        "purpose": "",
    }
    assert file["id"].startswith("file_")
    assert (await mock.get(f"{FILES}/{file['id']}")).json() == file
    answer = await mock.get(f"{FILES}/{file['id']}/content")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.content == content


async def test_a_form_may_say_more_before_the_file_and_anything_harmless_behind(
    mock: Mock,
) -> None:
    film = ("a.mp4", b"film")
    answer = await send(
        mock, ("expires_after", "3600"), ("team_id", "t"), ("file", film), ("purpose", "p")
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["expires_at"] == answer.json()["created_at"] + HOUR
    answer = await send(
        mock,
        ("expires_after[anchor]", "created_at"),
        ("expires_after[seconds]", str(MONTH)),
        ("file", film),
    )
    assert answer.json()["expires_at"] == answer.json()["created_at"] + MONTH


@pytest.mark.parametrize("name", ["expires_after", "expires_after[seconds]"])
async def test_the_life_of_a_file_must_stand_before_it(mock: Mock, name: str) -> None:
    answer = await send(mock, ("file", ("a.mp4", b"film")), (name, "3600"))
    assert said(answer, 400) == f"The field {name} must come before file."


@pytest.mark.parametrize("life", ["3599", "2592001", "-1", "1.5", "soon", "", "9" * 40])
async def test_the_life_of_a_file_has_limits(mock: Mock, life: str) -> None:
    answer = await send(mock, ("expires_after", life), ("file", ("a.mp4", b"film")))
    assert "must be from 3600 to 2592000" in said(answer, 400)


async def test_the_life_of_a_file_is_anchored_where_it_was_made(mock: Mock) -> None:
    answer = await send(mock, ("expires_after[anchor]", "now"), ("file", ("a.mp4", b"film")))
    assert "created_at" in said(answer, 400)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ([("purpose", "p")], "has no field file"),
        ([("file", "film")], "has no filename"),
        ([("file", ("../a.mp4", b"film"))], "cannot be used"),
        ([("file", ("..", b"film"))], "cannot be used"),
        ([("file", ("a" * 256, b"film"))], "cannot be used"),
    ],
)
async def test_a_form_must_hold_a_named_file(mock: Mock, fields: Any, words: str) -> None:
    assert words in said(await send(mock, *fields), 400)
    assert await listed(mock) == []


async def test_only_a_form_is_taken(mock: Mock) -> None:
    for headers in ({}, {"Content-Type": "application/json"}, {"Content-Type": "video/mp4"}):
        answer = await mock.post(FILES, content=b"film", headers=headers)
        assert told(answer, 415) == "Expected request with `Content-Type: multipart/form-data`"


@pytest.mark.parametrize("media", ["multipart/form-data", "multipart/form-data; boundary=x"])
async def test_a_form_that_cannot_be_read_is_400_in_plain_text(mock: Mock, media: str) -> None:
    answer = await mock.post(FILES, content=b"film", headers={"Content-Type": media})
    assert told(answer, 400) == "Error parsing `multipart/form-data` request"


async def test_a_file_may_have_50_megabytes(mock: Mock) -> None:
    film = bytes(50 * MB)
    assert (await send(mock, ("file", ("a.mp4", film)))).status_code == 200
    answer = await send(mock, ("file", ("a.mp4", film + b"x")))
    assert str(50 * MB) in said(answer, 413)
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(60 * MB)}
    told(await mock.post(FILES, content=b"x", headers=headers), 413)


# Whose, and how long


async def test_a_file_is_known_to_its_own_key_alone(mock: Mock) -> None:
    file = await upload(mock, b"film")
    path = f"{FILES}/{file['id']}"
    for method, place, body in (
        ("GET", path, None),
        ("DELETE", path, None),
        ("GET", f"{path}/content", None),
        ("POST", f"{path}/public-url", {}),
        ("POST", f"{path}/public-url/revoke", None),
    ):
        answer = await mock.request(method, place, json=body, key="xai-other")
        assert said(answer, 404, "not-found") == f"File {file['id']} was not found."
    assert (await mock.get(FILES, key="xai-other")).json()["data"] == []
    assert (await mock.get(path)).status_code == 200


async def test_a_deleted_file_is_gone_with_its_public_url(mock: Mock) -> None:
    file = await upload(mock, b"film")
    url = (await publish(mock, file["id"])).json()["public_url"]
    answer = await mock.request("DELETE", f"{FILES}/{file['id']}")
    assert answer.json() == {"id": file["id"], "object": "file", "deleted": True}
    said(await mock.request("DELETE", f"{FILES}/{file['id']}"), 404, "not-found")
    said(await mock.get(f"{FILES}/{file['id']}"), 404, "not-found")
    cut_off(await mock.get(url, key=""), 404, "NoSuchKey")


async def test_an_expired_file_is_gone(mock: Mock) -> None:
    answer = await send(mock, ("expires_after", "3600"), ("file", ("a.mp4", b"film")))
    path = f"{FILES}/{answer.json()['id']}"
    await mock.advance(HOUR - 1)
    assert (await mock.get(path)).status_code == 200
    await mock.advance(1)
    said(await mock.get(path), 404, "not-found")
    assert await listed(mock) == []


# Pages


@pytest.fixture
async def shelf(mock: Mock) -> Mock:
    """Four files, a second apart: b (3 bytes), a (1), d (4), c (2)."""
    for name, content in (("b.mp4", b"..."), ("a.png", b"."), ("d.mp4", b"...."), ("c.txt", b"..")):
        await upload(mock, content, name)
        await mock.advance(1)
    return mock


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "c d a b"),
        ({"order": "asc"}, "b a d c"),
        ({"sort_by": "filename"}, "d c b a"),
        ({"sort_by": "filename", "order": "asc"}, "a b c d"),
        ({"sort_by": "size"}, "d b c a"),
        ({"limit": 2}, "c d"),
        ({"filter": "size_bytes > 2"}, "d b"),
        ({"filter": "size_bytes <= 2 AND size_bytes != 1"}, "c"),
        ({"filter": 'name = "a.png"'}, "a"),
        ({"filter": "name = '*.mp4'"}, "d b"),
        ({"filter": "name:mp"}, "d b"),
        ({"filter": 'content_type = "image/png"'}, "a"),
        ({"filter": 'created_at >= "2026-01-01T00:00:02Z"'}, "c d"),
        ({"filter": "upload_status = complete AND file_id : file_"}, "c d a b"),
        ({"filter": "expires_at > 0"}, ""),
    ],
)
async def test_files_are_listed_sorted_and_filtered(shelf: Mock, query: Json, names: str) -> None:
    assert " ".join(name[0] for name in await listed(shelf, **query)) == names


async def test_a_filter_full_of_stars_takes_no_time(mock: Mock) -> None:
    await upload(mock, b"film", "a" * 255)
    assert await listed(mock, filter=f"name = '{'*a' * 60}b'") == []
    assert await listed(mock, filter=f"name = '{'*a' * 60}'") == ["a" * 255]
    assert await listed(mock, filter=f"name = '{'?' * 255}'") == []


@pytest.mark.parametrize("name", ["pagination_token", "after"])
async def test_pages_follow_each_other_until_one_is_short(shelf: Mock, name: str) -> None:
    seen, query = "", {"limit": 3, "order": "asc"}
    while True:
        page = (await shelf.get(FILES, params=query)).json()
        seen += "".join(one["filename"][0] for one in page["data"])
        assert page["pagination_token"]
        if len(page["data"]) < 3:
            break
        query[name] = page["pagination_token"]
    assert seen == "badc"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"order": "up"},
        {"sort_by": "colour"},
        {"after": "file_none"},
        {"pagination_token": "x"},
        {"filter": "colour = blue"},
        {"filter": "name"},
        {"filter": "name = a OR name = b"},
        {"filter": "NOT name = a"},
        {"filter": "size_bytes > large"},
        {"filter": "name > a"},
        {"filter": "name = 'a"},
    ],
)
async def test_a_page_that_cannot_be_is_400(shelf: Mock, query: Json) -> None:
    said(await shelf.get(FILES, params=query), 400)


# Contents


async def test_a_part_of_a_file_can_be_read(mock: Mock) -> None:
    file = await upload(mock, b"0123456789")
    path = f"{FILES}/{file['id']}/content"
    part = await mock.get(path, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    answer = await mock.get(path, headers={"Range": "bytes=20-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10"


async def test_only_a_text_can_be_read_as_text(mock: Mock) -> None:
    for name, status in (("a.txt", 200), ("a.mp4", 400)):
        file = await upload(mock, b"once upon a time", name)
        path = f"{FILES}/{file['id']}/content"
        assert (await mock.get(path, params={"format": "text"})).status_code == status
        assert (await mock.get(path, params={"format": "original"})).status_code == 200
        said(await mock.get(path, params={"format": "pdf"}), 400)


# Public URLs


async def test_a_public_url_is_open_to_everybody_until_it_is_revoked(mock: Mock) -> None:
    content = await bytes_of(mock, source("64x64.png"))
    file = await upload(mock, content, "a.png")
    view = (await publish(mock, file["id"])).json()
    assert set(view) == {"public_url"}
    url = view["public_url"]
    assert url.endswith(f"/{file['id']}.png")
    assert (await mock.get(f"{FILES}/{file['id']}")).json()["public_url"] == url
    answer = await mock.get(url, key="")
    assert (answer.content, answer.headers["content-type"]) == (content, "image/png")
    assert "x-request-id" not in answer.headers

    revoke = f"{FILES}/{file['id']}/public-url/revoke"
    answer = await mock.post(revoke)
    assert answer.json() == {"id": file["id"], "revoked": True, "public_url": url}
    assert (await mock.post(revoke)).json() == {"id": file["id"], "revoked": False}
    cut_off(await mock.get(url, key=""), 404, "NoSuchKey")
    assert "public_url" not in (await mock.get(f"{FILES}/{file['id']}")).json()


async def test_a_public_url_ends_when_it_was_said_to(mock: Mock) -> None:
    file = await upload(mock, b"film")
    view = (await publish(mock, file["id"], expires_after=HOUR)).json()
    assert view["expires_at"] == int(mock.app.world.clock.now()) + HOUR
    await mock.advance(HOUR - 1)
    assert (await mock.get(view["public_url"], key="")).status_code == 200
    await mock.advance(1)
    cut_off(await mock.get(view["public_url"], key=""), 404, "NoSuchKey")
    assert (await mock.get(f"{FILES}/{file['id']}")).status_code == 200
    revoked = await mock.post(f"{FILES}/{file['id']}/public-url/revoke")
    assert revoked.json()["revoked"] is False


async def test_a_public_url_needs_its_token_and_its_name(mock: Mock) -> None:
    file = await upload(mock, b"film")
    url = (await publish(mock, file["id"])).json()["public_url"]
    token = url.split("/")[-2]
    for other in (url.replace(token, "0" * len(token)), url.replace(".mp4", ".png")):
        cut_off(await mock.get(other, key=""), 404, "NoSuchKey")
    again = (await publish(mock, file["id"], expires_after=HOUR)).json()["public_url"]
    assert again == url


async def test_a_public_url_cannot_outlive_its_file(mock: Mock) -> None:
    answer = await send(mock, ("expires_after", "7200"), ("file", ("a.mp4", b"film")))
    id = answer.json()["id"]
    assert "longer than the file" in said(await publish(mock, id, expires_after=7201), 400)
    assert (await publish(mock, id, expires_after=7200)).status_code == 200
    view = (await publish(mock, id)).json()
    assert view["expires_at"] == answer.json()["expires_at"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"text", "A file of the type text/plain cannot"),
        ("a", b"film", "A file of the type application/octet-stream cannot"),
        ("a.mp4", b"", "A file of 0 bytes cannot"),
    ],
)
async def test_not_every_file_can_be_published(
    mock: Mock, name: str, content: bytes, words: str
) -> None:
    file = await upload(mock, content, name)
    assert words in said(await publish(mock, file["id"]), 400)


async def test_a_life_with_a_decimal_point_is_422(mock: Mock) -> None:
    file = await upload(mock, b"film")
    assert "floating point" in told(await publish(mock, file["id"], expires_after=3600.0), 422)


async def test_a_team_has_at_most_a_thousand_public_urls(mock: Mock) -> None:
    last, other = await upload(mock, b"film"), await upload(mock, b"film", key="xai-other")
    shelf = mock.app.world.files("xai")
    stored = shelf.get(last["id"])
    assert stored is not None
    for number in range(1000):
        shelf.put(
            StoredFile(f"file_{number}", stored.owner, 0, f"t{number}", facts={"url_until": None})
        )
    said(await publish(mock, last["id"]), 429, "resource-exhausted")
    path = f"{FILES}/{other['id']}/public-url"
    assert (await mock.post(path, json={}, key="xai-other")).status_code == 200
    await mock.post(f"{FILES}/file_7/public-url/revoke")
    assert (await publish(mock, last["id"])).status_code == 200


# Results that are kept


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


# Sources and models


async def test_an_uploaded_file_can_be_extended_and_edited(mock: Mock) -> None:
    file = await upload(mock, await bytes_of(mock, TINY))
    video = {"file_id": file["id"]}
    for kind in ("extensions", "edits"):
        view = await ended(mock, kind, {"prompt": "a", "video": video})
        assert view["status"] == "done"


async def test_the_models_are_listed_and_read_by_any_of_their_names(mock: Mock) -> None:
    path = "/xai/v1/video-generation-models"
    models = (await mock.get(path)).json()["models"]
    assert [one["id"] for one in models] == [
        "grok-imagine-video",
        "grok-imagine-video-1.5",
        "grok-imagine-video-1.5-lite",
    ]
    for model in models:
        for name in (model["id"], *model["aliases"]):
            assert (await mock.get(f"{path}/{name}")).json() == model
    message = said(await mock.get(f"{path}/grok-2"), 404, "not-found")
    assert "grok-2" in message
