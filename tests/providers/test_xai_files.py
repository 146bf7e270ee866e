"""xAI's files: upload, whose they are and how long, pages, contents."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.contract.model import Json
from tests.conftest import Mock, only
from tests.providers.xai_file_steps import FILES, HOUR, MB, MONTH, listed, publish, send
from tests.providers.xai_steps import TINY, bytes_of, cut_off, said, told, upload

mock = only("xai")


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
        ({"filter": "name = a.png OR name = 'b*'"}, "a b"),
        ({"filter": "NOT name = a.png"}, "c d b"),
        ({"filter": "-name = a.png size_bytes < 4"}, "c b"),
        ({"filter": "name = b.mp4 OR name = c.txt AND size_bytes = 2"}, "c"),
        ({"filter": "name = b.mp4 OR (name = c.txt AND size_bytes = 2)"}, "c b"),
        ({"filter": "NOT (size_bytes > 1 AND (name = 'd*' OR name = 'c*'))"}, "a b"),
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
        {"filter": "name = a OR"},
        {"filter": "NOT"},
        {"filter": "(name = a"},
        {"filter": "name = a)"},
        {"filter": "()"},
        {"filter": "(" * 60 + "name = a" + ")" * 60},
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
