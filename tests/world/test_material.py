"""From a reference to a clip: uploads, data URIs, our own URLs, others', and what stands in."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from mockserver import egress
from mockserver.media import recipe
from mockserver.media.model import Clip, Trouble
from mockserver.media.shelf import DiskShelf
from mockserver.providers.base import Input, Resolved, StoredFile
from mockserver.world.files import MemoryFiles
from mockserver.world.material import RECIPE, Material

NAME = "64x64-8fps-2s"
OURS = "http://ours.test/clip.mp4"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    recipe.make(recipe.parse(NAME), path)
    return path


class Desk:
    """A Material with its shelf and files, and one URL of its own."""

    def __init__(self, folder: Path, clip: Path, *, strict: bool = False) -> None:
        self.shelf = DiskShelf(folder / "shelf", 10**9)
        self.files = MemoryFiles()
        incoming = folder / "incoming"
        incoming.mkdir()
        self.incoming = incoming

        async def own(url: str) -> Path | Trouble | None:
            if not url.startswith("http://ours.test/"):
                return None
            return clip if url == OURS else Trouble("status", "404")

        policy = egress.parse("loopback")
        self.now = 100.0
        self.material = Material(self.shelf, incoming, policy=policy, strict=strict, own=own)

    async def resolve(self, reference: str, **more: Any) -> Resolved:
        wanted = Input("source", "/video", reference)._replace(seconds_limit=2.0, **more)
        return await self.look(wanted)

    async def look(self, wanted: Input) -> Resolved:
        return await self.material.resolve(wanted, self.files, "me", self.now, content=self.content)

    async def content(self, file: StoredFile, now: float) -> Path | None:
        assert now == self.now
        return await self.material.path(file.key) if file.key else None

    async def clip(self, reference: str) -> Clip:
        got = await self.resolve(reference)
        assert isinstance(got.clip, Clip), got.clip
        assert (await self.material.path(got.key)).stat().st_size > 0
        return got.clip

    async def trouble(self, reference: str, **more: int) -> str:
        got = await self.resolve(reference, **more)
        assert isinstance(got.clip, Trouble), got.clip
        assert list(self.incoming.iterdir()) == []
        return got.clip.kind


@pytest.fixture
def desk(tmp_path: Path, clip: Path) -> Desk:
    return Desk(tmp_path, clip)


@pytest.fixture
async def elsewhere(clip: Path) -> AsyncIterator[str]:
    """A server on loopback that has the clip, a text, and nothing else."""

    async def video(request: web.Request) -> web.FileResponse:
        return web.FileResponse(clip)

    async def text(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/clip.mp4", video), web.get("/text", text)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_a_url_of_ours_needs_no_socket(desk: Desk) -> None:
    assert (await desk.clip(OURS)).frames == 16
    assert await desk.trouble("http://ours.test/nothing") == "status"
    assert await desk.trouble(OURS, byte_limit=100) == "too-large"


async def test_a_url_elsewhere_is_fetched_and_probed(desk: Desk, elsewhere: str) -> None:
    assert (await desk.clip(f"{elsewhere}/clip.mp4")).frames == 16
    assert await desk.trouble(f"{elsewhere}/text") == "not-media"
    assert await desk.trouble(f"{elsewhere}/nothing") == "status"
    assert await desk.trouble(f"{elsewhere}/clip.mp4", byte_limit=100) == "too-large"


async def test_what_may_not_be_fetched_is_made_up_and_said_so(desk: Desk) -> None:
    one = await desk.resolve("https://example.com/a.mp4")
    two = await desk.resolve("https://example.com/a.mp4")
    other = await desk.resolve("https://example.com/b.mp4")
    assert isinstance(one.clip, Clip)
    assert one == two
    assert one.key != other.key
    assert one.key.startswith(RECIPE)
    assert "/video was not fetched" in one.note
    assert "stands in for it" in one.note


async def test_what_does_not_answer_is_made_up(desk: Desk) -> None:
    got = await desk.resolve("http://127.0.0.1:9/clip.mp4")
    assert isinstance(got.clip, Clip)
    assert got.note


async def test_strict_refuses_instead_of_making_up(tmp_path: Path, clip: Path) -> None:
    strict = Desk(tmp_path, clip, strict=True)
    assert await strict.trouble("https://example.com/a.mp4") == "not-allowed"
    assert await strict.trouble("http://127.0.0.1:9/clip.mp4") == "unreachable"


@pytest.mark.parametrize(("kind", "expected"), [("image", "image"), ("audio", "audio")])
async def test_a_picture_or_a_sound_is_made_up_as_such(
    desk: Desk, kind: str, expected: str
) -> None:
    wanted = Input("first", "/image", "https://example.com/x", kind=kind)
    got = await desk.look(wanted)
    assert isinstance(got.clip, Clip)
    assert got.clip.kind == expected


async def test_a_data_uri_is_a_clip(desk: Desk, clip: Path) -> None:
    text = base64.b64encode(clip.read_bytes()).decode()
    assert (await desk.clip(f"data:video/mp4;base64,{text}")).frames == 16
    assert await desk.trouble(f"data:video/mp4;base64,{text[:-8]}!!") == "bad-data-uri"
    assert await desk.trouble("data:video/mp4;base64,aGVsbG8=") == "not-media"
    assert await desk.trouble(f"data:video/mp4;base64,{text}", encoded_limit=10) == "too-large"


async def test_an_upload_is_its_owners_until_it_expires(desk: Desk, clip: Path) -> None:
    made = await desk.resolve(OURS)
    file = StoredFile("file_1", "me", 0.0, key=made.key, bytes=clip.stat().st_size, expires=200.0)
    desk.files.put(file)
    assert (await desk.clip("file_1")).frames == 16
    assert await desk.trouble("file_1", byte_limit=100) == "too-large"
    assert await desk.trouble("file_2") == "unknown-file"
    desk.files.put(replace(file, created=101.0))
    assert await desk.trouble("file_1") == "unknown-file"
    desk.files.put(replace(file, owner="you"))
    assert await desk.trouble("file_1") == "unknown-file"
    desk.files.put(replace(file, expires=100.0))
    assert await desk.trouble("file_1") == "expired-file"
    desk.files.put(replace(file, key=""))
    assert await desk.trouble("file_1") == "unfilled-file"


async def test_what_is_no_longer_kept_is_not_found(desk: Desk) -> None:
    with pytest.raises(KeyError):
        await desk.material.path("ab" * 32)


def test_files_are_bounded_and_found_by_token() -> None:
    files = MemoryFiles(limit=2)
    for number in range(4):
        files.put(StoredFile(f"file_{number}", "me", number, token=f"t{number}"))
    assert [one.reference for one in files.of("me")] == ["file_2", "file_3"]
    assert files.by_token("t1") is None
    found = files.by_token("t3")
    assert found is not None
    assert found.reference == "file_3"
    files.remove("file_3")
    files.remove("file_3")
    assert files.by_token("t3") is None
    assert files.of("you") == []
