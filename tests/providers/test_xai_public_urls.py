"""xAI's public URLs of files: open to everybody, until they end."""

from __future__ import annotations

import pytest

from mockserver.providers.base import StoredFile
from tests.conftest import Mock, only
from tests.providers.xai_file_steps import FILES, HOUR, publish, send
from tests.providers.xai_steps import bytes_of, cut_off, said, source, told, upload

mock = only("xai")


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
